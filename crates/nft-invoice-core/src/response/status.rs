use std::fmt;

use super::call::Call;
use super::invoice_id::InvoiceId;
use super::invoice_status::InvoiceStatus;
use super::{Received, ResponseError, success};
use crate::value::Decimal;

/// The status of an invoice: the response to [`Call::Status`].
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct StatusReport {
    /// The invoice's id.
    pub id: Option<Received<InvoiceId>>,
    /// The currency, the gateway's `devise`: `USD`, perhaps `USDC`.
    pub currency: Option<String>,
    /// The amount in units of the currency.
    pub amount: Option<Received<Decimal>>,
    /// The invoice's status. Always there.
    pub status: InvoiceStatus,
    /// The fields that are not documented or repeated: names, and values as JSON.
    pub extra: Vec<(String, String)>,
}

/// Shows all but what is in `extra`.
impl fmt::Debug for StatusReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("StatusReport")
            .field("id", &self.id)
            .field("currency", &self.currency)
            .field("amount", &self.amount)
            .field("status", &self.status)
            .field("extra", &self.extra.len())
            .finish()
    }
}

/// Reads the response to [`Call::Status`], whatever its HTTP status.
///
/// # Errors
///
/// `Rejected` for an `errorCode` other than 0, `Unreadable` for what has none, or no `/invoice/status`.
pub fn decode_status(body: &[u8]) -> Result<StatusReport, ResponseError> {
    let mut response = success(Call::Status, body)?;
    let mut invoice = response.need_object("invoice")?;
    Ok(StatusReport {
        status: invoice.need("status")?,
        id: invoice.take("id"),
        currency: invoice.take_text("devise"),
        amount: invoice.take("amount"),
        extra: [invoice.rest(), response.rest()].concat(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_documented_response() {
        let body = br#"{"errorCode":0,"invoice":{"id":"1689","devise":"USD","amount":"4","status":"invoice:created"}}"#;
        let report = decode_status(body).unwrap();
        assert_eq!(report.id, Some("1689".into()));
        assert_eq!(report.currency.as_deref(), Some("USD"));
        assert_eq!(report.amount, Some("4.00".into()));
        assert_eq!(report.status, InvoiceStatus::Created);
        assert_eq!(
            format!("{report:?}"),
            r#"StatusReport { id: Some(Value(1689)), currency: Some("USD"), amount: Some(Value(4)), status: invoice:created, extra: 0 }"#
        );
    }

    #[test]
    fn only_the_status_is_required_and_nothing_is_lost() {
        let body = br#"{"errorCode":0,"new":1,"invoice":{"status":"invoice:new","id":17,"amount":[4],"devise":null}}"#;
        let report = decode_status(body).unwrap();
        assert_eq!(report.status, InvoiceStatus::Other("invoice:new".into()));
        assert_eq!(report.id, Some("17".into()));
        assert_eq!(report.amount, Some(Received::Unreadable("[4]".into())));
        assert_eq!(report.currency, None);
        let names: Vec<&str> = report.extra.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["new"]);

        for (body, at) in [
            (r#"{"errorCode":0}"#, "/invoice"),
            (r#"{"errorCode":0,"invoice":null}"#, "/invoice"),
            (r#"{"errorCode":0,"invoice":[]}"#, "/invoice"),
            (r#"{"errorCode":0,"invoice":{}}"#, "/invoice/status"),
            (
                r#"{"errorCode":0,"invoice":{"status":true}}"#,
                "/invoice/status",
            ),
            (
                r#"{"errorCode":0,"invoice":{"status":"invoice:paid","status":"invoice:failed"}}"#,
                "/invoice/status",
            ),
        ] {
            match decode_status(body.as_bytes()).unwrap_err() {
                ResponseError::Unreadable(unreadable) => assert_eq!(unreadable.at(), at, "{body}"),
                other => panic!("{body}: {other:?}"),
            }
        }
    }
}
