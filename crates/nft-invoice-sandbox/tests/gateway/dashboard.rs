use nft_invoice_sandbox::{InvoiceState, Sandbox, TestCard, WebhookSink};
use serde_json::json;

use crate::client::{Answer, create, get, hosted, settle, start, with};
use crate::hostile::hostile_sales;
use crate::owner::ask;

const PAGES: [&str; 8] = [
    "/_sbx",
    "/_sbx/callbacks",
    "/_sbx/requests",
    "/_sbx/faults",
    "/_sbx/clock",
    "/_sbx/cards",
    "/_sbx/settings",
    "/_sbx/assumptions",
];

/// Those of one thing.
const ONE: [&str; 2] = ["/_sbx/invoices/1", "/_sbx/callbacks/1"];

/// What the browser of somebody has who opened the address with the token.
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
pub fn post(sandbox: &Sandbox, path: &str, fields: &str) -> Answer {
    let headers = [
        ("Cookie", &*cookie(sandbox)),
        ("Origin", sandbox.base_url()),
        ("Content-Type", "application/x-www-form-urlencoded"),
    ];
    ask(sandbox, "POST", path, &headers, fields)
}

/// Sends a form, and the page that it leads to.
#[track_caller]
pub fn press(sandbox: &Sandbox, path: &str, fields: &str) -> String {
    let answer = post(sandbox, path, fields);
    assert_eq!(answer.status, 303, "{path} {fields}: {}", answer.body);
    look(sandbox, answer.header("location").expect("a place to go"))
}

#[test]
fn every_page_stands_alone_and_runs_nothing() {
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
        sandbox.requests().iter().all(|one| one.method() == "POST"),
        "a look is journaled"
    );
}

