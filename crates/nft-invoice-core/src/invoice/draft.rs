use std::fmt;

use super::check::{self, Checked};
use super::field::Field;
use super::field_input::{FieldInput, Setter, Slot, Written};
use super::unknown::UnknownField;
use super::validated::Invoice;
use super::values::Values;
use super::wiped::WipedText;
use crate::error::{ValidationErrors, ValueError, catalog};
use crate::json::{self, NotAnObject, Position};
use crate::value::*;

/// Unvalidated input for an invoice.
///
/// It comes from [JSON](Self::from_json) or [form pairs](Self::from_pairs) in the gateway's names, through
/// `serde::Deserialize` (feature `serde`, so that axum's `Json<Draft>` and `Form<Draft>` work), or from setters.
/// [`validate`](Self::validate) reports every error at once, whatever the source.
///
/// The gateway accepts only the currency `USD` and the mode `nft`. JSON has to contain both, as `devise` and
/// `checkoutMode`; every other source can leave them out. So an amount without a currency is in US dollars.
///
/// A draft owns its input in one buffer that is wiped on drop. Setting a field again replaces it.
///
/// ```
/// use std::time::SystemTime;
/// use nft_invoice_core::{Draft, Reference, Rules};
///
/// let invoice = Draft::new()
///     .email("customer@shop.example")
///     .amount("15.04")
///     .success_url("https://shop.example/thanks")
///     .image("https://cdn.shop.example/nft/7.png")
///     .reference(Reference::new("order-7f3a")?)
///     .validate(&Rules::at(SystemTime::now()))?;
/// assert_eq!(invoice.amount().minor_units(), 1504);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Input from customers
///
/// A customer can send any field. Take only those that the customer fills in, and set amount, return pages and
/// reference on the server; a setter replaces what a form contains. A form that is read as a `Draft` (`Form<Draft>`)
/// keeps every field, also those that the gateway does not document, which are sent as they are. A card field makes
/// the invoice S2S unless [`Rules::mode`] says hosted.
///
/// ```
/// use nft_invoice_core::{Draft, Date, Mode, Rules};
///
/// let form = [("email", "ada@shop.example"), ("amount", "0.01"), ("success_url", "https://evil.example")];
/// let theirs = form.into_iter().filter(|(name, _)| ["email", "country"].contains(name));
/// let invoice = Draft::from_pairs(theirs)
///     .amount("15.04")
///     .success_url("https://shop.example/thanks")
///     .validate(&Rules::on(Date::new(2026, 1, 31).unwrap()).mode(Mode::Hosted))?;
/// assert_eq!(invoice.amount().to_string(), "15.04");
/// # Ok::<(), nft_invoice_core::ValidationErrors>(())
/// ```
pub struct Draft {
    pub(super) written: WrittenFields,
    /// In its final place from the start, before any secret is read.
    pub(super) values: Box<Values>,
    pub(super) reference: Option<(Reference, IfImpossible)>,
    /// Whether `devise` and `checkoutMode` have to be there.
    pub(super) is_json: bool,
}

/// What happens to a reference that `callbackJson` cannot carry.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum IfImpossible {
    Report,
    LeaveOut,
}

/// The input, and where in it each field was written.
#[derive(Default)]
pub(super) struct WrittenFields {
    pub(super) buffer: WipedText,
    pub(super) known: [Slot; Field::ALL.len()],
    pub(super) unknown: Vec<UnknownField>,
}

impl Draft {
    /// Creates an empty draft.
    #[must_use]
    pub fn new() -> Self {
        Self {
            written: WrittenFields::default(),
            values: Box::default(),
            reference: None,
            is_json: false,
        }
    }

    /// Reads one JSON object in the gateway's names. A UTF-8 byte-order mark is skipped.
    ///
    /// # Errors
    ///
    /// One error at the path `""`: `malformed` with line and column for what is not JSON or not UTF-8, `wrong_type`
    /// for another JSON type. Nothing else is judged before [`validate`](Self::validate).
    pub fn from_json(input: impl AsRef<[u8]>) -> Result<Self, ValidationErrors> {
        Self::from_json_at(input.as_ref(), 1)
    }

