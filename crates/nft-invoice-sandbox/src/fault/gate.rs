use std::fmt;

use rand_chacha::rand_core::Rng;

use crate::fault::FaultError;
use crate::fault::argument::{Argument, Number, Range, Span};
use crate::fault::cursor::Cursor;
use crate::fault::words::{Words, words};

words! {
    /// A condition on when a matching rule fires.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    enum Gate ("=" "") {
        /// Counted from 1.
        "n" => Nth { matches: Range<Number<1, MOST>> },
        "every" => Every { count: Number<1, MOST> },
        "first" => First { count: Number<1, MOST> },
        "p" => Chance { chance: Chance },
        "from" => From { start: Span },
        "until" => Until { end: Span },
    }
}

/// A probability in billionths, to avoid floating-point numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chance {
    billionths: u32,
}

const MOST: u32 = 1_000_000_000;

impl Gate {
    /// Parses the gates of a rule, each at most once.
    pub(super) fn parse_all(cursor: &mut Cursor<'_>) -> Result<Vec<Self>, FaultError> {
        let mut gates: Vec<Self> = Vec::new();
        let mut more = cursor.eat("@");
        while more {
            let start = cursor.clone();
            let gate = Self::parse(cursor, "a gate")?;
            let word = gate.word();
            if gates.iter().any(|other| other.word() == word) {
                return Err(start.error(format!("a gate other than {word}, which is already used")));
            }
            gates.push(gate);
            more = cursor.eat(",");
        }
        Ok(gates)
    }

    /// Whether the rule may fire on its `matched`th match, this long after the start.
    pub(super) fn allows(self, matched: u64, since: Span, random: &mut impl Rng) -> bool {
        match self {
            Self::Nth { matches } => {
                matched >= u64::from(matches.from.0) && matched <= u64::from(matches.to.0)
            }
            Self::Every { count } => matched.is_multiple_of(u64::from(count.0)),
            Self::First { count } => matched <= u64::from(count.0),
            Self::Chance { chance } => chance.comes_true(random.next_u32()),
            Self::From { start } => since >= start,
            Self::Until { end } => since < end,
        }
    }
}

impl Chance {
    /// Whether it comes true for a draw of 32 random bits.
    fn comes_true(self, draw: u32) -> bool {
        (u64::from(draw) * u64::from(MOST)) >> 32 < u64::from(self.billionths)
    }

    fn read(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let one = match whole {
            "0" => 0,
            "1" => MOST,
            _ => return None,
        };
        if !(1..=9).contains(&fraction.len()) {
            return None;
        }
        let part: u32 = format!("{fraction:0<9}").parse().ok()?;
        let billionths = one + part;
        (billionths <= MOST).then_some(Self { billionths })
    }
}

impl Argument for Chance {
    fn parse(cursor: &mut Cursor<'_>) -> Result<Self, FaultError> {
        cursor.token(
            "a probability from 0 to 1, with up to nine decimals",
            |c| c.is_ascii_digit() || c == '.',
            Self::read,
        )
    }

    fn write(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (whole, part) = (self.billionths / MOST, self.billionths % MOST);
        let decimal = format!("{whole}.{part:09}");
        f.write_str(decimal.trim_end_matches('0').trim_end_matches('.'))
    }
}
