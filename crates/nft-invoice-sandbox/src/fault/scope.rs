use std::num::NonZeroU64;

use crate::fault::FaultError;
use crate::fault::cursor::Cursor;
use crate::gateway::Route;
use crate::payment::{Amount, InvoiceState, Mode};

/// A request or delivery that a rule may match, with the values that conditions compare.
#[derive(Clone, Debug, Default)]
pub(crate) struct Occasion {
    /// Never [`Route::Other`]; `None` is a delivery.
    route: Option<Route>,
    values: Vec<(&'static str, String)>,
}

/// What a rule can match.
pub(super) struct Scope {
    pub(super) covers: fn(&Occasion) -> bool,
    /// The keys of its conditions. A key for which a call has no value never matches.
    keys: &'static [Key],
}

/// A key of conditions, and the canonical form of its values; otherwise, what was expected.
type Key = (&'static str, fn(&str) -> Result<String, String>);

/// A condition: a key and the value that an occasion must have.
pub(super) type Condition = (&'static str, String);

/// The order is that in which errors list them.
pub(super) const SCOPES: &[(&str, Scope)] = &[
    scope("create", |call| call.is(Route::Create), CREATE),
    scope("s2s", Occasion::is_s2s, &[AMOUNT, CURRENCY, EMAIL, KEY]),
    scope("status", |call| call.is(Route::Status), INVOICE),
    scope("infos", |call| call.is(Route::Infos), INVOICE),
    scope("history", |call| call.is(Route::History), &[KEY]),
    scope("checkout", |call| call.is(Route::Checkout), INVOICE),
    scope("api", Occasion::is_api, INVOICE),
    scope("callback", Occasion::is_delivery, &[STATUS, ID, ATTEMPT]),
];

const fn scope(
    word: &'static str,
    covers: fn(&Occasion) -> bool,
    keys: &'static [Key],
) -> (&'static str, Scope) {
    (word, Scope { covers, keys })
}

const CREATE: &[Key] = &[AMOUNT, CURRENCY, EMAIL, MODE, KEY];
const INVOICE: &[Key] = &[AMOUNT, CURRENCY, EMAIL, ID, MODE, KEY];
const AMOUNT: Key = ("amount", |text| {
    let amount = Amount::parse(text).map(Amount::plain);
    amount.ok_or_else(|| "an amount such as 42 or 15.40".to_owned())
});
const CURRENCY: Key = ("currency", |text| Ok(text.to_owned()));
const EMAIL: Key = ("email", |text| Ok(text.to_owned()));
const ID: Key = ("id", positive);
const MODE: Key = ("mode", |text| {
    let known = [Mode::Hosted, Mode::S2s].map(Mode::word).contains(&text);
    known
        .then(|| text.to_owned())
        .ok_or_else(|| "a mode: hosted, s2s".to_owned())
});
const KEY: Key = ("key", positive);
const STATUS: Key = ("status", |text| {
    let names = InvoiceState::ALL.map(InvoiceState::wire_name);
    let is = |name: &&str| *name == text || name.strip_prefix("invoice:") == Some(text);
    let found = names.into_iter().find(is).map(str::to_owned);
    found.ok_or_else(|| format!("a status: {}", names.join(", ")))
});
const ATTEMPT: Key = ("attempt", positive);

impl Occasion {
    /// A call.
    pub(crate) fn on(route: Route) -> Self {
        Self {
            route: Some(route),
            values: Vec::new(),
        }
    }

    /// The `attempt`th, from 1, to deliver the callback of an invoice with `status`, such as `invoice:paid`.
    pub(crate) fn delivery(invoice: u64, status: &str, attempt: u64) -> Self {
        Self::default()
            .with("id", Some(invoice))
            .with("status", Some(status))
            .with("attempt", Some(attempt))
    }

    /// Adds the value of a key in its canonical form, if there is one.
    pub(crate) fn with(mut self, key: &'static str, value: Option<impl ToString>) -> Self {
        let value = value.map(|value| (key, value.to_string()));
        self.values.extend(value);
        self
    }

    pub(crate) fn with_mode(self, value: Mode) -> Self {
        self.with("mode", Some(value.word()))
    }

    pub(super) fn has(&self, key: &str, value: &str) -> bool {
        let mut values = self.values.iter();
        values.any(|(known, text)| *known == key && text == value)
    }

    fn is(&self, route: Route) -> bool {
        self.route == Some(route)
    }

    fn is_s2s(&self) -> bool {
        self.is(Route::Create) && self.has("mode", Mode::S2s.word())
    }

    fn is_api(&self) -> bool {
        self.route.is_some_and(|route| route != Route::Checkout)
    }

    const fn is_delivery(&self) -> bool {
        self.route.is_none()
    }
}

impl Scope {
    /// Parses the conditions of a rule, each key at most once; `word` is the name of the scope.
    pub(super) fn conditions(
        &self,
        cursor: &mut Cursor<'_>,
        word: &str,
    ) -> Result<Vec<Condition>, FaultError> {
        let mut conditions: Vec<Condition> = Vec::new();
        if !cursor.eat("[") {
            return Ok(conditions);
        }
        loop {
            let start = cursor.next();
            let (key, read) = cursor.choose(&format!("a key of {word}"), self.keys)?;
            if conditions.iter().any(|(other, _)| other == key) {
                let expected = format!("a key other than {key}, which is already used");
                return Err(cursor.error_at(start, expected));
            }
            cursor.expect("=")?;
            let start = cursor.next();
            let value = read(&value(cursor)?);
            let value = value.map_err(|expected| cursor.error_at(start, expected))?;
            *cursor.canonical() += &quoted(&value);
            conditions.push((key, value));
            if cursor.eat("]") {
                return Ok(conditions);
            }
            if !cursor.eat(",") {
                return Err(cursor.error("`,` or `]`"));
            }
        }
    }
}

fn positive(text: &str) -> Result<String, String> {
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    let number = text.parse::<NonZeroU64>().ok().filter(|_| digits);
    let number = number.map(|number| number.to_string());
    number.ok_or_else(|| format!("a number from 1 to {}", u64::MAX))
}

/// Reads a bare value or a JSON string.
fn value(cursor: &mut Cursor<'_>) -> Result<String, FaultError> {
    cursor.skip_space();
    let rest = cursor.rest();
    if !rest.starts_with('"') {
        let bare = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        return cursor.token("a value", is_bare, bare);
    }
    let mut strings = serde_json::Deserializer::from_str(rest).into_iter::<String>();
    match strings.next() {
        Some(Ok(text)) => {
            cursor.advance(strings.byte_offset());
            Ok(text)
        }
        _ => Err(cursor.error("a value, or a JSON string")),
    }
}

fn quoted(value: &str) -> String {
    match !value.is_empty() && value.chars().all(is_bare) {
        true => value.to_owned(),
        false => serde_json::Value::from(value).to_string(),
    }
}

/// The characters allowed in a bare value.
fn is_bare(c: char) -> bool {
    !c.is_whitespace() && !c.is_control() && !matches!(c, ',' | '[' | ']' | '"' | '#' | ';')
}
