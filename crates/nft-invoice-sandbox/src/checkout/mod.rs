//! The checkout page and its buttons, with and without a browser.

pub(crate) mod button;
pub(crate) mod form_error;
pub(crate) mod headless;
pub(crate) mod invoices;
pub(crate) mod nft;
pub(crate) mod page;

use std::sync::Arc;

use axum::body::Body;
use axum::extract::rejection::FormRejection;
use axum::extract::{Extension, Form, Query, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderValue, Method, StatusCode};
use axum::response::Response;
use serde::Deserialize;

use crate::app::{App, BaseUrl};
use crate::calls::Parameters;
use crate::checkout::button::{Button, NotPressed, destination, opened};
use crate::checkout::form_error::FormError;
use crate::checkout::page::{Rejected, TypedCard};
use crate::http::answer::typed;
use crate::payment::attempt::Payment;
use crate::payment::event::Event;
use crate::payment::invoice::Invoice;
use crate::payment::order::{Order, Return};
use crate::payment::return_url::ReturnUrl;
use crate::payment::token::Token;
use crate::store::Store;
use crate::store::log::WriteError;

/// `GET /widget/sale/create/?token=…`. The first GET opens the invoice; a HEAD (for example, a link preview) does not.
pub(crate) async fn show(
    State(app): State<Arc<App>>,
    method: Method,
    Query(query): Parameters,
    Extension(base_url): Extension<BaseUrl>,
) -> Response {
    let mut store = app.store();
    let token = query.get("token").map_or("", String::as_str);
    let Some(invoice) = store.ledger().by_token(token).cloned() else {
        return not_found();
    };
    let invoice = match method {
        Method::HEAD => invoice,
        _ => match opened(&app, &mut store, invoice) {
            Ok(invoice) => invoice,
            Err(error) => return not_written(&error),
        },
    };
    page(
        StatusCode::OK,
        &app,
        &store,
        &base_url,
        &invoice,
        &Rejected::default(),
    )
}

/// `POST` to the same path: submits an action of the page.
pub(crate) async fn submit(
    State(app): State<Arc<App>>,
    Query(query): Parameters,
    Extension(base_url): Extension<BaseUrl>,
    form: Result<Form<Submission>, FormRejection>,
) -> Response {
    let Ok(Form(form)) = form else {
        let text = "The form could not be read. Open the payment link again.";
        return message(StatusCode::BAD_REQUEST, "Invalid form", text);
    };
    let mut store = app.store();
    let token = query.get("token").map_or("", String::as_str);
    let Some(invoice) = store.ledger().by_token(token).cloned() else {
        return not_found();
    };

    if form.nonce != app.tokens.nonce(invoice.id, invoice.version) {
        // A second submission of a form gets the result of the first.
        let first = (1..invoice.version)
            .find(|version| form.nonce == app.tokens.nonce(invoice.id, *version))
            .and_then(|version| store.ledger().event_after(invoice.id, version));
        return match first {
            Some(event) => leave(&base_url, &invoice.order, event),
            None => refused(
                &base_url,
                StatusCode::FORBIDDEN,
                invoice.order.token,
                "This form is out of date",
                "The payment has changed since this form was opened. Nothing was submitted.",
            ),
        };
    }

    let pressed = match form.button() {
        Some(button) => button.press(&app, &mut store, &invoice),
        None => Err(NotPressed::Wrong(vec![FormError::NO_SUCH_ACTION])),
    };
    match pressed {
        Ok(_) => {}
        Err(NotPressed::Wrong(errors)) => {
            let rejected = Rejected {
                errors,
                card: Some(TypedCard {
                    number: form.card_number,
                    expiry: form.card_expiry,
                    cardholder: form.cardholder,
                }),
            };
            return page(
                StatusCode::UNPROCESSABLE_ENTITY,
                &app,
                &store,
                &base_url,
                &invoice,
                &rejected,
            );
        }
        Err(NotPressed::NotAllowed(why)) => {
            let (status, text) = (StatusCode::CONFLICT, why.to_string());
            let token = invoice.order.token;
            return refused(&base_url, status, token, "Action not allowed", &text);
        }
        Err(NotPressed::WriteError(error)) => return not_written(&error),
    }
    match store.ledger().event_after(invoice.id, invoice.version) {
        Some(event) => leave(&base_url, &invoice.order, event),
        None => not_found(),
    }
}

/// The page's style sheet; the content security policy allows no other.
pub(crate) async fn style() -> Response {
    let css = Body::from(page::STYLE);
    typed(StatusCode::OK, "text/css; charset=utf-8", css)
}

/// The form's fields. The security code is never submitted or read.
#[derive(Deserialize)]
pub(crate) struct Submission {
    nonce: String,
    action: String,
    #[serde(default)]
    card_number: String,
    #[serde(default)]
    card_expiry: String,
    #[serde(default)]
    cardholder: String,
}

impl Submission {
    /// Returns the submitted action, if the page has it.
    fn button(&self) -> Option<Button<'_>> {
        Some(match self.action.as_str() {
            "pay" => Button::Pay(Payment {
                card_number: &self.card_number,
                card_expiry: Some(&self.card_expiry),
                cardholder: &self.cardholder,
            }),
            "decline" => Button::Decline,
            "pending" => Button::Pending,
            // Abandoning a challenge has the same effect as cancelling.
            "cancel" | "abandon" => Button::Cancel,
            "complete" => Button::Complete,
            "fail" => Button::Fail,
            _ => return None,
        })
    }
}

/// Redirects the customer to the URL for `event`.
fn leave(base_url: &BaseUrl, order: &Order, event: &Event) -> Response {
    let url = destination(base_url, order, event);
    let location = HeaderValue::from_str(&url).expect("a return URL was parsed as a header");
    let mut response = typed(StatusCode::SEE_OTHER, "text/plain", Body::empty());
    response.headers_mut().insert(LOCATION, location);
    response
}

fn page(
    status: StatusCode,
    app: &App,
    store: &Store,
    base_url: &BaseUrl,
    invoice: &Invoice,
    rejected: &Rejected,
) -> Response {
    let order = &invoice.order;
    let mut origins: Vec<String> = Return::ALL
        .into_iter()
        .filter_map(|why| ReturnUrl::parse(order.return_url(why)?))
        .map(|url| url.origin)
        .collect();
    // Where the result is shown, which may differ from the address that the customer has opened.
    if app.hosts.public.is_some() {
        origins.push(base_url.as_str().to_owned());
    }
    origins.sort();
    origins.dedup();
    let page = page::invoice(app, &store.account().merchant_name, invoice, rejected);
    html(status, page, &origins)
}

fn not_found() -> Response {
    let text = "Check the payment link. Without a database, the sandbox deletes its invoices when it stops.";
    message(StatusCode::NOT_FOUND, "Invoice not found", text)
}

fn not_written(error: &WriteError) -> Response {
    let status = StatusCode::INTERNAL_SERVER_ERROR;
    message(status, "Something went wrong", &error.to_string())
}

fn message(status: StatusCode, title: &str, text: &str) -> Response {
    html(status, page::message(title, text, None), &[])
}

/// A message about an invoice, with a link to its current page.
fn refused(
    base_url: &BaseUrl,
    status: StatusCode,
    token: Token,
    title: &str,
    text: &str,
) -> Response {
    let link = base_url.checkout(token);
    html(status, page::message(title, text, Some(&link)), &[])
}

/// `origins`: where a form submission may redirect to, which Chromium checks against `form-action`.
fn html(status: StatusCode, page: String, origins: &[String]) -> Response {
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src http: https: data:; base-uri 'none'; \
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
