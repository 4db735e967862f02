use maud::{Markup, html};

use super::shortened;
use crate::checkout::nft::Attribute;

/// More attributes than this are collapsed.
const FEW: usize = 6;
/// The largest number of attributes on the page.
const MOST: usize = 100;
/// Longer names and values are cut, in characters.
const LONG: usize = 200;

/// The NFT's attributes; nothing if there are none.
pub(super) fn attributes(all: &[Attribute]) -> Markup {
    let list = html! {
        dl.attributes {
            @for Attribute { name, value } in all.iter().take(MOST) {
                div {
                    dt dir="auto" { @if name.trim().is_empty() { "Attribute" } @else { (shortened(name, LONG)) } }
                    dd dir="auto" { (shortened(value, LONG)) }
                }
            }
        }
        @if all.len() > MOST { p.soft.small { "And " (all.len() - MOST) " more." } }
    };
    html! {
        @match all.len() {
            0 => {},
            1..=FEW => (list),
            count => details { summary { "Attributes (" (count) ")" } (list) },
        }
    }
}
