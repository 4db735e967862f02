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
        match self {
            Self::Declined => "DECLINED",
            Self::Funds => "FUNDS",
            Self::Lost => "LOST",
            Self::Stolen => "STOLEN",
            Self::Expired => "EXPIRED",
            Self::VerificationCode => "CODE",
            Self::Processing => "PROCESSING",
            Self::Velocity => "VELOCITY",
            Self::Fraud => "FRAUD",
            Self::Lookup => "LOOKUP",
            Self::Challenge => "CHALLENGE",
            Self::Cancelled => "CANCELLED",
            Self::UnknownCard => "UNKNOWN_CARD",
        }
    }
}

impl fmt::Display for Reason {
    /// Writes a description, such as `insufficient funds`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Declined => "declined",
            Self::Funds => "insufficient funds",
            Self::Lost => "lost card",
            Self::Stolen => "stolen card",
            Self::Expired => "expired card",
            Self::VerificationCode => "incorrect verification code",
            Self::Processing => "processing error",
            Self::Velocity => "velocity limit exceeded",
            Self::Fraud => "suspected fraud",
            Self::Lookup => "3-D Secure lookup error",
            Self::Challenge => "3-D Secure challenge failed",
            Self::Cancelled => "cancelled by the customer",
            Self::UnknownCard => "unknown card",
        })
    }
}
