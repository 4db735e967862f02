use std::borrow::Cow;
use std::fmt;

use crate::check::Rules;
use crate::field::Field;
use crate::invoice::{Checked, Invoice};
use crate::json::{self, Kind, NoObject, Position, Text};
use crate::mode::Mode;
use crate::problem::{Fault, ProblemCode, Problems};
use crate::reference::Reference;
use crate::text::is_blank;

/// An invoice as somebody wrote it, before any check: JSON in the gateway's names, or the pairs of a form.
///
/// It borrows its input, so a card in it is copied nowhere; wipe the input yourself if it held one.
///
/// ```
/// use nft_invoice_core::{Draft, ProblemCode, Rules};
///
/// let rules = Rules::new("2026-01-31".parse().unwrap());
/// let draft = Draft::from_json(br#"{"email":"a@b.example","amount":15.4,"devise":"EUR"}"#).unwrap();
/// let problems = draft.validate(&rules).unwrap_err();
/// let found: Vec<_> = problems.iter().map(|p| (p.path(), p.code())).collect();
/// assert_eq!(found, [
///     ("/devise", ProblemCode::Unsupported),
///     ("/checkoutMode", ProblemCode::Required),
/// ]);
/// ```
pub struct Draft<'a> {
    entries: Vec<Entry<'a>>,
    reference: Option<Reference>,
}

impl<'a> Draft<'a> {
    /// Reads one JSON object.
    ///
    /// # Errors
    ///
    /// One problem at the path `""`: `malformed` with line and column when `input` is not JSON,
    /// `wrong_type` when it is no object. Nothing else is judged before [`check`](Self::check).
    pub fn from_json(input: &'a [u8]) -> Result<Self, Problems> {
        let text = std::str::from_utf8(input).map_err(|error| {
            let at = json::position_of(input, error.valid_up_to());
            not_json(at, "the text is not UTF-8")
        })?;
        if text.starts_with('\u{feff}') {
            let at = Position { line: 1, column: 1 };
            return Err(not_json(
                at,
                "a byte-order mark stands in front; save the file without it",
            ));
        }
        let members = json::members(text).map_err(|error| match error {
            NoObject::Malformed(at) => not_json(at, "this is not JSON"),
            NoObject::OtherType => Problems::whole(Fault::new(
                ProblemCode::WrongType,
                "an invoice is one JSON object: {\"email\": …}",
            )),
        })?;
        let members = members.into_iter();
        Ok(Self::from_members(
            members.map(|(name, raw)| (name, Value::Json(raw.into()))),
        ))
    }

    /// Takes the names and texts of a form. A name that comes twice is a problem of the check.
    pub fn from_pairs(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let pairs = pairs.into_iter();
        Self::from_members(pairs.map(|(name, text)| (name, Value::Text(text.into()))))
    }

    pub(crate) fn from_members<N>(members: impl Iterator<Item = (N, Value<'a>)>) -> Self
    where
        N: Into<Cow<'a, str>>,
    {
        let entry = |(name, value): (N, Value<'a>)| Entry {
            name: name.into(),
            value,
        };
        Self {
            entries: members.map(entry).collect(),
            reference: None,
        }
    }

    /// Has the check put `reference` into `callbackJson`, if that is absent, or an object without one.
    /// Other data stays as it is: [`Invoice::reference`] tells whether there is one in the end.
    #[must_use]
    pub fn with_reference(mut self, reference: Reference) -> Self {
        self.reference = Some(reference);
        self
    }

    /// The mode that the members ask for: server to server when one of the three card members is filled in.
    #[must_use]
    pub fn mode(&self) -> Mode {
        let filled = |field| self.last(field).is_some_and(|value| !value.is_missing());
        if Field::CARD.into_iter().any(filled) {
            Mode::S2s
        } else {
            Mode::Hosted
        }
    }

    /// Applies every rule and reports every problem at once, with advice.
    #[must_use]
    pub fn check(&self, rules: &Rules) -> Checked {
        crate::check::check(self, rules)
    }

    /// [`check`](Self::check) without the advice.
    ///
    /// # Errors
    ///
    /// Every problem of the draft.
    pub fn validate(&self, rules: &Rules) -> Result<Invoice, Problems> {
        self.check(rules).invoice
    }

    pub(crate) fn entries(&self) -> &[Entry<'a>] {
        &self.entries
    }

    pub(crate) fn reference(&self) -> Option<&Reference> {
        self.reference.as_ref()
    }

    /// The value of `field`; of several the last one counts, as in most readers of JSON.
    pub(crate) fn last(&self, field: Field) -> Option<&Value<'a>> {
        let entry = self
            .entries
            .iter()
            .rfind(|entry| entry.name == field.name())?;
        Some(&entry.value)
    }
}

/// Shows which of the gateway's members are there, and how many others.
impl fmt::Debug for Draft<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known: Vec<_> = self
            .entries
            .iter()
            .filter_map(|entry| Field::of(&entry.name))
            .collect();
        let members: Vec<_> = known.iter().map(|field| field.name()).collect();
        f.debug_struct("Draft")
            .field("members", &members)
            .field("others", &(self.entries.len() - known.len()))
            .finish()
    }
}

/// One member as it was written.
pub(crate) struct Entry<'a> {
    pub(crate) name: Cow<'a, str>,
    pub(crate) value: Value<'a>,
}

/// What was written for a member.
pub(crate) enum Value<'a> {
    /// A JSON value that has passed.
    Json(Cow<'a, str>),
    /// Plain text.
    Text(Cow<'a, str>),
}

impl Value<'_> {
    /// The type; plain text counts as a string.
    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Json(raw) => json::kind(raw),
            Self::Text(_) => Kind::String,
        }
    }

    /// Whether this counts as not there: `null`, or blank text.
    pub(crate) fn is_missing(&self) -> bool {
        match self.kind() {
            Kind::Null => true,
            Kind::String => self.text().is_ok_and(|text| is_blank(&text)),
            _ => false,
        }
    }

    /// The text that a string holds.
    pub(crate) fn text(&self) -> Result<Text<'_>, Fault> {
        match self {
            Self::Text(text) => Ok(Text::AsWritten(text)),
            Self::Json(raw) if json::kind(raw) == Kind::String => {
                json::unescape(raw).ok_or_else(half_a_pair)
            }
            Self::Json(_) => Err(Fault::new(
                ProblemCode::WrongType,
                "this is text: write it in quotes",
            )),
        }
    }

    /// Whether every string in it can be read.
    pub(crate) fn decodes(&self) -> Result<(), Fault> {
        match self {
            Self::Json(raw) if !json::strings_decode(raw) => Err(half_a_pair()),
            _ => Ok(()),
        }
    }

    /// As JSON, however it was written.
    pub(crate) fn to_json(&self) -> String {
        match self {
            Self::Json(raw) => raw.to_string(),
            Self::Text(text) => {
                let mut written = Vec::new();
                json::write_string(text, &mut |piece| written.extend_from_slice(piece));
                String::from_utf8(written).unwrap_or_default()
            }
        }
    }

    /// The octets as written.
    pub(crate) fn written(&self) -> usize {
        match self {
            Self::Json(text) | Self::Text(text) => text.len(),
        }
    }
}

fn half_a_pair() -> Fault {
    Fault::new(
        ProblemCode::Malformed,
        "an escape in this text is half a surrogate pair",
    )
}

fn not_json(at: Position, what: &str) -> Problems {
    let message = format!("{what} (line {}, column {})", at.line, at.column);
    Problems::whole(Fault::new(ProblemCode::Malformed, message))
}
