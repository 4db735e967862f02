#![cfg(unix)]
//! A sandbox as a process: what it prints for programs and for people, and how it ends.
use std::io::Write;
use std::net::TcpListener;

use nft_invoice::Verifier;
use serde_json::json;

use crate::running::Running;
use crate::server::{Server, http, read_request};
use crate::tls::Authority;
use crate::{Files, HOSTED, S2S, end, run};

const MEMBERS: [&str; 6] = [
    "base_url",
    "dashboard_url",
    "admin_token",
    "api_key",
    "callback_secret",
    "history_path",
];
const VARIABLES: [&str; 6] = [
    "NFT_INVOICE_BASE_URL",
    "NFT_INVOICE_API_KEY",
    "NFT_INVOICE_HISTORY_PATH",
    "NFT_INVOICE_CALLBACK_SECRET",
    "NFT_INVOICE_SANDBOX_URL",
    "NFT_INVOICE_SANDBOX_TOKEN",
];

#[test]
fn prints_its_address_and_events_as_json_for_programs() {
    let mut sandbox = Running::start(&[]);
    let members: Vec<_> = sandbox.facts.as_object().unwrap().keys().cloned().collect();
    assert_eq!(members, MEMBERS);
    let created = sandbox.create(HOSTED);
    let listed = end(
        &mut sandbox.client(&["history", "--all", "--format", "json"]),
        "",
    );
    assert_eq!(listed.objects().len(), 1, "{listed:?}");

    let invoice = sandbox.wait_for("invoice");
    assert_eq!(invoice["invoice"], 1);
    assert_eq!(invoice["status"], "CREATED");
    let request = sandbox.wait_for("request");
    assert_eq!(request["invoice"], 1);
    let reference = created["reference"].as_str().expect("a reference");
    assert_eq!(
        request["text"],
        format!("POST create: HTTP 200, invoice 1, reference {reference}")
    );
    for event in [invoice, request] {
        let at = event["at"].as_str().unwrap();
        assert!(at.ends_with('Z') && at.contains('T'), "{event}");
        let page = created["redirect_url"].as_str().unwrap();
        let token = page.split_once("token=").unwrap().1;
        assert!(!event.to_string().contains(token), "{event}");
        assert_eq!(event["reference"], reference, "{event}");
    }
    let ended = sandbox.stop();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(ended.err, "The sandbox has stopped.\n");
}

#[test]
fn prints_usage_and_events_in_aligned_lines_for_people() {
    let sandbox = Running::start_for_people(&["--listen", "[::1]:0", "--seed", "7"]);
    let greeting = sandbox.greeting.clone();
    assert!(
        greeting.starts_with("A sandbox listens at http://[::1]:"),
        "{greeting}"
    );
    let exports = sandbox.exports();
    let variables: Vec<_> = exports.iter().map(|(name, _)| &**name).collect();
    assert_eq!(variables, VARIABLES, "{greeting}");
    let token = &exports.last().unwrap().1;
    assert!(
        greeting.contains(&format!("/_sbx?token={token}\n")),
        "{greeting}"
    );
    let created = sandbox.create(HOSTED);
    let reference = created["reference"].as_str().expect("a reference");
    let ended = sandbox.stop();
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let lines: Vec<_> = ended.out.lines().collect();
    let [day, first, second] = lines[..] else {
        panic!("{ended:?}")
    };
    assert_eq!(day.len(), "2025-01-01".len(), "{ended:?}");
    let (time, told) = first.split_at(10);
    assert!(
        time.ends_with("  ") && time.matches(':').count() == 2,
        "{first}"
    );
    assert_eq!(
        told,
        format!("invoice 1   CREATED (hosted, 15.04 USD), reference {reference}")
    );
    assert_eq!(
        second[10..],
        format!("request     POST create: HTTP 200, invoice 1, reference {reference}")
    );
    assert!(
        !ended.out.contains('\u{1b}'),
        "colours for a pipe: {ended:?}"
    );
}

