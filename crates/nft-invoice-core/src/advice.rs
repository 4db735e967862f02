use std::fmt;

use crate::problem::shown;

/// What is probably a mistake, but blocks nothing. Stable: programs may match on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum AdviceCode {
    /// A member that the gateway does not document. It is kept and sent on.
    UnknownField,
    /// Something other than what was written is sent: digits without separators, upper-case letters.
    Normalized,
    /// Plain http.
    InsecureUrl,
    /// An address that only this machine or its network reaches.
    LocalAddress,
    /// A customer's address out of a range that no customer comes from.
    ReservedIp,
    /// The card is in its last month, or in the one day of grace after it.
    ExpiresSoon,
    /// A well-known test number.
    TestCard,
    /// Unusual; the message says what.
    Unusual,
}

impl AdviceCode {
    /// Every code.
    pub const ALL: [Self; 8] = [
        Self::UnknownField,
        Self::Normalized,
        Self::InsecureUrl,
        Self::LocalAddress,
        Self::ReservedIp,
        Self::ExpiresSoon,
        Self::TestCard,
        Self::Unusual,
    ];

    /// The code's name, as in `expires_soon`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnknownField => "unknown_field",
            Self::Normalized => "normalized",
            Self::InsecureUrl => "insecure_url",
            Self::LocalAddress => "local_address",
            Self::ReservedIp => "reserved_ip",
            Self::ExpiresSoon => "expires_soon",
            Self::TestCard => "test_card",
            Self::Unusual => "unusual",
        }
    }
}

impl fmt::Display for AdviceCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// One thing about an invoice that is worth a look. It never blocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Advice {
    pub(crate) path: String,
    pub(crate) remark: Remark,
}

impl Advice {
    /// Where, as an RFC 6901 JSON Pointer in the gateway's names.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What, for programs.
    #[must_use]
    pub fn code(&self) -> AdviceCode {
        self.remark.code
    }

    /// What, for people; never what was given.
    #[must_use]
    pub fn message(&self) -> &str {
        self.remark.message
    }
}

impl fmt::Display for Advice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{}: {} ({})",
            shown(&self.path),
            self.message(),
            self.code()
        )
    }
}

/// What a value says of itself, without saying where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Remark {
    pub(crate) code: AdviceCode,
    pub(crate) message: &'static str,
}

/// The remark that something is unusual.
pub(crate) const fn unusual(message: &'static str) -> Remark {
    Remark {
        code: AdviceCode::Unusual,
        message,
    }
}
