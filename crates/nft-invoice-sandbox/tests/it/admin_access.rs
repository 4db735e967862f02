use nft_invoice_sandbox::{Sandbox, TestCard};
use serde_json::{Value, json};

use crate::client::{create, get, hosted, nonce, open, page_of, settle, start, submit};
use crate::hostile::hostile_sales;
use crate::owner::{API, ask, call, done, rejected, shown, shown_to_all};

const CHANGES: [(&str, &str); 11] = [
    ("PATCH", "/config"),
    ("POST", "/reset"),
    ("POST", "/invoices/1/transitions"),
    ("POST", "/invoices/1/checkout"),
    ("POST", "/outcomes"),
    ("DELETE", "/outcomes"),
    ("POST", "/deliveries/1/replay"),
    ("POST", "/deliveries/replay"),
    ("POST", "/trigger"),
    ("POST", "/clock/advance"),
    ("PUT", "/faults"),
];

const READS: [&str; 9] = [
    "/config",
    "/invoices",
    "/invoices/1",
    "/outcomes",
    "/deliveries",
    "/clock",
    "/faults",
    "/requests",
    "/assumptions",
];

#[test]
fn requires_the_token_for_changes_only() {
    let sandbox = start(Sandbox::builder());
    create(&sandbox, &hosted());
    for (method, path) in CHANGES {
        for header in [
            None,
            Some("Bearer nonsense".to_owned()),
            Some("Bearer ".to_owned()),
            Some(sandbox.admin_token().to_owned()),
            Some(format!("Basic {}", sandbox.admin_token())),
            Some(format!("Bearer {}0", sandbox.admin_token())),
            Some(format!("Bearer {}", &sandbox.admin_token()[..31])),
        ] {
            let headers: Vec<_> = header
                .iter()
                .map(|value| ("Authorization", &**value))
                .collect();
            let response = ask(&sandbox, method, &format!("{API}{path}"), &headers, "{}");
            assert_eq!(response.status, 401, "{method} {path} with {header:?}");
            assert_eq!(response.header("www-authenticate"), Some("Bearer"));
            assert!(response.json()["error"].is_string(), "{}", response.body);
        }
        let cookie = format!(
            "sbx-{}={}",
            sandbox.base_url().rsplit(':').next().unwrap(),
            sandbox.admin_token()
        );
        let response = ask(
            &sandbox,
            method,
            &format!("{API}{path}"),
            &[("Cookie", &cookie)],
            "{}",
        );
        assert_eq!(
            response.status, 401,
            "{method} {path}: a browser's cookie is no token"
        );
    }
    for path in READS {
        shown_to_all(&sandbox, path);
        let wrong = [("Authorization", "Bearer nonsense")];
        let response = ask(&sandbox, "GET", &format!("{API}{path}"), &wrong, "");
        assert_eq!(response.status, 401, "{path}: a wrong token is rejected");
    }
    assert_eq!(
        sandbox.invoices().len(),
        1,
        "something was changed without the token"
    );
}

#[test]
fn accepts_the_token_with_any_spelling_of_the_scheme() {
    let sandbox = start(Sandbox::builder());
    for scheme in ["Bearer ", "bearer  "] {
        let bearer = format!("{scheme}{}", sandbox.admin_token());
        let headers = [("Authorization", &*bearer)];
        let response = ask(&sandbox, "POST", &format!("{API}/reset"), &headers, "{}");
        assert_eq!(response.status, 200, "{scheme}: {}", response.body);
    }
}

