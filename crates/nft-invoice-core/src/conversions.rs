//! The conversions that all value types share, each spelled the same.

/// `Debug` that names the type and shows nothing of the value.
macro_rules! opaque_debug {
    ($($name:ident),+ $(,)?) => {$(
        impl std::fmt::Debug for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(concat!(stringify!($name), "(..)"))
            }
        }
    )+};
}

/// `FromStr` and `TryFrom<&str>` through [`FieldValue`](crate::value::FieldValue).
macro_rules! parses {
    ($($name:ident),+ $(,)?) => {$(
        impl std::str::FromStr for $name {
            type Err = crate::error::ValueError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                crate::value::parse(text)
            }
        }

        try_from_str!($name);
    )+};
}

/// `TryFrom<&str>` through `FromStr`.
macro_rules! try_from_str {
    ($($name:ident),+ $(,)?) => {$(
        impl TryFrom<&str> for $name {
            type Error = crate::error::ValueError;

            fn try_from(text: &str) -> Result<Self, Self::Error> {
                text.parse()
            }
        }
    )+};
}

/// With the feature `serde`: a string, through `Display` and `FromStr`.
macro_rules! serde_as_text {
    ($($name:ident),+ $(,)?) => {$(
        #[cfg(feature = "serde")]
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        #[cfg(feature = "serde")]
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )+};
}

/// What a type around a `String` offers beside its constructor.
macro_rules! text_conversions {
    ($($name:ident),+ $(,)?) => {$(
        impl $name {
            /// Returns the text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Returns the text, without a copy.
            #[must_use]
            pub fn into_inner(self) -> String {
                self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl From<$name> for String {
            fn from(value: $name) -> Self {
                value.0
            }
        }

        serde_as_text!($name);
    )+};
}

/// A field's type around a `String`: `check` is its rule, `warn` what is unusual about it.
macro_rules! text_field {
    ($(#[$doc:meta])* $name:ident, $cleaning:ident, $text:ident, check: $check:expr, warn: $warn:expr $(,)?) => {
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        opaque_debug!($name);
        parses!($name);
        text_conversions!($name);

        impl crate::value::FieldValue for $name {
            type Checked<'a> = crate::json::Text<'a>;
            const CLEANING: crate::value::Cleaning = crate::value::Cleaning::$cleaning;

            fn check<'a>(
                content: crate::value::Content<'a>,
                _written: usize,
                notes: &mut crate::error::Notes<'_>,
            ) -> Option<Self::Checked<'a>> {
                let text = text_field!(@$text content, notes);
                let checked = text.and_then(|text| $check(&text).map(|()| text));
                notes.keep(checked)
            }

            fn warn(text: &Self::Checked<'_>, _: &crate::value::Rules, notes: &mut crate::error::Notes<'_>) {
                $warn(text, notes);
            }

            fn view(&self) -> Self::Checked<'_> {
                crate::json::Text::Borrowed(&self.0)
            }

            fn build(text: Self::Checked<'_>) -> Self {
                Self(text.to_owned())
            }

            fn each_text<'a>(&'a self, each: &mut dyn FnMut(&'a str)) {
                each(&self.0);
            }

            fn write(&self, out: &mut dyn crate::value::field_value::ValueWriter) {
                out.text(&self.0);
            }
        }
    };
    (@text $content:ident, $notes:ident) => {
        crate::value::field_value::only_text($content)
    };
    (@digits $content:ident, $notes:ident) => {
        crate::value::field_value::text_or_digits($content, $notes)
    };
}

/// What a type around JSON text offers beside its constructors. Serde writes it as the value that it is.
macro_rules! json_conversions {
    ($name:ident) => {
        impl $name {
            /// Returns the JSON text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// Returns the JSON text, without a copy.
            #[must_use]
            pub fn into_inner(self) -> String {
                self.0
            }
        }

        impl AsRef<str> for $name {
            fn as_ref(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        #[cfg(feature = "serde")]
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let raw: &serde_json::value::RawValue =
                    serde_json::from_str(&self.0).map_err(serde::ser::Error::custom)?;
                raw.serialize(serializer)
            }
        }

        #[cfg(feature = "serde")]
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let raw = <Box<serde_json::value::RawValue>>::deserialize(deserializer)?;
                raw.get().parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
