use std::process::Stdio;

use nft_invoice::{ApiKey, Config, Date, Draft, Reference, Rules, blocking};
use nft_invoice_sandbox::{InvoiceState, Route, Sandbox};

use crate::server::{NOBODY, Server, http, json};
use crate::{Ended, HOSTED, KEY, end, program};

fn sandbox(invoices: usize) -> Sandbox {
    let sandbox = Sandbox::builder().api_key(KEY).start_blocking().unwrap();
    let config = Config::new(sandbox.base_url(), ApiKey::new(KEY).unwrap());
    let client = blocking::Client::new(config).unwrap();
    let rules = Rules::on(Date::new(2025, 1, 1).unwrap());
    for number in 1..=invoices {
        let reference = Reference::new(format!("order-{number}")).unwrap();
        let draft = Draft::from_json(HOSTED.as_bytes()).unwrap();
        let invoice = draft.reference(reference).validate(&rules).unwrap();
        client.create(&invoice).unwrap();
    }
    sandbox
}

fn ask(base_url: &str, arguments: &[&str]) -> Ended {
    let mut command = program(arguments);
    command.env("NFT_INVOICE_BASE_URL", base_url);
    command.env("NFT_INVOICE_API_KEY", KEY);
    command.env("NFT_INVOICE_HISTORY_PATH", "/api/invoice/history/");
    end(&mut command, "")
}

#[test]
fn status_and_info_find_an_invoice() {
    let sandbox = sandbox(1);
    let text = ask(sandbox.base_url(), &["status", "1"]);
    assert_eq!(text.code, Some(0), "{text:?}");
    assert!(text.out.contains("CREATED (invoice:created)"), "{text:?}");
    let object = ask(sandbox.base_url(), &["status", "1", "--format", "json"]).object();
    assert_eq!(object["id"], "1");
    assert_eq!(object["status"], "invoice:created");
    assert_eq!(object["may_credit"], false);

    let text = ask(sandbox.base_url(), &["info", "1"]);
    assert_eq!(text.code, Some(0), "{text:?}");
    assert!(text.out.contains("reference    order-1\n"), "{text:?}");
    // Neither amount says that anything was paid.
    assert!(text.out.contains("fiat amount"), "{text:?}");
    assert!(!text.out.contains("paid in"), "{text:?}");
    let object = ask(sandbox.base_url(), &["--format", "json", "info", "1"]).object();
    assert_eq!(object["reference"], "order-1");
    assert_eq!(object["label"], "CREATED");
}

#[test]
fn history_lists_a_page_or_all() {
    let sandbox = sandbox(51);
    let base_url = sandbox.base_url();
    let first = ask(base_url, &["history", "--format", "json"]);
    assert_eq!(first.code, Some(0), "{first:?}");
    assert_eq!(first.objects().len(), 50);
    assert!(first.err.contains("These are 50 of 51"), "{first:?}");
    let all = ask(
        base_url,
        &["history", "--all", "--format", "json", "--order", "desc"],
    );
    assert_eq!(all.code, Some(0), "{all:?}");
    let ids: Vec<_> = all
        .objects()
        .iter()
        .map(|o| o["id"].as_str().unwrap().to_owned())
        .collect();
    let expected: Vec<_> = (1..=51).rev().map(|id| id.to_string()).collect();
    assert_eq!(ids, expected);
    assert_eq!(all.objects()[0]["amount"], "15.04");

    let text = ask(base_url, &["history", "--all"]);
    assert_eq!(text.out.lines().count(), 52, "a heading and each invoice");
    assert!(text.out.starts_with("ID "), "{text:?}");
    let none = ask(base_url, &["history", "--status", "EXPIRED"]);
    assert_eq!((none.code, none.out.as_str()), (Some(0), "no invoices\n"));
    let none = ask(
        base_url,
        &["history", "--status", "EXPIRED", "--format", "json"],
    );
    assert_eq!((none.code, none.out.as_str()), (Some(0), ""));
}

#[test]
fn a_rejection_ends_with_3() {
    for command in [&["status", "1"][..], &["info", "1"], &["history"]] {
        let body = r#"{"errorCode":"50007","errorMessage":"invalid API-KEY"}"#;
        let gateway = Server::answering(json(body));
        let ended = ask(
            &gateway.base_url,
            &[command, &["--format", "json"]].concat(),
        );
        assert_eq!(ended.code, Some(3), "{ended:?}");
        let object = ended.object();
        assert_eq!(object["outcome"], "rejected");
        assert_eq!(
            (object["code"].as_i64(), object["meaning"].as_str()),
            (Some(50007), Some("invalid API-KEY"))
        );
        assert!(gateway.request().starts_with("GET /api/"));
    }
    let sandbox = sandbox(0);
    let ended = ask(sandbox.base_url(), &["status", "7"]);
    assert_eq!(ended.code, Some(3), "{ended:?}");
    assert!(ended.err.contains("500"), "{ended:?}");
}

