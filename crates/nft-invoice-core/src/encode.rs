//! An invoice as the gateway reads it.

use std::fmt;

use zeroize::Zeroizing;

use crate::draft::Value;
use crate::field::Field;
use crate::invoice::Invoice;
use crate::json;

/// How the members are written that the gateway's documentation leaves open. The defaults are assumptions;
/// change one if the gateway turns out to read it otherwise.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Encoding {
    /// `amount`.
    pub amount: AmountForm,
    /// `nftImageUrls`, a plural name that the documentation shows with one URL.
    pub images: ImagesForm,
    /// `ipfsMetadata`, documented as "in JSON".
    pub metadata: JsonForm,
    /// `callbackJson` that is not a string; a string goes as it is.
    pub callback_data: JsonForm,
}

/// How an amount is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AmountForm {
    /// `"15.40"`, `"42"`.
    #[default]
    Text,
    /// `15.40`, `42`.
    Number,
}

/// How the images' URLs are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ImagesForm {
    /// One URL as a string, several as an array.
    #[default]
    TextOrArray,
    /// Always an array.
    Array,
}

/// How JSON inside the body is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum JsonForm {
    /// A JSON string that holds the value's text, as form-like fields are read.
    #[default]
    Text,
    /// The value itself.
    Nested,
}

/// The body of a create request. Its memory is wiped on drop; `Debug` shows its length.
pub struct EncodedBody(Zeroizing<Vec<u8>>);

impl AsRef<[u8]> for EncodedBody {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl fmt::Debug for EncodedBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EncodedBody({} bytes)", self.0.len())
    }
}

/// Writes `invoice` as the gateway reads it. Members that are absent are left out, never null.
#[must_use]
pub fn encode(invoice: &Invoice, encoding: &Encoding) -> EncodedBody {
    // Measured first and written once: a buffer that grows leaves copies of the card behind.
    let mut length = 0;
    write(invoice, encoding, Shown::All, &mut |piece| {
        length += piece.len()
    });
    let mut body = Zeroizing::new(Vec::with_capacity(length));
    write(invoice, encoding, Shown::All, &mut |piece| {
        body.extend_from_slice(piece)
    });
    EncodedBody(body)
}

/// The body for people: the card's last four digits at most, and of members that the gateway does not
/// document the name and length only.
#[must_use]
pub fn redacted(invoice: &Invoice, encoding: &Encoding) -> String {
    let mut text = Vec::new();
    write(invoice, encoding, Shown::NoSecrets, &mut |piece| {
        text.extend_from_slice(piece)
    });
    String::from_utf8(text).unwrap_or_default()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    All,
    NoSecrets,
}

fn write(invoice: &Invoice, encoding: &Encoding, shown: Shown, out: &mut impl FnMut(&[u8])) {
    let mut separator: &[u8] = b"{";
    for (field, value) in invoice.members() {
        out(separator);
        separator = b",";
        json::write_string(field.name(), out);
        out(b":");
        if field.is_card() && shown == Shown::NoSecrets {
            let last4 = invoice.card_last4().filter(|_| field == Field::CardNumber);
            json::write_string(&format!("[redacted]{}", last4.unwrap_or_default()), out);
        } else {
            write_value(field, &value, encoding, out);
        }
    }
    for (name, value) in invoice.extra() {
        out(separator);
        separator = b",";
        json::write_string(name, out);
        out(b":");
        match shown {
            Shown::All => out(value.as_bytes()),
            Shown::NoSecrets => json::write_string(&format!("[{} octets]", value.len()), out),
        }
    }
    out(b"}");
}

fn write_value(field: Field, value: &Value<'_>, encoding: &Encoding, out: &mut impl FnMut(&[u8])) {
    match (field, value) {
        (Field::Amount, Value::Text(digits)) if encoding.amount == AmountForm::Number => {
            out(digits.as_bytes());
        }
        (Field::Images, Value::Json(array)) => {
            let urls = json::elements(array).unwrap_or_default();
            match urls.as_slice() {
                [only] if encoding.images == ImagesForm::TextOrArray => out(only.as_bytes()),
                _ => out(array.as_bytes()),
            }
        }
        (_, Value::Text(text)) => json::write_string(text, out),
        (_, Value::Json(raw)) => match form_of(field, encoding) {
            JsonForm::Text => json::write_string(raw, out),
            JsonForm::Nested => out(raw.as_bytes()),
        },
    }
}

fn form_of(field: Field, encoding: &Encoding) -> JsonForm {
    if field == Field::Metadata {
        encoding.metadata
    } else {
        encoding.callback_data
    }
}
