//! One batch, from its input to the comparison with the gateway.

use std::collections::{HashMap, HashSet};
use std::fmt;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use nft_invoice::{Mode, Reference};
use nft_invoice_bulk::journal::sqlite::SqliteJournal;
use nft_invoice_bulk::journal::{Counts, Journal, StoredRow};
use nft_invoice_bulk::lifecycle::State;
use nft_invoice_sandbox::Sandbox;
use tempfile::TempDir;

use crate::corrections;
use crate::random::Random;
use crate::worker;

const ROWS: u64 = 200;

/// What a process does, with which input.
type Work = (&'static str, &'static str);

const RUN: Work = ("run", "input");

/// On 40 % of the responses; those before the create do not create anything.
pub(crate) const FAULTS: &str = "create->after.reset@p=0.14; create->before.reset@p=0.1; create->after.truncate(40%)@p=0.08; \
                      create->before.badjson@p=0.08; create->after.delay(5ms..40ms)@p=0.2";

pub(crate) const STEPS: [&str; 4] = ["before-commit", "after-commit", "before-send", "after-send"];

/// What was done in all batches.
#[derive(Default)]
pub(crate) struct Totals {
    pub(crate) kills: u64,
    pub(crate) rows: u64,
    pub(crate) faults: u64,
    /// Rows whose outcome was unknown when the kills were over, and those of them that had been created.
    pub(crate) unknown: u64,
    pub(crate) charged: u64,
    /// Rows that the gateway rejected and that were replaced by corrected ones.
    pub(crate) corrected: u64,
    pub(crate) seconds: u64,
    /// Only over PostgreSQL: pauses of processes, restarts of the server, and copies of the database.
    pub(crate) pauses: u64,
    pub(crate) restarts: u64,
    pub(crate) copies: u64,
    /// Invoices whose links nobody got, and those of them that were paid, so that their rows are duplicates.
    pub(crate) orphans: u64,
    pub(crate) paid: u64,
}

impl fmt::Display for Totals {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            kills,
            rows,
            faults,
            ..
        } = self;
        write!(
            f,
            "{rows} rows, {kills} kills, {faults} faults: 0 duplicates, 0 lost, so at most 1 in {} rows (3/n); ",
            rows / 3
        )?;
        if self.restarts > 0 {
            write!(
                f,
                "{} pauses, {} restarts of the server, {} older copies; {} orphans, {} paid and found",
                self.pauses, self.restarts, self.copies, self.orphans, self.paid
            )?;
        } else {
            write!(
                f,
                "{} were unknown, {} of them created; {} were rejected and corrected",
                self.unknown, self.charged, self.corrected
            )?;
        }
        write!(f, "; {} s", self.seconds)
    }
}

pub(crate) struct Batch {
    folder: TempDir,
    sandbox: Sandbox,
    mode: Mode,
    /// Whether the gateway rejects rows, which are corrected.
    rejects: bool,
    bug: Option<String>,
}

impl Batch {
    pub(crate) async fn new(mode: Mode, rejects: bool, seed: u64, bug: Option<&str>) -> Self {
        let builder = Sandbox::builder()
            .seed(seed)
            .real_time()
            .api_key(worker::KEY);
        let sandbox = builder.start().await.expect("a sandbox starts");
        let batch = Self {
            folder: TempDir::new().expect("a folder"),
            sandbox,
            mode,
            rejects,
            bug: bug.map(str::to_owned),
        };
        std::fs::write(batch.path("input"), rows(mode)).expect("an input");
        batch
    }

    /// Runs, kills and continues until everything was sent, then compares.
    pub(crate) async fn run(&self, random: &mut Random, totals: &mut Totals) -> Result<(), String> {
        if self.rejects {
            let faults = format!("{}{FAULTS}", corrections::FAULT);
            self.sandbox.set_faults(&faults).expect("a plan");
            self.disturb(6, &[RUN], random, totals).await?;
            self.finish(&[RUN]).await?;
            let rejected = self.rows(&[State::Rejected]).await?;
            totals.corrected += rejected.len() as u64;
            let text = corrections::corrected(&self.path("input"), self.mode, rejected);
            std::fs::write(self.path("fix"), text).expect("a file");
            self.disturb(6, &[("add", "fix"), ("add", "input")], random, totals)
                .await?;
            self.finish(&[("add", "input"), ("add", "fix")]).await?;
        } else {
            self.sandbox.set_faults(FAULTS).expect("a plan");
            self.disturb(12, &[RUN], random, totals).await?;
            self.finish(&[RUN]).await?;
        }
        totals.rows += ROWS;
        totals.faults += self
            .sandbox
            .fault_rules()
            .iter()
            .map(|rule| rule.fired)
            .sum::<u64>();
        let before = self.rows(&[State::Unknown]).await?;
        totals.unknown += before.len() as u64;
        totals.charged += before
            .iter()
            .filter(|row| self.ledger().contains_key(&reference(row)))
            .count() as u64;
        self.sandbox.set_faults("").expect("no plan");
        self.reconcile()?;
        if self.bug.is_some() {
            // What a reconciliation wrongly sends again.
            self.start(RUN, None).wait().expect("it ends");
        }
        self.compare().await?;
        self.search_secrets()
    }

