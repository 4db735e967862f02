use std::borrow::Cow;

use super::card_data::{CardSearch, Found, OwnNumber};
use super::draft::{Draft, IfImpossible, WrittenFields};
use super::field::{Field, Presence};
use super::unknown;
use super::validated::Invoice;
use super::values::CheckedValues;
use super::wiped::wipe_stack;
use crate::error::{Notes, ValidationError, ValidationErrors, ValueError, Warning, catalog};
use crate::value::callback_data::joined;
use crate::value::card_number::is_amex;
use crate::value::{
    CallbackData, CardNumber, CheckoutMode, Cleaning, Content, Currency, Cvc, FieldValue, Input,
    Mode, Reference, Rules,
};

/// The result of [`Draft::check`].
#[derive(Debug)]
#[non_exhaustive]
pub struct Checked {
    /// The mode whose rules were applied.
    pub mode: Mode,
    /// The invoice, or every error in the order of the fields.
    pub invoice: Result<Invoice, ValidationErrors>,
    /// What is probably a mistake. It never prevents sending.
    pub warnings: Vec<Warning>,
}

/// Applies every rule to `draft`. Computes warnings only if there is a place for them.
pub(super) fn run(
    draft: Draft,
    rules: &Rules,
    warnings: Option<&mut Vec<Warning>>,
) -> (Mode, Result<Invoice, ValidationErrors>) {
    let mode = rules.mode.unwrap_or_else(|| draft.mode());
    let Draft {
        written,
        mut values,
        reference,
        is_json,
    } = draft;
    if !is_json {
        // Every source but JSON has the one legal value unless it contains another.
        let is_missing = |field| {
            let input = written.first(field);
            input.is_none_or(|input| input.is_missing(Cleaning::Around))
        };
        if is_missing(Field::Currency) {
            values.currency = Some(Currency::Usd);
        }
        if is_missing(Field::CheckoutMode) {
            values.checkout_mode = Some(CheckoutMode::Nft);
        }
    }
    let typed = values.card_number.as_ref().map(CardNumber::expose);
    let own = match typed {
        Some(digits) => OwnNumber::of_digits(digits),
        None => written.first(Field::CardNumber).and_then(OwnNumber::find),
    };
    let mut checker = Checker {
        written: &written,
        mode,
        rules,
        own,
        errors: Vec::new(),
        warnings,
        end_of_data: 0,
    };
    let checked = CheckedValues::check(&values, &mut checker);
    let cvc = checked
        .cvc
        .as_deref()
        .map(str::len)
        .or(values.cvc.as_ref().map(Cvc::len));
    if let (Some(digits), Some(length)) = (checked.card_number.as_deref().or(typed), cvc)
        && (length == 4) != is_amex(digits)
    {
        checker.notes(Field::Cvc).warn(&catalog::CVC_LENGTH);
    }
    if let Some((reference, IfImpossible::Report)) = &reference {
        let data = checked.callback_data.as_ref().map(|data| data.as_str());
        checker.reference(
            reference,
            data.or(values.callback_data.as_ref().map(CallbackData::as_str)),
        );
    }
    unknown::check(&mut checker);
    if checker.own.is_some() {
        wipe_stack();
    }
    if let Some(errors) = ValidationErrors::new(checker.errors) {
        return (mode, Err(errors));
    }
    let extra = unknown::build(&written);
    checked.build(&mut values);
    if let Some((reference, _)) = reference {
        values.callback_data = match values.callback_data {
            Some(data) => Some(data.with_reference_if_possible(&reference)),
            None => Some(reference.into()),
        };
    }
    (mode, Ok(Invoice::new(mode, values, extra)))
}

/// Checks a draft field by field and collects what is reported.
pub(crate) struct Checker<'a, 'r> {
    pub(super) written: &'a WrittenFields,
    mode: Mode,
    rules: &'r Rules,
    pub(super) own: Option<OwnNumber>,
    pub(super) errors: Vec<ValidationError>,
    pub(super) warnings: Option<&'r mut Vec<Warning>>,
    /// Where errors of the merchant's data end.
    end_of_data: usize,
}