#[test]
fn a_read_without_a_usable_response_ends_with_4() {
    for command in [&["status", "1"][..], &["info", "1"], &["history", "--all"]] {
        // So short that a read is repeated once.
        let command = &[command, &["--timeout", "1"]].concat();
        let as_json = [&command[..], &["--format", "json"]].concat();
        for answer in [
            http("500 Oops", "text/html", "<html>"),
            http("302 Found", "text/plain", ""),
            "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{".to_owned(),
            String::new(),
        ] {
            let gateway = Server::answering(answer);
            let ended = ask(&gateway.base_url, &as_json);
            assert_eq!(ended.code, Some(4), "{ended:?}");
            assert_eq!(ended.object()["outcome"], "no_response");
            assert!(
                ended.err.contains("safe to run the command again"),
                "{ended:?}"
            );
        }
        let ended = ask(NOBODY, command);
        assert_eq!(ended.code, Some(4), "{ended:?}");
        assert!(
            ended.err.contains("not sent: connection refused"),
            "{ended:?}"
        );
        assert_eq!(ended.out, "");
    }
}

#[test]
fn an_interrupted_list_names_the_page_to_continue_with() {
    let list = vec![r#"{"id":"1"}"#; 50].join(",");
    let page = json(&format!(
        r#"{{"errorCode":0,"list":[{list}],"total":"99"}}"#
    ));
    let gateway = Server::answering(page);
    let ended = ask(&gateway.base_url, &["history", "--all"]);
    assert_eq!(ended.code, Some(4), "{ended:?}");
    assert!(
        ended.err.contains(
            "The list ends after 50 invoices. To continue, run the command again with --page 2"
        ),
        "{ended:?}"
    );
}

#[cfg(unix)]
#[test]
fn ctrl_c_during_a_read_ends_with_4() {
    use std::io::Read;
    use std::process::Stdio;
    use std::sync::mpsc;

    let (received, has_received) = mpsc::channel();
    let gateway = Server::new(move |mut stream| {
        let request = crate::server::read_request(&stream);
        received.send(()).unwrap();
        let _ = stream.read(&mut [0]);
        request
    });
    let child = program(&[
        "status",
        "1",
        "--base-url",
        &gateway.base_url,
        "--format",
        "json",
    ])
    .env("NFT_INVOICE_API_KEY", KEY)
    .stdout(Stdio::piped())
    .stderr(Stdio::piped())
    .spawn()
    .unwrap();
    has_received.recv().unwrap();
    crate::interrupt(&child);
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(4), "{output:?}");
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.contains("interrupted"), "{text}");
    gateway.request();
}

#[test]
fn find_prints_the_infos_of_the_invoice_with_the_reference() {
    let sandbox = sandbox(3);
    let found = ask(
        sandbox.base_url(),
        &["find", "order-2", "--amount", "15.04"],
    );
    assert_eq!(found.code, Some(0), "{found:?}");
    assert!(found.out.starts_with("id           2\n"), "{found:?}");
    let object = ask(sandbox.base_url(), &["find", "order-2", "--format", "json"]).object();
    assert_eq!(
        (&object["id"], &object["reference"]),
        (&"2".into(), &"order-2".into())
    );
}

#[test]
fn find_without_a_match_ends_with_3_and_says_what_was_searched() {
    let sandbox = sandbox(3);
    let none = ask(sandbox.base_url(), &["find", "order-9", "--format", "json"]);
    assert_eq!(none.code, Some(3), "{none:?}");
    assert_eq!(none.object()["outcome"], "not_found");
    assert!(
        none.err
            .contains("Invoices searched: 3 (pages: 1). Infos read: 3."),
        "{none:?}"
    );
    assert!(none.err.contains("no proof"), "{none:?}");
    let limited = ask(sandbox.base_url(), &["find", "order-9", "--limit", "2"]);
    assert_eq!(limited.code, Some(4), "{limited:?}");
    assert!(limited.err.contains("--page 1"), "{limited:?}");
    let without_path = end(
        program(&["find", "order-9", "--base-url", NOBODY]).env("NFT_INVOICE_API_KEY", KEY),
        "",
    );
    assert_eq!(without_path.code, Some(2), "{without_path:?}");
    assert!(
        without_path.err.contains("--history-path"),
        "{without_path:?}"
    );
}

