use nft_invoice_sandbox::{InvoiceState, Sandbox, TestCard};
use serde_json::json;

use crate::client::{Response, create, create_text, get, hosted, start, with};
use crate::hostile::hostile_sales;
use crate::owner::ask;

const PAGES: [&str; 9] = [
    "/_sbx",
    "/_sbx/callbacks",
    "/_sbx/requests",
    "/_sbx/faults",
    "/_sbx/clock",
    "/_sbx/cards",
    "/_sbx/connect",
    "/_sbx/settings",
    "/_sbx/assumptions",
];

/// The pages of a single invoice and callback.
const ONE: [&str; 2] = ["/_sbx/invoices/1", "/_sbx/callbacks/1"];

/// The cookie of a browser that opened the dashboard URL with the token.
fn cookie(sandbox: &Sandbox) -> String {
    let path = sandbox.dashboard_url().replace(sandbox.base_url(), "");
    let opened = ask(sandbox, "GET", &path, &[], "");
    assert_eq!(
        (opened.status, opened.header("location")),
        (303, Some("/_sbx"))
    );
    let cookie = opened.header("set-cookie").expect("a cookie");
    for wanted in ["; HttpOnly", "; SameSite=Strict", "; Path=/_sbx"] {
        assert!(cookie.contains(wanted), "{cookie}");
    }
    cookie.split(';').next().unwrap().to_owned()
}

#[track_caller]
pub fn look(sandbox: &Sandbox, path: &str) -> String {
    let page = ask(sandbox, "GET", path, &[("Cookie", &cookie(sandbox))], "");
    assert_eq!(page.status, 200, "{path}: {}", page.body);
    page.body
}

/// Sends one of its forms, as a browser does.
pub fn post(sandbox: &Sandbox, path: &str, fields: &str) -> Response {
    let headers = [
        ("Cookie", &*cookie(sandbox)),
        ("Origin", sandbox.base_url()),
        ("Content-Type", "application/x-www-form-urlencoded"),
    ];
    ask(sandbox, "POST", path, &headers, fields)
}

/// Sends a form, and returns the page that it redirects to.
#[track_caller]
pub fn press(sandbox: &Sandbox, path: &str, fields: &str) -> String {
    let response = post(sandbox, path, fields);
    assert_eq!(response.status, 303, "{path} {fields}: {}", response.body);
    look(sandbox, response.header("location").expect("a place to go"))
}

#[test]
fn serves_every_page_without_scripts_or_external_assets() {
    let sandbox = start(Sandbox::builder().callback("http://127.0.0.1:1/"));
    create(&sandbox, &hosted());
    for path in PAGES.into_iter().chain(ONE) {
        let page = ask(&sandbox, "GET", path, &[], "");
        assert_eq!(page.status, 200, "{path}");
        let policy = page.header("content-security-policy").expect("a policy");
        assert!(
            policy.starts_with(
                "default-src 'none'; style-src 'self'; img-src data:; form-action 'self'"
            ),
            "{policy}"
        );
        assert!(!policy.contains("unsafe"), "{policy}");
        assert_eq!(page.header("referrer-policy"), Some("same-origin"));
        assert_eq!(page.header("cache-control"), Some("no-store"));
        for never in [
            "<script",
            "style=\"",
            " onclick",
            "javascript:",
            "<img",
            "//fonts",
        ] {
            assert!(!page.body.contains(never), "{never} on {path}");
        }
        assert_eq!(page.body.matches("<h1").count(), 1, "one heading on {path}");
        assert!(
            page.body.contains("aria-current=\"page\""),
            "{path} has no place in the navigation"
        );
        assert!(page.body.contains("lang=\"en\""), "{path}");
        for labelled in page.body.split("<label for=\"").skip(1) {
            let id = labelled.split('"').next().unwrap();
            assert_eq!(
                page.body.matches(&format!("id=\"{id}\"")).count(),
                1,
                "label of {id} on {path}"
            );
        }
    }
    let style = ask(&sandbox, "GET", "/_sbx/style.css", &[], "");
    assert_eq!(
        style.header("content-type"),
        Some("text/css; charset=utf-8")
    );
    assert!(!style.body.contains("url(") && !style.body.contains("@import"));
    assert!(
        sandbox.requests().iter().all(|one| one.method == "POST"),
        "a dashboard request is journaled"
    );
}

