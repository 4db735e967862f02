use std::sync::Arc;

use axum::body::Body;
use axum::extract::rejection::FormRejection;
use axum::extract::{Form, Query, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::Response;
use serde::Deserialize;

use crate::answer::typed;
use crate::app::App;
use crate::card::{Outcome, TestCard};
use crate::event::{Change, Event};
use crate::expiry;
use crate::invoice::{Invoice, Order};
use crate::page::{self, Entered};
use crate::read::Parameters;
use crate::return_url::ReturnUrl;
use crate::state::InvoiceState;

pub(crate) const STYLE_PATH: &str = "/widget/sale/style.css";

/// `GET /widget/sale/create/?token=…`. The first opens the invoice; a HEAD (a link preview, say) does not.
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    method: Method,
    Query(query): Parameters,
) -> Response {
    let mut store = app.store();
    let token = query.get("token").map_or("", String::as_str);
    let Some(invoice) = store.ledger().by_token(token).cloned() else {
        return not_found();
    };
    let open = Change::Moved {
        to: Outcome::OPENED,
        card: None,
    };
    let opened = match method {
        Method::HEAD => None,
        _ => store.change(app.now(), &invoice, open).ok(),
    };
    let invoice = opened.unwrap_or(invoice);
    page(StatusCode::OK, &app, &invoice, &Entered::default())
}

/// `POST` to the same place: one button of the page.
pub(crate) async fn submit(
    State(app): State<Arc<App>>,
    Query(query): Parameters,
    form: Result<Form<Submission>, FormRejection>,
) -> Response {
    let Ok(Form(form)) = form else {
        let text = "That was not the form of this page.";
        return message(StatusCode::BAD_REQUEST, "Not understood", text);
    };
    let mut store = app.store();
    let token = query.get("token").map_or("", String::as_str);
    let Some(invoice) = store.ledger().by_token(token).cloned() else {
        return not_found();
    };

    if form.nonce != app.tokens.nonce(invoice.id, invoice.version) {
        // A second submit of a form has the result of the first.
        let first = (1..invoice.version)
            .find(|version| form.nonce == app.tokens.nonce(invoice.id, *version))
            .and_then(|version| store.ledger().event_after(invoice.id, version));
        return match first {
            Some(event) => leave(&app, &invoice.order, event),
            None => message(
                StatusCode::FORBIDDEN,
                "Form not valid",
                "This form was not made for this page. Open the payment link again.",
            ),
        };
    }

    let change = match form.change(&app, &invoice) {
        Ok(change) => change,
        Err(error) => {
            let entered = Entered {
                error: Some(error),
                card_expiry: form.card_expiry,
            };
            return page(StatusCode::UNPROCESSABLE_ENTITY, &app, &invoice, &entered);
        }
    };
    if let Err(refused) = store.change(app.now(), &invoice, change) {
        let text = refused.to_string();
        return message(StatusCode::CONFLICT, "Not possible now", &text);
    }
    match store.ledger().event_after(invoice.id, invoice.version) {
        Some(event) => leave(&app, &invoice.order, event),
        None => not_found(),
    }
}

/// The page's style sheet; the policy allows no other.
pub(crate) async fn style() -> Response {
    let css = include_str!("checkout.css");
    typed(StatusCode::OK, "text/css; charset=utf-8", Body::from(css))
}

/// The form's fields. The verification code is not among them: it is not even read.
#[derive(Deserialize)]
pub(crate) struct Submission {
    nonce: String,
    action: String,
    #[serde(default)]
    card_number: String,
    #[serde(default)]
    card_expiry: String,
}

const CANCELLED: &str = "cancelled by the customer";

impl Submission {
    /// What the button does, or what to tell the customer.
    fn change(&self, app: &App, invoice: &Invoice) -> Result<Change, &'static str> {
        let moved = |to| Ok(Change::Moved { to, card: None });
        match (self.action.as_str(), invoice.challenge) {
            ("cancel", _) if app.assumptions.is("cancel", "fails") => {
                moved(Outcome::failed(CANCELLED))
            }
            ("cancel", _) => Ok(Change::Cancelled),
            ("complete", Some(then)) => moved(then),
            ("fail", Some(_)) => moved(Outcome::failed("3-D Secure challenge failed")),
            ("pay", None) => self.pay(app),
            ("decline", None) => moved(Outcome::failed("declined")),
            ("pending", None) => moved(Outcome::AWAITING),
            _ => Err("This page has no such button."),
        }
    }

    fn pay(&self, app: &App) -> Result<Change, &'static str> {
        let Some(card) = TestCard::find(&self.card_number) else {
            return Err("The sandbox does not know this card. Use one of the test cards below.");
        };
        if expiry::is_past(&self.card_expiry, app.now()) {
            return Err("The card is expired. Write a month to come as MM/YYYY.");
        }
        Ok(Change::charge(card))
    }
}

/// Sends the customer where `event` leads: to the merchant's URL for it, or back to the page, which shows the result.
fn leave(app: &App, order: &Order, event: &Event) -> Response {
    let url = match &event.change {
        Change::Cancelled => &order.cancel_url,
        Change::Moved { to, .. } => match (to.state, to.reason) {
            (InvoiceState::Paid, _) => &order.success_url,
            (InvoiceState::AwaitingApproval, _) => &order.pending_url,
            (InvoiceState::Failed, Some(CANCELLED)) => &order.cancel_url,
            (InvoiceState::Failed, _) => &order.failure_url,
            _ => &None,
        },
        Change::Challenged { .. } | Change::Created(_) => &None,
    };
    let merchant = url.as_deref().and_then(ReturnUrl::parse);
    let location = merchant.map_or_else(
        || HeaderValue::from_str(&app.checkout_url(&order.token)),
        |url| Ok(url.location),
    );
    let mut response = typed(StatusCode::SEE_OTHER, "text/plain", Body::empty());
    let location = location.expect("the sandbox's own URL fits into a header");
    response.headers_mut().insert(LOCATION, location);
    response
}

fn page(status: StatusCode, app: &App, invoice: &Invoice, entered: &Entered) -> Response {
    let order = &invoice.order;
    let urls = [
        &order.success_url,
        &order.failure_url,
        &order.cancel_url,
        &order.pending_url,
    ];
    let mut origins: Vec<String> = urls
        .into_iter()
        .filter_map(|url| ReturnUrl::parse(url.as_deref()?))
        .map(|url| url.origin)
        .collect();
    origins.sort();
    origins.dedup();
    html(status, page::invoice(app, invoice, entered), &origins)
}

fn not_found() -> Response {
    let text = "There is no invoice with this link. A sandbox forgets its invoices when it stops.";
    message(StatusCode::NOT_FOUND, "No such invoice", text)
}

fn message(status: StatusCode, title: &str, text: &str) -> Response {
    html(status, page::message(title, text), &[])
}

/// `origins`: where the form's answer may redirect to, which Chromium counts as a target of the form.
fn html(status: StatusCode, page: String, origins: &[String]) -> Response {
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src http: https:; base-uri 'none'; \
         frame-ancestors 'none'; form-action 'self' {}",
        origins.join(" ")
    );
    let mut response = typed(status, "text/html; charset=utf-8", Body::from(page));
    let headers = response.headers_mut();
    let policy = HeaderValue::from_str(policy.trim_end()).expect("origins are plain ASCII");
    headers.insert("content-security-policy", policy);
    // The page's address holds its token.
    headers.insert("referrer-policy", HeaderValue::from_static("no-referrer"));
    headers.insert(
        "x-content-type-options",
        HeaderValue::from_static("nosniff"),
    );
    response
}
