use std::collections::BTreeMap;
use std::io::{self, BufWriter, IntoInnerError};
use std::path::{Path, PathBuf};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use nft_invoice::{Call, Client, Date, GatewayCode, Mode, Rules};
use nft_invoice_bulk::UnknownRows;
use nft_invoice_bulk::input::{
    Fault, Format as InputFormat, InputSource, RejectedRow, RowOptions, Rows, write_rejected,
};
use nft_invoice_bulk::journal::{Counts, Journal, JournalError, StoredRow};
use nft_invoice_bulk::lifecycle::State;
use nft_invoice_bulk::run::{BreakerOptions, Halt, RunOptions, Runner, Secrets, Stop, Summary};
use serde_json::json;

use super::journal::{JournalArgs, Opened, Place, failed, shown};
use super::output_file::{self, NewFile};
use super::progress::Progress;
use super::summary::{self, rows};
use crate::commands::no_signals;
use crate::exit::{Exit, Failure};
use crate::gateway::{TransportArg, client};
use crate::options::arguments::whole_number;
use crate::options::gateway_settings::GatewayArgs;
use crate::options::settings::Settings;
use crate::terminal::interrupt::interrupted;
use crate::terminal::output::{self, Format, input_name, note, plain};

/// Create an invoice for every row of a file, and go on after a crash where the last run ended
///
/// Invalid rows are reported and do not stop the run. Each row is stored in the journal with its reference before it is
/// sent, so that `bulk reconcile` finds after a crash what was created. Ctrl-C stops after the requests that are under way.
/// If nothing can be sent for 5 minutes, the run ends.
///
/// Hosted rows whose outcome is unknown are sent again by the next run, because nobody has seen their links. Cards are
/// never sent again.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  nft-invoice bulk run drop.csv --journal drop.journal
  nft-invoice bulk run drop.csv --journal drop.journal --rejected correct-these.csv
  nft-invoice bulk run correct-these.csv --journal drop.journal --add
  nft-invoice bulk run --journal postgres://shop@db.example/drop --journal-key-file drop.key
  decrypt cards | nft-invoice bulk run --mode s2s --journal cards.journal -
  decrypt cards.csv | nft-invoice bulk run --mode s2s --csv --journal cards.journal -")]
pub struct Args {
    /// File with the invoices: NDJSON, one a line, or CSV (.csv or --csv), one a row; `-` for standard input
    ///
    /// Without it the run sends the rows that the journal has already. That works only with a PostgreSQL journal, which
    /// several machines share
    #[arg(value_name = "INPUT")]
    input: Option<PathBuf>,
    #[command(flatten)]
    journal: JournalArgs,
    /// Who collects the cards: the gateway's page (hosted) or you (s2s). A journal has one mode
    #[arg(long, value_name = "MODE", default_value = "hosted")]
    mode: Mode,
    /// Read the input as CSV, whatever its name: a header of the gateway's names, then one invoice a row
    #[arg(long)]
    csv: bool,
    /// Maximum number of requests under way at once
    ///
    /// As many hosted rows again are claimed ahead. So a run that is killed leaves up to twice this number of hosted rows
    /// with an unknown outcome, and of S2S rows up to this number
    #[arg(long, value_name = "N", default_value_t = 16)]
    #[arg(value_parser = whole_number(1..=1000_usize), allow_negative_numbers = true)]
    concurrency: usize,
    /// Maximum number of requests per second [default: none]
    #[arg(long, value_name = "N")]
    #[arg(value_parser = whole_number(1..=100_000_u32), allow_negative_numbers = true)]
    rate: Option<u32>,
    /// HTTP library to send with. hyper opens connections before they are needed
    #[arg(long, value_enum, default_value_t = TransportArg::Hyper)]
    transport: TransportArg,
    /// With a PostgreSQL journal: seconds that a row waits for the process that has claimed it. Then its outcome is unknown
    /// [default: one and a half times --timeout, which is 90]
    #[arg(long, value_name = "SECONDS")]
    #[arg(value_parser = whole_number(1..=86_400_u32), allow_negative_numbers = true)]
    lease: Option<u32>,
    /// Add an input to a journal that has other rows, or continue although rows of the input are gone
    ///
    /// An input that was loaded before, and has no new rows, needs it only if it misses some of its rows
    #[arg(long)]
    add: bool,
    /// Put a callbackJson that is not an object into one, under `data`, so that the reference can be added to it
    #[arg(long)]
    wrap_callback_data: bool,
    /// Stop after 3 unknown outcomes in a row, or more than 2 among the last 100 requests. S2S runs always do
    #[arg(long)]
    breaker: bool,
    /// Read cards from a file, where they are in clear text
    #[arg(long)]
    allow_cleartext_input: bool,
    /// Write rejected rows to this file, which only its owner can read, with the reasons, to be corrected and run again
    /// with --add
    ///
    /// A corrected row takes the place of the rejected one. A row that is left as it is, is sent again. A FILE that exists
    /// with other contents is kept as FILE.1, FILE.2 and so on. The input is read a second time to write FILE, so it
    /// cannot be a pipe: the reasons of rows from a pipe are on standard error and in `bulk export`
    #[arg(long, value_name = "FILE")]
    rejected: Option<PathBuf>,
    /// Day against which rows are validated [default: today in UTC]
    #[arg(long, value_name = "YYYY-MM-DD")]
    today: Option<Date>,
    #[command(flatten)]
    gateway: GatewayArgs,
}

