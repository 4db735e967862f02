use std::fmt;

use nft_invoice_core::{ApiKey, Call, Encoding};
use nft_invoice_transport::{TransportConfig, TransportConfigError};

/// Where the gateway is, the key to it, and how to talk to it.
///
/// The base URL has no default, so that nobody reaches a live gateway by accident on a first attempt. Settings are
/// checked when a client or a [`Gateway`](crate::Gateway) is built. `Debug` shows neither the key nor a URL.
///
/// ```
/// use std::time::Duration;
/// use nft_invoice::transport::TransportConfig;
/// use nft_invoice::{ApiKey, Config};
///
/// # fn demo() -> Result<(), Box<dyn std::error::Error>> {
/// let key = ApiKey::new(std::env::var("NFT_INVOICE_API_KEY")?)?;
/// let config = Config::new("https://gateway.example", key)
///     .transport(TransportConfig { timeout: Duration::from_secs(30), ..TransportConfig::default() })
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
    pub(crate) transport: TransportConfig,
}

impl Config {
    /// Creates a configuration for the gateway at `base_url`: https, or http to this machine and to the
    /// [insecure hosts](TransportConfig::insecure_hosts). A path in it, such as that of a reverse proxy, is put in
    /// front of the path of each call.
    pub fn new(base_url: impl Into<String>, api_key: ApiKey) -> Self {
        Self {
            base_url: base_url.into(),
            api_key,
            create_path: "/api/btn-create-invoice/get/".to_owned(),
            status_path: "/api/invoice/status/".to_owned(),
            info_path: "/api/client-invoice-info/get/".to_owned(),
            history_path: None,
            encoding: Encoding::default(),
            transport: TransportConfig::default(),
        }
    }

    /// Sets the path of `create`. Default: `/api/btn-create-invoice/get/`.
    #[must_use]
    pub fn create_path(mut self, path: impl Into<String>) -> Self {
        self.create_path = path.into();
        self
    }

    /// Sets the path of `status`. Default: `/api/invoice/status/`.
    #[must_use]
    pub fn status_path(mut self, path: impl Into<String>) -> Self {
        self.status_path = path.into();
        self
    }

    /// Sets the path of `info`. Default: `/api/client-invoice-info/get/`.
    #[must_use]
    pub fn info_path(mut self, path: impl Into<String>) -> Self {
        self.info_path = path.into();
        self
    }

    /// Sets the path of `history`, which `find` needs, too. The gateway does not publish it, so it has no default:
    /// ask the gateway.
    #[must_use]
    pub fn history_path(mut self, path: impl Into<String>) -> Self {
        self.history_path = Some(path.into());
        self
    }

    /// Sets how fields are written whose form the gateway does not document.
    #[must_use]
    pub fn encoding(mut self, encoding: Encoding) -> Self {
        self.encoding = encoding;
        self
    }

    /// Sets timeouts, certificates, proxy, user agent and insecure hosts. With a transport of your own, only the insecure
    /// hosts have an effect, unless it reads the others itself.
    #[must_use]
    pub fn transport(mut self, transport: TransportConfig) -> Self {
        self.transport = transport;
        self
    }
}

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Config")
            .field("transport", &self.transport)
            .finish_non_exhaustive()
    }
}

/// A setting that cannot be used. Shows which one and what would be accepted, never its value.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The base URL cannot be used.
    #[error("the base URL {0}")]
    BaseUrl(&'static str),
    /// The path of a call does not begin with a slash, contains characters that no path can, or is too long.
    #[error(
        "the path of `{0}` must begin with / and contain only ASCII characters, without spaces, ? and #, \
         at most 2048 of them"
    )]
    Path(Call),
    /// `history` or `find` was called, and the path of `history` is not set.
    #[error(
        "the path of `history` is not set. The gateway does not publish it: ask the gateway and set it"
    )]
    NoHistoryPath,
    /// The transport rejected its configuration.
    #[error("the transport cannot be built: {0}")]
    Transport(#[from] TransportConfigError),
}
