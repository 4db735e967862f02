use std::ops::Deref;
use std::time::{Duration, Instant};

use fantoccini::actions::{InputSource, KeyAction, KeyActions};
use fantoccini::elements::Element;
use fantoccini::error::CmdError;
use fantoccini::{Client, ClientBuilder, Locator};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;
use url::Url;

use super::command::ChromeCommand;
use super::driver::{Driver, on_path};

/// How long anything is waited for. Only what is broken takes so long.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// Between two questions.
const PAUSE: Duration = Duration::from_millis(10);

const ARGUMENTS: [&str; 11] = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--no-proxy-server",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
];

/// A Chromium of one's own, with an empty profile. It ends when this is dropped.
pub struct Browser {
    client: Client,
    // In this order: the browser ends before its files are deleted.
    _driver: Driver,
    _folder: TempDir,
}

impl Browser {
    pub async fn start() -> Self {
        Self::with_preferences(json!({})).await
    }

    /// One that runs no script of a page.
    pub async fn without_scripts() -> Self {
        Self::with_preferences(json!({"profile.managed_default_content_settings.javascript": 2}))
            .await
    }

    async fn with_preferences(preferences: Value) -> Self {
        let chromium = on_path("chromium");
        let folder = TempDir::new().expect("a folder for the browser's files");
        let driver = Driver::start(folder.path());
        let mut arguments = ARGUMENTS.map(str::to_owned).to_vec();
        arguments.push(format!(
            "--user-data-dir={}",
            folder.path().join("profile").display()
        ));
        let wanted = json!({
            "goog:chromeOptions": {"binary": chromium, "args": arguments, "prefs": preferences},
            "goog:loggingPrefs": {"browser": "ALL"},
        });
        let Value::Object(wanted) = wanted else {
            unreachable!("written as an object above")
        };
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(wanted)
            .connect(&format!("http://127.0.0.1:{}", driver.port))
            .await
            .expect("chromedriver starts Chromium");
        Self {
            client,
            _driver: driver,
            _folder: folder,
        }
    }

    /// The first element for a CSS selector, as soon as there is one.
    pub async fn find(&self, selector: &str) -> Element {
        let found = self.repeat(|| self.client.find(Locator::Css(selector)));
        match found.await {
            Ok(element) => element,
            Err(error) => panic!("no {selector} on {}: {error}", self.place().await),
        }
    }

    pub async fn count(&self, selector: &str) -> usize {
        let found = self.repeat(|| self.find_all(Locator::Css(selector)));
        found.await.expect("a selector").len()
    }

    /// The text of the first element for a CSS selector, as a customer sees it.
    pub async fn text(&self, selector: &str) -> String {
        let text = self.repeat(async || {
            let element = self.client.find(Locator::Css(selector)).await?;
            element.text().await
        });
        match text.await {
            Ok(text) => text,
            Err(error) => panic!("no text of {selector} on {}: {error}", self.place().await),
        }
    }

    /// Writes over what is in a field.
    pub async fn fill(&self, selector: &str, text: &str) {
        let filled = self.repeat(async || {
            let field = self.client.find(Locator::Css(selector)).await?;
            field.clear().await?;
            field.send_keys(text).await
        });
        let filled = filled.await;
        filled.unwrap_or_else(|error| panic!("{selector} cannot be written to: {error}"));
    }

    /// What is written in a field.
    pub async fn value(&self, selector: &str) -> String {
        let value = self.repeat(async || {
            let field = self.client.find(Locator::Css(selector)).await?;
            field.prop("value").await
        });
        value.await.expect("a property").unwrap_or_default()
    }

    /// Chooses from a list what is sent as `value`.
    pub async fn choose(&self, selector: &str, value: &str) {
        let chosen = self.find(selector).await.select_by_value(value).await;
        chosen.unwrap_or_else(|error| panic!("{selector} does not offer {value}: {error}"));
    }

    /// Presses what has this selector, such as a button or the box of a tick.
    pub async fn press(&self, selector: &str) {
        if let Err(error) = self.click(Locator::Css(selector)).await {
            let place = self.place().await;
            panic!("{selector} cannot be pressed on {place}: {error}");
        }
    }

    /// Presses the first button with this name and waits for the page that answers its form.
    pub async fn submit(&self, name: &str) {
        let before = self.find("html").await;
        self.press_button(name).await;
        let waits = async {
            // An element of a page that was replaced is an error; the new page may show the same text.
            while before.tag_name().await.is_ok() {
                tokio::time::sleep(PAUSE).await;
            }
        };
        if tokio::time::timeout(PATIENCE, waits).await.is_err() {
            panic!("{name} opened no page from {}", self.place().await);
        }
    }

