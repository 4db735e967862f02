//! One batch of several processes over PostgreSQL, from its input to the comparison with the gateway.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::fs::OpenOptions;
use std::os::unix::process::ExitStatusExt;
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

use nft_invoice::{Mode, Reference};
use nft_invoice_bulk::JournalKey;
use nft_invoice_bulk::journal::postgres::PostgresJournal;
use nft_invoice_bulk::journal::{Journal, StoredRow};
use nft_invoice_bulk::lifecycle::State;
use nft_invoice_sandbox::{InvoiceHandle, InvoiceState, Sandbox};
use tempfile::TempDir;
use tokio::time::sleep;

use crate::batch::{FAULTS, STEPS, Totals, row_of};
use crate::random::Random;
use crate::server::Server;
use crate::worker;

/// Valid rows; one more contains a card, and is rejected.
const ROWS: u64 = 600;
const PROCESSES: usize = 3;
const TURNS: u64 = 36;
/// How long a process is paused: its rows are somebody else's afterwards.
const PAUSE: Duration = Duration::from_millis(900);
/// Everything ends sooner.
const LIMIT: Duration = Duration::from_secs(60);
const CARD: &str = "4242424242424242";

pub(crate) struct Batch<'a> {
    server: &'a Server,
    database: String,
    folder: TempDir,
    key: JournalKey,
    /// Open all the time, and without any of the bugs: to open one waits for processes that are paused in it.
    journal: PostgresJournal,
    sandbox: Sandbox,
    bug: Option<String>,
    /// How often a process was paused.
    pauses: u64,
    resumed: Vec<Resumed>,
    /// Whether the database was replaced by an older copy.
    is_restored: bool,
}

/// A process of the batch.
struct Process {
    child: Child,
    resume_at: Option<Instant>,
    /// Whether the server was away since its start: a process that cannot begin ends with an error.
    may_fail: bool,
}

/// What was over when a paused process went on.
struct Resumed {
    /// How many invoices there were.
    made: usize,
    /// The last epoch of each row that nobody may send any more.
    over: HashMap<Reference, u32>,
}

/// An invoice at the gateway.
struct Made {
    handle: InvoiceHandle,
    reference: Reference,
    epoch: u32,
}

