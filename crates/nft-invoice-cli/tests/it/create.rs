use std::path::Path;

use crate::server::{NOBODY, Server, json};
use crate::{CARD, CODE, Files, HOSTED, KEY, S2S, end, program, run};

const DONE: &str = r#"{"errorCode":0,"redirectUrl":"https://gateway.example/pay"}"#;

#[test]
fn an_invalid_invoice_ends_with_1_and_nothing_is_sent() {
    let files = Files::new();
    let bad = files.write(
        "bad.json",
        HOSTED.replace("USD", "EUR").replace("15.04", "x"),
    );
    // Nothing listens there: 4 would mean that something was tried.
    for format in ["text", "json"] {
        let arguments = ["create", &bad, "--base-url", NOBODY, "--format", format];
        let ended = end(program(&arguments).env("NFT_INVOICE_API_KEY", KEY), "");
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(
            ended.out.contains("/amount") && ended.out.contains("/devise"),
            "{ended:?}"
        );
        if format == "json" {
            let object = ended.object();
            assert_eq!(object["outcome"], "invalid");
            let problem = &object["errors"][1];
            assert_eq!(problem["path"], "/devise");
            assert_eq!(problem["code"], "unsupported");
            assert_eq!(problem["gateway_code"], 50009);
        }
    }
    let not_json = end(
        program(&["create", "-", "--sandbox", "--format", "json"]).env("NFT_INVOICE_API_KEY", KEY),
        "{",
    );
    assert_eq!(not_json.code, Some(1), "{not_json:?}");
    assert_eq!(not_json.object()["errors"][0]["code"], "malformed");
}

#[test]
fn the_sandbox_accepts_the_documented_example_over_both_transports() {
    let files = Files::new();
    let (hosted, s2s) = (
        files.write("hosted.json", HOSTED),
        files.write("s2s.json", S2S),
    );
    for transport in ["hyper", "reqwest", "ureq"] {
        let base = [
            "create",
            "--sandbox",
            "--format",
            "json",
            "--transport",
            transport,
        ];
        let ended = run(&[&base[..], &[&hosted]].concat());
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let object = ended.object();
        assert_eq!(object["outcome"], "accepted");
        let url = object["redirect_url"].as_str().unwrap();
        assert!(url.starts_with("http://127.0.0.1:"), "{url}");
        assert!(object["html"].is_string());
        assert!(ended.err.contains("The sandbox has stopped"), "{ended:?}");

        let ended = run(&[&base[..], &[&s2s, "--today", "2025-01-01"]].concat());
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert_eq!(ended.object()["redirect_url"], serde_json::Value::Null);
        let expired = run(&[&base[..], &[&s2s, "--today", "2025-04-01"]].concat());
        assert_eq!(expired.code, Some(1), "{expired:?}");
    }
    let text = run(&["create", "--sandbox", &hosted]);
    assert!(text.out.contains("\n  http://127.0.0.1:"), "{text:?}");
}

#[test]
fn the_sandbox_shows_what_became_of_the_card() {
    let files = Files::new();
    let base = ["create", "--sandbox", "--today", "2025-01-01"];
    for (card, exit, status, reason) in [
        ("4242424242424242", 0, "invoice:paid", None),
        ("4000000000009995", 3, "invoice:failed", Some("FUNDS")),
        ("4000000000000002", 3, "invoice:failed", Some("DECLINED")),
        ("4000000000009235", 0, "invoice:awaiting_approval", None),
        // The customer has to pass 3-D Secure first.
        ("4000002760003184", 0, "invoice:created", None),
    ] {
        let file = files.write("s2s.json", S2S.replace(CARD, card));
        let ended = run(&[&base[..], &["--format", "json", &file]].concat());
        assert_eq!(ended.code, Some(exit), "{card}: {ended:?}");
        let object = ended.object();
        assert_eq!(object["outcome"], "accepted", "{card}");
        let sandbox = serde_json::json!({"status": status, "reason": reason});
        assert_eq!(object["sandbox"], sandbox, "{card}");
        let text = run(&[&base[..], &[&file]].concat());
        assert_eq!(text.code, Some(exit), "{card}: {text:?}");
        if object["redirect_url"].is_null() {
            assert!(text.out.contains(status), "{card}: {text:?}");
            assert!(text.out.contains(reason.unwrap_or_default()), "{text:?}");
        }
        assert_eq!(text.err.contains("declined"), exit == 3, "{text:?}");
    }
}