#[test]
fn the_dashboard_requires_the_cookie_and_an_own_page_for_changes() {
    let sandbox = start(Sandbox::builder());
    let (own, token) = (sandbox.base_url(), sandbox.admin_token());
    let port = own.rsplit(':').next().unwrap();
    let owner = format!("a=b; sbx-{port}={token}");
    let evil = [
        format!("{own}.evil.example/"),
        format!("http://evil.example/{own}/"),
    ];
    let page = format!("{own}/_sbx");
    let bearer = format!("Bearer {token}");
    let strangers = [
        ("Cookie", format!("sbx-{port}=nonsense")),
        ("Cookie", format!("sbx-{port}=")),
        ("Cookie", format!("sbx-{port}0={token}")),
        ("Cookie", format!("sbx-1={token}")),
        // For programs only.
        ("Authorization", bearer),
    ];
    for (name, value) in &strangers {
        let headers = [(*name, &**value), ("Origin", own)];
        let read = ask(&sandbox, "GET", "/_sbx/settings", &headers, "");
        assert!(!read.body.contains(sandbox.api_key()), "{value}");
        let change = ask(&sandbox, "POST", "/_sbx/cards/forget", &headers, "");
        assert_eq!(change.status, 401, "{value}");
    }
    let owner = ("Cookie", &*owner);
    for (from, status) in [
        (("Origin", own), 303),
        (("Referer", &*page), 303),
        (("Origin", "null"), 403),
        (("Origin", "http://127.0.0.1:1"), 403),
        (("Origin", &*own.replace("http", "https")), 403),
        (("Referer", &*evil[0]), 403),
        (("Referer", &*evil[1]), 403),
        (("Accept", "text/html"), 403),
    ] {
        let headers = [owner, from];
        let change = ask(&sandbox, "POST", "/_sbx/cards/forget", &headers, "");
        assert_eq!(change.status, status, "{from:?}");
    }
    let read = ask(&sandbox, "GET", "/_sbx/settings", &[owner], "");
    assert!(read.body.contains(sandbox.api_key()));
}

#[test]
fn derives_the_token_from_the_seed() {
    let (a, b) = (
        start(Sandbox::builder().seed(1)),
        start(Sandbox::builder().seed(1)),
    );
    assert_eq!(a.admin_token(), b.admin_token());
    let hex = a.admin_token().bytes().all(|b| b.is_ascii_hexdigit());
    assert!(hex && a.admin_token().len() == 32, "{}", a.admin_token());
    assert_ne!(
        a.admin_token(),
        start(Sandbox::builder().seed(2)).admin_token()
    );
    let url = format!("{}/_sbx?token={}", a.base_url(), a.admin_token());
    assert_eq!(a.dashboard_url(), url);
    assert!(!format!("{a:?}").contains(a.admin_token()));
}

#[test]
fn rejects_other_hosts_and_origins() {
    let sandbox = start(Sandbox::builder());
    let port = sandbox.base_url().rsplit(':').next().unwrap();
    let bearer = format!("Bearer {}", sandbox.admin_token());
    for (host, origin, status) in [
        (format!("localhost:{port}"), None, 200),
        (format!("[::1]:{port}"), None, 200),
        ("evil.example".to_owned(), None, 403),
        (
            format!("localhost:{port}"),
            Some(format!("http://localhost:{port}")),
            200,
        ),
        (
            format!("localhost:{port}"),
            Some("http://localhost:1".to_owned()),
            403,
        ),
        (
            format!("localhost:{port}"),
            Some("https://evil.example".to_owned()),
            403,
        ),
        (format!("localhost:{port}"), Some("null".to_owned()), 403),
    ] {
        for path in ["/_sbx/api/clock", "/_sbx/api/nonsense"] {
            let mut request = format!(
                "GET {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: {bearer}\r\nConnection: close\r\n"
            );
            if let Some(origin) = &origin {
                request += &format!("Origin: {origin}\r\n");
            }
            let response = crate::client::raw(&sandbox, format!("{request}\r\n").as_bytes());
            let expected = if path.ends_with("nonsense") && status == 200 {
                404
            } else {
                status
            };
            assert_eq!(response.status, expected, "{host} {origin:?} {path}");
            assert_eq!(response.header("access-control-allow-origin"), None);
        }
    }
}

