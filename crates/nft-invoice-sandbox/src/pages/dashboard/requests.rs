use maud::{Markup, html};

use super::link::{Choice, filters, invoice_link, link, pages};
use super::moment::instant;
use super::view::View;
use crate::admin::{Answer, Problem};
use crate::gateway::{Explanation, Route};
use crate::store::{RequestOutcome, RequestRecord, Store};

/// `GET /_sbx/requests?route=create&outcome=rejected&invoice=1`: requests to the gateway, newest first.
pub(super) async fn show(view: View) -> Answer {
    let filter = Filter::asked(&view)?;
    let page = view.page_asked();
    let store = view.app.store();
    let (total, shown) = page.of(filter.of(&store));
    let dropped = store.journal.dropped();
    let content = html! {
        div.title {
            h1 { "Requests" }
            p.soft {
                "Requests to the gateway, newest first. Headers, bodies and query strings are not stored."
                @if dropped > 0 { " " (dropped) " older requests are no longer kept." }
            }
        }
        @if let Ok(id) = filter.invoice.parse() {
            p {
                "Filtered by " (invoice_link(id, store.shown_reference(id).as_deref())) ". "
                a href=(Filter { invoice: "", ..filter }.link()) { "Show all invoices" }
            }
        }
        div.choices { (filter.routes(&store)) (filter.outcomes(&store)) }
        @if shown.is_empty() {
            p.empty {
                "No requests match. "
                @if filter == Filter::default() { "Send requests to " code { (view.base_url.as_str()) } "." }
                @else { a href="/_sbx/requests" { "Remove the filters" } }
            }
        } @else {
            ol.rows {
                @for record in shown { li { (row(record)) } }
            }
            (pages(&filter.link(), page, total))
        }
    };
    Ok(view.page("/_sbx/requests", "Requests", &content))
}

/// The newest requests of an invoice and its create, without page views, in a panel of its page.
pub(super) fn of_invoice(store: &Store, id: u64) -> Markup {
    const SHOWN: usize = 5;
    let id = id.to_string();
    let filter = Filter {
        invoice: &id,
        ..Filter::default()
    };
    let all = Filter {
        route: "all",
        ..filter
    };
    let mut shown: Vec<_> = filter.of(store).take(SHOWN).collect();
    // Whether the create had a response explains what the shop did next.
    let is_create = |record: &&RequestRecord| record.route == Route::Create;
    shown.extend(filter.of(store).skip(SHOWN).find(is_create));
    let total = all.of(store).count();
    html! {
        section.panel {
            h2 { "Requests" }
            @if shown.is_empty() { p.soft { "No requests except page views are kept." } } @else {
                ol.recent {
                    @for record in &shown {
                        li {
                            (record.method) " " (record.route) " " (response(record))
                            span.soft { " · " (instant(record.at)) }
                        }
                    }
                }
            }
            @if total > shown.len() { p { a href=(all.link()) { "Show all " (total) } } }
        }
    }
}

/// Which requests the page lists, as its URL says; an empty text is no condition.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Filter<'a> {
    /// The name of a route, `all`, or empty: all except page views, of which a browser sends two per visit, the page and its
    /// style sheet.
    route: &'a str,
    outcome: &'a str,
    invoice: &'a str,
}

impl<'a> Filter<'a> {
    fn asked(view: &'a View) -> Result<Self, Problem> {
        let [route, outcome, invoice] =
            ["route", "outcome", "invoice"].map(|name| view.asked(name));
        if !matches!(route, "" | "all")
            && let Err(wrong) = route.parse::<Route>()
        {
            return Err(Problem::field("route", wrong));
        }
        if !outcome.is_empty()
            && let Err(wrong) = outcome.parse::<RequestOutcome>()
        {
            return Err(Problem::field("outcome", wrong));
        }
        if !invoice.is_empty() && invoice.parse::<u64>().is_err() {
            return Err(Problem::field("invoice", "expected an invoice number"));
        }
        Ok(Self {
            route,
            outcome,
            invoice,
        })
    }

    /// Returns the requests, newest first.
    fn of(self, store: &Store) -> impl Iterator<Item = &RequestRecord> {
        let outcome: Option<RequestOutcome> = self.outcome.parse().ok();
        let invoice: Option<u64> = self.invoice.parse().ok();
        store.journal.records().rev().filter(move |record| {
            let is_route = match self.route {
                "" => !is_page_view(record),
                "all" => true,
                name => record.route.as_str() == name,
            };
            is_route
                && outcome.is_none_or(|outcome| record.has_outcome(outcome))
                && (invoice.is_none() || record.invoice == invoice)
        })
    }