#[test]
fn is_read_only_without_the_token() {
    let sandbox = start(Sandbox::builder().callback("http://127.0.0.1:1/"));
    create(&sandbox, &hosted());
    for path in PAGES.into_iter().chain(ONE) {
        let page = ask(&sandbox, "GET", path, &[], "").body;
        assert!(page.contains("/_sbx?token=…"), "{path} does not say how");
        assert!(
            !page.contains("type=\"submit\""),
            "{path} has a button that does nothing"
        );
        assert!(!look(&sandbox, path).contains("/_sbx?token=…"), "{path}");
    }
    let origin = [("Origin", sandbox.base_url())];
    for path in [
        "/_sbx/clock",
        "/_sbx/reset",
        "/_sbx/faults",
        "/_sbx/settings",
        "/_sbx/cards",
        "/_sbx/invoices/1/transitions",
        "/_sbx/callbacks/1/replay",
        "/_sbx/search",
    ] {
        let response = ask(&sandbox, "POST", path, &origin, "by=1d&sure=yes&to=opened");
        assert_eq!(response.status, 401, "{path}");
        assert!(
            response.body.contains("<h1"),
            "a page, not JSON: {}",
            response.body
        );
        let cookie = cookie(&sandbox);
        let elsewhere = [("Cookie", &*cookie), ("Origin", "http://evil.example")];
        assert_eq!(
            ask(&sandbox, "POST", path, &elsewhere, "").status,
            403,
            "{path}"
        );
        assert_eq!(
            ask(&sandbox, "POST", path, &elsewhere[..1], "").status,
            403,
            "{path}"
        );
    }
    assert_eq!(sandbox.invoices().only().state, InvoiceState::Created);
    let wrong = ask(&sandbox, "GET", "/_sbx?token=0123", &[], "");
    assert_eq!((wrong.status, wrong.header("set-cookie")), (401, None));
    let lost = ask(&sandbox, "GET", "/_sbx/nothing", &[], "");
    assert_eq!(lost.status, 404);
    assert!(lost.body.contains("<h1"), "{}", lost.body);
    assert_eq!(post(&sandbox, "/_sbx/requests", "").status, 405);
}

#[test]
fn lists_filters_and_pages_invoices() {
    let sandbox = start(Sandbox::builder());
    assert!(look(&sandbox, "/_sbx").contains("No invoices yet"));
    for _ in 0..51 {
        create(&sandbox, &hosted());
    }
    press(&sandbox, "/_sbx/invoices/7/transitions", "to=opened");
    let rows = |page: &str| page.matches("<a class=\"row\"").count();
    let first = look(&sandbox, "/_sbx");
    assert_eq!(rows(&first), 50);
    assert!(first.contains("href=\"/_sbx?page=2\"") && first.contains("just now"));
    assert_eq!(rows(&look(&sandbox, "/_sbx?page=2")), 1);
    let opened = look(&sandbox, "/_sbx?status=opened");
    assert!(rows(&opened) == 1 && opened.contains("/_sbx/invoices/7\""));
    assert!(look(&sandbox, "/_sbx?status=paid").contains("No invoices match"));
    assert!(
        !first.contains("http-equiv=\"refresh\""),
        "it reloads without a request"
    );
    let live = look(&sandbox, "/_sbx?status=opened&refresh=5");
    assert!(live.contains("http-equiv=\"refresh\" content=\"5\""));
    assert!(
        live.contains("href=\"/_sbx?status=opened\">Stop"),
        "the filter is lost"
    );
}

#[test]
fn explains_error_codes() {
    let sandbox = start(Sandbox::builder());
    get(&sandbox, "/api/invoice/status/");
    create(&sandbox, &with(hosted(), json!({ "email": null })));
    get(&sandbox, "/nothing");
    let page = look(&sandbox, "/_sbx/requests");
    for said in [
        "Error 50002",
        "id required",
        "Send the invoice number in the query",
        "email required",
        "e-mail address in the field email",
        "paths end with a slash",
    ] {
        assert!(page.contains(said), "{said} is not shown");
    }
    assert!(
        page.find("HTTP 404") < page.find("Error 50002"),
        "newest first"
    );
}

#[test]
fn saves_ticked_boxes_and_keeps_a_secret_that_is_not_entered() {
    let sandbox = start(Sandbox::builder());
    let form =
        "api_keys=one%0D%0Atwo&callback_secret=hush&retries=5s&minimum=2&maximum=9&any_ip=yes";
    let page = press(&sandbox, "/_sbx/settings", form);
    for said in ["one\ntwo", "<code>hush</code>", "value=\"5s\""] {
        assert!(page.contains(said), "{said} is not shown");
    }
    let unchecked = !page.contains("name=\"wallet_active\" value=\"yes\" checked");
    assert!(unchecked, "a box that was not ticked is on");
    press(&sandbox, "/_sbx/settings", &form.replace("hush", ""));
    assert_eq!(sandbox.callback_secrets(), ["sandbox-secret", "hush"]);
    let public = ask(&sandbox, "GET", "/_sbx/settings", &[], "").body;
    assert!(!public.contains("hush") && !public.contains("one\ntwo"));
    let unconfirmed = post(&sandbox, "/_sbx/reset", "");
    assert_eq!(unconfirmed.status, 400);
}

#[test]
fn shows_times_in_a_suitable_unit() {
    let sandbox = start(Sandbox::builder());
    create(&sandbox, &hosted());
    let shown = |by: &str| {
        let clock = press(&sandbox, "/_sbx/clock", &format!("by={by}"));
        (look(&sandbox, "/_sbx"), clock)
    };
    for (by, age, next) in [
        ("0s", "just now", "in 14d"),
        ("59s", "59 s ago", "in 13d"),
        ("61s", "2 min ago", "in 13d"),
        ("4680s", "1 h ago", "in 13d"),
        ("13d", "13 d ago", "in 22h"),
        ("21h", "13 d ago", "in 100m"),
        ("5900s", "13 d ago", "in 100s"),
    ] {
        let (invoices, clock) = shown(by);
        assert!(invoices.contains(age), "{age} after {by}: {invoices}");
        assert!(clock.contains(next), "{next} after {by}: {clock}");
    }
}

