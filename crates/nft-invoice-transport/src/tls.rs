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
        let mut roots = RootCertStore::empty();
        if self.webpki_roots {
            roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        }
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

#[cfg(test)]
mod tests {
    use rcgen::generate_simple_self_signed;

    use super::*;

    fn pem() -> String {
        let made = generate_simple_self_signed(["gateway.test".to_owned()]).unwrap();
        // A private key among the certificates is skipped.
        made.signing_key.serialize_pem() + &made.cert.pem()
    }

    #[test]
    fn adds_every_certificate_in_the_pem() {
        let mut config = TransportConfig::default();
        config.add_pem_roots((pem() + &pem()).as_bytes()).unwrap();
        assert_eq!(config.root_certificates.len(), 2);
        let trusted = config.roots().unwrap().len();
        assert_eq!(trusted, webpki_roots::TLS_SERVER_ROOTS.len() + 2);
        config.webpki_roots = false;
        assert_eq!(config.roots().unwrap().len(), 2, "instead of webpki's");
    }

    #[test]
    fn rejects_pem_without_a_certificate() {
        let key = generate_simple_self_signed(["gateway.test".to_owned()]).unwrap();
        for pem in ["", "not PEM", &key.signing_key.serialize_pem()] {
            let added = TransportConfig::default().add_pem_roots(pem.as_bytes());
            let error = TransportConfigError::PemWithoutCertificate;
            assert_eq!(added.unwrap_err().to_string(), error.to_string());
        }
    }

    #[test]
    fn rejects_pem_with_a_broken_certificate_and_adds_none() {
        let truncated = pem().replace("-----END CERTIFICATE-----", "");
        let garbage = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
        for broken in [truncated.as_str(), garbage] {
            let mut config = TransportConfig::default();
            let added = config.add_pem_roots((pem() + broken).as_bytes());
            let error = TransportConfigError::PemCertificate;
            assert_eq!(added.unwrap_err().to_string(), error.to_string());
            assert!(config.root_certificates.is_empty());
        }
    }

    #[test]
    fn rejects_a_root_that_is_not_der() {
        let config = TransportConfig {
            root_certificates: vec![pem().into_bytes()],
            ..TransportConfig::default()
        };
        let error = config.tls().unwrap_err();
        assert!(matches!(error, TransportConfigError::RootCertificate));
    }

    /// The store is the file that `SSL_CERT_FILE` names, which takes a process of its own.
    #[cfg(feature = "platform-roots")]
    #[test]
    fn trusts_the_platform_in_addition_to_webpki() {
        const TEST: &str = "tls::tests::trusts_the_platform_in_addition_to_webpki";
        const CHILD: &str = "NFT_INVOICE_TRANSPORT_CHILD";

        if std::env::var_os(CHILD).is_some() {
            let mut config = TransportConfig::default();
            assert_eq!(
                config.roots().unwrap().len(),
                webpki_roots::TLS_SERVER_ROOTS.len()
            );
            config.platform_roots = true;
            assert_eq!(
                config.roots().unwrap().len(),
                webpki_roots::TLS_SERVER_ROOTS.len() + 1
            );
            return;
        }
        let name = format!("nft-invoice-transport-{}.pem", std::process::id());
        let file = std::env::temp_dir().join(name);
        std::fs::write(&file, pem()).unwrap();
        let child = std::process::Command::new(std::env::current_exe().unwrap())
            .args(["--exact", TEST])
            .env(CHILD, "1")
            .env("SSL_CERT_FILE", &file)
            .env_remove("SSL_CERT_DIR")
            .output()
            .unwrap();
        std::fs::remove_file(file).unwrap();
        let printed = String::from_utf8_lossy(&child.stdout);
        assert!(
            child.status.success() && printed.contains("1 passed"),
            "{printed}"
        );
    }
}