#[test]
fn sends_callbacks_to_the_given_url_signed_with_the_secret_from_the_file() {
    let files = Files::new();
    let secret = files.write("secret", "hunter2-hunter2\n");
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/callback", listener.local_addr().unwrap());
    let arguments = ["--callback", &url, "--callback-secret-file", &secret];
    let mut sandbox = Running::start(&arguments);
    assert_eq!(sandbox.facts["callback_secret"], "hunter2-hunter2");
    sandbox.create(HOSTED);
    let (mut stream, _) = listener.accept().unwrap();
    let callback = read_request(&stream);
    stream
        .write_all(http("204 OK", "text/plain", "").as_bytes())
        .unwrap();
    let (head, body) = callback.split_once("\r\n\r\n").unwrap();
    assert!(body.contains("invoice:created"), "{callback}");
    let head = head.to_ascii_lowercase();
    let (_, signature) = head.split_once("\r\nx-signature: ").expect(&callback);
    let signature = signature.lines().next().unwrap();
    let verifier = Verifier::hmac_sha256("hunter2-hunter2").unwrap();
    assert!(
        verifier.verify(signature, body.as_bytes()).is_ok(),
        "{callback}"
    );
    let told = sandbox.wait_for("callback");
    assert_eq!(
        (&told["delivery"], &told["result"]),
        (&json!(1), &json!({"answered": 204})),
        "{told}"
    );

    let people = Running::start_for_people(&arguments);
    assert!(people.greeting.contains(&url), "{}", people.greeting);
    assert!(!people.greeting.contains("hunter2"), "{}", people.greeting);
}

#[test]
fn a_public_url_is_in_the_links_and_not_in_the_address_of_commands() {
    let public = "http://sandbox.test:8080";
    let arguments = ["--public-url", public, "--allow-host", "other.test"];
    let sandbox = Running::start(&arguments);
    assert_eq!(sandbox.facts["base_url"], public);
    let dashboard = sandbox.facts["dashboard_url"].as_str().unwrap();
    assert!(dashboard.starts_with(public), "{dashboard}");

    let sandbox = Running::start_for_people(&arguments);
    let exports = sandbox.exports();
    let value = |name: &str| &exports.iter().find(|(found, _)| found == name).unwrap().1;
    assert_eq!(value("NFT_INVOICE_BASE_URL"), public);
    let local = value("NFT_INVOICE_SANDBOX_URL");
    assert!(local.starts_with("http://127.0.0.1:"), "{local}");
    let moved = end(&mut sandbox.client(&["sandbox", "advance", "1d"]), "");
    assert_eq!(moved.code, Some(0), "{moved:?}");
    let mut create = sandbox.client(&[
        "create",
        "-",
        "--base-url",
        local,
        "--insecure-host",
        "sandbox.test",
        "--format",
        "json",
    ]);
    let created = end(&mut create, HOSTED);
    let url = created.object()["redirect_url"].to_string();
    assert!(url.contains(&format!("{public}/widget/")), "{url}");
}

#[test]
fn sends_callbacks_over_https_if_callback_ca_names_the_authority() {
    let (authority, files) = (Authority::new(), Files::new());
    let ours = files.write("ours.pem", authority.pem());
    let others = files.write("others.pem", Authority::new().pem());
    for (file, expected) in [
        (&ours, "attempt 1: HTTP 200"),
        (&others, "TLS handshake failed"),
    ] {
        let accept = authority.accept();
        let shop = Server::new(move |tcp| {
            let mut tls = accept(tcp);
            // A sender that does not trust the certificate ends the handshake.
            if tls.conn.complete_io(&mut tls.sock).is_err() {
                return String::new();
            }
            let callback = read_request(&mut tls);
            tls.write_all(http("200 OK", "text/plain", "").as_bytes())
                .unwrap();
            callback
        });
        let url = shop.base_url.replace("http://", "https://");
        let mut sandbox = Running::start(&["--callback", &url, "--callback-ca", file]);
        sandbox.create(HOSTED);
        let attempt = sandbox.wait_for("callback")["text"].to_string();
        assert!(attempt.contains(expected), "{attempt}");
        let is_trusted = file == &ours;
        assert_eq!(shop.request().contains("invoice:created"), is_trusted);
    }
}

