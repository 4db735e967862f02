use std::sync::Arc;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair, date_time_ymd};
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::WebPkiClientVerifier;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::version::{TLS12, TLS13};
use rustls::{RootCertStore, ServerConfig};

/// What a server presents in the TLS handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Identity {
    /// A valid certificate, in TLS 1.3.
    Valid,
    /// The same in TLS 1.2.
    ValidTls12,
    /// A valid certificate, and a request for a client certificate, which the client does not have.
    Asking,
    /// The same in TLS 1.2, where the handshake then fails.
    AskingTls12,
    /// A certificate of an unknown issuer.
    Untrusted,
    /// A certificate for another host name.
    OtherName,
    /// An expired certificate.
    Expired,
    /// A certificate that is not valid yet.
    Early,
    /// A valid certificate with another private key: anybody can copy a certificate from its server.
    Copied,
    /// The same in TLS 1.2, which proves possession of the key in another message.
    CopiedTls12,
}

/// The certificate authorities of one run of the suite.
#[derive(Debug)]
pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    stranger: CertifiedIssuer<'static, KeyPair>,
}

impl Authority {
    pub(crate) fn new() -> Self {
        Self {
            issuer: issuer(),
            stranger: issuer(),
        }
    }

    /// The trusted root certificate, as DER.
    pub(crate) fn root(&self) -> Vec<u8> {
        self.issuer.der().to_vec()
    }

    pub(crate) fn server(&self, identity: Identity) -> Arc<ServerConfig> {
        let (issuer, names) = match identity {
            Identity::Untrusted => (&self.stranger, vec!["localhost".into()]),
            Identity::OtherName => (&self.issuer, vec!["other.example".into()]),
            _ => (&self.issuer, vec!["localhost".into(), "127.0.0.1".into()]),
        };
        let key = KeyPair::generate().expect("a key");
        let leaf = CertificateParams::new(names)
            .and_then(|mut params| {
                if let Identity::Expired | Identity::Early = identity {
                    let early = identity == Identity::Early;
                    let year = if early { 3000 } else { 2000 };
                    params.not_before = date_time_ymd(year, 1, 1);
                    params.not_after = date_time_ymd(year + 1, 1, 1);
                }
                params.signed_by(&key, issuer)
            })
            .expect("a certificate");

        let provider = Arc::new(ring::default_provider());
        let version = match identity {
            Identity::ValidTls12 | Identity::AskingTls12 | Identity::CopiedTls12 => &TLS12,
            _ => &TLS13,
        };
        let config = ServerConfig::builder_with_provider(provider.clone())
            .with_protocol_versions(&[version])
            .expect("a version that ring speaks");
        let config = if matches!(identity, Identity::Asking | Identity::AskingTls12) {
            let mut roots = RootCertStore::empty();
            roots
                .add(CertificateDer::from(self.root()))
                .expect("a root");
            let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider);
            config.with_client_cert_verifier(verifier.build().expect("a verifier"))
        } else {
            config.with_no_client_auth()
        };
        let key = match identity {
            Identity::Copied | Identity::CopiedTls12 => self.stranger.key(),
            _ => &key,
        };
        let secret = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
        let secret = ring::sign::any_supported_type(&secret).expect("a key of ring");
        let presented = CertifiedKey::new(vec![leaf.der().clone()], secret);
        Arc::new(config.with_cert_resolver(Arc::new(SingleCertAndKey::from(presented))))
    }
}

fn issuer() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    CertifiedIssuer::self_signed(params, key).expect("a certificate")
}
