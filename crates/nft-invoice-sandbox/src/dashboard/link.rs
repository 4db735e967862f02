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

/// The links to the other pages of the list at the URL `list`; nothing if there is only one page.
pub(super) fn pages(list: &str, page: Page, total: usize) -> Markup {
    let last = total.div_ceil(Page::SIZE);
    let sign = if list.contains('?') { '&' } else { '?' };
    let number = page.number();
    html! {
        @if last > 1 {
            nav.pages aria-label="Pages" {
                @if number > 1 { a rel="prev" href={ (list) (sign) "page=" (number - 1) } { "← Newer" } }
                span { "Page " (number) " of " (last) }
                @if number < last { a rel="next" href={ (list) (sign) "page=" (number + 1) } { "Older →" } }
            }
        }
    }
}