    fn link(self) -> String {
        let parameters = [
            ("route", self.route),
            ("outcome", self.outcome),
            ("invoice", self.invoice),
        ];
        link("/_sbx/requests", &parameters)
    }

    fn choice(self, store: &Store, name: &str, current: Self) -> Choice {
        Choice {
            link: self.link(),
            name: name.to_owned(),
            count: self.of(store).count(),
            is_current: self == current,
        }
    }

    fn routes(self, store: &Store) -> Markup {
        let choices = [
            ("", "Without page views"),
            ("all", "All"),
            ("create", "Create"),
            ("status", "Status"),
            ("infos", "Infos"),
            ("history", "History"),
            ("checkout", "Checkout page"),
            ("other", "Unknown route"),
        ];
        let choices = choices.map(|(route, name)| Self { route, ..self }.choice(store, name, self));
        filters("Filter by call", choices)
    }

    fn outcomes(self, store: &Store) -> Markup {
        let code = format!("Error {}", self.outcome);
        let mut choices = vec![
            ("", "Any outcome"),
            ("accepted", "Accepted"),
            ("rejected", "Rejected"),
            ("no-response", "No response"),
            ("fault", "Fault"),
        ];
        if self.outcome.parse::<u32>().is_ok() {
            choices.push((self.outcome, &code));
        }
        let choices = choices.into_iter();
        let choices =
            choices.map(|(outcome, name)| Self { outcome, ..self }.choice(store, name, self));
        filters("Filter by outcome", choices)
    }
}

fn is_page_view(record: &RequestRecord) -> bool {
    // A page that failed is worth a look.
    record.route == Route::Checkout
        && record.method != "POST"
        && record.has_outcome(RequestOutcome::Accepted)
        && !record.has_outcome(RequestOutcome::Fault)
}

fn row(record: &RequestRecord) -> Markup {
    html! {
        div.row.entry.wrong[!record.has_outcome(RequestOutcome::Accepted)] {
            p.call { span.method { (record.method) } " " strong { (record.route) } }
            p.status { (response(record)) }
            p.age { time datetime=(record.at) { (instant(record.at)) } }
            @if let Some(id) = record.invoice {
                p.note { (invoice_link(id, record.reference.as_deref())) }
            }
            @if let Some(error) = &record.body_error { p.note { "Body " (error) "." } }
            @if let Some(fault) = &record.fault { p.note { "Fault " code { (fault) } } }
            @if let Some(error) = record.error_code.map(|code| Explanation::of(record.route, code)) {
                p.note { (error.meaning) "." }
                p.note.soft { (error.what_to_do) }
            } @else if let Some(advice) = without_code(record) { p.note.soft { (advice) } }
        }
    }
}

/// The badges of the HTTP status and the error code, which links to the requests with the same one.
fn response(record: &RequestRecord) -> Markup {
    let class = match record.has_outcome(RequestOutcome::Accepted) {
        true => "badge paid",
        false => "badge failed",
    };
    html! {
        @match record.http_status {
            Some(status) => { span class=(class) { "HTTP " (status) } },
            None => { span.badge.failed { "No response" } },
        }
        @if let Some(code) = record.error_code {
            " " a.badge.failed href=(link("/_sbx/requests", &[("outcome", &code.to_string())])) { "Error " (code) }
        }
    }
}

/// How to fix a request that failed without an error code.
fn without_code(record: &RequestRecord) -> Option<&'static str> {
    match record.http_status {
        None => Some("A fault rule withheld the response. Look the invoice up before you retry."),
        Some(404) if record.route == Route::Other => {
            Some("Check the path: the gateway's paths end with a slash.")
        }
        Some(405) => Some("Check the method: create is POST; status, infos and history are GET."),
        Some(413) => Some("Send less: the limit is 1 MiB for a body and 64 KiB for callbackJson."),
        Some(408) => Some("Send the whole body within 10 s."),
        Some(429) => Some("Wait for the time in Retry-After, then retry."),
        Some(400) => Some("Send a JSON object, and a body as long as Content-Length says."),
        Some(500..) => Some(
            "Retry status, infos and history. After a create, look the invoice up before you retry.",
        ),
        Some(_) => None,
    }
}