#[test]
fn who_has_no_token_looks_only_and_is_told_how_to_get_in() {
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
    ] {
        let answer = ask(&sandbox, "POST", path, &origin, "by=1d&sure=yes&to=opened");
        assert_eq!(answer.status, 401, "{path}");
        assert!(
            answer.body.contains("<h1"),
            "a page, not JSON: {}",
            answer.body
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
    assert_eq!(sandbox.invoices().only().state(), InvoiceState::Created);
    let wrong = ask(&sandbox, "GET", "/_sbx?token=0123", &[], "");
    assert_eq!((wrong.status, wrong.header("set-cookie")), (401, None));
    let rebound = crate::client::send(&sandbox, "GET", "/_sbx", &[], "");
    assert_eq!(rebound.status, 403, "the host of another");
    let lost = ask(&sandbox, "GET", "/_sbx/nothing", &[], "");
    assert_eq!(lost.status, 404);
    assert!(lost.body.contains("<h1"), "{}", lost.body);
    assert_eq!(post(&sandbox, "/_sbx/requests", "").status, 405);
}

#[test]
fn invoices_are_listed_filtered_and_paged() {
    let sandbox = start(Sandbox::builder());
    assert!(look(&sandbox, "/_sbx").contains("No invoice yet"));
    for _ in 0..51 {
        create(&sandbox, &hosted());
    }
    press(&sandbox, "/_sbx/invoices/7/transitions", "to=opened");
    let rows = |page: &str| page.matches("<a class=\"row\"").count();
    let first = look(&sandbox, "/_sbx");
    assert_eq!(rows(&first), 50);
    assert!(first.contains("href=\"/_sbx?page=2\"") && first.contains("just now"));
    assert_eq!(rows(&look(&sandbox, "/_sbx?page=2")), 1);
    let opened = look(&sandbox, "/_sbx?state=opened");
    assert!(rows(&opened) == 1 && opened.contains("/_sbx/invoices/7\""));
    assert!(look(&sandbox, "/_sbx?state=paid").contains("No invoice is here"));
    assert!(
        !first.contains("http-equiv=\"refresh\""),
        "it reloads unasked"
    );
    let live = look(&sandbox, "/_sbx?state=opened&refresh=5");
    assert!(live.contains("http-equiv=\"refresh\" content=\"5\""));
    assert!(
        live.contains("href=\"/_sbx?state=opened\">Stop"),
        "the filter is lost"
    );
}

#[test]
fn an_invoice_is_moved_and_forced_and_shows_its_callbacks() {
    let sink = WebhookSink::start().unwrap();
    let sandbox = start(Sandbox::builder().callback(sink.url()));
    create(&sandbox, &hosted());
    settle(&sandbox);
    let page = look(&sandbox, "/_sbx/invoices/1");
    let delivery = &sandbox.deliveries()[0];
    for shown in [
        delivery.signature(),
        "invoice:created",
        "delivered",
        "HTTP 200",
        "CREATED (hosted, 15.40 USD)",
        "/widget/sale/create/?token=",
    ] {
        assert!(page.contains(shown), "{shown} is not shown");
    }
    let moved = press(&sandbox, "/_sbx/invoices/1/transitions", "to=opened");
    assert!(moved.contains("value=\"paid\"") && moved.contains("OPENED"));
    let refused = post(&sandbox, "/_sbx/invoices/1/transitions", "to=withheld");
    assert_eq!(refused.status, 409);
    assert!(
        refused.body.contains("What can follow: PAID, FAILED"),
        "{}",
        refused.body
    );
    press(
        &sandbox,
        "/_sbx/invoices/1/transitions",
        "to=withheld&force=yes",
    );
    assert_eq!(sandbox.invoices().only().state(), InvoiceState::Withheld);
    assert_eq!(
        post(&sandbox, "/_sbx/invoices/1/transitions", "to=nonsense").status,
        400
    );
    assert_eq!(
        post(&sandbox, "/_sbx/invoices/9/transitions", "to=paid").status,
        404
    );
}

#[test]
fn requests_are_explained() {
    let sandbox = start(Sandbox::builder());
    get(&sandbox, "/api/invoice/status/");
    create(&sandbox, &with(hosted(), json!({ "email": null })));
    get(&sandbox, "/nothing");
    let page = look(&sandbox, "/_sbx/requests");
    for said in [
        "Error 50002",
        "id required",
        "Name the invoice in the query",
        "email required",
        "Send the customer",
        "paths end with a slash",
    ] {
        assert!(page.contains(said), "{said} is not said");
    }
    assert!(
        page.find("HTTP 404") < page.find("Error 50002"),
        "newest first"
    );
}

#[test]
fn a_plan_of_faults_is_put_in_force_or_pointed_at() {
    let sandbox = start(Sandbox::builder());
    let page = press(&sandbox, "/_sbx/faults", "plan=status-%3Ereset%40n%3D9");
    assert!(page.contains("status-&gt;reset@n=9"), "{page}");
    get(&sandbox, "/api/invoice/status/?id=1");
    assert!(
        look(&sandbox, "/_sbx/faults")
            .contains("<td class=\"number\">1</td><td class=\"number\">0</td>")
    );
    let wrong = post(
        &sandbox,
        "/_sbx/faults",
        "plan=status-%3Ereset%0D%0Acreate-%3E%3Cb%3E",
    );
    assert_eq!(wrong.status, 400);
    for said in [
        "line 2, column 9",
        "create-&gt;&lt;b&gt;\n        ^",
        "aria-invalid=\"true\"",
        "status-&gt;reset@n=9",
    ] {
        assert!(
            wrong.body.contains(said),
            "{said} is not said: {}",
            wrong.body
        );
    }
}

#[test]
fn the_clock_is_moved_and_tells_what_happened() {
    let sandbox = start(Sandbox::builder());
    create(&sandbox, &hosted());
    let page = press(&sandbox, "/_sbx/clock", "by=14d");
    assert!(
        page.contains("2025-01-15 00:00:00") && page.contains("invoice 1 EXPIRED"),
        "{page}"
    );
    assert!(!page.contains("in 14d"), "{page}");
    assert_eq!(post(&sandbox, "/_sbx/clock", "by=soon").status, 400);
}

#[test]
fn settings_are_saved_whole_or_shown_again() {
    let sandbox = start(Sandbox::builder());
    let form = "api_keys=one%0D%0Atwo&callback_url=http%3A%2F%2F127.0.0.1%3A1%2F&callback_secret=hush&retries=5s\
        &minimum=2&maximum=9&any_ip=yes&allowed_ips=";
    let page = press(&sandbox, "/_sbx/settings", form);
    for said in [
        "one\ntwo",
        "http://127.0.0.1:1/",
        "<code>hush</code>",
        "value=\"5s\"",
        "Saved",
    ] {
        assert!(page.contains(said), "{said} is not shown");
    }
    let unchecked = !page.contains("name=\"wallet_active\" value=\"yes\" checked");
    assert!(unchecked, "a box that was not ticked is on");
    assert_eq!(sandbox.callback_secrets(), ["sandbox-secret", "hush"]);
    press(&sandbox, "/_sbx/settings", &form.replace("hush", ""));
    assert_eq!(
        sandbox.callback_secrets(),
        ["sandbox-secret", "hush"],
        "an empty field changed it"
    );
    let wrong = post(
        &sandbox,
        "/_sbx/settings",
        &form.replace("minimum=2", "minimum=77"),
    );
    assert_eq!(wrong.status, 400);
    assert!(
        wrong.body.contains("above the maximum") && wrong.body.contains("value=\"77\""),
        "{}",
        wrong.body
    );
    let public = ask(&sandbox, "GET", "/_sbx/settings", &[], "").body;
    assert!(
        !public.contains("hush") && !public.contains("one\ntwo"),
        "{public}"
    );

    create(&sandbox, &hosted());
    assert_eq!(
        post(&sandbox, "/_sbx/reset", "").status,
        400,
        "it was not sure"
    );
    press(&sandbox, "/_sbx/reset", "sure=yes");
    assert!(sandbox.requests().is_empty());
}

#[test]
fn outcomes_wait_in_line() {
    let sandbox = start(Sandbox::builder());
    let page = press(&sandbox, "/_sbx/cards", "outcome=3DS_FUNDS");
    assert!(page.contains("In line: <code>3DS_FUNDS</code>"), "{page}");
    for card in TestCard::all() {
        assert!(page.contains(card.number()), "{card:?}");
    }
    assert!(!press(&sandbox, "/_sbx/cards/forget", "").contains("In line"));
    assert_eq!(
        post(&sandbox, "/_sbx/cards", "outcome=nonsense").status,
        400
    );
    let strict = start(Sandbox::builder().assume("error-status", "400"));
    let page = look(&strict, "/_sbx/assumptions");
    assert!(
        page.contains("switched from 200") && page.contains("One is switched"),
        "{page}"
    );
}

#[test]
fn what_came_from_outside_is_text_and_without_secrets() {
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
        assert!(!all.contains(card.number()), "{card:?}");
    }
    assert!(!all.contains(sandbox.admin_token()));
    for secret in ["key-of-the-shop", "sandbox-secret", "X-Signature"] {
        assert!(!public.contains(secret), "{secret}");
    }
    assert!(
        tokens.iter().all(|token| !public.contains(token)),
        "a page's token is public"
    );
}
