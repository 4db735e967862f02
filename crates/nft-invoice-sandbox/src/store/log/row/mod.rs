mod attempt;
mod change;
mod charge;
mod order;
mod word;

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use self::attempt::{CallbackRow, ResultRow};
use self::change::ChangeRow;
use self::word::state;
use super::Entry;
use crate::callback::delivery::Attempt;
use crate::payment::event::Event;

/// Writes an entry as JSON. Entries of older and newer versions can be read as long as their kind is known: unknown
/// fields are ignored.
pub(crate) fn write(entry: &Entry) -> String {
    let row = Row::from(entry);
    serde_json::to_string(&row).expect("text and numbers are JSON")
}

/// Reads an entry. The error does not repeat its contents.
pub(crate) fn read(text: &str) -> Result<Entry, String> {
    let row: Row = serde_json::from_str(text).map_err(|error| {
        let text = error.to_string();
        match text.starts_with("unknown variant") {
            true => text,
            false => format!("invalid entry at character {}", error.column()),
        }
    })?;
    row.entry()
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Row {
    Event {
        at: Timestamp,
        invoice: u64,
        state: String,
        change: ChangeRow,
        callback: Option<CallbackRow>,
    },
    Attempt {
        at: Timestamp,
        delivery: u64,
        result: ResultRow,
        again_in: Option<Duration>,
    },
    Replay {
        at: Timestamp,
        deliveries: Vec<u64>,
    },
    Clock {
        at: Timestamp,
        ahead: Option<SignedDuration>,
    },
    Reset {
        at: Timestamp,
    },
}

impl From<&Entry> for Row {
    fn from(entry: &Entry) -> Self {
        let at = entry.at();
        match entry {
            Entry::Event(event, callback) => Self::Event {
                at,
                invoice: event.invoice,
                state: event.state.to_string(),
                change: ChangeRow::from(&event.change),
                callback: callback.as_ref().map(CallbackRow::from),
            },
            Entry::Attempt {
                delivery,
                attempt,
                again_in,
            } => Self::Attempt {
                at,
                delivery: *delivery,
                result: ResultRow::from(&attempt.result),
                again_in: *again_in,
            },
            Entry::Replay { deliveries, .. } => Self::Replay {
                at,
                deliveries: deliveries.clone(),
            },
            Entry::Clock { ahead, .. } => Self::Clock { at, ahead: *ahead },
            Entry::Reset { .. } => Self::Reset { at },
        }
    }
}

impl Row {
    fn entry(self) -> Result<Entry, String> {
        Ok(match self {
            Self::Event {
                at,
                invoice,
                state: label,
                change,
                callback,
            } => {
                let event = Event {
                    at,
                    invoice,
                    state: state(&label)?,
                    change: change.change()?,
                };
                Entry::Event(event, callback.map(CallbackRow::frozen))
            }
            Self::Attempt {
                at,
                delivery,
                result,
                again_in,
            } => Entry::Attempt {
                delivery,
                attempt: Attempt {
                    at,
                    result: result.result(),
                },
                again_in,
            },
            Self::Replay { at, deliveries } => Entry::Replay { deliveries, at },
            Self::Clock { at, ahead } => Entry::Clock { at, ahead },
            Self::Reset { at } => Entry::Reset { at },
        })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// One row of each kind, as version 1 writes them. Every version must be able to read them.
    pub(in crate::store::log) const ROWS: &[&str] = &[
        r#"{"event":{"at":"2025-01-01T00:00:00Z","invoice":1,"state":"CREATED","change":{"created":{"merchant":0,"token":"b7851f139ebf8d9f1fd87e1250f13e456c0a0fc25ddc06b22ca30537e8b388c3","mode":"S2S","email":"a@b.example","name":null,"amount":"15.40","currency":"USD","callback_json":"{ \"a\" : 1 }","ip":"127.0.0.1","country":"DE","nft_description":"A cat","nft_images":null,"nft_metadata":null,"success_url":"https://a.example/","failure_url":null,"cancel_url":null,"pending_url":null}},"callback":{"body":"{\"id\":1}","signature":"00ff"}}}"#,
        r#"{"event":{"at":"2025-01-01T00:00:00Z","invoice":1,"state":"AWAITING_APPROVAL","change":{"moved":{"charge":{"to":"AWAITING_APPROVAL","reason":null,"later":{"after":{"secs":60,"nanos":0},"to":"PAID"}},"card":{"brand":"visa","masked":"400000******9235"}}},"callback":null}}"#,
        r#"{"event":{"at":"2025-01-01T00:00:00Z","invoice":1,"state":"CREATED","change":{"challenged":{"then":{"to":"FAILED","reason":"FUNDS","later":null},"card":{"brand":"unknown","masked":"******"}}},"callback":null}}"#,
        r#"{"event":{"at":"2025-01-01T00:00:00.000001Z","invoice":1,"state":"CREATED","change":{"promised":{"at":"2025-01-01T00:01:30Z","charge":{"to":"PAID","reason":null,"later":null},"card":{"brand":"amex","masked":"******0005"}}},"callback":null}}"#,
        r#"{"event":{"at":"2025-01-01T00:00:00Z","invoice":1,"state":"OPENED","change":{"cancelled":{}},"callback":null}}"#,
        r#"{"attempt":{"at":"2025-01-01T00:00:00Z","delivery":7,"result":{"answered":503},"again_in":{"secs":5,"nanos":0}}}"#,
        r#"{"attempt":{"at":"2025-01-01T00:00:00Z","delivery":7,"result":{"failed":"the connection was refused"},"again_in":null}}"#,
        r#"{"attempt":{"at":"2025-01-01T00:00:00Z","delivery":7,"result":"dropped","again_in":null}}"#,
        r#"{"replay":{"at":"2025-01-01T00:00:00Z","deliveries":[7,8]}}"#,
        r#"{"clock":{"at":"2025-01-15T00:00:00Z","ahead":"PT336H"}}"#,
        r#"{"clock":{"at":"2025-01-15T00:00:00Z","ahead":null}}"#,
        r#"{"reset":{"at":"2025-01-15T00:00:00Z"}}"#,
    ];

    #[test]
    fn reads_and_writes_the_rows_of_version_1() {
        for row in ROWS {
            let entry = read(row).unwrap_or_else(|why| panic!("{why}: {row}"));
            assert_eq!(&write(&entry), row);
        }
    }

    #[test]
    fn ignores_unknown_fields_and_rejects_unknown_kinds() {
        for row in ROWS.iter().filter(|row| !row.contains("dropped")) {
            let more = row.replacen(":{", r#":{"a_later_member":[1],"#, 1);
            let entry = read(&more).unwrap_or_else(|why| panic!("{why}: {more}"));
            assert_eq!(&write(&entry), row);
        }
        for (row, says) in [
            (
                r#"{"refund":{"at":"2025-01-01T00:00:00Z"}}"#,
                "unknown variant `refund`",
            ),
            (&ROWS[4].replace("cancelled", "forced"), "`forced`"),
            (&ROWS[4].replace("OPENED", "SPLIT"), r#"value "SPLIT""#),
            (&ROWS[2].replace("FUNDS", "MOOD"), r#"value "MOOD""#),
            (&ROWS[2].replace("unknown", "store"), r#"value "store""#),
            (&ROWS[0].replace("15.40", "15,40"), "invalid amount"),
            (&ROWS[0].replace(r#""{ \"#, r#""[ \"#), "callbackJson"),
        ] {
            let why = read(row).err().unwrap_or_else(|| panic!("{row} is read"));
            assert!(why.contains(says), "{why}: {row}");
        }
    }

    #[test]
    fn does_not_repeat_an_invalid_row() {
        for row in [
            r#"{"event":{"at":"s3cret"}}"#,
            r#"{"event":{"invoice":"s3cret"}}"#,
            "s3cret",
            "",
        ] {
            let why = read(row).err().unwrap_or_else(|| panic!("{row} is read"));
            assert!(why.contains("at character"), "{why}");
            assert!(!why.contains("s3cret"), "{why}");
        }
    }
}
