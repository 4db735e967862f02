use axum::extract::Form;
use axum::response::Response;
use maud::{Markup, html};

use super::view::{Fields, View, field};
use crate::fault::FaultError;
use crate::http::see_other;

/// `GET /_sbx/faults`
pub(super) async fn show(view: View) -> Response {
    let rules = view.app.faults.rules().into_iter();
    let plan: Vec<_> = rules.map(|rule| rule.text).collect();
    let content = content(&view, &plan.join("\n"), None);
    view.page("/_sbx/faults", "Faults", &content)
}

/// `POST /_sbx/faults`
pub(super) async fn replace(view: View, Form(fields): Fields) -> Response {
    let plan = field(&fields, "plan").replace("\r\n", "\n");
    match plan.parse() {
        Ok(parsed) => {
            view.app.faults.replace(parsed);
            see_other("/_sbx/faults")
        }
        Err(error) => {
            let content = content(&view, &plan, Some(&error));
            view.again(&error.into(), "/_sbx/faults", "Faults", &content)
        }
    }
}

const EXAMPLES: [(&str, &str); 4] = [
    (
        "create->after.reset@n=1",
        "The first invoice is created, but the response is lost.",
    ),
    (
        "status->delay(2s..5s)@p=0.25",
        "A quarter of the status requests are delayed by 2 to 5 seconds.",
    ),
    (
        "api[amount=42]->error(50008)@first=2",
        "The first two requests for an invoice of 42.00 USD fail with error 50008.",
    ),
    (
        "callback[status=invoice:paid]->dup(2,5s)@every=3",
        "Every third callback for a payment is sent three times.",
    ),
];

fn content(view: &View, plan: &str, error: Option<&FaultError>) -> Markup {
    html! {
        div.title {
            h1 { "Faults" }
            p.soft { "Rules that make requests and callbacks fail, one rule per line. Faults never affect the dashboard or the admin API." }
        }
        section.panel {
            form method="post" action="/_sbx/faults" {
                div.field { label for="plan" { "Plan" }
                textarea #plan name="plan" rows="5" spellcheck="false" autocapitalize="off" autocomplete="off"
                    placeholder="create->after.reset@n=1" readonly[!view.is_owner()]
                    aria-invalid=[error.map(|_| "true")] aria-describedby=[error.map(|_| "wrong")] { (plan) } }
                @if let Some(error) = error { (pointer(plan, error)) }
                @if view.is_owner() { button.button.primary type="submit" { "Apply plan" } }
            }
        }
        (rules(view))
        section.panel {
            h2 { "Examples" }
            dl.examples {
                @for (plan, what) in EXAMPLES { div { dt { code { (plan) } } dd { (what) } } }
            }
        }
    }
}

/// The line with the syntax error, and a mark under its column.
fn pointer(plan: &str, error: &FaultError) -> Markup {
    let line = plan.lines().nth(error.line - 1).unwrap_or_default();
    let before = " ".repeat(error.column - 1);
    html! {
        div #wrong role="alert" {
            p.notice.bad { "The plan was not applied: syntax error in line " (error.line) ", column " (error.column) "." }
            pre.pointer tabindex="0" { code { (line) "\n" (before) "^" } }
            p { "Expected " (error.expected) "." }
        }
    }
}

fn rules(view: &View) -> Markup {
    let rules = view.app.faults.rules();
    html! {
        section.panel {
            h2 { "Active rules" }
            @if rules.is_empty() { p.soft { "No active rules." } } @else {
                div.scroll tabindex="0" role="region" aria-label="Active rules" {
                    table {
                        thead { tr { th scope="col" { "Rule" } th.number scope="col" { "Matched" } th.number scope="col" { "Fired" } } }
                        tbody {
                            @for rule in rules {
                                tr { td { code { (rule.text) } } td.number { (rule.matched) } td.number { (rule.fired) } }
                            }
                        }
                    }
                }
            }
        }
    }
}
