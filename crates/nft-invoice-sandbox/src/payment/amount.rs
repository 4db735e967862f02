use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::payment::currency_code::CurrencyCode;

/// An amount in cents, parsed without floating-point numbers. It is stored as text, such as `15.40`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub(crate) struct Amount {
    cents: u64,
}

impl Amount {
    pub(crate) const SMALLEST: Self = Self { cents: 1 };
    pub(crate) const ZERO: Self = Self { cents: 0 };
    pub(crate) const LARGEST: Self = Self {
        cents: 99_999_999_999_999,
    };

    /// Parses `digits`, `digits.d` or `digits.dd`, with at most twelve digits before the point.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (whole, fraction) = text.split_once('.').unwrap_or((text, "0"));
        let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
        if !plain(whole) || !plain(fraction) || whole.len() > 12 || fraction.len() > 2 {
            return None;
        }
        let digits = whole.bytes().chain(fraction.bytes().chain(*b"0").take(2));
        // Fourteen digits at most.
        let cents = digits.fold(0, |cents, digit| cents * 10 + u64::from(digit - b'0'));
        Some(Self { cents })
    }

    /// `42` or `15.40`.
    pub(crate) fn plain(self) -> String {
        match self.cents % 100 {
            0 => (self.cents / 100).to_string(),
            _ => self.two_digits(),
        }
    }

    /// `42.00` or `15.40`.
    pub(crate) fn two_digits(self) -> String {
        format!("{}.{:02}", self.cents / 100, self.cents % 100)
    }

    /// The JSON number `42` or `15.4`.
    pub(crate) fn number(self) -> Box<RawValue> {
        number(&self.two_digits())
    }

    /// The price for people, with its thousands grouped, such as `1,250.00 USD`.
    pub(crate) fn price(self, currency: CurrencyCode) -> String {
        let digits = self.two_digits();
        let (whole, fraction) = digits.split_at(digits.len() - 3);
        let mut grouped = String::new();
        for (place, digit) in whole.char_indices() {
            if place > 0 && (whole.len() - place).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        format!("{grouped}{fraction} {currency}")
    }

    /// Splits the amount into a fee of `percent` and the rest.
    pub(crate) fn split(self, percent: u64) -> (Thousandths, Thousandths) {
        // The fee is rounded down to thousandths, in the merchant's favour.
        let fee = self.cents * percent / 10;
        (Thousandths(fee), Thousandths(self.cents * 10 - fee))
    }
}

impl From<Amount> for String {
    fn from(amount: Amount) -> Self {
        amount.plain()
    }
}

impl TryFrom<String> for Amount {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("invalid amount")
    }
}

/// A share of an amount, with the three decimals that the history shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Thousandths(u64);

impl Thousandths {
    /// `0.900`.
    pub(crate) fn three_digits(self) -> String {
        format!("{}.{:03}", self.0 / 1000, self.0 % 1000)
    }

    /// The JSON number `0.9`.
    pub(crate) fn number(self) -> Box<RawValue> {
        number(&self.three_digits())
    }
}

/// `decimal` as a JSON number without trailing zeros.
fn number(decimal: &str) -> Box<RawValue> {
    let short = decimal.trim_end_matches('0').trim_end_matches('.');
    RawValue::from_string(short.to_owned()).expect("a decimal is a JSON number")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rounds_the_fee_down_and_loses_nothing() {
        for (text, percent, fee, net) in [
            ("1.00", 10, "0.100", "0.900"),
            ("0.01", 1, "0.000", "0.010"),
            ("0.19", 3, "0.005", "0.185"),
            ("999999999999.99", 7, "69999999999.999", "929999999999.991"),
        ] {
            let (fees, rest) = Amount::parse(text).unwrap().split(percent);
            let shares = (fees.three_digits(), rest.three_digits());
            assert_eq!(
                shares,
                (fee.to_owned(), net.to_owned()),
                "{percent}% of {text}"
            );
        }
    }
}
