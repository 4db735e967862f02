use maud::{Markup, html};

use super::cards::{self, grouped};
use super::{Rejected, back_to_the_shop, nonce, outcome, time};
use crate::app::App;
use crate::checkout::form_error::CardField;
use crate::payment::card::TestCard;
use crate::payment::invoice::Invoice;
use crate::payment::order::Return;

/// The card form, prefilled with a card that pays, and the outcomes that require no card.
pub(super) fn panel(
    app: &App,
    invoice: &Invoice,
    rejected: &Rejected,
    price: &str,
) -> (&'static str, Markup) {
    let expiry = format!("12/{}", app.civil(app.now()).year() + 2);
    let unknown = rejected.message(CardField::Number).is_some();
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
    let paying = grouped(TestCard::PAID.number());
    let name = invoice.order.name.as_deref().unwrap_or_default();
    let values = match &rejected.card {
        Some(card) => [&*card.number, &*card.expiry, "", &*card.cardholder],
        None => [&*paying, expiry, "123", name],
    };
    let mut errors = CardField::ALL.map(|field| Described::new(field, rejected));
    // The first invalid field gets the focus.
    if let Some(first) = errors.iter_mut().find(|field| field.error.is_some()) {
        first.focus = true;
    }
    let [number, date, cardholder] = errors;
    let date = Described {
        hint: Some("MM/YYYY"),
        ..date
    };
    let code = Described {
        id: "card_code",
        label: "Security code",
        hint: Some("Any code works"),
        ..Described::default()
    };
    // Browsers must not offer to fill in a real card.
    html! {
        (number.with(&html! {
            input #card_number name="card_number" inputmode="numeric" autocomplete="off" required value=(values[0])
                autofocus[number.focus] aria-invalid=[number.invalid()] aria-describedby=[number.texts()];
        }))
        div.pair {
            (date.with(&html! {
                input #card_expiry name="card_expiry" autocomplete="off" required pattern="[0-9]{2}/[0-9]{4}"
                    title="Enter the month and year, for example 12/2030" value=(values[1])
                    autofocus[date.focus] aria-invalid=[date.invalid()] aria-describedby=[date.texts()];
            }))
            (code.with(&html! {
                // Without a name, the browser never submits it.
                input #card_code inputmode="numeric" autocomplete="off" maxlength="4" value=(values[2]) aria-describedby=[code.texts()];
            }))
        }
        (cardholder.with(&html! {
            input #cardholder name="cardholder" autocomplete="off" dir="auto" value=(values[3])
                autofocus[cardholder.focus] aria-invalid=[cardholder.invalid()] aria-describedby=[cardholder.texts()];
        }))
    }
}

/// A field with the texts around it.
#[derive(Default)]
struct Described<'a> {
    id: &'static str,
    label: &'static str,
    hint: Option<&'static str>,
    error: Option<&'a str>,
    focus: bool,
}

impl<'a> Described<'a> {
    fn new(field: CardField, rejected: &'a Rejected) -> Self {
        Self {
            id: field.id(),
            label: field.label(),
            error: rejected.message(field),
            ..Self::default()
        }
    }

    fn with(&self, input: &Markup) -> Markup {
        html! {
            div.field {
                label for=(self.id) { (self.label) }
                (input)
                @if let Some(hint) = self.hint { p.hint id={ (self.id) "-hint" } { (hint) } }
                @if let Some(error) = self.error { p.error id={ (self.id) "-error" } { (error) } }
            }
        }
    }

    /// For `aria-invalid`.
    fn invalid(&self) -> Option<&'static str> {
        self.error.map(|_| "true")
    }

    /// For `aria-describedby`.
    fn texts(&self) -> Option<String> {
        let hint = self.hint.map(|_| format!("{}-hint", self.id));
        let error = self.error.map(|_| format!("{}-error", self.id));
        let ids: Vec<_> = [hint, error].into_iter().flatten().collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    }
}
