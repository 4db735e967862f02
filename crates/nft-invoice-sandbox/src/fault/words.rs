use crate::fault::FaultError;
use crate::fault::cursor::Cursor;

/// A word of the grammar, with the parser of the word's arguments.
pub(super) struct Word<T> {
    pub(super) text: &'static str,
    pub(super) parse: fn(&mut Cursor<'_>) -> Result<T, FaultError>,
}

/// A type with one word per variant, declared with [`words!`].
pub(super) trait Words: Sized + 'static {
    /// In the order in which errors list them.
    const WORDS: &'static [Word<Self>];

    fn word(&self) -> &'static str;

    /// Parses a word and its arguments; an error lists the words as `kind`.
    fn parse(cursor: &mut Cursor<'_>, kind: &str) -> Result<Self, FaultError> {
        (cursor.choose(kind, Self::WORDS.iter())?.parse)(cursor)
    }
}

/// Declares an enum with one word per variant; [`Words`] and `Display` follow from it.
///
/// `"limit" => Limit { most: Number<1, 9>, "/" within: Span }` in an `enum Name ("(" ")")` reads and writes `limit(5/10s)`:
/// the tokens in front of an [`Argument`](crate::fault::argument::Argument) precede it, and those after `;` follow the last.
macro_rules! words {
    (
        $(#[$about:meta])*
        enum $name:ident ($open:literal $close:literal) {
            $(
                $(#[$note:meta])*
                $text:literal => $variant:ident $({
                    $($($token:literal)* $argument:ident: $type:ty),+ $(; $($end:literal)+)?
                })?,
            )+
        }
    ) => {
        $(#[$about])*
        pub(super) enum $name {
            $($(#[$note])* $variant $({ $($argument: $type),+ })?,)+
        }

        impl $crate::fault::words::Words for $name {
            const WORDS: &'static [$crate::fault::words::Word<Self>] = &[$(
                $crate::fault::words::Word {
                    text: $text,
                    parse: |_cursor| {
                        $(
                            _cursor.expect($open)?;
                            $(let $argument = <$type>::parse_after(&[$($token),*], _cursor)?;)+
                            $($(_cursor.expect($end)?;)+)?
                            _cursor.expect($close)?;
                        )?
                        Ok(Self::$variant $({ $($argument),+ })?)
                    },
                },
            )+];

            fn word(&self) -> &'static str {
                match self {
                    $(Self::$variant { .. } => $text,)+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self {
                    $(Self::$variant $({ $($argument),+ })? => {
                        f.write_str($text)?;
                        $(
                            f.write_str($open)?;
                            $($argument.write_after(&[$($token),*], f)?;)+
                            $($(f.write_str($end)?;)+)?
                            f.write_str($close)?;
                        )?
                        Ok(())
                    })+
                }
            }
        }
    };
}

pub(super) use words;