    /// Does these works in turn, and kills each at a random time or step.
    async fn disturb(
        &self,
        turns: usize,
        works: &[Work],
        random: &mut Random,
        totals: &mut Totals,
    ) -> Result<(), String> {
        for work in works.iter().cycle().take(turns) {
            let is_killed = if random.below(3) == 0 {
                let step = STEPS[random.below(4) as usize];
                let at = format!("{step}:{}", random.below(30));
                let mut child = self.start(*work, Some(&at));
                !child.wait().expect("it ends").success()
            } else {
                let mut child = self.start(*work, None);
                // A batch takes several times as long.
                tokio::time::sleep(Duration::from_micros(random.below(60_000))).await;
                let _ = child.kill();
                !child.wait().expect("it ends").success()
            };
            totals.kills += u64::from(is_killed);
            if self.bug.as_deref() == Some("requeue-on-crash") {
                // Opening the journal here, without the bug, would make these rows unknown.
                continue;
            }
            let counts = self.counts().await?;
            if counts.total != 0 && counts.total != ROWS {
                return Err(format!("the rows do not add up: {counts:?}"));
            }
        }
        Ok(())
    }

    /// Does these works until everything was sent: hosted rows until each has a link, cards once.
    async fn finish(&self, works: &[Work]) -> Result<(), String> {
        for _ in 0..60 {
            for work in works {
                let ended = self.start(*work, None).wait().expect("it ends");
                if !ended.success() {
                    return Err("a run failed that was not killed".to_owned());
                }
            }
            let counts = self.counts().await?;
            if counts.prepared + counts.in_flight > 0 {
                return Err(format!("rows were left behind: {counts:?}"));
            }
            if self.mode == Mode::S2s || counts.unknown + counts.parked == 0 {
                break;
            }
        }
        Ok(())
    }

    fn start(&self, (work, input): Work, crash_at: Option<&str>) -> Child {
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command
            .args([worker::NAME, work, self.mode.as_str()])
            .args([self.path(input), self.path("journal")])
            .arg(self.sandbox.base_url())
            .stderr(Stdio::null());
        if let Some(crash_at) = crash_at {
            command.env("NFT_INVOICE_CRASH_AT", crash_at);
        }
        if let Some(bug) = &self.bug {
            command.env("NFT_INVOICE_BUG", bug);
        }
        command.spawn().expect("a process")
    }

    fn journal(&self) -> Result<SqliteJournal, String> {
        SqliteJournal::open(&self.path("journal"), self.mode).map_err(|error| error.to_string())
    }

    async fn counts(&self) -> Result<Counts, String> {
        self.journal()?
            .counts()
            .await
            .map_err(|error| error.to_string())
    }

    async fn rows(&self, states: &[State]) -> Result<Vec<StoredRow>, String> {
        let rows = self.journal()?.rows(states, 0, 10_000).await;
        rows.map_err(|error| error.to_string())
    }

    fn reconcile(&self) -> Result<(), String> {
        let ended = self
            .start(("reconcile", "input"), None)
            .wait()
            .expect("it ends");
        ended
            .success()
            .then_some(())
            .ok_or_else(|| "a reconciliation failed".to_owned())
    }

