use std::time::Duration;

use nft_invoice::transport::TransportConfig;
use nft_invoice_sandbox::Origin;
use reqwest::header::CONTENT_TYPE;
use reqwest::{Client, Method, Response, StatusCode};
use serde_json::Value;
use tokio::time::timeout;

use crate::exit::Failure;
use crate::gateway::http_client::{cause, http_client};
use crate::options::arguments::Seconds;
use crate::options::gateway_settings::{replace_roots, ssl_cert_file};
use crate::options::settings::variable;
use crate::terminal::output::plain;

/// The option that chooses the sandbox.
#[derive(clap::Args)]
pub struct Target {
    /// URL of the running sandbox, such as http://127.0.0.1:8080 [default: NFT_INVOICE_SANDBOX_URL]
    #[arg(long, value_name = "URL")]
    at: Option<String>,
    /// Time limit for a response, 1 to 86400 seconds; the events of tail have none [default: 60; none for advance]
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    timeout: Option<Seconds>,
}

/// A client of a running sandbox's admin API, without a proxy and without redirects.
pub struct Admin {
    client: Client,
    address: Origin,
    /// Whether the address was given for this call.
    explicit: bool,
    token: Option<String>,
    timeout: Duration,
}

/// A call. With a body it is a change, which needs the token.
pub struct Ask {
    method: Method,
    path: String,
    body: Option<Value>,
}

/// Why a call failed.
#[derive(Debug)]
pub enum AdminError {
    /// Nothing reached the sandbox.
    NotSent(String),
    /// No response came, or none of a sandbox.
    NoAnswer(String),
    /// The sandbox rejected it.
    Refused { status: StatusCode, answer: Value },
}

/// The largest response that is read.
const LIMIT: usize = 16 * 1024 * 1024;

impl Admin {
    /// The sandbox that `target` or the environment names.
    pub fn new(target: &Target) -> Result<Self, Failure> {
        let url = match &target.at {
            Some(url) => Some(url.clone()),
            None => variable("NFT_INVOICE_SANDBOX_URL")?,
        };
        let url = url.ok_or_else(|| {
            Failure::usage(
                "no sandbox: give --at URL or set NFT_INVOICE_SANDBOX_URL to the address that \
                 `nft-invoice sandbox` printed at its start",
            )
        })?;
        let address: Option<Origin> = url.parse().ok();
        let address = address.ok_or_else(|| {
            // The value can contain a token: it is not repeated.
            Failure::usage(
                "cannot use the sandbox's address: enter an http or https URL with a host, a port up to 65535 and \
                 nothing more, such as http://127.0.0.1:8080",
            )
        })?;
        let mut config = TransportConfig::default();
        if let Some(timeout) = target.timeout {
            config.timeout = timeout.into();
        }
        replace_roots(&mut config, ssl_cert_file())?;
        Ok(Self {
            client: http_client(&config)?,
            address,
            explicit: target.at.is_some(),
            token: None,
            timeout: config.timeout,
        })
    }

