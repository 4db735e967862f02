use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{self, StrDeserializer};

use crate::checkout::action::Action;
use crate::payment::{NotTried, Payment};

/// The form's fields. The security code is never submitted or read.
#[derive(Deserialize)]
pub(crate) struct Submission {
    pub(crate) nonce: String,
    action: String,
    #[serde(default)]
    pub(crate) card_number: String,
    #[serde(default)]
    pub(crate) card_expiry: String,
    #[serde(default)]
    pub(crate) cardholder: String,
}

impl Submission {
    /// Returns the submitted action, if there is such an action.
    pub(crate) fn action(&self) -> Option<Action> {
        let name: StrDeserializer<'_, value::Error> = self.action.as_str().into_deserializer();
        Action::deserialize(name).ok()
    }

    pub(crate) fn payment(&self) -> Payment<'_> {
        Payment {
            card_number: &self.card_number,
            card_expiry: Some(&self.card_expiry),
            cardholder: &self.cardholder,
        }
    }
}

/// A rejected form. It is shown again in the response to it, and kept nowhere.
#[derive(Default)]
pub(crate) struct Rejected {
    pub(crate) errors: Vec<FormError>,
    pub(crate) form: Option<Submission>,
}

impl Rejected {
    /// What is wrong with this field, if anything is.
    pub(crate) fn message(&self, field: &str) -> Option<&str> {
        let mut errors = self.errors.iter();
        let error = errors.find(|error| error.field == Some(field));
        error.map(|error| &*error.message)
    }
}

/// The fields of the card form with their labels, in order. The security code is not one: it is never submitted.
pub(crate) const FIELDS: [(&str, &str); 3] = [
    (NUMBER, "Card number"),
    (EXPIRY, "Expiry date"),
    (CARDHOLDER, "Name on card"),
];

const NUMBER: &str = "card_number";
const EXPIRY: &str = "card_expiry";
const CARDHOLDER: &str = "cardholder";

/// An error in the form of the checkout page, with a message for the customer.
pub(crate) struct FormError {
    /// `None` if it concerns the whole form.
    pub(crate) field: Option<&'static str>,
    pub(crate) message: String,
}

impl FormError {
    /// An error that concerns the whole form.
    pub(crate) fn new(message: &str) -> Self {
        Self {
            field: None,
            message: message.to_owned(),
        }
    }

    pub(crate) fn no_such_action() -> Self {
        Self::new("This action is not available on this page.")
    }

    /// Returns the messages for the errors of `payment`.
    pub(crate) fn all(payment: &Payment<'_>, errors: Vec<NotTried>) -> Vec<Self> {
        let missing = payment.card_number.trim().is_empty();
        let errors = errors.into_iter().map(|error| match error {
            NotTried::UnknownCard if missing => (
                NUMBER,
                "Enter the number of a test card, for example 4242 4242 4242 4242.".to_owned(),
            ),
            NotTried::UnknownCard => (
                NUMBER,
                "This is not a test card. Use one of the test cards below.".to_owned(),
            ),
            NotTried::ExpiredCard => (
                EXPIRY,
                "Enter an expiry date in the future as MM/YYYY, for example 12/2030.".to_owned(),
            ),
            NotTried::BadScript(expected) => (
                CARDHOLDER,
                format!("A name that starts with SBX: selects the outcome; {expected}."),
            ),
        });
        let errors = errors.map(|(field, message)| Self {
            field: Some(field),
            message,
        });
        errors.collect()
    }
}
