use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};
use zeroize::Zeroizing;

use super::draft::Draft;
use crate::json;
use crate::value::Form;

/// Reads an object of fields: JSON values as they are written, the pairs of a form as text. In other formats
/// strings, integers, booleans and nothing are read; floats and nested objects are of the wrong type. Only JSON has to
/// contain `devise` and `checkoutMode`.
impl<'de> Deserialize<'de> for Draft {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(DraftVisitor)
    }
}

struct DraftVisitor;

impl<'de> Visitor<'de> for DraftVisitor {
    type Value = Draft;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object with the fields of an invoice")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Draft, A::Error> {
        let mut draft = Draft::new();
        while let Some(name) = map.next_key::<String>()? {
            let Value { text, form, is_raw } = map.next_value()?;
            draft.is_json |= is_raw;
            draft.written.push(&name, &text, form);
        }
        Ok(draft)
    }
}

/// The value of a field as it was written.
struct Value {
    text: Zeroizing<String>,
    form: Form,
    /// JSON that was read as JSON.
    is_raw: bool,
}

/// The name under which `serde_json` reads a value as it is written (`serde_json::value::RawValue`); other formats
/// pass over it. A test notices if it changes.
const RAW_VALUE: &str = "$serde_json::private::RawValue";

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(RAW_VALUE, ValueVisitor)
    }
}

struct ValueVisitor;

impl Value {
    fn lost() -> Self {
        Self {
            text: Zeroizing::default(),
            form: Form::Lost,
            is_raw: false,
        }
    }

    fn json<E>(text: impl Into<String>) -> Result<Self, E> {
        Ok(Self {
            text: Zeroizing::new(text.into()),
            form: Form::Json,
            is_raw: false,
        })
    }
}

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the value of a field")
    }

    /// How `serde_json` hands over a value as it is written.
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        match map.next_key::<String>()? {
            Some(key) if key == RAW_VALUE => {
                let text = Zeroizing::new(map.next_value::<String>()?);
                Ok(Value {
                    text,
                    form: Form::Json,
                    is_raw: true,
                })
            }
            Some(_) => {
                map.next_value::<IgnoredAny>()?;
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Value::lost())
            }
            None => Value::json("{}"),
        }
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(
        self,
        deserializer: D,
    ) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Value, E> {
        Ok(Value {
            text: Zeroizing::new(text.to_owned()),
            form: Form::Text,
            is_raw: false,
        })
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Value, E> {
        Ok(Value {
            text: Zeroizing::new(text),
            form: Form::Text,
            is_raw: false,
        })
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Value::json(value.to_string())
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Value::json(value.to_string())
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Value::json(value.to_string())
    }

    /// The digits of a float are not those that were written.
    fn visit_f64<E: Error>(self, _: f64) -> Result<Value, E> {
        Ok(Value::lost())
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Value::json("null")
    }

    fn visit_none<E: Error>(self) -> Result<Value, E> {
        Value::json("null")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let mut text = Zeroizing::new(String::from("["));
        let mut is_lost = false;
        while let Some(element) = elements.next_element::<Value>()? {
            if text.len() > 1 {
                text.push(',');
            }
            match element.form {
                Form::Json | Form::JsonText => text.push_str(&element.text),
                Form::Text => json::write_string(&element.text, &mut |piece| text.push_str(piece)),
                Form::Lost => is_lost = true,
            }
        }
        if is_lost {
            return Ok(Value::lost());
        }
        text.push(']');
        Ok(Value {
            text,
            form: Form::Json,
            is_raw: false,
        })
    }
}