#[test]
fn the_order_of_callbacks_decides_whether_a_failing_one_blocks_the_next() {
    let card = S2S.replace("02/2025", "12/2099");
    // Nobody receives them.
    let callback = ["--callback", "http://127.0.0.1:1/"];
    let mut sandbox = Running::start(&callback);
    let created = sandbox.create(&card);
    let blocked = sandbox.wait_for("blocked");
    assert_eq!(blocked["delivery"], 2, "{blocked}");
    assert_eq!(blocked["waits_for"], 1, "{blocked}");
    let text = "callback 2 invoice:paid of invoice 1 waits for callback 1, reference";
    let reference = created["reference"].as_str().expect("a reference");
    assert_eq!(blocked["text"], format!("{text} {reference}"));

    let arguments = [&callback[..], &["--callback-order", "unordered"]].concat();
    let mut sandbox = Running::start(&arguments);
    sandbox.create(&card);
    let mut numbers = [(); 2].map(|()| sandbox.wait_for("callback")["delivery"].as_u64());
    numbers.sort_unstable();
    assert_eq!(numbers, [Some(1), Some(2)], "both are sent at once");
}

#[test]
fn secrets_of_two_runs_differ() {
    let secret = || {
        let sandbox = Running::start(&[]);
        sandbox.facts["callback_secret"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let (first, second) = (secret(), secret());
    assert!(first.len() >= 32, "{first}");
    assert_ne!(first, second);
}

#[test]
fn faults_and_assumptions_come_from_flags_and_files() {
    let files = Files::new();
    let plan = files.write("plan", "# twice\ncreate -> error(50008) @ first=2\n");
    let sandbox = Running::start(&[
        "--faults",
        &format!("@{plan}"),
        "--assume",
        "error-status=400",
    ]);
    let refused = end(
        &mut sandbox.client(&["create", "-", "--format", "json"]),
        HOSTED,
    );
    assert_eq!(refused.code, Some(3), "{refused:?}");
    assert_eq!(refused.object()["code"], 50008, "{refused:?}");

    let sandbox = Running::start(&["--faults", "create->after.reset@n=1"]);
    let lost = end(&mut sandbox.client(&["create", "-"]), HOSTED);
    assert_eq!(lost.code, Some(5), "{lost:?}");
}

#[test]
fn invalid_options_of_the_sandbox_end_with_2_and_say_what_to_do() {
    let files = Files::new();
    let (empty, bad) = (
        files.write("empty", " \n"),
        files.write("plan", "\ncreate->explode\n"),
    );
    let bad = format!("@{bad}");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (arguments, said) in [
        (
            &["--listen", &address][..],
            &[&*address, "--listen 127.0.0.1:0"][..],
        ),
        (&["--listen", "0.0.0.0:0"], &["--allow-remote"]),
        (
            &["--faults", "create->explode"],
            &[
                "column 9: expected an action",
                "\n\n  create->explode\n          ^\n",
            ],
        ),
        (
            &["--faults", &bad],
            &["line 2, column 9", "\n\n  create->explode\n          ^\n"],
        ),
        (&["--faults", "@nowhere"], &["nowhere", "No such file"]),
        (
            &["--assume", "gravity=off"],
            &["gravity", "\n  error-status", " 200, 400\n"],
        ),
        (
            &["--assume", "error-status=500"],
            &["no option 500", "200, 400"],
        ),
        (&["--assume", "error-status"], &["ID=OPTION"]),
        (
            &["--callback", "http://shop.example/"],
            &["shop.example", "--allow-callback"],
        ),
        (&["--callback-order", "random"], &["`fifo`, `unordered` or"]),
        (&["--callback", "ftp://127.0.0.1/"], &["http or https"]),
        (
            &["--callback", "http://127.0.0.1:65536/"],
            &["a port up to 65535"],
        ),
        (
            &["--public-url", "http://sandbox/path"],
            &["public URL", "http://sandbox:8080"],
        ),
        (
            &["--allow-host", "sandbox:8080"],
            &["without scheme and port"],
        ),
        (
            &["--callback-secret-file", "nowhere"],
            &["--callback-secret-file"],
        ),
        (&["--callback-secret-file", &empty], &["empty"]),
        (
            &["--callback-ca", "nowhere.pem"],
            &["--callback-ca nowhere.pem"],
        ),
        (
            &["--callback-ca", &empty],
            &["--callback-ca", "BEGIN CERTIFICATE"],
        ),
    ] {
        for format in ["text", "json"] {
            let mut all = [&["sandbox", "--format", format], arguments].concat();
            if arguments[0] != "--listen" {
                // What starts with them all the same ends here, and not never.
                all.extend(["--listen", &address]);
            }
            let ended = run(&all);
            assert_eq!(ended.code, Some(2), "{arguments:?}: {ended:?}");
            assert_eq!(ended.out, "", "{arguments:?}");
            for said in said {
                assert!(
                    ended.err.contains(said),
                    "{said:?} of {arguments:?}: {}",
                    ended.err
                );
            }
        }
    }
    let allowed = Running::start(&[
        "--callback",
        "http://shop.example/",
        "--allow-callback",
        "shop.example",
    ]);
    assert_eq!(allowed.stop().code, Some(0));
}

#[test]
fn a_file_keeps_the_invoices_even_if_it_is_killed() {
    let files = Files::new();
    let path = files.path("sandbox.db");
    let arguments = ["--db", path.to_str().unwrap()];
    let first = Running::start(&arguments);
    first.create(HOSTED);
    let beside = run(&[&["sandbox"], &arguments[..]].concat());
    assert_eq!(beside.code, Some(2), "{beside:?}");
    assert!(beside.err.contains("sandbox.db"), "{beside:?}");
    drop(first);

    let mut second = Running::start(&arguments);
    second.create(HOSTED);
    assert_eq!(
        second.wait_for("invoice")["invoice"],
        2,
        "the first is forgotten"
    );
}

#[test]
fn a_damaged_file_is_rejected_and_its_intact_part_can_be_copied() {
    let files = Files::new();
    let (path, copy) = (files.path("sandbox.db"), files.path("copy.db"));
    let (path, copy) = (path.to_str().unwrap(), copy.to_str().unwrap());
    let sandbox = Running::start(&["--db", path]);
    sandbox.create(HOSTED);
    sandbox.create(HOSTED);
    sandbox.stop();
    let mut bytes = std::fs::read(path).unwrap();
    // The second invoice's.
    let token = bytes.windows(8).rposition(|text| text == b"\"token\":");
    bytes[token.unwrap() + 12] ^= 1;
    std::fs::write(path, &bytes).unwrap();

    let rejected = run(&["sandbox", "--db", path]);
    assert_eq!(rejected.code, Some(2), "{rejected:?}");
    let advice = format!("\n  nft-invoice sandbox recover {path} {path}-recovered\n");
    assert!(
        rejected.err.contains("(1 invoice)") && rejected.err.contains(&advice),
        "{rejected:?}"
    );

    let copied = run(&["sandbox", "recover", path, copy]);
    assert_eq!(copied.code, Some(0), "{copied:?}");
    assert!(copied.out.contains("(1 invoice)"), "{copied:?}");
    let second = run(&["sandbox", "recover", path, copy]);
    assert_eq!(second.code, Some(2), "{second:?}");
    let mut sandbox = Running::start(&["--db", copy]);
    sandbox.create(HOSTED);
    assert_eq!(sandbox.wait_for("invoice")["invoice"], 2);
}
