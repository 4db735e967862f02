//! Values of options whose messages state what is accepted. None repeats what was entered.

use std::fmt::{self, Display};
use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use nft_invoice::{CardNumber, Date, Reference};
use serde::de::Unexpected;
use serde::{Deserialize, Deserializer};

use crate::exit::Failure;

/// A time limit.
#[derive(Clone, Copy, Debug)]
pub struct Seconds(u64);

impl From<Seconds> for Duration {
    fn from(Seconds(seconds): Seconds) -> Self {
        Self::from_secs(seconds)
    }
}

impl FromStr for Seconds {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let seconds = number_in(text, 1..=86_400).map(Self);
        seconds.ok_or_else(|| format!("Enter {SECONDS}, which is a day."))
    }
}

impl<'de> Deserialize<'de> for Seconds {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl serde::de::Visitor<'_> for Visitor {
            type Value = Seconds;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(SECONDS)
            }

            fn visit_i64<E: serde::de::Error>(self, number: i64) -> Result<Seconds, E> {
                let other = || E::invalid_value(Unexpected::Signed(number), &self);
                number.to_string().parse().map_err(|_| other())
            }
        }

        deserializer.deserialize_i64(Visitor)
    }
}

const SECONDS: &str = "a whole number of seconds from 1 to 86400";

/// A whole number in `range`.
pub fn whole_number<T: FromStr + PartialOrd + Display + Clone>(
    range: RangeInclusive<T>,
) -> impl Fn(&str) -> Result<T, String> + Clone {
    move |text| {
        let (first, last) = (range.start(), range.end());
        let message = || format!("Enter a whole number from {first} to {last}.");
        number_in(text, range.clone()).ok_or_else(message)
    }
}

fn number_in<T: FromStr + PartialOrd>(text: &str, range: RangeInclusive<T>) -> Option<T> {
    text.parse().ok().filter(|number| range.contains(number))
}

/// A reference for a new invoice. It is stored and shown, so it must not contain a card number.
pub fn new_reference(text: &str) -> Result<Reference, String> {
    let reference: Reference = text.parse().map_err(|error| format!("{error}"))?;
    let together = text.replace(['-', '_', '.'], "");
    let in_it = text.split(|c: char| !c.is_ascii_digit());
    if in_it.chain([&*together]).any(is_card_number) {
        return Err(
            "Enter a reference without a card number, for example order-7f3a. It is stored and shown."
                .to_owned(),
        );
    }
    Ok(reference)
}

/// Whether `digits` are a card number: the right length and check digit, and an issuer's first digits, so that no
/// date or timestamp is one.
fn is_card_number(digits: &str) -> bool {
    let number = digits.parse::<CardNumber>();
    ("22".."7").contains(&digits) && number.is_ok_and(|number| number.last4().is_some())
}

/// Checks that a period does not end before it begins.
pub fn check_period(from: Option<Date>, to: Option<Date>) -> Result<(), Failure> {
    match (from, to) {
        (Some(from), Some(to)) if from > to => Err(Failure::usage(
            "--from is later than --to: give the earlier day with --from",
        )),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_reference_contains_no_card_number() {
        for text in [
            "4242424242424242",
            "4242-4242-4242-4242",
            "4242.4242_4242.4242",
            "order-4242424242424242",
            "378282246310005",
            "5555555555554444-a",
        ] {
            let message = new_reference(text).unwrap_err();
            assert!(message.contains("card number"), "{text}: {message}");
        }
        for text in [
            "order-7f3a",
            "4242424242424241",
            // An order's number, a day with a number, and the milliseconds of a day in 2023, with a right check digit.
            "10000008",
            "2023-06-19-00000002",
            "1687132800007",
        ] {
            assert!(new_reference(text).is_ok(), "{text}");
        }
    }
}
