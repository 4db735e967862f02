//! By which names others reach a sandbox, and the URLs that they get.

use nft_invoice_sandbox::{Sandbox, StartError};
use serde_json::json;

use crate::client::{CREATE, Response, address, hosted, nonce, raw, start};

/// A request with the token, the key and this Host header.
fn ask(sandbox: &Sandbox, host: &str, method: &str, target: &str, more: &str) -> Response {
    let (head, body) = more.split_once("\n\n").unwrap_or((more, ""));
    let head = head.replace('\n', "\r\n");
    let request = format!(
        "{method} {target} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {}\r\nAPI-KEY: {}\r\n\
         Connection: close\r\nContent-Length: {}\r\n{head}\r\n{body}",
        sandbox.admin_token(),
        sandbox.api_key(),
        body.len(),
        head = if head.is_empty() { head } else { head + "\r\n" },
    );
    raw(sandbox, request.as_bytes())
}

fn create(sandbox: &Sandbox, host: &str) -> Response {
    ask(sandbox, host, "POST", CREATE, &format!("\n\n{}", hosted()))
}

fn redirect_url(response: &Response) -> String {
    let response = response.json();
    let url = response["redirectUrl"].as_str().expect("a redirectUrl");
    let link = format!("<a href='{url}'></a>");
    assert_eq!(response["html"], link, "the same URL in html");
    url.to_owned()
}

/// The address of a URL, and its path with the query.
fn parts(url: &str) -> (&str, &str) {
    url.split_at(url.find("/widget/").expect("the checkout page"))
}

#[test]
fn rejects_unknown_host_names_on_every_route() {
    let sandbox = start(Sandbox::builder().allow_host("Sandbox"));
    let created = create(&sandbox, "sandbox:8080");
    let url = redirect_url(&created);
    let page = parts(&url).1;
    for target in [
        page,
        "/api/invoice/status/?id=1",
        "/api/client-invoice-info/get/?id=1",
        "/api/invoice/history/",
        "/widget/sale/style.css",
        "/nonsense",
        "/_sbx",
        "/_sbx/callbacks",
        "/_sbx/style.css",
        "/_sbx/health",
        "/_sbx/api/config",
        "/_sbx/api/events/",
    ] {
        for (host, allowed) in [
            ("sandbox", true),
            ("SANDBOX:1", true),
            ("localhost:1", true),
            ("10.0.0.7", true),
            ("[fd00::7]:8080", true),
            ("evil.example", false),
            ("sandbox.evil.example", false),
            ("evilsandbox", false),
            ("evil.sandbox", false),
            ("localhost.evil.example", false),
            ("127.0.0.1.evil.example", false),
            ("sandbox@evil.example", false),
            ("evil.example@127.0.0.1", false),
            ("sandbox:65536", false),
            // Repeated.
            ("127.0.0.1\r\nHost: 127.0.0.1", false),
        ] {
            let response = ask(&sandbox, host, "GET", target, "");
            assert_eq!(response.status != 403, allowed, "{target} at {host}");
        }
    }
    // The target's own host counts.
    let absolute = ask(&sandbox, "127.0.0.1", "GET", "http://evil.example/_sbx", "");
    assert_eq!(absolute.status, 403);
    let rejected = create(&sandbox, "evil.example");
    assert_eq!(rejected.status, 403);
    assert!(rejected.body.contains("--allow-host"), "{}", rejected.body);
    assert_eq!(
        sandbox.invoices().len(),
        1,
        "a rejected call creates nothing"
    );
    let last = sandbox.requests().last().unwrap().to_string();
    assert_eq!(last, "POST create: HTTP 403");
}

#[test]
fn uses_the_address_of_the_request_in_urls() {
    let sandbox = start(Sandbox::builder().allow_host("sandbox"));
    for host in [
        "sandbox:8080",
        "sandbox",
        "10.0.0.7:1",
        "[fd00::7]:2",
        address(&sandbox),
    ] {
        let base = format!("http://{host}");
        let url = redirect_url(&create(&sandbox, host));
        let (address, page) = parts(&url);
        assert_eq!(address, base);
        let config = ask(&sandbox, host, "GET", "/_sbx/api/config", "").json();
        assert_eq!(config["base_url"], base);

        let opened = ask(&sandbox, host, "GET", page, "");
        let form = format!(
            "Content-Type: application/x-www-form-urlencoded\n\nnonce={}&action=decline",
            nonce(&opened)
        );
        let declined = ask(&sandbox, host, "POST", page, &form);
        assert_eq!(declined.header("location"), Some(&*url), "the result page");
    }
}