#[test]
fn a_value_that_cannot_be_read_is_shown_as_it_was_written() {
    let body = r#"{"errorCode":0,"data":{"id":"n/a\u202e","status":"invoice:paid","devise":"U\u202eDS","amount":"1,234.50"}}"#;
    for (format, shown) in [
        ("text", r"id           n/a\u{202e}"),
        ("text", r"amount       1,234.50 U\u{202e}DS"),
        ("json", r#"{"id":"n/a\u202e","#),
        ("json", r#""amount":"1,234.50","currency":"U\u202eDS""#),
    ] {
        let gateway = Server::answering(json(body));
        let ended = ask(&gateway.base_url, &["info", "1", "--format", format]);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert!(ended.out.contains(shown), "{ended:?}");
        assert!(ended.out.contains("n/a"), "{ended:?}");
    }
}

#[test]
fn a_read_is_repeated_when_its_transport_fails() {
    let sandbox = sandbox(1);
    sandbox.set_faults("status->reset@n=1").unwrap();
    let ended = ask(sandbox.base_url(), &["status", "1"]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.out.contains("invoice:created"), "{ended:?}");
    assert!(ended.err.contains("trying again"), "{ended:?}");

    // A rejection is a response.
    let rejected = ask(sandbox.base_url(), &["status", "7"]);
    assert_eq!(rejected.code, Some(3), "{rejected:?}");
    assert!(!rejected.err.contains("trying again"), "{rejected:?}");

    sandbox.set_faults("history->reset@n=1").unwrap();
    let history = ask(
        sandbox.base_url(),
        &["history", "--all", "--format", "json"],
    );
    assert_eq!(history.code, Some(0), "{history:?}");
    assert_eq!(history.objects().len(), 1, "{history:?}");
}

#[test]
fn verbose_shows_the_causes_of_a_failure() {
    for (arguments, shown) in [
        (&["status", "1", "--timeout", "1", "-v"][..], true),
        (&["status", "1", "--timeout", "1"], false),
    ] {
        let ended = ask(NOBODY, arguments);
        assert_eq!(ended.code, Some(4), "{ended:?}");
        assert_eq!(ended.err.contains("caused by: "), shown, "{ended:?}");
        assert!(!ended.err.contains(KEY), "{ended:?}");
    }
}

#[test]
fn wait_ends_with_the_status_of_the_invoice() {
    let sandbox = sandbox(2);
    let base_url = sandbox.base_url();
    for (arguments, exit) in [
        (&["wait", "1", "--for", "created"][..], 0),
        (&["wait", "1", "--timeout", "1"], 4),
        (&["wait", "1", "--for", "nonsense"], 2),
        (&["wait", "order-9", "--timeout", "1"], 3),
    ] {
        let ended = ask(base_url, arguments);
        assert_eq!(ended.code, Some(exit), "{arguments:?}: {ended:?}");
    }
    let invoices = sandbox.invoices();
    invoices
        .get(1)
        .unwrap()
        .force_to(InvoiceState::Paid)
        .unwrap();
    invoices
        .get(2)
        .unwrap()
        .force_to(InvoiceState::Failed)
        .unwrap();
    let paid = ask(base_url, &["wait", "order-1", "--format", "json"]);
    assert_eq!(paid.code, Some(0), "{paid:?}");
    assert_eq!(paid.object()["status"], "invoice:paid");
    let failed = ask(base_url, &["wait", "2"]);
    assert_eq!(failed.code, Some(3), "{failed:?}");
    assert!(failed.out.contains("invoice:failed"), "{failed:?}");
}

#[test]
fn wait_asks_until_the_status_changes() {
    let sandbox = sandbox(1);
    let waiting = program(&["wait", "1", "--timeout", "600"])
        .env("NFT_INVOICE_BASE_URL", sandbox.base_url())
        .env("NFT_INVOICE_API_KEY", KEY)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    while sandbox.requests().to(Route::Status).is_empty() {
        std::thread::yield_now();
    }
    sandbox
        .invoices()
        .only()
        .force_to(InvoiceState::Paid)
        .unwrap();
    let ended = waiting.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(0), "{ended:?}");
    assert!(sandbox.requests().to(Route::Status).len() > 1);
}
