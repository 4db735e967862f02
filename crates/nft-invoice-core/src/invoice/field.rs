use std::fmt;

use crate::error::{ValidationError, Warning};
use crate::value::Mode;

/// Whether a mode requires a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Presence {
    /// The invoice is invalid without the field.
    Required,
    /// The field can be left out.
    Optional,
    /// The invoice is invalid with the field.
    Forbidden,
}

macro_rules! field_enum {
    ($($(#[doc = $doc:literal])+ { $variant:ident $name:ident $type:ident $wire:literal $presence:ident $secrecy:ident [$missing:expr, $invalid:expr] $rule:literal $example:literal $source:literal })+) => {
        /// A field of an invoice. The order is that in which errors are reported and bodies are written.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Field {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl Field {
            /// Every field.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Returns the field with that name on the wire.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                match name {
                    $($wire => Some(Self::$variant),)+
                    _ => None,
                }
            }
        }

        const TABLE: [Row; Field::ALL.len()] = [$(Row {
            name: $wire,
            path: concat!("/", $wire),
            key: concat!(",\"", $wire, "\":"),
            setter: stringify!($name),
            type_name: stringify!($type),
            is_secret: is_secret!($secrecy),
            codes: [$missing, $invalid],
            doc: concat!($($doc),+),
            rule: $rule,
            example: $example,
            source: $source,
        },)+];

        /// In hosted and in S2S. Not a part of the rows, because each check of an invoice reads all of it.
        const PRESENCE: [[Presence; 2]; Field::ALL.len()] = [$(presence!($presence)),+];
    };
}

macro_rules! presence {
    (required) => {
        [Presence::Required, Presence::Required]
    };
    (s2s) => {
        [Presence::Optional, Presence::Required]
    };
    (card) => {
        [Presence::Forbidden, Presence::Required]
    };
    (optional) => {
        [Presence::Optional, Presence::Optional]
    };
}

macro_rules! is_secret {
    (secret) => {
        true
    };
    (shown) => {
        false
    };
}

struct Row {
    name: &'static str,
    path: &'static str,
    /// The name as it is written after another field.
    key: &'static str,
    setter: &'static str,
    type_name: &'static str,
    is_secret: bool,
    codes: [Option<i64>; 2],
    doc: &'static str,
    rule: &'static str,
    example: &'static str,
    source: &'static str,
}

with_fields!(field_enum);

impl Field {
    /// The card fields: one that is filled in makes an invoice S2S.
    pub(crate) const CARD: [Self; 3] = [Self::CardNumber, Self::Expiry, Self::Cvc];

    const fn row(self) -> &'static Row {
        &TABLE[self as usize]
    }

    /// Returns the name on the wire, such as `card_ccv`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        self.row().name
    }

    /// Returns the field's JSON Pointer, such as `/card_ccv`.
    #[must_use]
    pub const fn path(self) -> &'static str {
        self.row().path
    }

    pub(super) const fn key(self) -> &'static str {
        self.row().key
    }

    /// Returns the name of the setter and accessor, such as `cvc`.
    #[must_use]
    pub const fn rust_name(self) -> &'static str {
        self.row().setter
    }

    /// Returns the name of the value's type, such as `Cvc`.
    #[must_use]
    pub const fn type_name(self) -> &'static str {
        self.row().type_name
    }

    /// Returns whether `mode` requires the field.
    #[must_use]
    pub const fn presence(self, mode: Mode) -> Presence {
        PRESENCE[self as usize][mode as usize]
    }

    /// Returns whether the value is a secret, which nothing shows.
    #[must_use]
    pub const fn is_secret(self) -> bool {
        self.row().is_secret
    }

    /// Returns the codes with which the gateway answers a missing and an invalid value, where it documents them.
    #[must_use]
    pub const fn gateway_codes(self) -> [Option<i64>; 2] {
        self.row().codes
    }

    /// Returns a line of documentation.
    #[must_use]
    pub fn doc(self) -> &'static str {
        self.row().doc.trim_start()
    }

    /// Returns the rule, in Markdown.
    #[must_use]
    pub const fn rule(self) -> &'static str {
        self.row().rule
    }

    /// Returns a valid value, as JSON.
    #[must_use]
    pub const fn example(self) -> &'static str {
        self.row().example
    }

    /// Returns where the field is documented: `D` is the gateway's document of the create call, `P` its other
    /// public pages.
    #[must_use]
    pub const fn source(self) -> &'static str {
        self.row().source
    }
}

impl ValidationError {
    /// Returns the field that a form shows the error beside: for `/nftImageUrls/0`, the images. `None` for a field
    /// that the gateway does not document, and for the input as a whole.
    #[must_use]
    pub fn field(&self) -> Option<Field> {
        at(self.path())
    }
}

impl Warning {
    /// Returns the field that a form shows the warning beside. `None` for a field that the gateway does not document.
    #[must_use]
    pub fn field(&self) -> Option<Field> {
        at(self.path())
    }
}

/// The field that the JSON Pointer `path` begins with.
fn at(path: &str) -> Option<Field> {
    Field::from_name(path.strip_prefix('/')?.split('/').next()?)
}

/// Shows the name on the wire.
impl fmt::Display for Field {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
