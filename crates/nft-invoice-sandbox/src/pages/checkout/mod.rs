//! The checkout page and its form.

mod form;
pub(crate) mod page;

use std::sync::Arc;

use axum::extract::rejection::FormRejection;
use axum::extract::{Extension, Form, Query, State};
use axum::http::{Method, StatusCode};
use axum::response::Response;

use crate::app::{App, BaseUrl};
use crate::calls::Parameters;
use crate::checkout::{FormError, NotTaken, destination, opened};
use crate::http::see_other;
use crate::pages::checkout::form::{Rejected, Submission};
use crate::pages::html::{self, style, style_sheet};
use crate::payment::{Event, Invoice, Order};
use crate::store::{NotChanged, Store, WriteError};

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
    let rejected = Rejected::default();
    page(StatusCode::OK, &app, &store, &base_url, &invoice, &rejected)
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
        return message(StatusCode::BAD_REQUEST, "Invalid form", text, None);
    };
    let mut store = app.store();
    let token = query.get("token").map_or("", String::as_str);
    let Some(invoice) = store.ledger().by_token(token).cloned() else {
        return not_found();
    };

    let link = base_url.checkout(invoice.order.token);
    if form.nonce != app.tokens.nonce(invoice.id, invoice.version) {
        // A second submission of a form gets the result of the first.
        let first = (1..invoice.version)
            .find(|version| form.nonce == app.tokens.nonce(invoice.id, *version))
            .and_then(|version| store.ledger().event_after(invoice.id, version));
        return match first {
            Some(event) => leave(&base_url, &invoice.order, event),
            None => {
                let (status, title) = (StatusCode::FORBIDDEN, "This form is out of date");
                let text =
                    "The payment has changed since this form was opened. Nothing was submitted.";
                message(status, title, text, Some(&link))
            }
        };
    }

    let taken = match form.action() {
        Some(action) => action.take(&app, &mut store, &invoice, &form.payment()),
        None => Err(NotTaken::Wrong(vec![FormError::no_such_action()])),
    };
    match taken {
        Ok(_) => match store.ledger().event_after(invoice.id, invoice.version) {
            Some(event) => leave(&base_url, &invoice.order, event),
            None => not_found(),
        },
        Err(NotTaken::Wrong(errors)) => {
            let form = Some(form);
            let rejected = Rejected { errors, form };
            let status = StatusCode::UNPROCESSABLE_ENTITY;
            page(status, &app, &store, &base_url, &invoice, &rejected)
        }
        Err(NotTaken::NotChanged(NotChanged::NotAllowed(why))) => {
            let (status, title) = (StatusCode::CONFLICT, "Action not allowed");
            message(status, title, &why.to_string(), Some(&link))
        }
        Err(NotTaken::NotChanged(NotChanged::WriteError(error))) => not_written(&error),
    }
}

/// The page's style sheet; the content security policy allows no other.
pub(crate) async fn style() -> Response {
    style_sheet(style!("checkout.css"))
}

/// Redirects the customer to the URL for `event`.
fn leave(base_url: &BaseUrl, order: &Order, event: &Event) -> Response {
    see_other(&destination(base_url, order, event))
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
    let mut origins: Vec<_> = order.return_origins().map(|one| one.to_string()).collect();
    // Where the result is shown, which may differ from the address that the customer has opened.
    if app.hosts.public.is_some() {
        origins.push(base_url.as_str().to_owned());
    }
    origins.sort();
    origins.dedup();
    let page = page::invoice(app, &store.account.merchant_name, invoice, rejected);
    html(status, page, &origins)
}

fn not_found() -> Response {
    let text = "Check the payment link. Without a database, the sandbox deletes its invoices when it stops.";
    message(StatusCode::NOT_FOUND, "Invoice not found", text, None)
}

fn not_written(error: &WriteError) -> Response {
    let (status, title) = (StatusCode::INTERNAL_SERVER_ERROR, "Something went wrong");
    message(status, title, &error.to_string(), None)
}

/// `link`: to the current page of the invoice that the message is about.
fn message(status: StatusCode, title: &str, text: &str, link: Option<&str>) -> Response {
    html(status, page::message(title, text, link), &[])
}

/// `origins`: where a form submission may redirect to, which Chromium checks against `form-action`.
fn html(status: StatusCode, page: String, origins: &[String]) -> Response {
    let policy = format!(
        "default-src 'none'; style-src 'self'; img-src http: https: data:; base-uri 'none'; \
         frame-ancestors 'none'; form-action 'self' {}",
        origins.join(" ")
    );
    // The page's address holds its token.
    html::response(status, page, policy.trim_end(), "no-referrer")
}
