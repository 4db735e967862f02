use std::fmt;

use serde::de::{Deserializer, Error as _};
use serde::{Deserialize, Serialize};

use crate::payment::outcome::Outcome;
use crate::payment::reason::Reason;
use crate::payment::state::InvoiceState;

/// A public test card number and its outcome. Any other number is rejected, so that real cards never enter the sandbox.
#[derive(Clone, Copy)]
#[non_exhaustive]
pub struct TestCard {
    /// The digits of the card number.
    pub number: &'static str,
    /// The brand, such as `visa`.
    pub brand: &'static str,
    /// The outcome of a payment with this card.
    pub outcome: Outcome,
    pub(crate) group: CardGroup,
}

/// The heading under which the checkout page lists a test card.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum CardGroup {
    Paid,
    Declined,
    ThreeDSecure,
    Delayed,
}

impl TestCard {
    /// Paid.
    pub const PAID: Self = paid("4242424242424242", "visa");
    /// Declined without a reason.
    pub const DECLINED: Self = declined("4000000000000002", Reason::Declined);
    /// Insufficient funds.
    pub const FUNDS: Self = declined("4000000000009995", Reason::Funds);
    /// A 3-D Secure challenge, then paid.
    pub const CHALLENGE: Self = visa(
        CardGroup::ThreeDSecure,
        "4000002760003184",
        Outcome::Challenge,
    );
    /// Awaiting approval, then paid after 60 s.
    pub const APPROVED: Self = visa(CardGroup::Delayed, "4000000000009235", Outcome::Approved);

    /// Returns all test cards.
    #[must_use]
    pub const fn all() -> &'static [Self] {
        CARDS
    }

    /// Returns the outcome in words, such as `insufficient funds`.
    #[must_use]
    pub fn description(&self) -> String {
        match (self.group, self.outcome) {
            (CardGroup::ThreeDSecure, Outcome::Paid) => {
                "3-D Secure without a challenge, then paid".to_owned()
            }
            (_, outcome) => outcome.meaning(),
        }
    }

    /// Returns the status that the payment leads to, after the challenge if there is one.
    #[must_use]
    pub fn resulting_state(&self) -> InvoiceState {
        self.outcome.charge().to
    }

    /// Returns whether the customer has to complete a 3-D Secure challenge first.
    #[must_use]
    pub const fn requires_challenge(&self) -> bool {
        self.outcome.is_challenged()
    }

    /// Finds the card by its number, with or without spaces and hyphens.
    pub(crate) fn find(number: &str) -> Option<&'static Self> {
        let digits: String = number.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
        CARDS.iter().find(|card| card.number == digits)
    }

    pub(crate) fn summary(&self) -> CardSummary {
        CardSummary::new(self.brand, self.number)
    }
}

impl fmt::Debug for TestCard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestCard")
            .field("card", &self.summary())
            .field("outcome", &self.outcome)
            .finish_non_exhaustive()
    }
}

/// The stored part of a card: its brand and a few digits.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CardSummary {
    brand: Brand,
    masked: String,
}

#[derive(Clone, Copy, PartialEq, Eq, Serialize)]
struct Brand(&'static str);

impl CardSummary {
    /// The brand of an unknown card.
    pub(crate) const UNKNOWN: &'static str = "unknown";

    /// Keeps the first six and last four digits of 16 or more, the last four of 12 to 15, and none of fewer.
    pub(crate) fn new(brand: &'static str, number: &str) -> Self {
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        let masked = match digits.len() {
            16.. => format!("{}******{}", &digits[..6], &digits[digits.len() - 4..]),
            12.. => format!("******{}", &digits[digits.len() - 4..]),
            _ => "******".to_owned(),
        };
        Self {
            brand: Brand(brand),
            masked,
        }
    }

    /// Returns the brand, such as `visa`.
    #[must_use]
    pub const fn brand(&self) -> &'static str {
        self.brand.0
    }

    /// Returns the masked number, such as `424242******4242`.
    #[must_use]
    pub fn masked(&self) -> &str {
        &self.masked
    }

    /// The card as its owner recognizes it, such as `Visa ending in 4242`.
    pub(crate) fn for_customer(&self) -> String {
        let name = brand_name(self.brand.0);
        match self
            .masked
            .trim_start_matches(|c| c != '*')
            .trim_start_matches('*')
        {
            "" => name.to_owned(),
            last4 => format!("{name} ending in {last4}"),
        }
    }
}