impl<'a> Batch<'a> {
    pub(crate) async fn new(
        server: &'a Server,
        seed: u64,
        round: usize,
        bug: Option<&str>,
    ) -> Self {
        let builder = Sandbox::builder()
            .seed(seed)
            .real_time()
            .api_key(worker::KEY);
        let database = format!("{}_{round}", bug.unwrap_or("batch").replace('-', "_"));
        server.create_database(&database);
        let key = JournalKey::random().expect("random numbers");
        let journal = PostgresJournal::connect(&server.url(&database), key.clone()).await;
        let batch = Self {
            server,
            database,
            folder: TempDir::new().expect("a folder"),
            key,
            journal: journal.expect("a journal"),
            sandbox: builder.start().await.expect("a sandbox starts"),
            bug: bug.map(str::to_owned),
            pauses: 0,
            resumed: Vec::new(),
            is_restored: false,
        };
        let mut input: String = (0..ROWS).map(|n| row_of("", n)).collect();
        input += &row_of(
            &format!(r#""card_number":"{CARD}","card_ccv":"000","#),
            ROWS,
        );
        std::fs::write(batch.path("input"), input).expect("an input");
        batch
            .key
            .write(&batch.path("input.key"))
            .expect("a key file");
        batch
    }

    /// Runs, kills, pauses and continues until everything was sent, then compares. Every other batch is continued in an
    /// older copy of its database.
    pub(crate) async fn run(
        &mut self,
        copies: bool,
        random: &mut Random,
        totals: &mut Totals,
    ) -> Result<(), String> {
        self.sandbox.set_faults(FAULTS).expect("a plan");
        let ended = self.disturb(copies, random, totals).await;
        totals.pauses += self.pauses;
        ended?;
        self.finish().await?;
        totals.rows += ROWS;
        totals.faults += self
            .sandbox
            .fault_rules()
            .iter()
            .map(|rule| rule.fired)
            .sum::<u64>();
        self.sandbox.set_faults("").expect("no plan");
        self.succeed("export").await?;
        self.succeed("reconcile").await?;
        self.compare(totals).await?;
        self.pay_orphans(random, totals).await?;
        self.search_secrets()?;
        self.server.drop_database(&self.database);
        Ok(())
    }

    async fn disturb(
        &mut self,
        copies: bool,
        random: &mut Random,
        totals: &mut Totals,
    ) -> Result<(), String> {
        let mut processes: Vec<Process> = Vec::new();
        let copy = format!("{}_copy", self.database);
        for turn in 0..TURNS {
            if copies && turn == TURNS / 4 {
                self.server.copy_database(&self.database, &copy);
            }
            if copies && turn == TURNS / 2 {
                kill_all(&mut processes, totals);
                self.restore(&copy).await?;
                totals.copies += 1;
            }
            while processes
                .iter()
                .filter(|process| process.resume_at.is_none())
                .count()
                < PROCESSES
            {
                let step = STEPS[random.below(4) as usize];
                let at = format!("{step}:{}", random.below(30));
                processes.push(self.start("run", (random.below(3) == 0).then_some(&*at)));
            }
            // It has begun, and most rows are still to be sent.
            sleep(Duration::from_micros(20_000 + random.below(50_000))).await;
            let chosen = random.below(processes.len() as u64) as usize;
            let is_any_paused = processes.iter().any(|process| process.resume_at.is_some());
            // A bug is looked for where it can be: most need a pause or a restart at the right time.
            let most = if self.bug.is_some() { 16 } else { 40 };
            match random.below(most) {
                0 | 1 => {
                    if random.below(2) == 0 {
                        self.server.restart();
                    } else {
                        self.server.kill();
                        self.server.resume();
                    }
                    totals.restarts += 1;
                    processes
                        .iter_mut()
                        .for_each(|process| process.may_fail = true);
                }
                2..8 if !is_any_paused => {
                    // The oldest one has begun to send.
                    signal(&processes[0].child, "STOP");
                    processes[0].resume_at = Some(Instant::now() + PAUSE);
                    self.pauses += 1;
                }
                8..12 => processes.push(self.start("export", None)),
                _ if processes[chosen].resume_at.is_some() => {}
                _ => {
                    let mut process = processes.remove(chosen);
                    let _ = process.child.kill();
                    totals.kills += u64::from(ended(&process.wait().await?, process.may_fail)?);
                }
            }
            for process in &mut processes {
                if process.resume_at.is_some_and(|time| time <= Instant::now()) {
                    self.resume(process).await?;
                }
            }
            let mut running = Vec::new();
            for mut process in processes.drain(..) {
                match process.child.try_wait().expect("it is there") {
                    Some(status) => totals.kills += u64::from(ended(&status, process.may_fail)?),
                    None => running.push(process),
                }
            }
            processes = running;
            self.check().await?;
        }
        for process in &mut processes {
            if process.resume_at.is_some() {
                self.resume(process).await?;
            }
        }
        for mut process in processes {
            totals.kills += u64::from(ended(&process.wait().await?, process.may_fail)?);
        }
        Ok(())
    }

    /// Replaces the database by a copy, as an operator does: nothing is sent before a reconciliation.
    async fn restore(&mut self, copy: &str) -> Result<(), String> {
        self.check_leases()?;
        // The copy's epochs are others.
        self.resumed.clear();
        self.server.drop_database(&self.database);
        copy.clone_into(&mut self.database);
        let url = self.server.url(copy);
        self.journal = PostgresJournal::connect(&url, self.key.clone())
            .await
            .map_err(text)?;
        self.is_restored = true;
        let before = self.made().len();
        let status = self.start("run", None).wait().await?;
        let sent = self.made().len() - before;
        if status.success() || sent > 0 {
            return Err(format!(
                "a copy was not noticed, and created {sent} invoices"
            ));
        }
        self.succeed("reconcile").await
    }

    /// Lets the processes end until nothing is left to be sent.
    async fn finish(&self) -> Result<(), String> {
        for _ in 0..60 {
            let processes: Vec<_> = (0..PROCESSES).map(|_| self.start("run", None)).collect();
            for mut process in processes {
                if !process.wait().await?.success() {
                    return Err(self.failure("a run that was not killed"));
                }
            }
            let journal = &self.journal;
            let counts = journal.counts().await.map_err(text)?;
            if counts.prepared + counts.in_flight > 0 {
                return Err(format!("rows were left behind: {counts:?}"));
            }
            let open = journal
                .rows(&[State::Unknown, State::Parked], 0, 10_000)
                .await
                .map_err(text)?;
            if open.iter().all(is_left_to_a_person) {
                return Ok(());
            }
        }
        Err("rows never got a link".to_owned())
    }

    /// What holds at any time: every row is in one state, and what was sent was stored before.
    async fn check(&self) -> Result<(), String> {
        let made = self.made();
        let journal = &self.journal;
        let counts = journal.counts().await.map_err(text)?;
        let each = counts.prepared
            + counts.in_flight
            + counts.accepted
            + counts.rejected
            + counts.unknown
            + counts.parked
            + counts.resolved
            + counts.duplicate;
        if each != counts.total || ![0, ROWS + 1].contains(&counts.total) {
            return Err(format!("the rows do not add up: {counts:?}"));
        }
        let rows = journal.rows(&State::ALL, 0, 10_000).await.map_err(text)?;
        let epochs: HashMap<_, _> = rows
            .iter()
            .filter_map(|row| Some((row.reference.clone()?, row.progress.as_ref()?.epoch)))
            .collect();
        let mut seen = HashSet::new();
        for Made {
            reference, epoch, ..
        } in &made
        {
            if epochs.get(reference).is_none_or(|stored| stored < epoch) {
                return Err(format!(
                    "{reference} was sent in epoch {epoch}, which is not stored"
                ));
            }
            if !seen.insert((reference, epoch)) {
                return Err(format!("{reference} was sent twice in epoch {epoch}"));
            }
        }
        Ok(())
    }

    /// Continues a paused process.
    async fn resume(&mut self, process: &mut Process) -> Result<(), String> {
        let journal = &self.journal;
        let rows = journal.rows(&State::ALL, 0, 10_000).await.map_err(text)?;
        let over = rows.into_iter().filter_map(|row| {
            let epoch = row.progress?.epoch;
            let is_open = row.state == State::InFlight;
            Some((row.reference?, epoch - u32::from(is_open)))
        });
        self.resumed.push(Resumed {
            over: over.collect(),
            made: self.made().len(),
        });
        signal(&process.child, "CONT");
        process.resume_at = None;
        Ok(())
    }

    /// What was paused sends nothing after its lease, but for one request: the gate is passed by one at a time, and the
    /// process can have been paused right behind it.
    fn check_leases(&self) -> Result<(), String> {
        let made = self.made();
        for resumed in &self.resumed {
            let is_late = |made: &&Made| {
                let over = resumed.over.get(&made.reference);
                over.is_some_and(|epoch| made.epoch <= *epoch)
            };
            let late = made[resumed.made..].iter().filter(is_late).count();
            if late > 1 {
                return Err(format!("{late} requests were sent after their lease"));
            }
        }
        Ok(())
    }

    /// Compares the journal and the links that were handed out with the gateway's own list.
    async fn compare(&self, totals: &mut Totals) -> Result<(), String> {
        self.check().await?;
        self.check_leases()?;
        let made = self.made();
        let handed_out = self.handed_out();
        let mut by_row: HashMap<&Reference, Vec<&Made>> = HashMap::new();
        for invoice in &made {
            by_row.entry(&invoice.reference).or_default().push(invoice);
        }
        for row in self
            .journal
            .rows(&State::ALL, 0, 10_000)
            .await
            .map_err(text)?
        {
            let (Some(reference), Some(progress)) = (&row.reference, &row.progress) else {
                continue;
            };
            let invoices = by_row.get(reference).map_or(&[][..], Vec::as_slice);
            let links = handed_out.get(reference).cloned().unwrap_or_default();
            if links.len() > 1 {
                return Err(format!("{} links were handed out: {row:?}", links.len()));
            }
            if row.state == State::Accepted {
                let Some((url, _)) = &row.link else {
                    return Err(format!("accepted without a link: {row:?}"));
                };
                let own = self.sandbox.invoices().with_token(url);
                let own = own.first().and_then(read);
                if own.is_none_or(|own| {
                    (&own.reference, Some(own.epoch)) != (reference, progress.link)
                }) {
                    return Err(format!("the link is not that of its epoch: {row:?}"));
                }
                if links.iter().any(|link| link != url) || links.is_empty() {
                    return Err(format!("another link or none was handed out: {row:?}"));
                }
            } else if !(is_left_to_a_person(&row) && self.is_restored && !invoices.is_empty()) {
                return Err(format!("no link: {row:?}"));
            }
            for invoice in invoices
                .iter()
                .filter(|invoice| progress.link != Some(invoice.epoch))
            {
                totals.orphans += 1;
                let id = invoice.handle.id.to_string();
                if !progress
                    .evidence
                    .sightings
                    .iter()
                    .any(|seen| seen.id.as_str() == id)
                {
                    return Err(format!("invoice {id} is not known: {row:?}"));
                }
            }
        }
        Ok(())
    }

    /// Pays some orphans and some links: the rows of the orphans are duplicates then, and no others.
    async fn pay_orphans(&self, random: &mut Random, totals: &mut Totals) -> Result<(), String> {
        let journal = &self.journal;
        let rows = journal.rows(&State::ALL, 0, 10_000).await.map_err(text)?;
        let links: HashMap<_, _> = rows
            .iter()
            .filter_map(|row| Some((row.reference.clone()?, row.progress.as_ref()?.link)))
            .collect();
        let mut paid = HashSet::new();
        for invoice in self.made().into_iter().filter(|_| random.below(10) == 0) {
            let is_orphan = links[&invoice.reference] != Some(invoice.epoch);
            invoice.handle.force_to(InvoiceState::Paid).map_err(text)?;
            if is_orphan {
                paid.insert(invoice.reference);
            }
        }
        self.succeed("reconcile").await?;
        let found = journal
            .rows(&[State::Duplicate], 0, 10_000)
            .await
            .map_err(text)?;
        let found: HashSet<_> = found.into_iter().filter_map(|row| row.reference).collect();
        if let Some(wrong) = found.symmetric_difference(&paid).next() {
            return Err(format!(
                "{} orphans were paid, {} found; not {wrong}",
                paid.len(),
                found.len()
            ));
        }
        totals.paid += paid.len() as u64;
        Ok(())
    }

    /// Looks for cards, keys and links in everything that was stored and printed.
    fn search_secrets(&self) -> Result<(), String> {
        // Where links belong.
        self.server.sql(
            &self.database,
            "UPDATE nft_invoice_row SET link = NULL, html = NULL",
        );
        let errors = std::fs::read_to_string(self.path("errors")).expect("a file");
        let texts = [
            ("database", self.server.dump(&self.database)),
            ("log", self.server.log()),
            ("output", errors),
        ];
        let key = self.key.to_hex();
        for (name, text) in texts {
            assert!(name == "output" || !text.is_empty(), "{name}");
            for secret in [CARD, "card_ccv", worker::KEY, "token=", "s3cret", &key] {
                if text.contains(secret) {
                    return Err(format!("{secret} is in the {name}"));
                }
            }
        }
        Ok(())
    }

    fn start(&self, work: &str, crash_at: Option<&str>) -> Process {
        let errors = OpenOptions::new()
            .create(true)
            .append(true)
            .open(self.path("errors"));
        let mut command = Command::new(std::env::current_exe().expect("this program"));
        command
            .args([worker::NAME, work, Mode::Hosted.as_str()])
            .args([
                self.path("input"),
                PathBuf::from(self.server.url(&self.database)),
            ])
            .arg(self.sandbox.base_url())
            .stderr(Stdio::from(errors.expect("a file")));
        if let Some(crash_at) = crash_at {
            command.env("NFT_INVOICE_CRASH_AT", crash_at);
        }
        if let Some(bug) = &self.bug {
            command.env("NFT_INVOICE_BUG", bug);
        }
        Process {
            child: command.spawn().expect("a process"),
            resume_at: None,
            may_fail: false,
        }
    }

    async fn succeed(&self, work: &str) -> Result<(), String> {
        let status = self.start(work, None).wait().await?;
        status
            .success()
            .then_some(())
            .ok_or_else(|| self.failure(work))
    }

    /// Says that something failed, with the end of what was printed.
    fn failure(&self, what: &str) -> String {
        let errors = std::fs::read_to_string(self.path("errors")).unwrap_or_default();
        let last: Vec<_> = errors.lines().rev().take(3).collect();
        format!("{what} failed: {last:?}")
    }

    /// The gateway's invoices, in the order in which they were created.
    fn made(&self) -> Vec<Made> {
        let invoices = self.sandbox.invoices();
        invoices
            .iter()
            .map(|invoice| read(invoice).expect("a reference and an epoch"))
            .collect()
    }

    /// The links that customers have seen.
    fn handed_out(&self) -> BTreeMap<Reference, HashSet<String>> {
        let text = std::fs::read_to_string(self.path("input.links")).unwrap_or_default();
        let mut links: BTreeMap<_, HashSet<_>> = BTreeMap::new();
        for line in text
            .split_inclusive('\n')
            .filter_map(|line| line.strip_suffix('\n'))
        {
            let (reference, url) = line.split_once(' ').expect("two words");
            let reference = Reference::new(reference).expect("a reference");
            links.entry(reference).or_default().insert(url.to_owned());
        }
        links
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}

impl Process {
    async fn wait(&mut self) -> Result<ExitStatus, String> {
        let started = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().expect("it is there") {
                return Ok(status);
            }
            if started.elapsed() > LIMIT {
                return Err("a process does not end".to_owned());
            }
            sleep(Duration::from_millis(2)).await;
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Returns whether a process was killed, or why it must not have ended.
fn ended(status: &ExitStatus, may_fail: bool) -> Result<bool, String> {
    let is_killed = status.signal().is_some();
    if status.success() || is_killed || may_fail {
        Ok(is_killed)
    } else {
        Err("a process failed that was not killed".to_owned())
    }
}

fn kill_all(processes: &mut Vec<Process>, totals: &mut Totals) {
    totals.kills += processes.len() as u64;
    processes.clear();
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("kill")
        .args([format!("-{name}"), child.id().to_string()])
        .status();
    assert!(sent.expect("kill runs").success());
}

/// Whether a copy did not know an invoice of the row, whose link may have been handed out.
fn is_left_to_a_person(row: &StoredRow) -> bool {
    row.state == State::Unknown
        && row
            .progress
            .as_ref()
            .is_some_and(|progress| progress.is_released)
}

fn read(invoice: &InvoiceHandle) -> Option<Made> {
    // An object in a string.
    let data: String = serde_json::from_str(invoice.callback_json()?).ok()?;
    let data: serde_json::Value = serde_json::from_str(&data).ok()?;
    Some(Made {
        handle: invoice.clone(),
        reference: Reference::find(invoice.callback_json()?)?,
        epoch: u32::try_from(data["nftInvoiceAttempt"].as_u64()?).ok()?,
    })
}

fn text(error: impl std::fmt::Display) -> String {
    error.to_string()
}
