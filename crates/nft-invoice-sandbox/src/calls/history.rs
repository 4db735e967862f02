use std::collections::HashMap;

use jiff::Timestamp;
use jiff::civil::{Date, Time};
use serde_json::{Value, json};

use crate::app::App;
use crate::assumption::{
    Assumptions, HistoryBadFilter, HistoryCountry, HistoryReversed, HistoryUnpaid,
};
use crate::calls::Call;
use crate::calls::status_and_infos::{SETTLEMENT_CURRENCY, fee_percent};
use crate::gateway::{Answer, Rejection, Route};
use crate::http::ok;
use crate::payment::{Amount, Invoice, InvoiceState, Summary, transaction};

/// `GET /api/invoice/history/`
pub(super) fn history(call: &Call<'_>) -> Result<Answer, Rejection> {
    let (app, query) = (call.app, call.parameters());
    let (merchant, filter) = app.in_order(call.authorize(), Filter::read(app, &query))?;
    Ok(ok(&filter.page(app, merchant)).into())
}

/// The number of records per page.
const PAGE: usize = 50;

/// The filters of a query, with the text that the response repeats.
struct Filter {
    status: String,
    from: Option<String>,
    to: Option<String>,
    /// The limits of the creation time: `None` if nothing fits.
    created: Option<(Timestamp, Timestamp)>,
    descending: bool,
    page: usize,
}

impl Filter {
    fn read(app: &App, query: &HashMap<String, String>) -> Result<Self, Rejection> {
        let text = |name| query.get(name).filter(|text: &&String| !text.is_empty());
        let order = text("order").map(String::as_str);
        let from = text("from");
        let to = text("to");
        Ok(Self {
            status: text("status").cloned().unwrap_or_else(|| "ALL".to_owned()),
            created: created(app, from, to),
            from: from.cloned(),
            to: to.cloned(),
            descending: match order.unwrap_or_else(|| app.assumptions.history_order.as_str()) {
                "DESC" => true,
                "ASC" => false,
                _ => return Err(Rejection::gateway(Route::History, 50012)),
            },
            page: text("page")
                .and_then(|page| page.parse().ok())
                .filter(|page| *page > 0)
                .unwrap_or(1),
        })
    }

    fn page(&self, app: &App, merchant: usize) -> Value {
        let store = app.store();
        let ledger = store.ledger();
        let mut found: Vec<u64> = ledger
            .summaries()
            .filter(|one| one.merchant == merchant && self.matches(app, one))
            .map(|one| one.id)
            .collect();
        if self.descending {
            found.reverse();
        }
        let first = (self.page - 1).saturating_mul(PAGE);
        let page = found.iter().skip(first).take(PAGE);
        let shown = page.filter_map(|id| ledger.get(*id));
        json!({
            "errorCode": 0,
            "status": self.status,
            "from": self.from,
            "to": self.to,
            "page": self.page,
            "order": if self.descending { "DESC" } else { "ASC" },
            "list": shown.map(|invoice| record(app, invoice)).collect::<Vec<_>>(),
            "total": found.len().to_string(),
        })
    }

    fn matches(&self, app: &App, invoice: &Summary) -> bool {
        let status = match self.status.as_str() {
            "ALL" => true,
            known @ ("PAID" | "UNPAID" | "WAITING" | "EXPIRED") => {
                known == label(&app.assumptions, invoice.state)
            }
            _ => ignores_bad_filters(app),
        };
        let is_in = |(from, to)| (from..=to).contains(&invoice.created_at);
        status && self.created.is_some_and(is_in)
    }
}

/// The first and the last moment of the days from `from` to `to`; `None` if one of them is not a date, and that is not
/// ignored.
fn created(
    app: &App,
    from: Option<&String>,
    to: Option<&String>,
) -> Option<(Timestamp, Timestamp)> {
    let limit = |text: Option<&String>, time: Time, otherwise| match text.map(|text| date(text)) {
        Some(Some(date)) => Some(app.timestamp(date.to_datetime(time))),
        Some(None) if !ignores_bad_filters(app) => None,
        _ => Some(otherwise),
    };
    let from = limit(from, Time::MIN, Timestamp::MIN)?;
    let to = limit(to, Time::MAX, Timestamp::MAX)?;
    Some((from, to))
}

fn ignores_bad_filters(app: &App) -> bool {
    app.assumptions.history_bad_filter == HistoryBadFilter::Ignore
}

fn record(app: &App, invoice: &Invoice) -> Value {
    let order = &invoice.order;
    let date = |at| app.civil(at).strftime("%Y-%m-%d %H:%M:%S").to_string();
    let status = label(&app.assumptions, invoice.state);
    let paid = status == "PAID";
    let amount = if paid { order.amount } else { Amount::ZERO };
    let (fee, net) = amount.split(fee_percent(app));
    let shown = paid || app.assumptions.history_unpaid == HistoryUnpaid::Zero;
    let with_country = app.assumptions.history_country == HistoryCountry::Code;
    json!({
        "id": invoice.id.to_string(),
        "email": order.email,
        "status": status,
        "amount": order.amount.two_digits(),
        "symbol": order.currency,
        "create_date": date(invoice.created_at),
        "status_date": date(invoice.changed_at),
        "tx_hash": paid.then(|| transaction(order.token)),
        "exchange_currency_symbol": SETTLEMENT_CURRENCY,
        "paid_amount": shown.then(|| amount.two_digits()),
        "merchant_amount": shown.then(|| net.three_digits()),
        "fee_amount": shown.then(|| fee.three_digits()),
        "ip": order.ip,
        "country": order.country.as_ref().filter(|_| with_country),
        "success_url": order.success_url,
        "pending_url": order.pending_url,
        "cancel_url": order.cancel_url,
    })
}

/// The history's name for a status.
fn label(assumptions: &Assumptions, state: InvoiceState) -> &'static str {
    match state {
        InvoiceState::Paid => "PAID",
        InvoiceState::AwaitingApproval => "WAITING",
        InvoiceState::Expired => "EXPIRED",
        InvoiceState::Chargeback | InvoiceState::Withheld
            if assumptions.history_reversed == HistoryReversed::Paid =>
        {
            "PAID"
        }
        _ => "UNPAID",
    }
}

/// Parses a date in the form `YYYY-MM-DD` only.
fn date(text: &str) -> Option<Date> {
    let plain = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    text.parse().ok().filter(|_| plain)
}
