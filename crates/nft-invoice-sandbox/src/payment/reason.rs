use std::fmt;

use serde::{Deserialize, Serialize};

/// The reason why an invoice failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[non_exhaustive]
pub enum Reason {
    /// `DECLINED`: the bank gives no reason.
    Declined,
    /// `FUNDS`: insufficient funds.
    Funds,
    /// `LOST`: the card was reported lost.
    Lost,
    /// `STOLEN`: the card was reported stolen.
    Stolen,
    /// `EXPIRED`: the card has expired.
    Expired,
    /// `CODE`: the verification code is incorrect.
    #[serde(rename = "CODE")]
    VerificationCode,
    /// `PROCESSING`: a processing error at the bank.
    Processing,
    /// `VELOCITY`: too many attempts.
    Velocity,
    /// `FRAUD`: suspected fraud.
    Fraud,
    /// `LOOKUP`: the 3-D Secure lookup failed.
    Lookup,
    /// `CHALLENGE`: the customer failed the 3-D Secure challenge.
    Challenge,
    /// `CANCELLED`: the customer cancelled, if the assumption `cancel` is `fails`.
    Cancelled,
    /// `UNKNOWN_CARD`: not a test card, if the assumption `unknown-card` is `decline`.
    UnknownCard,
}

impl Reason {
    pub(crate) const ALL: [Self; 13] = [
        Self::Declined,
        Self::Funds,
        Self::Lost,
        Self::Stolen,
        Self::Expired,
        Self::VerificationCode,
        Self::Processing,
        Self::Velocity,
        Self::Fraud,
        Self::Lookup,
        Self::Challenge,
        Self::Cancelled,
        Self::UnknownCard,
    ];

    /// Returns the name, such as `FUNDS`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        self.texts().0
    }

    /// The name and the description.
    const fn texts(self) -> (&'static str, &'static str) {
        match self {
            Self::Declined => ("DECLINED", "declined"),
            Self::Funds => ("FUNDS", "insufficient funds"),
            Self::Lost => ("LOST", "lost card"),
            Self::Stolen => ("STOLEN", "stolen card"),
            Self::Expired => ("EXPIRED", "expired card"),
            Self::VerificationCode => ("CODE", "incorrect verification code"),
            Self::Processing => ("PROCESSING", "processing error"),
            Self::Velocity => ("VELOCITY", "velocity limit exceeded"),
            Self::Fraud => ("FRAUD", "suspected fraud"),
            Self::Lookup => ("LOOKUP", "3-D Secure lookup error"),
            Self::Challenge => ("CHALLENGE", "3-D Secure challenge failed"),
            Self::Cancelled => ("CANCELLED", "cancelled by the customer"),
            Self::UnknownCard => ("UNKNOWN_CARD", "unknown card"),
        }
    }
}

impl fmt::Display for Reason {
    /// Writes a description, such as `insufficient funds`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.texts().1)
    }
}
