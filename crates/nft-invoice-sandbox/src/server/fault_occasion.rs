use axum::http::request::Parts;

use crate::app::App;
use crate::calls::create;
use crate::fault::Occasion;
use crate::gateway::{Route, fields};
use crate::pages::checkout::page;
use crate::payment::Amount;

/// What a fault rule can match in a request, unless faults do not apply to its route. `invoice`: the existing one that it is
/// for.
pub(super) fn occasion(
    app: &App,
    route: Route,
    invoice: Option<u64>,
    parts: &Parts,
    body: &[u8],
) -> Option<Occasion> {
    if route == Route::Other || parts.uri.path() == page::STYLE_PATH {
        return None;
    }
    let mut occasion = Occasion::on(route);
    let mut merchant = merchant(app, parts);
    if route == Route::Create {
        let members = fields(&app.assumptions, body).unwrap_or_default();
        let amount = members.text("amount").and_then(|text| Amount::parse(&text));
        occasion = occasion
            .with("amount", amount.map(Amount::plain))
            .with("currency", members.text("devise"))
            .with("email", members.text("email"))
            .with_mode(create::mode(app, &members));
    }
    if let Some(invoice) = invoice.and_then(|id| app.store().ledger().get(id).cloned()) {
        let order = &invoice.order;
        if route == Route::Checkout {
            merchant = Some(order.merchant);
        }
        occasion = occasion
            .with("id", Some(invoice.id))
            .with("amount", Some(order.amount.plain()))
            .with("currency", Some(order.currency))
            .with("email", Some(&order.email))
            .with_mode(order.mode);
    }
    Some(occasion.with("key", merchant.map(|place| place + 1)))
}

/// The merchant with the request's API key.
fn merchant(app: &App, parts: &Parts) -> Option<usize> {
    let key = parts.headers.get("api-key")?.as_bytes();
    let account = app.account();
    let mut keys = account.keys.iter();
    keys.position(|known| known.as_bytes() == key)
}