#[test]
fn indents_json_and_keeps_its_values() {
    let sandbox = start(Sandbox::builder());
    let deep = "[".repeat(30_000) + &"]".repeat(30_000);
    for (id, (json, shown)) in (1..).zip([
        (
            r#"{"a":15.40,"b":[1,{}],"c":"x,{}\\"}"#,
            "{\n  \"a\": 15.40,\n  \"b\": [\n    1,\n    {}\n  ],\n  \"c\": \"x,{}\\\\\"\n}",
        ),
        ("[ ]", "[]"),
        (" 7 ", "7"),
        (&deep, &*"[".repeat(29_000)),
    ]) {
        let body = hosted().to_string();
        let fields = body.strip_suffix('}').unwrap();
        create_text(&sandbox, &format!("{fields},\"callbackJson\":{json}}}"));
        let page = look(&sandbox, &format!("/_sbx/invoices/{id}"));
        let shown = shown.replace('"', "&quot;");
        assert!(page.contains(&shown), "{json}: {page}");
    }
}

#[test]
fn rejects_what_no_form_of_it_sends() {
    let sandbox = start(Sandbox::builder());
    create(&sandbox, &hosted());
    for (path, fields, status) in [
        ("/_sbx/invoices/1/transitions", "to=nonsense", 400),
        ("/_sbx/invoices/1/transitions", "to=withheld", 409),
        ("/_sbx/invoices/9/transitions", "to=paid", 404),
        ("/_sbx/callbacks/99/replay", "", 404),
        ("/_sbx/cards", "outcome=nonsense", 400),
    ] {
        assert_eq!(
            post(&sandbox, path, fields).status,
            status,
            "{path} {fields}"
        );
    }
}

#[test]
fn shows_every_test_card_and_each_changed_assumption() {
    let sandbox = start(Sandbox::builder().assume("error-status", "400"));
    let page = look(&sandbox, "/_sbx/cards");
    for card in TestCard::all() {
        assert!(page.contains(card.number), "{card:?}");
    }
    for brand in [
        "Visa",
        "Mastercard",
        "American Express",
        "Discover",
        "JCB",
        "Diners Club",
        "UnionPay",
        "Maestro",
    ] {
        assert!(page.contains(&format!(">{brand}<")), "{brand}");
    }
    assert!(!page.contains(">Card<"), "a brand without a name");
    let page = look(&sandbox, "/_sbx/assumptions");
    assert!(
        page.contains("Default: 200") && page.contains("1 option is changed"),
        "{page}"
    );
}

#[test]
fn escapes_and_masks_merchant_data() {
    let sandbox = start(
        Sandbox::builder()
            .callback("http://127.0.0.1:1/")
            .api_key("key-of-the-shop"),
    );
    let tokens = hostile_sales(&sandbox);
    let mut paths: Vec<_> = PAGES
        .iter()
        .filter(|path| !path.ends_with("cards"))
        .map(|path| (*path).to_owned())
        .collect();
    paths.extend((1..=sandbox.invoices().len()).map(|id| format!("/_sbx/invoices/{id}")));
    paths.extend((1..=sandbox.deliveries().len()).map(|id| format!("/_sbx/callbacks/{id}")));
    paths.extend(["/_sbx?page=2", "/_sbx/clock?from=2025-01-01T00:00:00Z"].map(ToOwned::to_owned));
    let session = cookie(&sandbox);
    let mut all = String::new();
    let mut public = String::new();
    for path in &paths {
        all += &ask(&sandbox, "GET", path, &[("Cookie", &session)], "").body;
        public += &ask(&sandbox, "GET", path, &[], "").body;
    }
    for shown in [
        "&lt;script&gt;alert(1)",
        "******4242",
        "&lt;i&gt;******4242@b.example",
    ] {
        assert!(all.contains(shown), "too little is shown: {shown}");
    }
    for never in [
        "<script",
        "<i>",
        "<b>",
        "code-one",
        "code-two",
        "code-three",
    ] {
        assert!(!all.contains(never), "{never}");
    }
    for card in TestCard::all() {
        assert!(!all.contains(card.number), "{card:?}");
    }
    assert!(!all.contains(sandbox.admin_token()));
    for secret in ["key-of-the-shop", "sandbox-secret"] {
        assert!(!public.contains(secret), "{secret}");
    }
    let deliveries = sandbox.deliveries();
    let mut signatures = deliveries.iter().map(|delivery| delivery.signature());
    assert!(
        signatures.all(|signature| !public.contains(signature)),
        "a signature is public"
    );
    assert!(
        tokens.iter().all(|token| !public.contains(token)),
        "a page's token is public"
    );
}
