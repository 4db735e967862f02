use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use super::code::ErrorCode;
use super::message::{Code, Message, MessageTemplate, ParamValue, Params};

/// Why a value is invalid: the error of every value type's constructors.
///
/// Shows the rule and what would be accepted, never the value.
///
/// ```
/// use nft_invoice_core::{Amount, ErrorCode};
///
/// let error = "15,04".parse::<Amount>().unwrap_err();
/// assert_eq!(error.code(), ErrorCode::Malformed);
/// assert_eq!(
///     error.to_string(),
///     "Enter the amount in digits, with a point before any decimals, for example 15.04."
/// );
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct ValueError {
    message: Message,
    gateway_code: Option<i64>,
}

impl ValueError {
    pub(crate) const fn new(template: &'static MessageTemplate) -> Self {
        Self {
            message: Message::new(template),
            gateway_code: None,
        }
    }

    pub(crate) fn with(mut self, value: impl Into<ParamValue>) -> Self {
        self.message = self.message.with(value);
        self
    }

    /// The gateway documents a code for this very rule.
    pub(crate) fn at_gateway(mut self, code: i64) -> Self {
        self.gateway_code = Some(code);
        self
    }

    /// Returns the kind of error, for programs.
    #[must_use]
    pub fn code(&self) -> ErrorCode {
        match self.message.template.code {
            Code::Error(code) => code,
            Code::Warning(_) => unreachable!("an error has a template of errors"),
        }
    }

    /// Returns the message's parameters: with the code, all that a translation needs.
    #[must_use]
    pub fn params(&self) -> Params<'_> {
        self.message.params()
    }

    /// Returns the message in English.
    #[must_use]
    pub fn message(&self) -> Cow<'static, str> {
        self.message.text()
    }

    pub(crate) fn gateway_code(&self) -> Option<i64> {
        self.gateway_code
    }

    pub(crate) fn is(&self, template: &'static MessageTemplate) -> bool {
        std::ptr::eq(self.message.template, template)
    }
}

impl From<&'static MessageTemplate> for ValueError {
    fn from(template: &'static MessageTemplate) -> Self {
        Self::new(template)
    }
}

impl fmt::Display for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}

/// Shows the message, as `fn main() -> Result<(), Box<dyn Error>>` prints it.
impl fmt::Debug for ValueError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ValueError").field(&self.message()).finish()
    }
}

impl Error for ValueError {}
