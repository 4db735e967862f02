use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

/// The TLS client for https callbacks.
#[derive(Clone)]
pub(crate) struct Tls(TlsConnector);

impl Tls {
    /// Trusts webpki's roots and the given ones, as DER. `None` if one of them is not a certificate.
    pub(crate) fn new(roots: &[Vec<u8>]) -> Option<Self> {
        let mut trusted = RootCertStore {
            roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
        };
        for der in roots {
            trusted.add(CertificateDer::from_slice(der)).ok()?;
        }
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .ok()?
            .with_root_certificates(trusted)
            .with_no_client_auth();
        Some(Self(Arc::new(config).into()))
    }

    pub(crate) async fn connect(
        &self,
        host: &str,
        stream: TcpStream,
    ) -> Result<TlsStream<TcpStream>, &'static str> {
        let name = ServerName::try_from(host.to_owned());
        let name = name.map_err(|_| "the host name is not valid in a certificate")?;
        let connected = self.0.connect(name, stream).await;
        connected
            .map_err(|_| "TLS handshake failed; check that the receiver's certificate is trusted")
    }
}
