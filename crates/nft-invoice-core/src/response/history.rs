use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use super::call::Call;
use super::history_query::{HistoryFilter, SortOrder};
use super::invoice_id::InvoiceId;
use super::invoice_status::plain;
use super::object::Object;
use super::{Hidden, Received, ResponseError, success};
use crate::value::{Date, Decimal};

/// One page of the invoice history: the response to [`Call::History`], which repeats the query.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct HistoryPage {
    /// The statuses asked for.
    pub status: Option<Received<HistoryFilter>>,
    /// The first day, in a time zone that is not documented.
    pub from: Option<Received<Date>>,
    /// The last day, in a time zone that is not documented.
    pub to: Option<Received<Date>>,
    /// The page, from 1.
    pub page: Option<Received<u32>>,
    /// The order of `entries`.
    pub order: Option<Received<SortOrder>>,
    /// The page's invoices, at most 50 (documented, not enforced here). Always there; the gateway's `list`.
    pub entries: Vec<HistoryEntry>,
    /// How many invoices all pages hold.
    pub total: Option<Received<u64>>,
    /// The fields that are not documented or repeated: names, and values as JSON.
    pub extra: Vec<(String, String)>,
}

impl fmt::Debug for HistoryPage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HistoryPage")
            .field("status", &self.status)
            .field("from", &self.from)
            .field("to", &self.to)
            .field("page", &self.page)
            .field("order", &self.order)
            .field("entries", &self.entries)
            .field("total", &self.total)
            .field("extra", &self.extra.len())
            .finish()
    }
}

/// An invoice in the history. Every field can be missing.
///
/// `Debug` shows no personal data and no addresses.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[non_exhaustive]
pub struct HistoryEntry {
    /// The invoice's id.
    pub id: Option<Received<InvoiceId>>,
    /// The customer's e-mail address.
    pub email: Option<String>,
    /// The invoice's status, in the history's own words.
    pub status: Option<HistoryStatus>,
    /// The amount in units of `currency`.
    pub amount: Option<Received<Decimal>>,
    /// The currency, the gateway's `symbol`: `USD`.
    pub currency: Option<String>,
    /// When the invoice was created: `YYYY-MM-DD hh:mm:ss`, in a time zone that is not documented.
    pub create_date: Option<String>,
    /// When the status was reached: `YYYY-MM-DD hh:mm:ss`, in a time zone that is not documented.
    pub status_date: Option<String>,
    /// The transaction on the block chain.
    pub tx_hash: Option<String>,
    /// The currency of the settlement, the gateway's `exchange_currency_symbol`, as in `USDC`.
    pub exchange_currency: Option<String>,
    /// The amount that was paid.
    pub paid_amount: Option<Received<Decimal>>,
    /// The merchant's part of it.
    pub merchant_amount: Option<Received<Decimal>>,
    /// The gateway's fee.
    pub fee_amount: Option<Received<Decimal>>,
    /// The customer's IP address.
    pub ip: Option<String>,
    /// The customer's country by its English name.
    pub country: Option<String>,
    /// The page that the customer returns to after success.
    pub success_url: Option<String>,
    /// The page that the customer returns to while the payment is pending.
    pub pending_url: Option<String>,
    /// The page that the customer returns to after cancellation.
    pub cancel_url: Option<String>,
    /// The fields that are not documented or repeated: names, and values as JSON.
    pub extra: Vec<(String, String)>,
}

impl fmt::Debug for HistoryEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HistoryEntry")
            .field("id", &self.id)
            .field("email", &Hidden::of(&self.email))
            .field("status", &self.status)
            .field("amount", &self.amount)
            .field("currency", &self.currency)
            .field("create_date", &self.create_date)
            .field("status_date", &self.status_date)
            .field("tx_hash", &Hidden::of(&self.tx_hash))
            .field("exchange_currency", &self.exchange_currency)
            .field("paid_amount", &self.paid_amount)
            .field("merchant_amount", &self.merchant_amount)
            .field("fee_amount", &self.fee_amount)
            .field("ip", &Hidden::of(&self.ip))
            .field("country", &Hidden::of(&self.country))
            .field("success_url", &Hidden::of(&self.success_url))
            .field("pending_url", &Hidden::of(&self.pending_url))
            .field("cancel_url", &Hidden::of(&self.cancel_url))
            .field("extra", &self.extra.len())
            .finish()
    }
}