#[test]
fn uses_the_public_url_whatever_the_address_of_the_request() {
    let public = "https://gateway.test:8443";
    let sandbox = start(Sandbox::builder().public_url(public));
    assert_eq!(sandbox.base_url(), public);
    assert!(sandbox.dashboard_url().starts_with(public));
    assert_eq!(sandbox.local_url(), format!("http://{}", address(&sandbox)));
    for host in ["gateway.test", "localhost", "127.0.0.1:1"] {
        let url = redirect_url(&create(&sandbox, host));
        let (address, page) = parts(&url);
        assert_eq!(address, public, "at {host}");
        let config = ask(&sandbox, host, "GET", "/_sbx/api/config", "").json();
        assert_eq!(config["base_url"], public);
        // Chromium checks where a form leads to.
        let opened = ask(&sandbox, host, "GET", page, "");
        let policy = opened.header("content-security-policy").unwrap();
        assert!(
            policy.ends_with(&format!("form-action 'self' {public}")),
            "{policy}"
        );
    }
    for (origin, status) in [
        (public, 303),
        ("http://10.0.0.1:8080", 303),
        ("http://gateway.test:8443", 403),
        ("https://gateway.test", 403),
        ("https://10.0.0.1:8080", 403),
    ] {
        let signed_in = format!(
            "Cookie: sbx-{}={}\nOrigin: {origin}\nContent-Type: application/x-www-form-urlencoded\n\nby=1d",
            address(&sandbox).rsplit(':').next().unwrap(),
            sandbox.admin_token(),
        );
        let moved = ask(&sandbox, "10.0.0.1:8080", "POST", "/_sbx/clock", &signed_in);
        assert_eq!(moved.status, status, "a form of a page at {origin}");
    }
}

#[test]
fn rejects_invalid_public_urls_and_host_names_at_the_start() {
    for url in [
        "gateway.test",
        "http://gateway.test/path",
        "http://gateway.test?a",
        "http://user@gateway.test",
        "http://gateway.test:65536",
        "ftp://gateway.test",
    ] {
        let error = Sandbox::builder().public_url(url).start_blocking();
        assert!(
            matches!(error, Err(StartError::PublicUrl(_))),
            "{url}: {error:?}"
        );
    }
    for name in ["", "sandbox:8080", "http://sandbox", "a/b", "*"] {
        let error = Sandbox::builder().allow_host(name).start_blocking();
        assert!(
            matches!(error, Err(StartError::AllowedHost)),
            "{name}: {error:?}"
        );
    }
}

#[test]
fn responds_to_health_probes_without_a_token() {
    let sandbox = start(Sandbox::builder().faults("api->reset").unwrap());
    let request = "GET /_sbx/health HTTP/1.1\r\nHost: 10.0.0.7\r\nConnection: close\r\n\r\n";
    let response = raw(&sandbox, request.as_bytes());
    assert_eq!(
        (response.status, response.json()),
        (200, json!({ "status": "ok" }))
    );
    assert!(sandbox.requests().is_empty(), "probes are not journaled");
}

#[test]
fn takes_a_browser_from_the_root_to_the_dashboard() {
    let sandbox = start(Sandbox::builder());
    let browser = "Accept: text/html,application/xhtml+xml;q=0.9,*/*;q=0.8";
    let response = ask(&sandbox, "localhost", "GET", "/", browser);
    assert_eq!(
        (response.status, response.header("location")),
        (303, Some("/_sbx"))
    );
    let strange = ask(&sandbox, "evil.example", "GET", "/", browser);
    assert_eq!(strange.status, 403);
    let beside = ask(&sandbox, "localhost", "GET", "/_sbxx", browser);
    assert_eq!(beside.status, 404, "a path of the gateway");
    assert_eq!(
        sandbox.requests().len(),
        1,
        "only requests to the gateway are journaled"
    );
    for program in ["", "Accept: application/json"] {
        let response = ask(&sandbox, "localhost", "GET", "/", program);
        assert_eq!(
            response.status, 404,
            "{program:?}: the gateway has no such route"
        );
    }
}
