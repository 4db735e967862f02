use std::fmt;

use super::call::Call;
use super::invoice_id::InvoiceId;
use super::invoice_status::InvoiceStatus;
use super::{Hidden, Received, ResponseError, success};
use crate::value::{Decimal, Reference};

/// What the gateway knows of an invoice: the response to [`Call::Info`].
///
/// `Debug` shows neither the description nor the merchant's data.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct Info {
    /// The merchant's account.
    pub merchant_id: Option<String>,
    /// The gateway's `invoice_id`, beside `data`. In the documented example it differs from [`id`](Self::id); why is
    /// not documented. Nothing in this crate uses it.
    pub invoice_id: Option<Received<InvoiceId>>,
    /// The gateway's `data.id`: "the invoice ID sent through the callback", [`Callback::id`](crate::Callback::id).
    pub id: Option<Received<InvoiceId>>,
    /// The invoice's status now. Always there. Decide by this one, not by that of a callback.
    pub status: InvoiceStatus,
    /// The currency, the gateway's `devise`: `USD`, perhaps `USDC`, although only USD can be invoiced.
    pub currency: Option<String>,
    /// The amount in units of the currency.
    pub amount: Option<Received<Decimal>>,
    /// The description.
    pub description: Option<String>,
    callback_data: Option<String>,
    /// The amount in units of `fiat_currency`.
    pub fiat_amount: Option<Received<Decimal>>,
    /// What the customer paid in, as in `INR`.
    pub fiat_currency: Option<String>,
    /// The amount in units of `total_currency`, the gateway's `totalAmount`.
    pub total_amount: Option<Received<Decimal>>,
    /// What is settled in, the gateway's `totalCurrency`, as in `USDC`.
    pub total_currency: Option<String>,
    /// `YYYY-MM-DD hh:mm:ss`, in a time zone that is not documented.
    pub datetime: Option<String>,
    /// The fields that are not documented or repeated: names, and values as JSON.
    pub extra: Vec<(String, String)>,
}

impl Info {
    /// Returns what the merchant sent as `callbackJson`: the text of a string, the JSON text of anything else.
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

impl fmt::Debug for Info {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Info")
            .field("merchant_id", &self.merchant_id)
            .field("invoice_id", &self.invoice_id)
            .field("id", &self.id)
            .field("status", &self.status)
            .field("currency", &self.currency)
            .field("amount", &self.amount)
            .field("description", &Hidden::of(&self.description))
            .field("callback_data", &Hidden::of(&self.callback_data))
            .field("fiat_amount", &self.fiat_amount)
            .field("fiat_currency", &self.fiat_currency)
            .field("total_amount", &self.total_amount)
            .field("total_currency", &self.total_currency)
            .field("datetime", &self.datetime)
            .field("extra", &self.extra.len())
            .finish()
    }
}

/// Reads the response to [`Call::Info`], whatever its HTTP status.
///
/// # Errors
///
/// `Rejected` for an `errorCode` other than 0, `Unreadable` for what has none, or no `/data/status`.
pub fn decode_info(body: &[u8]) -> Result<Info, ResponseError> {
    let mut response = success(Call::Info, body)?;
    let mut data = response.need_object("data")?;
    Ok(Info {
        merchant_id: response.take_text("merchant_id"),
        invoice_id: response.take("invoice_id"),
        id: data.take("id"),
        status: data.need("status")?,
        currency: data.take_text("devise"),
        amount: data.take("amount"),
        description: data.take_text("description"),
        callback_data: data.take_text("callbackJson"),
        fiat_amount: data.take("fiat_amount"),
        fiat_currency: data.take_text("fiat_currency"),
        total_amount: data.take("totalAmount"),
        total_currency: data.take_text("totalCurrency"),
        datetime: data.take_text("datetime"),
        extra: [data.rest(), response.rest()].concat(),
    })
}

#[cfg(test)]
mod tests {
    use super::super::Unreadable;
    use super::*;

    #[test]
    fn reads_the_documented_response() {
        let body = r#"{"errorCode":0,"merchant_id":"1","invoice_id":"1689","data":{"status":"invoice:paid","id":1736,"devise":"USD","amount":5,"description":"…","callbackJson":null,"fiat_amount":409.71,"fiat_currency":"INR","totalAmount":4,"totalCurrency":"USDC","datetime":"2023-04-12 19:09:48"}}"#;
        let info = decode_info(body.as_bytes()).unwrap();
        let expected = Info {
            merchant_id: Some("1".into()),
            invoice_id: Some("1689".into()),
            id: Some("1736".into()),
            status: InvoiceStatus::Paid,
            currency: Some("USD".into()),
            amount: Some("5".into()),
            description: Some("…".into()),
            callback_data: None,
            fiat_amount: Some("409.71".into()),
            fiat_currency: Some("INR".into()),
            total_amount: Some("4".into()),
            total_currency: Some("USDC".into()),
            datetime: Some("2023-04-12 19:09:48".into()),
            extra: Vec::new(),
        };
        assert_eq!(info, expected);
    }

    #[test]
    fn debug_does_not_show_the_merchant_s_data() {
        let body = br#"{"errorCode":0,"data":{"status":"invoice:paid","description":"s3cret","callbackJson":"{\"ref\":\"s3cret\"}","email":"s3cret"}}"#;
        let info = decode_info(body).unwrap();
        assert_eq!(info.callback_data(), Some(r#"{"ref":"s3cret"}"#));
        let shown = format!("{info:?}");
        assert!(!shown.contains("s3cret"), "{shown}");
        assert!(shown.contains("callback_data: Some(..)"), "{shown}");
    }

    #[test]
    fn the_status_is_required() {
        for (body, at) in [
            (r#"{"errorCode":0,"status":"invoice:paid"}"#, "/data"),
            (r#"{"errorCode":0,"data":{"id":1}}"#, "/data/status"),
        ] {
            let missing = Unreadable::new(at, "missing");
            assert_eq!(decode_info(body.as_bytes()), Err(missing.into()), "{body}");
        }
    }
}
