//! What a proxy sees of https, and what its failures are.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::PrivateKeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::support::{KEY, Options, Server, answer_all, get, outcome, post, read_request};
use crate::transport;

/// A server's TLS, and the certificate to trust.
fn tls(name: &str) -> (Arc<ServerConfig>, Vec<u8>) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed([name.to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    (Arc::new(config), cert.der().to_vec())
}

#[test]
fn a_proxy_tunnels_and_sees_no_more_than_the_name() {
    let (config, root) = tls("gateway.test");
    let proxy = Server::start(move |number, mut tcp| {
        let mut head = Vec::new();
        read_request(&mut tcp, &mut head);
        tcp.write_all(b"HTTP/1.1 200 Established\r\n\r\n").unwrap();
        let connection = ServerConnection::new(config.clone()).unwrap();
        answer_all(number, StreamOwned::new(connection, tcp));
        head
    });
    let transport = transport(Options {
        root_certificates: vec![root],
        ..proxy.proxy()
    });
    for request in [post, get] {
        let outcome = outcome(&*transport, request("https://gateway.test/create"));
        assert_eq!(outcome, ("answered", String::new()));
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
fn a_proxy_that_fails_is_not_sent() {
    let refuses = |mut tcp: TcpStream| {
        read_request(&mut tcp, &mut Vec::new());
        tcp.write_all(b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n")
            .unwrap();
        wait(tcp);
    };
    let moment = Duration::from_millis(300);
    for (does, act, connect_timeout) in [
        ("refuses", refuses as fn(TcpStream), Duration::from_secs(9)),
        ("closes", drop, Duration::from_secs(9)),
        ("stalls", wait, moment),
    ] {
        let proxy = Server::start(move |_, tcp| {
            act(tcp);
            Vec::new()
        });
        let transport = transport(Options {
            timeout: Duration::from_secs(3600),
            connect_timeout: Some(connect_timeout),
            ..proxy.proxy()
        });
        let (verdict, shown) = outcome(&*transport, post("https://gateway.test/create"));
        assert_eq!(verdict, "not sent", "a proxy that {does}: {shown}");
        assert!(!shown.contains("secret"), "a proxy that {does}: {shown}");
        drop(transport);
        proxy.finish();
    }
}

/// Until the client closes.
fn wait(mut tcp: TcpStream) {
    let _ = tcp.read_to_end(&mut Vec::new());
}