pub fn run(args: Arc<Args>, settings: &Settings) -> Result<Exit, Failure> {
    let runtime = tokio::runtime::Runtime::new();
    let runtime = runtime.map_err(|error| Failure::usage(format!("cannot start: {error}")))?;
    let result = runtime.block_on(work(args, settings));
    // What still blocks is not waited for, such as a read of standard input.
    runtime.shutdown_background();
    result
}

async fn work(args: Arc<Args>, settings: &Settings) -> Result<Exit, Failure> {
    // First of all, so that every run that is stopped says how to go on.
    let mut interrupt = pin!(interrupted().map_err(no_signals)?);
    let started = tokio::select! {
        biased;
        () = &mut interrupt => {
            note("Stopped before this run has sent anything. Run the same command again to go on.");
            return Ok(Exit::Halted);
        }
        started = start(&args) => started?,
    };
    match started {
        Ok(started) => args.send(settings, started, interrupt).await,
        Err(exit) => Ok(exit),
    }
}

/// What a run needs to send.
struct Started {
    client: Client,
    journal: Arc<dyn Journal>,
    place: Place,
    secrets: Secrets,
    /// What the journal calls the input.
    name: String,
    counts: Counts,
}

/// Opens the journal and takes the input into it. The inner error is the exit code of a failure that was reported.
async fn start(args: &Arc<Args>) -> Result<Result<Started, Exit>, Failure> {
    let preparing = tokio::task::spawn_blocking({
        let args = Arc::clone(args);
        move || args.prepare()
    });
    let bug = |_| Failure::usage("the preparation has a bug");
    let (client, place, lease) = preparing.await.map_err(bug)??;
    let (journal, place) = match Opened::new(place, args.mode, lease).await? {
        Opened::Journal(journal, place) => (journal, place),
        Opened::Failed(exit) => return Ok(Err(exit)),
    };
    let (secrets, name) = match args.load(&*journal).await? {
        Ok(loaded) => loaded,
        Err(error) => {
            let exit = failed(&place, &error);
            args.note_name(&error);
            return Ok(Err(exit));
        }
    };
    Ok(match journal.counts().await {
        Ok(counts) => Ok(Started {
            client,
            journal,
            place,
            secrets,
            name,
            counts,
        }),
        Err(error) => Err(failed(&place, &error)),
    })
}

impl Args {
    /// Checks the options. Returns the client, where the journal is, and the time of a lease.
    fn prepare(&self) -> Result<(Client, Place, Duration), Failure> {
        let gateway = self.gateway.settings()?;
        self.check(gateway.key_from_stdin())?;
        let client = client(
            self.transport,
            // Opening one takes as long as two creates. Each is an open file.
            (3 * self.concurrency).min(128),
            &gateway,
            gateway.base_url()?,
            gateway.api_key()?,
        )?;
        let place = self.journal.place()?;
        if let Some(rejected) = &self.rejected {
            output_file::check(rejected, &place)?;
        }
        if self.input.is_none() && matches!(place, Place::File(_)) {
            return Err(Failure::usage(
                "no input: give a file with the rows. Only a journal that machines share is worked on without one",
            ));
        }
        let time = gateway.time_limit();
        let lease = self.lease.map_or(time + time / 2, |seconds| {
            Duration::from_secs(seconds.into())
        });
        Ok((client, place, lease))
    }

