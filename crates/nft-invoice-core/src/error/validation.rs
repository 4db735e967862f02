use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use serde::ser::{Serialize, SerializeStruct, Serializer};

use super::code::{ErrorCode, WarningCode};
use super::message::{Code, Message, MessageTemplate, ParamValue, Params};
use super::value_error::ValueError;

/// One validation error of an invoice.
///
/// Serializes as an object with `path`, `code`, `params`, `message` and `gateway_code`.
#[derive(Clone, PartialEq, Eq)]
pub struct ValidationError {
    pub(crate) path: Cow<'static, str>,
    pub(crate) error: ValueError,
    pub(crate) gateway_code: Option<i64>,
}

impl ValidationError {
    /// Returns where the error is: an RFC 6901 JSON Pointer in the gateway's names, such as `/card_number` or
    /// `/nftImageUrls/0`, and `""` for the input as a whole.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the kind of error, for programs.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        self.error.code()
    }

    /// Returns the message's parameters: with the code, all that a translation needs.
    #[must_use]
    pub fn params(&self) -> Params<'_> {
        self.error.params()
    }

    /// Returns the message in English: the rule and what would be accepted, never what was entered.
    #[must_use]
    pub fn message(&self) -> Cow<'static, str> {
        self.error.message()
    }

    /// Returns the error code with which the gateway would have answered, where it documents one.
    #[must_use]
    pub fn gateway_code(&self) -> Option<i64> {
        self.gateway_code
    }
}

impl fmt::Display for ValidationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} ({})",
            shown(&self.path),
            self.message(),
            self.code()
        )
    }
}

/// Shows path, message and code in one line.
impl fmt::Debug for ValidationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ValidationError")
            .field(&self.to_string())
            .finish()
    }
}

impl Serialize for ValidationError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut error = serializer.serialize_struct("ValidationError", 5)?;
        error.serialize_field("path", self.path())?;
        error.serialize_field("code", &self.code())?;
        error.serialize_field("params", &self.params())?;
        error.serialize_field("message", &self.message())?;
        error.serialize_field("gateway_code", &self.gateway_code)?;
        error.end()
    }
}

/// Every validation error of one input, in the order of the fields. Never empty.
///
/// Serializes as an array.
#[derive(Clone, PartialEq, Eq)]
pub struct ValidationErrors(Vec<ValidationError>);

impl ValidationErrors {
    /// `None` if there are no errors.
    pub(crate) fn new(errors: Vec<ValidationError>) -> Option<Self> {
        (!errors.is_empty()).then_some(Self(errors))
    }

    /// An error of the input as a whole.
    pub(crate) fn whole(error: ValueError) -> Self {
        Self(vec![ValidationError {
            path: Cow::Borrowed(""),
            error,
            gateway_code: None,
        }])
    }

    /// Returns the errors as a slice.
    #[must_use]
    pub fn as_slice(&self) -> &[ValidationError] {
        &self.0
    }

    /// Returns an iterator over the errors.
    pub fn iter(&self) -> std::slice::Iter<'_, ValidationError> {
        self.0.iter()
    }

    /// Returns the errors at `path`, such as `/email`: what a form shows beside that field. Errors of elements,
    /// such as `/nftImageUrls/0`, belong to their field.
    pub fn at(&self, path: &str) -> impl Iterator<Item = &ValidationError> {
        self.0.iter().filter(move |error| {
            let rest = error.path.strip_prefix(path);
            rest.is_some_and(|rest| rest.is_empty() || (!path.is_empty() && rest.starts_with('/')))
        })
    }
}

impl<'a> IntoIterator for &'a ValidationErrors {
    type Item = &'a ValidationError;
    type IntoIter = std::slice::Iter<'a, ValidationError>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl IntoIterator for ValidationErrors {
    type Item = ValidationError;
    type IntoIter = std::vec::IntoIter<ValidationError>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

/// Shows each error in one line.
impl fmt::Debug for ValidationErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines = self.0.iter().map(ToString::to_string);
        f.write_str("ValidationErrors ")?;
        f.debug_list().entries(lines).finish()
    }
}

impl fmt::Display for ValidationErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [only] => write!(f, "the invoice is invalid: {only}"),
            all => {
                write!(f, "the invoice has {} validation errors", all.len())?;
                for (at, error) in all.iter().enumerate() {
                    write!(f, "{} {error}", if at == 0 { ":" } else { ";" })?;
                }
                Ok(())
            }
        }
    }
}

impl Error for ValidationErrors {}

impl Serialize for ValidationErrors {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

/// Something that is probably a mistake. It never prevents sending.
///
/// Serializes as an object with `path`, `code`, `params` and `message`.
#[derive(Clone, PartialEq, Eq)]
pub struct Warning {
    pub(crate) path: Cow<'static, str>,
    pub(crate) message: Message,
}

impl Warning {
    pub(crate) fn new(path: Cow<'static, str>, template: &'static MessageTemplate) -> Self {
        Self {
            path,
            message: Message::new(template),
        }
    }

    pub(crate) fn with(mut self, value: impl Into<ParamValue>) -> Self {
        self.message = self.message.with(value);
        self
    }

    /// Returns where the warning belongs: an RFC 6901 JSON Pointer in the gateway's names.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns the kind of warning, for programs.
    #[must_use]
    pub fn code(&self) -> WarningCode {
        match self.message.template.code {
            Code::Warning(code) => code,
            Code::Error(_) => unreachable!("a warning has a template of warnings"),
        }
    }

    /// Returns the message's parameters: with the code, all that a translation needs.
    #[must_use]
    pub fn params(&self) -> Params<'_> {
        self.message.params()
    }

    /// Returns the message in English. It never repeats what was entered.
    #[must_use]
    pub fn message(&self) -> Cow<'static, str> {
        self.message.text()
    }
}

/// Shows path, message and code in one line.
impl fmt::Debug for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Warning").field(&self.to_string()).finish()
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} ({})",
            shown(&self.path),
            self.message(),
            self.code()
        )
    }
}

impl Serialize for Warning {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut warning = serializer.serialize_struct("Warning", 4)?;
        warning.serialize_field("path", self.path())?;
        warning.serialize_field("code", &self.code())?;
        warning.serialize_field("params", &self.params())?;
        warning.serialize_field("message", &self.message())?;
        warning.end()
    }
}

/// A path for a line of text: a field's name can contain control characters.
fn shown(path: &str) -> Cow<'_, str> {
    if path.is_empty() {
        return Cow::Borrowed("input");
    }
    if path.contains(|c: char| !c.is_ascii_graphic()) {
        return Cow::Owned(path.escape_debug().to_string());
    }
    Cow::Borrowed(path)
}
