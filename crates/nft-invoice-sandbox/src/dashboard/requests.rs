use axum::response::Response;
use maud::{Markup, html};

use super::explanation::advice;
use super::moment::instant;
use super::view::{Tab, View};
use crate::journal::{RequestRecord, Requests};
use crate::refusal::Refusal;

const PAGE: usize = 100;

/// `GET /_sbx/requests`: the gateway's, newest first.
pub(super) async fn show(view: View) -> Response {
    let requests = view.app.store().requests();
    let page = view.asked("page").and_then(|page| page.parse().ok());
    let page = page.filter(|page| *page > 0).unwrap_or(1_usize);
    let before = (page - 1).saturating_mul(PAGE);
    let shown: Vec<_> = requests.iter().rev().skip(before).take(PAGE).collect();
    let content = html! {
        div.title {
            h1 { "Requests" }
            p.soft { "To the gateway, newest first. Headers, bodies and queries are not kept." }
        }
        @if shown.is_empty() {
            p.empty { "No request is here. Point your code at " code { (view.app.base_url) } "." }
        } @else {
            ol.rows.requests {
                @for record in shown { li { (row(record)) } }
            }
            (pages(&requests, page))
        }
    };
    view.page(Tab::Requests, "Requests", &content)
}

fn row(record: &RequestRecord) -> Markup {
    let good =
        record.error_code().is_none() && record.http_status().is_some_and(|status| status < 400);
    html! {
        div.row.request.wrong[!good] {
            p.call { span.method { (record.method()) } " " strong { (record.route()) } }
            p.status {
                @match record.http_status() {
                    Some(status) => { span class={ "badge " @if good { "paid" } @else { "failed" } } { "HTTP " (status) } },
                    None => { span.badge.failed { "No answer" } },
                }
                @if let Some(code) = record.error_code() { " " span.badge.failed { "Error " (code) } }
            }
            p.age { time datetime=(record.at()) { (instant(record.at)) } }
            @if let Some(fault) = record.fault() { p.note { "Fault " code { (fault) } } }
            @if let Some(meaning) = record.error_code().map(|code| Refusal::meaning(record.route(), code)) {
                p.note { (meaning) "." }
            }
            @if let Some(advice) = advice(record) { p.note.soft { (advice) } }
        }
    }
}

fn pages(requests: &Requests, page: usize) -> Markup {
    let last = requests.len().div_ceil(PAGE).max(1);
    html! {
        nav.pages aria-label="Pages" {
            @if page > 1 { a rel="prev" href={ "/_sbx/requests?page=" (page - 1) } { "← Newer" } }
            span { "Page " (page) " of " (last) }
            @if page < last { a rel="next" href={ "/_sbx/requests?page=" (page + 1) } { "Older →" } }
            @if requests.dropped() > 0 { span.soft { (requests.dropped()) " older ones are no longer kept" } }
        }
    }
}