    fn check(&self, key_from_stdin: bool) -> Result<(), Failure> {
        let Some(input) = self.input.as_deref() else {
            return match self.rejected {
                Some(_) => Err(Failure::usage("--rejected needs the input")),
                None => Ok(()),
            };
        };
        let is_stdin = input == Path::new("-");
        if is_stdin && key_from_stdin {
            return Err(Failure::usage(
                "the input and the API key cannot both come from standard input",
            ));
        }
        let cannot_read =
            |error| Failure::usage(format!("cannot read {}: {error}", input_name(input)));
        let is_file = !is_stdin && input.metadata().map_err(cannot_read)?.is_file();
        if let Some(rejected) = &self.rejected {
            if !is_file {
                return Err(Failure::usage(
                    "--rejected reads the input a second time, so the input cannot be a pipe. The reasons of rows from a \
                     pipe are on standard error and in `bulk export`",
                ));
            }
            if output_file::is_same(rejected, input) {
                return Err(Failure::usage(
                    "--rejected names the input: give the rejected rows a file of their own",
                ));
            }
        }
        if self.mode == Mode::S2s && !is_stdin && !self.allow_cleartext_input {
            return Err(Failure::usage(
                "the input contains cards: give it through a pipe (`-`), so that they are on no disk, or add \
                 --allow-cleartext-input",
            ));
        }
        Ok(())
    }

    fn format(&self) -> InputFormat {
        if self.csv {
            InputFormat::Csv
        } else {
            let input = self.input.as_deref();
            input
                .and_then(InputFormat::of)
                .unwrap_or(InputFormat::Ndjson)
        }
    }

    fn rules(&self) -> Rules {
        self.today
            .map_or_else(|| Rules::at(SystemTime::now()), Rules::on)
    }

    async fn send(
        &self,
        settings: &Settings,
        started: Started,
        mut interrupt: Pin<&mut impl Future<Output = ()>>,
    ) -> Result<Exit, Failure> {
        let Started {
            client,
            journal,
            place,
            secrets,
            name,
            counts,
        } = started;
        let stop = Stop::new();
        let options = RunOptions {
            concurrency: self.concurrency,
            rate: self.rate.map(f64::from),
            breaker: self.breaker.then(BreakerOptions::default),
            rules: self.rules(),
            ..RunOptions::default()
        };
        let mut progress = Progress::new(counts, self.mode, options.give_up_after);
        let notes = progress.notes();
        let runner = Runner::with_secrets(client, Arc::clone(&journal), options, secrets);
        let result = {
            let mut run = pin!(runner.run(&stop, |row| progress.row(&row)));
            tokio::select! {
                result = &mut run => result,
                () = &mut interrupt => {
                    stop.stop();
                    notes.note_interrupt(
                        "Stopping: nothing more is sent. Waiting for the requests that are under way; Ctrl-C again ends \
                         at once, and leaves their outcome unknown.",
                    );
                    let mut again = pin!(interrupted().map_err(no_signals)?);
                    tokio::select! {
                        result = &mut run => result,
                        () = &mut again => {
                            note("Ended. Run the same command again to go on.");
                            return Ok(Exit::Halted);
                        }
                    }
                }
            }
        };
        notes.end();
        match result {
            Ok(summary) => {
                self.report(settings, &*journal, &place, &name, &summary)
                    .await
            }
            Err(error) => Ok(failed(&place, &error)),
        }
    }

