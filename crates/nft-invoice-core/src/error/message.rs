use std::borrow::Cow;
use std::fmt;

use serde::ser::{Serialize, SerializeMap, Serializer};

use super::catalog;
use super::code::{ErrorCode, WarningCode};

/// The English text of one rule, with the names of its parameters in braces.
///
/// Code and parameters identify a message: a translation maps [`code`](Self::code) and
/// [`reason`](Self::reason) to a text of its own, which [`Params::fill`] fills. [`message_templates`] lists every
/// template.
#[derive(Debug, PartialEq, Eq)]
pub struct MessageTemplate {
    pub(crate) code: Code,
    pub(crate) reason: &'static str,
    pub(crate) params: &'static [&'static str],
    pub(crate) text: &'static str,
}

/// The code of an error or of a warning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Code {
    Error(ErrorCode),
    Warning(WarningCode),
}

impl MessageTemplate {
    /// Returns the name of the [`ErrorCode`] or [`WarningCode`].
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self.code {
            Code::Error(code) => code.as_str(),
            Code::Warning(code) => code.as_str(),
        }
    }

    /// Returns the parameter `reason`, which tells the rules of one code apart; `None` if the code has one rule.
    #[must_use]
    pub fn reason(&self) -> Option<&'static str> {
        (!self.reason.is_empty()).then_some(self.reason)
    }

    /// Returns the names of the other parameters.
    #[must_use]
    pub const fn params(&self) -> &'static [&'static str] {
        self.params
    }

    /// Returns the English text, with `{name}` in place of a parameter.
    #[must_use]
    pub const fn text(&self) -> &'static str {
        self.text
    }
}

/// Returns every message of this crate's errors and warnings, for translations.
///
/// ```
/// use nft_invoice_core::message_templates;
///
/// let too_long = message_templates().find(|message| message.reason() == Some("characters"));
/// assert_eq!(too_long.unwrap().text(), "Use at most {max} characters.");
/// ```
pub fn message_templates() -> impl Iterator<Item = &'static MessageTemplate> {
    catalog::ERRORS.iter().chain(catalog::WARNINGS).copied()
}

/// The value of a message's parameter.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParamValue {
    /// A limit or a position.
    Number(u64),
    /// A name, an amount or a list of characters.
    Text(Cow<'static, str>),
}

impl From<usize> for ParamValue {
    fn from(number: usize) -> Self {
        Self::Number(number as u64)
    }
}

impl From<&'static str> for ParamValue {
    fn from(text: &'static str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for ParamValue {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl fmt::Display for ParamValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => text.fmt(f),
        }
    }
}

impl Serialize for ParamValue {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Number(number) => serializer.serialize_u64(*number),
            Self::Text(text) => serializer.serialize_str(text),
        }
    }
}

/// A template with the values of its parameters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Message {
    pub(crate) template: &'static MessageTemplate,
    values: [Option<ParamValue>; 2],
}

impl Message {
    pub(crate) const fn new(template: &'static MessageTemplate) -> Self {
        Self {
            template,
            values: [None, None],
        }
    }

    /// Adds the value of the next parameter.
    pub(crate) fn with(mut self, value: impl Into<ParamValue>) -> Self {
        let at = self
            .values
            .iter()
            .take_while(|value| value.is_some())
            .count();
        self.values[at] = Some(value.into());
        self
    }

    pub(crate) fn params(&self) -> Params<'_> {
        Params(self)
    }

    /// The English text.
    pub(crate) fn text(&self) -> Cow<'static, str> {
        if self.template.params.is_empty() {
            return Cow::Borrowed(self.template.text);
        }
        Cow::Owned(self.params().fill(self.template.text))
    }
}

/// The parameters of a message: limits, the expected form, the reason.
#[derive(Clone, Copy, Debug)]
pub struct Params<'a>(&'a Message);

impl<'a> Params<'a> {
    /// Returns the value of the parameter `name`.
    #[must_use]
    pub fn get(self, name: &str) -> Option<ParamValue> {
        self.iter()
            .find(|(known, _)| *known == name)
            .map(|(_, value)| value)
    }

    /// Returns the parameters by name, `reason` first.
    pub fn iter(self) -> impl Iterator<Item = (&'static str, ParamValue)> + 'a {
        let reason = self
            .0
            .template
            .reason()
            .map(|reason| ("reason", ParamValue::from(reason)));
        reason
            .into_iter()
            .chain(self.named().map(|(name, value)| (name, value.clone())))
    }

    /// Returns `text`, such as a translation of the [template](MessageTemplate::text), with the value of each
    /// parameter in place of its name in braces.
    ///
    /// ```
    /// use nft_invoice_core::CardNumber;
    ///
    /// let error = "4242".parse::<CardNumber>().unwrap_err();
    /// assert_eq!(error.params().fill("Mindestens {min} Ziffern."), "Mindestens 8 Ziffern.");
    /// ```
    #[must_use]
    pub fn fill(self, text: &str) -> String {
        self.named().fold(text.to_owned(), |text, (name, value)| {
            text.replace(&format!("{{{name}}}"), &value.to_string())
        })
    }

    fn named(self) -> impl Iterator<Item = (&'static str, &'a ParamValue)> {
        self.0
            .template
            .params
            .iter()
            .copied()
            .zip(self.0.values.iter().flatten())
    }
}

impl Serialize for Params<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, value) in self.iter() {
            map.serialize_entry(name, &value)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn no_two_messages_share_code_and_reason() {
        let mut seen = HashSet::new();
        for template in message_templates() {
            let key = (template.code(), template.reason());
            assert!(seen.insert(key), "{key:?} has two messages");
            assert!(
                !template.text.is_empty() && template.text.ends_with(['.', '?']),
                "{}",
                template.text
            );
        }
    }

    #[test]
    fn every_parameter_of_a_text_is_declared() {
        for template in message_templates() {
            assert!(template.params.len() <= 2);
            let mut text = template.text.to_owned();
            for name in template.params {
                text = text.replace(&format!("{{{name}}}"), "");
            }
            assert!(!text.contains(['{', '}']), "{}", template.text);
        }
    }

    #[test]
    fn a_message_shows_its_parameters() {
        let message = Message::new(&catalog::JSON_SYNTAX)
            .with(3_usize)
            .with(14_usize);
        assert_eq!(
            message.text(),
            "The input is not valid JSON at line 3, column 14."
        );
        let json = serde_json::to_string(&message.params()).unwrap();
        assert_eq!(json, r#"{"reason":"json_syntax","line":3,"column":14}"#);
        assert_eq!(message.params().get("line"), Some(ParamValue::Number(3)));
    }
}
