use std::fmt::{self, Write};

use zeroize::Zeroizing;

use super::unicode::{is_dash, is_format, is_outer, is_removed_from_urls, is_variation_selector};
use crate::error::{Notes, ValueError, catalog};
use crate::json::{self, Kind, Text};

/// A value of the input, not yet decoded.
#[derive(Clone, Copy)]
pub struct Input<'a> {
    written: &'a str,
    form: Form,
}

/// What a written value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// JSON that was checked.
    Json,
    /// The same, and it is a string without escapes.
    JsonText,
    /// Plain text.
    Text,
    /// A value whose text a deserializer did not keep, such as a float.
    Lost,
}

/// What a value contains, without escapes and without the characters that [`Cleaning`] removes.
pub enum Content<'a> {
    /// Nothing: `null`, or text that is empty or blank.
    Missing,
    /// Text.
    Text(Text<'a>),
    /// A JSON number, digit by digit as it was written.
    Number(&'a str),
    /// A JSON boolean, array or object, as it was written.
    Json(&'a str),
}

/// Which characters of a field's text are removed or replaced before it is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cleaning {
    /// None: the text is opaque.
    Nothing,
    /// White space and invisible characters around the text.
    Around,
    /// Also those inside of it; spaces and dashes become plain ones.
    Inside,
    /// Also the invisible ones that no URL contains.
    Url,
}

/// Shows the kind only.
impl fmt::Debug for Content<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "Missing",
            Self::Text(_) => "Text(..)",
            Self::Number(_) => "Number(..)",
            Self::Json(_) => "Json(..)",
        })
    }
}

impl<'a> Input<'a> {
    pub(crate) fn new(written: &'a str, form: Form) -> Self {
        Self { written, form }
    }

    /// A JSON value, which must have been checked.
    pub(crate) fn json(written: &'a str) -> Self {
        Self::new(written, Form::Json)
    }

    /// Plain text.
    pub(crate) fn text(written: &'a str) -> Self {
        Self::new(written, Form::Text)
    }

    /// The value as it was written.
    pub(crate) fn written(&self) -> &'a str {
        self.written
    }

    pub(crate) fn form(&self) -> Form {
        self.form
    }

    /// Whether every string in it can be decoded.
    pub(crate) fn is_decodable(&self) -> bool {
        self.form != Form::Json || json::is_decodable(self.written)
    }

    /// Whether it counts as missing.
    pub(crate) fn is_missing(&self, cleaning: Cleaning) -> bool {
        match self.kind() {
            Some(Kind::Null) => true,
            Some(Kind::String) => self.string().is_ok_and(|text| {
                cleaned(&text, cleaning).is_some_and(|cleaned| cleaned.is_empty())
            }),
            _ => false,
        }
    }

    /// What it contains.
    pub(crate) fn content(
        &self,
        cleaning: Cleaning,
        notes: &mut Notes<'_>,
    ) -> Result<Content<'a>, ValueError> {
        match self.kind() {
            None => Err(ValueError::new(&catalog::NOT_EXACT)),
            Some(Kind::Null) => Ok(Content::Missing),
            Some(Kind::String) => {
                let text = self.string()?;
                if is_clean(&text, cleaning) {
                    return Ok(Content::Text(text));
                }
                Ok(match cleaned(&text, cleaning) {
                    None => Content::Text(text),
                    Some(cleaned) if cleaned.is_empty() => Content::Missing,
                    Some(cleaned) => {
                        if notes.wants_warnings() {
                            warn_of_cleaning(&text, cleaning, notes);
                        }
                        Content::Text(Text::Owned(cleaned))
                    }
                })
            }
            Some(Kind::Number) => Ok(Content::Number(self.written)),
            Some(_) => Ok(Content::Json(self.written)),
        }
    }

    /// The text of a string, or the digits of a number.
    pub(crate) fn plain(&self) -> Option<Text<'a>> {
        match self.kind() {
            Some(Kind::String) => self.string().ok(),
            Some(Kind::Number) => Some(Text::Borrowed(self.written)),
            _ => None,
        }
    }

    fn kind(&self) -> Option<Kind> {
        match self.form {
            Form::Json => Some(json::kind(self.written)),
            Form::JsonText | Form::Text => Some(Kind::String),
            Form::Lost => None,
        }
    }

    /// The text of a string.
    pub(crate) fn string(&self) -> Result<Text<'a>, ValueError> {
        let inner = || {
            self.written
                .get(1..self.written.len() - 1)
                .unwrap_or_default()
        };
        match self.form {
            Form::Json => json::unescape(inner()).ok_or(ValueError::new(&catalog::SURROGATE)),
            Form::JsonText => Ok(Text::Borrowed(inner())),
            Form::Text | Form::Lost => Ok(Text::Borrowed(self.written)),
        }
    }
}

