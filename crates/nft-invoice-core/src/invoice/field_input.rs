use zeroize::Zeroize;

use super::wiped::WipedText;
use crate::json;
use crate::value::{Date, DateOfBirth, FieldValue, Form, ImageUrl, Images};

/// What a setter of [`Draft`](super::Draft) takes for a field with values of type `T`: text, a value of type `T`,
/// or an `Option` of either, in which `None` leaves the field out.
///
/// Images also take an array or list of URLs. The trait is sealed.
pub trait FieldInput<T> {
    /// Sets the field.
    #[doc(hidden)]
    fn set(self, setter: Setter<'_, T>);
}

/// Where a setter puts its argument.
#[derive(Debug)]
pub struct Setter<'d, T> {
    pub(super) value: &'d mut Option<T>,
    pub(super) slot: &'d mut Slot,
    pub(super) buffer: &'d mut WipedText,
}

/// Where a field was written.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Slot {
    /// The first value; the others are not read.
    pub(super) first: Option<Written>,
    pub(super) is_repeated: bool,
}

/// A value in the buffer.
#[derive(Clone, Copy, Debug)]
pub(super) struct Written {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) form: Form,
}

impl<T> Setter<'_, T> {
    fn write(self, form: Form, write: impl FnOnce(&mut WipedText)) {
        let start = self.buffer.len();
        write(self.buffer);
        *self.value = None;
        *self.slot = Slot {
            first: Some(Written {
                start,
                end: self.buffer.len(),
                form,
            }),
            is_repeated: false,
        };
    }

    fn text(self, text: &str) {
        self.write(Form::Text, |out| out.push_str(text));
    }

    fn value(self, value: T) {
        *self.slot = Slot::default();
        *self.value = Some(value);
    }
}

impl<T: FieldValue> FieldInput<T> for T {
    fn set(self, setter: Setter<'_, T>) {
        setter.value(self);
    }
}

impl<T: FieldValue> FieldInput<T> for &str {
    fn set(self, setter: Setter<'_, T>) {
        setter.text(self);
    }
}

impl<T: FieldValue> FieldInput<T> for &String {
    fn set(self, setter: Setter<'_, T>) {
        setter.text(self);
    }
}

impl<T: FieldValue> FieldInput<T> for String {
    /// The text may be a card number, so it is wiped.
    fn set(mut self, setter: Setter<'_, T>) {
        setter.text(&self);
        self.zeroize();
    }
}

impl<T: FieldValue, I: FieldInput<T>> FieldInput<T> for Option<I> {
    fn set(self, setter: Setter<'_, T>) {
        match self {
            Some(input) => input.set(setter),
            None => {
                *setter.slot = Slot::default();
                *setter.value = None;
            }
        }
    }
}

impl FieldInput<DateOfBirth> for Date {
    fn set(self, setter: Setter<'_, DateOfBirth>) {
        setter.value(self.into());
    }
}

impl FieldInput<Images> for ImageUrl {
    fn set(self, setter: Setter<'_, Images>) {
        setter.value(self.into());
    }
}

impl<S: AsRef<str>> FieldInput<Images> for &[S] {
    fn set(self, setter: Setter<'_, Images>) {
        setter.write(Form::Json, |out| {
            out.push_str("[");
            for (at, url) in self.iter().enumerate() {
                if at > 0 {
                    out.push_str(",");
                }
                json::write_string(url.as_ref(), &mut |piece| out.push_str(piece));
            }
            out.push_str("]");
        });
    }
}

impl<S: AsRef<str>, const N: usize> FieldInput<Images> for [S; N] {
    fn set(self, setter: Setter<'_, Images>) {
        self.as_slice().set(setter);
    }
}

impl<S: AsRef<str>> FieldInput<Images> for Vec<S> {
    fn set(self, setter: Setter<'_, Images>) {
        self.as_slice().set(setter);
    }
}
