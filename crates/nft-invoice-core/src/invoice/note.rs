use super::card_data::{CardSearch, OwnNumber};
use super::draft::Draft;
use super::field::Field;
use super::unknown;
use crate::error::{ValidationError, ValueError, catalog};
use crate::json::{self, Kind};
use crate::value::{Form, Input};

impl Draft {
    /// Takes out a field that is not the gateway's: a note of the merchant, such as an order number, which is neither
    /// validated nor sent. Returns its text without white space around it; `None` if it is missing or blank.
    ///
    /// ```
    /// use nft_invoice_core::{Date, Draft, Rules};
    ///
    /// let mut draft = Draft::from_pairs([("email", "ada@shop.example"), ("amount", "1"), ("#id", "A-1002")]);
    /// assert_eq!(draft.take_note("#id", 100), Ok(Some("A-1002".to_owned())));
    /// let invoice = draft.validate(&Rules::on(Date::new(2026, 1, 31).unwrap()))?;
    /// assert!(invoice.unknown_fields().is_empty());
    /// # Ok::<(), nft_invoice_core::ValidationErrors>(())
    /// ```
    ///
    /// # Errors
    ///
    /// `duplicate` for a repeated field, `wrong_type` for what is not text, `malformed` for control characters,
    /// `too_long` for more than `max` characters, and `card_data` for text in which a card number could be. It is taken
    /// out then, too.
    pub fn take_note(&mut self, name: &str, max: usize) -> Result<Option<String>, ValidationError> {
        let written = &self.written;
        let is_note = |field: &unknown::UnknownField| {
            unknown::name(written, field).is_some_and(|found| *found == *name)
        };
        let mut notes = written.unknown.iter().filter(|field| is_note(field));
        let Some(value) = notes.next().map(|field| field.value) else {
            return Ok(None);
        };
        let is_repeated = notes.next().is_some();
        let own = written.first(Field::CardNumber).and_then(OwnNumber::find);
        let found = if is_repeated {
            Err(ValueError::new(&catalog::REPEATED))
        } else {
            text(written.input(value), own.as_ref(), max)
        };
        let others = written.unknown.iter().filter(|field| !is_note(field));
        self.written.unknown = others.copied().collect();
        found.map_err(|error| ValidationError {
            path: unknown::pointer(name).into(),
            error,
            gateway_code: None,
        })
    }
}

fn text(
    input: Input<'_>,
    own: Option<&OwnNumber>,
    max: usize,
) -> Result<Option<String>, ValueError> {
    match input.form() {
        Form::Lost => return Err(ValueError::new(&catalog::NOT_TEXT)),
        Form::Json if json::kind(input.written()) == Kind::Null => return Ok(None),
        Form::Json if json::kind(input.written()) != Kind::String => {
            return Err(ValueError::new(&catalog::NOT_TEXT));
        }
        Form::Json | Form::JsonText | Form::Text => {}
    }
    let text = input.string()?;
    let text = text.trim();
    let has_card = |text: &str| {
        let mut search = CardSearch::new(own, false, true);
        search.text(text);
        search.found.is_anything()
    };
    // A number is also one with other signs between its groups, with letters beside it, and in other digits.
    let grouped = || zeroize::Zeroizing::new(text.chars().map(grouped).collect::<String>());
    match text.chars().count() {
        0 => Ok(None),
        _ if has_card(text) || has_card(&grouped()) => Err(ValueError::new(&catalog::CARD_DATA)),
        _ if text.contains(char::is_control) => Err(ValueError::new(&catalog::CONTROL_CHARACTER)),
        count if count > max => Err(ValueError::new(&catalog::TOO_MANY_CHARACTERS).with(max)),
        _ => Ok(Some(text.to_owned())),
    }
}

fn grouped(c: char) -> char {
    /// The zeros of digits that keyboards of customers have: full-width, Arabic, Persian and Devanagari.
    const ZEROS: [char; 4] = ['\u{ff10}', '\u{660}', '\u{6f0}', '\u{966}'];
    let digit = |zero| {
        u32::from(c)
            .checked_sub(u32::from(zero))
            .filter(|digit| *digit < 10)
    };
    match ZEROS
        .into_iter()
        .find_map(digit)
        .and_then(|digit| char::from_digit(digit, 10))
    {
        Some(digit) => digit,
        None if c.is_ascii_digit() => c,
        // This ends a number, as the beginning of a text does.
        None if c.is_alphabetic() => ';',
        None => '-',
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode::{CardData, Duplicate, Malformed, TooLong, WrongType};

    fn note(json: &str) -> Result<Option<String>, crate::ErrorCode> {
        let mut draft = Draft::from_json(json).unwrap();
        let note = draft.take_note("#id", 10);
        let rest = draft.take_note("#id", 10);
        assert_eq!(rest, Ok(None), "{json}: it is taken out");
        note.map_err(|error| {
            assert_eq!(error.path(), "/#id");
            error.code()
        })
    }

    #[test]
    fn a_note_is_short_text() {
        for (json, expected) in [
            (r##"{"#id":"A-1"}"##, Ok(Some("A-1"))),
            (r##"{"\u0023id":" \u00c4 1 "}"##, Ok(Some("Ä 1"))),
            (r##"{"#id":"ääääääääää"}"##, Ok(Some("ääääääääää"))),
            (r##"{"id":"A-1"}"##, Ok(None)),
            (r##"{"#id":null}"##, Ok(None)),
            (r##"{"#id":" "}"##, Ok(None)),
            (r##"{"#id":7}"##, Err(WrongType)),
            (r##"{"#id":["A-1"]}"##, Err(WrongType)),
            (r##"{"#id":"12345678901"}"##, Err(TooLong)),
            (r##"{"#id":"a\nb"}"##, Err(Malformed)),
            (r##"{"#id":"\ud800"}"##, Err(Malformed)),
            (r##"{"#id":"a","#id":"a"}"##, Err(Duplicate)),
        ] {
            let expected = expected.map(|text| text.map(str::to_owned));
            assert_eq!(note(json), expected, "{json}");
        }
    }

    #[test]
    fn a_note_contains_no_card_number() {
        for text in [
            "4242424242424242",
            "no. 4242 4242-4242 4242",
            "4242.4242_4242/4242",
            "378282246310005",
            "INV4242424242424242",
            "4242424242424242A",
            "No4242 4242 4242 4242",
            "4242\u{a0}4242\u{a0}4242\u{a0}4242",
            "4242\u{2009}4242\u{200b}4242\u{2013}4242",
            "4242\u{b7}4242\u{b7}4242\u{b7}4242",
            "\u{ff14}\u{ff12}42424242424242",
            "\u{664}\u{662}42424242424242",
        ] {
            let note = note(&format!(r##"{{"#id":"{text}"}}"##));
            assert_eq!(note, Err(CardData), "{text}");
        }
        // That of the row's own card is found in a word, too.
        for card in ["4242424242424242", "4242 4242 4242 4242"] {
            let row = format!(r##"{{"#id":"x4242424242424242y","card_number":"{card}"}}"##);
            assert_eq!(note(&row), Err(CardData), "{card}");
        }
        for text in ["2026112712", "4242", "A-1002-B7"] {
            let note = note(&format!(r##"{{"#id":"{text}"}}"##));
            assert_eq!(note, Ok(Some(text.to_owned())), "{text}");
        }
    }
}