    /// Compares the journal with the gateway's own list.
    async fn compare(&self) -> Result<(), String> {
        let ledger = self.ledger();
        let accepted = self.rows(&[State::Accepted]).await?;
        let all = self.rows(&State::ALL).await?;
        let (replaced, rows): (Vec<_>, Vec<_>) =
            all.iter().partition(|row| row.state == State::Replaced);
        if rows.len() as u64 != ROWS {
            return Err(format!("{} rows of {ROWS}", rows.len()));
        }
        if let Some(row) = rows.iter().find(|row| row.state == State::Rejected) {
            return Err(format!("not corrected: {row:?}"));
        }
        // What was corrected is created once, in the place of the rejected row.
        if let Some(row) = replaced.iter().find(|row| row.link.is_some()) {
            return Err(format!("replaced, and has a link: {row:?}"));
        }
        let is_charged = |row: &&&StoredRow| ledger.contains_key(&reference(row));
        if let Some(row) = replaced.iter().find(is_charged)
            && self.mode == Mode::S2s
        {
            return Err(format!("replaced, and charged: {row:?}"));
        }
        let known: HashSet<_> = all.iter().map(reference).collect();
        if let Some(stranger) = ledger.keys().find(|reference| !known.contains(*reference)) {
            return Err(format!("an invoice of no row: {stranger}"));
        }
        if let Some(row) = accepted
            .iter()
            .find(|row| !ledger.contains_key(&reference(row)))
        {
            return Err(format!("accepted without an invoice: {row:?}"));
        }
        match self.mode {
            Mode::S2s => {
                if let Some((twice, count)) = ledger.iter().find(|(_, count)| **count > 1) {
                    return Err(format!("charged {count} times: {twice}"));
                }
                if accepted.len() != ledger.len() {
                    return Err(format!(
                        "{} charges, {} of them known",
                        ledger.len(),
                        accepted.len()
                    ));
                }
            }
            Mode::Hosted => {
                let without_link = accepted.iter().find(|row| row.link.is_none());
                if let Some(row) = without_link {
                    return Err(format!("accepted without a link: {row:?}"));
                }
                if accepted.len() as u64 != ROWS {
                    return Err(format!("{} of {ROWS} rows have a link", accepted.len()));
                }
            }
        }
        Ok(())
    }

    /// How many invoices the gateway has for each reference.
    fn ledger(&self) -> HashMap<Reference, usize> {
        let mut ledger = HashMap::new();
        for invoice in self.sandbox.invoices() {
            let found = invoice.callback_json().and_then(Reference::find);
            *ledger.entry(found.expect("a reference")).or_default() += 1;
        }
        ledger
    }

    /// Looks for cards and keys in every file but the inputs.
    fn search_secrets(&self) -> Result<(), String> {
        for entry in std::fs::read_dir(self.folder.path()).expect("a folder") {
            let path = entry.expect("an entry").path();
            if ["input", "fix"].iter().any(|name| path == self.path(name)) {
                continue;
            }
            let bytes = std::fs::read(&path).expect("a file");
            for secret in ["4242424242424242", "card_ccv", worker::KEY] {
                if bytes
                    .windows(secret.len())
                    .any(|window| window == secret.as_bytes())
                {
                    return Err(format!("{secret} is in {}", path.display()));
                }
            }
        }
        Ok(())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

fn reference(row: &StoredRow) -> Reference {
    row.reference
        .clone()
        .unwrap_or_else(|| panic!("invalid: {:?}", row.faults))
}

/// The rows of an input, a few of them twice.
fn rows(mode: Mode) -> String {
    let card = r#""name":"John Smith","address1":"1000 Lombard St","address2":"Flat 2","city":"San Francisco",
        "country":"US","postcode":"94109","date_of_birth":"1990-12-31","customer_ip":"8.8.8.8","phone":"+1 415 555 0100",
        "card_number":"4242424242424242","card_expiry_date":"12/2030","card_ccv":"000",
        "nftImageUrls":"https://cdn.shop.example/nft/7.png","ipfsMetadata":{"name":"Lighthouse"},
        "nftDescription":"A lighthouse","#
        .replace('\n', " ");
    let card = if mode == Mode::S2s { card.as_str() } else { "" };
    (0..ROWS).map(|n| row_of(card, n)).collect()
}

/// The row with this number, and the card's fields.
pub(crate) fn row_of(card: &str, n: u64) -> String {
    // Rows with a card that are the same otherwise must have ids.
    let id = if card.is_empty() {
        String::new()
    } else {
        format!(r##""#id":"order-{n}","##)
    };
    let n = n - n % 8 / 7;
    let amount = n % 5 + 1;
    format!(
        r#"{{{id}{card}"email":"customer{n}@shop.example","amount":"{amount}.04","devise":"USD","checkoutMode":"nft"}}"#
    ) + "\n"
}
