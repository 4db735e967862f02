//! Looks for card numbers where they do not belong. What could contain one is copied to wiped memory only.
//!
//! An error needs evidence, because one harmless number in ten has a right check digit: the digits of the
//! invoice's own card, or such a number below a name that indicates a card.

use zeroize::Zeroizing;

use crate::json::{self, Kind, Token};
use crate::value::card_number::has_check_digit;
use crate::value::url::percent_decoded;
use crate::value::{Form, Input, is_dash, is_format};

/// The digits of the invoice's own card number, valid or not.
pub(crate) struct OwnNumber {
    /// Four bits a digit.
    digits: Zeroizing<u128>,
    count: usize,
}

impl OwnNumber {
    /// The number in what was written for it, if that contains 12 digits or more. No card has more than 32.
    pub(super) fn find(input: Input<'_>) -> Option<Self> {
        Self::of_digits(&input.plain()?)
    }

    pub(super) fn of_digits(text: &str) -> Option<Self> {
        let digits = text.bytes().filter(u8::is_ascii_digit);
        let count = digits.clone().count();
        let number = digits.fold(0_u128, |number, digit| {
            number << 4 | u128::from(digit - b'0')
        });
        let is_number = (LEAST..=32).contains(&count) && number != 0;
        is_number.then(|| Self {
            digits: Zeroizing::new(number),
            count,
        })
    }

    /// Whether `text`, without spaces and hyphens, contains the number.
    fn is_in(&self, text: &str) -> bool {
        let mask = u128::MAX >> (128 - 4 * self.count);
        let mut last = Zeroizing::new(0_u128);
        let mut count = 0;
        text.chars().any(|c| {
            if let Some(digit) = c.to_digit(10) {
                *last = (*last << 4 | u128::from(digit)) & mask;
                count += 1;
            } else if !is_any_separator(c) {
                count = 0;
            }
            count >= self.count && *last == *self.digits
        })
    }
}

/// The fewest digits of a card number.
const LEAST: usize = 12;

/// What was found in a field.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Found {
    own: bool,
    below_card_name: bool,
    possible: bool,
}

impl Found {
    /// Whether there is evidence of a card number.
    pub(super) fn is_evident(self) -> bool {
        self.own || self.below_card_name
    }

    /// Whether there are only digits that look like one.
    pub(super) fn is_possible_only(self) -> bool {
        self.possible && !self.is_evident()
    }

    pub(super) fn is_anything(self) -> bool {
        self.possible || self.is_evident()
    }
}

/// A search through one field.
pub(crate) struct CardSearch<'o> {
    own: Option<&'o OwnNumber>,
    /// Whether names indicate cards.
    heeds_names: bool,
    wants_possible: bool,
    /// Whether the field's own name indicates one.
    pub(super) below_card_name: bool,
    pub(super) found: Found,
}

impl<'o> CardSearch<'o> {
    pub(super) fn new(own: Option<&'o OwnNumber>, heeds_names: bool, wants_possible: bool) -> Self {
        Self {
            own,
            heeds_names,
            wants_possible,
            below_card_name: false,
            found: Found::default(),
        }
    }

    /// Searches what was written for a field.
    pub(super) fn input(&mut self, input: Input<'_>) {
        if !self.is_worth_it(input.written()) {
            return;
        }
        match input.form() {
            Form::Json | Form::JsonText => self.json(input.written(), self.below_card_name, LEVELS),
            Form::Text | Form::Lost => {
                self.nested_text(input.written(), self.below_card_name, LEVELS)
            }
        }
    }

    /// Searches text, which may contain JSON.
    pub(super) fn text(&mut self, text: &str) {
        self.nested_text(text, self.below_card_name, LEVELS);
    }

    /// Whether `text` has enough digits. An escape has at least as many as what it encodes.
    fn is_worth_it(&self, text: &str) -> bool {
        let is_wanted = self.own.is_some() || self.heeds_names || self.wants_possible;
        is_wanted && text.len() >= LEAST && text.bytes().filter(u8::is_ascii_digit).count() >= LEAST
    }

    fn json(&mut self, raw: &str, below: bool, levels: u8) {
        let mut depth = 0_usize;
        // The depth of the outermost container below a name that indicates a card.
        let mut below_since = None;
        let mut after_card_name = false;
        for token in json::tokens(raw) {
            let is_below = below || below_since.is_some() || after_card_name;
            match token {
                Token::Open => {
                    depth += 1;
                    if after_card_name && below_since.is_none() {
                        below_since = Some(depth);
                    }
                    after_card_name = false;
                }
                Token::Close => {
                    if below_since == Some(depth) {
                        below_since = None;
                    }
                    depth = depth.saturating_sub(1);
                }
                Token::Name(name) => {
                    let name = json::unescape(name);
                    let name = name.as_deref().unwrap_or_default();
                    self.line(name, below || below_since.is_some());
                    after_card_name = self.heeds_names && is_card_name(name);
                }
                Token::Text(text) => {
                    after_card_name = false;
                    if self.is_worth_it(text)
                        && let Some(text) = json::unescape(text)
                    {
                        self.nested_text(&text, is_below, levels);
                    }
                }
                Token::Number(number) => {
                    after_card_name = false;
                    self.line(number, is_below);
                }
                Token::Literal => after_card_name = false,
            }
        }
    }

