//! What goes over the wire, to whom, and how often.

use std::collections::BTreeSet;

use nft_invoice_transport::Body;

use crate::support::{
    BODY, KEY, Options, Peer, Server, TOKEN, complete_requests, get, outcome, post, request,
};
use crate::transport;

const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";

fn answer_all(peer: &mut Peer) {
    while peer.read_request() {
        peer.write(OK);
    }
}

#[test]
fn the_request_is_what_was_given_and_framed_by_its_length() {
    let server = Server::start(|_, peer| answer_all(peer));
    let host = server.url().replace("http://", "").replace("/create", "");
    let transport = transport(Options::default());
    let mut lying = post(&server.url());
    for (name, value) in [
        ("content-length", "5"),
        ("transfer-encoding", "chunked"),
        ("expect", "100-continue"),
    ] {
        lying.headers_mut().insert(name, value.parse().unwrap());
    }
    let empty = request("POST", &server.url(), Body::empty());
    for request in [post(&server.url()), lying, get(&server.url()), empty] {
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
        ]);
        head.extend(length.map(|length| format!("content-length: {length}")));
        (head, body.to_owned())
    };
    let got: Vec<_> = seen.into_iter().map(|bytes| parse(&bytes)).collect();
    let create = expected("POST", Some(BODY.len()), BODY);
    assert_eq!(
        got,
        [
            create.clone(),
            create,
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
fn only_reads_share_a_connection_and_only_when_asked() {
    const SENDS: usize = 20;
    for (reuse, request, shares) in [
        (false, get as fn(&str) -> _, false),
        (false, post, false),
        (true, get, true),
        (true, post, false),
    ] {
        let server = Server::start(|_, peer| answer_all(peer));
        let transport = transport(Options {
            reuse,
            ..Options::default()
        });
        for _ in 0..SENDS {
            assert_eq!(outcome(&*transport, request(&server.url())).0, "answered");
        }
        drop(transport);
        let seen = server.finish();
        assert_eq!(seen.len() < SENDS, shares, "reuse {reuse}");
        let complete: usize = seen.iter().map(|c| complete_requests(c)).sum();
        assert_eq!(complete, SENDS, "reuse {reuse}");
    }
}

#[test]
fn a_kept_connection_that_died_never_makes_a_request_arrive_twice() {
    const SENDS: usize = 20;
    // The server closes right after an answer, or after it read one more request: noticed in time or
    // too late, as it comes.
    for reads_one_more in [false, true] {
        let server = Server::start(move |_, peer| {
            peer.read_request();
            peer.write(OK);
            if reads_one_more {
                peer.read_request();
            }
        });
        let transport = transport(Options {
            reuse: true,
            ..Options::default()
        });
        let verdicts: Vec<_> = (0..SENDS)
            .map(|n| outcome(&*transport, get(&format!("{}/{n}/", server.url()))).0)
            .collect();
        drop(transport);
        let seen = String::from_utf8(server.finish().concat()).unwrap();
        for (n, verdict) in verdicts.into_iter().enumerate() {
            let times = seen.matches(&format!("GET /create/{n}/?")).count();
            match verdict {
                "answered" => assert_eq!(times, 1, "{n}"),
                "unknown" => assert!(times <= 1, "{n}: {times}"),
                _ => panic!("{n}: {verdict}"),
            }
        }
    }
}

#[test]
fn a_proxy_never_sees_plain_http() {
    let proxy = Server::start(|_, peer| answer_all(peer));
    let server = Server::start(|_, peer| answer_all(peer));
    let transport = transport(Options {
        proxy: Some(format!("http://user:secret@127.0.0.1:{}", proxy.port())),
        ..Options::default()
    });
    assert!(!format!("{transport:?}").contains("secret"));
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
    let (verdict, _, _, error) = outcome(&*transport, post("https://gateway.invalid/create"));
    let shown = crate::support::shown(&error.unwrap());
    assert_eq!(verdict, "not sent");
    assert!(shown.contains("feature `rustls`"), "{shown}");
}
