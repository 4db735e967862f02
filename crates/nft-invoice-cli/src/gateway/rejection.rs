//! A rejection by the gateway, as an object for programs and as what to do for people.

use nft_invoice::{Call, Error};
use serde_json::{Value, json};

use crate::terminal::output::{note, plain};

/// A rejection as an object; `None` for any other error.
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

/// Shows what the gateway wrote about a rejection, and what to do.
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
        // The error has shown the message, for want of a meaning.
        note(match call {
            Call::Create => format!(
                "Code {code} is not documented, so it is not certain that no invoice was created. Look it up before \
                 you run the command again."
            ),
            _ => format!("Code {code} is not documented. Ask the gateway what it means."),
        });
        return;
    };
    if let Some(message) = message {
        note(format_args!("The gateway's message: {}", plain(message)));
    }
    note(row.what_to_do);
}