/// An invoice's status in the history's own words, whose meaning is not documented further. Before crediting an
/// invoice, read its [`InvoiceStatus`](crate::InvoiceStatus).
#[derive(Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum HistoryStatus {
    /// `PAID`
    Paid,
    /// `UNPAID`
    Unpaid,
    /// `WAITING`
    Waiting,
    /// `EXPIRED`
    Expired,
    /// A word that the gateway does not document, without control characters and cut to 64 characters.
    Other(String),
}

impl HistoryStatus {
    /// Returns the gateway's word, such as `PAID`; an undocumented one as it was read.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Paid => "PAID",
            Self::Unpaid => "UNPAID",
            Self::Waiting => "WAITING",
            Self::Expired => "EXPIRED",
            Self::Other(text) => text,
        }
    }
}

impl FromStr for HistoryStatus {
    type Err = Infallible;

    /// Reads the gateway's word in any case. Never fails: what the gateway does not document is `Other`.
    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text.to_ascii_uppercase().as_str() {
            "PAID" => Self::Paid,
            "UNPAID" => Self::Unpaid,
            "WAITING" => Self::Waiting,
            "EXPIRED" => Self::Expired,
            _ => Self::Other(plain(text)),
        })
    }
}

/// The gateway's word, without control characters and with at most 64 characters.
impl fmt::Display for HistoryStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&plain(self.as_str()))
    }
}

serde_as_text!(HistoryStatus);

impl fmt::Debug for HistoryStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Reads the response to [`Call::History`], whatever its HTTP status.
///
/// # Errors
///
/// `Rejected` for an `errorCode` other than 0, `Unreadable` for what has none, or no `/list` of objects.
pub fn decode_history(body: &[u8]) -> Result<HistoryPage, ResponseError> {
    let mut response = success(Call::History, body)?;
    Ok(HistoryPage {
        entries: response.need_list("list", entry)?,
        status: response.take("status"),
        from: response.take("from"),
        to: response.take("to"),
        page: response.take("page"),
        order: response.take("order"),
        total: response.take("total"),
        extra: response.rest(),
    })
}

