#![cfg(unix)]
//! A slow or missing reader of its output does not block a sandbox.
use std::io::{Read, Write};
use std::process::Stdio;

use crate::running::Running;
use crate::{HOSTED, interrupt, program};

#[test]
fn the_sandbox_ends_even_if_nobody_reads_its_output() {
    let mut child = program(&["sandbox", "--listen", "127.0.0.1:0"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut start = [0; 256];
    let mut out = child.stdout.take().unwrap();
    out.read_exact(&mut start).unwrap();
    let start = String::from_utf8_lossy(&start);
    let address = start.split_once("http://").unwrap().1;
    let address = address.split_once(". ").unwrap().0;
    // More lines than a pipe holds.
    let mut stream = std::net::TcpStream::connect(address).unwrap();
    for _ in 0..3000 {
        stream
            .write_all(b"GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n")
            .unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte).unwrap();
            answer.push(byte[0]);
        }
        let head = String::from_utf8(answer).unwrap().to_lowercase();
        let length = head
            .split_once("content-length: ")
            .map_or("0", |(_, rest)| rest);
        let length = length.lines().next().unwrap().parse().unwrap();
        stream.read_exact(&mut vec![0; length]).unwrap();
    }
    interrupt(&child);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

#[test]
fn the_sandbox_runs_on_when_the_reader_of_its_output_ends() {
    let mut sandbox = Running::start(&[]);
    sandbox.stop_reading();
    for _ in 0..3 {
        sandbox.create(HOSTED);
    }
    let ended = sandbox.stop();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(ended.err, "The sandbox has stopped.\n");
}
