use maud::{Markup, html};

use super::parts::{folded, shortened};
use super::pictures;
use crate::pages::html::Icon;
use crate::pages::nft::{Attribute, Nft};
use crate::payment::Invoice;

/// Longer descriptions are collapsed, in characters.
const LONG: usize = 280;

/// A longer name or price is below the picture on a small screen, not beside it; in characters.
const LONG_NAME: usize = 60;
const LONG_PRICE: usize = 14;

/// More attributes than `FEW` are folded, and not more than `MOST` are on the page.
const FEW: usize = 6;
const MOST: usize = 100;
/// Longer names and values of attributes are cut, in characters.
const LONG_ATTRIBUTE: usize = 200;

/// The purchase summary.
pub(super) fn panel(merchant: &str, invoice: &Invoice, price: &str, created: &Markup) -> Markup {
    let order = &invoice.order;
    let nft = Nft::of(order);
    let name = nft.name.as_deref().unwrap_or("Your NFT");
    html! {
        section.panel.order aria-labelledby="order" {
            p.merchant { (Icon::SHOP.svg()) span.hidden { "Sold by " } span dir="auto" { (merchant) } }
            (pictures::first(&nft.images, name))
            div.long[name.chars().count() > LONG_NAME || price.len() > LONG_PRICE] {
                h1 #order dir="auto" { (name) }
                p.amount { (price) }
            }
            div.details.stack {
                (pictures::others(&nft.images, name))
                @if let Some(text) = &nft.description { (description(text)) }
                (attributes(&nft.attributes))
                dl.facts {
                    div { dt { "Receipt to" } dd { (order.email) } }
                    div { dt { "Invoice number" } dd { (invoice.id) } }
                    div { dt { "Created" } dd { (created) } }
                }
            }
        }
    }
}

fn description(text: &str) -> Markup {
    let paragraph = html! { p.description dir="auto" { (text) } };
    html! {
        @if text.chars().count() > LONG {
            details { summary { "Description" } (paragraph) }
        } @else {
            (paragraph)
        }
    }
}

fn attributes(all: &[Attribute]) -> Markup {
    let list = html! {
        dl.attributes {
            @for Attribute { name, value } in all.iter().take(MOST) {
                div {
                    dt dir="auto" { @if name.trim().is_empty() { "Attribute" } @else { (shortened(name, LONG_ATTRIBUTE)) } }
                    dd dir="auto" { (shortened(value, LONG_ATTRIBUTE)) }
                }
            }
        }
        @if all.len() > MOST { p.soft.small { "And " (all.len() - MOST) " more." } }
    };
    folded("Attributes", all.len(), FEW, &list)
}
