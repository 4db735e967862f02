use std::fmt;

use zeroize::Zeroizing;

use super::encode::{self, EncodedBody, Encoding};
use super::field::Field;
use super::values::Values;
use crate::value::*;

/// A validated invoice. It comes from [`Draft::validate`](super::Draft::validate).
///
/// It is not `Clone`, so that no copy of the card is made: share it in an `Arc`, or store the values that you need later.
///
/// `Debug` shows which fields it has, and nothing that they contain. With the feature `serde` it serializes as an
/// object in the gateway's names without the card fields, from which a hosted invoice can be read again as a
/// [`Draft`](super::Draft): validate it with the [rules](Rules) of the day on which it was created.
///
/// An S2S invoice that is read again has no card and would pass as a hosted one: store its mode, too, and validate with
/// [`Rules::mode`], so that the missing card is an error.
pub struct Invoice {
    mode: Mode,
    values: Box<Values>,
    /// Fields that the gateway does not document: names, and values as JSON.
    extra: Vec<(String, String)>,
}

/// The card of an S2S invoice.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Card<'i> {
    /// The card's number.
    pub number: &'i CardNumber,
    /// The last month in which it is valid.
    pub expiry: Expiry,
    /// The card verification code.
    pub cvc: &'i Cvc,
}

impl Invoice {
    pub(super) fn new(mode: Mode, values: Box<Values>, extra: Vec<(String, String)>) -> Self {
        Self {
            mode,
            values,
            extra,
        }
    }

    /// Returns who collects the card.
    #[must_use]
    pub fn mode(&self) -> Mode {
        self.mode
    }

    /// Returns the view of a hosted invoice, which has no card fields.
    #[must_use]
    pub fn as_hosted(&self) -> Option<HostedInvoice<'_>> {
        (self.mode == Mode::Hosted).then_some(HostedInvoice(self))
    }

    /// Returns the view of an S2S invoice, in which nothing required is optional.
    #[must_use]
    pub fn as_s2s(&self) -> Option<S2sInvoice<'_>> {
        (self.mode == Mode::S2s).then_some(S2sInvoice(self))
    }

    /// Returns the card: `Some` exactly for an S2S invoice.
    #[must_use]
    pub fn card(&self) -> Option<Card<'_>> {
        Some(Card {
            number: self.values.card_number.as_ref()?,
            expiry: self.values.expiry?,
            cvc: self.values.cvc.as_ref()?,
        })
    }

    /// Returns the reference by which the invoice is found when its response was lost, if it carries one.
    #[must_use]
    pub fn reference(&self) -> Option<Reference> {
        self.values.callback_data.as_ref()?.reference()
    }

    /// Returns the fields that the gateway does not document: names, and values as JSON. They are sent as they are.
    #[must_use]
    pub fn unknown_fields(&self) -> &[(String, String)] {
        &self.extra
    }

    /// Writes the body of the create request. Fields that are absent are left out, never null.
    #[must_use]
    pub fn encode(&self, encoding: &Encoding) -> EncodedBody {
        encode::body(self, encoding)
    }

    /// Writes the body for people: of the card at most the last four digits, and of fields that the gateway does
    /// not document only their length.
    #[must_use]
    pub fn encode_redacted(&self, encoding: &Encoding) -> String {
        encode::redacted(self, encoding)
    }

    /// Returns `message` without this invoice's card number and verification code, which a gateway may repeat when
    /// it refuses them.
    #[must_use]
    pub fn redact(&self, message: &str) -> String {
        let Some(card) = self.card() else {
            return message.to_owned();
        };
        let digits: Zeroizing<String> =
            Zeroizing::new(message.chars().filter(char::is_ascii_digit).collect());
        let all = digits.contains(card.number.expose());
        let mut shown = String::with_capacity(message.len());
        let mut rest = message;
        while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
            let (before, run) = rest.split_at(start);
            let length = run.find(|c: char| !c.is_ascii_digit()).unwrap_or(run.len());
            let (run, after) = run.split_at(length);
            shown.push_str(before);
            let is_secret = all || run == card.cvc.expose();
            shown.push_str(if is_secret { "[redacted]" } else { run });
            rest = after;
        }
        shown + rest
    }

    pub(super) fn values(&self) -> &Values {
        &self.values
    }
}

/// The view of a hosted invoice: it has no card fields.
#[derive(Clone, Copy, Debug)]
pub struct HostedInvoice<'i>(&'i Invoice);

/// The view of an S2S invoice: what is required there is not optional here.
#[derive(Clone, Copy, Debug)]
pub struct S2sInvoice<'i>(&'i Invoice);

macro_rules! invoice_accessors {
    ($($(#[doc = $doc:literal])+ { $variant:ident $name:ident $type:ident $wire:literal $presence:ident $secrecy:ident $codes:tt $($text:literal)+ })+) => {
        /// # Fields
        impl Invoice {
            $(accessor!(invoice $presence [$($doc)+] $name $type);)+
        }

        /// # Fields
        impl<'i> HostedInvoice<'i> {
            $(accessor!(hosted $presence [$($doc)+] $name $type);)+
        }

        /// # Fields
        impl<'i> S2sInvoice<'i> {
            $(accessor!(s2s $presence [$($doc)+] $name $type);)+
        }
    };
}

macro_rules! accessor {
    (invoice required [$($doc:literal)+] $name:ident $type:ident) => {
        $(#[doc = $doc])+
        #[must_use]
        pub fn $name(&self) -> &$type {
            required(&self.values.$name)
        }
    };
    (invoice $presence:ident [$($doc:literal)+] $name:ident $type:ident) => {
        $(#[doc = $doc])+
        #[must_use]
        pub fn $name(&self) -> Option<&$type> {
            self.values.$name.as_ref()
        }
    };
    (hosted card $doc:tt $name:ident $type:ident) => {};
    ($view:ident optional [$($doc:literal)+] $name:ident $type:ident) => {
        $(#[doc = $doc])+
        #[must_use]
        pub fn $name(self) -> Option<&'i $type> {
            self.0.values.$name.as_ref()
        }
    };
    (hosted s2s $doc:tt $name:ident $type:ident) => {
        accessor!(hosted optional $doc $name $type);
    };
    ($view:ident $presence:ident [$($doc:literal)+] $name:ident $type:ident) => {
        $(#[doc = $doc])+
        #[must_use]
        pub fn $name(self) -> &'i $type {
            required(&self.0.values.$name)
        }
    };
}

with_fields!(invoice_accessors);

/// A field that validation requires.
fn required<T>(value: &Option<T>) -> &T {
    value
        .as_ref()
        .expect("validation reports a required field that is missing")
}

impl fmt::Debug for Invoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut names: Vec<&str> = Vec::new();
        self.values.each(|field: Field, _| names.push(field.name()));
        f.debug_struct("Invoice")
            .field("mode", &self.mode)
            .field("fields", &names)
            .field("unknown", &self.extra.len())
            .finish()
    }
}

#[cfg(feature = "serde")]
impl serde::Serialize for Invoice {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let json = encode::without_secrets(self);
        let raw: &serde_json::value::RawValue =
            serde_json::from_str(&json).map_err(serde::ser::Error::custom)?;
        raw.serialize(serializer)
    }
}
