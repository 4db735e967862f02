//! A table of what a server can do to a create, and what must be reported.

use std::net::TcpListener;
use std::sync::{Mutex, mpsc};
use std::time::Duration;

use nft_invoice_transport::Body;

use crate::support::{
    BODY, KEY, Options, Peer, Server, complete_requests, get, impatient, leak, outcome, post,
    request, shown,
};
use crate::transport;

struct Row {
    does: &'static str,
    server: fn(&mut Peer),
    /// The verdicts that are true: more than one where it depends on who is faster.
    verdicts: &'static [&'static str],
    status: u16,
    body: &'static [u8],
    /// Whether the server got to read the request to its end.
    complete: bool,
}

const MIB: usize = 1024 * 1024;

#[rustfmt::skip]
const ROWS: &[Row] = &[
    Row { does: "closes at accept", server: |_| {}, verdicts: &["not sent", "unknown"], status: 0, body: b"", complete: false },
    Row { does: "closes after the head", server: |p| { p.read_head(); }, verdicts: &["unknown"], status: 0, body: b"", complete: false },
    Row { does: "closes in the middle of the body", server: |p| { p.read_head(); p.read(9); }, verdicts: &["unknown"], status: 0, body: b"", complete: false },
    Row { does: "closes after reading everything", server: |p| { p.read_request(); }, verdicts: &["unknown"], status: 0, body: b"", complete: true },
    Row { does: "answers with half a head", server: |p| reply(p, b"HTTP/1.1 200 OK\r\nContent-Le"), verdicts: &["unknown"], status: 0, body: b"", complete: true },
    Row { does: "cuts a 200 by length", server: |p| reply(p, b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"e\""), verdicts: &["unknown"], status: 0, body: b"", complete: true },
    Row { does: "cuts a chunked 200", server: |p| reply(p, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"), verdicts: &["unknown"], status: 0, body: b"", complete: true },
    Row { does: "answers in chunks", server: |p| reply(p, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"), verdicts: &["answered"], status: 200, body: b"{}", complete: true },
    Row { does: "answers by length", server: |p| reply(p, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"), verdicts: &["answered"], status: 200, body: b"{}", complete: true },
    Row { does: "answers until it closes", server: |p| reply(p, b"HTTP/1.1 200 OK\r\n\r\n{}"), verdicts: &["answered"], status: 200, body: b"{}", complete: true },
    Row { does: "answers as HTTP/1.0", server: |p| reply(p, b"HTTP/1.0 200 OK\r\n\r\n{}"), verdicts: &["answered"], status: 200, body: b"{}", complete: true },
    Row { does: "resets an answer without a length", server: |p| { p.read_head(); p.await_unread(); p.write(b"HTTP/1.1 200 OK\r\n\r\n{"); }, verdicts: &["unknown"], status: 0, body: b"", complete: false },
    Row { does: "answers 204", server: |p| reply(p, b"HTTP/1.1 204 No Content\r\n\r\n"), verdicts: &["answered"], status: 204, body: b"", complete: true },
    Row { does: "answers 500", server: |p| reply(p, b"HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\noops"), verdicts: &["answered"], status: 500, body: b"oops", complete: true },
    Row { does: "answers HTML", server: |p| reply(p, b"HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>"), verdicts: &["answered"], status: 502, body: b"<html>", complete: true },
    Row { does: "says continue, then 200", server: |p| reply(p, b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"), verdicts: &["answered"], status: 200, body: b"{}", complete: true },
    Row { does: "answers packed", server: |p| reply(p, b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x08\x00"), verdicts: &["answered"], status: 200, body: b"\x1f\x8b\x08\x00", complete: true },
    Row { does: "answers 413 early and reads on", server: |p| { p.read_head(); p.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n"); p.wait(); }, verdicts: &["answered"], status: 413, body: b"", complete: true },
    Row { does: "answers 413 early and resets", server: |p| { p.read_head(); p.await_unread(); p.write(b"HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n"); }, verdicts: &["answered", "unknown"], status: 413, body: b"", complete: false },
    Row { does: "is no HTTP server", server: |p| { p.read_request(); p.write(b"220 mail.example ESMTP\r\n"); p.wait(); }, verdicts: &["unknown"], status: 0, body: b"", complete: true },
    Row { does: "greets before it reads", server: |p| { p.write(b"SSH-2.0-OpenSSH_9.9\r\n"); p.wait(); }, verdicts: &["not sent", "unknown"], status: 0, body: b"", complete: false },
    Row { does: "gives two lengths", server: |p| reply(p, b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{} "), verdicts: &["unknown"], status: 0, body: b"", complete: true },
    Row { does: "never ends its head", server: |p| { p.read_request(); p.write(b"HTTP/1.1 200 OK\r\n"); while p.write(b"x: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n") {} }, verdicts: &["unknown"], status: 0, body: b"", complete: true },
    Row { does: "never ends its answer", server: |p| { p.read_request(); p.write(b"HTTP/1.1 200 OK\r\n\r\n"); while p.write([b' '; 4096]) {} }, verdicts: &["unknown"], status: 0, body: b"", complete: true },
    Row { does: "answers 10 MB", server: |p| { p.read_request(); p.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10485760\r\n\r\n"); p.write(vec![b' '; 10 * MIB]); }, verdicts: &["unknown"], status: 0, body: b"", complete: true },
    Row { does: "answers one byte too much", server: |p| { p.read_request(); p.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1048577\r\n\r\n"); p.write(vec![b' '; MIB + 1]); }, verdicts: &["unknown"], status: 0, body: b"", complete: true },
    Row { does: "answers just enough", server: |p| { p.read_request(); p.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1048576\r\n\r\n"); p.write(vec![b' '; MIB]); }, verdicts: &["answered"], status: 200, body: &[b' '; MIB], complete: true },
];

fn reply(peer: &mut Peer, answer: &[u8]) {
    if peer.read_request() {
        peer.write(answer);
    }
}

/// Runs one row; what is wrong, if anything.
fn wrong(row: &Row, options: Options, body: Body) -> Vec<String> {
    let act = row.server;
    let server = Server::start(move |_, peer| act(peer));
    let transport = transport(options);
    let (verdict, status, answer, error) =
        outcome(&*transport, request("POST", &server.url(), body));
    drop(transport);
    let seen = server.finish();
    let complete: usize = seen.iter().map(|c| complete_requests(c)).sum();

    let mut wrong = Vec::new();
    if !row.verdicts.contains(&verdict) {
        wrong.push(format!("{verdict}, not {:?}", row.verdicts));
    }
    if verdict == "answered" && (status, answer.as_slice()) != (row.status, row.body) {
        wrong.push(format!("{status} with {} bytes", answer.len()));
    }
    if seen.len() != 1 {
        wrong.push(format!("{} connections", seen.len()));
    }
    if complete > 1 || row.complete && complete == 0 {
        wrong.push(format!("{complete} complete requests"));
    }
    if verdict == "not sent" && complete > 0 {
        wrong.push("the server has a request that was not sent".into());
    }
    if let Some(error) = error {
        wrong.extend(leak(&error).map(|secret| format!("shows {secret}: {}", shown(&error))));
    }
    let told = |what| format!("a server that {}: {what}", row.does);
    wrong.into_iter().map(told).collect()
}

#[test]
fn each_fault_has_its_verdict() {
    let wrong: Vec<String> = ROWS
        .iter()
        .flat_map(|row| {
            let body = Body::from_static(BODY.as_bytes());
            wrong(row, Options::default(), body)
        })
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn each_stall_ends_by_itself() {
    let stall = |does, server| Row {
        does,
        server,
        verdicts: &["unknown"],
        status: 0,
        body: b"",
        complete: false,
    };
    #[rustfmt::skip]
    let rows = [
        stall("stalls after the head", |p| { p.read_head(); p.await_unread(); p.wait(); }),
        stall("stalls after the request", |p| { p.read_request(); p.wait(); }),
        stall("stalls in its head", |p| { p.read_request(); p.write(b"HTTP/1.1 200 O"); p.wait(); }),
        stall("stalls in its body", |p| { p.read_request(); p.write(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"); p.wait(); }),
    ];
    let mut wrong: Vec<String> = rows
        .iter()
        .flat_map(|row| wrong(row, impatient(), Body::from_static(BODY.as_bytes())))
        .collect();

    // Nobody reads: more than the sockets' buffers hold, so that writing blocks.
    let (done, held) = mpsc::channel::<()>();
    let held = Mutex::new(held);
    let server = Server::start(move |_, _| {
        let _ = held.lock().unwrap().recv();
    });
    let huge = Body::from(vec![b'x'; 64 * MIB]);
    let sender = transport(impatient());
    let (verdict, ..) = outcome(&*sender, request("POST", &server.url(), huge));
    if verdict != "unknown" {
        wrong.push(format!("a server that does not read: {verdict}"));
    }
    drop((sender, done));
    server.finish();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn nobody_listens() {
    let port = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.local_addr().unwrap().port()
    };
    let url = format!("http://127.0.0.1:{port}/create");
    let transport = transport(Options::default());
    let (verdict, _, _, error) = outcome(&*transport, post(&url));
    let error = error.unwrap();
    assert_eq!(verdict, "not sent");
    assert!(shown(&error).contains("refused"), "{}", shown(&error));
    assert_eq!(leak(&error), None, "{}", shown(&error));
    // Without a body there is nothing that proves it.
    assert_eq!(outcome(&*transport, get(&url)).0, "unknown");
}

#[test]
fn plain_http_to_another_machine_is_not_even_tried() {
    let transport = transport(Options::default());
    for url in ["http://gateway.invalid/create", "http://192.0.2.1/create"] {
        let (verdict, _, _, error) = outcome(&*transport, post(url));
        assert_eq!(verdict, "not sent", "{url}");
        let shown = shown(&error.unwrap());
        assert!(shown.contains("use https"), "{url}: {shown}");
        assert!(!shown.contains(KEY), "{url}: {shown}");
    }
}

#[test]
fn a_timeout_at_any_moment_never_makes_a_false_not_sent() {
    const SENDS: u64 = 150;
    let mut verdicts = Vec::new();
    let server = Server::start(|_, peer| peer.wait());
    for n in 0..SENDS {
        let transport = transport(Options {
            timeout: Duration::from_micros(100 + 20 * n),
            connect_timeout: Duration::from_micros(99 + 20 * n),
            ..Options::default()
        });
        let url = format!("{}/{n}/", server.url());
        verdicts.push(outcome(&*transport, post(&url)).0);
    }
    let seen = server.finish();
    for (n, verdict) in verdicts.into_iter().enumerate() {
        let head = format!("POST /create/{n}/?");
        let arrived = seen
            .iter()
            .filter(|c| c.starts_with(head.as_bytes()) && complete_requests(c) > 0)
            .count();
        let most = usize::from(verdict == "unknown");
        assert!(arrived <= most, "{n}: {verdict}, and {arrived} arrived");
    }
}

#[test]
fn random_cuts_never_make_a_false_not_sent() {
    const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{\"errorCode\":0}";
    const CUTS: usize = 400;
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed % below as u64).unwrap()
    };
    // Even: the request is cut. Odd: the answer is.
    let cuts: Vec<usize> = (0..CUTS)
        .map(|n| random(if n % 2 == 0 { 320 } else { ANSWER.len() + 1 }))
        .collect();
    let plan = cuts.clone();
    let server = Server::start(move |n, peer| {
        if n % 2 == 0 {
            peer.read_request_up_to(plan[n]);
        } else {
            reply(peer, &ANSWER[..plan[n]]);
        }
    });
    let transport = transport(Options::default());
    let verdicts: Vec<_> = (0..CUTS)
        .map(|_| outcome(&*transport, post(&server.url())).0)
        .collect();
    drop(transport);
    let seen = server.finish();
    assert_eq!(seen.len(), CUTS);
    for (n, verdict) in verdicts.into_iter().enumerate() {
        let (at, complete) = (cuts[n], complete_requests(&seen[n]));
        assert!(complete <= 1, "cut {n} at {at}");
        assert!(verdict != "not sent" || complete == 0, "cut {n} at {at}");
        let whole = n % 2 == 1 && at == ANSWER.len();
        assert_eq!(verdict == "answered", whole, "cut {n} at {at}: {verdict}");
    }
}
