use std::env;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nft_invoice::transport::TransportConfig;
use nft_invoice::{ApiKey, Client, Config, ConfigError};

use crate::arguments;
use crate::exit::Failure;
use crate::input::Input;
use crate::output::{Format, plain};

/// The options of every command, before or after its name.
#[derive(clap::Args)]
pub struct Settings {
    /// Format of the output: text for people, json for programs (one object a line)
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Show the chain of causes of a failure
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// URL of the gateway, such as https://gateway.example
    #[arg(long, global = true, value_name = "URL", help_heading = GATEWAY)]
    pub base_url: Option<String>,
    /// Host that may use plain http, beside this machine (repeatable)
    #[arg(long = "insecure-host", global = true, value_name = "HOST", help_heading = GATEWAY)]
    insecure_hosts: Vec<String>,
    /// File with the API key, `-` for standard input
    #[arg(long, global = true, value_name = "FILE", help_heading = GATEWAY)]
    pub api_key_file: Option<PathBuf>,
    /// Time limit of a whole call, 1 to 86400 seconds [default: 60]
    #[arg(long, global = true, value_name = "SECONDS", help_heading = GATEWAY)]
    #[arg(value_parser = arguments::seconds, allow_negative_numbers = true)]
    pub timeout: Option<u64>,
    /// Time limit for connecting, 1 to 86400 seconds [default: 10, or half of a shorter --timeout]
    #[arg(long, global = true, value_name = "SECONDS", help_heading = GATEWAY)]
    #[arg(value_parser = arguments::seconds, allow_negative_numbers = true)]
    connect_timeout: Option<u64>,
    /// File with certificate authorities (PEM) to trust, too
    #[arg(long, global = true, value_name = "FILE", help_heading = GATEWAY)]
    ca_file: Option<PathBuf>,
    /// Trust the certificates of the operating system, too
    #[arg(long, global = true, help_heading = GATEWAY)]
    platform_roots: bool,
    /// Proxy for https: an http or https URL. The usual proxy variables are not used
    #[arg(long, global = true, value_name = "URL", help_heading = GATEWAY)]
    proxy: Option<String>,
    /// Path of the history, which the gateway does not publish
    #[arg(long, global = true, value_name = "PATH", help_heading = GATEWAY)]
    history_path: Option<String>,
    /// User agent to send [default: nft-invoice/VERSION]
    #[arg(long, global = true, value_name = "TEXT", help_heading = GATEWAY)]
    user_agent: Option<String>,
}

const GATEWAY: &str = "Gateway options";

impl Settings {
    /// An async client of the gateway.
    pub fn client(&self) -> Result<Client, Failure> {
        let config = self.config(self.base_url()?, self.api_key()?)?;
        Client::new(config).map_err(unusable)
    }

    /// The configuration for the gateway at `base_url`.
    pub fn config(&self, base_url: String, key: ApiKey) -> Result<Config, Failure> {
        let mut transport = TransportConfig {
            timeout: self.time_limit(),
            connect_timeout: self.connect_timeout.map(Duration::from_secs),
            insecure_hosts: self.insecure_hosts(),
            platform_roots: self.platform_roots,
            proxy: self.proxy.clone().or_else(|| variable("NFT_INVOICE_PROXY")),
            ..TransportConfig::default()
        };
        if let Some(user_agent) = &self.user_agent {
            transport.user_agent.clone_from(user_agent);
        }
        if let Some(path) = &self.ca_file {
            let failed = |error: &dyn std::fmt::Display| {
                let name = path.display().to_string();
                Failure::usage(format!("cannot use --ca-file {}: {error}", plain(&name)))
            };
            let pem = std::fs::read(path).map_err(|error| failed(&error))?;
            transport
                .add_pem_roots(&pem)
                .map_err(|error| failed(&error))?;
        }
        let config = Config::new(base_url, key).transport(transport);
        Ok(match self.history_path() {
            Some(path) => config.history_path(path),
            None => config,
        })
    }

    /// The time limits of a whole call and of connecting.
    pub fn timeouts(&self) -> (Duration, Duration) {
        let transport = TransportConfig {
            timeout: self.time_limit(),
            connect_timeout: self.connect_timeout.map(Duration::from_secs),
            ..TransportConfig::default()
        };
        (transport.timeout, transport.connect_timeout())
    }

    /// The time limit of a whole call.
    pub fn time_limit(&self) -> Duration {
        Duration::from_secs(self.timeout.unwrap_or(60))
    }

    fn insecure_hosts(&self) -> Vec<String> {
        if !self.insecure_hosts.is_empty() {
            return self.insecure_hosts.clone();
        }
        let hosts = variable("NFT_INVOICE_INSECURE_HOSTS").unwrap_or_default();
        hosts
            .split([',', ' '])
            .filter(|host| !host.is_empty())
            .map(str::to_owned)
            .collect()
    }

    pub fn base_url(&self) -> Result<String, Failure> {
        let given = self
            .base_url
            .clone()
            .or_else(|| variable("NFT_INVOICE_BASE_URL"));
        given.ok_or_else(|| {
            Failure::usage(
                "no gateway: give --base-url URL or set NFT_INVOICE_BASE_URL. There is no default, so that nothing \
                 reaches a live gateway by accident. To try the program without an account, run\n  \
                 nft-invoice create --sandbox FILE",
            )
        })
    }

    pub fn api_key(&self) -> Result<ApiKey, Failure> {
        let unusable = |origin: &str, error: &dyn std::error::Error| {
            Failure::usage(format!("cannot use the API key of {origin}: {error}"))
        };
        if let Some(path) = &self.api_key_file {
            let key = secret_in(path, "--api-key-file")?;
            return ApiKey::new(key).map_err(|error| unusable("--api-key-file", &error));
        }
        let key = variable("NFT_INVOICE_API_KEY").ok_or_else(|| {
            Failure::usage(
                "no API key: set NFT_INVOICE_API_KEY or give --api-key-file FILE (`-` for standard input). The key is \
                 never taken from an argument, where other users of the machine could see it",
            )
        })?;
        ApiKey::new(key).map_err(|error| unusable("NFT_INVOICE_API_KEY", &error))
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

/// A client that cannot be built with its settings.
pub fn unusable(error: ConfigError) -> Failure {
    Failure::usage(error.to_string())
}

/// A variable that is set and not empty.
pub fn variable(name: &str) -> Option<String> {
    env::var(name).ok().filter(|value| !value.is_empty())
}

/// The first and only line of the file that `option` names. What is read is wiped by [`Input`].
pub fn secret_in(path: &Path, option: &str) -> Result<String, Failure> {
    let read = |reason: &str| Failure::usage(format!("cannot read {option}: {reason}"));
    let mut input = Input::open(path).map_err(|error| read(&error.to_string()))?;
    let bytes = input.whole().map_err(|error| read(&error.to_string()))?;
    let text = str::from_utf8(bytes).map_err(|_| read("it is not UTF-8 text"))?;
    Ok(text.trim_start_matches('\u{feff}').trim().to_owned())
}