fn entry(mut object: Object<'_>) -> HistoryEntry {
    HistoryEntry {
        id: object.take("id"),
        email: object.take_text("email"),
        status: object.take("status").and_then(Received::into_value),
        amount: object.take("amount"),
        currency: object.take_text("symbol"),
        create_date: object.take_text("create_date"),
        status_date: object.take_text("status_date"),
        tx_hash: object.take_text("tx_hash"),
        exchange_currency: object.take_text("exchange_currency_symbol"),
        paid_amount: object.take("paid_amount"),
        merchant_amount: object.take("merchant_amount"),
        fee_amount: object.take("fee_amount"),
        ip: object.take_text("ip"),
        country: object.take_text("country"),
        success_url: object.take_text("success_url"),
        pending_url: object.take_text("pending_url"),
        cancel_url: object.take_text("cancel_url"),
        extra: object.rest(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Unreadable;
    use super::*;

    const DOCUMENTED: &str = r#"{"errorCode":0,"status":"PAID","from":"2023-06-01","to":"2023-06-19","page":2,"order":"DESC","list":[{"id":"1932","email":"…","status":"PAID","amount":"1.00","symbol":"USD","create_date":"2023-06-15 10:39:34","status_date":"2023-06-15 10:40:38","tx_hash":"0x…","exchange_currency_symbol":"USDC","paid_amount":"1.00","merchant_amount":"0.900","fee_amount":"0.100","ip":"…","country":"United Arab Emirates","success_url":null,"pending_url":null,"cancel_url":null}],"total":"51"}"#;

    #[test]
    fn reads_the_documented_response() {
        let page = decode_history(DOCUMENTED.as_bytes()).unwrap();
        assert_eq!(page.status, Some(Received::Value(HistoryFilter::Paid)));
        assert_eq!(
            (page.from.clone(), page.to.clone()),
            (Some("2023-06-01".into()), Some("2023-06-19".into()))
        );
        assert_eq!(
            (page.page.clone(), page.order.clone(), page.total.clone()),
            (Some("2".into()), Some("DESC".into()), Some("51".into()))
        );
        assert_eq!(page.extra, []);

        let [entry] = &page.entries[..] else {
            panic!("{page:?}");
        };
        let texts = [
            (&entry.email, Some("…")),
            (&entry.currency, Some("USD")),
            (&entry.create_date, Some("2023-06-15 10:39:34")),
            (&entry.status_date, Some("2023-06-15 10:40:38")),
            (&entry.tx_hash, Some("0x…")),
            (&entry.exchange_currency, Some("USDC")),
            (&entry.ip, Some("…")),
            (&entry.country, Some("United Arab Emirates")),
            (&entry.success_url, None),
            (&entry.pending_url, None),
            (&entry.cancel_url, None),
        ];
        for (at, (read, expected)) in texts.iter().enumerate() {
            assert_eq!(read.as_deref(), *expected, "text {at}");
        }
        assert_eq!(entry.id, Some("1932".into()));
        assert_eq!(entry.status, Some(HistoryStatus::Paid));
        let amounts = [
            &entry.amount,
            &entry.paid_amount,
            &entry.merchant_amount,
            &entry.fee_amount,
        ];
        assert_eq!(
            amounts.map(|amount: &Option<Received<Decimal>>| amount.as_ref().unwrap().to_string()),
            ["1.00", "1.00", "0.900", "0.100"]
        );
    }

    #[test]
    fn debug_shows_no_personal_data() {
        let body = r#"{"errorCode":0,"list":[{"id":7,"email":"s3cret","tx_hash":"s3cret","ip":"s3cret","country":"s3cret","success_url":"s3cret","phone":"s3cret"}]}"#;
        let shown = format!("{:?}", decode_history(body.as_bytes()).unwrap());
        assert!(!shown.contains("s3cret"), "{shown}");
        assert!(
            shown.contains("id: Some(Value(7)), email: Some(..), status: None"),
            "{shown}"
        );
    }

    #[test]
    fn only_the_list_is_required_and_what_cannot_be_read_is_kept() {
        let body = br#"{"errorCode":0,"list":[{}],"page":0.5,"total":-1,"from":"june"}"#;
        let page = decode_history(body).unwrap();
        assert_eq!(
            (page.page, page.total, page.from, page.entries.len()),
            (
                Some(Received::Unreadable("0.5".into())),
                Some(Received::Unreadable("-1".into())),
                Some(Received::Unreadable("june".into())),
                1
            )
        );

        for (list, at, reason) in [
            ("null", "/list", "missing"),
            ("{}", "/list", "not a JSON array"),
            ("[{},[]]", "/list/1", "not a JSON object"),
        ] {
            let body = format!(r#"{{"errorCode":0,"list":{list}}}"#);
            let unreadable = Unreadable::new(at, reason);
            assert_eq!(
                decode_history(body.as_bytes()),
                Err(unreadable.into()),
                "{list}"
            );
        }
    }

    #[test]
    fn another_status_shows_neither_control_characters_nor_a_long_text() {
        assert_eq!("waiting".parse(), Ok(HistoryStatus::Waiting));
        assert_eq!("ALL".parse(), Ok(HistoryStatus::Other("ALL".into())));
        let made = HistoryStatus::Other(format!("\u{1b}{}", "x".repeat(500)));
        assert_eq!(
            format!("{made} {made:?}"),
            format!("{0} {0}", "x".repeat(64))
        );
    }
}