    /// Reads one line of an NDJSON file. `line` is its number, from 1, for error messages.
    ///
    /// # Errors
    ///
    /// As [`from_json`](Self::from_json).
    pub fn from_ndjson_line(
        input: impl AsRef<[u8]>,
        line: usize,
    ) -> Result<Self, ValidationErrors> {
        Self::from_json_at(input.as_ref(), line)
    }

    /// Takes the names and values of a form, in the gateway's names. `devise` and `checkoutMode` can be left out.
    pub fn from_pairs<N, V>(pairs: impl IntoIterator<Item = (N, V)>) -> Self
    where
        N: AsRef<str>,
        V: AsRef<str>,
    {
        let mut draft = Self::new();
        for (name, value) in pairs {
            draft
                .written
                .push(name.as_ref(), value.as_ref(), Form::Text);
        }
        draft
    }

    /// Sets the only image of the NFT.
    #[must_use]
    pub fn image(self, image: impl FieldInput<Images>) -> Self {
        self.images(image)
    }

    /// Adds the merchant's reference to `callbackJson`, so that the invoice can be found if its response is lost.
    ///
    /// `callbackJson` must be absent or an object, and must not contain another reference; anything else is a
    /// validation error.
    #[must_use]
    pub fn reference(mut self, reference: Reference) -> Self {
        self.reference = Some((reference, IfImpossible::Report));
        self
    }

    /// As [`reference`](Self::reference), but leaves a `callbackJson` that cannot carry it as it is.
    /// [`Invoice::reference`] returns what is sent.
    #[must_use]
    pub fn reference_if_possible(mut self, reference: Reference) -> Self {
        self.reference = Some((reference, IfImpossible::LeaveOut));
        self
    }

    /// Returns the mode that follows from the input: S2S if one of the three card fields is filled in, otherwise
    /// hosted.
    #[must_use]
    pub fn mode(&self) -> Mode {
        let is_filled = |field: Field| {
            let written = self.written.first(field);
            self.values.has(field)
                || written.is_some_and(|input| !input.is_missing(Cleaning::Inside))
        };
        if Field::CARD.into_iter().any(is_filled) {
            Mode::S2s
        } else {
            Mode::Hosted
        }
    }

    /// Applies every rule. Computes no warnings.
    ///
    /// # Errors
    ///
    /// Every error of the draft, in the order of the fields.
    pub fn validate(self, rules: &Rules) -> Result<Invoice, ValidationErrors> {
        check::run(self, rules, None).1
    }

    /// Applies every rule, and reports the warnings, too.
    #[must_use]
    pub fn check(self, rules: &Rules) -> Checked {
        let mut warnings = Vec::new();
        let (mode, invoice) = check::run(self, rules, Some(&mut warnings));
        Checked {
            mode,
            invoice,
            warnings,
        }
    }

