//! What goes over the wire, and to whom.

use std::collections::BTreeSet;

use nft_invoice_transport::Body;

use crate::support::{BODY, KEY, Options, Server, TOKEN, answer_all, get, outcome, post, request};
use crate::transport;

#[test]
fn the_request_is_what_was_given_and_framed_by_its_length() {
    let server = Server::start(answer_all);
    let host = server.url().replace("http://", "").replace("/create", "");
    let transport = transport(Options::default());
    let empty = request("POST", &server.url(), Body::empty());
    for request in [post(&server.url()), get(&server.url()), empty] {
        assert_eq!(outcome(&*transport, request).0, "answered");
    }
    drop(transport);
    let seen = server.finish();

    let expected = |method: &str, length: Option<usize>, body: &str| {
        let mut head = BTreeSet::from([
            format!("{method} /create?token={TOKEN} HTTP/1.1"),
            format!("host: {host}"),
            format!("api-key: {KEY}"),
            "content-type: application/json".into(),
            "accept: */*".into(),
            concat!("user-agent: nft-invoice/", env!("CARGO_PKG_VERSION")).into(),
        ]);
        head.extend(length.map(|length| format!("content-length: {length}")));
        (head, body.to_owned())
    };
    let got: Vec<_> = seen.into_iter().map(|bytes| parse(&bytes)).collect();
    assert_eq!(
        got,
        [
            expected("POST", Some(BODY.len()), BODY),
            expected("GET", None, ""),
            expected("POST", Some(0), ""),
        ]
    );
}

/// The lines of a head with their names in lower case, and the body.
fn parse(bytes: &[u8]) -> (BTreeSet<String>, String) {
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let (head, body) = text.split_once("\r\n\r\n").unwrap();
    let lines = head.lines().map(|line| match line.split_once(": ") {
        Some((name, value)) => format!("{}: {value}", name.to_ascii_lowercase()),
        None => line.to_owned(),
    });
    (lines.collect(), body.to_owned())
}

#[test]
fn reads_share_connections_when_asked_to() {
    const SENDS: usize = 20;
    for reuse in [false, true] {
        let server = Server::start(answer_all);
        let transport = transport(Options {
            reuse_connections: reuse,
            ..Options::default()
        });
        for _ in 0..SENDS {
            assert_eq!(outcome(&*transport, get(&server.url())).0, "answered");
        }
        drop(transport);
        assert_eq!(server.finish().len() < SENDS, reuse, "reuse {reuse}");
    }
}

#[test]
fn a_proxy_never_sees_plain_http() {
    let proxy = Server::start(answer_all);
    let server = Server::start(answer_all);
    let transport = transport(proxy.proxy());
    let shown = format!("{transport:?}");
    assert!(
        shown.contains("Transport { config: TransportConfig"),
        "{shown}"
    );
    assert!(!shown.contains("secret"), "{shown}");
    for url in [server.url(), server.url().replace("127.0.0.1", "localhost")] {
        assert_eq!(outcome(&*transport, post(&url)).0, "answered", "{url}");
    }
    drop(transport);
    assert!(proxy.finish().is_empty(), "the proxy was used");
    assert_eq!(server.finish().len(), 2);
}

#[cfg(not(feature = "rustls"))]
#[test]
fn https_without_its_feature_is_not_sent() {
    let transport = transport(Options::default());
    let (verdict, shown) = outcome(&*transport, post("https://gateway.invalid/create"));
    assert_eq!(verdict, "not sent");
    assert!(shown.contains("feature `rustls`"), "{shown}");
}
