use std::borrow::Cow;

use jiff::Timestamp;

use crate::payment::attempt::{NotTried, Payment};

/// An error in the form of the checkout page, with a message for the customer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FormError {
    /// `None` if it concerns the whole form.
    field: Option<CardField>,
    message: Cow<'static, str>,
}

/// A field of the card form.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum CardField {
    Number,
    Expiry,
    Cardholder,
}

impl FormError {
    pub(crate) const NO_SUCH_ACTION: Self = Self::new("This action is not available on this page.");

    /// An error that concerns the whole form.
    pub(crate) const fn new(message: &'static str) -> Self {
        Self {
            field: None,
            message: Cow::Borrowed(message),
        }
    }

    /// Returns every error of `payment` at `now`.
    pub(crate) fn all(payment: &Payment<'_>, now: Timestamp) -> Vec<Self> {
        let errors = payment.errors(now).into_iter();
        errors.map(|error| Self::of(payment, error)).collect()
    }

    fn of(payment: &Payment<'_>, error: NotTried) -> Self {
        let missing = payment.card_number.trim().is_empty();
        let (field, message) = match error {
            NotTried::UnknownCard if missing => (
                CardField::Number,
                "Enter the number of a test card, for example 4242 4242 4242 4242.".into(),
            ),
            NotTried::UnknownCard => (
                CardField::Number,
                "This is not a test card. Use one of the test cards below.".into(),
            ),
            NotTried::ExpiredCard => (
                CardField::Expiry,
                "Enter an expiry date in the future as MM/YYYY, for example 12/2030.".into(),
            ),
            NotTried::BadScript(expected) => (
                CardField::Cardholder,
                format!("A name that starts with SBX: selects the outcome; {expected}.").into(),
            ),
        };
        Self {
            field: Some(field),
            message,
        }
    }

    pub(crate) const fn field(&self) -> Option<CardField> {
        self.field
    }

    pub(crate) fn message(&self) -> &str {
        &self.message
    }
}

impl CardField {
    pub(crate) const ALL: [Self; 3] = [Self::Number, Self::Expiry, Self::Cardholder];

    /// The name in the form, which is also its id on the page.
    pub(crate) const fn id(self) -> &'static str {
        match self {
            Self::Number => "card_number",
            Self::Expiry => "card_expiry",
            Self::Cardholder => "cardholder",
        }
    }

    pub(crate) const fn label(self) -> &'static str {
        match self {
            Self::Number => "Card number",
            Self::Expiry => "Expiry date",
            Self::Cardholder => "Name on card",
        }
    }
}
