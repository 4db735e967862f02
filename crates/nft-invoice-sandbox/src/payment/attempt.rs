use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;

use crate::payment::card::TestCard;
use crate::payment::card_expiry;
use crate::payment::event::Change;
use crate::payment::outcome::Outcome;
use crate::text::span::Span;

/// The card details of a payment attempt.
pub(crate) struct Payment<'a> {
    pub(crate) card_number: &'a str,
    /// `MM/YYYY`; `None` is not checked.
    pub(crate) card_expiry: Option<&'a str>,
    pub(crate) cardholder: &'a str,
}

/// Why a payment was rejected before it was attempted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum NotTried {
    UnknownCard,
    ExpiredCard,
    /// The cardholder name starts with `SBX:` but is not valid; holds what was expected.
    BadScript(String),
}

/// The prefix of a cardholder name that selects the outcome.
const SCRIPT: &str = "SBX:";

impl Payment<'_> {
    /// Attempts the payment at `now`. Uses up the first queued outcome of `script`, if there is one.
    pub(crate) fn attempt(
        &self,
        script: &mut VecDeque<Outcome>,
        now: Timestamp,
    ) -> Result<Change, NotTried> {
        let card = self.card()?;
        self.check_expiry(now)?;
        let named = self.named()?;
        let (outcome, delay) = match script.pop_front() {
            Some(outcome) => (outcome, Duration::ZERO),
            None => named.unwrap_or((card.outcome(), Duration::ZERO)),
        };
        Ok(Change::charged(card.summary(), outcome.plan(), now, delay))
    }

    /// Returns everything for which [`attempt`](Self::attempt) would reject the payment at `now`.
    pub(crate) fn errors(&self, now: Timestamp) -> Vec<NotTried> {
        let errors = [
            self.card().err(),
            self.check_expiry(now).err(),
            self.named().err(),
        ];
        errors.into_iter().flatten().collect()
    }

    fn card(&self) -> Result<&'static TestCard, NotTried> {
        TestCard::find(self.card_number).ok_or(NotTried::UnknownCard)
    }

    fn check_expiry(&self, now: Timestamp) -> Result<(), NotTried> {
        match self.card_expiry {
            Some(expiry) if card_expiry::is_past(expiry, now) => Err(NotTried::ExpiredCard),
            _ => Ok(()),
        }
    }

    /// The outcome that the cardholder name selects.
    fn named(&self) -> Result<Option<(Outcome, Duration)>, NotTried> {
        let Some(said) = self.cardholder.trim().strip_prefix(SCRIPT) else {
            return Ok(None);
        };
        let (outcome, delay) = match said.split_once(':') {
            None => (said, Duration::ZERO),
            Some((outcome, delay)) => match Span::read(delay) {
                Some(delay) => (outcome, delay.duration()),
                None => {
                    let wrong = "expected a delay such as 250ms, 90s, 10m, 1h or 3d";
                    return Err(NotTried::BadScript(wrong.to_owned()));
                }
            },
        };
        match outcome.parse() {
            Ok(outcome) => Ok(Some((outcome, delay))),
            Err(unknown) => Err(NotTried::BadScript(unknown.to_string())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::payment::reason::Reason;
    use crate::payment::state::InvoiceState;

    fn attempt(
        number: &str,
        name: &str,
        script: &mut VecDeque<Outcome>,
    ) -> Result<Change, NotTried> {
        let payment = Payment {
            card_number: number,
            card_expiry: Some("12/2030"),
            cardholder: name,
        };
        payment.attempt(script, Clock::default().now())
    }

    #[test]
    fn prefers_a_queued_outcome_to_the_name_and_the_name_to_the_number() {
        let funds = TestCard::FUNDS.number();
        let mut script = VecDeque::from([Outcome::Pending]);
        for (name, state) in [
            ("SBX:PAID", InvoiceState::AwaitingApproval),
            ("SBX:PAID", InvoiceState::Paid),
            ("John Smith", InvoiceState::Failed),
        ] {
            match attempt(funds, name, &mut script) {
                Ok(Change::Moved { charge, .. }) => assert_eq!(charge.to, state, "{name}"),
                _ => panic!("{name}: not moved"),
            }
        }
    }

    #[test]
    fn rejects_an_unknown_card_despite_a_queued_outcome() {
        let mut script = VecDeque::from([Outcome::Paid]);
        let refused = attempt("4929420573595709", "SBX:PAID", &mut script);
        assert!(matches!(refused, Err(NotTried::UnknownCard)));
        assert_eq!(
            script.len(),
            1,
            "a rejected attempt used up a queued outcome"
        );
    }

    #[test]
    fn reports_every_error_at_once() {
        let payment = Payment {
            card_number: "4929420573595709",
            card_expiry: Some("12/2024"),
            cardholder: "SBX:PAID:soon",
        };
        let errors = payment.errors(Clock::default().now());
        assert!(matches!(
            errors[..],
            [
                NotTried::UnknownCard,
                NotTried::ExpiredCard,
                NotTried::BadScript(_)
            ]
        ));
        let first = payment.attempt(&mut VecDeque::new(), Clock::default().now());
        assert_eq!(first.err().as_ref(), errors.first());
    }

    #[test]
    fn delays_the_outcome_by_the_time_in_the_name() {
        let paid = TestCard::PAID.number();
        match attempt(paid, "SBX:FUNDS:90s", &mut VecDeque::new()) {
            Ok(Change::Promised { at, charge, .. }) => {
                assert_eq!(at.to_string(), "2025-01-01T00:01:30Z");
                assert_eq!(charge.reason, Some(Reason::Funds));
            }
            _ => panic!("not promised"),
        }
    }

    #[test]
    fn names_the_expected_form_of_an_invalid_sbx_name() {
        for (name, says) in [
            ("SBX:", "WITHHELD"),
            ("SBX:paid", "WITHHELD"),
            ("SBX:PAID:", "90s"),
            ("SBX:PAID:soon", "90s"),
        ] {
            match attempt(TestCard::PAID.number(), name, &mut VecDeque::new()) {
                Err(NotTried::BadScript(text)) => assert!(text.contains(says), "{name}: {text}"),
                _ => panic!("{name} is accepted"),
            }
        }
    }
}
