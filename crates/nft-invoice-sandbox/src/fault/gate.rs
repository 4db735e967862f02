use rand_chacha::rand_core::Rng;

use crate::fault::FaultError;
use crate::fault::cursor::{Cursor, Read};
use crate::text::Span;

/// A condition on when a matching rule fires.
#[derive(Clone, Copy)]
pub(super) enum Gate {
    /// From one match to another, counted from 1.
    Matches(u32, u32),
    Every(u32),
    /// A probability in billionths, to avoid floating-point numbers.
    Chance(u32),
    From(Span),
    Until(Span),
}

/// The order is that in which errors list them.
const GATES: &[(&str, Read<Gate>)] = &[
    ("n", |cursor| {
        let from = cursor.number(1..=MOST)?;
        let to = cursor.end(from, |cursor| cursor.number(from..=MOST))?;
        Ok(Gate::Matches(from, to))
    }),
    ("every", |cursor| cursor.number(1..=MOST).map(Gate::Every)),
    ("first", |cursor| {
        Ok(Gate::Matches(1, cursor.number(1..=MOST)?))
    }),
    ("p", |cursor| chance(cursor).map(Gate::Chance)),
    ("from", |cursor| cursor.span().map(Gate::From)),
    ("until", |cursor| cursor.span().map(Gate::Until)),
];

const MOST: u32 = 1_000_000_000;

impl Gate {
    /// Parses the gates of a rule, each at most once.
    pub(super) fn parse_all(cursor: &mut Cursor<'_>) -> Result<Vec<Self>, FaultError> {
        let (mut words, mut gates) = (Vec::new(), Vec::new());
        let mut more = cursor.eat("@");
        while more {
            let start = cursor.next();
            let (word, read) = cursor.choose("a gate", GATES)?;
            cursor.expect("=")?;
            gates.push(read(cursor)?);
            if words.contains(word) {
                let expected = format!("a gate other than {word}, which is already used");
                return Err(cursor.error_at(start, expected));
            }
            words.push(*word);
            more = cursor.eat(",");
        }
        Ok(gates)
    }

    /// Whether the rule may fire on its `matched`th match, this long after the start.
    pub(super) fn allows(self, matched: u64, since: Span, random: &mut impl Rng) -> bool {
        match self {
            Self::Matches(from, to) => (u64::from(from)..=u64::from(to)).contains(&matched),
            Self::Every(count) => matched.is_multiple_of(u64::from(count)),
            Self::Chance(billionths) => {
                (u64::from(random.next_u32()) * u64::from(MOST)) >> 32 < u64::from(billionths)
            }
            Self::From(start) => since >= start,
            Self::Until(end) => since < end,
        }
    }
}

/// Reads a probability from 0 to 1.
fn chance(cursor: &mut Cursor<'_>) -> Result<u32, FaultError> {
    let billionths = cursor.token(
        "a probability from 0 to 1, with up to nine decimals",
        |c| c.is_ascii_digit() || c == '.',
        |text| {
            let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
            let whole = ["0", "1"].iter().position(|known| *known == whole)? as u32;
            let fits = (1..=9).contains(&fraction.len());
            let part = format!("{fraction:0<9}").parse::<u32>().ok();
            let billionths = part.filter(|_| fits)? + whole * MOST;
            (billionths <= MOST).then_some(billionths)
        },
    )?;
    let decimal = format!("{}.{:09}", billionths / MOST, billionths % MOST);
    *cursor.canonical() += decimal.trim_end_matches('0').trim_end_matches('.');
    Ok(billionths)
}
