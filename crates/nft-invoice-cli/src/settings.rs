use std::env;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nft_invoice::{ApiKey, Client, Config, Error, transport};

use crate::exit::Failure;
use crate::input::Input;
use crate::output::{Format, chain};

/// What every command can be told, before or after its name.
#[derive(clap::Args)]
pub struct Settings {
    /// Who reads the output: people, or programs (one JSON object a line)
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// The gateway, such as https://gateway.example; plain http for this machine only
    #[arg(long, global = true, value_name = "URL", help_heading = GATEWAY)]
    pub base_url: Option<String>,
    /// A file with the API key, `-` for standard input
    #[arg(long, global = true, value_name = "FILE", help_heading = GATEWAY)]
    pub api_key_file: Option<PathBuf>,
    /// How long a call may take in all
    #[arg(long, global = true, value_name = "SECONDS", default_value_t = 60, help_heading = GATEWAY)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=86_400))]
    timeout: u64,
    /// How long it may take until there is a connection [default: 10, or half of a short --timeout]
    #[arg(long, global = true, value_name = "SECONDS", help_heading = GATEWAY)]
    #[arg(value_parser = clap::value_parser!(u64).range(1..=86_400))]
    connect_timeout: Option<u64>,
    /// An http or https proxy for https; the environment's are not used
    #[arg(long, global = true, value_name = "URL", help_heading = GATEWAY)]
    proxy: Option<String>,
    /// The path of `history`, which the gateway does not publish
    #[arg(long, global = true, value_name = "PATH", help_heading = GATEWAY)]
    history_path: Option<String>,
}

const GATEWAY: &str = "Gateway options";

impl Settings {
    /// An async client of the gateway.
    pub fn client(&self) -> Result<Client, Failure> {
        let config = self.config(self.base_url()?, self.api_key()?);
        Client::new(config).map_err(unusable)
    }

    /// How to talk to the gateway at `base_url`.
    pub fn config(&self, base_url: String, key: ApiKey) -> Config {
        let (timeout, connect_timeout) = self.timeouts();
        let mut config = Config::new(base_url, key).settings(transport::TransportConfig {
            timeout,
            connect_timeout: Some(connect_timeout),
            proxy: self.proxy.clone(),
            ..transport::TransportConfig::default()
        });
        if let Some(path) = self.history_path() {
            config = config.history_path(path);
        }
        config
    }

    /// How long a call may take in all, and how long until there is a connection.
    pub fn timeouts(&self) -> (Duration, Duration) {
        let total = Duration::from_secs(self.timeout);
        let connect = self.connect_timeout.map(Duration::from_secs);
        let connect = connect.unwrap_or_else(|| Duration::from_secs(10).min(total / 2));
        (total, connect)
    }

    pub fn base_url(&self) -> Result<String, Failure> {
        let given = self.base_url.clone();
        given
            .or_else(|| variable("NFT_INVOICE_BASE_URL"))
            .ok_or_else(|| {
                Failure::usage(
                    "where is the gateway? Give --base-url URL or set NFT_INVOICE_BASE_URL; there is no \
                     default, so that nothing reaches a live gateway by accident. To try things out: \
                     `nft-invoice create --sandbox FILE`, or `nft-invoice sandbox`",
                )
            })
    }

    pub fn api_key(&self) -> Result<ApiKey, Failure> {
        let unusable = |where_from: &str, error: &dyn std::error::Error| {
            Failure::usage(format!("the API key {where_from} cannot be used: {error}"))
        };
        if let Some(path) = &self.api_key_file {
            let key = secret_in(path, "--api-key-file")?;
            return ApiKey::new(key).map_err(|e| unusable("of --api-key-file", &e));
        }
        let key = variable("NFT_INVOICE_API_KEY").ok_or_else(|| {
            Failure::usage(
                "no API key: set NFT_INVOICE_API_KEY or give --api-key-file FILE (`-` for standard \
                 input). It is never taken from an argument, where other users could see it",
            )
        })?;
        ApiKey::new(key).map_err(|e| unusable("in NFT_INVOICE_API_KEY", &e))
    }

    pub fn history_path(&self) -> Option<String> {
        let given = self.history_path.clone();
        given.or_else(|| variable("NFT_INVOICE_HISTORY_PATH"))
    }

    /// Whether the key comes from standard input, so that an invoice cannot.
    pub fn key_from_stdin(&self) -> bool {
        self.api_key_file.as_deref() == Some(Path::new("-"))
    }
}

/// A client that cannot be made of its settings.
pub fn unusable(error: Error) -> Failure {
    Failure::usage(chain(&error))
}

/// A variable that is set and not empty.
pub fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// The first and only line of the file that `option` names. What is read is wiped by [`Input`].
pub fn secret_in(path: &Path, option: &str) -> Result<String, Failure> {
    let read = |problem: &str| Failure::usage(format!("cannot read {option}: {problem}"));
    let mut input = Input::open(path).map_err(|error| read(&error.to_string()))?;
    let bytes = input.whole().map_err(|error| read(&error.to_string()))?;
    let text = str::from_utf8(bytes).map_err(|_| read("it is not UTF-8 text"))?;
    Ok(text.trim().to_owned())
}
