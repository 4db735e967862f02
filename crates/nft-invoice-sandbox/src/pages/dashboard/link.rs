use maud::{Markup, html};

use crate::admin::Page;

/// A path with query parameters; those without a value are left out.
pub(super) fn link(path: &str, parameters: &[(&str, &str)]) -> String {
    let mut link = path.to_owned();
    for (name, value) in parameters.iter().filter(|(_, value)| !value.is_empty()) {
        link.push(if link.contains('?') { '&' } else { '?' });
        link += &format!("{name}={}", encoded(value));
    }
    link
}

fn encoded(value: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte);
    let encode = |byte| match plain(byte) {
        true => char::from(byte).to_string(),
        false => format!("%{byte:02X}"),
    };
    value.bytes().map(encode).collect()
}

/// A link to an invoice, with the merchant's reference.
pub(super) fn invoice_link(id: u64, reference: Option<&str>) -> Markup {
    html! {
        a href={ "/_sbx/invoices/" (id) } { "Invoice " (id) }
        @if let Some(reference) = reference { " " code { (reference) } }
    }
}

/// A link that narrows a list, and the number of items that it leaves.
pub(super) struct Choice {
    pub(super) link: String,
    pub(super) name: String,
    pub(super) count: usize,
    pub(super) is_current: bool,
}

/// The choices of a filter. Those that would show nothing are left out, except the first and the current one.
pub(super) fn filters(label: &str, choices: impl IntoIterator<Item = Choice>) -> Markup {
    html! {
        nav.filters aria-label=(label) {
            @for (place, one) in choices.into_iter().enumerate() {
                @if place == 0 || one.count > 0 || one.is_current {
                    a href=(one.link) aria-current=[one.is_current.then_some("page")] {
                        (one.name) " " span.count { (one.count) }
                    }
                }
            }
        }
    }
}

/// The links to the other pages of the list at the URL `list`; nothing if there is only one page.
pub(super) fn pages(list: &str, page: Page, total: usize) -> Markup {
    let last = total.div_ceil(Page::SIZE);
    let number = page.number();
    let link_to = |number: usize| link(list, &[("page", &number.to_string())]);
    html! {
        @if last > 1 {
            nav.pages aria-label="Pages" {
                @if number > 1 { a rel="prev" href=(link_to(number - 1)) { "← Newer" } }
                span { "Page " (number) " of " (last) }
                @if number < last { a rel="next" href=(link_to(number + 1)) { "Older →" } }
            }
        }
    }
}
