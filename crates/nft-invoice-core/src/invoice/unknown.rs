//! Fields that the gateway does not document. They are sent as they are.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::LazyLock;

use super::card_data::{CardSearch, is_card_name};
use super::check::Checker;
use super::draft::WrittenFields;
use super::field::Field;
use super::field_input::Written;
use crate::error::{ValidationError, ValueError, Warning, catalog};
use crate::json::{self, Text};
use crate::value::Form;

/// An unknown field, in the order of the input.
#[derive(Clone, Copy)]
pub(super) struct UnknownField {
    pub(super) name: Written,
    pub(super) value: Written,
}

/// How many unknown fields are compared with those that they resemble.
const HINTS: usize = 50;

/// Checks every unknown field.
pub(super) fn check(checker: &mut Checker<'_, '_>) {
    let written = checker.written;
    let fields = &written.unknown;
    if fields.is_empty() {
        return;
    }
    let names: Vec<Option<Text<'_>>> = fields.iter().map(|field| name(written, field)).collect();
    let mut count: HashMap<&str, usize> = HashMap::with_capacity(fields.len());
    for name in names.iter().flatten() {
        *count.entry(name).or_default() += 1;
    }
    let mut has_hidden_name = false;
    for (at, (field, name)) in fields.iter().zip(&names).enumerate() {
        let input = written.input(field.value);
        let readable = name.as_deref().unwrap_or("\u{fffd}");
        // A repeated field is reported once, where it comes first.
        let Some(times) = count.remove(readable).or(name.is_none().then_some(1)) else {
            continue;
        };
        let wants_warnings = checker.warnings.is_some();
        let mut in_name = CardSearch::new(checker.own.as_ref(), false, true);
        in_name.text(readable);
        let in_name = in_name.found;
        let mut in_value = CardSearch::new(checker.own.as_ref(), true, wants_warnings);
        in_value.below_card_name = is_card_name(readable);
        in_value.input(input);
        let in_value = in_value.found;
        let is_hidden = in_name.is_anything();
        let path = if is_hidden {
            Cow::Borrowed("/?")
        } else {
            Cow::Owned(pointer(readable))
        };
        let error = if input.form() == Form::Lost {
            Some(&catalog::NOT_EXACT)
        } else if name.is_none() || !input.is_decodable() {
            Some(&catalog::SURROGATE)
        } else if times > 1 {
            Some(&catalog::REPEATED)
        } else if in_name.is_evident() || in_value.is_evident() {
            Some(&catalog::CARD_DATA)
        } else {
            None
        };
        let is_first_hidden = is_hidden && !std::mem::replace(&mut has_hidden_name, true);
        if let Some(template) = error
            && (!is_hidden || is_first_hidden)
        {
            let error = ValueError::new(template);
            checker.errors.push(ValidationError {
                path: path.clone(),
                error,
                gateway_code: None,
            });
        }
        if let Some(warnings) = checker.warnings.as_deref_mut() {
            let is_possible = !in_value.is_evident()
                && !in_name.is_evident()
                && (in_name.is_anything() || in_value.is_anything());
            if !is_hidden || is_first_hidden {
                warnings.push(
                    match (at < HINTS).then(|| Field::similar(readable)).flatten() {
                        Some(field) => Warning::new(path.clone(), &catalog::UNKNOWN_FIELD_SIMILAR)
                            .with(field.name()),
                        None => Warning::new(path.clone(), &catalog::UNKNOWN_FIELD),
                    },
                );
                if is_possible {
                    warnings.push(Warning::new(path, &catalog::POSSIBLE_CARD));
                }
            }
        }
    }
}

/// The unknown fields as they are sent: names, and values as JSON.
pub(super) fn build(written: &WrittenFields) -> Vec<(String, String)> {
    let fields = written.unknown.iter();
    let built = fields.filter_map(|field| {
        let input = written.input(field.value);
        let value = if matches!(input.form(), Form::Json | Form::JsonText) {
            input.written().to_owned()
        } else {
            let mut value = String::with_capacity(input.written().len() + 2);
            json::write_string(input.written(), &mut |piece| value.push_str(piece));
            value
        };
        Some((name(written, field)?.to_string(), value))
    });
    built.collect()
}

pub(super) fn name<'a>(written: &'a WrittenFields, field: &UnknownField) -> Option<Text<'a>> {
    let text = &written.buffer[field.name.start..field.name.end];
    if field.name.form == Form::Json {
        json::unescape(text)
    } else {
        Some(Text::Borrowed(text))
    }
}

/// The JSON Pointer of a field.
pub(super) fn pointer(name: &str) -> String {
    let mut pointer = String::with_capacity(name.len() + 1);
    pointer.push('/');
    for c in name.chars() {
        match c {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            c => pointer.push(c),
        }
    }
    pointer
}

