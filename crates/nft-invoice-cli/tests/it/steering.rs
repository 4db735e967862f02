//! Controlling a running sandbox: what is sent, what is shown of the response, and where the token is sent.
use std::io::Write;

use serde_json::{Value, json};

use crate::server::{NOBODY, Server, http, json as answer, read_request};
use crate::{Ended, Files, end, program, run};

pub const TOKEN: &str = "t0ken-7f3a-secret";

/// The program, steering a sandbox at `url` from the environment.
pub fn steer(url: &str, arguments: &[&str]) -> Ended {
    let mut command = program(&[&["sandbox"], arguments].concat());
    command.env("NFT_INVOICE_SANDBOX_URL", url);
    command.env("NFT_INVOICE_SANDBOX_TOKEN", TOKEN);
    end(&mut command, "")
}

#[test]
fn each_command_sends_one_request() {
    let files = Files::new();
    let file = files.write("plan", "create->reset\n");
    let file = format!("@{file}");
    for (arguments, line, body) in [
        (
            &["trigger", "invoice:paid", "--invoice", "3"][..],
            "POST /_sbx/api/trigger",
            json!({"event": "invoice:paid", "invoice": 3, "force": false}),
        ),
        (
            &["trigger", "invoice:paid", "--invoice", "3", "--force"],
            "POST /_sbx/api/trigger",
            json!({"event": "invoice:paid", "invoice": 3, "force": true}),
        ),
        (
            &["advance", "14d"],
            "POST /_sbx/api/clock/advance",
            json!({"by": "14d"}),
        ),
        (
            &["fault", "create->reset"],
            "PUT /_sbx/api/faults",
            json!({"plan": "create->reset"}),
        ),
        (
            &["fault", &file],
            "PUT /_sbx/api/faults",
            json!({"plan": "create->reset\n"}),
        ),
        (
            &["fault", "--clear"],
            "PUT /_sbx/api/faults",
            json!({"plan": ""}),
        ),
        (&["fault"], "GET /_sbx/api/faults", Value::Null),
        (
            &["replay", "7"],
            "POST /_sbx/api/deliveries/7/replay",
            json!({}),
        ),
        (
            &["replay", "1..9"],
            "POST /_sbx/api/deliveries/replay",
            json!({"from": 1, "to": 9}),
        ),
        (
            &["replay", "--failed-since", "2025-01-01T00:00:00Z"],
            "POST /_sbx/api/deliveries/replay",
            json!({"failed_since": "2025-01-01T00:00:00Z"}),
        ),
    ] {
        for format in ["text", "json"] {
            let sandbox = Server::answering(answer(r#"{"anything":1}"#));
            let arguments = [arguments, &["--format", format]].concat();
            let ended = steer(&sandbox.base_url.clone(), &arguments);
            assert_eq!(ended.code, Some(0), "{arguments:?}: {ended:?}");
            if format == "json" {
                assert_eq!(ended.object(), json!({"anything": 1}));
            }
            let request = sandbox.request();
            assert!(
                request.starts_with(&format!("{line} HTTP/1.1\r\n")),
                "{request}"
            );
            let (head, sent) = request.split_once("\r\n\r\n").unwrap();
            assert_eq!(
                serde_json::from_str::<Value>(sent).unwrap_or_default(),
                body,
                "{request}"
            );
            // A read needs no token, and does not get it.
            let bearer = format!("authorization: bearer {TOKEN}");
            let authorised = head.to_ascii_lowercase().contains(&bearer);
            assert_eq!(authorised, !line.starts_with("GET"), "{request}");
            assert!(!head.to_ascii_lowercase().contains("origin:"), "{request}");
        }
    }
}

#[test]
fn prints_responses_as_text_for_people() {
    for (arguments, body, said) in [
        (
            &["trigger", "invoice:paid", "--invoice", "3"][..],
            r#"{"id":3,"status":"PAID"}"#,
            "invoice 3 is PAID\n",
        ),
        (
            &["trigger", "invoice:paid", "--invoice", "3"],
            r#"{"id":3,"reference":"order-7f3a","status":"PAID"}"#,
            "invoice 3 is PAID, reference order-7f3a\n",
        ),
        (
            &["advance", "14d"],
            r#"{"now":"2025-01-15T00:00:00Z","happened":[{"text":"invoice 3 EXPIRED"}]}"#,
            "invoice 3 EXPIRED\nIt is 2025-01-15 00:00:00 (UTC) in the sandbox.\n",
        ),
        (
            &["advance", "14d"],
            r#"{"now":"2025-01-15T00:00:00Z","happened":[{"text":"invoice 3 EXPIRED"}],"omitted":7}"#,
            "invoice 3 EXPIRED\nAnd 7 more.\nIt is 2025-01-15 00:00:00 (UTC) in the sandbox.\n",
        ),
        (
            &["fault", "--clear"],
            r#"{"rules":[]}"#,
            "No fault rules.\n",
        ),
        (
            &["fault"],
            r#"{"rules":[{"text":"create->reset","matched":3,"fired":1}]}"#,
            "create->reset  (matched 3, fired 1)\n",
        ),
        (
            &["replay", "7"],
            r#"{"replayed":1}"#,
            "1 callback is sent again.\n",
        ),
        (
            &["replay", "1..9"],
            r#"{"replayed":0}"#,
            "0 callbacks are sent again.\n",
        ),
        (
            &["fault"],
            r#"{"rules":[{"text":"\u001b[31m"}]}"#,
            "\\u{1b}[31m  (matched null, fired null)\n",
        ),
    ] {
        let sandbox = Server::answering(answer(body));
        let ended = steer(&sandbox.base_url, arguments);
        assert_eq!(ended.out, said, "{arguments:?}: {ended:?}");
    }
}

#[test]
fn a_rejection_ends_with_3_and_says_what_to_do() {
    let trigger = &["trigger", "invoice:paid", "--invoice", "3"][..];
    for (status, body, arguments, said) in [
        (
            "409 Conflict",
            r#"{"error":"invoice 3 cannot become PAID","from":"PAID","allowed":["CHARGEBACK","WITHHELD"]}"#,
            trigger,
            &["invoice 3 cannot become PAID", "--force"][..],
        ),
        (
            "500 Internal Server Error",
            r#"{"error":"the database cannot be written"}"#,
            trigger,
            &["the database cannot be written"],
        ),
        (
            "404 Not Found",
            r#"{"error":"there is no invoice 3"}"#,
            trigger,
            &["no invoice 3"],
        ),
        (
            "401 Unauthorized",
            r#"{"error":"no"}"#,
            trigger,
            &["NFT_INVOICE_SANDBOX_TOKEN"],
        ),
        (
            "404 Not Found",
            "<html>",
            trigger,
            &["HTTP 404", "Is there one"],
        ),
        (
            "400 Bad Request",
            r#"{"error":"line 2, column 9: expected an action","line":2,"column":9}"#,
            &["fault", "status->empty\ncreate->x"],
            &["column 9", "\n  create->x\n          ^\n"],
        ),
    ] {
        for format in ["text", "json"] {
            let sandbox = Server::answering(http(status, "application/json", body));
            let ended = steer(
                &sandbox.base_url,
                &[arguments, &["--format", format]].concat(),
            );
            assert_eq!(ended.code, Some(3), "{ended:?}");
            for said in said {
                assert!(ended.err.contains(said), "{said:?}: {}", ended.err);
            }
            if format == "json" {
                let object = ended.object();
                assert_eq!(object["outcome"], "rejected", "{object}");
                assert_eq!(object["status"].to_string(), status[..3], "{object}");
                let given: Value = serde_json::from_str(body).unwrap_or_default();
                for member in ["from", "allowed", "line", "column"] {
                    assert_eq!(object.get(member), given.get(member), "{object}");
                }
            }
        }
    }
}

#[test]
fn an_unsent_command_ends_with_4_and_one_that_may_have_arrived_with_5() {
    let change = ["advance", "1d", "--format", "json"];
    let read = ["fault", "--format", "json"];
    let tail = ["tail", "--format", "json"];
    for arguments in [&change[..], &read, &tail] {
        let ended = steer(NOBODY, arguments);
        assert_eq!(ended.code, Some(4), "{ended:?}");
        assert_eq!(ended.object()["outcome"], "not_sent");
        assert!(
            ended
                .err
                .contains("cannot connect to 127.0.0.1:1: Connection refused"),
            "{ended:?}"
        );
    }
    for given in [
        "".to_owned(),
        http("500 Oops", "text/html", "<html>"),
        http("302 Found", "text/html", "{}"),
        answer("<html>"),
        "HTTP/1.1 200 OK\r\nContent-Length: 99\r\n\r\n{}".to_owned(),
    ] {
        for (arguments, code, outcome) in [
            (&change[..], 5, "unknown"),
            (&read, 4, "no_response"),
            (&tail, 4, "no_response"),
        ] {
            let sandbox = Server::answering(given.clone());
            let ended = steer(&sandbox.base_url, arguments);
            assert_eq!(ended.code, Some(code), "{given:?}: {ended:?}");
            assert_eq!(ended.object()["outcome"], outcome, "{given:?}");
        }
    }
    let endless = Server::new(|mut stream| {
        let request = read_request(&stream);
        let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n";
        stream.write_all(head.as_bytes()).unwrap();
        // Until the other side has had enough.
        while stream.write_all(&[b' '; 65_536]).is_ok() {}
        request
    });
    let ended = steer(&endless.base_url, &change);
    assert_eq!(ended.code, Some(5), "{ended:?}");
    // Accepts and says nothing.
    let silent = Server::new(|mut stream| {
        let _ = std::io::Read::read_to_end(&mut stream, &mut Vec::new());
        String::new()
    });
    let ended = steer(&silent.base_url, &["advance", "1d", "--timeout", "1"]);
    assert_eq!(ended.code, Some(5), "{ended:?}");
    assert!(ended.err.contains("--timeout"), "{ended:?}");
}

#[test]
fn each_help_has_an_example_and_each_command_a_manual_page() {
    for command in ["trigger", "advance", "fault", "recover", "replay", "tail"] {
        let help = run(&["sandbox", command, "--help"]);
        assert_eq!(help.code, Some(0), "{help:?}");
        assert!(
            help.out
                .contains(&format!("\n  nft-invoice sandbox {command}")),
            "{help:?}"
        );
        let page = run(&["man", "sandbox", command]);
        assert!(
            page.out
                .contains(&format!(".TH nft-invoice-sandbox-{command} 1")),
            "{page:?}"
        );
    }
    let completions = run(&["completions", "bash"]);
    assert!(completions.out.contains("--failed-since"));
}