    fn nested_text(&mut self, text: &str, below: bool, levels: u8) {
        if !self.is_worth_it(text) {
            return;
        }
        self.line(text, below);
        if levels > 0
            && text.trim_start().starts_with(['{', '[', '"'])
            && let Ok(raw) = json::value(text)
            && matches!(json::kind(raw), Kind::Object | Kind::Array | Kind::String)
        {
            self.json(raw, below, levels - 1);
        }
    }

    fn line(&mut self, text: &str, below: bool) {
        if !self.is_worth_it(text) {
            return;
        }
        if let Some(own) = self.own {
            self.found.own |=
                own.is_in(text) || (text.contains(['%', '+']) && own.is_in(&percent_decoded(text)));
        }
        self.found.below_card_name |=
            below && any_number(text, |number, _| (LEAST..=19).contains(&number.len()));
        self.found.possible |= self.wants_possible
            && any_number(text, |number, is_word| !is_word && is_issued(number));
    }
}

/// How deep JSON inside of strings is looked into.
const LEVELS: u8 = 3;

/// Whether a field's name indicates a card.
pub(crate) fn is_card_name(name: &str) -> bool {
    const PARTS: [&str; 8] = [
        "cardnumber",
        "cardnum",
        "cardno",
        "ccnumber",
        "ccnum",
        "creditcard",
        "debitcard",
        "primaryaccountnumber",
    ];
    let plain: String = name
        .chars()
        .filter(|c| !matches!(c, '_' | '-' | ' '))
        .flat_map(char::to_lowercase)
        .collect();
    matches!(plain.as_str(), "pan" | "cc") || PARTS.iter().any(|part| plain.contains(part))
}

/// Whether any number in `text` has a right check digit and passes `accepts`: all digits that stand together,
/// whatever the spaces and hyphens between them, a group without them, or neighbouring groups as cards show them.
/// `accepts` is told whether the number is a part of a longer word.
fn any_number(text: &str, accepts: impl Fn(&[u8], bool) -> bool) -> bool {
    let is_part = |c: Option<char>| c.is_some_and(|c| !is_separator(c) && c.is_alphanumeric());
    let mut groups: Vec<&[u8]> = Vec::new();
    let mut start = 0;
    while let Some(first) = text[start..].find(|c: char| c.is_ascii_digit()) {
        let run = &text[start + first..];
        let end = run
            .find(|c: char| !c.is_ascii_digit() && !is_separator(c))
            .unwrap_or(run.len());
        let (run, after) = run.split_at(end);
        let begins_in_word = is_part(text[..start + first].chars().next_back());
        let ends_in_word =
            run.ends_with(|c: char| c.is_ascii_digit()) && is_part(after.chars().next());
        groups.clear();
        groups.extend(
            run.split(is_separator)
                .map(str::as_bytes)
                .filter(|group| !group.is_empty()),
        );
        let last = groups.len();
        let check = |from: usize, to: usize| {
            let is_word = (from == 0 && begins_in_word) || (to == last && ends_in_word);
            checks(&groups[from..to]).is_some_and(|number| accepts(&number, is_word))
        };
        let found = check(0, last)
            || (0..last).any(|at| {
                check(at, at + 1) || shown_as_a_card(&groups, at).any(|to| check(at, to))
            });
        if found {
            return true;
        }
        start += first + end;
    }
    false
}

/// Where a number ends that begins with the group `at` and is split as on a card: 4-4-4-4, that with 1 to 3 more,
/// 4-6-5 and 4-6-4. A longer row of fours is something else.
fn shown_as_a_card(groups: &[&[u8]], at: usize) -> impl Iterator<Item = usize> {
    let length = |index: usize| groups.get(index).map_or(0, |group| group.len());
    let follows_four = at > 0 && length(at - 1) == 4;
    let is_four_fours =
        !follows_four && (at..at + 4).all(|index| length(index) == 4) && length(at + 4) != 4;
    let has_rest = is_four_fours && (1..=3).contains(&length(at + 4));
    let is_three = length(at) == 4 && length(at + 1) == 6 && matches!(length(at + 2), 4 | 5);
    [
        is_four_fours.then_some(at + 4),
        has_rest.then_some(at + 5),
        is_three.then_some(at + 3),
    ]
    .into_iter()
    .flatten()
}

/// The digits of `groups` if they are 12 to 19, not all zeros, and end in the right check digit.
fn checks(groups: &[&[u8]]) -> Option<Zeroizing<Vec<u8>>> {
    let length: usize = groups.iter().map(|group| group.len()).sum();
    if !(LEAST..=19).contains(&length) {
        return None;
    }
    let mut digits = Zeroizing::new(Vec::with_capacity(length));
    groups
        .iter()
        .for_each(|group| digits.extend_from_slice(group));
    let is_number = digits.iter().any(|digit| *digit != b'0') && has_check_digit(&digits);
    is_number.then_some(digits)
}

