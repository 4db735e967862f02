//! https: certificates, and what a proxy receives.

use std::io::Write;
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use nft_invoice::transport::{Delivery, TransportConfig};
use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use super::transport;
use crate::transport::server::{
    KEY, Server, get, outcome, post, read_request, respond_to_all, wait,
};

/// A server's TLS configuration, and its certificate in PEM.
fn tls(name: &str) -> (Arc<ServerConfig>, String) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed([name.to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    (Arc::new(config), cert.pem())
}

/// Responds to all requests inside of TLS.
fn serve(config: &Arc<ServerConfig>, number: usize, tcp: TcpStream) -> Vec<u8> {
    let connection = ServerConnection::new(config.clone()).unwrap();
    respond_to_all(number, StreamOwned::new(connection, tcp))
}

#[test]
fn an_untrusted_certificate_is_reported_as_such() {
    let (config, pem) = tls("localhost");
    let server = Server::start(move |number, tcp| serve(&config, number, tcp));
    let url = server
        .url()
        .replace("http://127.0.0.1", "https://localhost");
    for request in [post, get] {
        let transport = transport(TransportConfig::default());
        let error = transport.send(request(&url)).unwrap_err();
        let expected = "invalid certificate (unknown issuer) while connecting";
        assert_eq!(error.to_string(), expected);
    }
    let mut trusting = TransportConfig::default();
    trusting.add_pem_roots(pem.as_bytes()).unwrap();
    let (delivery, printed) = outcome(&*transport(trusting), post(&url));
    assert_eq!(delivery, Delivery::Responded, "{printed}");
    server.finish();
}

#[test]
fn a_proxy_receives_only_the_host_name() {
    let (config, pem) = tls("gateway.test");
    let proxy = Server::start(move |number, mut tcp| {
        let mut head = Vec::new();
        read_request(&mut tcp, &mut head);
        tcp.write_all(b"HTTP/1.1 200 Established\r\n\r\n").unwrap();
        serve(&config, number, tcp);
        head
    });
    let mut through_proxy = proxy.proxy();
    through_proxy.add_pem_roots(pem.as_bytes()).unwrap();
    let transport = transport(through_proxy);
    for request in [post, get] {
        let outcome = outcome(&*transport, request("https://gateway.test/create"));
        assert_eq!(outcome, (Delivery::Responded, String::new()));
    }
    drop(transport);
    assert!(
        CryptoProvider::get_default().is_none(),
        "a process-wide provider was installed"
    );
    let heads = proxy.finish();
    assert_eq!(heads.len(), 2);
    for head in heads {
        let head = String::from_utf8(head).unwrap();
        assert!(head.starts_with("CONNECT gateway.test:443 "), "{head}");
        assert!(head.contains("Basic dXNlcjpzZWNyZXQ="), "{head}");
        assert!(!head.contains(KEY) && !head.contains("create"), "{head}");
    }
}

#[test]
fn a_proxy_is_not_used_for_this_machine() {
    let proxy = Server::start(respond_to_all);
    let transport = transport(proxy.proxy());
    for host in ["localhost", "127.0.0.1", "127.1.2.3", "[::1]"] {
        // Nothing listens at port 1.
        let url = format!("https://{host}:1/create");
        let (delivery, printed) = outcome(&*transport, post(&url));
        assert_eq!(delivery, Delivery::NotSent, "{host}: {printed}");
    }
    drop(transport);
    let used = proxy.finish();
    assert!(used.is_empty(), "{}", used.len());
}

#[test]
fn a_faulty_proxy_is_not_sent() {
    let refuses = |mut tcp: TcpStream| {
        read_request(&mut tcp, &mut Vec::new());
        tcp.write_all(b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n")
            .unwrap();
        wait(&mut tcp);
    };
    let moment = Duration::from_millis(300);
    for (does, act, connect_timeout) in [
        ("refuses", refuses as fn(TcpStream), Duration::from_secs(9)),
        ("closes", drop, Duration::from_secs(9)),
        ("stalls", |mut tcp| wait(&mut tcp), moment),
    ] {
        let proxy = Server::start(move |_, tcp| {
            act(tcp);
            Vec::new()
        });
        let transport = transport(TransportConfig {
            timeout: Duration::from_secs(3600),
            connect_timeout: Some(connect_timeout),
            ..proxy.proxy()
        });
        let (delivery, printed) = outcome(&*transport, post("https://gateway.test/create"));
        assert_eq!(
            delivery,
            Delivery::NotSent,
            "a proxy that {does}: {printed}"
        );
        assert!(
            printed.contains("while connecting"),
            "a proxy that {does}: {printed}"
        );
        assert!(
            !printed.contains("secret"),
            "a proxy that {does}: {printed}"
        );
        drop(transport);
        proxy.finish();
    }
}
