//! What is sent, and to whom.

use std::collections::BTreeSet;

use nft_invoice::transport::{Body, Delivery, TransportConfig};

use super::transport;
use crate::transport::server::{
    BODY, KEY, Server, TOKEN, get, outcome, post, request, respond_to_all,
};

#[test]
fn the_request_is_sent_as_given_and_framed_by_its_length() {
    let server = Server::start(respond_to_all);
    let host = server.url().replace("http://", "").replace("/create", "");
    let transport = transport(TransportConfig::default());
    let empty = request("POST", &server.url(), Body::empty());
    for request in [post(&server.url()), get(&server.url()), empty] {
        assert_eq!(outcome(&*transport, request).0, Delivery::Responded);
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
fn the_user_agent_can_be_replaced() {
    let server = Server::start(respond_to_all);
    let transport = transport(TransportConfig {
        user_agent: "shop/1.0".into(),
        ..TransportConfig::default()
    });
    let mut own = get(&server.url());
    let value = http::HeaderValue::from_static("other/2.0");
    own.headers_mut().insert("user-agent", value);
    for request in [get(&server.url()), own] {
        assert_eq!(outcome(&*transport, request).0, Delivery::Responded);
    }
    drop(transport);
    for (bytes, agent) in server.finish().into_iter().zip(["shop/1.0", "other/2.0"]) {
        let (head, _) = parse(&bytes);
        assert!(head.contains(&format!("user-agent: {agent}")), "{head:?}");
        assert!(!head.iter().any(|line| line.contains("nft-invoice")));
    }
}

#[test]
fn reads_share_connections_if_configured() {
    const SENDS: usize = 20;
    for reuse_connections in [false, true] {
        let server = Server::start(respond_to_all);
        let transport = transport(TransportConfig {
            reuse_connections,
            ..TransportConfig::default()
        });
        for _ in 0..SENDS {
            let (delivery, _) = outcome(&*transport, get(&server.url()));
            assert_eq!(delivery, Delivery::Responded);
        }
        drop(transport);
        let shared = server.finish().len() < SENDS;
        assert_eq!(shared, reuse_connections);
    }
}

#[test]
fn a_post_never_shares_a_connection_even_without_a_body() {
    let server = Server::start(respond_to_all);
    let transport = transport(TransportConfig {
        reuse_connections: true,
        ..TransportConfig::default()
    });
    for _ in 0..3 {
        let empty = request("POST", &server.url(), Body::empty());
        for request in [get(&server.url()), empty, post(&server.url())] {
            assert_eq!(outcome(&*transport, request).0, Delivery::Responded);
        }
    }
    drop(transport);
    let posts = server.finish();
    let shared = posts.iter().filter(|sent| {
        let text = String::from_utf8_lossy(sent);
        text.contains("POST /") && text.matches(" HTTP/1.1").count() > 1
    });
    assert_eq!(shared.count(), 0);
}

#[test]
fn a_response_carries_nothing_of_its_request() {
    let server = Server::start(respond_to_all);
    let transport = transport(TransportConfig::default());
    let response = transport.send(post(&server.url())).unwrap();
    let printed = format!("{response:?} {:?}", response.extensions());
    assert!(!printed.contains(TOKEN), "{printed}");
    assert!(response.extensions().is_empty(), "ureq keeps the URI there");
    drop(transport);
    server.finish();
}

#[test]
fn plain_http_reaches_a_listed_host_but_never_the_proxy() {
    let proxy = Server::start(respond_to_all);
    let server = Server::start(respond_to_all);
    let transport = transport(TransportConfig {
        insecure_hosts: vec!["0.0.0.0".into()],
        ..proxy.proxy()
    });
    let printed = format!("{transport:?}");
    assert!(printed.contains("Transport { config: TransportConfig"));
    assert!(!printed.contains("secret"), "{printed}");
    for host in ["127.0.0.1", "localhost", "0.0.0.0"] {
        let url = server.url().replace("127.0.0.1", host);
        for request in [post(&url), get(&url)] {
            let (delivery, printed) = outcome(&*transport, request);
            assert_eq!(delivery, Delivery::Responded, "{host}: {printed}");
        }
    }
    drop(transport);
    assert!(proxy.finish().is_empty(), "the proxy was used");
    assert_eq!(server.finish().len(), 6);
}
