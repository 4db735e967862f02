use std::fmt;

use super::field::Field;
use super::validated::Invoice;
use super::wiped::WipedText;
use crate::value::ValueWriter;

/// How fields are written whose form the gateway's documents leave open. The defaults are assumptions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Encoding {
    /// The form of `amount`.
    pub amount: AmountForm,
    /// The form of `nftImageUrls`, a plural name that the document shows with one URL.
    pub images: ImagesForm,
    /// The form of `ipfsMetadata`, documented as "in JSON".
    pub metadata: JsonForm,
    /// The form of a `callbackJson` that is not a string. A string is sent as it is.
    pub callback_data: JsonForm,
}

/// How an amount is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum AmountForm {
    /// As a string: `"15.40"`, `"42"`.
    #[default]
    Text,
    /// As a number: `15.40`, `42`.
    Number,
}

/// How the URLs of images are written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ImagesForm {
    /// One URL as a string, several as an array.
    #[default]
    TextOrArray,
    /// Always as an array.
    Array,
}

/// How JSON inside of the body is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum JsonForm {
    /// As a string that contains the JSON text, as back ends read that take form fields.
    #[default]
    Text,
    /// As the value itself.
    Nested,
}

/// The body of a create request. Its memory is wiped on drop, and `Debug` shows only its length.
pub struct EncodedBody(WipedText);

impl AsRef<[u8]> for EncodedBody {
    fn as_ref(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for EncodedBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EncodedBody({} bytes)", self.0.len())
    }
}

pub(super) fn body(invoice: &Invoice, encoding: &Encoding) -> EncodedBody {
    EncodedBody(write(invoice, encoding, Secrets::Written))
}

pub(super) fn redacted(invoice: &Invoice, encoding: &Encoding) -> String {
    write(invoice, encoding, Secrets::Redacted).to_owned()
}

/// The invoice as its users write it, without the fields that are secrets.
#[cfg(feature = "serde")]
pub(super) fn without_secrets(invoice: &Invoice) -> String {
    let encoding = Encoding {
        metadata: JsonForm::Nested,
        callback_data: JsonForm::Nested,
        ..Encoding::default()
    };
    write(invoice, &encoding, Secrets::LeftOut).to_owned()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Secrets {
    Written,
    Redacted,
    #[cfg_attr(not(feature = "serde"), expect(dead_code))]
    LeftOut,
}

fn write(invoice: &Invoice, encoding: &Encoding, secrets: Secrets) -> WipedText {
    // Enough for most; a buffer that grows is wiped where it was.
    let mut writer = BodyWriter {
        out: WipedText::with_capacity(1024),
        encoding,
    };
    writer.out.push_str("{");
    invoice
        .values()
        .each(|field, value| match (field.is_secret(), secrets) {
            (false, _) | (true, Secrets::Written) => {
                writer.key(field);
                value.write_to(&mut writer);
            }
            (true, Secrets::Redacted) => {
                writer.key(field);
                let last4 = invoice.card_number().and_then(|number| number.last4());
                let last4 = last4
                    .filter(|_| field == Field::CardNumber)
                    .unwrap_or_default();
                writer.text(&format!("[redacted]{last4}"));
            }
            (true, Secrets::LeftOut) => {}
        });
    for (name, value) in invoice.unknown_fields() {
        writer.name(name);
        match secrets {
            Secrets::Redacted => writer.text(&format!("[{} octets]", value.len())),
            Secrets::Written | Secrets::LeftOut => writer.out.push_str(value),
        }
    }
    writer.out.push_str("}");
    writer.out
}

struct BodyWriter<'e> {
    out: WipedText,
    encoding: &'e Encoding,
}

impl BodyWriter<'_> {
    fn key(&mut self, field: Field) {
        let key = field.key();
        self.out
            .push_str(if self.out.len() > 1 { key } else { &key[1..] });
    }

    fn name(&mut self, name: &str) {
        if self.out.len() > 1 {
            self.out.push_str(",");
        }
        self.text(name);
        self.out.push_str(":");
    }

    fn json(&mut self, json: &str, form: JsonForm) {
        match form {
            JsonForm::Text => self.text(json),
            JsonForm::Nested => self.out.push_str(json),
        }
    }
}

impl ValueWriter for BodyWriter<'_> {
    fn text(&mut self, text: &str) {
        self.out.push_json_string(text);
    }

    fn amount(&mut self, digits: &str) {
        match self.encoding.amount {
            AmountForm::Text => self.text(digits),
            AmountForm::Number => self.out.push_str(digits),
        }
    }

    fn urls(&mut self, urls: &mut dyn ExactSizeIterator<Item = &str>) {
        if self.encoding.images == ImagesForm::TextOrArray && urls.len() == 1 {
            urls.for_each(|url| self.text(url));
            return;
        }
        for (at, url) in urls.enumerate() {
            self.out.push_str(if at == 0 { "[" } else { "," });
            self.text(url);
        }
        self.out.push_str("]");
    }

    fn metadata(&mut self, json: &str) {
        self.json(json, self.encoding.metadata);
    }

    fn data(&mut self, json: &str) {
        self.json(json, self.encoding.callback_data);
    }
}
