use axum::response::Response;
use maud::{Markup, html};

use super::explanation::advice;
use super::moment::instant;
use super::pages::pages;
use super::view::{Tab, View};
use crate::journal::RequestRecord;
use crate::refusal::Refusal;

/// `GET /_sbx/requests`: requests to the gateway, newest first.
pub(super) async fn show(view: View) -> Response {
    let requests = view.app.store().requests();
    let page = view.page_asked();
    let (total, shown) = page.of(requests.iter().rev());
    let content = html! {
        div.title {
            h1 { "Requests" }
            p.soft {
                "Requests to the gateway, newest first. Headers, bodies and query strings are not stored."
                @if requests.dropped() > 0 { " " (requests.dropped()) " older requests are no longer kept." }
            }
        }
        @if shown.is_empty() {
            p.empty { "No requests on this page. Send requests to " code { (view.base_url.as_str()) } "." }
        } @else {
            ol.rows {
                @for record in shown { li { (row(record)) } }
            }
            (pages("/_sbx/requests", page, total))
        }
    };
    view.page(Tab::Requests, "Requests", &content)
}

fn row(record: &RequestRecord) -> Markup {
    let good =
        record.error_code().is_none() && record.http_status().is_some_and(|status| status < 400);
    html! {
        div.row.entry.wrong[!good] {
            p.call { span.method { (record.method()) } " " strong { (record.route()) } }
            p.status {
                @match record.http_status() {
                    Some(status) => { span class={ "badge " @if good { "paid" } @else { "failed" } } { "HTTP " (status) } },
                    None => { span.badge.failed { "No response" } },
                }
                @if let Some(code) = record.error_code() { " " span.badge.failed { "Error " (code) } }
            }
            p.age { time datetime=(record.at()) { (instant(record.at)) } }
            @if let Some(error) = record.body_error() { p.note { "Body " (error) "." } }
            @if let Some(fault) = record.fault() { p.note { "Fault " code { (fault) } } }
            @if let Some(meaning) = record.error_code().map(|code| Refusal::meaning(record.route(), code)) {
                p.note { (meaning) "." }
            }
            @if let Some(advice) = advice(record) { p.note.soft { (advice) } }
        }
    }
}
