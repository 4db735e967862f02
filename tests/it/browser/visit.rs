use nft_invoice_sandbox::{InvoiceHandle, Route, Sandbox};
use serde_json::{Value, from_slice};

use super::chromium::Browser;
use super::shop::Shop;
use crate::support::raw;

/// A customer's browser, the shop that sent it, and the gateway between them.
pub struct Visit {
    pub browser: Browser,
    pub shop: Shop,
    pub sandbox: Sandbox,
}

impl Visit {
    pub async fn start() -> Self {
        Self::with(Browser::start().await).await
    }

    /// As a customer who has turned scripts off.
    pub async fn without_scripts() -> Self {
        Self::with(Browser::without_scripts().await).await
    }

    async fn with(browser: Browser) -> Self {
        let shop = Shop::open().await;
        let sandbox = Sandbox::builder().seed(7).callback(shop.url("/callback"));
        let sandbox = sandbox.start().await.expect("a sandbox starts");
        Self {
            browser,
            shop,
            sandbox,
        }
    }

    /// The gateway's answer to a create.
    pub fn asks(&self, order: &Value) -> Value {
        let (url, key) = (self.sandbox.base_url(), self.sandbox.api_key());
        let body = order.to_string();
        let answer = raw(
            url,
            "POST",
            "/api/btn-create-invoice/get/",
            Some(key),
            &body,
        );
        from_slice(&answer).expect("JSON")
    }

    /// Has the shop sell something; the invoice.
    pub fn sells(&self) -> InvoiceHandle {
        let answer = self.asks(&self.shop.order());
        assert_eq!(answer["errorCode"], 0, "the order is taken: {answer}");
        let invoices = self.sandbox.invoices();
        invoices.last().expect("it was just created").clone()
    }

    /// Opens the payment page of a new invoice; the page's URL.
    pub async fn opens(&self) -> String {
        let url = self.sells().checkout().url().expect("it has a page");
        self.browser.open(&url).await;
        url
    }

    /// Opens the dashboard by the address that is printed at the start.
    pub async fn steers(&self) {
        self.browser.open(&self.sandbox.dashboard_url()).await;
        self.browser.is_at(&self.url("/_sbx")).await;
    }

    /// The sandbox's page at this path.
    pub fn url(&self, path: &str) -> String {
        self.sandbox.base_url().to_owned() + path
    }

    /// Writes a card's number over the one in the form.
    pub async fn enters(&self, card: &str) {
        self.browser.fill("#card_number", card).await;
    }

    /// Presses the button of the page with this `value`.
    pub async fn presses(&self, action: &str) {
        self.browser.press(&format!("button[value={action}]")).await;
    }

    pub async fn lands_on(&self, path: &str) {
        self.browser.is_at(&self.shop.url(path)).await;
    }

    /// The first invoice was opened and paid, once.
    pub async fn is_told_of_one_payment(&mut self) {
        let statuses = ["invoice:created", "invoice:opened", "invoice:paid"];
        self.is_told(1, &statuses).await;
    }

    /// The invoice's callbacks are these, in this order, each once and well signed.
    pub async fn is_told(&mut self, invoice: u64, statuses: &[&str]) {
        let mut told = Vec::new();
        for _ in statuses {
            let callback = self.shop.callback().await;
            let id = callback.id.expect("a callback names its invoice");
            assert_eq!(
                id.to_string(),
                invoice.to_string(),
                "another's callback came"
            );
            told.push(callback.status.to_string());
        }
        assert_eq!(told, statuses, "callbacks of invoice {invoice}");
        // All that the sandbox has to tell, now or later.
        let deliveries = self.sandbox.deliveries();
        let made = deliveries.iter().filter(|one| one.invoice == invoice);
        let made: Vec<_> = made.map(|one| one.event.to_string()).collect();
        assert_eq!(
            made.len(),
            statuses.len(),
            "callbacks made for invoice {invoice}: {made:?}"
        );
    }

    /// The browser has asked for nothing that is not there, and has been denied nothing.
    pub async fn is_without_complaint(&self) {
        let mut console = self.browser.console().await;
        // The sandbox's own error pages are meant to be; anything else that is missing is among the strays.
        let base = self.sandbox.base_url();
        console.retain(|line| !(line.starts_with(base) && line.ends_with("404 (Not Found)")));
        assert!(console.is_empty(), "in the browser's console: {console:#?}");
        let strays = self.sandbox.requests().to(Route::Other);
        assert!(
            strays.is_empty(),
            "the browser asked for what is no page: {strays:?}"
        );
    }
}
