use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{Form, FromRequestParts, Query};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use maud::{Markup, html};

use super::link::link;
use super::moment::instant;
use crate::admin::{Page, Problem, Visitor};
use crate::app::{App, BaseUrl};
use crate::pages::html::{self, document};

pub(super) const STYLE: &str = "/_sbx/style.css";

/// A request for a dashboard page, and the layout that all pages share.
pub(super) struct View {
    pub(super) app: Arc<App>,
    pub(super) visitor: Visitor,
    pub(super) base_url: BaseUrl,
    path: String,
    pub(super) query: HashMap<String, String>,
}

/// The fields of a submitted form. If a field is repeated, the last value counts.
pub(super) type Fields = Form<HashMap<String, String>>;

pub(super) fn field<'a>(fields: &'a HashMap<String, String>, name: &str) -> &'a str {
    fields.get(name).map_or("", String::as_str)
}

/// The navigation tabs, in order.
const TABS: [(&str, &str); 9] = [
    ("/_sbx", "Invoices"),
    ("/_sbx/callbacks", "Callbacks"),
    ("/_sbx/requests", "Requests"),
    ("/_sbx/faults", "Faults"),
    ("/_sbx/clock", "Clock"),
    ("/_sbx/cards", "Test cards"),
    ("/_sbx/connect", "Connect"),
    ("/_sbx/settings", "Settings"),
    ("/_sbx/assumptions", "Assumptions"),
];

/// The tabs that offer automatic reload. Pages with input fields do not.
const LIVE: [&str; 3] = ["/_sbx", "/_sbx/callbacks", "/_sbx/requests"];

const POLICY: &str = "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

impl View {
    /// A request that was not admitted is that of a guest.
    pub(super) fn new(app: &Arc<App>, parts: &Parts) -> Self {
        let query = Query::try_from_uri(&parts.uri);
        let (visitor, base_url) = (parts.extensions.get(), parts.extensions.get());
        Self {
            app: Arc::clone(app),
            visitor: visitor.copied().unwrap_or(Visitor::Guest),
            base_url: base_url.unwrap_or(&app.base_url).clone(),
            path: parts.uri.path().to_owned(),
            query: query.map_or_else(|_| HashMap::new(), |Query(query)| query),
        }
    }

    pub(super) fn is_owner(&self) -> bool {
        self.visitor == Visitor::Owner
    }

    /// A parameter of the URL; empty if it is missing.
    pub(super) fn asked(&self, name: &str) -> &str {
        self.query.get(name).map_or("", |value| value.trim())
    }

    /// The requested page of a list; the first if the number is invalid.
    pub(super) fn page_asked(&self) -> Page {
        Page::parse(self.asked("page")).unwrap_or(Page::FIRST)
    }

    /// A page below the tab with the path `tab`.
    pub(super) fn page(&self, tab: &str, title: &str, content: &Markup) -> Response {
        self.framed(StatusCode::OK, tab, title, content)
    }

    /// A page with a form that was rejected, which is shown again.
    pub(super) fn again(
        &self,
        problem: &Problem,
        tab: &str,
        title: &str,
        content: &Markup,
    ) -> Response {
        self.framed(problem.status, tab, &format!("Error: {title}"), content)
    }

    /// The error page.
    pub(super) fn problem(&self, problem: &Problem) -> Response {
        let title = match problem.status {
            StatusCode::UNAUTHORIZED => "Sign-in required",
            StatusCode::FORBIDDEN => "Access denied",
            StatusCode::NOT_FOUND => "Not found",
            StatusCode::CONFLICT => "Action not allowed",
            StatusCode::INTERNAL_SERVER_ERROR => "Something went wrong",
            _ => "Invalid request",
        };
        let content = html! {
            section.panel {
                h1 { (title) }
                p.notice.bad role="alert" { (problem.message) }
                p { a href="/_sbx" { "Back to invoices" } }
            }
        };
        self.framed(problem.status, "", title, &content)
    }

    fn framed(&self, status: StatusCode, tab: &str, title: &str, content: &Markup) -> Response {
        let body = html! {
            a.skip href="#main" { "Skip to main content" }
            (self.header(tab))
            main #main tabindex="-1" {
                @if !self.is_owner() { (how_to_get_in()) }
                (content)
            }
            footer.foot {
                p { "No money moves here. Full card numbers are never stored." }
                @if LIVE.contains(&tab) { (self.reload_link()) }
            }
        };
        let reload = self.reload().filter(|_| status == StatusCode::OK);
        let page = document(title, STYLE, reload, &body);
        // Forms must send their origin to the sandbox, and to no other site.
        html::response(status, page, POLICY, "same-origin")
    }

    fn header(&self, tab: &str) -> Markup {
        html! {
            header.top {
                div.bar {
                    a.brand href="/_sbx" { span.mark aria-hidden="true" {} "Sandbox" }
                    p.where { (self.base_url.as_str()) }
                    a.now href="/_sbx/clock" title="The sandbox's clock" {
                        span.hidden { "Sandbox time " }
                        time datetime=(self.app.now()) { (instant(self.app.now())) }
                        @if self.app.clock.is_frozen() { span.still { "frozen" } }
                    }
                }
                nav aria-label="Dashboard" {
                    ul.tabs {
                        @for (path, name) in TABS {
                            li { a href=(path) aria-current=[(path == tab).then_some("page")] { (name) } }
                        }
                    }
                }
            }
        }
    }

    /// The requested reload interval in seconds.
    fn reload(&self) -> Option<u32> {
        let seconds = self.asked("refresh").parse().ok();
        seconds.filter(|seconds| (1..=3600).contains(seconds))
    }

    fn reload_link(&self) -> Markup {
        let kept = ["search", "status", "route", "outcome", "invoice", "page"];
        let mut parameters = kept.map(|name| (name, self.asked(name))).to_vec();
        if self.reload().is_none() {
            parameters.push(("refresh", "5"));
        }
        html! {
            p { a href=(link(&self.path, &parameters)) {
                @if self.reload().is_some() { "Stop automatic reload" } @else { "Reload every 5 seconds" }
            } }
        }
    }

    /// A button in its own form; nothing in the read-only view.
    pub(super) fn action(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        text: &str,
        class: &str,
    ) -> Markup {
        html! {
            @if self.is_owner() {
                form.inline method="post" action=(path) {
                    @for (name, value) in fields { input type="hidden" name=(name) value=(value); }
                    button type="submit" class={ "button " (class) } { (text) }
                }
            }
        }
    }
}

impl FromRequestParts<Arc<App>> for View {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Infallible> {
        Ok(Self::new(app, parts))
    }
}

fn how_to_get_in() -> Markup {
    html! {
        p.notice {
            strong { "Read-only view. " }
            "To make changes, open the dashboard URL that the sandbox prints at startup: "
            code { "/_sbx?token=…" }
        }
    }
}
