use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};

use nft_invoice_transport::TransportConfigError;

/// TLS 1.2 and 1.3 with ring, webpki's roots and those given. Nothing of it is process-wide.
pub(crate) fn client_config(roots: &[Vec<u8>]) -> Result<ClientConfig, TransportConfigError> {
    let mut trusted = RootCertStore {
        roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
    };
    for der in roots {
        trusted
            .add(CertificateDer::from_slice(der))
            .map_err(|_| TransportConfigError::RootCertificate)?;
    }
    let mut config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| TransportConfigError::Client(error.into()))?
        .with_root_certificates(trusted)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}
