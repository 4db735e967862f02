use maud::{Markup, html};

use crate::admin::Page;

/// The pagination links of the list at the URL `list`; nothing if there is only one page.
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