/// Whether `number` has an issuer's prefix at a length that is issued with it.
fn is_issued(number: &[u8]) -> bool {
    let prefix = |length: usize| {
        number[..length]
            .iter()
            .fold(0_u32, |n, digit| n * 10 + u32::from(digit - b'0'))
    };
    let length = number.len();
    match (prefix(1), prefix(2), prefix(4)) {
        (4, ..) => matches!(length, 13 | 16 | 19),
        (_, 51..=55, _) | (_, _, 2221..=2720) => length == 16,
        (_, 34 | 37, _) => length == 15,
        (_, _, 6011 | 6440..=6499 | 3528..=3589) | (_, 62 | 65, _) => (16..=19).contains(&length),
        (_, 30 | 36 | 38 | 39, _) => (14..=19).contains(&length),
        _ => false,
    }
}

/// What separates the groups of a number.
fn is_separator(c: char) -> bool {
    matches!(c, ' ' | '-')
}

/// Spaces and hyphens of any kind, and invisible characters: what the invoice's own number is found through.
fn is_any_separator(c: char) -> bool {
    is_separator(c) || (!c.is_ascii() && (c.is_whitespace() || is_dash(c) || is_format(c)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CARD: &str = "4242424242424242";

    fn search(text: &str, own: bool, names: bool) -> Found {
        let own = own.then(|| OwnNumber::of_digits(CARD)).flatten();
        let mut search = CardSearch::new(own.as_ref(), names, true);
        search.text(text);
        search.found
    }

    #[test]
    fn finds_the_invoice_s_own_number_anywhere() {
        for (text, found) in [
            ("4242424242424242", true),
            ("paid with 4242 4242-4242 4242 today", true),
            ("4242\u{a0}4242\u{2011}4242\u{200b}4242", true),
            ("https://x.y/?n=4242424242424242", true),
            ("994242424242424242", true),
            ("https://x.y/?n=4242%204242%2D4242+4242", true),
            ("https://x.y/?n=4242+4242+4242+4242", true),
            ("%342424242424242%342", true),
            (r#"{"a":["\u0034242424242424242"]}"#, true),
            (r#"{"4242424242424242":1}"#, true),
            (r#"{"a":4242424242424242}"#, true),
            (r#""{\"a\":\"\\u00342424242424242 42\"}""#, true),
            ("4242.4242.4242.4242", false),
            ("424242424242424", false),
            ("5555555555554444", false),
        ] {
            assert_eq!(search(text, true, false).own, found, "{text}");
        }
    }

    #[test]
    fn an_own_number_too_short_for_a_card_is_not_looked_for() {
        for digits in ["12345674", "42424242424", "000000000000"] {
            assert!(OwnNumber::of_digits(digits).is_none(), "{digits}");
        }
    }

    #[test]
    fn a_number_below_a_card_name_is_evidence() {
        for (text, found) in [
            (r#"{"pan":"5555 5555 5555 4444"}"#, true),
            (r#"{"a":{"Card-Number":{"b":[1,5555555555554444]}}}"#, true),
            (r#"{"cardNo":["x"],"b":5555555555554444}"#, false),
            (r#"{"cardNo":{"5555555555554444":1}}"#, true),
            (r#"{"cardNo":1,"b":5555555555554444}"#, false),
            (r#"{"x":"{\"cc\":\"5555555555554444\"}"}"#, true),
            (r#"{"pan":5555555555554445}"#, false),
            (r#"{"panda":5555555555554444}"#, false),
            (r#"{"pan":"000000000000"}"#, false),
        ] {
            assert_eq!(search(text, false, true).below_card_name, found, "{text}");
        }
    }

    #[test]
    fn only_issued_numbers_that_stand_alone_are_possible_cards() {
        for (text, found) in [
            ("5555555555554444", true),
            ("order 12345 5555 5555 5555 4444", true),
            ("5555-5555-5555-4444 12/27", true),
            ("3782 822463 10005", true),
            ("2223003122003222", true),
            ("6200000000000005", true),
            ("4222222222222", true),
            ("1637558552616", false),
            ("x5555555555554444", false),
            ("5555555555554444x", false),
            ("0x52908400098527886E0F7030069857D2E4169EE7", false),
            ("key 5555-5555-5555-4444-5555", false),
            ("5555555555554445", false),
            ("8888888888888888", false),
            ("00000000-0000-0000-0000-000000000000", false),
            ("", false),
        ] {
            assert_eq!(search(text, false, false).possible, found, "{text}");
        }
    }

    #[test]
    fn the_work_grows_with_the_text_and_not_with_its_square() {
        // Groups are looked at a bounded number of times each: see `shown_as_a_card`.
        let groups = vec![b"1234".as_slice(); 100];
        assert!((0..100).all(|at| shown_as_a_card(&groups, at).count() == 0));
    }
}
