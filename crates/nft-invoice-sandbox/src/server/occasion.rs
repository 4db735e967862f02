use std::borrow::Cow;
use std::collections::HashMap;

use axum::extract::Query;
use axum::http::request::Parts;

use crate::app::App;
use crate::calls::create;
use crate::checkout::page;
use crate::fault::Occasion;
use crate::gateway::fields::fields;
use crate::gateway::route::Route;
use crate::payment::amount::Amount;
use crate::payment::invoice::Invoice;

/// What a fault rule can match in a request, unless faults do not apply to its route.
pub(super) fn occasion(app: &App, route: Route, parts: &Parts, body: &[u8]) -> Option<Occasion> {
    let mut occasion = Occasion {
        route: Some(route),
        merchant: merchant(app, parts),
        ..Occasion::default()
    };
    match route {
        Route::Create => describe_body(&mut occasion, app, body),
        Route::Status | Route::Infos => {
            let id = parameter(parts, "id").and_then(|id| id.trim().parse().ok());
            let store = app.store();
            if let Some(invoice) = id.and_then(|id| store.ledger().get(id)) {
                describe(&mut occasion, invoice);
            }
        }
        Route::History => {}
        Route::Checkout if parts.uri.path() == page::STYLE_PATH => return None,
        Route::Checkout => {
            let token = parameter(parts, "token").unwrap_or_default();
            if let Some(invoice) = app.store().ledger().by_token(&token) {
                occasion.merchant = Some(invoice.order.merchant as u64 + 1);
                describe(&mut occasion, invoice);
            }
        }
        Route::Other => return None,
    }
    Some(occasion)
}

fn describe(occasion: &mut Occasion, invoice: &Invoice) {
    occasion.id = Some(invoice.id);
    occasion.mode = Some(invoice.order.mode);
    occasion.amount = Some(invoice.order.amount);
    occasion.currency = Some(invoice.order.currency.clone());
    occasion.email = Some(invoice.order.email.clone());
}

fn describe_body(occasion: &mut Occasion, app: &App, body: &[u8]) {
    let members = fields(&app.assumptions, body).unwrap_or_default();
    occasion.mode = Some(create::mode(app, &members));
    occasion.amount = members.text("amount").and_then(|text| Amount::parse(&text));
    occasion.currency = members.text("devise").map(Cow::into_owned);
    occasion.email = members.text("email").map(Cow::into_owned);
}

fn merchant(app: &App, parts: &Parts) -> Option<u64> {
    let key = parts.headers.get("api-key")?.as_bytes();
    let account = app.account();
    let mut keys = account.keys.iter();
    let place = keys.position(|known| known.as_bytes() == key)?;
    Some(place as u64 + 1)
}

fn parameter(parts: &Parts, name: &str) -> Option<String> {
    let query = Query::<HashMap<String, String>>::try_from_uri(&parts.uri);
    query.ok()?.0.remove(name)
}
