use serde::Deserialize;
use serde::de::IntoDeserializer;
use serde::de::value::{self, StrDeserializer};

use crate::checkout::{Action, FormError};
use crate::payment::Payment;

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
