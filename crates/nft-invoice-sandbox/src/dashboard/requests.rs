use maud::{Markup, html};

use super::link::{invoice_link, link, pages};
use super::moment::instant;
use super::view::View;
use crate::admin::Answer;
use crate::admin::problem::Problem;
use crate::gateway::codes::Row;
use crate::gateway::route::{ParseRouteError, Route};
use crate::store::Store;
use crate::store::request_outcome::RequestOutcome;
use crate::store::requests::RequestRecord;

/// `GET /_sbx/requests?route=create&outcome=rejected&invoice=1`: requests to the gateway, newest first.
pub(super) async fn show(view: View) -> Answer {
    let filter = Filter::asked(&view)?;
    let page = view.page_asked();
    let store = view.app.store();
    let all = store.journal().records().rev();
    let (total, shown) = page.of(all.filter(|record| filter.matches(record)));
    let dropped = store.journal().dropped();
    let content = html! {
        div.title {
            h1 { "Requests" }
            p.soft {
                "Requests to the gateway, newest first. Headers, bodies and query strings are not stored."
                @if dropped > 0 { " " (dropped) " older requests are no longer kept." }
            }
        }
        @if let Some(id) = filter.invoice {
            p {
                "Filtered by " (invoice_link(id, store.shown_reference(id).as_deref())) ". "
                a href=(Filter { invoice: None, ..filter }.link()) { "Show all invoices" }
            }
        }
        div.choices { (filter.calls(&store)) (filter.outcomes(&store)) }
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
pub(super) fn of(store: &Store, invoice: u64) -> Markup {
    const SHOWN: usize = 5;
    let filter = Filter {
        invoice: Some(invoice),
        ..Filter::default()
    };
    let all = Filter {
        calls: Calls::All,
        ..filter
    };
    let matching = || {
        let newest = store.journal().records().rev();
        newest.filter(|record| filter.matches(record))
    };
    let mut shown: Vec<_> = matching().take(SHOWN).collect();
    // Whether the create had a response explains what the shop did next.
    let is_create = |record: &&RequestRecord| record.route == Route::Create;
    shown.extend(matching().skip(SHOWN).find(is_create));
    let total = all.count(store);
    html! {
        section.panel {
            h2 { "Requests" }
            @if shown.is_empty() { p.soft { "No requests except page views are kept." } } @else {
                ol.recent {
                    @for record in &shown {
                        li {
                            (record.method()) " " (record.route()) " " (response(record))
                            span.soft { " · " (instant(record.at)) }
                        }
                    }
                }
            }
            @if total > shown.len() { p { a href=(all.link()) { "Show all " (total) } } }
        }
    }
}

/// Which requests the page lists.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
struct Filter {
    calls: Calls,
    outcome: Option<RequestOutcome>,
    invoice: Option<u64>,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Calls {
    /// All except page views, of which a browser sends two per visit: the page and its style sheet.
    #[default]
    WithoutPageViews,
    All,
    To(Route),
}

impl Filter {
    fn asked(view: &View) -> Result<Self, Problem> {
        let asked = |name| Some(view.asked(name)).filter(|text| !text.is_empty());
        let calls = match asked("route") {
            None => Calls::WithoutPageViews,
            Some("all") => Calls::All,
            Some(name) => Calls::To(
                name.parse()
                    .map_err(|wrong: ParseRouteError| Problem::field("route", wrong))?,
            ),
        };
        let outcome = asked("outcome").map(str::parse).transpose();
        let invoice = asked("invoice").map(str::parse).transpose();
        Ok(Self {
            calls,
            outcome: outcome.map_err(|wrong| Problem::field("outcome", wrong))?,
            invoice: invoice
                .map_err(|_| Problem::field("invoice", "expected an invoice number"))?,
        })
    }

    fn matches(self, record: &RequestRecord) -> bool {
        self.calls.has(record)
            && self
                .outcome
                .is_none_or(|outcome| record.has_outcome(outcome))
            && (self.invoice.is_none() || record.invoice() == self.invoice)
    }

    fn link(self) -> String {
        let route = match self.calls {
            Calls::WithoutPageViews => "",
            Calls::All => "all",
            Calls::To(route) => route.as_str(),
        };
        let outcome = self.outcome.map(|outcome| outcome.to_string());
        let invoice = self.invoice.map(|id| id.to_string());
        let parameters = [
            ("route", route),
            ("outcome", outcome.as_deref().unwrap_or_default()),
            ("invoice", invoice.as_deref().unwrap_or_default()),
        ];
        link("/_sbx/requests", &parameters)
    }

    fn count(self, store: &Store) -> usize {
        let all = store.journal().records();
        all.filter(|record| self.matches(record)).count()
    }

    /// The links that choose a call.
    fn calls(self, store: &Store) -> Markup {
        let to = |calls| Self { calls, ..self };
        let choices = [
            (Calls::WithoutPageViews, "Without page views"),
            (Calls::All, "All"),
            (Calls::To(Route::Create), "Create"),
            (Calls::To(Route::Status), "Status"),
            (Calls::To(Route::Infos), "Infos"),
            (Calls::To(Route::History), "History"),
            (Calls::To(Route::Checkout), "Checkout page"),
            (Calls::To(Route::Other), "Unknown route"),
        ];
        self.choices(
            "Filter by call",
            store,
            choices.map(|(calls, name)| (to(calls), name)),
        )
    }

    /// The links that choose an outcome.
    fn outcomes(self, store: &Store) -> Markup {
        let with = |outcome| Self { outcome, ..self };
        let code = match self.outcome {
            Some(code @ RequestOutcome::Code(_)) => {
                Some((with(Some(code)), format!("Error {code}")))
            }
            _ => None,
        };
        let choices = [
            (None, "Any outcome"),
            (Some(RequestOutcome::Accepted), "Accepted"),
            (Some(RequestOutcome::Rejected), "Rejected"),
            (Some(RequestOutcome::NoResponse), "No response"),
            (Some(RequestOutcome::Fault), "Fault"),
        ];
        let choices = choices.map(|(outcome, name)| (with(outcome), name.to_owned()));
        self.choices("Filter by outcome", store, choices.into_iter().chain(code))
    }

    /// Links with their number of requests; those that would show nothing are left out, except the first and the current
    /// one.
    fn choices(
        self,
        label: &str,
        store: &Store,
        choices: impl IntoIterator<Item = (Self, impl AsRef<str>)>,
    ) -> Markup {
        html! {
            nav.filters aria-label=(label) {
                @for (place, (choice, name)) in choices.into_iter().enumerate() {
                    @let count = choice.count(store);
                    @if place == 0 || count > 0 || choice == self {
                        a href=(choice.link()) aria-current=[(choice == self).then_some("page")] {
                            (name.as_ref()) " " span.count { (count) }
                        }
                    }
                }
            }
        }
    }
}

impl Calls {
    fn has(self, record: &RequestRecord) -> bool {
        match self {
            Self::All => true,
            Self::To(route) => record.route() == route,
            Self::WithoutPageViews => {
                let view = record.route() == Route::Checkout && record.method() != "POST";
                // A page that failed is worth a look.
                !view
                    || !record.has_outcome(RequestOutcome::Accepted)
                    || record.has_outcome(RequestOutcome::Fault)
            }
        }
    }
}

fn row(record: &RequestRecord) -> Markup {
    html! {
        div.row.entry.wrong[!record.has_outcome(RequestOutcome::Accepted)] {
            p.call { span.method { (record.method()) } " " strong { (record.route()) } }
            p.status { (response(record)) }
            p.age { time datetime=(record.at()) { (instant(record.at)) } }
            @if let Some(id) = record.invoice() {
                p.note { (invoice_link(id, record.reference())) }
            }
            @if let Some(error) = record.body_error() { p.note { "Body " (error) "." } }
            @if let Some(fault) = record.fault() { p.note { "Fault " code { (fault) } } }
            @if let Some(error) = record.error_code().map(|code| Row::of(record.route(), code)) {
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
        @match record.http_status() {
            Some(status) => { span class=(class) { "HTTP " (status) } },
            None => { span.badge.failed { "No response" } },
        }
        @if let Some(code) = record.error_code() {
            @let same = Filter { outcome: Some(RequestOutcome::Code(code)), ..Filter::default() };
            " " a.badge.failed href=(same.link()) { "Error " (code) }
        }
    }
}

/// How to fix a request that failed without an error code.
fn without_code(record: &RequestRecord) -> Option<&'static str> {
    match record.http_status() {
        None => Some("A fault rule withheld the response. Look the invoice up before you retry."),
        Some(404) if record.route() == Route::Other => {
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
