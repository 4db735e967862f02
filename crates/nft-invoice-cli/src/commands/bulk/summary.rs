use std::fmt::Write;

use nft_invoice::Mode;
use nft_invoice_bulk::UnknownRows;
use nft_invoice_bulk::journal::Counts;
use nft_invoice_bulk::lifecycle::State;
use serde_json::{Value, json};

use super::journal::Place;
use crate::exit::Exit;
use crate::output::{note, plain};

/// `1,000 rows: 983 accepted, 17 rejected`.
pub fn sentence(counts: &Counts) -> String {
    let mut text = rows(counts.total);
    let mut separator = ":";
    for state in State::ALL {
        let count = counts.of(state);
        if count > 0 {
            let name = state.as_str().replace('_', " ");
            let _ = write!(text, "{separator} {} {name}", number(count));
            separator = ",";
        }
    }
    text
}

/// The counts under the names of the states, and of how many unknown rows only a person can decide.
pub fn object(counts: &Counts, needs_person: u64) -> Value {
    let mut object = json!(counts);
    object["needs_person"] = json!(needs_person);
    object
}

/// The exit code: of several the first in the order 6, 8, 5, 3.
pub fn exit(counts: &Counts) -> Exit {
    if counts.duplicate > 0 {
        Exit::Duplicate
    } else if counts.prepared + counts.in_flight > 0 {
        Exit::Halted
    } else if counts.unknown + counts.parked > 0 {
        Exit::Unknown
    } else if counts.rejected > 0 {
        Exit::Rejected
    } else {
        Exit::Done
    }
}

/// Warns of duplicates; returns their exit code, or `Done`.
pub fn alarm(counts: &Counts, place: &Place) -> Exit {
    if counts.duplicate == 0 {
        return Exit::Done;
    }
    note(format_args!(
        "{} can have been charged twice: nft-invoice bulk unknown {}",
        rows(counts.duplicate),
        place.options()
    ));
    Exit::Duplicate
}

/// Shows what becomes of rows with an unknown outcome.
pub fn note_unknown(mode: Mode, counts: &Counts, unknown: &UnknownRows, place: &Place) {
    const LISTED: usize = 5;
    for (reason, rows) in unknown.reasons.iter().take(LISTED) {
        // How the error of every such request begins.
        let cause = reason
            .strip_prefix("create: outcome unknown: ")
            .unwrap_or(reason);
        note(format_args!("{} unknown: {}", number(*rows), plain(cause)));
    }
    if let more @ 1.. = unknown.reasons.len().saturating_sub(LISTED) {
        note(format_args!(
            "{} more reasons: nft-invoice bulk unknown {}",
            number(more as u64),
            place.options()
        ));
    }
    let person = unknown.needing_person;
    if mode == Mode::S2s {
        if person > 0 {
            note(format_args!(
                "{} may have been charged and will not be sent again. Find out: nft-invoice bulk reconcile {}",
                rows(person),
                place.options()
            ));
            note(format_args!(
                "Only you can decide about those that it does not find: nft-invoice bulk unknown {}",
                place.options()
            ));
        }
        return;
    }
    let again = counts.unknown.saturating_sub(person);
    if again > 0 {
        note(format_args!(
            "{} may have been created, and nobody has seen a link: the next `bulk run` sends {} again.",
            rows(again),
            if again == 1 { "it" } else { "them" }
        ));
    }
    if person > 0 {
        note(format_args!(
            "Only you can decide about {}: a link may have been handed out, so no run sends another. What is known: \
             nft-invoice bulk unknown {}",
            rows(person),
            place.options()
        ));
    }
}

/// Whether a name is one of a pipe, which cannot be read a second time: standard input, or one of a shell's `<(…)`.
pub fn is_pipe(input: &str) -> bool {
    input == "-"
        || ["- (", "/dev/", "/proc/"]
            .iter()
            .any(|start| input.starts_with(start))
}

/// Shows how rejected rows of a pipe are corrected.
pub fn note_pipe() {
    note(
        "To correct rejected rows of a pipe, correct them where they come from, and pipe the input again.",
    );
}

/// Shows what parked rows are.
pub fn note_parked(counts: &Counts) {
    if counts.parked > 0 {
        note(format_args!(
            "{} parked: {} could not be sent, or got no response, five times. The next `bulk run` tries again.",
            are(counts.parked),
            if counts.parked == 1 { "it" } else { "they" }
        ));
    }
}

/// Names the command that hands out the links.
pub fn note_links(mode: Mode, counts: &Counts, place: &Place) {
    if counts.accepted > 0 && mode == Mode::Hosted {
        note(format_args!(
            "Links: nft-invoice bulk export {}",
            place.options()
        ));
    }
}

/// `1 row is`, `2 rows are`.
pub fn are(count: u64) -> String {
    format!("{} {}", rows(count), if count == 1 { "is" } else { "are" })
}

/// `1 row`, `2 rows`.
pub fn rows(count: u64) -> String {
    format!("{} row{}", number(count), if count == 1 { "" } else { "s" })
}

/// A number with thousands apart.
pub fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_states_that_have_rows() {
        let counts = Counts {
            total: 1000,
            accepted: 983,
            rejected: 17,
            ..Counts::default()
        };
        assert_eq!(sentence(&counts), "1,000 rows: 983 accepted, 17 rejected");
        assert_eq!(sentence(&Counts::default()), "0 rows");
        let counts = Counts {
            total: 1,
            parked: 1,
            ..Counts::default()
        };
        assert_eq!(sentence(&counts), "1 row: 1 parked");
    }

    #[test]
    fn the_worst_state_decides_the_exit_code() {
        let with = |change: fn(&mut Counts)| {
            let mut counts = Counts::default();
            change(&mut counts);
            counts
        };
        for (counts, expected) in [
            (with(|_| ()), Exit::Done),
            (with(|counts| counts.rejected = 1), Exit::Rejected),
            (
                with(|counts| (counts.rejected, counts.parked) = (1, 1)),
                Exit::Unknown,
            ),
            (
                with(|counts| (counts.unknown, counts.prepared) = (1, 1)),
                Exit::Halted,
            ),
            (with(|counts| counts.in_flight = 1), Exit::Halted),
            (
                with(|counts| (counts.duplicate, counts.prepared) = (1, 1)),
                Exit::Duplicate,
            ),
        ] {
            assert_eq!(exit(&counts), expected, "{counts:?}");
        }
    }
}