impl fmt::Debug for CardSummary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let last4 = self.masked.trim_start_matches(|c| c != '*');
        write!(f, "{} {last4}", self.brand.0)
    }
}

impl<'de> Deserialize<'de> for Brand {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let brand = String::deserialize(deserializer)?;
        let brands = CARDS.iter().map(|card| card.brand);
        let mut brands = brands.chain([CardSummary::UNKNOWN]);
        let known = brands.find(|known| *known == brand);
        known
            .map(Self)
            .ok_or_else(|| D::Error::custom("unknown brand"))
    }
}

/// The name of a brand for people.
pub(crate) fn brand_name(brand: &'static str) -> &'static str {
    match brand {
        "visa" => "Visa",
        "mastercard" => "Mastercard",
        "amex" => "American Express",
        "discover" => "Discover",
        "jcb" => "JCB",
        "diners" => "Diners Club",
        "unionpay" => "UnionPay",
        "maestro" => "Maestro",
        _ => "Card",
    }
}

const fn paid(number: &'static str, brand: &'static str) -> TestCard {
    TestCard {
        number,
        brand,
        outcome: Outcome::Paid,
        group: CardGroup::Paid,
    }
}

const fn declined(number: &'static str, reason: Reason) -> TestCard {
    visa(CardGroup::Declined, number, Outcome::Decline(reason))
}

const fn visa(group: CardGroup, number: &'static str, outcome: Outcome) -> TestCard {
    TestCard {
        number,
        brand: "visa",
        outcome,
        group,
    }
}

#[rustfmt::skip]
static CARDS: &[TestCard] = &[
    TestCard::PAID,
    paid("4111111111111111", "visa"),
    paid("4000056655665556", "visa"),
    paid("5555555555554444", "mastercard"),
    paid("2223003122003222", "mastercard"),
    paid("5105105105105100", "mastercard"),
    paid("378282246310005", "amex"),
    paid("371449635398431", "amex"),
    paid("6011111111111117", "discover"),
    paid("3566002020360505", "jcb"),
    paid("30569309025904", "diners"),
    paid("6200000000000005", "unionpay"),
    paid("6304000000000000", "maestro"),
    TestCard::DECLINED,
    TestCard::FUNDS,
    declined("4000000000009987", Reason::Lost),
    declined("4000000000009979", Reason::Stolen),
    declined("4000000000000069", Reason::Expired),
    declined("4000000000000127", Reason::VerificationCode),
    declined("4000000000000119", Reason::Processing),
    declined("4000000000006975", Reason::Velocity),
    declined("4100000000000019", Reason::Fraud),
    TestCard::CHALLENGE,
    visa(CardGroup::ThreeDSecure, "4000000000003220", Outcome::Challenge),
    visa(CardGroup::ThreeDSecure, "4000008400001629", Outcome::ChallengeThenDecline(Reason::Declined)),
    visa(CardGroup::ThreeDSecure, "4000008260003178", Outcome::ChallengeThenDecline(Reason::Funds)),
    visa(CardGroup::ThreeDSecure, "4000008400001280", Outcome::Decline(Reason::Lookup)),
    visa(CardGroup::ThreeDSecure, "4000000000003055", Outcome::Paid),
    TestCard::APPROVED,
    visa(CardGroup::Delayed, "4000000000005423", Outcome::Withheld),
    visa(CardGroup::Delayed, "4000000000000259", Outcome::Chargeback),
    visa(CardGroup::Delayed, "4023898493988028", Outcome::Chargeback),
];
