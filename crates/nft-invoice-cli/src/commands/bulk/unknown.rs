use nft_invoice::{Mode, Reference};
use nft_invoice_bulk::journal::{Counts, StoredRow};
use nft_invoice_bulk::lifecycle::{Progress, State};
use nft_invoice_bulk::{Decision, DecisionError, decide};
use serde_json::json;

use super::journal::{JournalArgs, Opened, Place, failed};
use super::summary::rows;
use crate::commands::block_on;
use crate::exit::{Exit, Failure};
use crate::options::settings::Settings;
use crate::terminal::output::{self, Format, note, plain};

/// List rows that may have been created or were created twice, and decide about them
///
/// Without --resolve and --not-charged it only lists the rows, with what is known about each. A decision is stored with its
/// reason. With --not-charged a card is sent again: if it was charged after all, the customer pays twice.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  nft-invoice bulk unknown --journal cards.journal
  nft-invoice bulk unknown --journal cards.journal --resolve 6d758021crqt9jyhzgq6wd6fgr --reason 'paid in cash'")]
pub struct Args {
    #[command(flatten)]
    journal: JournalArgs,
    /// Row to close, for which nothing more is done (repeatable)
    #[arg(
        long,
        value_name = "REFERENCE",
        requires = "reason",
        conflicts_with = "not_charged"
    )]
    resolve: Vec<Reference>,
    /// S2S row whose card was certainly not charged: the next run sends it again (repeatable)
    #[arg(long, value_name = "REFERENCE", requires = "reason")]
    not_charged: Vec<Reference>,
    /// Why, which is stored with the decision
    #[arg(long, value_name = "TEXT")]
    reason: Option<String>,
}

pub fn run(args: &Args, settings: &Settings) -> Result<Exit, Failure> {
    let resolved = args.resolve.iter().map(|row| (row, Decision::Resolved));
    let not_charged = args.not_charged.iter();
    let not_charged = not_charged.map(|row| (row, Decision::NotCharged));
    let decisions: Vec<_> = resolved.chain(not_charged).collect();
    block_on(async {
        let opened = match decisions.is_empty() {
            false => args.journal.open().await?,
            true => args.journal.read().await?,
        };
        let (journal, place) = match opened {
            Opened::Journal(journal, place) => (journal, place),
            Opened::Failed(exit) => return Ok(exit),
        };
        let reason = args.reason.as_deref().unwrap_or_default();
        for (reference, decision) in &decisions {
            match decide(&*journal, reference, *decision, reason).await {
                Ok(State::Prepared) => note(format_args!(
                    "{reference} is prepared now: the next `bulk run` sends its card again."
                )),
                Ok(state) => note(format_args!("{reference} is {state} now.")),
                Err(DecisionError::Journal(error)) => return Ok(failed(&place, &error)),
                Err(_) if *decision == Decision::NotCharged && journal.mode() == Mode::Hosted => {
                    return Err(Failure::usage(format!(
                        "nothing needs to be decided about {reference}: `bulk run` sends a hosted row again by itself"
                    )));
                }
                Err(_) => {
                    return Err(Failure::usage(format!(
                        "nothing can be decided about {reference}: the journal has no such row with an unknown outcome"
                    )));
                }
            }
        }
        if !decisions.is_empty() {
            return Ok(Exit::Done);
        }
        let mut after = 0;
        let mut exit = Exit::Done;
        let (mut counts, mut person) = (Counts::default(), 0);
        loop {
            let page = match journal
                .rows(&[State::Unknown, State::Duplicate], after, 500)
                .await
            {
                Ok(page) => page,
                Err(error) => return Ok(failed(&place, &error)),
            };
            let Some(last) = page.last() else {
                note_decisions(journal.mode(), &counts, person, &place);
                return Ok(exit);
            };
            after = last.number;
            for row in &page {
                if row.state == State::Duplicate || exit == Exit::Done {
                    exit = if row.state == State::Duplicate {
                        Exit::Duplicate
                    } else {
                        Exit::Unknown
                    };
                }
                counts.add(row.state, 1);
                let is_open = row.state == State::Unknown && needs_person(row);
                person += u64::from(is_open);
                print(row, settings.format)?;
            }
        }
    })
}

/// Whether only a person can decide about a row.
fn needs_person(row: &StoredRow) -> bool {
    row.progress.as_ref().is_some_and(Progress::needs_person)
}

/// Shows what becomes of the rows, of which `person` wait for a decision.
fn note_decisions(mode: Mode, counts: &Counts, person: u64, place: &Place) {
    let again = counts.unknown - person;
    if again > 0 {
        note(format_args!(
            "The next `bulk run` sends {} again: nobody has seen a link.",
            rows(again)
        ));
    }
    if person > 0 {
        let other = match mode {
            Mode::Hosted => "",
            Mode::S2s => ", or with --not-charged if you are certain: that sends the card again",
        };
        note(format_args!(
            "Only you can decide about {}. Ask the gateway, then: nft-invoice bulk unknown {} --resolve REFERENCE \
             --reason TEXT{other}",
            rows(person),
            place.options()
        ));
    }
}

fn print(row: &StoredRow, format: Format) -> std::io::Result<()> {
    let source = format!("{}:{}", row.input, row.line);
    let reference = row.reference.as_ref().map(Reference::as_str);
    let seen = row
        .progress
        .iter()
        .flat_map(|progress| &progress.evidence.sightings);
    let invoices: Vec<_> = seen.map(|seen| seen.id.as_str()).collect();
    let reason = row.reason.as_deref().unwrap_or_default();
    match format {
        Format::Json => output::json(&json!({
            "source": source,
            "id": row.id,
            "reference": reference,
            "state": row.state.as_str(),
            "attempts": row.progress.as_ref().map(|progress| progress.epoch),
            "invoices": invoices,
            "status": row.status,
            "reason": reason,
            "needs_person": needs_person(row),
        })),
        Format::Text => {
            let waits = match needs_person(row) {
                true => "",
                false => ": the next run sends it again",
            };
            let id = row.id.as_deref().map(|id| format!(" ({})", plain(id)));
            output::line(format_args!(
                "{}{}: {} {}{waits}",
                plain(&source),
                id.unwrap_or_default(),
                reference.unwrap_or_default(),
                row.state
            ))?;
            if !reason.is_empty() {
                output::line(format_args!("  {}", plain(reason)))?;
            }
            if !invoices.is_empty() {
                output::line(format_args!("  invoices {}", plain(&invoices.join(", "))))?;
            }
            Ok(())
        }
    }
}
