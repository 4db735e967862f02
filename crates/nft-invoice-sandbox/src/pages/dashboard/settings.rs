use std::collections::HashMap;

use axum::extract::Form;
use axum::response::Response;
use maud::{Markup, html};

use super::view::{Fields, View, field};
use crate::admin::{Answer, Problem, SettingsChange};
use crate::http::see_other;
use crate::pages::html::Field;

/// `GET /_sbx/settings`
pub(super) async fn show(view: View) -> Response {
    let fields = current(&view);
    view.page("/_sbx/settings", "Settings", &content(&view, &fields, None))
}

/// `POST /_sbx/settings`
pub(super) async fn change(view: View, Form(fields): Fields) -> Response {
    let lines = |name: &str| -> Vec<String> {
        let lines = field(&fields, name).split(|c: char| c.is_whitespace() || c == ',');
        lines
            .filter(|line| !line.is_empty())
            .map(ToOwned::to_owned)
            .collect()
    };
    let text = |name: &str| Some(field(&fields, name).trim().to_owned());
    let settings = SettingsChange {
        api_keys: Some(lines("api_keys")),
        merchant_name: fields
            .get("merchant_name")
            .map(|name| name.trim().to_owned()),
        callback_url: text("callback_url").map(|url| Some(url).filter(|url| !url.is_empty())),
        // The field is never prefilled, so an empty one keeps the secret.
        callback_secret: text("callback_secret").filter(|secret| !secret.is_empty()),
        retries: text("retries"),
        allowed_ips: Some((field(&fields, "any_ip") != "yes").then(|| lines("allowed_ips"))),
        minimum: text("minimum"),
        maximum: text("maximum"),
        wallet_active: Some(field(&fields, "wallet_active") == "yes"),
        ..SettingsChange::default()
    };
    match settings.apply(&view.app) {
        Ok(()) => see_other("/_sbx/settings?saved=yes"),
        Err(problem) => again(&view, &fields, &problem),
    }
}

/// `POST /_sbx/reset`
pub(super) async fn reset(view: View, Form(fields): Fields) -> Answer {
    if field(&fields, "sure") != "yes" {
        let problem = Problem::invalid("Tick the box to confirm the reset.");
        return Ok(again(&view, &current(&view), &problem));
    }
    view.app.store().reset(view.app.now())?;
    Ok(see_other("/_sbx"))
}

fn again(view: &View, fields: &HashMap<String, String>, problem: &Problem) -> Response {
    let content = content(view, fields, Some(problem));
    view.again(problem, "/_sbx/settings", "Settings", &content)
}

/// The current settings as form fields.
fn current(view: &View) -> HashMap<String, String> {
    let store = view.app.store();
    let (account, callbacks) = (&store.account, &store.callbacks);
    let yes = |set: bool| if set { "yes" } else { "" }.to_owned();
    let ips = account.allowed_ips.iter().flatten();
    let ips: Vec<_> = ips.map(ToString::to_string).collect();
    let url = callbacks.url.as_ref().map(ToString::to_string);
    let mut fields = HashMap::from([
        ("merchant_name", account.merchant_name.clone()),
        ("callback_url", url.unwrap_or_default()),
        ("retries", callbacks.retries.to_string()),
        ("any_ip", yes(account.allowed_ips.is_none())),
        ("allowed_ips", ips.join("\n")),
        ("minimum", account.minimum.two_digits()),
        ("maximum", account.maximum.two_digits()),
        ("wallet_active", yes(account.wallet_active)),
    ]);
    if view.is_owner() {
        fields.insert("api_keys", account.keys.join("\n"));
    }
    let fields = fields.into_iter();
    fields
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// The labels of the text fields.
const LABELS: [(&str, &str); 8] = [
    ("api_keys", "API keys"),
    ("merchant_name", "Merchant name"),
    ("minimum", "Minimum amount"),
    ("maximum", "Maximum amount"),
    ("allowed_ips", "Allowed IP addresses"),
    ("callback_url", "Callback URL"),
    ("callback_secret", "New secret"),
    ("retries", "Retries"),
];

fn content(view: &View, fields: &HashMap<String, String>, problem: Option<&Problem>) -> Markup {
    html! {
        div.title {
            h1 { "Settings" }
            p.soft { "Changes apply immediately and last until the sandbox stops." }
        }
        @if let Some(problem) = problem { p.notice.bad role="alert" { "Nothing was changed. " (what_to_check(problem)) } }
        @else if !view.asked("saved").is_empty() { p.notice role="status" { "Settings saved." } }
        form method="post" action="/_sbx/settings" {
            fieldset.plain disabled[!view.is_owner()] {
                div.columns.even {
                    (account(view, fields, problem))
                    (callbacks(view, fields, problem))
                }
                @if view.is_owner() { button.button.primary type="submit" { "Save" } }
            }
        }
        (addresses(view))
        @if view.is_owner() { (danger()) }
    }
}

/// A link to the invalid field, or the problem.
fn what_to_check(problem: &Problem) -> Markup {
    let mut labels = LABELS.into_iter();
    html! {
        @match labels.find(|(name, _)| problem.of_field(name).is_some()) {
            Some((name, label)) => { "Check the field " a href={ "#" (name) } { (label) } "." },
            None => (problem.message),
        }
    }
}

/// A field of [`LABELS`].
fn labelled<'a>(
    name: &'a str,
    problem: Option<&'a Problem>,
    hint: impl Into<Option<Markup>>,
) -> Field<'a> {
    let label = LABELS.into_iter().find(|(known, _)| *known == name);
    Field {
        name,
        label: label.map_or(name, |(_, label)| label),
        hint: hint.into(),
        error: problem.and_then(|problem| problem.of_field(name)),
    }
}

