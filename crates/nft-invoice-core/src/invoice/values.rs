use super::check::Checker;
use super::field::Field;
use crate::value::*;

macro_rules! field_values {
    ($($(#[doc = $doc:literal])+ { $variant:ident $name:ident $type:ident $wire:literal $presence:ident $secrecy:ident $codes:tt $($text:literal)+ })+) => {
        /// The values of an invoice's fields.
        #[derive(Default)]
        pub(crate) struct Values {
            $(pub(crate) $name: Option<$type>,)+
        }

        /// The same before they are built.
        pub(crate) struct CheckedValues<'a> {
            $(pub(crate) $name: Option<<$type as FieldValue>::Checked<'a>>,)+
        }

        impl<'a> CheckedValues<'a> {
            /// Checks every field: `values` that exist, or else what was written.
            pub(crate) fn check(values: &Values, checker: &mut Checker<'a, '_>) -> Self {
                Self {
                    $($name: checker.field::<$type>(Field::$variant, values.$name.as_ref()),)+
                }
            }

            /// Builds what is not among `values`. A field without a value is not written: an absent value moved
            /// from the stack would bring along what an earlier call left there.
            pub(crate) fn build(self, values: &mut Values) {
                $(if let (Some(checked), None) = (self.$name, &values.$name) {
                    values.$name = Some(<$type>::build(checked));
                })+
            }
        }

        impl Values {
            /// Whether there is a value of `field`.
            pub(crate) fn has(&self, field: Field) -> bool {
                match field {
                    $(Field::$variant => self.$name.is_some(),)+
                }
            }

            /// Calls `each` with the fields that have a value.
            pub(crate) fn each(&self, mut each: impl FnMut(Field, &dyn AnyValue)) {
                $(if let Some(value) = &self.$name {
                    each(Field::$variant, value);
                })+
            }
        }
    };
}

with_fields!(field_values);
