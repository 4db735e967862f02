use std::fmt;

macro_rules! codes {
    ($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)+
        }

        impl $name {
            /// Every code.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Returns the code's name.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $text,)+
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.as_str())
            }
        }
    };
}

codes! {
    /// The kind of a validation error. Stable: programs may match on it.
    ErrorCode {
        /// The field is missing, `null` or blank, and the mode requires it.
        Required = "required",
        /// The value has another JSON type than the field.
        WrongType = "wrong_type",
        /// The value does not have the field's format.
        Malformed = "malformed",
        /// The value has fewer characters or digits than the minimum.
        TooShort = "too_short",
        /// The value has more characters, digits, octets or elements than the maximum.
        TooLong = "too_long",
        /// The format is right, but the value is beyond a limit: a day that does not exist, an amount of zero.
        OutOfRange = "out_of_range",
        /// The format is right, but the gateway does not accept the value: another currency, an unknown country.
        Unsupported = "unsupported",
        /// The card number's check digit is wrong.
        Checksum = "checksum",
        /// The card has expired on the day given.
        Expired = "expired",
        /// The field or value is not allowed here: card data in a hosted invoice.
        NotAllowed = "not_allowed",
        /// The field is repeated.
        Duplicate = "duplicate",
        /// A card number in a field that is not for cards: metadata is public, callbacks and URLs are logged.
        CardData = "card_data",
    }
}

codes! {
    /// The kind of a warning. Stable: programs may match on it.
    WarningCode {
        /// The value is sent in another form than it was entered in.
        Normalized = "normalized",
        /// The value is allowed, but probably a mistake.
        Unusual = "unusual",
        /// A plain http URL.
        InsecureUrl = "insecure_url",
        /// A URL that only this machine or its local network can open.
        LocalAddress = "local_address",
        /// An IP address that no customer on the internet has.
        ReservedIp = "reserved_ip",
        /// A published test card number.
        TestCard = "test_card",
        /// The card expires within its last month.
        ExpiresSoon = "expires_soon",
        /// The gateway does not document this field.
        UnknownField = "unknown_field",
        /// Digits that look like a card number, without evidence that they are one.
        PossibleCard = "possible_card",
    }
}
