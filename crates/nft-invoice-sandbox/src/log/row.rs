use std::borrow::Cow;
use std::fmt::Display;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::Entry;
use crate::amount::Amount;
use crate::callback::Frozen;
use crate::card::CardSummary;
use crate::charge::Charge;
use crate::delivery::{Attempt, AttemptResult};
use crate::event::{Change, Event};
use crate::order::Order;
use crate::reason::Reason;
use crate::state::{InvoiceState, Mode};
use crate::texts::{Text, Texts};
use crate::token::NoToken;

/// An entry as JSON text. What an older or a newer program wrote is read too, as long as it knows the kind: members
/// that are not known are ignored.
pub(crate) fn write(entry: &Entry) -> String {
    let row = Row::from(entry);
    serde_json::to_string(&row).expect("text and numbers are JSON")
}

/// Reads what [`write`] has written, or says why it cannot: without what stands there.
pub(crate) fn read(text: &str) -> Result<Entry, String> {
    let row: Row = serde_json::from_str(text).map_err(|error| {
        let text = error.to_string();
        match text.starts_with("unknown variant") {
            true => text,
            false => format!("it makes no sense at character {}", error.column()),
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

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ChangeRow {
    Created(Box<OrderRow>),
    Moved {
        charge: ChargeRow,
        card: Option<CardRow>,
    },
    Challenged {
        then: ChargeRow,
        card: CardRow,
    },
    Promised {
        at: Timestamp,
        charge: ChargeRow,
        card: CardRow,
    },
    Cancelled {},
}

#[derive(Serialize, Deserialize)]
struct OrderRow {
    merchant: usize,
    token: String,
    mode: String,
    email: String,
    name: Option<String>,
    amount: String,
    currency: String,
    callback_json: Option<String>,
    ip: IpAddr,
    country: Option<String>,
    nft_name: Option<String>,
    nft_description: Option<String>,
    nft_image: Option<String>,
    success_url: Option<String>,
    failure_url: Option<String>,
    cancel_url: Option<String>,
    pending_url: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct ChargeRow {
    to: String,
    reason: Option<String>,
    later: Option<LaterRow>,
}

#[derive(Serialize, Deserialize)]
struct LaterRow {
    after: Duration,
    to: String,
}

/// All that is kept of a card.
#[derive(Serialize, Deserialize)]
struct CardRow {
    brand: String,
    masked: String,
}

#[derive(Serialize, Deserialize)]
struct CallbackRow {
    body: String,
    signature: String,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum ResultRow {
    Answered(u16),
    Failed(String),
    Dropped,
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

impl From<&Change> for ChangeRow {
    fn from(change: &Change) -> Self {
        match change {
            Change::Created(order) => Self::Created(Box::new(OrderRow::from(&**order))),
            Change::Moved { charge, card } => Self::Moved {
                charge: charge.into(),
                card: card.as_ref().map(CardRow::from),
            },
            Change::Challenged { then, card } => Self::Challenged {
                then: then.into(),
                card: card.into(),
            },
            Change::Promised { at, charge, card } => Self::Promised {
                at: *at,
                charge: charge.into(),
                card: card.into(),
            },
            Change::Cancelled => Self::Cancelled {},
        }
    }
}

impl ChangeRow {
    fn change(self) -> Result<Change, String> {
        Ok(match self {
            Self::Created(order) => Change::Created(Arc::new(order.order()?)),
            Self::Moved { charge, card } => Change::Moved {
                charge: charge.charge()?,
                card: card.map(|card| card.summary()).transpose()?,
            },
            Self::Challenged { then, card } => Change::Challenged {
                then: then.charge()?,
                card: card.summary()?,
            },
            Self::Promised { at, charge, card } => Change::Promised {
                at,
                charge: charge.charge()?,
                card: card.summary()?,
            },
            Self::Cancelled {} => Change::Cancelled,
        })
    }
}

impl From<&Order> for OrderRow {
    fn from(order: &Order) -> Self {
        let text = |text| order.text(text).map(str::to_owned);
        Self {
            merchant: order.merchant,
            token: order.token.to_string(),
            mode: order.mode.to_string(),
            email: order.email().to_owned(),
            name: text(Text::Name),
            amount: order.amount.plain(),
            currency: order.currency().to_owned(),
            callback_json: text(Text::CallbackJson),
            ip: order.ip,
            country: text(Text::Country),
            nft_name: text(Text::NftName),
            nft_description: text(Text::NftDescription),
            nft_image: text(Text::NftImage),
            success_url: text(Text::SuccessUrl),
            failure_url: text(Text::FailureUrl),
            cancel_url: text(Text::CancelUrl),
            pending_url: text(Text::PendingUrl),
        }
    }
}

impl OrderRow {
    fn order(self) -> Result<Order, String> {
        if let Some(json) = &self.callback_json {
            serde_json::from_str::<&RawValue>(json).map_err(|_| "its callbackJson is no JSON")?;
        }
        Ok(Order {
            merchant: self.merchant,
            token: self.token.parse().map_err(|NoToken| "its token is none")?,
            mode: one_of(&[Mode::Hosted, Mode::S2s], &self.mode)?,
            amount: Amount::parse(&self.amount).ok_or("its amount is none")?,
            ip: self.ip,
            texts: Texts::collect(|text| self.text(text).map(Cow::Borrowed)),
        })
    }

    fn text(&self, text: Text) -> Option<&str> {
        match text {
            Text::Email => Some(&self.email),
            Text::Currency => Some(&self.currency),
            Text::Name => self.name.as_deref(),
            Text::Country => self.country.as_deref(),
            Text::CallbackJson => self.callback_json.as_deref(),
            Text::NftName => self.nft_name.as_deref(),
            Text::NftDescription => self.nft_description.as_deref(),
            Text::NftImage => self.nft_image.as_deref(),
            Text::SuccessUrl => self.success_url.as_deref(),
            Text::FailureUrl => self.failure_url.as_deref(),
            Text::CancelUrl => self.cancel_url.as_deref(),
            Text::PendingUrl => self.pending_url.as_deref(),
        }
    }
}

impl From<&Charge> for ChargeRow {
    fn from(charge: &Charge) -> Self {
        Self {
            to: charge.to.to_string(),
            reason: charge.reason.map(|reason| reason.word().to_owned()),
            later: charge.later.map(|(after, to)| LaterRow {
                after,
                to: to.to_string(),
            }),
        }
    }
}

impl ChargeRow {
    fn charge(self) -> Result<Charge, String> {
        let reason = |word: String| Reason::from_word(&word).ok_or_else(|| unknown(&word));
        let later = |later: LaterRow| Ok::<_, String>((later.after, state(&later.to)?));
        Ok(Charge {
            to: state(&self.to)?,
            reason: self.reason.map(reason).transpose()?,
            later: self.later.map(later).transpose()?,
        })
    }
}

impl From<&CardSummary> for CardRow {
    fn from(card: &CardSummary) -> Self {
        Self {
            brand: card.brand().to_owned(),
            masked: card.masked().to_owned(),
        }
    }
}

impl CardRow {
    fn summary(self) -> Result<CardSummary, String> {
        CardSummary::kept(&self.brand, self.masked).ok_or_else(|| unknown(&self.brand))
    }
}

impl From<&Frozen> for CallbackRow {
    fn from(frozen: &Frozen) -> Self {
        let body = String::from_utf8(frozen.body.to_vec());
        Self {
            body: body.expect("a callback's body is JSON text"),
            signature: frozen.signature.clone(),
        }
    }
}

impl CallbackRow {
    fn frozen(self) -> Frozen {
        Frozen {
            body: self.body.into(),
            signature: self.signature,
        }
    }
}

impl From<&AttemptResult> for ResultRow {
    fn from(result: &AttemptResult) -> Self {
        match result {
            AttemptResult::Answered(status) => Self::Answered(*status),
            AttemptResult::Failed(why) => Self::Failed(why.clone()),
            AttemptResult::Dropped => Self::Dropped,
        }
    }
}

impl ResultRow {
    fn result(self) -> AttemptResult {
        match self {
            Self::Answered(status) => AttemptResult::Answered(status),
            Self::Failed(why) => AttemptResult::Failed(why),
            Self::Dropped => AttemptResult::Dropped,
        }
    }
}

fn state(label: &str) -> Result<InvoiceState, String> {
    one_of(&InvoiceState::ALL, label)
}

fn one_of<T: Copy + Display>(all: &[T], word: &str) -> Result<T, String> {
    let found = all.iter().find(|one| one.to_string() == word);
    found.copied().ok_or_else(|| unknown(word))
}

fn unknown(word: &str) -> String {
    format!("unknown word {word:?}")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// One row of each kind, as version 1 writes them. A program that cannot read these has lost somebody's invoices.
    const ROWS: &[&str] = &[
        r#"{"event":{"at":"2025-01-01T00:00:00Z","invoice":1,"state":"CREATED","change":{"created":{"merchant":0,"token":"b7851f139ebf8d9f1fd87e1250f13e456c0a0fc25ddc06b22ca30537e8b388c3","mode":"S2S","email":"a@b.example","name":null,"amount":"15.40","currency":"USD","callback_json":"{ \"a\" : 1 }","ip":"127.0.0.1","country":"DE","nft_name":null,"nft_description":"A cat","nft_image":null,"success_url":"https://a.example/","failure_url":null,"cancel_url":null,"pending_url":null}},"callback":{"body":"{\"id\":1}","signature":"00ff"}}}"#,
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
    fn what_version_1_wrote_is_read_and_written_alike() {
        for row in ROWS {
            let entry = read(row).unwrap_or_else(|why| panic!("{why}: {row}"));
            assert_eq!(&write(&entry), row);
        }
    }

    #[test]
    fn members_that_are_not_known_are_ignored_and_kinds_are_not() {
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
            (&ROWS[4].replace("OPENED", "SPLIT"), r#"word "SPLIT""#),
            (&ROWS[2].replace("FUNDS", "MOOD"), r#"word "MOOD""#),
            (&ROWS[2].replace("unknown", "store"), r#"word "store""#),
            (&ROWS[0].replace("15.40", "15,40"), "its amount"),
            (&ROWS[0].replace(r#""{ \"#, r#""[ \"#), "its callbackJson"),
        ] {
            let why = read(row).err().unwrap_or_else(|| panic!("{row} is read"));
            assert!(why.contains(says), "{why}: {row}");
        }
    }

    #[test]
    fn what_cannot_be_read_is_not_repeated() {
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
