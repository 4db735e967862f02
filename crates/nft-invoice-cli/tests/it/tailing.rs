#![cfg(unix)]
//! `sandbox tail` and how it ends.
use std::io::{BufRead, BufReader, Read, Write};
use std::process::Stdio;

use crate::server::{Server, read_request};
use crate::steering::{TOKEN, steer};
use crate::{interrupt, program};

const HEAD: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n\r\n: listening\n\n";
const DATA: &str = r#"{"event":"invoice","at":"2025-01-01T12:00:01Z","invoice":3,"reference":null,"status":"PAID","change":"moved","reason":null,"text":"invoice 3 PAID"}"#;

fn event() -> Vec<u8> {
    format!("event: invoice\ndata: {DATA}\n\n").into_bytes()
}

#[test]
fn tail_ends_with_0_at_ctrl_c() {
    for (format, line) in [
        ("text", "12:00:01  invoice 3   PAID\n"),
        ("json", &format!("{DATA}\n")),
    ] {
        let sandbox = Server::new(|mut stream| {
            let request = read_request(&stream);
            stream.write_all(&[HEAD, &event()].concat()).unwrap();
            let _ = stream.read_to_end(&mut Vec::new());
            request
        });
        let arguments = [
            "sandbox",
            "tail",
            "--at",
            &sandbox.base_url,
            "--format",
            format,
        ];
        let mut child = program(&arguments)
            .env("NFT_INVOICE_SANDBOX_TOKEN", TOKEN)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut told = String::new();
        while !told.contains("PAID") {
            assert_ne!(out.read_line(&mut told).unwrap(), 0, "{told}");
        }
        assert!(told.ends_with(line), "{told}");
        interrupt(&child);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let request = sandbox.request();
        assert!(
            request.starts_with("GET /_sbx/api/events HTTP/1.1\r\n"),
            "{request}"
        );
        let bearer = format!("authorization: bearer {TOKEN}\r\n");
        assert!(request.to_ascii_lowercase().contains(&bearer), "{request}");
    }
}

#[test]
fn tail_ends_with_the_sandbox_and_says_so() {
    let sandbox = Server::new(|mut stream| {
        let request = read_request(&stream);
        stream.write_all(&[HEAD, &event()].concat()).unwrap();
        request
    });
    let ended = steer(&sandbox.base_url, &["tail", "--format", "json"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(ended.object()["text"], "invoice 3 PAID");
    assert!(ended.err.contains("has stopped"), "{ended:?}");
}

#[test]
fn tail_ends_quietly_with_141_when_the_reader_of_its_output_ends() {
    let sandbox = Server::new(|mut stream| {
        let request = read_request(&stream);
        stream.write_all(HEAD).unwrap();
        // Until the program is gone.
        while stream.write_all(&event()).is_ok() {}
        request
    });
    let mut child = program(&["sandbox", "tail", "--at", &sandbox.base_url])
        .env("NFT_INVOICE_SANDBOX_TOKEN", TOKEN)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    out.read_line(&mut String::new()).unwrap();
    drop(out);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(141), "{output:?}");
    let notes = String::from_utf8(output.stderr).unwrap();
    assert_eq!(notes.lines().count(), 1, "{notes}");
}
