use std::fmt;

use crate::fault::FaultError;
use crate::fault::cursor::Cursor;
use crate::fault::occasion::Occasion;
use crate::fault::scope::Scope;
use crate::payment::amount::Amount;
use crate::payment::state::{InvoiceState, Mode};

/// The conditions of a rule; all must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Selector(pub(super) Vec<Test>);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Key {
    Amount,
    Currency,
    Email,
    Id,
    Mode,
    Merchant,
    Status,
    Attempt,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Test {
    Amount(Amount),
    Currency(String),
    Email(String),
    Id(u64),
    Mode(Mode),
    /// From 1, as the infos call shows it.
    Merchant(u64),
    /// The status as the gateway sends it, such as `invoice:paid`.
    Status(&'static str),
    Attempt(u64),
}

impl Selector {
    pub(super) fn matches(&self, occasion: &Occasion) -> bool {
        self.0.iter().all(|test| test.holds(occasion))
    }

    pub(super) fn parse(cursor: &mut Cursor<'_>, scope: Scope) -> Result<Self, FaultError> {
        let mut tests: Vec<Test> = Vec::new();
        if !cursor.eat("[") {
            return Ok(Self(tests));
        }
        loop {
            let start = cursor.clone();
            let key = cursor.choose(&format!("a key of {scope}"), Key::of(scope))?;
            if tests.iter().any(|test| test.key() == key) {
                return Err(start.error(format!("a key other than {key}, which is already used")));
            }
            cursor.expect("=")?;
            tests.push(Test::parse(cursor, key)?);
            if cursor.eat("]") {
                return Ok(Self(tests));
            }
            if !cursor.eat(",") {
                return Err(cursor.error("`,` or `]`"));
            }
        }
    }
}

impl Key {
    /// The keys of a scope. `api` has every key; a key that a call does not have never matches.
    const fn of(scope: Scope) -> &'static [Self] {
        use Key::{Amount, Attempt, Currency, Email, Id, Merchant, Mode, Status};
        match scope {
            Scope::Create => &[Amount, Currency, Email, Mode, Merchant],
            Scope::S2s => &[Amount, Currency, Email, Merchant],
            Scope::Status | Scope::Infos | Scope::Checkout | Scope::Api => {
                &[Amount, Currency, Email, Id, Mode, Merchant]
            }
            Scope::History => &[Merchant],
            Scope::Callback => &[Status, Id, Attempt],
        }
    }
}

impl Test {
    fn parse(cursor: &mut Cursor<'_>, key: Key) -> Result<Self, FaultError> {
        const MODES: [&str; 2] = ["hosted", "s2s"];
        let start = cursor.clone();
        let value = value(cursor)?;
        let number = |least| match value.parse::<u64>() {
            Ok(number) if number >= least && plain_digits(&value) => Ok(number),
            _ => Err(start.error(format!("a number from {least} to {}", u64::MAX))),
        };
        match key {
            Key::Amount => match Amount::parse(&value) {
                Some(amount) => Ok(Self::Amount(amount)),
                None => Err(start.error("an amount such as 42 or 15.40")),
            },
            Key::Currency => Ok(Self::Currency(value)),
            Key::Email => Ok(Self::Email(value)),
            Key::Id => number(1).map(Self::Id),
            Key::Mode => match MODES.iter().position(|mode| *mode == value) {
                Some(0) => Ok(Self::Mode(Mode::Hosted)),
                Some(_) => Ok(Self::Mode(Mode::S2s)),
                None => Err(start.error(format!("a mode: {}", MODES.join(", ")))),
            },
            Key::Merchant => number(1).map(Self::Merchant),
            Key::Status => {
                let words = InvoiceState::ALL.map(InvoiceState::wire_name);
                let found = words.iter().find(|word| {
                    **word == value || word.split_once(':') == Some(("invoice", value.as_str()))
                });
                match found {
                    Some(word) => Ok(Self::Status(word)),
                    None => Err(start.error(format!("a status: {}", words.join(", ")))),
                }
            }
            Key::Attempt => number(1).map(Self::Attempt),
        }
    }

    /// Whether the condition holds.
    fn holds(&self, occasion: &Occasion) -> bool {
        match self {
            Self::Amount(amount) => occasion.amount == Some(*amount),
            Self::Currency(currency) => occasion.currency.as_ref() == Some(currency),
            Self::Email(email) => occasion.email.as_ref() == Some(email),
            Self::Id(id) => occasion.id == Some(*id),
            Self::Mode(mode) => occasion.mode == Some(*mode),
            Self::Merchant(number) => occasion.merchant == Some(*number),
            Self::Status(word) => occasion.status.as_deref() == Some(*word),
            Self::Attempt(number) => occasion.attempt == Some(*number),
        }
    }

    const fn key(&self) -> Key {
        match self {
            Self::Amount(_) => Key::Amount,
            Self::Currency(_) => Key::Currency,
            Self::Email(_) => Key::Email,
            Self::Id(_) => Key::Id,
            Self::Mode(_) => Key::Mode,
            Self::Merchant(_) => Key::Merchant,
            Self::Status(_) => Key::Status,
            Self::Attempt(_) => Key::Attempt,
        }
    }
}

/// A bare value or a JSON string.
fn value(cursor: &mut Cursor<'_>) -> Result<String, FaultError> {
    cursor.skip();
    if !cursor.rest().starts_with('"') {
        let bare = cursor.run(is_bare);
        return match bare.is_empty() {
            true => Err(cursor.error("a value")),
            false => Ok(bare.to_owned()),
        };
    }
    let mut strings = serde_json::Deserializer::from_str(cursor.rest()).into_iter::<String>();
    match strings.next() {
        Some(Ok(text)) => {
            cursor.advance(strings.byte_offset());
            Ok(text)
        }
        _ => Err(cursor.error("a value, or a JSON string")),
    }
}

/// The characters allowed in a bare value.
fn is_bare(c: char) -> bool {
    !c.is_whitespace() && !c.is_control() && !matches!(c, ',' | '[' | ']' | '"' | '#' | ';')
}

fn plain_digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

impl fmt::Display for Selector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, test) in self.0.iter().enumerate() {
            f.write_str(if place == 0 { "[" } else { "," })?;
            test.fmt(f)?;
        }
        f.write_str(if self.0.is_empty() { "" } else { "]" })
    }
}

impl fmt::Display for Test {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}=", self.key())?;
        match self {
            Self::Amount(amount) => f.write_str(&amount.plain()),
            Self::Currency(text) | Self::Email(text) => {
                match text.is_empty() || !text.chars().all(is_bare) {
                    true => write!(f, "{}", serde_json::Value::from(text.as_str())),
                    false => f.write_str(text),
                }
            }
            Self::Mode(Mode::Hosted) => f.write_str("hosted"),
            Self::Mode(Mode::S2s) => f.write_str("s2s"),
            Self::Status(word) => f.write_str(word),
            Self::Id(number) | Self::Merchant(number) | Self::Attempt(number) => number.fmt(f),
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Amount => "amount",
            Self::Currency => "currency",
            Self::Email => "email",
            Self::Id => "id",
            Self::Mode => "mode",
            Self::Merchant => "key",
            Self::Status => "status",
            Self::Attempt => "attempt",
        })
    }
}
