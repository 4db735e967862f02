use maud::{Markup, html};

use super::link::{Choice, filters, link, pages};
use super::moment::age;
use super::search::Search;
use super::sign_in::sign_in;
use super::view::View;
use crate::admin::{Answer, newest};
use crate::payment::{Invoice, InvoiceState, brand_name};
use crate::store::Store;
use crate::text::redact;

/// `GET /_sbx`: the invoices, newest first. With `?token=`, signs the browser in.
pub(super) async fn show(view: View) -> Answer {
    if let Some(token) = view.query.get("token") {
        return sign_in(&view, token);
    }
    let search = Search::asked(&view)?;
    let state = InvoiceState::read(view.asked("status"));
    let page = view.page_asked();
    let list = list(&search, state);
    let store = view.app.store();
    let (total, shown) = newest(&store, page, |invoice| {
        state.is_none_or(|state| invoice.state == state) && search.matches(invoice)
    });
    let forgotten = store.ledger().forgotten();
    let none_yet = store.ledger().next_id() == 1;
    let content = html! {
        div.title {
            h1 { "Invoices" }
            @if forgotten > 0 { p.soft { (forgotten) " older invoices are no longer kept" } }
        }
        @if !none_yet { (search.form(&view)) }
        (states(&store, &search, state))
        @if shown.is_empty() {
            @if none_yet { (nothing(&view, &store)) }
            @else { p.empty { "No invoices match. " a href="/_sbx" { "Show all invoices" } } }
        } @else {
            ol.rows {
                @for invoice in &shown { li { (row(&view, invoice)) } }
            }
            (pages(&list, page, total))
        }
    };
    Ok(view.page("/_sbx", "Invoices", &content))
}

/// The URL of the list.
fn list(search: &Search<'_>, state: Option<InvoiceState>) -> String {
    let word = state.map_or("", InvoiceState::word);
    link("/_sbx", &[("search", search.0), ("status", word)])
}

fn states(store: &Store, search: &Search<'_>, current: Option<InvoiceState>) -> Markup {
    let mut counts = [0; InvoiceState::ALL.len()];
    for invoice in store.ledger().invoices() {
        counts[invoice.state as usize] += usize::from(search.matches(invoice));
    }
    let choice = |state: Option<InvoiceState>| Choice {
        link: list(search, state),
        name: state.map_or_else(|| "All".to_owned(), name),
        count: state.map_or_else(|| counts.iter().sum(), |state| counts[state as usize]),
        is_current: state == current,
    };
    let choices = InvoiceState::ALL.map(Some).into_iter();
    filters(
        "Filter by status",
        [None].into_iter().chain(choices).map(choice),
    )
}

fn row(view: &View, invoice: &Invoice) -> Markup {
    html! {
        a.row href={ "/_sbx/invoices/" (invoice.id) } {
            span.id { span.hidden { "Invoice " } span aria-hidden="true" { "#" } (invoice.id) }
            strong.amount { (invoice.order.price()) }
            (badge(invoice.state))
            span.who { (redact(invoice.email())) }
            span.age { (age(invoice.created_at, view.app.now())) }
            span.how {
                @if let Some(reference) = invoice.order.shown_reference() { code { (reference) } " · " }
                (invoice.mode())
                @if let Some(card) = &invoice.card { " · " (brand_name(card.brand())) " " (card.masked()) }
            }
        }
    }
}

fn nothing(view: &View, store: &Store) -> Markup {
    let key = match view.is_owner() {
        true => store.account.keys[0].clone(),
        false => "…".to_owned(),
    };
    let base = view.base_url.as_str();
    html! {
        section.panel.empty {
            h2 { "No invoices yet" }
            p { "Send requests to " code { (base) } ", or create an invoice with curl:" }
            pre tabindex="0" { code {
                "curl " (base) "/api/btn-create-invoice/get/ \\\n"
                "  -H 'API-KEY: " (key) "' \\\n"
                "  -d '{\"email\":\"a@b.example\",\"amount\":\"42\",\"devise\":\"USD\",\"checkoutMode\":\"nft\"}'"
            } }
            p { a href="/_sbx/connect" { "Samples for Rust, Python and Node" } }
        }
    }
}

/// A status badge.
pub(super) fn badge(state: InvoiceState) -> Markup {
    html! { span class={ "badge " (state.word()) } { (name(state)) } }
}

/// The display name of a status, such as `Awaiting approval`.
pub(super) fn name(state: InvoiceState) -> String {
    let text = state.word().replace('_', " ");
    text[..1].to_uppercase() + &text[1..]
}
