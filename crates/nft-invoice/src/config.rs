use std::fmt;

use nft_invoice_core::{ApiKey, Encoding};
use nft_invoice_transport::{TransportConfig, TransportConfigError};

/// Where the gateway is, the key to it, and how to talk to it.
///
/// The base URL has no default, so that nobody's first try reaches a live gateway by accident. What is
/// wrong with a setting is said when a client is made from it. `Debug` shows neither the key nor a URL.
///
/// ```
/// use std::time::Duration;
/// use nft_invoice::transport::TransportConfig;
/// use nft_invoice::{ApiKey, Config};
///
/// # fn demo() -> Result<(), Box<dyn std::error::Error>> {
/// let key = ApiKey::new(std::env::var("NFT_INVOICE_API_KEY")?)?;
/// let config = Config::new("https://gateway.example", key)
///     .settings(TransportConfig { timeout: Duration::from_secs(30), ..TransportConfig::default() })
///     .history_path("/api/invoice/history/");
/// # Ok(())
/// # }
/// ```
pub struct Config {
    pub(crate) base_url: String,
    pub(crate) api_key: ApiKey,
    pub(crate) create_path: String,
    pub(crate) status_path: String,
    pub(crate) info_path: String,
    pub(crate) history_path: Option<String>,
    pub(crate) encoding: Encoding,
    pub(crate) settings: TransportConfig,
}

impl Config {
    /// Talks to the gateway at `base_url`: https, or http to this machine. A path in it, such as that of
    /// a reverse proxy, stands before the path of each call.
    pub fn new(base_url: impl Into<String>, api_key: ApiKey) -> Self {
        Self {
            base_url: base_url.into(),
            api_key,
            create_path: "/api/btn-create-invoice/get/".to_owned(),
            status_path: "/api/invoice/status/".to_owned(),
            info_path: "/api/client-invoice-info/get/".to_owned(),
            history_path: None,
            encoding: Encoding::default(),
            settings: TransportConfig::default(),
        }
    }

    /// The path of `create`. `/api/btn-create-invoice/get/` unless set.
    #[must_use]
    pub fn create_path(mut self, path: impl Into<String>) -> Self {
        self.create_path = path.into();
        self
    }

    /// The path of `status`. `/api/invoice/status/` unless set.
    #[must_use]
    pub fn status_path(mut self, path: impl Into<String>) -> Self {
        self.status_path = path.into();
        self
    }

    /// The path of `info`. `/api/client-invoice-info/get/` unless set.
    #[must_use]
    pub fn info_path(mut self, path: impl Into<String>) -> Self {
        self.info_path = path.into();
        self
    }

    /// The path of `history`. The gateway does not publish it, so it has no default: ask the gateway.
    #[must_use]
    pub fn history_path(mut self, path: impl Into<String>) -> Self {
        self.history_path = Some(path.into());
        self
    }

    /// How members whose form on the wire is not documented are written.
    #[must_use]
    pub fn encoding(mut self, encoding: Encoding) -> Self {
        self.encoding = encoding;
        self
    }

    /// Timeouts, certificates and proxy of the transport that `new` builds. One of your own has its own.
    #[must_use]
    pub fn settings(mut self, settings: TransportConfig) -> Self {
        self.settings = settings;
        self
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("settings", &self.settings)
            .finish_non_exhaustive()
    }
}

/// A setting cannot be used. Says which and what would be right, and never what it was.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The base URL is not one that calls can be made under.
    #[error("the base URL {0}")]
    BaseUrl(&'static str),
    /// The path of a call does not begin with a slash, or holds what no path can.
    #[error("the path of `{0}` must begin with `/` and be plain ASCII without spaces, `?` and `#`")]
    Path(nft_invoice_core::Call),
    /// `history` was called, and its path is not set.
    #[error(
        "the path of `history` is not set; the gateway does not publish it: ask the gateway, then set it"
    )]
    NoHistoryPath,
    /// The transport refused its settings: timeouts, root certificates or proxy.
    #[error("the transport cannot be built")]
    Transport(#[from] TransportConfigError),
}