impl<'a> Checker<'a, '_> {
    /// Checks the value of `field` if it exists, otherwise what was written; returns what has to be built.
    ///
    /// What does not depend on the type is left to the functions below: this one is compiled for each.
    pub(super) fn field<T: FieldValue>(
        &mut self,
        field: Field,
        value: Option<&T>,
    ) -> Option<T::Checked<'a>> {
        let start = self.errors.len();
        let rules = self.rules;
        if let Some(value) = value {
            if self.is_allowed(field) {
                judge::<T>(&value.view(), rules, &mut self.notes(field));
            }
            let mut search = self.search(field);
            value.each_text(&mut |text| search.text(text));
            let found = search.found;
            self.finish(field, start, found);
            return None;
        }
        let (input, content) = self.written(field, T::CLEANING, T::is_missing)?;
        let checked = content.and_then(|content| {
            let notes = &mut self.notes(field);
            let checked = T::check(content, input.written().len(), notes)?;
            judge::<T>(&checked, rules, notes);
            Some(checked)
        });
        self.finish(field, start, self.card_data(field, input));
        checked
    }

    /// What was written for `field`, and what that contains. Reports what is missing, forbidden or cannot be decoded.
    fn written(
        &mut self,
        field: Field,
        cleaning: Cleaning,
        is_missing: fn(&Content<'_>) -> bool,
    ) -> Option<(Input<'a>, Option<Content<'a>>)> {
        let presence = field.presence(self.mode);
        let Some(input) = self.written.first(field) else {
            if presence == Presence::Required {
                let error = ValueError::new(&catalog::REQUIRED);
                self.notes(field).error(error);
            }
            return None;
        };
        if presence == Presence::Forbidden {
            if !input.is_missing(cleaning) {
                self.is_allowed(field);
            }
            return Some((input, None));
        }
        let notes = &mut self.notes(field);
        let content = match input.content(cleaning, notes) {
            Ok(content) if matches!(content, Content::Missing) || is_missing(&content) => {
                if presence == Presence::Required {
                    notes.error(ValueError::new(&catalog::REQUIRED));
                }
                None
            }
            content => notes.keep(content),
        };
        Some((input, content))
    }

    /// Whether the mode allows `field`. Reports it otherwise.
    #[inline(never)]
    fn is_allowed(&mut self, field: Field) -> bool {
        let is_allowed = field.presence(self.mode) != Presence::Forbidden;
        if !is_allowed {
            let error = ValueError::new(&catalog::NO_CARD_IN_HOSTED);
            self.notes(field).error(error);
        }
        is_allowed
    }

    /// The card numbers in what was written for `field`, unless it is one of the card's.
    #[inline(never)]
    fn card_data(&self, field: Field, input: Input<'_>) -> Found {
        let mut search = self.search(field);
        if !Field::CARD.contains(&field) {
            search.input(input);
        }
        search.found
    }

    /// Reports a field that is repeated or contains card numbers, unless it has an error, which is after `start`.
    fn finish(&mut self, field: Field, start: usize, found: Found) {
        let has_own_error = self.errors[start..]
            .iter()
            .any(|error| error.path == field.path());
        let plain = |template| ValidationError {
            path: Cow::Borrowed(field.path()),
            error: ValueError::new(template),
            gateway_code: None,
        };
        if !has_own_error && self.written.known[field as usize].is_repeated {
            self.errors.insert(start, plain(&catalog::REPEATED));
        } else if !has_own_error && found.is_evident() {
            self.errors.insert(start, plain(&catalog::CARD_DATA));
        }
        if found.is_possible_only() {
            self.notes(field).warn(&catalog::POSSIBLE_CARD);
        }
        if field == Field::CallbackData {
            self.end_of_data = self.errors.len();
        }
    }

    #[inline(never)]
    pub(super) fn notes(&mut self, field: Field) -> Notes<'_> {
        Notes {
            path: Cow::Borrowed(field.path()),
            element: None,
            codes: field.gateway_codes(),
            errors: &mut self.errors,
            warnings: self.warnings.as_deref_mut(),
        }
    }

    /// The search for card numbers in `field`.
    fn search(&self, field: Field) -> CardSearch<'_> {
        let is_opaque = field == Field::CallbackData;
        let wants_possible = (is_opaque || field == Field::Metadata) && self.warnings.is_some();
        CardSearch::new(self.own.as_ref(), is_opaque, wants_possible)
    }

    /// Checks that the merchant's data can carry `reference`.
    fn reference(&mut self, reference: &Reference, data: Option<&str>) {
        let Some(data) = data else {
            return;
        };
        let Err(error) = joined(data, reference) else {
            return;
        };
        let path = Field::CallbackData.path();
        if !self.errors[..self.end_of_data]
            .iter()
            .any(|other| other.path == path)
        {
            let error = ValidationError {
                path: Cow::Borrowed(path),
                error,
                gateway_code: None,
            };
            self.errors.insert(self.end_of_data, error);
        }
    }
}

/// Applies the rules that depend on the day or the account, and reports what is unusual about a valid value.
fn judge<T: FieldValue>(checked: &T::Checked<'_>, rules: &Rules, notes: &mut Notes<'_>) {
    match T::judge(checked, rules) {
        Ok(()) if notes.wants_warnings() => T::warn(checked, rules, notes),
        Ok(()) => {}
        Err(error) => notes.error(error),
    }
}
