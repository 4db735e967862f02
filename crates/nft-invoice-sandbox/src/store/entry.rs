use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::callback::{Attempt, Frozen};
use crate::payment::Event;

/// A change of the store that a restart keeps. It is written to the database before it is applied.
///
/// In the database it is JSON. Entries of older and newer programs can be read as long as their kind is known: unknown
/// fields are ignored.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Entry {
    /// A change of an invoice, with its callback.
    Event {
        #[serde(flatten)]
        event: Event,
        callback: Option<Frozen>,
    },
    /// A finished attempt. The delay until the next one comes from the settings at that time.
    Attempt {
        delivery: u64,
        #[serde(flatten)]
        attempt: Attempt,
        again_in: Option<Duration>,
    },
    /// Callbacks are replayed.
    Replay { at: Timestamp, deliveries: Vec<u64> },
    /// The clock was moved to this time, `ahead` of the system clock if it follows it.
    Clock {
        at: Timestamp,
        ahead: Option<SignedDuration>,
    },
    /// All invoices and callbacks were deleted.
    Reset { at: Timestamp },
}

impl Entry {
    /// The time by the sandbox's clock.
    pub(crate) const fn at(&self) -> Timestamp {
        match self {
            Self::Event { event, .. } => event.at,
            Self::Attempt { attempt, .. } => attempt.at,
            Self::Replay { at, .. } | Self::Clock { at, .. } | Self::Reset { at } => *at,
        }
    }

    /// Writes entries as a JSON array, in one line.
    pub(crate) fn to_json(entries: &[Self]) -> String {
        serde_json::to_string(entries).expect("text and numbers are JSON")
    }

    /// Reads a JSON array of entries. The error does not repeat its contents, except for the name of an unknown kind.
    pub(crate) fn from_json(text: &str) -> Result<Vec<Self>, String> {
        serde_json::from_str(text).map_err(|error| {
            let text = error.to_string();
            match text.starts_with("unknown variant") {
                true => text,
                false => format!("invalid entry at character {}", error.column()),
            }
        })
    }
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::Value;

    use super::*;

    /// One entry of each kind, as version 1 writes them. Every version must be able to read them.
    pub(crate) const ROWS: &[&str] = &[
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

    /// The order of fields has no meaning.
    fn value(row: &str) -> Value {
        serde_json::from_str(row).unwrap()
    }

    fn read(row: &str) -> Result<Vec<Entry>, String> {
        Entry::from_json(&format!("[{row}]"))
    }

    fn written(entries: &[Entry]) -> Value {
        value(&Entry::to_json(entries))[0].take()
    }

    #[test]
    fn reads_and_writes_the_rows_of_version_1() {
        for row in ROWS {
            let entry = read(row).unwrap_or_else(|why| panic!("{why}: {row}"));
            assert_eq!(written(&entry), value(row));
        }
    }

    #[test]
    fn ignores_unknown_fields_and_rejects_unknown_kinds() {
        for row in ROWS.iter().filter(|row| !row.contains("dropped")) {
            let more = row.replacen(":{", r#":{"a_later_member":[1],"#, 1);
            let entry = read(&more).unwrap_or_else(|why| panic!("{why}: {more}"));
            assert_eq!(written(&entry), value(row));
        }
        for (row, says) in [
            (
                r#"{"refund":{"at":"2025-01-01T00:00:00Z"}}"#,
                "unknown variant `refund`",
            ),
            (&ROWS[4].replace("cancelled", "forced"), "`forced`"),
            (
                &ROWS[4].replace("OPENED", "SPLIT"),
                "unknown variant `SPLIT`",
            ),
            (&ROWS[2].replace("FUNDS", "MOOD"), "unknown variant `MOOD`"),
            (&ROWS[2].replace("unknown", "store"), "at character"),
            (&ROWS[0].replace("15.40", "15,40"), "at character"),
            (&ROWS[0].replace(r#""{ \"#, r#""[ \"#), "at character"),
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
            ",",
        ] {
            let why = read(row).err().unwrap_or_else(|| panic!("{row} is read"));
            assert!(why.contains("at character"), "{why}");
            assert!(!why.contains("s3cret"), "{why}");
        }
    }
}
