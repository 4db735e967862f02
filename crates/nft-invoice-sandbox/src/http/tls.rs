use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// The TLS client for https callbacks.
#[derive(Clone)]
pub(crate) struct Tls {
    connector: TlsConnector,
    /// How many certificates it trusts in addition to webpki's roots.
    pub(crate) added: usize,
}

/// The certificates to trust are invalid.
pub(crate) const INVALID_CA: &str = "expected one or more certificates as PEM, each in a valid `-----BEGIN CERTIFICATE-----` section";

impl Tls {
    /// Trusts webpki's roots and the given certificates in PEM, of which each text contains at least one. `None` if one
    /// is invalid.
    pub(crate) fn new(pem: &[impl AsRef<[u8]>]) -> Option<Self> {
        let mut trusted = RootCertStore {
            roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
        };
        let own = trusted.len();
        for text in pem {
            let before = trusted.len();
            for certificate in CertificateDer::pem_slice_iter(text.as_ref()) {
                trusted.add(certificate.ok()?).ok()?;
            }
            if trusted.len() == before {
                return None;
            }
        }
        let added = trusted.len() - own;
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .ok()?
            .with_root_certificates(trusted)
            .with_no_client_auth();
        let connector = Arc::new(config).into();
        Some(Self { connector, added })
    }

    pub(crate) async fn connect(
        &self,
        host: &str,
        stream: TcpStream,
    ) -> Result<TlsStream<TcpStream>, &'static str> {
        let name = ServerName::try_from(host.to_owned());
        let name = name.map_err(|_| "the host name is not valid in a certificate")?;
        let connected = self.connector.connect(name, stream).await;
        connected
            .map_err(|_| "TLS handshake failed; check that the receiver's certificate is trusted")
    }
}

impl Default for Tls {
    /// Trusts webpki's roots.
    fn default() -> Self {
        Self::new(&[""; 0]).expect("ring supports TLS 1.2 and 1.3")
    }
}
