use std::env;
use std::fmt::Display;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nft_invoice::transport::TransportConfig;
use nft_invoice::{ApiKey, Client, Config, ConfigError};
use serde::Deserialize;

use crate::exit::Failure;
use crate::options::arguments::Seconds;
use crate::options::config_file;
use crate::options::settings::{secret_in, variable};
use crate::terminal::output::plain;

/// The options of a command that talks to a gateway.
#[derive(clap::Args)]
#[command(next_help_heading = "Gateway options")]
pub struct GatewayArgs {
    /// File with settings (TOML), named like these options: base_url = "https://gateway.example". An option or a
    /// variable takes precedence
    #[arg(long, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(flatten)]
    given: GatewaySettings,
}

/// Declares the settings. Each is an option and an entry of the configuration file, which have the same name; what
/// follows `=` is its environment variable.
macro_rules! settings {
    ($($(#[$about:meta])* $name:ident: $type:ty $(= $variable:expr)?,)*) => {
        /// The settings for a gateway.
        #[derive(clap::Args, Clone, Default, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct GatewaySettings {
            $($(#[$about])* $name: $type,)*
        }

        impl GatewaySettings {
            /// Each setting from its option, otherwise its variable, otherwise `file`.
            fn with_variables_or(self, file: Self) -> Result<Self, Failure> {
                Ok(Self { $($name: self.$name $(.or($variable))? .or(file.$name),)* })
            }
        }
    };
}

settings! {
    /// URL of the gateway, such as https://gateway.example
    #[arg(long, value_name = "URL")]
    base_url: Option<String> = variable("NFT_INVOICE_BASE_URL")?,
    /// Host that may use plain http, beside this machine (repeatable)
    #[arg(long = "insecure-host", value_name = "HOST")]
    insecure_hosts: Option<Vec<String>> = variable("NFT_INVOICE_INSECURE_HOSTS")?.map(hosts),
    /// File with the API key, `-` for standard input
    #[arg(long, value_name = "FILE")]
    api_key_file: Option<PathBuf>,
    /// Time limit of a whole call, 1 to 86400 seconds [default: 60]
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    timeout: Option<Seconds>,
    /// Time limit for connecting, 1 to 86400 seconds [default: 10, or half of a shorter --timeout]
    #[arg(long, value_name = "SECONDS", allow_negative_numbers = true)]
    connect_timeout: Option<Seconds>,
    /// File with certificate authorities (PEM) to trust, too. A file in SSL_CERT_FILE replaces the usual ones
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    /// Trust the certificates of the operating system, too
    #[arg(long, value_name = "true|false", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "true", hide_possible_values = true)]
    platform_roots: Option<bool>,
    /// Proxy for https: an http or https URL. The usual proxy variables are not used
    #[arg(long, value_name = "URL")]
    proxy: Option<String> = variable("NFT_INVOICE_PROXY")?,
    /// Path of the history, which the gateway does not publish
    #[arg(long, value_name = "PATH")]
    history_path: Option<String> = variable("NFT_INVOICE_HISTORY_PATH")?,
    /// User agent to send [default: nft-invoice/VERSION]
    #[arg(long, value_name = "TEXT")]
    user_agent: Option<String>,
}

const API_KEY: &str = "NFT_INVOICE_API_KEY";

impl GatewayArgs {
    /// The settings of the options, of the environment and of the configuration file.
    pub fn settings(&self) -> Result<GatewaySettings, Failure> {
        let mut file = match &self.config {
            Some(path) => config_file::read(path)?,
            None => GatewaySettings::default(),
        };
        if variable(API_KEY)?.is_some() {
            // A variable takes precedence over the file.
            file.api_key_file = None;
        }
        self.given.clone().with_variables_or(file)
    }
}

impl GatewaySettings {
    /// An async client of the gateway.
    pub fn client(&self) -> Result<Client, Failure> {
        let config = self.config(self.base_url()?, self.api_key()?)?;
        Client::new(config).map_err(unusable)
    }

    /// The configuration for the gateway at `base_url`.
    pub fn config(&self, base_url: String, key: ApiKey) -> Result<Config, Failure> {
        let config = Config::new(base_url, key).transport(self.transport()?);
        Ok(match &self.history_path {
            Some(path) => config.history_path(path),
            None => config,
        })
    }

    /// The part of the configuration that concerns the transport.
    pub fn transport(&self) -> Result<TransportConfig, Failure> {
        let mut transport = TransportConfig {
            timeout: self.time_limit(),
            connect_timeout: self.connect_timeout.map(Duration::from),
            insecure_hosts: self.insecure_hosts.clone().unwrap_or_default(),
            platform_roots: self.platform_roots.unwrap_or_default(),
            proxy: self.proxy.clone(),
            ..TransportConfig::default()
        };
        if let Some(user_agent) = &self.user_agent {
            transport.user_agent.clone_from(user_agent);
        }
        self.add_certificates(&mut transport, ssl_cert_file())?;
        Ok(transport)
    }

    /// Adds the certificates of --ca-file to those of `SSL_CERT_FILE` or webpki.
    fn add_certificates(
        &self,
        transport: &mut TransportConfig,
        ssl_cert_file: Option<PathBuf>,
    ) -> Result<(), Failure> {
        replace_roots(transport, ssl_cert_file)?;
        if let Some(path) = &self.ca_file {
            add_pem(transport, path)
                .map_err(|error| Failure::usage(format!("cannot use --ca-file {error}")))?;
        }
        Ok(())
    }

    /// The time limit of a whole call.
    pub fn time_limit(&self) -> Duration {
        self.timeout.map_or(Duration::from_secs(60), Duration::from)
    }

    pub fn base_url(&self) -> Result<String, Failure> {
        self.base_url.clone().ok_or_else(|| {
            Failure::usage(
                "no gateway: give --base-url URL or set NFT_INVOICE_BASE_URL. There is no default, so that nothing \
                 reaches a live gateway by accident. To try the program without an account, run\n  \
                 nft-invoice create --sandbox FILE",
            )
        })
    }

    pub fn api_key(&self) -> Result<ApiKey, Failure> {
        let (key, origin) = match &self.api_key_file {
            Some(path) => (Some(secret_in(path, "--api-key-file")?), "--api-key-file"),
            None => (variable(API_KEY)?, API_KEY),
        };
        let key = key.ok_or_else(|| {
            Failure::usage(
                "no API key: set NFT_INVOICE_API_KEY or give --api-key-file FILE (`-` for standard input). The key is \
                 never taken from an argument, where other users of the machine could see it",
            )
        })?;
        ApiKey::new(key)
            .map_err(|error| Failure::usage(format!("cannot use the API key of {origin}: {error}")))
    }

    pub fn history_path(&self) -> Option<&str> {
        self.history_path.as_deref()
    }

    /// Whether the key comes from standard input, so that an invoice cannot.
    pub fn key_from_stdin(&self) -> bool {
        self.api_key_file.as_deref() == Some(Path::new("-"))
    }

    /// Makes the paths relative to `folder`, except `-` for standard input.
    pub fn relative_to(mut self, folder: &Path) -> Self {
        for path in [&mut self.api_key_file, &mut self.ca_file] {
            let named = path.take().map(|path| match path.as_os_str() {
                standard_input if standard_input == "-" => path,
                _ => folder.join(path),
            });
            *path = named;
        }
        self
    }
}

/// The file of certificates that replaces the usual ones.
pub fn ssl_cert_file() -> Option<PathBuf> {
    let path = env::var_os("SSL_CERT_FILE").filter(|path| !path.is_empty());
    path.map(PathBuf::from)
}

/// Replaces webpki's certificates by those of `SSL_CERT_FILE`, as curl and OpenSSL do.
pub fn replace_roots(
    transport: &mut TransportConfig,
    ssl_cert_file: Option<PathBuf>,
) -> Result<(), Failure> {
    let Some(path) = ssl_cert_file else {
        return Ok(());
    };
    transport.webpki_roots = false;
    add_pem(transport, &path).map_err(|error| {
        Failure::usage(format!(
            "cannot use SSL_CERT_FILE {error}. Set it to a file with certificate authorities (PEM), or unset it"
        ))
    })
}

/// A client that cannot be built with its settings.
pub fn unusable(error: ConfigError) -> Failure {
    Failure::usage(error.to_string())
}

/// The largest file with certificates, in bytes: many times that of an operating system.
const MAX_PEM: u64 = 8 << 20;

/// Trusts the certificates in a file. An error begins with its name.
fn add_pem(transport: &mut TransportConfig, path: &Path) -> Result<(), String> {
    let failed = |error: &dyn Display| {
        let name = path.display().to_string();
        format!("{}: {error}", plain(&name))
    };
    let mut pem = Vec::new();
    File::open(path)
        .and_then(|file| file.take(MAX_PEM + 1).read_to_end(&mut pem))
        .map_err(|error| failed(&error))?;
    if pem.len() as u64 > MAX_PEM {
        return Err(failed(&"it is larger than 8 MiB, the maximum"));
    }
    transport
        .add_pem_roots(&pem)
        .map_err(|error| failed(&error))
}

/// The hosts in a variable, separated by commas or spaces.
fn hosts(text: String) -> Vec<String> {
    let hosts = text.split([',', ' ']).filter(|host| !host.is_empty());
    hosts.map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use rcgen::generate_simple_self_signed;

    use super::*;

    #[test]
    fn ssl_cert_file_replaces_the_default_authorities_and_ca_file_adds_to_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ca.pem");
        let made = generate_simple_self_signed(["gateway.test".to_owned()]).unwrap();
        std::fs::write(&path, made.cert.pem()).unwrap();
        let file = || Some(path.clone());
        for (ca_file, ssl_cert_file, webpki_roots, own) in [
            (None, None, true, 0),
            (file(), None, true, 1),
            (None, file(), false, 1),
            (file(), file(), false, 2),
        ] {
            let settings = GatewaySettings {
                ca_file,
                ..GatewaySettings::default()
            };
            let mut transport = TransportConfig::default();
            let added = settings.add_certificates(&mut transport, ssl_cert_file);
            assert!(added.is_ok());
            assert_eq!(transport.webpki_roots, webpki_roots);
            assert_eq!(transport.root_certificates.len(), own);
        }
    }
}
