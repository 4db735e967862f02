use maud::{Markup, html};

use super::{Entered, form_head, outcome, time};
use crate::app::App;
use crate::card::TestCard;
use crate::invoice::Invoice;
use crate::outcome::Outcome;
use crate::state::InvoiceState;
use crate::texts::Text;

/// The card form, prefilled with a card that pays, and the outcomes that require no card.
pub(super) fn panel(
    app: &App,
    invoice: &Invoice,
    entered: &Entered,
    amount: &str,
) -> (&'static str, Markup) {
    let or = |entered: &str, otherwise: String| match entered {
        "" => otherwise,
        entered => entered.to_owned(),
    };
    let expiry = or(
        &entered.card_expiry,
        format!("12/{}", app.civil(app.now()).year() + 2),
    );
    let cardholder = or(
        &entered.cardholder,
        invoice
            .order
            .text(Text::Name)
            .unwrap_or_default()
            .to_owned(),
    );
    // Browsers must not offer to fill in a real card.
    let panel = html! {
        section.panel.stack aria-labelledby="pay" {
            h2 #pay { "Pay by card" }
            @if invoice.cancelled {
                p.notice role="status" { "You cancelled the payment. You can still pay this invoice." }
            }
            @if let Some((at, _)) = invoice.promised.as_deref().copied() {
                p.notice.wait role="status" { "Your payment is being processed. The result is due at " (time(app, at)) "." }
            }
            form.stack method="post" {
                (form_head(app, invoice, entered))
                div {
                    label for="card_number" { "Card number" }
                    input #card_number name="card_number" inputmode="numeric" autocomplete="off" required
                        value=(grouped(TestCard::all()[0].number()));
                }
                div.pair {
                    div {
                        label for="card_expiry" { "Expiry date (MM/YYYY)" }
                        input #card_expiry name="card_expiry" autocomplete="off" required
                            pattern="[0-9]{2}/[0-9]{4}" title="Enter the month and year, for example 12/2030" value=(expiry);
                    }
                    div {
                        label for="card_code" { "Security code (CVC)" }
                        // Without a name, the browser never submits it.
                        input #card_code inputmode="numeric" autocomplete="off" maxlength="4" value="123";
                    }
                }
                div {
                    label for="cardholder" { "Name on card" }
                    input #cardholder name="cardholder" autocomplete="off" dir="auto" value=(cardholder);
                }
                button.button.primary type="submit" name="action" value="pay" { "Pay " (amount) }
                fieldset.outcomes {
                    legend.soft { "Or choose an outcome without a card" }
                    (outcome("decline", "Decline"))
                    (outcome("pending", "Pending"))
                    (outcome("cancel", "Cancel"))
                }
            }
            (cards())
        }
    };
    ("Checkout", panel)
}

fn cards() -> Markup {
    let kinds = [
        ("Paid", "paid"),
        ("Declined", "declined"),
        ("3-D Secure", "challenge"),
        ("Delayed outcome", "later"),
    ];
    html! {
        details {
            summary { "Test cards" }
            table {
                thead { tr { th scope="col" { "Card" } th scope="col" { "Outcome" } } }
                @for (title, kind) in kinds {
                    tbody {
                        tr { th colspan="2" scope="rowgroup" { (title) } }
                        @for card in TestCard::all().iter().filter(|card| self::kind(card) == kind) {
                            tr {
                                td { code { (grouped(card.number())) } span.brand { (card.brand()) } }
                                td { (card.description()) }
                            }
                        }
                    }
                }
            }
        }
    }
}

fn kind(card: &TestCard) -> &'static str {
    match card.resulting_state() {
        _ if card.description().starts_with("3-D Secure") => "challenge",
        InvoiceState::Paid if card.outcome() == Outcome::Paid => "paid",
        InvoiceState::Failed => "declined",
        _ => "later",
    }
}

/// Groups a card number as printed on the card. The form accepts the spaces.
fn grouped(number: &str) -> String {
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_card_numbers_as_printed_and_accepts_them_back() {
        for (number, shown) in [
            ("4242424242424242", "4242 4242 4242 4242"),
            ("378282246310005", "3782 822463 10005"),
            ("30569309025904", "3056 930902 5904"),
        ] {
            assert_eq!(grouped(number), shown);
        }
        for card in TestCard::all() {
            let found = TestCard::find(&grouped(card.number())).map(TestCard::number);
            assert_eq!(found, Some(card.number()), "as shown in the table");
        }
    }

    #[test]
    fn lists_every_card_once() {
        let table = cards().into_string();
        for card in TestCard::all() {
            let shown = grouped(card.number());
            assert_eq!(table.matches(&shown).count(), 1, "{shown}: look at kind()");
        }
    }
}
