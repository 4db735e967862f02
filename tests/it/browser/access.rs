use std::sync::Arc;
use std::time::SystemTime;
use std::{env, fs};

use nft_invoice::{ApiKey, Client, Config, Mode, Rules};
use nft_invoice_bulk::input::{Format, InputSource, RowOptions, Rows};
use nft_invoice_bulk::journal::Journal;
use nft_invoice_bulk::journal::sqlite::SqliteJournal;
use nft_invoice_bulk::report::report;
use nft_invoice_bulk::run::{RunOptions, Runner, Stop};
use nft_invoice_sandbox::{TestCard, days};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::visit::Visit;

/// Runs axe over the page as it stands, and gives a line for each rule that is broken, with the first place.
const RUN: &str = "
    const done = arguments[arguments.length - 1];
    const line = ({ id, nodes }) =>
        `${id}, ${nodes.length} times, first at ${nodes[0].target}: ${nodes[0].failureSummary.replace(/\\s+/g, ' ')}`;
    axe.run().then(found => done(found.violations.map(line)), error => done([String(error)]));";

/// A page's title, and where it is.
type Page = (&'static str, String);

/// The dashboard's pages. One that reloads itself is not among them: it does so for who asked for it, which axe cannot
/// know.
const DASHBOARD: [(&str, &str); 14] = [
    ("Invoices", "/_sbx"),
    ("Invoices", "/_sbx?status=paid"),
    ("Invoice 4", "/_sbx/invoices/4"),
    ("Callbacks", "/_sbx/callbacks"),
    ("Callback 4", "/_sbx/callbacks/4"),
    ("Requests", "/_sbx/requests"),
    ("Requests", "/_sbx/requests?route=all&invoice=4"),
    ("Faults", "/_sbx/faults"),
    ("Clock", "/_sbx/clock"),
    ("Test cards", "/_sbx/cards"),
    ("Connect a shop", "/_sbx/connect"),
    ("Settings", "/_sbx/settings"),
    ("Assumptions", "/_sbx/assumptions"),
    ("Not found", "/_sbx/none"),
];

/// Makes a sale in each state that a customer can meet; their pages, and that of an error.
async fn checkout_pages(visit: &Visit) -> Vec<Page> {
    let none = visit.url("/widget/sale/create/?token=none");
    let mut pages = vec![("Invoice not found", none)];
    for (title, card) in [
        ("Invoice expired", None),
        ("Checkout", None),
        ("Verify your identity", Some(TestCard::CHALLENGE)),
        ("Payment received", Some(TestCard::PAID)),
        ("Payment failed", Some(TestCard::FUNDS)),
        ("Payment pending", Some(TestCard::APPROVED)),
    ] {
        let checkout = visit.sells().checkout();
        if let Some(card) = card {
            checkout.pay(card).await.expect("it can be paid");
        }
        if title.ends_with("expired") {
            let advance = visit.sandbox.advance(days(15));
            advance.await.expect("the clock moves");
        }
        pages.push((title, checkout.url().expect("it has a page")));
    }
    pages
}

/// Lets the browser into the dashboard; its pages.
async fn dashboard_pages(visit: &Visit) -> Vec<Page> {
    visit.steers().await;
    DASHBOARD
        .map(|(title, path)| (title, visit.url(path)))
        .to_vec()
}

/// Opens a page, which has to be the one that is meant, and whatever is folded there.
async fn open((title, url): &Page, visit: &Visit) {
    visit.browser.open(url).await;
    let shown = visit.browser.title().await.expect("a title");
    assert!(shown.starts_with(title), "{shown} instead of {title}");
    let open = "for (const details of document.querySelectorAll('details')) details.open = true";
    visit
        .browser
        .execute(open, Vec::new())
        .await
        .expect("they unfold");
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn axe_reports_no_problem_on_the_checkout_page() {
    let visit = Visit::start().await;
    let pages = checkout_pages(&visit).await;
    nothing_is_found(&visit, &pages).await;
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn axe_reports_no_problem_in_the_dashboard() {
    let visit = Visit::start().await;
    checkout_pages(&visit).await;
    let pages = dashboard_pages(&visit).await;
    nothing_is_found(&visit, &pages).await;
}

/// Writes the report of a bulk run in which most responses were lost; the page, and the folder in which it is.
async fn bulk_report(visit: &Visit) -> (Page, TempDir) {
    let plan = "create->after.reset@p=0.6";
    visit.sandbox.set_faults(plan).expect("a plan");
    let folder = TempDir::new().expect("a folder");
    let input = folder.path().join("drop.csv");
    let row = |n| format!("customer{n}@shop.example,1.50\n");
    let rows: String = (0..250).map(row).collect();
    fs::write(&input, format!("email,amount\n{rows}nobody,1\n")).expect("a file");
    let journal = SqliteJournal::open(&folder.path().join("journal"), Mode::Hosted);
    let journal = Arc::new(journal.expect("a journal"));
    let options = RowOptions {
        rules: Rules::at(SystemTime::now()),
        mode: Mode::Hosted,
        wraps_callback_data: false,
    };
    let rows = Rows::open(&input, Format::Csv, options, journal.key().clone()).expect("rows");
    let source = InputSource::new("drop.csv", rows);
    let loaded = journal.load(Box::new(source), false).await;
    assert_eq!(loaded.expect("it is loaded").new, 250);
    let key = ApiKey::new(visit.sandbox.api_key()).expect("a key");
    let client = Client::new(Config::new(visit.sandbox.base_url(), key)).expect("a client");
    let run = Runner::new(client, Arc::clone(&journal) as _, RunOptions::default());
    let counts = run.run(&Stop::new(), |_| ()).await.expect("it runs").counts;
    assert!(counts.unknown > 100 && counts.accepted > 0 && counts.rejected > 0);
    let page = report(&*journal).await.expect("a report");
    let file = folder.path().join("report.html");
    fs::write(&file, page).expect("a file");
    let url = format!("file://{}", file.display());
    (("Bulk creation", url), folder)
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn axe_reports_no_problem_in_the_report_of_a_bulk_run() {
    let visit = Visit::start().await;
    let (page, _folder) = bulk_report(&visit).await;
    nothing_is_found(&visit, &[page]).await;
}

/// An invoice with a picture, one that is missing, some on IPFS, and texts that are longer than any screen is wide.
async fn long_sale(visit: &Visit) -> String {
    let long = "Unbreakable".repeat(40);
    let mut order = visit.shop.order();
    order["amount"] = "999999999999.99".into();
    order["email"] = format!("{}@{}shop.example", "a".repeat(60), "mail.".repeat(20)).into();
    order["name"] = (&*long).into();
    order["nftDescription"] = (&*long).into();
    let mut pictures = vec![format!("ipfs://{long}"); 12];
    pictures[1] = visit.shop.url("/picture.svg");
    pictures[2] = visit.shop.url("/none.svg");
    order["nftImageUrls"] = pictures.into();
    let attribute = json!({"trait_type": long, "value": long});
    order["ipfsMetadata"] = json!({"name": long, "attributes": vec![attribute; 8], "more": long});
    order["callbackJson"] = json!({"note": long});
    let answer = visit.asks(&order);
    let url = answer["redirectUrl"].as_str().expect("a page");
    url.to_owned()
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn axe_reports_no_problem_with_long_texts_and_missing_pictures() {
    let visit = Visit::start().await;
    let axe = axe();
    let page = ("Checkout", long_sale(&visit).await);
    for (scheme, width) in [("light", 320), ("dark", 1280)] {
        visit.browser.look(width, scheme).await;
        open(&page, &visit).await;
        let found = violations(&visit, &axe, scheme).await;
        assert!(found.is_empty(), "{}", found.join("\n"));
    }
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn a_picture_that_cannot_be_shown_leaves_a_placeholder() {
    let visit = Visit::start().await;
    let page = ("Checkout", long_sale(&visit).await);
    open(&page, &visit).await;
    let first = visit.browser.text(".art > .placeholder").await;
    assert_eq!(first, "Stored on IPFS");
    assert_eq!(visit.browser.count(".art").await, 12, "every picture");
    // The placeholder of the missing one comes from the style sheet, once the browser has tried to load it.
    let script = "
        const done = arguments[arguments.length - 1];
        const missing = document.querySelector('img[src$=\"/none.svg\"]');
        const look = () => done([getComputedStyle(missing, '::after').content, missing.naturalWidth]);
        missing.scrollIntoView();
        if (missing.complete) look(); else missing.onerror = look;";
    let shown = visit.browser.execute_async(script, Vec::new()).await;
    let shown = shown.expect("the picture is on the page");
    assert_eq!(shown, json!(["\"Picture not available\"", 0]));
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn axe_reports_no_problem_in_a_rejected_form() {
    let visit = Visit::start().await;
    let axe = axe();
    visit.opens().await;
    for scheme in ["light", "dark"] {
        visit.browser.look(360, scheme).await;
        visit.enters("1").await;
        visit.presses("pay").await;
        visit.browser.find("[role=alert]").await;
        let found = violations(&visit, &axe, scheme).await;
        assert!(found.is_empty(), "{}", found.join("\n"));
    }
}

async fn nothing_is_found(visit: &Visit, pages: &[Page]) {
    let (axe, mut found) = (axe(), Vec::new());
    for (scheme, width) in [
        ("light", 360),
        ("light", 1280),
        ("dark", 360),
        ("dark", 1280),
    ] {
        visit.browser.look(width, scheme).await;
        for page in pages {
            open(page, visit).await;
            let page = format!("{}, {scheme}, {width} px", page.0);
            found.extend(violations(visit, &axe, &page).await);
        }
    }
    assert!(
        found.is_empty(),
        "{} violations:\n{}",
        found.len(),
        found.join("\n")
    );
    visit.is_without_complaint().await;
}

fn axe() -> String {
    let path = env::var_os("NFT_INVOICE_AXE");
    let path = path.expect(
        "NFT_INVOICE_AXE names the file axe.min.js; .ci/axe fetches it and prints its path",
    );
    let axe = fs::read_to_string(&path);
    axe.unwrap_or_else(|error| panic!("NFT_INVOICE_AXE={}: {error}", path.display()))
}

async fn violations(visit: &Visit, axe: &str, page: &str) -> Vec<String> {
    visit
        .browser
        .execute(axe, Vec::new())
        .await
        .expect("axe can be loaded");
    let found = visit
        .browser
        .execute_async(RUN, Vec::new())
        .await
        .expect("axe runs");
    let Value::Array(found) = found else {
        panic!("axe says no list: {found}");
    };
    let lines = found.iter().map(|line| line.as_str().unwrap_or_default());
    lines.map(|line| format!("{page}: {line}")).collect()
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn no_page_is_wider_than_a_small_screen() {
    let visit = Visit::start().await;
    let mut pages = checkout_pages(&visit).await;
    pages.extend(dashboard_pages(&visit).await);
    pages.push(("Checkout", long_sale(&visit).await));
    let long = visit.sandbox.invoices().last().expect("just made").id;
    pages.push(("Invoice", visit.url(&format!("/_sbx/invoices/{long}"))));
    let (report, _folder) = bulk_report(&visit).await;
    pages.push(report);
    let pages = pages.iter();
    for (page, width) in pages.flat_map(|page| [(page, 320), (page, 390)]) {
        visit.browser.look(width, "light").await;
        open(page, &visit).await;
        let script =
            "const page = document.documentElement; return page.scrollWidth - page.clientWidth";
        let beyond = visit
            .browser
            .execute(script, Vec::new())
            .await
            .expect("a number");
        assert_eq!(
            beyond, 0,
            "{} has to be scrolled sideways at {width} px, by so many px",
            page.0
        );
    }
}

/// The parts of a list's rows that stand in more than one line.
const BROKEN: &str = "
    const parts = [...document.querySelectorAll('.row .amount, .row .badge, .row .call')];
    return parts.filter(part => part.offsetHeight > 32).map(part => part.textContent)";

#[tokio::test]
#[ignore = "needs Chromium"]
async fn amounts_and_long_statuses_are_not_cut_on_a_small_screen() {
    let visit = Visit::start().await;
    let mut order = visit.shop.order();
    order["amount"] = "1234567.89".into();
    visit.asks(&order);
    let checkout = visit.sandbox.invoices().only().checkout();
    checkout.pending().await.expect("it is open");
    visit.steers().await;
    visit.browser.look(360, "light").await;
    for (path, shown) in [
        ("/_sbx", "Awaiting approval"),
        ("/_sbx/callbacks", "invoice:awaiting_approval"),
    ] {
        visit.browser.open(&visit.url(path)).await;
        let rows = visit.browser.text(".rows").await;
        assert!(rows.contains(shown), "{shown} is not on {path}: {rows}");
        let broken = visit.browser.execute(BROKEN, Vec::new()).await;
        let broken = broken.expect("a list");
        assert_eq!(broken, Value::Array(Vec::new()), "on {path}");
    }
}
