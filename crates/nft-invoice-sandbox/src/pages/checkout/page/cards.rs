use maud::{Markup, html};

use super::parts::nonce;
use crate::app::App;
use crate::payment::{CardGroup, Invoice, TestCard, brand_name};

/// The headings, in order.
const GROUPS: [(CardGroup, &str); 4] = [
    (CardGroup::Paid, "Paid"),
    (CardGroup::Declined, "Declined"),
    (CardGroup::ThreeDSecure, "3-D Secure"),
    (CardGroup::Delayed, "Delayed outcome"),
];

/// A button for each test card, grouped by outcome. Each pays with its card.
pub(super) fn panel(app: &App, invoice: &Invoice, expiry: &str, open: bool) -> Markup {
    html! {
        details.cards open[open] {
            summary { "Test cards" }
            form method="post" {
                p.soft.small { "Select a card to pay with it." }
                (nonce(app, invoice))
                input type="hidden" name="action" value="pay";
                input type="hidden" name="card_expiry" value=(expiry);
                (buttons())
            }
        }
    }
}

fn buttons() -> Markup {
    html! {
        @for (group, title) in GROUPS {
            h3 { (title) }
            ul.card-buttons {
                @for card in TestCard::all().iter().filter(|card| card.group == group) {
                    li {
                        button.button type="submit" name="card_number" value=(card.number) {
                            span.number { (grouped(card.number)) }
                            " " span.brand {
                                (brand_name(card.brand))
                                @if group != CardGroup::Paid { ": " (card.description()) }
                            }
                        }
                    }
                }
            }
        }
    }
}

/// Groups a card number as printed on the card. The form accepts the spaces.
pub(super) fn grouped(number: &str) -> String {
    let ends: &[usize] = match number.len() {
        14 | 15 => &[4, 10],
        _ => &[4, 8, 12],
    };
    let mut shown = String::new();
    for (place, digit) in number.char_indices() {
        if ends.contains(&place) {
            shown.push(' ');
        }
        shown.push(digit);
    }
    shown
}
