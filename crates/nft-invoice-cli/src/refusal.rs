//! The gateway's no, as an object for programs and as advice for people.

use nft_invoice::{Call, Error};
use serde_json::{Value, json};

use crate::output::{note, plain};

/// A refusal as an object; nothing for any other error.
pub fn json(error: &Error) -> Option<Value> {
    let Error::Rejected {
        code,
        documented,
        message,
        ..
    } = error
    else {
        return None;
    };
    Some(json!({
        "outcome": "rejected",
        "code": code,
        "message": message,
        "meaning": documented.map(|row| row.meaning),
    }))
}

/// What helps against a refusal, and what the gateway said of it in its own words.
pub fn note_what_to_do(error: &Error) {
    let Error::Rejected {
        call,
        code,
        documented,
        message,
        ..
    } = error
    else {
        return;
    };
    let Some(row) = documented else {
        // The message stood in the error, for want of a meaning.
        note(match call {
            Call::Create => format!(
                "Code {code} is not documented, so nobody can say for certain that nothing was created: \
                 look it up before you run the command again."
            ),
            _ => format!("Code {code} is not documented: ask the gateway."),
        });
        return;
    };
    if let Some(message) = message {
        note(format_args!("The gateway's own words: {}", plain(message)));
    }
    note(row.what_to_do);
}
