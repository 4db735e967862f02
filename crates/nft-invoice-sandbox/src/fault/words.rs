use crate::fault::FaultError;
use crate::fault::cursor::Cursor;

/// A word of the grammar, with the parser of the word's argument.
pub(super) struct Word<T> {
    pub(super) text: &'static str,
    pub(super) parse: fn(&mut Cursor<'_>) -> Result<T, FaultError>,
}

/// A type with one word per variant, declared with [`words!`].
pub(super) trait Words: Sized + 'static {
    /// In the order in which errors list them.
    const WORDS: &'static [Word<Self>];

    fn word(&self) -> &'static str;

    /// Parses a word and its argument; an error lists the words as `kind`.
    fn parse(cursor: &mut Cursor<'_>, kind: &str) -> Result<Self, FaultError> {
        (cursor.choose(kind, Self::WORDS.iter())?.parse)(cursor)
    }
}

/// Declares an enum with one word per variant. A variant may have an [`Argument`](crate::fault::argument::Argument), which
/// is written between the two tokens after the enum's name. [`Words`] and `Display` follow from the declaration.
macro_rules! words {
    (
        $(#[$about:meta])*
        enum $name:ident ($open:literal $close:literal) {
            $($(#[$note:meta])* $text:literal => $variant:ident $(($argument:ident: $type:ty))?,)+
        }
    ) => {
        $(#[$about])*
        pub(super) enum $name {
            $($(#[$note])* $variant $(($type))?,)+
        }

        impl $crate::fault::words::Words for $name {
            const WORDS: &'static [$crate::fault::words::Word<Self>] = &[
                $($crate::fault::words::Word {
                    text: $text,
                    parse: |_cursor| Ok(Self::$variant $((_cursor.between(
                        $open,
                        $close,
                        <$type as $crate::fault::argument::Argument>::parse,
                    )?))?),
                },)+
            ];

            fn word(&self) -> &'static str {
                match self {
                    $(Self::$variant { .. } => $text,)+
                }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                match self {
                    $(Self::$variant $(($argument))? => {
                        f.write_str($text)?;
                        $(
                            f.write_str($open)?;
                            $crate::fault::argument::Argument::write($argument, f)?;
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
