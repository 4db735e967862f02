use super::input::{Cleaning, Content, Input};
use super::rules::Rules;
use crate::error::{Notes, ValueError, catalog};
use crate::json::Text;

/// What the type of a field offers to reading, checking and writing.
///
/// A value passes through two steps, so that nothing is copied out of the wiped input before the whole invoice
/// is known to be valid: it is checked where it was written, and built after that.
pub trait FieldValue: Sized {
    /// A value that was checked and not yet built: a part of the input, or the value itself if it is small.
    type Checked<'a>;

    /// Which characters are removed before anything is checked.
    const CLEANING: Cleaning;

    /// Whether `content`, which is neither `null` nor blank, counts as missing all the same.
    fn is_missing(_content: &Content<'_>) -> bool {
        false
    }

    /// Applies the rules that need nothing but the value. `written` is the number of octets of the input.
    fn check<'a>(
        content: Content<'a>,
        written: usize,
        notes: &mut Notes<'_>,
    ) -> Option<Self::Checked<'a>>;

    /// Applies the rules that depend on the day or on the merchant's account.
    fn judge(_checked: &Self::Checked<'_>, _rules: &Rules) -> Result<(), ValueError> {
        Ok(())
    }

    /// Reports what is unusual about a valid value. Only called if warnings were asked for.
    fn warn(_checked: &Self::Checked<'_>, _rules: &Rules, _notes: &mut Notes<'_>) {}

    /// The checked form of a value that exists.
    fn view(&self) -> Self::Checked<'_>;

    /// Builds the value.
    fn build(checked: Self::Checked<'_>) -> Self;

    /// Calls `each` with the texts in which a card number could be hidden.
    fn each_text<'a>(&'a self, _each: &mut dyn FnMut(&'a str)) {}

    /// Writes the value as the gateway reads it.
    fn write(&self, out: &mut dyn ValueWriter);
}

/// What a value offers whatever its type.
pub trait AnyValue {
    /// Writes the value as the gateway reads it.
    fn write_to(&self, out: &mut dyn ValueWriter);
}

impl<T: FieldValue> AnyValue for T {
    fn write_to(&self, out: &mut dyn ValueWriter) {
        self.write(out);
    }
}

/// Where values are written: the body of a request, or JSON for people.
pub trait ValueWriter {
    /// A JSON string with that text.
    fn text(&mut self, text: &str);

    /// An amount, in the form that was chosen for amounts.
    fn amount(&mut self, digits: &str);

    /// URLs, in the form that was chosen for images.
    fn urls(&mut self, urls: &mut dyn ExactSizeIterator<Item = &str>);

    /// JSON text, in the form that was chosen for metadata.
    fn metadata(&mut self, json: &str);

    /// JSON text, in the form that was chosen for the merchant's data.
    fn data(&mut self, json: &str);
}

/// Reads a value from text, as every constructor does.
pub(crate) fn parse<T: FieldValue>(text: &str) -> Result<T, ValueError> {
    let mut errors = Vec::new();
    let mut notes = Notes {
        path: "".into(),
        element: None,
        codes: [None, None],
        errors: &mut errors,
        warnings: None,
    };
    let built = match Input::text(text).content(T::CLEANING, &mut notes) {
        Ok(Content::Missing) => return Err(ValueError::new(&catalog::REQUIRED)),
        Ok(content) => T::check(content, text.len(), &mut notes).map(T::build),
        Err(error) => return Err(error),
    };
    match errors.into_iter().next() {
        Some(error) => Err(error.error),
        None => built.ok_or(ValueError::new(&catalog::REQUIRED)),
    }
}

/// The text of `content` for a field whose JSON type is string.
pub(crate) fn only_text(content: Content<'_>) -> Result<Text<'_>, ValueError> {
    match content {
        Content::Text(text) => Ok(text),
        _ => Err(ValueError::new(&catalog::NOT_TEXT)),
    }
}

/// The text of `content` for digits that people also write as JSON numbers.
pub(crate) fn text_or_digits<'a>(
    content: Content<'a>,
    notes: &mut Notes<'_>,
) -> Result<Text<'a>, ValueError> {
    let Content::Number(number) = content else {
        return only_text(content);
    };
    if !number.bytes().all(|b| b.is_ascii_digit()) {
        return Err(ValueError::new(&catalog::NUMBER_FORM));
    }
    notes.warn(&catalog::NUMBER_AS_TEXT);
    Ok(Text::Borrowed(number))
}
