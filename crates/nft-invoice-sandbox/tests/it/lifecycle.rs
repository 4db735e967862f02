use std::io::ErrorKind;
use std::net::{SocketAddr, TcpStream};

use nft_invoice_sandbox::{Activity, Route, Sandbox, StartError};
use serde_json::json;

use crate::client::{
    CREATE, HISTORY, INFOS, STATUS, address, create, get, hosted, raw, send, start,
};

#[test]
fn starts_and_stops_inside_an_async_runtime() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    runtime.block_on(async {
        let sandbox = Sandbox::builder().start().await.unwrap();
        assert_eq!(create(&sandbox, &hosted()).code(), 0);
        drop(sandbox);
    });
}

#[test]
fn refuses_connections_after_shutdown_or_drop() {
    for stop in [Sandbox::shutdown, drop] {
        let sandbox = start(Sandbox::builder());
        let address: SocketAddr = address(&sandbox).parse().unwrap();
        let idle = TcpStream::connect(address).expect("it accepts while it runs");
        stop(sandbox);
        let error = TcpStream::connect(address).expect_err("it accepts after it has stopped");
        assert_eq!(error.kind(), ErrorKind::ConnectionRefused);
        drop(idle);
    }
}

#[test]
fn has_the_documented_defaults() {
    let sandbox = start(Sandbox::builder());
    assert!(
        sandbox.base_url().starts_with("http://127.0.0.1:"),
        "{}",
        sandbox.base_url()
    );
    assert_eq!(sandbox.now().to_string(), "2025-01-01T00:00:00Z");
    assert_eq!(sandbox.api_key(), "sandbox-key");
    assert_eq!(sandbox.history_path(), HISTORY);
    assert!(sandbox.invoices().is_empty() && sandbox.requests().is_empty());
}

#[test]
fn shares_nothing_between_two_sandboxes() {
    let (a, b) = (start(Sandbox::builder()), start(Sandbox::builder()));
    create(&a, &hosted());
    assert_eq!((a.invoices().len(), b.invoices().len()), (1, 0));
    create(&b, &hosted());
    assert_eq!(b.invoices().only().id, 1);
}

#[test]
#[should_panic(expected = "expected exactly one invoice in the sandbox, found 0")]
fn panics_in_only_with_the_invoices_found() {
    let _ = start(Sandbox::builder()).invoices().only();
}

#[test]
fn reports_invalid_settings_at_startup() {
    let fails = |builder: nft_invoice_sandbox::SandboxBuilder| {
        builder.start_blocking().expect_err("it starts").to_string()
    };
    let plain = Sandbox::builder;
    let running = start(plain());
    let taken: SocketAddr = address(&running).parse().unwrap();
    let everywhere: SocketAddr = "0.0.0.0:0".parse().unwrap();
    for (error, says) in [
        (fails(plain().listen(taken)), "cannot listen on 127.0.0.1"),
        (
            fails(plain().listen(everywhere)),
            "0.0.0.0:0 is not a loopback address",
        ),
        (fails(plain().api_key("")), "API keys must be"),
        (fails(plain().api_key("a\nb")), "API keys must be"),
        (
            fails(plain().add_merchant("sandbox-key")),
            "each must be unique",
        ),
        (
            fails(plain().amount_limits("1", "x")),
            r#"invalid amount limits "1" and "x""#,
        ),
        (fails(plain().amount_limits("2", "1")), "the minimum first"),
        (
            fails(plain().clock_frozen_at("tomorrow")),
            r#"invalid time "tomorrow""#,
        ),
        (
            fails(plain().assume("error-status", "500")),
            "expected one of: 200, 400",
        ),
        (
            fails(plain().assume("nothing", "200")),
            "expected one of: error-status, ",
        ),
    ] {
        assert!(error.contains(says), "{error:?} does not say {says:?}");
    }
    assert!(matches!(
        plain().listen(taken).start_blocking(),
        Err(StartError::Listen { source, .. }) if source.kind() == ErrorKind::AddrInUse
    ));
}

#[test]
fn listens_on_remote_addresses_if_allowed() {
    let everywhere: SocketAddr = "0.0.0.0:0".parse().unwrap();
    let sandbox = start(Sandbox::builder().listen(everywhere).allow_remote(true));
    assert!(
        sandbox.base_url().starts_with("http://127.0.0.1:"),
        "{}",
        sandbox.base_url()
    );
    assert_eq!(create(&sandbox, &hosted()).code(), 0);
}

