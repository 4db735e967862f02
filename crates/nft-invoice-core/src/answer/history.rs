use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use crate::answer::object::Object;
use crate::answer::{AnswerError, Hidden, success};
use crate::call::Call;
use crate::date::Date;
use crate::decimal::Decimal;
use crate::history_query::{HistoryFilter, Order};
use crate::invoice_id::InvoiceId;
use crate::invoice_status::plain;

/// One page of the invoice history: the answer to [`Call::History`], which repeats the question.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HistoryPage {
    /// The statuses asked for.
    pub status: Option<HistoryFilter>,
    /// The first day, in a time zone that is not documented.
    pub from: Option<Date>,
    /// The last day, in a time zone that is not documented.
    pub to: Option<Date>,
    /// The page, from 1.
    pub page: Option<u32>,
    /// The order of `list`.
    pub order: Option<Order>,
    /// The page's invoices, at most 50 (documented, not enforced here). Always there.
    pub list: Vec<HistoryEntry>,
    /// How many invoices all pages hold.
    pub total: Option<u64>,
    /// The members that are not documented or not of their type: name and JSON text.
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
            .field("list", &self.list)
            .field("total", &self.total)
            .field("extra", &self.extra.len())
            .finish()
    }
}

/// An invoice in the history. Every member may be missing.
///
/// `Debug` shows no personal data and no addresses.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HistoryEntry {
    /// The invoice's id.
    pub id: Option<InvoiceId>,
    /// The customer's e-mail address.
    pub email: Option<String>,
    /// How far the invoice is, in the history's own words.
    pub status: Option<HistoryStatus>,
    /// The amount in units of `currency`.
    pub amount: Option<Decimal>,
    /// The currency, the gateway's `symbol`: `USD`.
    pub currency: Option<String>,
    /// When the invoice was created: `YYYY-MM-DD hh:mm:ss`, in a time zone that is not documented.
    pub create_date: Option<String>,
    /// When the status was reached: `YYYY-MM-DD hh:mm:ss`, in a time zone that is not documented.
    pub status_date: Option<String>,
    /// The transaction on the block chain.
    pub tx_hash: Option<String>,
    /// What is settled in, the gateway's `exchange_currency_symbol`, as in `USDC`.
    pub exchange_currency: Option<String>,
    /// What was paid.
    pub paid_amount: Option<Decimal>,
    /// What the merchant gets of it.
    pub merchant_amount: Option<Decimal>,
    /// What the gateway keeps of it.
    pub fee_amount: Option<Decimal>,
    /// The customer's IP address.
    pub ip: Option<String>,
    /// The customer's country by its English name.
    pub country: Option<String>,
    /// Where the payment page goes after success.
    pub success_url: Option<String>,
    /// Where the payment page goes while the payment is pending.
    pub pending_url: Option<String>,
    /// Where the payment page goes after cancellation.
    pub cancel_url: Option<String>,
    /// The members that are not documented or not of their type: name and JSON text.
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

/// How far an invoice is, in the history's words, whose meaning is not documented any further: before an invoice
/// is credited, ask for its [`InvoiceStatus`](crate::InvoiceStatus).
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
    /// A word that the gateway does not document, less control characters and cut to 64 characters.
    Other(String),
}

impl HistoryStatus {
    /// The gateway's word, as in `PAID`; an undocumented one as it was read.
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

impl fmt::Debug for HistoryStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// Reads the answer to [`Call::History`], whatever its HTTP status.
///
/// # Errors
///
/// `Rejected` for an `errorCode` other than 0, `Unreadable` for what has none, or no `/list` of objects.
pub fn decode_history(body: &[u8]) -> Result<HistoryPage, AnswerError> {
    let mut answer = success(Call::History, body)?;
    let list = answer.need_list("list")?;
    Ok(HistoryPage {
        list: list
            .map(|object| object.map(entry))
            .collect::<Result<_, _>>()?,
        status: answer.take("status"),
        from: answer.take("from"),
        to: answer.take("to"),
        page: answer.take("page"),
        order: answer.take("order"),
        total: answer.take("total"),
        extra: answer.rest(),
    })
}

fn entry(mut object: Object<'_>) -> HistoryEntry {
    HistoryEntry {
        id: object.take("id"),
        email: object.take("email"),
        status: object.take("status"),
        amount: object.take("amount"),
        currency: object.take("symbol"),
        create_date: object.take("create_date"),
        status_date: object.take("status_date"),
        tx_hash: object.take("tx_hash"),
        exchange_currency: object.take("exchange_currency_symbol"),
        paid_amount: object.take("paid_amount"),
        merchant_amount: object.take("merchant_amount"),
        fee_amount: object.take("fee_amount"),
        ip: object.take("ip"),
        country: object.take("country"),
        success_url: object.take("success_url"),
        pending_url: object.take("pending_url"),
        cancel_url: object.take("cancel_url"),
        extra: object.rest(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::Unreadable;

    const DOCUMENTED: &str = r#"{"errorCode":0,"status":"PAID","from":"2023-06-01","to":"2023-06-19","page":2,"order":"DESC","list":[{"id":"1932","email":"…","status":"PAID","amount":"1.00","symbol":"USD","create_date":"2023-06-15 10:39:34","status_date":"2023-06-15 10:40:38","tx_hash":"0x…","exchange_currency_symbol":"USDC","paid_amount":"1.00","merchant_amount":"0.900","fee_amount":"0.100","ip":"…","country":"United Arab Emirates","success_url":null,"pending_url":null,"cancel_url":null}],"total":"51"}"#;

    #[test]
    fn the_documented_answer() {
        let page = decode_history(DOCUMENTED.as_bytes()).unwrap();
        assert_eq!(page.status, Some(HistoryFilter::Paid));
        assert_eq!(
            (page.from, page.to),
            (Date::new(2023, 6, 1), Date::new(2023, 6, 19))
        );
        assert_eq!(
            (page.page, page.order, page.total),
            (Some(2), Some(Order::Desc), Some(51))
        );
        assert_eq!(page.extra, []);

        let [entry] = &page.list[..] else {
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
        assert_eq!(entry.id, "1932".parse().ok());
        assert_eq!(entry.status, Some(HistoryStatus::Paid));
        let amounts = [
            &entry.amount,
            &entry.paid_amount,
            &entry.merchant_amount,
            &entry.fee_amount,
        ];
        assert_eq!(
            amounts.map(|amount| amount.as_ref().unwrap().as_str()),
            ["1.00", "1.00", "0.900", "0.100"]
        );
    }

    #[test]
    fn debug_shows_no_personal_data() {
        let body = r#"{"errorCode":0,"list":[{"id":7,"email":"s3cret","tx_hash":"s3cret","ip":"s3cret","country":"s3cret","success_url":"s3cret","phone":"s3cret"}]}"#;
        let shown = format!("{:?}", decode_history(body.as_bytes()).unwrap());
        assert!(!shown.contains("s3cret"), "{shown}");
        assert!(
            shown.contains("id: Some(7), email: Some(..), status: None"),
            "{shown}"
        );
    }

    #[test]
    fn only_the_list_is_needed_and_what_cannot_be_read_is_kept() {
        let body = br#"{"errorCode":0,"list":[{}],"page":0.5,"total":-1,"from":"june"}"#;
        let page = decode_history(body).unwrap();
        assert_eq!(
            (page.page, page.total, page.from, page.list.len()),
            (None, None, None, 1)
        );
        assert_eq!(page.extra.len(), 3);

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
