use maud::{Markup, html};

use super::icon::Icon;
use crate::order::Order;
use crate::texts::Text;

/// Longer descriptions are collapsed, in characters.
const LONG: usize = 280;

/// The purchase summary.
pub(super) fn panel(order: &Order, amount: &str, invoice: u64, created: &Markup) -> Markup {
    let name = order.text(Text::NftName).unwrap_or("Your NFT");
    html! {
        section.panel.order aria-labelledby="order" {
            div.art {
                @match order.text(Text::NftImage) {
                    Some(image) => img src=(image) alt={ "Picture of " (name) } referrerpolicy="no-referrer";,
                    None => (Icon::Picture.svg()),
                }
            }
            div {
                h1 #order dir="auto" { (name) }
                p.amount { (amount) }
            }
            div.details.stack {
                @if let Some(description) = order.text(Text::NftDescription) { (self::description(description)) }
                dl.facts {
                    div { dt { "Receipt to" } dd { (order.email()) } }
                    div { dt { "Invoice" } dd { (invoice) } }
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
