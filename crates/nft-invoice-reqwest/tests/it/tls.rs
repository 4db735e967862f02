//! What a proxy sees of https, and what its failures are. Other servers' are in `nft-invoice-contract`.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::PrivateKeyDer;
use rustls::version::TLS13;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

use crate::support::{KEY, Options, Peer, Server, get, impatient_to_connect, outcome, post, shown};
use crate::transport;

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

fn certificate(name: &str) -> CertifiedKey<KeyPair> {
    generate_simple_self_signed([name.to_owned()]).unwrap()
}

fn der(certified: &CertifiedKey<KeyPair>) -> Vec<u8> {
    certified.cert.der().to_vec()
}

/// A server that has `certified`.
fn config(certified: &CertifiedKey<KeyPair>) -> Arc<ServerConfig> {
    let builder = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_protocol_versions(&[&TLS13])
        .unwrap()
        .with_no_client_auth();
    let key = PrivateKeyDer::try_from(certified.signing_key.serialize_der()).unwrap();
    let chain = vec![certified.cert.der().clone()];
    Arc::new(builder.with_single_cert(chain, key).unwrap())
}

type Tls = StreamOwned<ServerConnection, TcpStream>;

/// Says goodbye when dropped, as TLS wants it.
struct Polite(Tls);

impl Read for Polite {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0.read(buffer)
    }
}

impl Write for Polite {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

impl Drop for Polite {
    fn drop(&mut self) {
        self.0.conn.send_close_notify();
        let _ = self.0.flush();
    }
}

fn encrypt(peer: &mut Peer, config: &Arc<ServerConfig>) {
    let connection = ServerConnection::new(config.clone()).unwrap();
    peer.wrap(|tcp| Polite(StreamOwned::new(connection, tcp)));
}

#[test]
fn a_proxy_tunnels_and_sees_no_more_than_the_name() {
    let certified = certificate("gateway.test");
    let config = config(&certified);
    let (told, heads) = std::sync::mpsc::channel();
    let proxy = Server::start(move |_, peer| {
        told.send(peer.read_head()).unwrap();
        peer.write(b"HTTP/1.1 200 Established\r\n\r\n");
        encrypt(peer, &config);
        peer.read_request();
        peer.write(OK);
    });
    let transport = transport(Options {
        root_certificates: vec![der(&certified)],
        proxy: Some(format!("http://user:secret@127.0.0.1:{}", proxy.port())),
        ..Options::default()
    });
    for request in [post, get] {
        let (verdict, ..) = outcome(&*transport, request("https://gateway.test/create"));
        assert_eq!(verdict, "answered");
    }
    drop(transport);
    assert!(
        CryptoProvider::get_default().is_none(),
        "a process-wide provider was installed"
    );
    assert_eq!(proxy.finish().len(), 2);
    for head in heads {
        let head = String::from_utf8(head).unwrap();
        assert!(head.starts_with("CONNECT gateway.test:443 "), "{head}");
        assert!(head.contains("Basic dXNlcjpzZWNyZXQ="), "{head}");
        assert!(!head.contains(KEY) && !head.contains("create"), "{head}");
    }
}

#[test]
fn a_proxy_that_fails_is_not_sent() {
    for (does, act, options) in [
        (
            "refuses",
            (|p| {
                p.read_head();
                p.write(b"HTTP/1.1 407 No\r\nContent-Length: 0\r\n\r\n");
                p.wait();
            }) as fn(&mut Peer),
            Options::default(),
        ),
        ("closes", |_| {}, Options::default()),
        ("stalls", Peer::wait, impatient_to_connect()),
    ] {
        let proxy = Server::start(move |_, peer| act(peer));
        let transport = transport(Options {
            proxy: Some(format!("http://user:secret@127.0.0.1:{}", proxy.port())),
            ..options
        });
        let (verdict, _, _, error) = outcome(&*transport, post("https://gateway.test/create"));
        let shown = shown(&error.unwrap());
        assert_eq!(verdict, "not sent", "a proxy that {does}: {shown}");
        assert!(!shown.contains("secret"), "a proxy that {does}: {shown}");
        drop(transport);
        proxy.finish();
    }
}
