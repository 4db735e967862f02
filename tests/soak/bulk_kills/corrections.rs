//! Rows that the gateway rejects, and the file in which they are corrected.

use std::collections::BTreeMap;
use std::path::Path;

use nft_invoice::Mode;
use nft_invoice_bulk::input::{Fault, Format, RejectedRow, write_rejected};
use nft_invoice_bulk::journal::StoredRow;

/// Rejects half of the requests with an amount that other rows have, too.
pub(crate) const FAULT: &str = "create[amount=3.04]->error(50011)@p=0.5; ";

/// The file of rejected rows, with another amount in each.
pub(crate) fn corrected(input: &Path, mode: Mode, rejected: Vec<StoredRow>) -> String {
    let rejected: BTreeMap<_, _> = rejected
        .into_iter()
        .map(|row| {
            let fault = Fault {
                path: String::new(),
                code: "rejected".to_owned(),
                message: row.reason.unwrap_or_default(),
            };
            let rejected = RejectedRow {
                reference: row.reference,
                faults: vec![fault],
            };
            (row.line, rejected)
        })
        .collect();
    let mut written = Vec::new();
    write_rejected(input, Format::Ndjson, mode, &rejected, &mut written).expect("a file");
    let mut text = String::from_utf8(written).expect("text");
    if mode == Mode::S2s {
        text = with_cards(&text, &std::fs::read_to_string(input).expect("an input"));
    }
    text.replace("3.04", "6.04")
}

/// Puts each row with its card below its notes, which are all that is written of it.
fn with_cards(notes: &str, input: &str) -> String {
    let rows: Vec<_> = input.lines().collect();
    let mut text = String::new();
    let mut row = "";
    for note in notes.lines() {
        text += &format!("{note}\n");
        if let Some((line, _)) = note.strip_prefix("# line ").and_then(|n| n.split_once(':')) {
            row = rows[line.parse::<usize>().expect("a line") - 1];
        } else {
            text += &format!("{row}\n");
        }
    }
    text
}