#[test]
fn a_dry_run_in_the_sandbox_needs_no_settings_and_sends_nothing() {
    let ended = end(
        &mut program(&["create", "--sandbox", "--dry-run", "-"]),
        HOSTED,
    );
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.out.starts_with("POST http://127.0.0.1"), "{ended:?}");
    assert!(ended.err.contains("nothing was sent"), "{ended:?}");
}

#[test]
fn the_sandbox_needs_neither_key_nor_base_url() {
    let mut command = program(&["create", "--sandbox", "-"]);
    command.env("NFT_INVOICE_BASE_URL", "http://gateway.example");
    command.env("NFT_INVOICE_API_KEY", "not a key");
    let ended = end(&mut command, HOSTED);
    assert_eq!(ended.code, Some(0), "{ended:?}");
}

#[test]
fn a_dry_run_shows_the_request_and_sends_nothing() {
    let files = Files::new();
    let s2s = S2S.replace("\"phone\"", "\"surprise\":{\"a\":\"hunter2\"},\"phone\"");
    let file = files.write("s2s.json", s2s);
    let base_url = format!("{NOBODY}/base");
    for format in ["text", "json"] {
        let ended = run(&[
            "create",
            "--dry-run",
            "--reference",
            "order-1",
            "--base-url",
            &base_url,
            "--today",
            "2025-01-01",
            "--format",
            format,
            &file,
        ]);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        for shown in [
            "POST",
            &base_url,
            "/api/btn-create-invoice/get/",
            "(hidden)",
            "surprise",
        ] {
            assert!(ended.out.contains(shown), "{shown}: {ended:?}");
        }
        for secret in [CARD, CODE, "02/2025", "hunter2"] {
            assert!(!ended.out.contains(secret), "{secret}: {ended:?}");
        }
        if format == "json" {
            let object = ended.object();
            assert_eq!(object["outcome"], "dry_run");
            assert_eq!(object["body"]["email"], "jane@shop.example");
        }
    }
}

#[test]
fn reads_the_key_from_a_file_or_standard_input() {
    let files = Files::new();
    let (order, key) = (
        files.write("order.json", HOSTED),
        files.write("key", format!("\u{feff}{KEY}\r\n")),
    );
    for (key_file, input) in [(key.as_str(), String::new()), ("-", format!("{KEY}\n"))] {
        let gateway = Server::answering(json(DONE));
        let arguments = [
            "create",
            &order,
            "--api-key-file",
            key_file,
            "--base-url",
            &gateway.base_url,
        ];
        // The file wins over the variable.
        let ended = end(
            program(&arguments).env("NFT_INVOICE_API_KEY", "other"),
            &input,
        );
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let request = gateway.request().to_ascii_lowercase();
        assert!(
            request.contains(&format!("api-key: {KEY}\r\n")),
            "{request}"
        );
    }
}

