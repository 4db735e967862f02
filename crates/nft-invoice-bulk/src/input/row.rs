use std::fmt;

use nft_invoice::{Draft, Encoding, Invoice, JsonForm, Mode, Reference, ValidationError};
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use super::rows::RowOptions;
use crate::key::{JournalKey, RowHash};

/// A row of the input.
#[derive(Debug)]
pub struct Row {
    /// The line of the input in which it begins, from 1.
    pub line: u64,
    /// The rejected row whose place it takes if it is valid, or which is sent again if it is this one: a note in the
    /// file that [`write_rejected`](super::write_rejected) wrote. If it is invalid, it is still the row that it names.
    pub replaces: Option<Reference>,
    /// The merchant's own id of it: the note `#id`, which is not sent.
    pub id: Option<String>,
    /// What it contains.
    pub content: RowContent,
}

/// What a row contains.
#[derive(Debug)]
pub enum RowContent {
    /// An invoice.
    Valid(ValidRow),
    /// Something that cannot be sent.
    Invalid(InvalidRow),
}

/// A row that cannot be sent.
#[derive(Clone, Debug)]
pub struct InvalidRow {
    /// The keyed hash of what it contains, with its id and without its card fields. `None` if they cannot be told apart: then it is known
    /// by its line.
    pub hash: Option<RowHash>,
    /// Every reason.
    pub faults: Vec<Fault>,
}

/// A valid row, without its card.
pub struct ValidRow {
    /// Who collects the card.
    pub mode: Mode,
    /// The keyed hash of the row, with its id and without its card fields.
    pub hash: RowHash,
    /// The amount in US dollars.
    pub amount: String,
    /// The keyed hash of the e-mail address.
    pub email: RowHash,
    /// The invoice as JSON, without its card fields and without `callbackJson`.
    pub invoice: String,
    /// The merchant's own `callbackJson`, an object.
    pub data: Option<String>,
    /// The invoice as JSON, with the card. Only of an S2S row, and never stored.
    pub secret: Option<Zeroizing<Vec<u8>>>,
}

/// Why a row is invalid.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fault {
    /// The field as a JSON Pointer; empty for the whole row.
    pub path: String,
    /// The stable code.
    pub code: String,
    /// What is wrong and what would be accepted. Contains nothing that was entered.
    pub message: String,
}

/// The note with the merchant's id of a row: a column of CSV, and a field of NDJSON.
pub(super) const ID: &str = "#id";

/// Takes the merchant's id out of a row: the note `#id`, which is not sent. Returns `None` if it has none.
///
/// # Errors
///
/// If it is not text of at most 100 characters without control characters, or a card number could be in it.
pub fn take_id(draft: &mut Draft) -> Result<Option<String>, ValidationError> {
    const MAX: usize = 100;
    draft.take_note(ID, MAX)
}

impl Fault {
    pub(crate) fn whole(code: &str, message: impl Into<String>) -> Self {
        Self {
            path: String::new(),
            code: code.to_owned(),
            message: message.into(),
        }
    }

    fn data(code: &str, message: &str) -> Self {
        Self {
            path: "/callbackJson".to_owned(),
            ..Self::whole(code, message)
        }
    }
}

/// `/email: Enter an e-mail address`.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let separator = if self.path.is_empty() { "" } else { ": " };
        write!(f, "{}{separator}{}", self.path, self.message)
    }
}

impl From<&ValidationError> for Fault {
    fn from(error: &ValidationError) -> Self {
        Self {
            path: error.path().to_owned(),
            code: error.code().to_string(),
            message: error.message().to_string(),
        }
    }
}

impl fmt::Debug for ValidRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ValidRow")
            .field("mode", &self.mode)
            .finish_non_exhaustive()
    }
}

/// Validates a draft and takes it apart into what is stored.
pub(super) fn check(
    draft: Draft,
    options: &RowOptions,
    key: &JournalKey,
    id: Option<&str>,
) -> Result<ValidRow, Vec<Fault>> {
    let mode = options.mode;
    let found = if draft.mode() == mode {
        draft.validate(&options.rules).map(Some)
    } else {
        Ok(None)
    };
    match found {
        Err(errors) => Err(errors.iter().map(Fault::from).collect()),
        Ok(None) => Err(vec![other_mode(mode)]),
        Ok(Some(invoice)) if has_note(&invoice) => Err(vec![Fault::whole(
            "unknown_note",
            "Remove the fields whose names begin with #, or rename them: only #id is a note, and others would be sent to \
             the gateway.",
        )]),
        Ok(Some(invoice)) => {
            split(&invoice, key, id, options.wraps_callback_data).map_err(|fault| vec![fault])
        }
    }
}

/// Whether a field looks like a note, such as `#ID`.
fn has_note(invoice: &Invoice) -> bool {
    let mut names = invoice.unknown_fields().iter();
    names.any(|(name, _)| name.trim_start().starts_with('#'))
}

fn other_mode(mode: Mode) -> Fault {
    Fault::whole(
        "other_mode",
        match mode {
            Mode::Hosted => {
                "This row contains a card, and this run is for hosted invoices. Remove the card fields, or \
                 create it in a run for S2S invoices."
            }
            Mode::S2s => "This row contains no card, and this run is for S2S invoices.",
        },
    )
}

fn split(
    invoice: &Invoice,
    key: &JournalKey,
    id: Option<&str>,
    wraps_data: bool,
) -> Result<ValidRow, Fault> {
    let text = serde_json::to_string(invoice)
        .map_err(|_| Fault::whole("malformed", "This row cannot be written as JSON."))?;
    let mut fields: serde_json::Map<String, serde_json::Value> = serde_json::from_str(&text)
        .map_err(|_| Fault::whole("malformed", "This row cannot be written as JSON."))?;
    fields.remove("callbackJson");
    let data = match invoice.callback_data() {
        None => None,
        Some(data) => Some(own_data(data.as_str(), wraps_data)?),
    };
    Ok(ValidRow {
        mode: invoice.mode(),
        hash: key.row(&text, id),
        amount: invoice.amount().to_string(),
        email: key.email(invoice.email().as_str()),
        invoice: serde_json::to_string(&fields).unwrap_or_default(),
        data,
        secret: (invoice.mode() == Mode::S2s).then(|| {
            let encoding = Encoding {
                metadata: JsonForm::Nested,
                callback_data: JsonForm::Nested,
                ..Encoding::default()
            };
            Zeroizing::new(invoice.encode(&encoding).as_ref().to_vec())
        }),
    })
}

/// The merchant's data as an object that can carry a reference.
fn own_data(data: &str, wraps: bool) -> Result<String, Fault> {
    type Object = serde_json::Map<String, serde_json::Value>;
    match serde_json::from_str::<Object>(data) {
        Ok(object)
            if ["nftInvoiceReference", "nftInvoiceAttempt"]
                .iter()
                .any(|name| object.contains_key(*name)) =>
        {
            Err(Fault::data(
                "not_allowed",
                "Remove nftInvoiceReference and nftInvoiceAttempt: each row gets its own.",
            ))
        }
        Ok(_) => Ok(data.to_owned()),
        Err(_) if wraps => {
            let value =
                serde_json::from_str(data).unwrap_or_else(|_| serde_json::Value::from(data));
            Ok(serde_json::json!({ "data": value }).to_string())
        }
        Err(_) => Err(Fault::data(
            "wrong_type",
            "Enter a JSON object, so that it can carry the row's reference, or let other data be put under `data`.",
        )),
    }
}
