use std::borrow::Cow;

use super::catalog;
use super::message::{MessageTemplate, ParamValue};
use super::validation::{ValidationError, Warning};
use super::value_error::ValueError;

/// Collects what is reported of one field.
#[derive(Debug)]
pub struct Notes<'r> {
    /// The field's JSON Pointer.
    pub(crate) path: Cow<'static, str>,
    /// The index of the element of the field that is being checked.
    pub(crate) element: Option<usize>,
    /// The gateway's codes for a missing and for an invalid value.
    pub(crate) codes: [Option<i64>; 2],
    pub(crate) errors: &'r mut Vec<ValidationError>,
    /// `None` if no warnings were asked for.
    pub(crate) warnings: Option<&'r mut Vec<Warning>>,
}

impl Notes<'_> {
    /// Reports an error of the field, or of its element.
    pub(crate) fn error(&mut self, error: ValueError) {
        self.push(self.path(), error);
    }

    /// Reports an error inside of the field, such as at `/attributes`.
    pub(crate) fn error_at(&mut self, suffix: &str, error: ValueError) {
        self.push(Cow::Owned(format!("{}{suffix}", self.path)), error);
    }

    /// Reports `result`'s error, if it is one.
    pub(crate) fn keep<T>(&mut self, result: Result<T, ValueError>) -> Option<T> {
        result.map_err(|error| self.error(error)).ok()
    }

    /// Whether warnings were asked for; nothing is computed for them otherwise.
    pub(crate) fn wants_warnings(&self) -> bool {
        self.warnings.is_some()
    }

    /// Reports a warning, unless there is one with this code at the same path.
    pub(crate) fn warn(&mut self, template: &'static MessageTemplate) {
        if self.wants_warnings() {
            self.push_warning(Warning::new(self.path(), template));
        }
    }

    /// [`warn`](Self::warn) with the value of a parameter.
    pub(crate) fn warn_with(
        &mut self,
        template: &'static MessageTemplate,
        value: impl Into<ParamValue>,
    ) {
        if self.wants_warnings() {
            self.push_warning(Warning::new(self.path(), template).with(value));
        }
    }

    /// These notes for the element `at` of the field.
    pub(crate) fn element(&mut self, at: usize) -> Notes<'_> {
        Notes {
            path: self.path.clone(),
            element: Some(at),
            codes: self.codes,
            errors: self.errors,
            warnings: self.warnings.as_deref_mut(),
        }
    }

    fn path(&self) -> Cow<'static, str> {
        match self.element {
            Some(at) => Cow::Owned(format!("{}/{at}", self.path)),
            None => self.path.clone(),
        }
    }

    fn push_warning(&mut self, warning: Warning) {
        let Some(warnings) = &mut self.warnings else {
            return;
        };
        // A field's warnings follow one another, and there are few of them.
        let same = |other: &&Warning| other.path == warning.path;
        if !warnings
            .iter()
            .rev()
            .take_while(same)
            .any(|other| other.code() == warning.code())
        {
            warnings.push(warning);
        }
    }

    fn push(&mut self, path: Cow<'static, str>, error: ValueError) {
        let [missing, invalid] = self.codes;
        let documented = if error.is(&catalog::REQUIRED) {
            missing
        } else {
            invalid
        };
        let gateway_code = error.gateway_code().or(documented);
        self.errors.push(ValidationError {
            path,
            error,
            gateway_code,
        });
    }
}
