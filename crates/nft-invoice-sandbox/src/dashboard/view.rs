use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::{FromRequestParts, Query};
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::Response;
use maud::{Markup, html};

use super::STYLE;
use super::link::link;
use super::moment::instant;
use crate::admin::Page;
use crate::admin::access::Visitor;
use crate::admin::problem::Problem;
use crate::app::{App, BaseUrl};
use crate::html::{self, document};

/// A request for a dashboard page, and the layout that all pages share.
pub(crate) struct View {
    pub(super) app: Arc<App>,
    pub(super) visitor: Visitor,
    pub(super) base_url: BaseUrl,
    pub(super) path: String,
    pub(super) query: HashMap<String, String>,
}

/// The navigation tabs, in order.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tab {
    Invoices,
    Callbacks,
    Requests,
    Faults,
    Clock,
    Cards,
    Connect,
    Settings,
    Assumptions,
}

const TABS: [(Tab, &str, &str); 9] = [
    (Tab::Invoices, "/_sbx", "Invoices"),
    (Tab::Callbacks, "/_sbx/callbacks", "Callbacks"),
    (Tab::Requests, "/_sbx/requests", "Requests"),
    (Tab::Faults, "/_sbx/faults", "Faults"),
    (Tab::Clock, "/_sbx/clock", "Clock"),
    (Tab::Cards, "/_sbx/cards", "Test cards"),
    (Tab::Connect, "/_sbx/connect", "Connect"),
    (Tab::Settings, "/_sbx/settings", "Settings"),
    (Tab::Assumptions, "/_sbx/assumptions", "Assumptions"),
];

const POLICY: &str = "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

impl View {
    pub(super) fn of_stranger(app: Arc<App>) -> Self {
        Self {
            base_url: app.base_url.clone(),
            app,
            visitor: Visitor::Guest,
            path: "/_sbx".to_owned(),
            query: HashMap::new(),
        }
    }

    pub(super) fn is_owner(&self) -> bool {
        self.visitor == Visitor::Owner
    }

    pub(super) fn asked(&self, name: &str) -> Option<&str> {
        self.query.get(name).map(|value| value.trim())
    }

    /// The requested page of a list; the first if the number is invalid.
    pub(super) fn page_asked(&self) -> Page {
        let page = self.asked("page").and_then(|page| Page::parse(page).ok());
        page.unwrap_or(Page::FIRST)
    }

    pub(super) fn page(&self, tab: Tab, title: &str, content: &Markup) -> Response {
        self.framed(StatusCode::OK, Some(tab), title, content)
    }

    /// The error page.
    pub(crate) fn problem(&self, problem: &Problem) -> Response {
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
        self.framed(problem.status, None, title, &content)
    }

    pub(super) fn framed(
        &self,
        status: StatusCode,
        tab: Option<Tab>,
        title: &str,
        content: &Markup,
    ) -> Response {
        // A form that is shown again.
        let error = if tab.is_some() && status.is_client_error() {
            "Error: "
        } else {
            ""
        };
        let seconds = self.refresh().filter(|_| status == StatusCode::OK);
        let body = html! {
            a.skip href="#main" { "Skip to main content" }
            (self.header(tab))
            main #main tabindex="-1" {
                @if !self.is_owner() { (how_to_get_in()) }
                (content)
            }
            footer.foot {
                p { "No money moves here. Full card numbers are never stored." }
                @if let Some(tab) = tab.filter(|tab| tab.is_live()) { (self.refresh_link(tab)) }
            }
        };
        let page = document(&format!("{error}{title}"), STYLE, seconds, &body);
        // Forms must send their origin to the sandbox, and to no other site.
        html::response(status, page, POLICY, "same-origin")
    }

    fn header(&self, current: Option<Tab>) -> Markup {
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
                        @for (tab, path, name) in TABS {
                            li {
                                a href=(path) aria-current=[(current == Some(tab)).then_some("page")] { (name) }
                            }
                        }
                    }
                }
            }
        }
    }

    /// The requested reload interval in seconds.
    fn refresh(&self) -> Option<u32> {
        let seconds = self.asked("refresh")?.parse().ok();
        seconds.filter(|seconds| (1..=3600).contains(seconds))
    }

    fn refresh_link(&self, _: Tab) -> Markup {
        let kept = ["search", "status", "route", "outcome", "invoice", "page"];
        let kept = kept.map(|name| (name, self.asked(name).unwrap_or_default()));
        let seconds = self.refresh().is_none().then_some(("refresh", "5"));
        let parameters: Vec<_> = kept.into_iter().chain(seconds).collect();
        html! {
            p { a href=(link(&self.path, &parameters)) {
                @if self.refresh().is_some() { "Stop automatic reload" } @else { "Reload every 5 seconds" }
            } }
        }
    }
}

impl Tab {
    /// Whether the page offers automatic reload. Pages with input fields do not.
    const fn is_live(self) -> bool {
        matches!(self, Self::Invoices | Self::Callbacks | Self::Requests)
    }
}

impl FromRequestParts<Arc<App>> for View {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &Arc<App>) -> Result<Self, Infallible> {
        let query = Query::try_from_uri(&parts.uri);
        let visitor = parts.extensions.get();
        let base_url = parts.extensions.get().unwrap_or(&app.base_url);
        Ok(Self {
            base_url: base_url.clone(),
            app: Arc::clone(app),
            visitor: visitor.copied().unwrap_or(Visitor::Guest),
            path: parts.uri.path().to_owned(),
            query: query.map_or_else(|_| HashMap::new(), |Query(query)| query),
        })
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

/// A button in its own form; nothing in the read-only view.
pub(super) fn action(
    view: &View,
    path: &str,
    fields: &[(&str, &str)],
    text: &str,
    class: &str,
) -> Markup {
    html! {
        @if view.is_owner() {
            form.inline method="post" action=(path) {
                @for (name, value) in fields { input type="hidden" name=(name) value=(value); }
                button type="submit" class={ "button " (class) } { (text) }
            }
        }
    }
}
