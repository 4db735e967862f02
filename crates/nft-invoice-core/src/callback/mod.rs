use std::fmt;

use crate::response::object::Object;
use crate::response::{Hidden, InvoiceId, InvoiceStatus, Received, Unreadable};
use crate::value::{Decimal, Reference};

#[cfg(feature = "callback")]
mod verifier;

#[cfg(feature = "callback")]
pub use verifier::{CallbackError, SignatureError, Verifier};

/// A callback: what the gateway `POST`s to the URL in the merchant's dashboard when an invoice's status changes.
///
/// Anyone can post to that URL: check the signature (feature `callback`, `Verifier`) first, and before goods leave
/// read the invoice's infos. Order, retries and duplicates are not documented, so accept any order and the same
/// callback twice.
///
/// `Debug` shows neither the description nor the merchant's data.
///
/// ```
/// use nft_invoice_core::Callback;
///
/// let body = br#"{"id":1736,"status":"invoice:paid","devise":"USD","amount":15.04,"callbackJson":"{\"order\":7}"}"#;
/// let callback = Callback::from_json(body).unwrap();
/// assert_eq!(callback.id, Some("1736".into()));
/// assert_eq!(callback.callback_data(), Some(r#"{"order":7}"#));
/// ```
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Callback {
    /// The sale's id, with which infos are read. They have it as [`Info::id`](crate::Info::id).
    pub id: Option<Received<InvoiceId>>,
    /// The invoice's status when the callback was sent. Always there. It can be old or forged: decide by that of the
    /// infos, [`Info::status`](crate::Info::status).
    pub status: InvoiceStatus,
    /// The currency, the gateway's `devise`.
    pub currency: Option<String>,
    /// The amount in units of the currency.
    pub amount: Option<Received<Decimal>>,
    /// The description.
    pub description: Option<String>,
    callback_data: Option<String>,
    /// The fields that are not documented or repeated: names, and values as JSON.
    pub extra: Vec<(String, String)>,
}

impl Callback {
    /// Reads a callback's body, without checking its signature.
    ///
    /// # Errors
    ///
    /// If the body is not a JSON object with a `status`. The other fields can be missing.
    pub fn from_json(body: &[u8]) -> Result<Self, Unreadable> {
        let mut callback = Object::read(body)?;
        Ok(Self {
            id: callback.take("id"),
            status: callback.need("status")?,
            currency: callback.take_text("devise"),
            amount: callback.take("amount"),
            description: callback.take_text("description"),
            callback_data: callback.take_text("callbackJson"),
            extra: callback.rest(),
        })
    }

    /// Returns what the merchant sent as `callbackJson`: the text of a string (documented), the JSON text of
    /// anything else.
    #[must_use]
    pub fn callback_data(&self) -> Option<&str> {
        self.callback_data.as_deref()
    }

    /// Returns the merchant's reference in it, if there is one.
    #[must_use]
    pub fn reference(&self) -> Option<Reference> {
        Reference::find(self.callback_data()?)
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
    fn reads_every_documented_field_and_keeps_the_rest() {
        let body = br#"{"status":"invoice:awaiting_approval","devise":"USD","amount":"15.04","id":1736,"description":"s3cret","callbackJson":{"order":"s3cret"},"attempt":2}"#;
        let callback = Callback::from_json(body).unwrap();
        assert_eq!(callback.status, InvoiceStatus::AwaitingApproval);
        assert_eq!(callback.currency.as_deref(), Some("USD"));
        assert_eq!(callback.amount, Some("15.04".into()));
        assert_eq!(callback.id, Some("1736".into()));
        assert_eq!(callback.description.as_deref(), Some("s3cret"));
        assert_eq!(callback.callback_data(), Some(r#"{"order":"s3cret"}"#));
        assert_eq!(callback.extra, [("attempt".to_owned(), "2".to_owned())]);
        let shown = format!("{callback:?}");
        assert!(!shown.contains("s3cret"), "{shown}");
    }

    #[test]
    fn requires_one_status() {
        for (body, at, reason) in [
            ("status=paid", "line 1, column 1", "not JSON"),
            ("[]", "", "not a JSON object"),
            (r#"{"id":1}"#, "/status", "missing"),
            (
                r#"{"status":"invoice:paid","status":"invoice:failed"}"#,
                "/status",
                "repeated",
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
        fn arbitrary_bytes_never_panic(body: Vec<u8>) {
            prop_assert!(Callback::from_json(&body).is_err());
        }
    }
}
