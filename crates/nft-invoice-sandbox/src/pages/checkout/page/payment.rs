use maud::{Markup, html};

use super::cards::{self, grouped};
use super::parts::{back_to_the_shop, nonce, outcome, time};
use crate::app::App;
use crate::checkout::FIELDS;
use crate::pages::checkout::form::Rejected;
use crate::pages::html::Field;
use crate::payment::{Invoice, Return, TestCard};

/// The card form, prefilled with a card that pays, and the outcomes that require no card.
pub(super) fn panel(
    app: &App,
    invoice: &Invoice,
    rejected: &Rejected,
    price: &str,
) -> (&'static str, Markup) {
    let expiry = format!("12/{}", app.civil(app.now()).year() + 2);
    let unknown = rejected.message("card_number").is_some();
    let panel = html! {
        section.panel.stack aria-labelledby="pay" {
            h2 #pay { "Pay by card" }
            (notices(app, invoice))
            form.stack method="post" {
                (nonce(app, invoice))
                (rejected.summary())
                (fields(invoice, rejected, &expiry))
                button.button.primary type="submit" name="action" value="pay" { "Pay " (price) }
                fieldset.outcomes {
                    legend.soft { "Or choose an outcome without a card" }
                    (outcome("decline", "Decline"))
                    (outcome("pending", "Pending"))
                    (outcome("cancel", "Cancel"))
                }
            }
            (cards::panel(app, invoice, &expiry, unknown))
        }
    };
    ("Checkout", panel)
}

/// What happened to earlier attempts.
fn notices(app: &App, invoice: &Invoice) -> Markup {
    let link = |url| {
        html! {
            @if let Some(url) = invoice.order.return_url(url) { " " (back_to_the_shop(url, "")) }
        }
    };
    html! {
        @if invoice.cancelled {
            p.notice role="status" {
                "You cancelled the payment. You can still pay this invoice." (link(Return::Cancel))
            }
        }
        @if let Some((at, _)) = invoice.promised {
            p.notice.wait role="status" {
                "Your payment is being processed. The result is due at " (time(app, at)) "." (link(Return::Pending))
            }
        }
    }
}

fn fields(invoice: &Invoice, rejected: &Rejected, expiry: &str) -> Markup {
    let paying = grouped(TestCard::PAID.number);
    let name = invoice.order.name.as_deref().unwrap_or_default();
    let values = match &rejected.form {
        Some(form) => [
            &*form.card_number,
            &*form.card_expiry,
            "",
            &*form.cardholder,
        ],
        None => [&*paying, expiry, "123", name],
    };
    let [number, mut date, cardholder] = FIELDS.map(|(name, label)| Field {
        name,
        label,
        error: rejected.message(name),
        hint: None,
    });
    date.hint = Some(html! { "MM/YYYY" });
    let code = Field {
        name: "card_code",
        label: "Security code",
        hint: Some(html! { "Any code works" }),
        error: None,
    };
    // The first invalid field gets the focus.
    let first = FIELDS
        .into_iter()
        .find(|(name, _)| rejected.message(name).is_some());
    let focus = |field: &Field<'_>| first.is_some_and(|(name, _)| name == field.name);
    // Browsers must not offer to fill in a real card.
    html! {
        (number.with(&html! {
            input #card_number name="card_number" inputmode="numeric" autocomplete="off" required value=(values[0])
                autofocus[focus(&number)] aria-invalid=[number.invalid()] aria-describedby=[number.described()];
        }))
        div.pair {
            (date.with(&html! {
                input #card_expiry name="card_expiry" autocomplete="off" required pattern="[0-9]{2}/[0-9]{4}"
                    title="Enter the month and year, for example 12/2030" value=(values[1])
                    autofocus[focus(&date)] aria-invalid=[date.invalid()] aria-describedby=[date.described()];
            }))
            (code.with(&html! {
                // Without a name, the browser never submits it.
                input #card_code inputmode="numeric" autocomplete="off" maxlength="4" value=(values[2]) aria-describedby=[code.described()];
            }))
        }
        (cardholder.with(&html! {
            input #cardholder name="cardholder" autocomplete="off" dir="auto" value=(values[3])
                autofocus[focus(&cardholder)] aria-invalid=[cardholder.invalid()] aria-describedby=[cardholder.described()];
        }))
    }
}