fn account(view: &View, fields: &HashMap<String, String>, problem: Option<&Problem>) -> Markup {
    let value = |name| field(fields, name);
    let amount = |name| {
        let limit = labelled(name, problem, None);
        limit.with(&html! {
            input id=(name) name=(name) inputmode="decimal" value=(value(name))
                aria-invalid=[limit.invalid()] aria-describedby=[limit.described()];
        })
    };
    let keys = html! { "One key per line. Each key is a separate merchant." };
    let keys = labelled("api_keys", problem, keys);
    let merchant = html! { "Shown on the payment page." };
    let merchant = labelled("merchant_name", problem, merchant);
    let ips = html! { "Used if not every address is allowed." };
    let ips = labelled("allowed_ips", problem, ips);
    html! {
        section.panel {
            h2 { "Account" }
            @if view.is_owner() {
                (keys.with(&html! {
                    textarea #api_keys name="api_keys" rows="2" spellcheck="false" autocomplete="off"
                        aria-invalid=[keys.invalid()] aria-describedby=[keys.described()] { (value("api_keys")) }
                }))
            }
            (merchant.with(&html! {
                input #merchant_name name="merchant_name" autocomplete="off" value=(value("merchant_name"))
                    aria-invalid=[merchant.invalid()] aria-describedby=[merchant.described()];
            }))
            div.pair { (amount("minimum")) (amount("maximum")) }
            (tick("wallet_active", fields, "The wallet is active (otherwise create requests fail with 50008)"))
            (tick("any_ip", fields, "Allow requests from any IP address"))
            (ips.with(&html! {
                textarea #allowed_ips name="allowed_ips" rows="2" spellcheck="false" autocomplete="off" placeholder="127.0.0.1"
                    aria-invalid=[ips.invalid()] aria-describedby=[ips.described()] { (value("allowed_ips")) }
            }))
        }
    }
}

fn callbacks(view: &View, fields: &HashMap<String, String>, problem: Option<&Problem>) -> Markup {
    let url = html! { "Leave empty to send no callbacks." };
    let url = labelled("callback_url", problem, url);
    let retries = html! { code { "standard" } ", " code { "none" } ", or delays such as " code { "5s,10m,2h" } };
    let retries = labelled("retries", problem, retries);
    html! {
        section.panel {
            h2 { "Callbacks" }
            (url.with(&html! {
                input #callback_url name="callback_url" type="url" placeholder="http://127.0.0.1:3000/callback"
                    value=(field(fields, "callback_url")) aria-invalid=[url.invalid()] aria-describedby=[url.described()];
            }))
            @if view.is_owner() { (secret(&view.app.store().callbacks.secrets, problem)) }
            (retries.with(&html! {
                input #retries name="retries" autocomplete="off" value=(field(fields, "retries"))
                    aria-invalid=[retries.invalid()] aria-describedby=[retries.described()];
            }))
        }
    }
}

fn secret(current: &[String], problem: Option<&Problem>) -> Markup {
    let hint = html! {
        "Current: "
        @for (place, secret) in current.iter().rev().enumerate() {
            @if place > 0 { "; previous: " }
            code { (secret) }
        }
    };
    let new = labelled("callback_secret", problem, hint);
    new.with(&html! {
        input #callback_secret name="callback_secret" autocomplete="off" spellcheck="false"
            aria-invalid=[new.invalid()] aria-describedby=[new.described()];
    })
}

fn tick(name: &str, fields: &HashMap<String, String>, text: &str) -> Markup {
    html! {
        label.tick {
            input type="checkbox" name=(name) value="yes" checked[field(fields, name) == "yes"];
            span { (text) }
        }
    }
}

fn addresses(view: &View) -> Markup {
    html! {
        section.panel {
            h2 { "Endpoints" }
            dl.facts {
                div { dt { "Base URL" } dd { code { (view.base_url.as_str()) } } }
                div { dt { "History path" } dd { code { (view.app.history_path()) } } }
                div { dt { "Admin API" } dd { code { (view.base_url.as_str()) "/_sbx/api" } } }
            }
        }
    }
}

fn danger() -> Markup {
    html! {
        section.panel.danger {
            h2 { "Reset" }
            p { "Deletes all invoices, callbacks, requests and queued outcomes. Numbering restarts at 1. Settings, faults and the clock are kept." }
            form method="post" action="/_sbx/reset" {
                label.tick {
                    input type="checkbox" name="sure" value="yes" required;
                    span { "I understand that this cannot be undone" }
                }
                button.button.alarm type="submit" { "Delete all data" }
            }
        }
    }
}
