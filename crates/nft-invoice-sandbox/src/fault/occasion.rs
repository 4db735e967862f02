use std::borrow::Cow;
use std::collections::HashMap;

use axum::extract::Query;
use axum::http::request::Parts;

use crate::app::App;
use crate::calls::create;
use crate::checkout::page;
use crate::gateway::fields::Members;
use crate::payment::amount::Amount;
use crate::payment::invoice::Invoice;
use crate::payment::state::Mode;
use crate::store::requests::Route;

/// A request or delivery that a rule may match, with its known attributes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Occasion {
    /// Never [`Route::Other`]; `None` is a delivery.
    pub(super) route: Option<Route>,
    pub(super) amount: Option<Amount>,
    pub(super) currency: Option<String>,
    pub(super) email: Option<String>,
    pub(super) id: Option<u64>,
    pub(super) mode: Option<Mode>,
    /// From 1.
    pub(super) merchant: Option<u64>,
    pub(super) status: Option<String>,
    pub(super) attempt: Option<u64>,
}

impl Occasion {
    /// A request, unless faults do not apply to its route.
    pub(crate) fn request(app: &App, route: Route, parts: &Parts, body: &[u8]) -> Option<Self> {
        let mut occasion = Self {
            route: Some(route),
            merchant: merchant(app, parts),
            ..Self::default()
        };
        match route {
            Route::Create => occasion.describe_body(app, body),
            Route::Status | Route::Infos => {
                let id = parameter(parts, "id").and_then(|id| id.trim().parse().ok());
                let store = app.store();
                if let Some(invoice) = id.and_then(|id| store.ledger().get(id)) {
                    occasion.describe(invoice);
                }
            }
            Route::History => {}
            Route::Checkout if parts.uri.path() == page::STYLE_PATH => return None,
            Route::Checkout => {
                let token = parameter(parts, "token").unwrap_or_default();
                if let Some(invoice) = app.store().ledger().by_token(&token) {
                    occasion.merchant = Some(invoice.order.merchant as u64 + 1);
                    occasion.describe(invoice);
                }
            }
            Route::Other => return None,
        }
        Some(occasion)
    }

    /// The `attempt`th, from 1, to deliver the callback of an invoice with `status`, such as `invoice:paid`.
    pub(crate) fn delivery(invoice: u64, status: &str, attempt: u64) -> Self {
        Self {
            id: Some(invoice),
            status: Some(status.to_owned()),
            attempt: Some(attempt),
            ..Self::default()
        }
    }

    /// A call without other attributes.
    #[cfg(test)]
    pub(super) fn on(route: Route) -> Self {
        Self {
            route: Some(route),
            ..Self::default()
        }
    }

    fn describe(&mut self, invoice: &Invoice) {
        self.id = Some(invoice.id);
        self.mode = Some(invoice.order.mode);
        self.amount = Some(invoice.order.amount);
        self.currency = Some(invoice.order.currency().to_owned());
        self.email = Some(invoice.order.email().to_owned());
    }

    fn describe_body(&mut self, app: &App, body: &[u8]) {
        let members = Members::parse(&app.assumptions, body).unwrap_or_default();
        self.mode = Some(create::mode(app, &members));
        self.amount = members.text("amount").and_then(|text| Amount::parse(&text));
        self.currency = members.text("devise").map(Cow::into_owned);
        self.email = members.text("email").map(Cow::into_owned);
    }
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
