#![cfg(unix)]

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, Stdio};

use serde_json::Value;

use crate::{HOSTED, end, interrupt, program};

/// A running sandbox and the first line that it prints.
fn start(arguments: &[&str]) -> (Child, String) {
    let mut child = program(&[&["sandbox"], arguments].concat())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    out.read_line(&mut line).unwrap();
    // Kept open, so that nothing it prints fails.
    std::thread::spawn(move || out.read_to_end(&mut Vec::new()));
    (child, line)
}

#[test]
fn it_tells_programs_where_it_is_and_stops_at_ctrl_c() {
    let (child, line) = start(&["--format", "json"]);
    let object: Value = serde_json::from_str(&line).unwrap();
    let member = |name: &str| object[name].as_str().unwrap();
    let with_settings = |arguments: &[&str]| {
        let mut command = program(arguments);
        command.env("NFT_INVOICE_BASE_URL", member("base_url"));
        command.env("NFT_INVOICE_API_KEY", member("api_key"));
        command.env("NFT_INVOICE_HISTORY_PATH", member("history_path"));
        command
    };
    let created = end(&mut with_settings(&["create", "-"]), HOSTED);
    assert_eq!(created.code, Some(0), "{created:?}");
    let listed = end(
        &mut with_settings(&["history", "--all", "--format", "json"]),
        "",
    );
    assert_eq!(listed.objects().len(), 1, "{listed:?}");

    interrupt(&child);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let told = String::from_utf8(output.stderr).unwrap();
    assert!(told.contains("POST create: HTTP 200\n"), "{told}");
    assert!(told.ends_with("The sandbox has stopped.\n"), "{told}");
}

#[test]
fn it_tells_people_and_takes_an_address_and_a_seed() {
    let (child, line) = start(&["--listen", "[::1]:0", "--seed", "7"]);
    assert!(
        line.starts_with("A sandbox listens at http://[::1]:"),
        "{line}"
    );
    interrupt(&child);
    assert_eq!(child.wait_with_output().unwrap().status.code(), Some(0));
}

#[test]
fn an_address_in_use_is_2() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ended = crate::run(&["sandbox", "--listen", &address]);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.err.contains(&address), "{ended:?}");
}
