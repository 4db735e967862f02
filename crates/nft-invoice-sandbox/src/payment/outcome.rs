use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use crate::payment::charge::Charge;
use crate::payment::reason::Reason;
use crate::payment::state::InvoiceState;
use crate::text::ParseError;

/// The outcome of a payment attempt.
///
/// It is determined, in order of precedence, by [`Sandbox::next_outcome`](crate::Sandbox::next_outcome), by a cardholder
/// name such as `SBX:FUNDS` or `SBX:PAID:90s` (the outcome is delayed by 90 s), and by the card number. `Display` and
/// `FromStr` use the upper-case names below.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// `PAID`.
    Paid,
    /// `DECLINED`, or a specific reason such as `FUNDS`: the invoice fails.
    Decline(Reason),
    /// `PENDING`: the invoice awaits approval and stays in this status.
    Pending,
    /// `APPROVED`: the invoice awaits approval and is paid after 60 s.
    Approved,
    /// `3DS_PAID`: a 3-D Secure challenge, then paid.
    Challenge,
    /// `3DS_DECLINED`, or a specific reason such as `3DS_FUNDS`: a 3-D Secure challenge, then the invoice fails.
    ChallengeThenDecline(Reason),
    /// `WITHHELD`: paid, then withheld after an hour.
    Withheld,
    /// `CHARGEBACK`: paid, then charged back after 24 h.
    Chargeback,
}

impl Outcome {
    /// Every outcome.
    pub(crate) fn all() -> Vec<Self> {
        let mut all = vec![
            Self::Paid,
            Self::Pending,
            Self::Approved,
            Self::Challenge,
            Self::Withheld,
            Self::Chargeback,
        ];
        all.extend(Reason::ALL.map(Self::Decline));
        all.extend(Reason::ALL.map(Self::ChallengeThenDecline));
        all
    }

    /// A description for people.
    pub(crate) fn meaning(self) -> String {
        match self {
            Self::Paid => "paid".to_owned(),
            Self::Decline(reason) => reason.to_string(),
            Self::Pending => "awaiting approval".to_owned(),
            Self::Approved => "awaiting approval, then paid after 60 s".to_owned(),
            Self::Challenge => "3-D Secure challenge, then paid".to_owned(),
            Self::ChallengeThenDecline(reason) => format!("3-D Secure challenge, then {reason}"),
            Self::Withheld => "paid, then withheld after 1 h".to_owned(),
            Self::Chargeback => "paid, then charged back after 24 h".to_owned(),
        }
    }

    /// Whether a 3-D Secure challenge comes first.
    pub(crate) const fn is_challenged(self) -> bool {
        matches!(self, Self::Challenge | Self::ChallengeThenDecline(_))
    }

    /// The result of the payment, after the challenge if there is one.
    pub(crate) fn charge(self) -> Charge {
        use InvoiceState::{AwaitingApproval, Chargeback, Paid, Withheld};

        let hour = Duration::from_secs(3600);
        match self {
            Self::Paid | Self::Challenge => Charge::to(Paid),
            Self::Decline(reason) | Self::ChallengeThenDecline(reason) => Charge::failed(reason),
            Self::Pending => Charge::to(AwaitingApproval),
            Self::Approved => Charge::to(AwaitingApproval).then(Duration::from_secs(60), Paid),
            Self::Withheld => Charge::to(Paid).then(hour, Withheld),
            Self::Chargeback => Charge::to(Paid).then(24 * hour, Chargeback),
        }
    }
}

impl fmt::Display for Outcome {
    /// Writes the name, such as `3DS_FUNDS`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Paid => f.write_str("PAID"),
            Self::Decline(reason) => f.write_str(reason.as_str()),
            Self::Pending => f.write_str("PENDING"),
            Self::Approved => f.write_str("APPROVED"),
            Self::Challenge => f.write_str("3DS_PAID"),
            Self::ChallengeThenDecline(reason) => write!(f, "3DS_{}", reason.as_str()),
            Self::Withheld => f.write_str("WITHHELD"),
            Self::Chargeback => f.write_str("CHARGEBACK"),
        }
    }
}

impl FromStr for Outcome {
    type Err = ParseError;

    fn from_str(word: &str) -> Result<Self, ParseError> {
        let mut all = Self::all().into_iter();
        let found = all.find(|known| known.to_string() == word);
        found.ok_or_else(|| ParseError::expected(words()))
    }
}

fn words() -> String {
    let mut words = "one of PAID, PENDING, APPROVED, WITHHELD, CHARGEBACK, 3DS_PAID".to_owned();
    for reason in Reason::ALL {
        words += ", ";
        words += reason.as_str();
    }
    words + "; the failures can also have the prefix 3DS_"
}
