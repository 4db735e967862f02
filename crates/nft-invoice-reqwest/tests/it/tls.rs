//! What a server can do with TLS, before the request and after it.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::PrivateKeyDer;
use rustls::server::WebPkiClientVerifier;
use rustls::version::{TLS12, TLS13};
use rustls::{
    RootCertStore, ServerConfig, ServerConnection, StreamOwned, SupportedProtocolVersion,
};

use crate::support::{
    KEY, Options, Peer, Server, complete_requests, get, impatient_to_connect, leak, outcome, post,
    shown,
};
use crate::transport;

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

fn certificate(name: &str) -> CertifiedKey<KeyPair> {
    generate_simple_self_signed([name.to_owned()]).unwrap()
}

fn der(certified: &CertifiedKey<KeyPair>) -> Vec<u8> {
    certified.cert.der().to_vec()
}

/// A server that has `certified`, and asks for the client's certificate if `asks`.
fn config(
    certified: &CertifiedKey<KeyPair>,
    version: &'static SupportedProtocolVersion,
    asks: bool,
) -> Arc<ServerConfig> {
    let provider = Arc::new(ring::default_provider());
    let builder = ServerConfig::builder_with_provider(provider.clone())
        .with_protocol_versions(&[version])
        .unwrap();
    let builder = if asks {
        let mut roots = RootCertStore::empty();
        roots.add(certified.cert.der().clone()).unwrap();
        let verifier = WebPkiClientVerifier::builder_with_provider(roots.into(), provider);
        builder.with_client_cert_verifier(verifier.build().unwrap())
    } else {
        builder.with_no_client_auth()
    };
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

fn encrypt(peer: &mut Peer, config: &Arc<ServerConfig>, polite: bool) {
    let connection = ServerConnection::new(config.clone()).unwrap();
    if polite {
        peer.wrap(|tcp| Polite(StreamOwned::new(connection, tcp)));
    } else {
        peer.wrap(|tcp| StreamOwned::new(connection, tcp));
    }
}

type Act = Box<dyn Fn(&mut Peer) + Send + Sync>;

/// What the server does, for whom, how; the true verdicts, the complete requests.
type Row<'a> = (&'a str, &'a Options, Act, (&'a [&'a str], usize));

/// Reads a request and gives `answer`.
fn answers(config: &Arc<ServerConfig>, polite: bool, answer: &'static [u8]) -> Act {
    let config = config.clone();
    Box::new(move |peer| {
        encrypt(peer, &config, polite);
        if peer.read_request() {
            peer.write(answer);
        }
    })
}

/// Sends a create to a server that does `act`: the verdict and the complete requests.
fn send(does: &str, options: Options, act: Act) -> (&'static str, usize) {
    let server = Server::start(move |_, peer| act(peer));
    let url = format!("https://localhost:{}/create", server.port());
    let transport = transport(options);
    let (verdict, _, _, error) = outcome(&*transport, post(&url));
    drop(transport);
    if let Some(error) = error {
        assert_eq!(
            leak(&error),
            None,
            "a server that {does}: {}",
            shown(&error)
        );
    }
    let seen = server.finish();
    let complete = seen.iter().map(|c| complete_requests(c)).sum();
    (verdict, complete)
}

#[test]
fn each_fault_of_tls_has_its_verdict() {
    let ours = certificate("localhost");
    let trusting = Options {
        root_certificates: vec![der(&ours)],
        ..Options::default()
    };
    let distrusting = Options::default();
    let misled = Options {
        root_certificates: vec![der(&certificate("other.example"))],
        ..Options::default()
    };
    let hasty = Options {
        root_certificates: vec![der(&ours)],
        ..impatient_to_connect()
    };
    let tls13 = config(&ours, &TLS13, false);
    let tls12 = config(&ours, &TLS12, false);
    let asks13 = config(&ours, &TLS13, true);
    let asks12 = config(&ours, &TLS12, true);
    let elsewhere_certificate = certificate("other.example");
    let elsewhere = config(&elsewhere_certificate, &TLS13, false);
    let wrong_name = Options {
        root_certificates: vec![der(&elsewhere_certificate)],
        ..Options::default()
    };
    const ENDLESS: &[u8] = b"HTTP/1.1 200 OK\r\n\r\n{}";
    #[rustfmt::skip]
    let rows: [Row; 17] = [
        ("is fine (1.3)", &trusting, answers(&tls13, true, OK), (&["answered"], 1)),
        ("is fine (1.2)", &trusting, answers(&tls12, true, OK), (&["answered"], 1)),
        ("ends without a length", &trusting, answers(&tls13, true, ENDLESS), (&["answered"], 1)),
        ("ends without a length or close_notify (1.3)", &trusting, answers(&tls13, false, ENDLESS), (&["unknown"], 1)),
        ("ends without a length or close_notify (1.2)", &trusting, answers(&tls12, false, ENDLESS), (&["unknown"], 1)),
        ("ends by length without close_notify", &trusting, answers(&tls13, false, OK), (&["answered"], 1)),
        ("says goodbye in place of an answer", &trusting, answers(&tls13, true, b""), (&["unknown"], 1)),
        ("is not trusted", &distrusting, answers(&tls13, true, OK), (&["not sent"], 0)),
        ("is not the trusted one", &misled, answers(&tls13, true, OK), (&["not sent"], 0)),
        ("has another name", &wrong_name, answers(&elsewhere, true, OK), (&["not sent"], 0)),
        ("wants the client's certificate (1.2)", &trusting, answers(&asks12, true, OK), (&["not sent"], 0)),
        ("wants the client's certificate (1.3)", &trusting, answers(&asks13, true, OK), (&["unknown", "not sent"], 0)),
        ("speaks plain http", &trusting, Box::new(|p| { p.await_unread(); p.write(OK); }), (&["not sent"], 0)),
        ("speaks garbage", &trusting, Box::new(|p| { p.await_unread(); p.write([0x16, 3, 3, 0, 4, 2, 0xff, 0xff, 0xff]); p.wait(); }), (&["not sent"], 0)),
        ("closes at accept", &trusting, Box::new(|_| {}), (&["not sent"], 0)),
        ("closes in the handshake", &trusting, Box::new(|p| { p.read(40); }), (&["not sent"], 0)),
        ("stalls in the handshake", &hasty, Box::new(Peer::wait), (&["not sent"], 0)),
    ];
    let mut wrong = Vec::new();
    for (does, options, act, expected) in rows {
        let (verdict, complete) = send(does, options.clone(), act);
        if !expected.0.contains(&verdict) || complete != expected.1 {
            let got = (verdict, complete);
            wrong.push(format!("a server that {does}: {got:?}, not {expected:?}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(
        CryptoProvider::get_default().is_none(),
        "a process-wide provider was installed"
    );
}

#[test]
fn a_name_that_does_not_exist_is_not_sent() {
    let transport = transport(Options::default());
    let (verdict, _, _, error) = outcome(&*transport, post("https://gateway.invalid/create"));
    assert_eq!(verdict, "not sent");
    let error = error.unwrap();
    assert_eq!(leak(&error), None, "{}", shown(&error));
}

#[test]
fn a_proxy_tunnels_and_sees_no_more_than_the_name() {
    let certified = certificate("gateway.test");
    let config = config(&certified, &TLS13, false);
    let (told, heads) = std::sync::mpsc::channel();
    let proxy = Server::start(move |_, peer| {
        told.send(peer.read_head()).unwrap();
        peer.write(b"HTTP/1.1 200 Established\r\n\r\n");
        encrypt(peer, &config, true);
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
