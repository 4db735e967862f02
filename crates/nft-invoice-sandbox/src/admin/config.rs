use std::collections::BTreeMap;
use std::fmt::Display;
use std::net::{AddrParseError, IpAddr};
use std::sync::Arc;

use axum::extract::{Extension, State};
use serde::Deserialize;
use serde_json::{Value, json};

use super::clock;
use super::input::{Input, or_null};
use crate::admin::access::Visitor;
use crate::admin::problem::{Answer, Problem};
use crate::app::{App, BaseUrl};
use crate::callback::CallbackUrl;
use crate::gateway::Account;
use crate::http::ok;
use crate::http::{INVALID_CA, Tls};
use crate::payment::Amount;

/// `GET /config`
pub(super) async fn show(
    State(app): State<Arc<App>>,
    Extension(visitor): Extension<Visitor>,
    Extension(base_url): Extension<BaseUrl>,
) -> Answer {
    Ok(ok(&config(&app, visitor, &base_url)))
}

/// `PATCH /config`
pub(super) async fn change(
    State(app): State<Arc<App>>,
    Extension(visitor): Extension<Visitor>,
    Extension(base_url): Extension<BaseUrl>,
    Input(settings): Input<SettingsChange>,
) -> Answer {
    settings.apply(&app)?;
    Ok(ok(&config(&app, visitor, &base_url)))
}

/// A change of the account and callback settings. `None` keeps the current value.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct SettingsChange {
    pub(crate) api_keys: Option<Vec<String>>,
    pub(crate) merchant_name: Option<String>,
    #[serde(deserialize_with = "or_null")]
    pub(crate) callback_url: Option<Option<String>>,
    pub(crate) callback_secret: Option<String>,
    /// PEM.
    #[serde(deserialize_with = "or_null")]
    pub(crate) callback_ca: Option<Option<String>>,
    pub(crate) retries: Option<String>,
    pub(crate) callback_order: Option<String>,
    #[serde(deserialize_with = "or_null")]
    pub(crate) allowed_ips: Option<Option<Vec<String>>>,
    pub(crate) minimum: Option<String>,
    pub(crate) maximum: Option<String>,
    pub(crate) wallet_active: Option<bool>,
}

impl SettingsChange {
    /// Applies all changes, or none if any is invalid.
    pub(crate) fn apply(self, app: &App) -> Result<(), Problem> {
        let mut store = app.store();
        let mut account = Account::clone(&store.account);
        let mut callbacks = store.callbacks.clone();
        let mut order = store.outbox().order();
        set("api_keys", &mut account.keys, self.api_keys, |keys| {
            Account::can_have(&keys).then_some(keys).ok_or(
                "expected at least one key; each must be unique and visible ASCII without spaces",
            )
        })?;
        set(
            "merchant_name",
            &mut account.merchant_name,
            self.merchant_name,
            |name| {
                let valid = Account::can_be_named(&name).then_some(name);
                valid.ok_or("expected 1 to 100 characters without line breaks")
            },
        )?;
        set(
            "callback_url",
            &mut callbacks.url,
            self.callback_url,
            |url| {
                let parsed = url.map(|url| CallbackUrl::parse(&url, &callbacks.allowed_hosts));
                parsed.transpose()
            },
        )?;
        if let Some(secret) = self.callback_secret {
            if secret.is_empty() {
                return Err(Problem::field("callback_secret", "must not be empty"));
            }
            callbacks.change_secret(secret);
        }
        // These certificates take the place of those that were trusted before.
        set("callback_ca", &mut callbacks.tls, self.callback_ca, |pem| {
            Tls::new(pem.as_slice()).ok_or(INVALID_CA)
        })?;
        set("retries", &mut callbacks.retries, self.retries, |text| {
            text.parse()
        })?;
        set("callback_order", &mut order, self.callback_order, |text| {
            text.parse()
        })?;
        set(
            "allowed_ips",
            &mut account.allowed_ips,
            self.allowed_ips,
            addresses,
        )?;
        set("minimum", &mut account.minimum, self.minimum, amount)?;
        set("maximum", &mut account.maximum, self.maximum, amount)?;
        let (minimum, maximum) = (account.minimum, account.maximum);
        if !account.limit(minimum, maximum) {
            return Err(Problem::field("minimum", "must not be above the maximum"));
        }
        account.wallet_active = self.wallet_active.unwrap_or(account.wallet_active);
        store.configure(account, callbacks, order);
        Ok(())
    }
}

/// Changes the setting of this field, if there is a new value.
fn set<T, V, E: Display>(
    field: &str,
    setting: &mut T,
    value: Option<V>,
    read: impl FnOnce(V) -> Result<T, E>,
) -> Result<(), Problem> {
    if let Some(value) = value {
        *setting = read(value).map_err(|wrong| Problem::field(field, wrong))?;
    }
    Ok(())
}

fn addresses(texts: Option<Vec<String>>) -> Result<Option<Vec<IpAddr>>, &'static str> {
    let parse = |texts: Vec<String>| texts.iter().map(|text| text.trim().parse()).collect();
    let parsed: Result<_, AddrParseError> = texts.map(parse).transpose();
    parsed.map_err(|_| "expected IP addresses such as 127.0.0.1")
}

fn amount(text: String) -> Result<Amount, &'static str> {
    Amount::parse(text.trim()).ok_or("expected an amount such as \"5000\" or \"15.40\"")
}

fn config(app: &App, visitor: Visitor, base_url: &BaseUrl) -> Value {
    let store = app.store();
    let (account, callbacks) = (&store.account, &store.callbacks);
    let current = store.current_assumptions();
    let switched: BTreeMap<_, _> = current
        .options()
        .filter(|(row, option)| *option != row.default())
        .map(|(row, option)| (row.id, option))
        .collect();
    let mut config = json!({
        "base_url": base_url.as_str(),
        "history_path": app.history_path(),
        "clock": clock::reading(app),
        "callback_url": callbacks.url.as_ref().map(ToString::to_string),
        "retries": callbacks.retries.to_string(),
        "callback_order": store.outbox().order().to_string(),
        "callback_hosts": callbacks.allowed_hosts,
        "callback_ca_certificates": callbacks.tls.added,
        "merchant_name": account.merchant_name,
        "minimum": account.minimum.plain(),
        "maximum": account.maximum.plain(),
        "wallet_active": account.wallet_active,
        "allowed_ips": account.allowed_ips,
        "assumptions_switched": switched,
    });
    if visitor == Visitor::Owner {
        config["api_keys"] = json!(account.keys);
        config["callback_secrets"] = json!(callbacks.secrets);
    }
    config
}
