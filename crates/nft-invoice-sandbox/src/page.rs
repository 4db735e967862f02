use std::borrow::Cow;

use maud::{DOCTYPE, Markup, html};

use crate::app::App;
use crate::card::TestCard;
use crate::checkout::STYLE_PATH;
use crate::invoice::{Invoice, Order};
use crate::return_url::ReturnUrl;
use crate::state::InvoiceState;

/// What a form that was refused held, to be shown again. The card's number is not: it may be a real one.
#[derive(Default)]
pub(crate) struct Entered {
    pub(crate) error: Option<Cow<'static, str>>,
    pub(crate) card_expiry: String,
}

/// The page of an invoice, whatever its state. maud escapes all that it is given.
pub(crate) fn invoice(app: &App, invoice: &Invoice, entered: &Entered) -> String {
    let order = &invoice.order;
    let amount = format!("{} {}", order.amount.plain(), order.currency);
    let action = match (invoice.state, invoice.challenge) {
        (InvoiceState::Created | InvoiceState::Opened, Some(_)) => challenge(app, invoice, entered),
        (InvoiceState::Created | InvoiceState::Opened, None) => {
            payment(app, invoice, entered, &amount)
        }
        _ => result(invoice),
    };
    let title = format!("Checkout, {amount}");
    page(
        &title,
        html! {
            (nft(order))
            p.amount { strong { (amount) } " for " (order.email) }
            (action)
            p.note {
                "Invoice " (invoice.id) " · " (invoice.state)
                " · sandbox time " (app.civil(app.now()).strftime("%Y-%m-%d %H:%M:%S"))
            }
        },
    )
}

/// A page that only says something.
pub(crate) fn message(title: &str, text: &str) -> String {
    page(title, html! { h1 { (title) } p { (text) } })
}

fn page(title: &str, content: Markup) -> String {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (title) " · Sandbox" }
                link rel="stylesheet" href=(STYLE_PATH);
            }
            body {
                p.banner { "Sandbox: no money moves. Never enter a real card." }
                main { (content) }
            }
        }
    }
    .into_string()
}

fn nft(order: &Order) -> Markup {
    let name = order.nft.name.as_deref().unwrap_or("Your NFT");
    html! {
        section.nft {
            @if let Some(image) = &order.nft.image {
                img src=(image) alt={ "Image of " (name) } width="96" height="96" referrerpolicy="no-referrer";
            }
            div {
                h1 { (name) }
                @if let Some(description) = &order.nft.description { p { (description) } }
            }
        }
    }
}

fn payment(app: &App, invoice: &Invoice, entered: &Entered, amount: &str) -> Markup {
    let today = app.civil(app.now());
    let expiry = match entered.card_expiry.as_str() {
        "" => format!("12/{}", today.year() + 2),
        entered => entered.to_owned(),
    };
    html! {
        @if invoice.cancelled {
            p.notice role="status" { "You cancelled. The invoice is still open: you can pay it now." }
        }
        form method="post" {
            (hidden_and_error(app, invoice, entered))
            label for="card_number" { "Card number" }
            input #card_number name="card_number" inputmode="numeric" autocomplete="off" required
                value=(TestCard::all()[0].number());
            div.pair {
                div {
                    label for="card_expiry" { "Expiry (MM/YYYY)" }
                    input #card_expiry name="card_expiry" autocomplete="off" required
                        pattern="[0-9]{2}/[0-9]{4}" value=(expiry);
                }
                div {
                    label for="card_code" { "Verification code" }
                    // Without a name it is never sent.
                    input #card_code inputmode="numeric" autocomplete="off" value="123";
                }
            }
            (button("pay", Some("primary"), &format!("Pay {amount}")))
            fieldset {
                legend { "Or choose the outcome" }
                (button("decline", None, "Decline the payment"))
                (button("pending", None, "Pending: wait for approval"))
                (button("cancel", None, "Cancel and go back"))
            }
        }
        (cards())
    }
}

fn challenge(app: &App, invoice: &Invoice, entered: &Entered) -> Markup {
    html! {
        h2 { "3-D Secure" }
        p {
            "The bank asks whether it is you who pays"
            @if let Some(card) = &invoice.card { " with " (card.brand()) " " (card.masked()) }
            "."
        }
        form method="post" {
            (hidden_and_error(app, invoice, entered))
            (button("complete", Some("primary"), "Complete the challenge"))
            (button("fail", None, "Fail the challenge"))
            (button("cancel", None, "Cancel and go back"))
        }
    }
}

fn hidden_and_error(app: &App, invoice: &Invoice, entered: &Entered) -> Markup {
    html! {
        input type="hidden" name="nonce" value=(app.tokens.nonce(invoice.id, invoice.version));
        @if let Some(error) = &entered.error { p.error role="alert" { (error) } }
    }
}

/// All but the first are there to skip the card form, so they do not have it checked.
fn button(action: &str, class: Option<&str>, text: &str) -> Markup {
    html! {
        button type="submit" name="action" value=(action) class=[class] formnovalidate[action != "pay"] {
            (text)
        }
    }
}

fn cards() -> Markup {
    html! {
        details {
            summary { "Test cards" }
            table {
                thead { tr { th scope="col" { "Number" } th scope="col" { "Brand" } th scope="col" { "What happens" } } }
                tbody {
                    @for card in TestCard::all() {
                        tr { td { code { (card.number()) } } td { (card.brand()) } td { (card.meaning()) } }
                    }
                }
            }
        }
    }
}

fn result(invoice: &Invoice) -> Markup {
    let order = &invoice.order;
    let (text, back) = match invoice.state {
        InvoiceState::Paid => ("Payment received. Thank you.", &order.success_url),
        InvoiceState::AwaitingApproval => ("The payment waits for approval.", &order.pending_url),
        InvoiceState::Failed => ("The payment failed.", &order.failure_url),
        InvoiceState::Expired => ("This invoice is expired.", &order.cancel_url),
        _ => ("This invoice is closed.", &order.success_url),
    };
    // Only what is a web URL becomes a link.
    let back = back
        .as_deref()
        .filter(|url| ReturnUrl::parse(url).is_some());
    html! {
        p.notice role="status" {
            (text)
            @if let Some(reason) = invoice.reason { " Reason: " (reason) "." }
        }
        @if let Some(url) = back { p { a href=(url) { "Back to the shop" } } }
    }
}