impl Field {
    /// Returns the field that a name resembles which is none: one in other case, with a typing error, or another usual
    /// name, such as `currency` for `devise`. For hints.
    ///
    /// ```
    /// use nft_invoice_core::Field;
    ///
    /// assert_eq!(Field::similar("emial"), Some(Field::Email));
    /// assert_eq!(Field::similar("note"), None);
    /// ```
    #[must_use]
    pub fn similar(name: &str) -> Option<Self> {
        const MAX: usize = 32;
        /// Names that people use for fields whose name is another one.
        const OTHER_NAMES: [(&str, Field); 22] = [
            ("currency", Field::Currency),
            ("price", Field::Amount),
            ("total", Field::Amount),
            ("mail", Field::Email),
            ("cardholder", Field::CardholderName),
            ("fullname", Field::CardholderName),
            ("street", Field::AddressLine1),
            ("town", Field::City),
            ("zip", Field::PostalCode),
            ("zipcode", Field::PostalCode),
            ("birthday", Field::DateOfBirth),
            ("birthdate", Field::DateOfBirth),
            ("dob", Field::DateOfBirth),
            ("pan", Field::CardNumber),
            ("ccnumber", Field::CardNumber),
            ("cvv", Field::Cvc),
            ("securitycode", Field::Cvc),
            ("image", Field::Images),
            ("imageurl", Field::Images),
            ("ip", Field::CustomerIp),
            ("mobile", Field::Phone),
            ("telephone", Field::Phone),
        ];
        /// What each field is called, plain.
        static KNOWN: LazyLock<Vec<(String, Field)>> = LazyLock::new(|| {
            let names = |field: Field| [field.name(), field.rust_name()].map(plain);
            let fields = Field::ALL.iter().copied();
            fields
                .flat_map(|field| names(field).map(|name| (name, field)))
                .collect()
        });
        if name.len() > MAX {
            return None;
        }
        let written = plain(name);
        if let Some((_, field)) = OTHER_NAMES.iter().find(|(other, _)| *other == written) {
            return Some(*field);
        }
        let resembles = |known: &str| {
            known == written
                || (known.len() > 4
                    && is_within(1 + known.len() / 8, known.as_bytes(), written.as_bytes()))
        };
        let similar = KNOWN.iter().find(|(known, _)| resembles(known));
        similar.map(|(_, field)| *field)
    }
}

/// Lower case, without what separates words.
fn plain(name: &str) -> String {
    name.chars()
        .filter(|c| !matches!(c, '_' | '-' | ' ' | '.'))
        .flat_map(char::to_lowercase)
        .collect()
}

/// Whether `a` becomes `b` when at most this many letters are inserted, removed, replaced or swapped with their neighbour.
fn is_within(most: usize, a: &[u8], b: &[u8]) -> bool {
    /// Names are at most 32 bytes long, and in lower case at most half as long again.
    const WIDTH: usize = 64;
    if a.len().abs_diff(b.len()) > most || b.len() >= WIDTH {
        return false;
    }
    // The last three rows, taking turns.
    let mut rows = [[0; WIDTH]; 3];
    for (j, place) in rows[0].iter_mut().enumerate() {
        *place = j;
    }
    for i in 1..=a.len() {
        let (row, last, older) = (i % 3, (i + 2) % 3, (i + 1) % 3);
        rows[row][0] = i;
        for j in 1..=b.len() {
            let replaced = rows[last][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = replaced.min(rows[last][j] + 1).min(rows[row][j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[older][j - 2] + 1);
            }
            rows[row][j] = least;
        }
    }
    rows[a.len() % 3][b.len()] <= most
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distance_counts_each_kind_of_typing_error() {
        for (a, b, distance) in [
            ("email", "email", 0),
            ("email", "emai", 1),
            ("email", "eemail", 1),
            ("email", "emaol", 1),
            ("email", "emial", 1),
            ("amount", "maunot", 3),
            ("devise", "", 6),
            ("", "ab", 2),
        ] {
            for most in 0..8 {
                let is_near = is_within(most, a.as_bytes(), b.as_bytes());
                assert_eq!(is_near, most >= distance, "{a} {b} {most}");
            }
        }
        assert!(!is_within(100, b"a", &[b'a'; 64]), "longer than any name");
    }

    #[test]
    fn a_mistyped_name_resembles_a_field() {
        for (name, field) in [
            ("currency", Some("devise")),
            ("e-mail", Some("email")),
            ("Email", Some("email")),
            ("amuont", Some("amount")),
            ("card_cvv", Some("card_ccv")),
            ("cardNumber", Some("card_number")),
            ("postal_code", Some("postcode")),
            ("callback_json", Some("callbackJson")),
            ("nftImageUrl", Some("nftImageUrls")),
            ("zip", Some("postcode")),
            ("orderId", None),
            ("createdAt", None),
            ("wallet", None),
            ("note", None),
        ] {
            assert_eq!(Field::similar(name).map(Field::name), field, "{name}");
        }
    }
}