    /// Presses the first button with this name.
    pub async fn press_button(&self, name: &str) {
        let path = format!("//button[normalize-space() = '{name}']");
        if let Err(error) = self.click(Locator::XPath(&path)).await {
            let place = self.place().await;
            panic!("{name} cannot be pressed on {place}: {error}");
        }
    }

    /// Clicks once. What was found on a page that another one has replaced was not clicked.
    async fn click(&self, locator: Locator<'_>) -> Result<(), CmdError> {
        let clicked = self.repeat(async || {
            let element = self.client.find(locator).await?;
            match element.click().await {
                Err(error) if error.is_stale_element_reference() => Err(error),
                clicked => Ok(clicked),
            }
        });
        clicked.await?
    }

    pub async fn open(&self, url: &str) {
        self.goto(url).await.expect("the page opens");
    }

    pub async fn is_at(&self, url: &str) {
        let wanted: Url = url.parse().expect("a URL");
        let arrives = async {
            while self.repeat(|| self.current_url()).await.ok().as_ref() != Some(&wanted) {
                tokio::time::sleep(PAUSE).await;
            }
        };
        if tokio::time::timeout(PATIENCE, arrives).await.is_err() {
            panic!("wanted {}, is on {}", wanted.path(), self.place().await);
        }
    }

    /// Presses keys one after the other, such as `'\u{e004}'` for Tab.
    pub async fn keys(&self, keys: &[char]) {
        let strokes = keys
            .iter()
            .fold(KeyActions::new("keys".into()), |so_far, key| {
                so_far
                    .then(KeyAction::Down { value: *key })
                    .then(KeyAction::Up { value: *key })
            });
        self.perform_actions(strokes)
            .await
            .expect("keys are pressed");
    }

    /// Looks at pages as a screen of that width, in CSS pixels, and that colour scheme does. Nothing moves there.
    pub async fn look(&self, width: u32, scheme: &str) {
        let screen =
            json!({"width": width, "height": 832, "deviceScaleFactor": 1, "mobile": false});
        self.devtools("Emulation.setDeviceMetricsOverride", screen)
            .await;
        let features = json!([
            {"name": "prefers-color-scheme", "value": scheme},
            {"name": "prefers-reduced-motion", "value": "reduce"},
        ]);
        self.devtools("Emulation.setEmulatedMedia", json!({"features": features}))
            .await;
    }

    pub async fn devtools(&self, command: &str, parameters: Value) -> Value {
        let body = json!({"cmd": command, "params": parameters});
        let answer = self
            .issue_cmd(ChromeCommand {
                path: "goog/cdp/execute",
                body,
            })
            .await;
        answer.unwrap_or_else(|error| panic!("{command}: {error}"))
    }

    /// What the browser has put in its console since this was last asked: blocked resources, errors of scripts.
    pub async fn console(&self) -> Vec<String> {
        let body = json!({"type": "browser"});
        let log = self
            .issue_cmd(ChromeCommand {
                path: "se/log",
                body,
            })
            .await;
        let Ok(Value::Array(entries)) = log else {
            panic!("chromedriver gives no log: {log:?}");
        };
        let messages = entries
            .iter()
            .map(|entry| entry["message"].as_str().unwrap_or_default());
        messages.map(without_token).collect()
    }

    /// Asks until there is an answer: what is looked for may not be there yet, and a page that opens in the middle of
    /// a question ends it.
    async fn repeat<T>(&self, ask: impl AsyncFn() -> Result<T, CmdError>) -> Result<T, CmdError> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match ask().await {
                Err(error) if may_pass(&error) && Instant::now() < deadline => {
                    tokio::time::sleep(PAUSE).await;
                }
                answer => return answer,
            }
        }
    }

    /// Where the browser is and what it shows, for a failure's message. A URL may hold a token: its query stays out.
    async fn place(&self) -> String {
        let url = self.current_url().await.map(|url| url.path().to_owned());
        let text = match self.client.find(Locator::Css("body")).await {
            Ok(body) => body.text().await,
            Err(error) => Err(error),
        };
        format!("{url:?}, which says: {text:?}")
    }
}

impl Deref for Browser {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

/// Whether the same question can succeed a moment later.
fn may_pass(error: &CmdError) -> bool {
    // chromedriver has no error code of its own for a page that opens.
    let interrupted = |error: &CmdError| {
        matches!(error, CmdError::NotW3C(_)) && error.to_string().contains("aborted by navigation")
    };
    error.is_no_such_element() || error.is_stale_element_reference() || interrupted(error)
}

/// A failure's message may be kept for long; the pages' addresses hold their tokens.
fn without_token(message: &str) -> String {
    let mut parts = message.split("token=");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |so_far, part| {
        so_far + "token=…" + part.trim_start_matches(|c: char| c.is_ascii_hexdigit())
    })
}