    /// Takes the input into the journal. Returns what it keeps of it, and what the journal calls it.
    async fn load(
        &self,
        journal: &dyn Journal,
    ) -> Result<Result<(Secrets, String), JournalError>, Failure> {
        let Some(path) = &self.input else {
            return Ok(Ok(Default::default()));
        };
        let options = RowOptions {
            rules: self.rules(),
            mode: self.mode,
            wraps_callback_data: self.wrap_callback_data,
        };
        let (file, format, key) = (path.to_owned(), self.format(), journal.key().clone());
        // A pipe can have no writer yet, and Ctrl-C is to end the wait for it.
        let opened =
            tokio::task::spawn_blocking(move || Rows::open(&file, format, options, key)).await;
        let input = opened
            .map_err(io::Error::other)
            .and_then(|opened| opened)
            .map_err(|error| {
                Failure::usage(format!("cannot read {}: {error}", input_name(path)))
            })?;
        let name = path.display().to_string();
        let source = InputSource::new(&name, input);
        let kept = source.kept();
        let loaded = match journal.load(Box::new(source), self.add).await {
            Ok(loaded) => loaded,
            Err(JournalError::Input(error)) => {
                return Err(Failure::usage(format!(
                    "cannot read {}: {error}",
                    input_name(path)
                )));
            }
            Err(error) => return Ok(Err(error)),
        };
        let called = plain(&loaded.input);
        let [known, invalid] = [loaded.known, loaded.invalid].map(summary::number);
        note(format_args!(
            "{called}: {} new, {known} known, {invalid} invalid",
            rows(loaded.new)
        ));
        if loaded.input != name {
            note(format_args!(
                "The journal has another input with the name {}, so this one is called {called}.",
                shown(path)
            ));
        }
        if loaded.dropped > 0 {
            note(format_args!(
                "Invalid in {called} before, and corrected or removed since: {}.",
                rows(loaded.dropped)
            ));
        }
        if loaded.replaced > 0 {
            note(format_args!(
                "Rejected before, and replaced by corrected rows: {}.",
                rows(loaded.replaced)
            ));
        }
        if loaded.retried > 0 {
            note(format_args!(
                "Rejected by the gateway before, and sent again: {}.",
                rows(loaded.retried)
            ));
        }
        if loaded.outdated > 0 {
            note(format_args!(
                "Replaced by corrected rows before, and neither sent nor counted again: {}.",
                rows(loaded.outdated)
            ));
        }
        if loaded.known + loaded.new + loaded.invalid == 0 {
            note(format_args!("{} contains no row.", input_name(path)));
        }
        Ok(Ok((kept.take(), loaded.input)))
    }

    /// Shows what an input that was not loaded would be called, if that is not its name.
    fn note_name(&self, error: &JournalError) {
        if let (JournalError::RowsMissing(loaded), Some(path)) = (error, &self.input)
            && loaded.input != path.display().to_string()
        {
            note(format_args!(
                "With --add, this input is called {}: the journal has another input with the name {}.",
                plain(&loaded.input),
                shown(path)
            ));
        }
    }

    async fn report(
        &self,
        settings: &Settings,
        journal: &dyn Journal,
        place: &Place,
        name: &str,
        summary: &Summary,
    ) -> Result<Exit, Failure> {
        let exit = summary::exit(&summary.counts);
        let counts = &summary.counts;
        let exit = match exit {
            Exit::Duplicate => exit,
            _ if counts.total == 0 => Exit::Invalid,
            _ => exit,
        };
        let unknown = match UnknownRows::read(journal).await {
            Ok(unknown) => unknown,
            Err(error) => return Ok(failed(place, &error)),
        };
        match settings.format {
            Format::Json => {
                let mut object = summary::object(&summary.counts, unknown.needing_person);
                object["halt"] = json!(summary.halt.as_ref().map(ToString::to_string));
                output::json(&object)?;
            }
            Format::Text => output::line(summary::sentence(&summary.counts))?,
        }
        if let Some(halt) = &summary.halt {
            note(format_args!(
                "The run ended early: {}.",
                plain(&halt.to_string())
            ));
        }
        let counts = &summary.counts;
        let written = match (&self.rejected, &self.input) {
            (Some(path), Some(input)) => {
                match self.write_rejected(journal, input, path, name).await {
                    Ok(rows) => rows,
                    // The invoices of the others are created, which the exit code shows.
                    Err(error) => {
                        note(format_args!(
                            "error: cannot write the rejected rows: {error}"
                        ));
                        0
                    }
                }
            }
            _ => 0,
        };
        if let Err(error) = self
            .list_rejected(journal, place, counts, name, written)
            .await
        {
            return Ok(failed(place, &error));
        }
        if counts.prepared > 0 && summary.halt.is_none() && self.mode == Mode::S2s {
            note(format_args!(
                "{} of other inputs were not sent: their cards are in no journal. Run those inputs again.",
                rows(counts.prepared)
            ));
        } else if let Some(code) = summary.halt.as_ref().and_then(account) {
            note(format_args!(
                "{} Then run the same command again to go on.",
                code.what_to_do
            ));
        } else if counts.prepared > 0 {
            note("Run the same command again to go on.");
        }
        summary::note_unknown(self.mode, counts, &unknown, place);
        summary::note_parked(counts);
        summary::alarm(counts, place);
        summary::note_links(self.mode, counts, place);
        Ok(exit)
    }

