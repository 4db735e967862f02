use std::fmt;

use crate::answer::object::Object;
use crate::answer::{Hidden, Unreadable};
use crate::decimal::Decimal;
use crate::invoice_id::InvoiceId;
use crate::invoice_status::InvoiceStatus;

#[cfg(feature = "callback")]
pub(crate) mod signature;

/// What the gateway `POST`s to the URL in the merchant's dashboard when an invoice's status changes.
///
/// Anybody can post to that URL: check the signature (feature `callback`, `Verifier`) before a word of it is
/// believed, or ask the gateway for the invoice's status instead. Order, retries and repeats are not documented,
/// so accept any order and the same callback twice.
///
/// `Debug` shows neither the description nor the merchant's data.
///
/// ```
/// use nft_invoice_core::Callback;
///
/// let body = br#"{"id":1736,"status":"invoice:paid","devise":"USD","amount":15.04,"callbackJson":"{\"order\":7}"}"#;
/// let callback = Callback::from_json(body).unwrap();
/// assert!(callback.status.may_credit());
/// assert_eq!(callback.callback_data(), Some(r#"{"order":7}"#));
/// ```
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Callback {
    /// The sale's id, as infos have it in `data.id`.
    pub id: Option<InvoiceId>,
    /// How far the invoice is. Always there.
    pub status: InvoiceStatus,
    /// The currency, the gateway's `devise`.
    pub currency: Option<String>,
    /// The amount in units of the currency.
    pub amount: Option<Decimal>,
    /// The description.
    pub description: Option<String>,
    callback_data: Option<String>,
    /// The members that are not documented or not of their type: name and JSON text.
    pub extra: Vec<(String, String)>,
}

impl Callback {
    /// Reads a callback's body. Its signature is not looked at.
    ///
    /// # Errors
    ///
    /// For what is not a JSON object with a `status`. The other members may be missing.
    pub fn from_json(body: &[u8]) -> Result<Self, Unreadable> {
        let mut callback = Object::read(body)?;
        Ok(Self {
            id: callback.take("id"),
            status: callback.need("status")?,
            currency: callback.take("devise"),
            amount: callback.take("amount"),
            description: callback.take("description"),
            callback_data: callback.take_data("callbackJson"),
            extra: callback.rest(),
        })
    }

    /// What the merchant sent as `callbackJson`: the text of a string (documented), the JSON text of anything
    /// else.
    #[must_use]
    pub fn callback_data(&self) -> Option<&str> {
        self.callback_data.as_deref()
    }
}

impl fmt::Debug for Callback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Callback")
            .field("id", &self.id)
            .field("status", &self.status)
            .field("currency", &self.currency)
            .field("amount", &self.amount)
            .field("description", &Hidden::of(&self.description))
            .field("callback_data", &Hidden::of(&self.callback_data))
            .field("extra", &self.extra.len())
            .finish()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_documented_member_and_the_rest() {
        let body = br#"{"status":"invoice:awaiting_approval","devise":"USD","amount":"15.04","id":1736,"description":"s3cret","callbackJson":{"order":"s3cret"},"attempt":2}"#;
        let callback = Callback::from_json(body).unwrap();
        assert_eq!(callback.status, InvoiceStatus::AwaitingApproval);
        assert_eq!(callback.currency.as_deref(), Some("USD"));
        assert_eq!(callback.amount, "15.04".parse().ok());
        assert_eq!(callback.id, "1736".parse().ok());
        assert_eq!(callback.description.as_deref(), Some("s3cret"));
        assert_eq!(callback.callback_data(), Some(r#"{"order":"s3cret"}"#));
        assert_eq!(callback.extra, [("attempt".to_owned(), "2".to_owned())]);
        let shown = format!("{callback:?}");
        assert!(!shown.contains("s3cret"), "{shown}");
    }

    #[test]
    fn a_callback_needs_one_status() {
        for (body, at, reason) in [
            ("status=paid", "line 1, column 1", "not JSON"),
            ("[]", "", "not a JSON object"),
            (r#"{"id":1}"#, "/status", "missing"),
            (
                r#"{"status":"invoice:paid","status":"invoice:failed"}"#,
                "/status",
                "there more than once",
            ),
        ] {
            let expected = Unreadable::new(at, reason);
            assert_eq!(
                Callback::from_json(body.as_bytes()),
                Err(expected),
                "{body}"
            );
        }
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_are_read_without_a_panic(body: Vec<u8>) {
            prop_assert!(Callback::from_json(&body).is_err());
        }
    }
}
