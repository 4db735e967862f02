use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use thiserror::Error;

use crate::charge::{Charge, Plan};
use crate::reason::Reason;
use crate::state::InvoiceState;

/// What an attempt to pay comes to.
///
/// Of three that speak, the first counts: [`Sandbox::next_outcome`](crate::Sandbox::next_outcome), a cardholder's
/// name such as `SBX:FUNDS` or `SBX:PAID:90s` (the outcome comes that long after the attempt), the card's number.
/// Its text is one of the words below, in capitals.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Outcome {
    /// `PAID`.
    Paid,
    /// `DECLINED`, or the reason's own word, such as `FUNDS`: the invoice fails.
    Decline(Reason),
    /// `PENDING`: awaits approval and stays so.
    Pending,
    /// `APPROVED`: awaits approval and is paid after 60 s.
    Approved,
    /// `3DS_PAID`: a 3-D Secure challenge, then paid.
    Challenge,
    /// `3DS_DECLINED`, or such as `3DS_FUNDS`: a 3-D Secure challenge, then it fails.
    ChallengeThenDecline(Reason),
    /// `WITHHELD`: paid, and withheld after an hour.
    Withheld,
    /// `CHARGEBACK`: paid, and charged back after 24 h.
    Chargeback,
}

/// A text that is no outcome.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("no outcome is called that; there are {}", words())]
pub struct UnknownOutcome;

impl Outcome {
    /// Every outcome there is.
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

    /// What it comes to, in words.
    pub(crate) fn meaning(self) -> String {
        match self {
            Self::Paid => "paid".to_owned(),
            Self::Decline(reason) => reason.to_string(),
            Self::Pending => "awaiting approval".to_owned(),
            Self::Approved => "awaiting approval, paid after 60 s".to_owned(),
            Self::Challenge => "3-D Secure, then paid".to_owned(),
            Self::ChallengeThenDecline(reason) => format!("3-D Secure, then {reason}"),
            Self::Withheld => "paid, withheld after 1 h".to_owned(),
            Self::Chargeback => "paid, charged back after 24 h".to_owned(),
        }
    }

    pub(crate) fn plan(self) -> Plan {
        use InvoiceState::{AwaitingApproval, Chargeback, Paid, Withheld};

        let hour = Duration::from_secs(3600);
        let charge = match self {
            Self::Paid | Self::Challenge => Charge::to(Paid),
            Self::Decline(reason) | Self::ChallengeThenDecline(reason) => Charge::failed(reason),
            Self::Pending => Charge::to(AwaitingApproval),
            Self::Approved => Charge::to(AwaitingApproval).then(Duration::from_secs(60), Paid),
            Self::Withheld => Charge::to(Paid).then(hour, Withheld),
            Self::Chargeback => Charge::to(Paid).then(24 * hour, Chargeback),
        };
        Plan {
            challenge: matches!(self, Self::Challenge | Self::ChallengeThenDecline(_)),
            charge,
        }
    }
}

impl fmt::Display for Outcome {
    /// Its word, such as `3DS_FUNDS`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Paid => f.write_str("PAID"),
            Self::Decline(reason) => f.write_str(reason.word()),
            Self::Pending => f.write_str("PENDING"),
            Self::Approved => f.write_str("APPROVED"),
            Self::Challenge => f.write_str("3DS_PAID"),
            Self::ChallengeThenDecline(reason) => write!(f, "3DS_{}", reason.word()),
            Self::Withheld => f.write_str("WITHHELD"),
            Self::Chargeback => f.write_str("CHARGEBACK"),
        }
    }
}

impl FromStr for Outcome {
    type Err = UnknownOutcome;

    fn from_str(word: &str) -> Result<Self, UnknownOutcome> {
        if let Some(reason) = Reason::from_word(word) {
            return Ok(Self::Decline(reason));
        }
        let found = Self::all()
            .into_iter()
            .find(|known| known.to_string() == word);
        found.ok_or(UnknownOutcome)
    }
}

fn words() -> String {
    let mut words = "PAID, PENDING, APPROVED, WITHHELD, CHARGEBACK, 3DS_PAID".to_owned();
    for reason in Reason::ALL {
        words += ", ";
        words += reason.word();
    }
    words + ", and each of the last with 3DS_ before it"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_word_is_read_as_what_it_was_written_for() {
        for outcome in Outcome::all() {
            assert_eq!(outcome.to_string().parse(), Ok(outcome));
        }
    }

    #[test]
    fn what_is_no_outcome_is_told_what_would_be() {
        for word in ["", "paid", "PAID ", "3DS_", "3DS_PENDING", "OPENED"] {
            let error = word.parse::<Outcome>().expect_err(word);
            assert!(error.to_string().contains("PENDING"), "{error}");
        }
    }
}
