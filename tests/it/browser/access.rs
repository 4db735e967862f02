use std::{env, fs};

use nft_invoice_sandbox::{InvoiceState, TestCard, days};
use serde_json::Value;

use super::visit::Visit;

/// Runs axe over the page as it stands, and gives a line for each violation.
const RUN: &str = "
    const done = arguments[arguments.length - 1];
    const line = (rule, node) => `${rule.id} at ${node.target}: ${node.failureSummary}`;
    axe.run().then(
        found => done(found.violations.flatMap(rule => rule.nodes.map(node => line(rule, node)))),
        error => done([String(error)]));";

/// Every page and where it is: a sale in each state that a customer can meet, and an error.
async fn pages(visit: &Visit) -> Vec<(&'static str, String)> {
    let mut pages = Vec::new();
    let sale = |name, card: Option<TestCard>| async move {
        let checkout = visit.sells().checkout();
        if let Some(card) = card {
            checkout.pay(card).await.expect("it can be paid");
        }
        (name, checkout.url().expect("it has a page"))
    };
    // First, because the clock moves.
    pages.push(sale("expired", None).await);
    visit
        .sandbox
        .advance(days(15))
        .await
        .expect("the clock moves");
    pages.push(sale("payment", None).await);
    pages.push(sale("challenge", Some(TestCard::CHALLENGE)).await);
    pages.push(sale("paid", Some(TestCard::PAID)).await);
    pages.push(sale("failed", Some(TestCard::FUNDS)).await);
    pages.push(sale("pending", Some(TestCard::APPROVED)).await);
    let states = visit.sandbox.invoices();
    let states: Vec<_> = states.iter().map(|invoice| invoice.state()).collect();
    assert_eq!(states[0], InvoiceState::Expired, "of {states:?}");

    let base = visit.sandbox.base_url();
    pages.push(("error", format!("{base}/widget/sale/create/?token=none")));
    pages
}

async fn unfold(visit: &Visit) {
    let open = "for (const details of document.querySelectorAll('details')) details.open = true";
    visit
        .browser
        .execute(open, Vec::new())
        .await
        .expect("they unfold");
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn axe_finds_nothing() {
    let path = env::var_os("NFT_INVOICE_AXE");
    let path = path.expect(
        "NFT_INVOICE_AXE names the file axe.min.js; .ci/axe fetches it and prints its path",
    );
    let axe = fs::read_to_string(&path);
    let axe = axe.unwrap_or_else(|error| panic!("NFT_INVOICE_AXE={}: {error}", path.display()));
    let visit = Visit::start().await;
    let pages = pages(&visit).await;
    let mut found = Vec::new();
    for scheme in ["light", "dark"] {
        for width in [360, 1280] {
            visit.browser.look(width, scheme).await;
            for (page, url) in &pages {
                visit.browser.open(url).await;
                unfold(&visit).await;
                found.extend(
                    violations(&visit, &axe, &format!("{page}, {scheme}, {width} px")).await,
                );
            }
            visit.opens().await;
            visit.enters("1").await;
            visit.presses("pay").await;
            visit.browser.find("[role=alert]").await;
            found.extend(violations(&visit, &axe, &format!("refused, {scheme}, {width} px")).await);
        }
    }
    assert!(
        found.is_empty(),
        "{} violations:\n{}",
        found.len(),
        found.join("\n")
    );
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
    found.iter().map(|line| format!("{page}: {line}")).collect()
}

#[tokio::test]
#[ignore = "needs Chromium"]
async fn nothing_is_wider_than_a_small_screen() {
    let visit = Visit::start().await;
    visit.browser.look(360, "light").await;
    for (page, url) in pages(&visit).await {
        visit.browser.open(&url).await;
        unfold(&visit).await;
        let script =
            "const page = document.documentElement; return page.scrollWidth - page.clientWidth";
        let beyond = visit
            .browser
            .execute(script, Vec::new())
            .await
            .expect("a number");
        assert_eq!(
            beyond, 0,
            "{page} has to be scrolled sideways, by so many px"
        );
    }
}