#[test]
fn keeps_an_own_reference_and_leaves_other_data_alone() {
    let files = Files::new();
    for (data, reference) in [
        (
            r#"{"nftInvoiceReference":"mine-1","cart":7}"#,
            Some("mine-1"),
        ),
        (r#"{"cart":7}"#, Some("")),
        (r#""{txId : qktr12eqzg}""#, None),
    ] {
        let order = HOSTED.replace("\"email\"", &format!("\"callbackJson\":{data},\"email\""));
        let file = files.write("order.json", order);
        let ended = run(&["create", "--sandbox", "--format", "json", &file]);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        let shown = ended.object()["reference"].as_str().map(str::to_owned);
        assert_eq!(shown.is_some(), reference.is_some(), "{ended:?}");
        if let (Some(shown), Some(reference)) = (shown, reference) {
            assert!(shown.starts_with(reference), "{shown}");
            assert!(ended.err.contains(&format!("Reference: {shown}")));
        }
    }
}

#[test]
fn each_run_has_a_reference_of_its_own() {
    let reference = || {
        let ended = end(
            &mut program(&["create", "--sandbox", "--format", "json", "-"]),
            HOSTED,
        );
        ended.object()["reference"].as_str().unwrap().to_owned()
    };
    let (first, second) = (reference(), reference());
    assert_ne!(first, second);
    assert_eq!(first.len(), 26);
}

#[cfg(unix)]
mod interrupted {
    use std::fs::OpenOptions;
    use std::io::{BufRead, BufReader, Read};
    use std::net::TcpStream;
    use std::process::{Command, Stdio};
    use std::sync::mpsc;

    use super::*;
    use crate::interrupt;
    use crate::server::read_request;

    #[test]
    fn an_interrupt_before_sending_ends_with_4() {
        let files = Files::new();
        let pipe = files.path("order.json");
        assert!(
            Command::new("mkfifo")
                .arg(&pipe)
                .status()
                .unwrap()
                .success()
        );
        let child = program(&[
            "create",
            "--sandbox",
            "--format",
            "json",
            pipe.to_str().unwrap(),
        ])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
        // The other end of a pipe can be opened once the program has opened its own.
        let kept_open = OpenOptions::new().write(true).open(&pipe).unwrap();
        interrupt(&child);
        let output = child.wait_with_output().unwrap();
        drop(kept_open);
        assert_eq!(output.status.code(), Some(4), "{output:?}");
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains(r#""outcome":"not_sent""#), "{text}");
    }

    /// Interrupts a create as soon as `treat` has said so, and gives the exit code and the output.
    fn interrupted_when(
        transport: &str,
        https: bool,
        treat: fn(&mut TcpStream),
    ) -> (Option<i32>, String) {
        let (reached, has_reached) = mpsc::channel();
        let gateway = Server::new(move |mut stream| {
            treat(&mut stream);
            reached.send(()).unwrap();
            // Sends nothing until the client is gone.
            let _ = stream.read_to_end(&mut Vec::new());
            String::new()
        });
        let base_url = if https {
            gateway.base_url.replace("http:", "https:")
        } else {
            gateway.base_url.clone()
        };
        let files = Files::new();
        let file = files.write("order.json", HOSTED);
        let child = program(&[
            "create",
            &file,
            "--transport",
            transport,
            "--format",
            "json",
        ])
        .env("NFT_INVOICE_BASE_URL", base_url)
        .env("NFT_INVOICE_API_KEY", KEY)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
        has_reached.recv().unwrap();
        interrupt(&child);
        let output = child.wait_with_output().unwrap();
        gateway.request();
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
        )
    }

    #[test]
    fn an_interrupt_after_sending_ends_with_5() {
        for transport in ["hyper", "reqwest", "ureq"] {
            let (code, text) =
                interrupted_when(transport, false, |stream| drop(read_request(stream)));
            assert_eq!(code, Some(5), "{transport}: {text}");
            assert!(
                text.contains(r#""outcome":"unknown""#),
                "{transport}: {text}"
            );
        }
    }

    #[test]
    fn an_interrupt_in_the_handshake_ends_with_4() {
        for transport in ["hyper", "reqwest", "ureq"] {
            let (code, text) = interrupted_when(transport, true, |stream| {
                // The client says hello, and hears nothing.
                stream.read_exact(&mut [0; 5]).unwrap();
            });
            assert_eq!(code, Some(4), "{transport}: {text}");
            assert!(
                text.contains(r#""outcome":"not_sent""#),
                "{transport}: {text}"
            );
        }
    }

    #[test]
    fn a_kept_sandbox_ends_with_0_and_shows_events() {
        let files = Files::new();
        let file = files.write("order.json", HOSTED);
        let mut child = program(&["create", "--sandbox", "--keep", "--format", "json", &file])
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap())
            .read_line(&mut line)
            .unwrap();
        assert!(line.contains(r#""outcome":"accepted""#), "{line}");
        interrupt(&child);
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{output:?}");
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(
            text.contains("invoice 1 CREATED") || text.contains("invoice 1 "),
            "{text}"
        );
        assert!(text.contains("/_sbx?token="), "no dashboard: {text}");
        assert!(text.contains("The sandbox has stopped"), "{text}");
    }
}

#[test]
fn a_result_that_cannot_be_written_is_shown_on_standard_error() {
    // A full disk; other systems have no such file.
    if !Path::new("/dev/full").exists() {
        return;
    }
    let gateway = Server::answering(json(DONE));
    let files = Files::new();
    let file = files.write("order.json", HOSTED);
    let output = program(&["create", &file, "--base-url", &gateway.base_url])
        .env("NFT_INVOICE_API_KEY", KEY)
        .stdout(
            std::fs::OpenOptions::new()
                .write(true)
                .open("/dev/full")
                .unwrap(),
        )
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let text = String::from_utf8(output.stderr).unwrap();
    assert!(text.contains("https://gateway.example/pay"), "{text}");
}
