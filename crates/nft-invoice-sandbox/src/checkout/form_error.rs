use crate::payment::{NotTried, Payment};

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
