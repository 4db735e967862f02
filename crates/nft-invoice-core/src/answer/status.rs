use std::fmt;

use crate::answer::{AnswerError, success};
use crate::call::Call;
use crate::decimal::Decimal;
use crate::invoice_id::InvoiceId;
use crate::invoice_status::InvoiceStatus;

/// How far an invoice is: the answer to [`Call::Status`].
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct StatusReport {
    /// The invoice's id.
    pub id: Option<InvoiceId>,
    /// The currency, the gateway's `devise`: `USD`, perhaps `USDC`.
    pub currency: Option<String>,
    /// The amount in units of the currency.
    pub amount: Option<Decimal>,
    /// How far the invoice is. Always there.
    pub status: InvoiceStatus,
    /// The members that are not documented or not of their type: name and JSON text.
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

/// Reads the answer to [`Call::Status`], whatever its HTTP status.
///
/// # Errors
///
/// `Rejected` for an `errorCode` other than 0, `Unreadable` for what has none, or no `/invoice/status`.
pub fn decode_status(body: &[u8]) -> Result<StatusReport, AnswerError> {
    let mut answer = success(Call::Status, body)?;
    let mut invoice = answer.need_object("invoice")?;
    Ok(StatusReport {
        status: invoice.need("status")?,
        id: invoice.take("id"),
        currency: invoice.take("devise"),
        amount: invoice.take("amount"),
        extra: [invoice.rest(), answer.rest()].concat(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_documented_answer() {
        let body = br#"{"errorCode":0,"invoice":{"id":"1689","devise":"USD","amount":"4","status":"invoice:created"}}"#;
        let report = decode_status(body).unwrap();
        assert_eq!(report.id, "1689".parse().ok());
        assert_eq!(report.currency.as_deref(), Some("USD"));
        assert_eq!(report.amount, "4.00".parse().ok());
        assert_eq!(report.status, InvoiceStatus::Created);
        assert_eq!(
            format!("{report:?}"),
            r#"StatusReport { id: Some(1689), currency: Some("USD"), amount: Some(4), status: invoice:created, extra: 0 }"#
        );
    }

    #[test]
    fn only_the_status_is_needed_and_nothing_is_lost() {
        let body = br#"{"errorCode":0,"new":1,"invoice":{"status":"invoice:new","id":17,"amount":[4],"devise":null}}"#;
        let report = decode_status(body).unwrap();
        assert_eq!(report.status, InvoiceStatus::Other("invoice:new".into()));
        assert_eq!(report.id, "17".parse().ok());
        assert_eq!((report.amount, report.currency), (None, None));
        let names: Vec<&str> = report.extra.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["amount", "new"]);

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
                AnswerError::Unreadable(unreadable) => assert_eq!(unreadable.at(), at, "{body}"),
                other => panic!("{body}: {other:?}"),
            }
        }
    }
}