#[test]
fn returns_json_for_unknown_routes_and_methods() {
    let sandbox = start(Sandbox::builder());
    for target in ["/", "/nothing", "/api/invoice/status", "/_sbxx"] {
        let response = get(&sandbox, target);
        assert_eq!(response.status, 404, "{target}");
        assert!(
            response.json()["error"].is_string(),
            "{target}: {}",
            response.body
        );
    }
    for (method, target, allow) in [
        ("GET", CREATE, "POST"),
        ("POST", STATUS, "GET,HEAD"),
        ("DELETE", INFOS, "GET,HEAD"),
        ("PUT", HISTORY, "GET,HEAD"),
    ] {
        let response = send(&sandbox, method, target, &[], "");
        assert_eq!(response.status, 405, "{method} {target}");
        assert_eq!(response.header("allow"), Some(allow), "{method} {target}");
        assert!(
            response.json()["error"].is_string(),
            "{method} {target}: {}",
            response.body
        );
    }
}

#[test]
fn limits_a_body_to_1_mib() {
    let sandbox = start(Sandbox::builder());
    let key = [("API-KEY", "sandbox-key")];
    let full = |length: usize| {
        let mut body = hosted().to_string();
        body.push_str(&" ".repeat(length - body.len()));
        body
    };
    let limit = 1024 * 1024;
    assert_eq!(send(&sandbox, "POST", CREATE, &key, &full(limit)).code(), 0);
    let announced = format!(
        "POST {CREATE} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {}\r\n\r\n",
        limit + 1
    );
    let response = raw(&sandbox, announced.as_bytes());
    assert_eq!(response.status, 413, "rejected by its announced length");
    // Chunked, so that the length shows only as it comes. One byte is still missing when the limit is passed.
    let head =
        format!("POST {CREATE} HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n");
    let chunk = format!("{:x}\r\n{}", limit + 1, full(limit + 1));
    let response = raw(&sandbox, format!("{head}{chunk}").as_bytes());
    assert_eq!(response.status, 413, "rejected as it comes");
    assert_eq!(sandbox.invoices().len(), 1);
}

#[test]
fn limits_headers_to_16_kib() {
    let sandbox = start(Sandbox::builder());
    for (length, status) in [(16 * 1024 - 1, 200), (16 * 1024 + 1, 431)] {
        let begin = format!("GET {STATUS} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\na: ");
        let value = "b".repeat(length - begin.len() - "\r\n\r\n".len());
        let response = raw(&sandbox, format!("{begin}{value}\r\n\r\n").as_bytes());
        assert_eq!(response.status, status, "{length} bytes");
    }
}

#[test]
fn ignores_an_incomplete_request() {
    let sandbox = start(Sandbox::builder());
    let body = hosted().to_string();
    let request = format!(
        "POST {CREATE} HTTP/1.1\r\nHost: localhost\r\nAPI-KEY: sandbox-key\r\nContent-Length: {}\r\n\r\n{body}",
        body.len() + 1
    );
    let mut socket = TcpStream::connect(address(&sandbox)).unwrap();
    std::io::Write::write_all(&mut socket, request.as_bytes()).unwrap();
    socket.shutdown(std::net::Shutdown::Write).unwrap();
    // The end of the response, if there is one, comes after the sandbox has dealt with it.
    let mut response = Vec::new();
    let _ = std::io::Read::read_to_end(&mut socket, &mut response);
    assert!(
        sandbox.invoices().is_empty(),
        "an incomplete request created an invoice"
    );
}

#[test]
fn journals_every_request() {
    let sandbox = start(Sandbox::builder());
    create(&sandbox, &hosted());
    create(&sandbox, &json!({}));
    get(&sandbox, "/api/invoice/status/?id=1");
    get(&sandbox, "/nothing");
    let requests = sandbox.requests();
    let shown: Vec<_> = requests.iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        [
            "POST create: HTTP 200, invoice 1",
            "POST create: HTTP 200, error 50002",
            "GET status: HTTP 200, invoice 1",
            "GET unknown route: HTTP 404",
        ]
    );
    assert_eq!(requests.to(Route::Create).len(), 2);
    assert_eq!(requests.to(Route::Create)[1].error_code, Some(50002));
    assert_eq!(
        (requests[3].http_status, requests.dropped()),
        (Some(404), 0)
    );
}

#[test]
fn sends_all_events_to_subscribers_in_order() {
    let sandbox = start(Sandbox::builder());
    let (gone, activity) = (sandbox.subscribe(), sandbox.subscribe());
    drop(gone);
    create(&sandbox, &crate::client::s2s("4000000000009995"));
    sandbox.shutdown();
    // The channel ends with the sandbox, so this does not wait for ever.
    let heard: Vec<Activity> = activity.collect();
    let lines: Vec<_> = heard.iter().map(ToString::to_string).collect();
    assert_eq!(
        lines,
        [
            "invoice 1 CREATED (S2S, 15.40 USD)",
            "invoice 1 FAILED (insufficient funds)",
            "POST create: HTTP 200, invoice 1",
        ]
    );
}
