use std::fmt;
use std::num::NonZeroU64;

use crate::fault::FaultError;
use crate::fault::argument::Argument;
use crate::fault::cursor::Cursor;
use crate::fault::occasion::Occasion;
use crate::fault::scope::Scope;
use crate::fault::words::{Words, words};
use crate::payment::amount::Amount;
use crate::payment::state::{InvoiceState, Mode};

words! {
    /// A condition on a request or delivery. [`Scope::keys`] lists the keys of a scope.
    #[derive(Clone, Debug, PartialEq, Eq)]
    enum Condition ("=" "") {
        "amount" => Amount { amount: Amount },
        "currency" => Currency { currency: String },
        "email" => Email { email: String },
        "status" => Status { status: InvoiceState },
        "id" => Id { id: NonZeroU64 },
        "mode" => Mode { mode: Mode },
        /// As the infos call shows it.
        "key" => Merchant { number: NonZeroU64 },
        "attempt" => Attempt { number: NonZeroU64 },
    }
}

impl Condition {
    fn holds(&self, occasion: &Occasion) -> bool {
        match self {
            Self::Amount { amount } => occasion.amount == Some(*amount),
            Self::Currency { currency } => occasion.currency.as_ref() == Some(currency),
            Self::Email { email } => occasion.email.as_ref() == Some(email),
            Self::Status { status } => occasion.status.as_deref() == Some(status.wire_name()),
            Self::Id { id } => occasion.id == Some(id.get()),
            Self::Mode { mode } => occasion.mode == Some(*mode),
            Self::Merchant { number } => occasion.merchant == Some(number.get()),
            Self::Attempt { number } => occasion.attempt == Some(number.get()),
        }
    }
}

/// The conditions of a rule; all must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Selector(pub(super) Vec<Condition>);

impl Selector {
    pub(super) fn matches(&self, occasion: &Occasion) -> bool {
        self.0.iter().all(|condition| condition.holds(occasion))
    }

    pub(super) fn parse(cursor: &mut Cursor<'_>, scope: Scope) -> Result<Self, FaultError> {
        let mut conditions: Vec<Condition> = Vec::new();
        if !cursor.eat("[") {
            return Ok(Self(conditions));
        }
        let keys = Condition::WORDS.iter();
        let keys = keys.filter(|key| scope.keys().contains(&key.text));
        loop {
            let start = cursor.clone();
            let key = cursor.choose(&format!("a key of {scope}"), keys.clone())?;
            if conditions.iter().any(|other| other.word() == key.text) {
                let key = key.text;
                return Err(start.error(format!("a key other than {key}, which is already used")));
            }
            conditions.push((key.parse)(cursor)?);
            if cursor.eat("]") {
                return Ok(Self(conditions));
            }
            if !cursor.eat(",") {
                return Err(cursor.error("`,` or `]`"));
            }
        }
    }
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, condition) in self.0.iter().enumerate() {
            write!(f, "{}{condition}", if place == 0 { "[" } else { "," })?;
        }
        f.write_str(if self.0.is_empty() { "" } else { "]" })
    }
}

impl Argument for Amount {
    fn parse(cursor: &mut Cursor<'_>) -> Result<Self, FaultError> {
        value(cursor, "an amount such as 42 or 15.40", Self::parse)
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.plain())
    }
}

impl Argument for Mode {
    fn parse(cursor: &mut Cursor<'_>) -> Result<Self, FaultError> {
        value(cursor, "a mode: hosted, s2s", |text| match text {
            "hosted" => Some(Self::Hosted),
            "s2s" => Some(Self::S2s),
            _ => None,
        })
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hosted => "hosted",
            Self::S2s => "s2s",
        })
    }
}

impl Argument for InvoiceState {
    /// As the gateway sends it, such as `invoice:paid`, or without `invoice:`.
    fn parse(cursor: &mut Cursor<'_>) -> Result<Self, FaultError> {
        let words = Self::ALL.map(Self::wire_name).join(", ");
        value(cursor, &format!("a status: {words}"), |text| {
            let is = |word: &str| word == text || word.strip_prefix("invoice:") == Some(text);
            Self::ALL.into_iter().find(|state| is(state.wire_name()))
        })
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.wire_name())
    }
}

impl Argument for NonZeroU64 {
    fn parse(cursor: &mut Cursor<'_>) -> Result<Self, FaultError> {
        value(
            cursor,
            &format!("a number from 1 to {}", u64::MAX),
            |text| {
                let digits = text.bytes().all(|b| b.is_ascii_digit());
                text.parse().ok().filter(|_| digits)
            },
        )
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl Argument for String {
    /// A bare value or a JSON string.
    fn parse(cursor: &mut Cursor<'_>) -> Result<Self, FaultError> {
        cursor.skip();
        if !cursor.rest().starts_with('"') {
            let bare = |text: &str| (!text.is_empty()).then(|| text.to_owned());
            return cursor.token("a value", is_bare, bare);
        }
        let mut strings = serde_json::Deserializer::from_str(cursor.rest()).into_iter::<Self>();
        match strings.next() {
            Some(Ok(text)) => {
                cursor.advance(strings.byte_offset());
                Ok(text)
            }
            _ => Err(cursor.error("a value, or a JSON string")),
        }
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match !self.is_empty() && self.chars().all(is_bare) {
            true => f.write_str(self),
            false => write!(f, "{}", serde_json::Value::from(self.as_str())),
        }
    }
}

/// Parses a bare value or a JSON string with `read`.
fn value<T>(
    cursor: &mut Cursor<'_>,
    expected: &str,
    read: impl FnOnce(&str) -> Option<T>,
) -> Result<T, FaultError> {
    let start = cursor.clone();
    let text = String::parse(cursor)?;
    read(&text).ok_or_else(|| start.error(expected))
}

/// The characters allowed in a bare value.
fn is_bare(c: char) -> bool {
    !c.is_whitespace() && !c.is_control() && !matches!(c, ',' | '[' | ']' | '"' | '#' | ';')
}
