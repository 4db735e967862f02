use std::fmt;

use crate::fault::FaultError;
use crate::fault::cursor::Cursor;
use crate::fault::span::Span;

/// A condition on when a matching rule fires.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Gate {
    /// A range of matches, inclusive, counted from 1.
    Nth {
        from: u64,
        to: u64,
    },
    Every(u64),
    First(u64),
    Chance(Chance),
    From(Span),
    Until(Span),
}

/// A probability in billionths, to avoid floating-point numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chance {
    billionths: u32,
}

const WORDS: [&str; 6] = ["n", "every", "first", "p", "from", "until"];
const MOST: u64 = 1_000_000_000;

impl Gate {
    pub(super) fn parse(cursor: &mut Cursor<'_>) -> Result<Self, FaultError> {
        let word = cursor.choose("a gate", &WORDS)?;
        cursor.expect("=")?;
        Ok(match word {
            "n" => nth(cursor)?,
            "every" => Self::Every(cursor.number(1..=MOST)?),
            "first" => Self::First(cursor.number(1..=MOST)?),
            "p" => Self::Chance(Chance::parse(cursor)?),
            "from" => Self::From(Span::parse(cursor)?),
            _ => Self::Until(Span::parse(cursor)?),
        })
    }

    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Nth { .. } => "n",
            Self::Every(_) => "every",
            Self::First(_) => "first",
            Self::Chance(_) => "p",
            Self::From(_) => "from",
            Self::Until(_) => "until",
        }
    }
}

fn nth(cursor: &mut Cursor<'_>) -> Result<Gate, FaultError> {
    let from = cursor.number(1..=MOST)?;
    let to = match cursor.eat("..") {
        true => cursor.number(from..=MOST)?,
        false => from,
    };
    Ok(Gate::Nth { from, to })
}

impl Chance {
    /// Whether it comes true for a draw of 32 random bits.
    pub(super) fn comes_true(self, draw: u32) -> bool {
        (u64::from(draw) * MOST) >> 32 < u64::from(self.billionths)
    }

    fn parse(cursor: &mut Cursor<'_>) -> Result<Self, FaultError> {
        let start = cursor.clone();
        let text = cursor.run(|c| c.is_ascii_digit() || c == '.');
        Self::read(text)
            .ok_or_else(|| start.error("a probability from 0 to 1, with up to nine decimals"))
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
        let part: u64 = format!("{fraction:0<9}").parse().ok()?;
        let billionths = u32::try_from(one + part).ok()?;
        (u64::from(billionths) <= MOST).then_some(Self { billionths })
    }
}

impl fmt::Display for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}=", self.word())?;
        match self {
            Self::Nth { from, to } if from == to => from.fmt(f),
            Self::Nth { from, to } => write!(f, "{from}..{to}"),
            Self::Every(number) | Self::First(number) => number.fmt(f),
            Self::Chance(chance) => chance.fmt(f),
            Self::From(span) | Self::Until(span) => span.fmt(f),
        }
    }
}

impl fmt::Display for Chance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let billionths = u64::from(self.billionths);
        let decimal = format!("{}.{:09}", billionths / MOST, billionths % MOST);
        f.write_str(decimal.trim_end_matches('0').trim_end_matches('.'))
    }
}
