use std::sync::Arc;

use rustls::crypto::ring;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use crate::{TransportConfig, TransportConfigError};

impl TransportConfig {
    /// Builds rustls' client configuration: TLS 1.2 and 1.3 with ring, HTTP/1.1, and the configured roots.
    ///
    /// Nothing process-wide is read or installed.
    ///
    /// # Errors
    ///
    /// When a root certificate is broken, or the operating system's cannot be read.
    pub fn tls(&self) -> Result<ClientConfig, TransportConfigError> {
        let provider = Arc::new(ring::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .map_err(|error| TransportConfigError::Client(error.into()))?
            .with_root_certificates(self.roots()?)
            .with_no_client_auth();
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(config)
    }

    fn roots(&self) -> Result<RootCertStore, TransportConfigError> {
        let mut roots = RootCertStore {
            roots: webpki_roots::TLS_SERVER_ROOTS.to_vec(),
        };
        for der in &self.root_certificates {
            roots
                .add(CertificateDer::from_slice(der))
                .map_err(|_| TransportConfigError::RootCertificate)?;
        }
        if self.platform_roots {
            add_platform_roots(&mut roots)?;
        }
        Ok(roots)
    }
}

#[cfg(feature = "platform-roots")]
fn add_platform_roots(roots: &mut RootCertStore) -> Result<(), TransportConfigError> {
    let mut loaded = rustls_native_certs::load_native_certs();
    // Some stores hold certificates that webpki cannot use: those are skipped.
    let (usable, _) = roots.add_parsable_certificates(loaded.certs);
    if usable > 0 {
        return Ok(());
    }
    Err(TransportConfigError::PlatformRoots(
        match loaded.errors.pop() {
            Some(error) => error.into(),
            None => "there is no certificate that can be used".into(),
        },
    ))
}

#[cfg(not(feature = "platform-roots"))]
fn add_platform_roots(_: &mut RootCertStore) -> Result<(), TransportConfigError> {
    Err(TransportConfigError::PlatformRootsFeature)
}

/// The certificates in `pem`, as DER.
pub(crate) fn pem_roots(pem: &[u8]) -> Result<Vec<Vec<u8>>, TransportConfigError> {
    let mut found = Vec::new();
    for certificate in CertificateDer::pem_slice_iter(pem) {
        let der = certificate.map_err(|_| TransportConfigError::PemCertificate)?;
        RootCertStore::empty()
            .add(der.clone())
            .map_err(|_| TransportConfigError::PemCertificate)?;
        found.push(der.to_vec());
    }
    if found.is_empty() {
        return Err(TransportConfigError::PemWithoutCertificate);
    }
    Ok(found)
}