#[test]
fn rejects_unknown_routes_methods_and_bodies() {
    let sandbox = start(Sandbox::builder());
    for path in ["", "/", "/nonsense", "/invoices/", "/invoices/1/nonsense"] {
        rejected(&sandbox, "GET", path, &Value::Null, 404);
    }
    rejected(&sandbox, "POST", "/clock", &json!({}), 405);
    let bearer = format!("Bearer {}", sandbox.admin_token());
    for (method, path) in CHANGES
        .into_iter()
        .filter(|(method, _)| *method != "DELETE")
    {
        for body in [
            "[]",
            "{",
            "nonsense",
            "{\"nonsense\":1}",
            "{\"4242424242424242\":1}",
        ] {
            let headers = [("Authorization", &*bearer)];
            let response = ask(&sandbox, method, &format!("{API}{path}"), &headers, body);
            assert_eq!(
                response.status, 400,
                "{method} {path} {body}: {}",
                response.body
            );
            assert!(
                !response.body.contains("4242424242424242"),
                "{}",
                response.body
            );
        }
    }
    let large = format!("{{\"plan\":\"{}\"}}", " ".repeat(1024 * 1024));
    let response = ask(
        &sandbox,
        "PUT",
        "/_sbx/api/faults",
        &[("Authorization", &*bearer)],
        &large,
    );
    assert_eq!(response.status, 413, "{}", response.body);
}

#[test]
fn does_not_journal_control_requests_or_apply_faults_to_them() {
    let sandbox = start(Sandbox::builder());
    sandbox.set_faults("api->reset; checkout->reset").unwrap();
    shown(&sandbox, "/clock");
    settle(&sandbox);
    call(&sandbox, "GET", "/nonsense", &Value::Null);
    assert!(sandbox.requests().is_empty(), "{:?}", sandbox.requests());
    assert!(sandbox.fault_rules().iter().all(|rule| rule.matched == 0));

    sandbox.set_faults("").unwrap();
    let created = create(&sandbox, &hosted());
    let page = page_of(&sandbox, &created);
    let opened = open(&sandbox, &page);
    let said = [
        submit(
            &sandbox,
            &page,
            &format!("nonce={}&action=decline", nonce(&opened)),
        ),
        get(&sandbox, "/api/invoice/status/?id=1"),
        get(&sandbox, "/api/invoice/history/"),
        get(&sandbox, "/nonsense"),
        created,
        opened,
    ];
    for response in said {
        for word in ["_sbx", sandbox.admin_token()] {
            assert!(!response.body.contains(word), "{word} in {}", response.body);
        }
    }
}

/// Reads everything with and without the token, after every card was used in both modes.
#[test]
fn never_shows_card_numbers_and_shows_keys_only_with_the_token() {
    let builder = Sandbox::builder()
        .callback("http://127.0.0.1:1/")
        .callback_secret("whisper");
    let sandbox = start(builder.api_key("key-of-the-shop"));
    let bearer = format!("Bearer {}", sandbox.admin_token());
    let tokens = hostile_sales(&sandbox);
    let mut paths: Vec<String> = READS.iter().map(|path| (*path).to_owned()).collect();
    paths.extend((1..=sandbox.invoices().len()).map(|id| format!("/invoices/{id}")));
    paths.push("/invoices?page=2".to_owned());
    let mut all = String::new();
    let mut public = String::new();
    for path in &paths {
        let path = format!("{API}{path}");
        public += &ask(&sandbox, "GET", &path, &[], "").body;
        all += &ask(&sandbox, "GET", &path, &[("Authorization", &bearer)], "").body;
    }
    assert!(
        all.contains("******4242") && all.contains("whisper"),
        "too little is shown"
    );
    for card in TestCard::all() {
        assert!(!all.contains(card.number), "{card:?}");
    }
    for secret in ["code-one", "code-two", "code-three"] {
        assert!(!all.contains(secret), "{secret}");
    }
    for secret in [
        "key-of-the-shop",
        "whisper",
        sandbox.admin_token(),
        "signature",
        "checkout_url",
    ] {
        assert!(!public.contains(secret), "{secret}");
    }
    for token in tokens {
        assert!(!public.contains(&token), "a page's token is public");
    }
    let config = done(&sandbox, "GET", "/config", &Value::Null);
    assert_eq!(config["api_keys"], json!(["key-of-the-shop"]));
}