/// `text` without what surrounds it; empty if it is blank.
fn trimmed(text: &str, cleaning: Cleaning) -> &str {
    match cleaning {
        Cleaning::Nothing if text.chars().all(char::is_whitespace) => "",
        Cleaning::Nothing => text,
        _ => text.trim_matches(is_outer),
    }
}

/// What `c` becomes inside of a value: nothing, or another character.
fn replaced(c: char, cleaning: Cleaning) -> Option<Option<char>> {
    match cleaning {
        Cleaning::Url => is_removed_from_urls(c).then_some(None),
        Cleaning::Inside if is_format(c) || is_variation_selector(c) => Some(None),
        Cleaning::Inside if c != ' ' && c.is_whitespace() => Some(Some(' ')),
        Cleaning::Inside if c != '-' && is_dash(c) => Some(Some('-')),
        _ => None,
    }
}

/// `text` as it is checked and sent, empty if it counts as missing; `None` if that is what was written.
fn cleaned(text: &str, cleaning: Cleaning) -> Option<Zeroizing<String>> {
    if is_clean(text, cleaning) {
        return None;
    }
    let kept = trimmed(text, cleaning);
    if cleaning == Cleaning::Nothing {
        return kept.is_empty().then(Zeroizing::default);
    }
    let mut cleaned = Zeroizing::new(String::with_capacity(kept.len()));
    cleaned.extend(
        kept.chars()
            .filter_map(|c| replaced(c, cleaning).unwrap_or(Some(c))),
    );
    // Spaces can have been hidden behind invisible characters.
    let again = trimmed(&cleaned, cleaning);
    if again.len() < cleaned.len() {
        let mut shorter = Zeroizing::new(String::with_capacity(again.len()));
        shorter.push_str(again);
        cleaned = shorter;
    }
    (cleaned.is_empty() || cleaned.as_str() != text).then_some(cleaned)
}

/// Warns of what [`cleaned`] removed or replaced.
fn warn_of_cleaning(text: &str, cleaning: Cleaning, notes: &mut Notes<'_>) {
    let kept = trimmed(text, cleaning);
    let start = text.len() - text.trim_start_matches(is_outer).len();
    let around = text[..start]
        .chars()
        .chain(text[start + kept.len()..].chars());
    let named = around.chain(kept.chars().filter(|c| replaced(*c, cleaning).is_some()));
    match names(named.filter(|c| *c != ' ')) {
        Some(names) => notes.warn_with(&catalog::CHARACTERS_REPLACED, names),
        None => notes.warn(&catalog::SPACES_REMOVED),
    }
}

/// Whether a look at each byte shows that nothing has to be removed.
fn is_clean(text: &str, cleaning: Cleaning) -> bool {
    let [first, .., last] = text.as_bytes() else {
        return matches!(text.as_bytes(), [b'!'..=b'~']);
    };
    if !matches!((first, last), (b'!'..=b'~', b'!'..=b'~')) {
        return false;
    }
    match cleaning {
        Cleaning::Nothing | Cleaning::Around => true,
        Cleaning::Inside => text.bytes().all(|b| matches!(b, b' '..=b'~')),
        Cleaning::Url => text.is_ascii(),
    }
}

/// The distinct characters by number, at most eight of them.
fn names(characters: impl Iterator<Item = char>) -> Option<String> {
    let mut seen: Vec<char> = Vec::new();
    for c in characters {
        if !seen.contains(&c) && seen.len() < 8 {
            seen.push(c);
        }
    }
    let mut names = String::new();
    for c in &seen {
        let comma = if names.is_empty() { "" } else { ", " };
        let _ = write!(names, "{comma}U+{:04X}", u32::from(*c));
    }
    (!names.is_empty()).then_some(names)
}
