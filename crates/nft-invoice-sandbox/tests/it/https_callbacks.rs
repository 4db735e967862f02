use std::io::{Read, Write};
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use nft_invoice_sandbox::{AttemptResult, DeliveryState, Sandbox, StartError};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::crypto::ring;
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};

use crate::client::{create, hosted, settle, start};
use crate::owner::call;

/// Starts a receiver for one callback over TLS, and returns its certificate (PEM) and port.
fn receiver() -> (String, u16) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        let (tcp, _) = listener.accept().unwrap();
        let mut tls = StreamOwned::new(ServerConnection::new(Arc::new(config)).unwrap(), tcp);
        // A client that does not trust the certificate aborts the handshake, and this read fails.
        if tls.read(&mut [0; 4096]).is_ok() {
            let _ = tls.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");
            let _ = tls.flush();
        }
    });
    (cert.pem(), port)
}

#[test]
fn sends_callbacks_to_trusted_certificates_only() {
    for trusted in [true, false] {
        let (certificate, port) = receiver();
        let mut builder = Sandbox::builder().callback(format!("https://localhost:{port}/hook"));
        if trusted {
            builder = builder.callback_ca(certificate);
        }
        let sandbox = start(builder);
        create(&sandbox, &hosted());
        sandbox.advance(Duration::ZERO).wait().unwrap();
        let delivery = &sandbox.deliveries()[0];
        let result = &delivery.attempts[0].result;
        if trusted {
            assert_eq!(delivery.state, DeliveryState::Delivered, "{result}");
        } else {
            let wrong =
                "TLS handshake failed; check that the receiver's certificate is trusted".to_owned();
            assert_eq!(result, &AttemptResult::Failed(wrong));
        }
    }
}

#[test]
fn the_admin_api_changes_the_trusted_certificates() {
    let (certificate, port) = receiver();
    let sandbox = start(Sandbox::builder());
    let config = |change: Value| call(&sandbox, "PATCH", "/config", &change);
    let trusted = config(json!({
        "callback_url": format!("https://localhost:{port}/hook"),
        "callback_ca": certificate,
    }));
    assert_eq!(trusted.status, 200, "{}", trusted.body);
    assert_eq!(trusted.json()["callback_ca_certificates"], 1);
    create(&sandbox, &hosted());
    settle(&sandbox);
    assert_eq!(sandbox.deliveries()[0].state, DeliveryState::Delivered);

    let rejected = config(json!({ "callback_ca": "no certificate" }));
    assert_eq!(rejected.status, 400, "{}", rejected.body);
    assert!(
        rejected.body.contains("BEGIN CERTIFICATE"),
        "{}",
        rejected.body
    );
    let none = config(json!({ "callback_ca": null }));
    assert_eq!(none.json()["callback_ca_certificates"], 0);
}

#[test]
fn rejects_certificates_that_are_invalid_or_missing() {
    let (certificate, _) = receiver();
    let broken = certificate.replace("MII", "AAA");
    for pem in [
        "",
        "no certificate",
        &*broken,
        &(certificate.clone() + &broken),
    ] {
        // A valid one does not hide it.
        let builder = Sandbox::builder()
            .callback_ca(&*certificate)
            .callback_ca(pem);
        let error = builder.start_blocking().unwrap_err();
        assert!(matches!(error, StartError::CallbackCa), "{pem}: {error}");
    }
    let both = certificate.clone() + &certificate;
    start(Sandbox::builder().callback_ca(both));
}
