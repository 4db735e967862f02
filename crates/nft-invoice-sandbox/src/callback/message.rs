use std::sync::Arc;

use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::Sha256;

use crate::assumption::Assumptions;
use crate::callback::retries::RetryPolicy;
use crate::callback::sender::Target;
use crate::callback::url::CallbackUrl;
use crate::http::Tls;
use crate::payment::{Event, Order};

/// The callback settings: URL, secrets and retry policy.
#[derive(Clone)]
pub(crate) struct Callbacks {
    /// `None` disables callbacks.
    pub(crate) url: Option<CallbackUrl>,
    /// The allowed hosts on other machines.
    pub(crate) allowed_hosts: Vec<String>,
    /// The previous secret, if there is one, and the current one. Callbacks signed with the previous one keep their
    /// signature.
    pub(crate) secrets: Vec<String>,
    pub(crate) retries: RetryPolicy,
    pub(crate) tls: Tls,
}

/// The fixed bytes of a callback, sent on every attempt.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Frozen {
    pub(crate) body: Arc<str>,
    pub(crate) signature: String,
}

impl Callbacks {
    /// Where callbacks go, if they are enabled.
    pub(crate) fn target(&self) -> Option<Target> {
        Some(Target {
            url: self.url.clone()?,
            tls: self.tls.clone(),
        })
    }

    /// Creates the callback for `event`, if it has one.
    pub(crate) fn freeze(
        &self,
        assumptions: &Assumptions,
        order: &Order,
        event: &Event,
    ) -> Option<Frozen> {
        #[derive(Serialize)]
        struct Body<'a> {
            status: &'static str,
            devise: &'a str,
            amount: Box<RawValue>,
            id: u64,
            description: Option<&'a str>,
            #[serde(rename = "callbackJson")]
            callback_json: Option<Box<RawValue>>,
        }

        if self.url.is_none() || !event.change.calls_back() {
            return None;
        }
        let body = Body {
            status: event.state.wire_name(),
            devise: order.currency.as_str(),
            amount: order.amount.number(),
            id: event.invoice,
            description: order.nft_description.as_deref(),
            callback_json: order
                .callback_json
                .as_ref()
                .map(|json| json.returned(assumptions)),
        };
        let body = serde_json::to_string(&body).expect("text, numbers and raw JSON are JSON");
        Some(Frozen {
            signature: sign(self.secret(), body.as_bytes()),
            body: body.into(),
        })
    }

    pub(crate) fn change_secret(&mut self, secret: String) {
        self.secrets.drain(..self.secrets.len() - 1);
        self.secrets.push(secret);
    }

    fn secret(&self) -> &str {
        self.secrets.last().expect("there is always a secret")
    }
}

impl Default for Callbacks {
    fn default() -> Self {
        Self {
            url: None,
            allowed_hosts: Vec::new(),
            secrets: vec!["sandbox-secret".to_owned()],
            retries: RetryPolicy::default(),
            tls: Tls::default(),
        }
    }
}

/// HMAC-SHA256 over the body's bytes in lower-case hex; the key is the secret's UTF-8 bytes.
fn sign(secret: &str, body: &[u8]) -> String {
    let mut mac =
        Hmac::<Sha256>::new_from_slice(secret.as_bytes()).expect("HMAC accepts keys of any length");
    mac.update(body);
    hex::encode(mac.finalize().into_bytes())
}