    /// The rejected rows of the input with this name, with their reasons.
    async fn rejected_rows(
        &self,
        journal: &dyn Journal,
        input: &str,
    ) -> Result<BTreeMap<u64, RejectedRow>, JournalError> {
        let (mut after, mut rejected) = (0, BTreeMap::new());
        loop {
            let rows = journal.rows(&[State::Rejected], after, 1000).await?;
            let Some(last) = rows.last() else {
                return Ok(rejected);
            };
            after = last.number;
            for row in rows.into_iter().filter(|row| row.input == input) {
                let faults = faults(&row);
                let reference = row.reference;
                rejected.insert(row.line, RejectedRow { reference, faults });
            }
        }
    }

    /// Writes the rejected rows of this input, and returns how many there are.
    async fn write_rejected(
        &self,
        journal: &dyn Journal,
        input: &Path,
        path: &Path,
        input_name: &str,
    ) -> io::Result<u64> {
        let rejected = self
            .rejected_rows(journal, input_name)
            .await
            .map_err(io::Error::other)?;
        let name = shown(path);
        if rejected.is_empty() {
            let input = plain(input_name);
            if path.is_file() {
                note(format_args!(
                    "No row of {input} is rejected: {name} is from an earlier run, and stays as it is."
                ));
            } else {
                note(format_args!(
                    "No row of {input} is rejected, so {name} is not written."
                ));
            }
            return Ok(0);
        }
        // One with other contents is kept beside it.
        let mut out = BufWriter::new(NewFile::create(path, |_| true)?);
        write_rejected(input, self.format(), self.mode, &rejected, &mut out)?;
        let out = out.into_inner().map_err(IntoInnerError::into_error)?;
        if let Some(kept) = out.finish_beside()? {
            note(format_args!(
                "{name} had other contents, which are in {} now.",
                shown(&kept)
            ));
        }
        let count = rows(rejected.len() as u64);
        match self.mode {
            Mode::Hosted => note(format_args!(
                "{count} in {name}, with the reasons. Correct that file, keep its notes (#), and run it with --add."
            )),
            Mode::S2s => note(format_args!(
                "The reasons for {count} are in {name}. Correct the rows in the input and run it again."
            )),
        }
        Ok(rejected.len() as u64)
    }

    /// Lists the first rejected rows of all inputs, but for those that were `written` to a file, which are this input's.
    async fn list_rejected(
        &self,
        journal: &dyn Journal,
        place: &Place,
        counts: &Counts,
        name: &str,
        written: u64,
    ) -> Result<(), JournalError> {
        const LISTED: u64 = 10;
        let count = counts.rejected.saturating_sub(written);
        let has_input = self.input.is_some();
        let (mut after, mut listed) = (0, 0);
        let (mut has_own, mut has_other, mut has_pipe) = (false, false, false);
        while listed < count.min(LISTED) {
            let page = journal.rows(&[State::Rejected], after, 1000).await?;
            let Some(last) = page.last() else {
                break;
            };
            after = last.number;
            for row in page {
                let is_own = has_input && row.input == name;
                if listed == LISTED || is_own && written > 0 {
                    continue;
                }
                listed += 1;
                let is_pipe = summary::is_pipe(&row.input);
                has_pipe |= is_pipe;
                has_own |= is_own && !is_pipe;
                has_other |= !is_own && !is_pipe;
                for fault in faults(&row) {
                    note(format_args!(
                        "  {}:{}: {}",
                        plain(&row.input),
                        row.line,
                        plain(&fault.to_string())
                    ));
                }
            }
        }
        if count > LISTED {
            note(format_args!(
                "  and {} more rejected rows: nft-invoice bulk export {}",
                summary::number(count - LISTED),
                place.options()
            ));
        }
        if has_own && self.rejected.is_none() {
            note("To get the rejected rows in a file that you can correct, add --rejected FILE.");
        }
        if has_other {
            note(
                "To get those of another input in a file that you can correct, run that input with --rejected FILE.",
            );
        }
        if has_pipe {
            summary::note_pipe();
        }
        Ok(())
    }
}

/// Why a row was rejected. What a correction that is invalid contains was not sent.
fn faults(row: &StoredRow) -> Vec<Fault> {
    let reason = row.reason.clone().filter(|_| row.faults.is_empty());
    let gateway = reason.map(|message| Fault {
        path: String::new(),
        code: "rejected".to_owned(),
        message,
    });
    row.faults.iter().cloned().chain(gateway).collect()
}

/// The gateway's code, if the account has to be corrected before anything can be created.
fn account(halt: &Halt) -> Option<&'static GatewayCode> {
    match halt {
        Halt::Account { code, .. } => GatewayCode::find(Call::Create, *code),
        _ => None,
    }
}
