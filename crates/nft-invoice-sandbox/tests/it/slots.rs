//! Connections that stay open do not keep calls waiting.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use nft_invoice_sandbox::{Activity, Route, Sandbox};

use crate::client::{HISTORY, INFOS, STATUS, address, create, hosted, start};

/// As many as there are slots for connections.
const CONNECTIONS: usize = 256;
const STREAMS: usize = 64;

/// So that the tests here do not need more open files than the system allows.
static IN_TURN: Mutex<()> = Mutex::new(());

/// A connection that stays open, and the status of the response to its event stream.
fn listen(sandbox: &Sandbox, token: Option<&str>) -> (TcpStream, String) {
    let bearer = token.map_or(String::new(), |token| {
        format!("Authorization: Bearer {token}\r\n")
    });
    let head = format!("GET /_sbx/api/events HTTP/1.1\r\nHost: localhost\r\n{bearer}\r\n");
    let stream = send(sandbox, &head);
    let mut line = String::new();
    BufReader::new(&stream).read_line(&mut line).unwrap();
    let status = line.split(' ').nth(1).unwrap_or_default().to_owned();
    (stream, status)
}

fn send(sandbox: &Sandbox, request: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address(sandbox)).unwrap();
    // Makes the test fail if a slot is missing.
    let patience = Some(Duration::from_secs(30));
    stream.set_read_timeout(patience).unwrap();
    stream.write_all(request.as_bytes()).unwrap();
    stream
}

#[test]
fn event_streams_without_the_token_take_no_slot() {
    let _turn = IN_TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let sandbox = start(Sandbox::builder());
    let mut kept = Vec::new();
    for number in 0..=CONNECTIONS {
        let token = (number % 2 == 0).then_some("nonsense");
        let (stream, status) = listen(&sandbox, token);
        assert_eq!(status, "401", "stream {number}");
        kept.push(stream);
    }
    assert_eq!(create(&sandbox, &hosted()).code(), 0);
}

#[test]
fn event_streams_have_slots_of_their_own_and_end_with_their_reader() {
    let _turn = IN_TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let sandbox = start(Sandbox::builder());
    let token = Some(sandbox.admin_token());
    let mut streams = Vec::new();
    loop {
        let (stream, status) = listen(&sandbox, token);
        if status != "200" {
            assert_eq!((&*status, streams.len()), ("503", STREAMS));
            break;
        }
        streams.push(stream);
    }
    assert_eq!(create(&sandbox, &hosted()).code(), 0);
    streams.pop();
    // The sandbox sees that the reader is gone, without any event to send.
    let (stream, _) = std::iter::repeat_with(|| listen(&sandbox, token))
        .find(|(_, status)| status == "200")
        .unwrap();
    drop(stream);
}

#[test]
fn hanging_connections_do_not_keep_a_create_waiting() {
    let _turn = IN_TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let sandbox = start(Sandbox::builder().faults("status->hang").unwrap());
    let activities = sandbox.subscribe();
    let head = "GET /api/invoice/status/?id=1 HTTP/1.1\r\nHost: localhost\r\n\r\n";
    let hanging: Vec<_> = (0..CONNECTIONS).map(|_| send(&sandbox, head)).collect();
    let seen = activities.filter(|one| matches!(one, Activity::Request(_)));
    assert_eq!(seen.take(hanging.len()).count(), CONNECTIONS);
    assert_eq!(create(&sandbox, &hosted()).code(), 0);

    // There is no slot for another one.
    let stream = send(&sandbox, head);
    let ended = BufReader::new(&stream).read_line(&mut String::new());
    let reset = ended.expect_err("no response").kind();
    assert_eq!(reset, std::io::ErrorKind::ConnectionReset);
    assert_eq!(create(&sandbox, &hosted()).code(), 0);
}

#[test]
fn the_257th_connection_waits_until_another_one_has_ended() {
    let _turn = IN_TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let sandbox = start(Sandbox::builder().faults("status->delay(1h)").unwrap());
    let head = |target: &str| format!("GET {target} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    let mut first = send(&sandbox, &head(INFOS));
    assert_eq!(status_line(&first), "HTTP/1.1 200 OK\r\n");
    // These wait for their responses.
    let others: Vec<_> = (1..CONNECTIONS)
        .map(|_| send(&sandbox, &head(STATUS)))
        .collect();
    let one_more = send(&sandbox, &head(HISTORY));

    // In the meantime, a connection in use is served.
    for _ in 0..100 {
        first.write_all(head(INFOS).as_bytes()).unwrap();
        assert_eq!(status_line(&first), "HTTP/1.1 200 OK\r\n");
    }
    assert!(sandbox.requests().to(Route::History).is_empty());
    drop(first);
    assert_eq!(status_line(&one_more), "HTTP/1.1 200 OK\r\n");
    drop(others);
}

/// Reads a response, and returns its first line.
fn status_line(stream: &TcpStream) -> String {
    let mut reader = BufReader::new(stream);
    let (mut first, mut head) = (String::new(), String::new());
    reader.read_line(&mut first).unwrap();
    while !head.ends_with("\r\n\r\n") {
        assert_ne!(reader.read_line(&mut head).unwrap(), 0, "{head}");
    }
    let length = head.to_ascii_lowercase();
    let (_, length) = length.split_once("content-length:").unwrap();
    let length = length.lines().next().unwrap().trim().parse().unwrap();
    reader.read_exact(&mut vec![0; length]).unwrap();
    first
}