    fn from_json_at(input: &[u8], line: usize) -> Result<Self, ValidationErrors> {
        let malformed = |template, at| {
            let position = Position::of(input, at);
            let error = ValueError::new(template)
                .with(position.line + line - 1)
                .with(position.column);
            ValidationErrors::whole(error)
        };
        if let [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] | [b'{', 0, ..] | [0, b'{', ..] = input {
            return Err(ValidationErrors::whole(ValueError::new(&catalog::UTF16)));
        }
        let text = std::str::from_utf8(input)
            .map_err(|error| malformed(&catalog::NOT_UTF8, error.valid_up_to()))?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        let mark = input.len() - text.len();
        let mut buffer = WipedText::with_capacity(text.len());
        buffer.push_str(text);
        let mut written = WrittenFields::default();
        let read = json::members(&buffer, |member| {
            let span = |part: &str, form| {
                let start = part.as_ptr() as usize - buffer.as_ptr() as usize;
                Written {
                    start,
                    end: start + part.len(),
                    form,
                }
            };
            let form = if member.is_plain_text {
                Form::JsonText
            } else {
                Form::Json
            };
            let (name, value) = (span(member.name, Form::Json), span(member.value, form));
            match member.decoded_name() {
                Some(decoded) => written.add(&decoded, name, value),
                None => written.unknown.push(UnknownField { name, value }),
            }
        });
        match read {
            Ok(_) => {
                written.buffer = buffer;
                Ok(Self {
                    written,
                    values: Box::default(),
                    reference: None,
                    is_json: true,
                })
            }
            Err(NotAnObject::Malformed(_)) if text.trim().is_empty() => Err(
                ValidationErrors::whole(ValueError::new(&catalog::INPUT_EMPTY)),
            ),
            Err(NotAnObject::Malformed(at)) => {
                let is_second = text.split_at_checked(at).is_some_and(|(before, rest)| {
                    rest.starts_with('{') && json::members(before, |_| ()).is_ok()
                });
                let template = if is_second {
                    &catalog::SECOND_OBJECT
                } else {
                    &catalog::JSON_SYNTAX
                };
                Err(malformed(template, at + mark))
            }
            Err(NotAnObject::OtherType) => {
                let is_array = text.trim_start().starts_with('[');
                let template = if is_array {
                    &catalog::INPUT_IS_AN_ARRAY
                } else {
                    &catalog::INPUT_NOT_AN_OBJECT
                };
                Err(ValidationErrors::whole(ValueError::new(template)))
            }
        }
    }
}

impl WrittenFields {
    /// What was written first for `field`.
    pub(super) fn first(&self, field: Field) -> Option<Input<'_>> {
        self.known[field as usize]
            .first
            .map(|written| self.input(written))
    }

    pub(super) fn input(&self, written: Written) -> Input<'_> {
        let text = &self.buffer[written.start..written.end];
        Input::new(text, written.form)
    }

    /// Adds a field with its plain name.
    pub(super) fn push(&mut self, name: &str, value: &str, form: Form) {
        let name_start = self.buffer.len();
        self.buffer.push_str(name);
        let start = self.buffer.len();
        self.buffer.push_str(value);
        let name_written = Written {
            start: name_start,
            end: start,
            form: Form::Text,
        };
        let value = Written {
            start,
            end: self.buffer.len(),
            form,
        };
        self.add(name, name_written, value);
    }

    fn add(&mut self, plain_name: &str, name: Written, value: Written) {
        match Field::from_name(plain_name) {
            Some(field) => {
                let slot = &mut self.known[field as usize];
                slot.is_repeated = slot.first.is_some();
                slot.first.get_or_insert(value);
            }
            None => self.unknown.push(UnknownField { name, value }),
        }
    }
}

macro_rules! draft_setters {
    ($($(#[doc = $doc:literal])+ { $variant:ident $name:ident $type:ident $wire:literal $presence:ident $secrecy:ident $codes:tt $($text:literal)+ })+) => {
        /// # Setters
        ///
        /// Each takes text, a value of the field's type, or an `Option` of either.
        impl Draft {
            $(
                $(#[doc = $doc])+
                #[doc = concat!("\n\nSets the field `", $wire, "`.")]
                #[must_use]
                pub fn $name(mut self, $name: impl FieldInput<$type>) -> Self {
                    $name.set(Setter {
                        value: &mut self.values.$name,
                        slot: &mut self.written.known[Field::$variant as usize],
                        buffer: &mut self.written.buffer,
                    });
                    self
                }
            )+
        }
    };
}

with_fields!(draft_setters);

impl Default for Draft {
    fn default() -> Self {
        Self::new()
    }
}

/// Shows which fields are filled in and how many others there are, and nothing that they contain.
impl fmt::Debug for Draft {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let is_there = |field: &&Field| {
            self.values.has(**field) || self.written.known[**field as usize].first.is_some()
        };
        let names: Vec<_> = Field::ALL
            .iter()
            .filter(is_there)
            .map(|field| field.name())
            .collect();
        f.debug_struct("Draft")
            .field("fields", &names)
            .field("unknown", &self.written.unknown.len())
            .finish_non_exhaustive()
    }
}
