use std::fmt::Write;
use std::time::Duration;

use nft_invoice_transport::TransportConfig;
use tokio_postgres::Config;
use tokio_postgres::config::{Host, SslMode, TargetSessionAttrs};
use tokio_postgres_rustls::MakeRustlsConnect;

use super::super::JournalError;

/// Where the database is and how it is reached.
pub(super) struct Address {
    pub(super) config: Config,
    pub(super) tls: MakeRustlsConnect,
}

/// A server that is gone is noticed after about this time.
const KEEPALIVE: Duration = Duration::from_secs(10);

impl Address {
    /// Reads `postgres://user:password@host:port/database`. TLS verifies the server always, and is required unless the
    /// server is on this machine or the address says otherwise.
    pub(super) fn parse(url: &str) -> Result<Self, JournalError> {
        // rustls verifies the server in each mode, so these mean the same as `require`.
        let url = url
            .replace("sslmode=verify-full", "sslmode=require")
            .replace("sslmode=verify-ca", "sslmode=require");
        let mut config: Config = url.parse().map_err(|error: tokio_postgres::Error| {
            // The reasons can contain parts of the address, and so the password, except for the name of an option.
            let reason = std::error::Error::source(&error).map(ToString::to_string);
            let reason = reason.unwrap_or_default();
            JournalError::Address(if reason.starts_with("invalid value for option") {
                reason
            } else if reason.starts_with("unknown option") {
                "it contains an option that is not supported".to_owned()
            } else {
                "it is not postgres://USER:PASSWORD@HOST:PORT/DATABASE".to_owned()
            })
        })?;
        if config.get_hosts().is_empty() {
            return Err(JournalError::Address("it names no host".to_owned()));
        }
        if config.get_ssl_mode() == SslMode::Prefer {
            let is_local = config.get_hosts().iter().all(is_local);
            config.ssl_mode(if is_local {
                SslMode::Disable
            } else {
                SslMode::Require
            });
        }
        config
            .application_name("nft-invoice")
            .connect_timeout(Duration::from_secs(10))
            .keepalives_idle(KEEPALIVE)
            .keepalives_interval(KEEPALIVE)
            .tcp_user_timeout(3 * KEEPALIVE)
            .target_session_attrs(TargetSessionAttrs::ReadWrite);
        let roots = TransportConfig {
            webpki_roots: false,
            platform_roots: config.get_ssl_mode() != SslMode::Disable,
            ..TransportConfig::default()
        };
        let mut tls = roots
            .tls()
            .map_err(|error| JournalError::Storage(Box::new(error)))?;
        tls.alpn_protocols = vec![b"postgresql".to_vec()];
        Ok(Self {
            config,
            tls: MakeRustlsConnect::new(tls),
        })
    }

    /// Writes the address without its password.
    pub(super) fn shown(&self) -> String {
        let mut shown = "postgres://".to_owned();
        if let Some(user) = self.config.get_user() {
            let _ = write!(shown, "{user}@");
        }
        for (at, host) in self.config.get_hosts().iter().enumerate() {
            let separator = if at > 0 { "," } else { "" };
            let ports = self.config.get_ports();
            let port = ports.get(at).or(ports.first()).copied().unwrap_or(5432);
            let _ = match host {
                Host::Tcp(name) => write!(shown, "{separator}{name}:{port}"),
                #[cfg(unix)]
                Host::Unix(path) => write!(shown, "{separator}{}:{port}", path.display()),
            };
        }
        if let Some(name) = self.config.get_dbname() {
            let _ = write!(shown, "/{name}");
        }
        shown
    }
}

fn is_local(host: &Host) -> bool {
    match host {
        Host::Tcp(name) => {
            let address = name.parse::<std::net::IpAddr>();
            name == "localhost" || address.is_ok_and(|address| address.is_loopback())
        }
        #[cfg(unix)]
        Host::Unix(_) => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn never_shows_the_password() {
        let address = Address::parse("postgres://shop:s3cret@db.example:6432/drop").unwrap();
        assert_eq!(address.shown(), "postgres://shop@db.example:6432/drop");
        for wrong in [
            "postgres://shop:s3cret@db.example:s3cret/drop",
            "postgres://shop:s3cret@[db.example/drop",
            "postgres://shop:s3cret@db.example/drop?s3cret",
            "postgres://shop:s3cret@db.example/drop?s3cret=1",
            "postgres://shop:s3cret@db.example/drop?sslmode=s3cret",
            "postgres://shop:s3cret@/drop?port=s3cret",
            "s3cret",
        ] {
            let error = Address::parse(wrong)
                .err()
                .map(|error| format!("{error} {error:?}"));
            let error = error.unwrap_or_else(|| panic!("{wrong} is accepted"));
            assert!(!error.contains("s3cret"), "{error}");
        }
    }

    #[test]
    fn requires_tls_except_on_this_machine() {
        for (url, mode) in [
            ("postgres://u@db.example/d", SslMode::Require),
            (
                "postgres://u@db.example/d?sslmode=verify-full",
                SslMode::Require,
            ),
            (
                "postgres://u@db.example/d?sslmode=disable",
                SslMode::Disable,
            ),
            ("postgres://u@127.0.0.1/d", SslMode::Disable),
            ("postgres://u@localhost/d?sslmode=require", SslMode::Require),
        ] {
            let address = Address::parse(url).unwrap();
            assert_eq!(address.config.get_ssl_mode(), mode, "{url}");
        }
    }
}