    /// With the token of the environment, for changes and for the stream of events.
    pub fn with_token(mut self) -> Result<Self, Failure> {
        let name = "NFT_INVOICE_SANDBOX_TOKEN";
        let token = variable(name)?.ok_or_else(|| {
            Failure::usage(format!(
                "no token: set {name} to the admin token that `nft-invoice sandbox` printed at its start"
            ))
        })?;
        if !token.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Failure::usage(format!("{name} does not contain a token")));
        }
        if !self.explicit && !self.address.is_loopback() {
            return Err(Failure::usage(format!(
                "NFT_INVOICE_SANDBOX_URL leads to {}, which is not this machine; the token goes there only \
                 if --at names it",
                plain(self.address.host())
            )));
        }
        self.token = Some(token);
        Ok(self)
    }

    /// Waits as long as the sandbox works, unless there is a --timeout.
    pub const fn patient(mut self, target: &Target) -> Self {
        if target.timeout.is_none() {
            self.timeout = Duration::MAX;
        }
        self
    }

    /// The sandbox's response.
    pub async fn ask(&self, ask: &Ask) -> Result<Value, AdminError> {
        let answered = timeout(self.timeout, async {
            let response = self.send(ask).await?;
            self.read(response).await
        });
        answered.await.unwrap_or_else(|_| {
            let seconds = self.timeout.as_secs();
            let text =
                format!("no response within {seconds} s. For a longer wait, raise --timeout");
            Err(AdminError::NoAnswer(text))
        })
    }

    /// An endless response: a stream of events.
    pub async fn stream(&self, ask: &Ask) -> Result<Response, AdminError> {
        let began = timeout(self.timeout, async {
            let response = self.send(ask).await?;
            let status = response.status();
            let kind = response.headers().get(CONTENT_TYPE);
            if status.is_success()
                && kind.is_some_and(|kind| kind.as_bytes().starts_with(b"text/event-stream"))
            {
                return Ok(response);
            }
            let refused = self.read(response).await;
            Err(refused.err().unwrap_or_else(|| foreign(status)))
        });
        began.await.unwrap_or_else(|_| {
            let seconds = self.timeout.as_secs();
            Err(AdminError::NoAnswer(format!(
                "no response within {seconds} s"
            )))
        })
    }

    /// Reads a whole response.
    async fn read(&self, mut response: Response) -> Result<Value, AdminError> {
        let mut body = Vec::new();
        while let Some(part) = response.chunk().await.map_err(lost)? {
            if body.len() + part.len() > LIMIT {
                let text = "the response is longer than 16 MiB".to_owned();
                return Err(AdminError::NoAnswer(text));
            }
            body.extend(part);
        }
        self.understand(response.status(), &body)
    }

    async fn send(&self, ask: &Ask) -> Result<Response, AdminError> {
        let url = format!("{}/_sbx/api{}", self.address, ask.path);
        let mut request = self.client.request(ask.method.clone(), url);
        if let Some(value) = &ask.body {
            let body = value.to_string();
            request = request.header(CONTENT_TYPE, "application/json").body(body);
        }
        if let Some(token) = &self.token {
            request = request.bearer_auth(token);
        }
        request.send().await.map_err(|error| {
            if !error.is_connect() && !error.is_builder() {
                return lost(error);
            }
            let (authority, cause) = (self.address.authority(), cause(&error));
            let at = plain(&authority);
            AdminError::NotSent(if error.is_timeout() {
                format!("no connection to {at} in time")
            } else {
                format!("cannot connect to {at}: {cause}. Is the sandbox running there?")
            })
        })
    }

    fn understand(&self, status: StatusCode, body: &[u8]) -> Result<Value, AdminError> {
        if status.is_success() {
            return serde_json::from_slice(body).map_err(|_| foreign(status));
        }
        let mut text = String::from_utf8_lossy(body).into_owned();
        if let Some(token) = &self.token {
            text = text.replace(token, "(hidden)");
        }
        let answer: Value = serde_json::from_str(&text).unwrap_or_default();
        if status.is_client_error() || answer["error"].is_string() {
            return Err(AdminError::Refused { status, answer });
        }
        Err(foreign(status))
    }
}

impl Ask {
    pub fn get(path: impl Into<String>) -> Self {
        Self::new(Method::GET, path, None)
    }

    pub fn post(path: impl Into<String>, body: Value) -> Self {
        Self::new(Method::POST, path, Some(body))
    }

    pub fn put(path: impl Into<String>, body: Value) -> Self {
        Self::new(Method::PUT, path, Some(body))
    }

    /// Whether it changes something.
    pub fn is_change(&self) -> bool {
        self.body.is_some()
    }

    /// The fault plan in it.
    pub fn plan(&self) -> Option<&str> {
        self.body.as_ref()?["plan"].as_str()
    }

    fn new(method: Method, path: impl Into<String>, body: Option<Value>) -> Self {
        let path = path.into();
        Self { method, path, body }
    }
}

fn lost(error: reqwest::Error) -> AdminError {
    AdminError::NoAnswer(format!("the connection was lost: {}", cause(&error)))
}

fn foreign(status: StatusCode) -> AdminError {
    AdminError::NoAnswer(format!(
        "HTTP {}, which is not a response of a sandbox",
        status.as_u16()
    ))
}
