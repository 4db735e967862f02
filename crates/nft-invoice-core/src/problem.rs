use std::borrow::Cow;
use std::error::Error;
use std::fmt;

/// Why the gateway would refuse a member, or why sending it would be wrong. Stable: programs may match on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum ProblemCode {
    /// The mode needs the member, and it is missing, `null` or blank.
    Required,
    /// Another JSON type than the member has.
    WrongType,
    /// Not of the member's form.
    Malformed,
    /// Fewer characters or digits than the least.
    TooShort,
    /// More characters, digits or octets than the most.
    TooLong,
    /// Of the right form, but beyond a limit: a day that does not exist, an amount of zero.
    OutOfRange,
    /// Of the right form, but not one the gateway takes: another currency, a country that does not exist.
    Unsupported,
    /// The card number's check digit is wrong.
    Checksum,
    /// The card is no longer valid on the day asked about.
    Expired,
    /// A card in a hosted invoice.
    NotAllowed,
    /// The member stands twice.
    Duplicate,
    /// A card number where it does not belong: metadata is public for ever, callbacks and URLs are logged.
    CardData,
}

impl ProblemCode {
    /// Every code.
    pub const ALL: [Self; 12] = [
        Self::Required,
        Self::WrongType,
        Self::Malformed,
        Self::TooShort,
        Self::TooLong,
        Self::OutOfRange,
        Self::Unsupported,
        Self::Checksum,
        Self::Expired,
        Self::NotAllowed,
        Self::Duplicate,
        Self::CardData,
    ];

    /// The code's name, as in `card_data`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Required => "required",
            Self::WrongType => "wrong_type",
            Self::Malformed => "malformed",
            Self::TooShort => "too_short",
            Self::TooLong => "too_long",
            Self::OutOfRange => "out_of_range",
            Self::Unsupported => "unsupported",
            Self::Checksum => "checksum",
            Self::Expired => "expired",
            Self::NotAllowed => "not_allowed",
            Self::Duplicate => "duplicate",
            Self::CardData => "card_data",
        }
    }
}

impl fmt::Display for ProblemCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// What is wrong with one value, without saying where it stands: the error of every field's constructor.
///
/// Its message states the rule and what would be right, never what was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    code: ProblemCode,
    message: Cow<'static, str>,
}

impl Fault {
    pub(crate) fn new(code: ProblemCode, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            code,
            message: message.into(),
        }
    }

    /// What is wrong, for programs.
    #[must_use]
    pub fn code(&self) -> ProblemCode {
        self.code
    }

    /// The rule, for people.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Fault {}

/// One thing that is wrong with an invoice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    pub(crate) path: String,
    pub(crate) fault: Fault,
    pub(crate) gateway_code: Option<u32>,
}

impl Problem {
    /// Where, as an RFC 6901 JSON Pointer in the gateway's names: `/card_number`, `/nftImageUrls/0`.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What, for programs.
    #[must_use]
    pub fn code(&self) -> ProblemCode {
        self.fault.code
    }

    /// What, for people: the rule and what would be right, never what was given.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.fault.message
    }

    /// The error code that the gateway would have answered, where it documents one.
    #[must_use]
    pub fn gateway_code(&self) -> Option<u32> {
        self.gateway_code
    }
}

impl fmt::Display for Problem {
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

/// Every problem of one input, in the order of the fields. There is at least one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems(Vec<Problem>);

impl Problems {
    /// `None` when there is none.
    pub(crate) fn new(problems: Vec<Problem>) -> Option<Self> {
        (!problems.is_empty()).then_some(Self(problems))
    }

    /// A problem of the input as a whole.
    pub(crate) fn whole(fault: Fault) -> Self {
        Self(vec![Problem {
            path: String::new(),
            fault,
            gateway_code: None,
        }])
    }

    /// The problems, in the order of the fields.
    #[must_use]
    pub fn as_slice(&self) -> &[Problem] {
        &self.0
    }

    /// The problems, in the order of the fields.
    pub fn iter(&self) -> std::slice::Iter<'_, Problem> {
        self.0.iter()
    }
}

impl<'a> IntoIterator for &'a Problems {
    type Item = &'a Problem;
    type IntoIter = std::slice::Iter<'a, Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl IntoIterator for Problems {
    type Item = Problem;
    type IntoIter = std::vec::IntoIter<Problem>;

    fn into_iter(self) -> Self::IntoIter {
        self.0.into_iter()
    }
}

impl fmt::Display for Problems {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0.as_slice() {
            [only] => write!(f, "the invoice has a problem: {only}"),
            all => {
                write!(f, "the invoice has {} problems", all.len())?;
                for (at, problem) in all.iter().enumerate() {
                    write!(f, "{} {problem}", if at == 0 { ":" } else { ";" })?;
                }
                Ok(())
            }
        }
    }
}

impl Error for Problems {}

/// A path as it may stand in a line of text: a member's name can hold control characters.
pub(crate) fn shown(path: &str) -> Cow<'_, str> {
    if path.is_empty() {
        return Cow::Borrowed("the input");
    }
    if path.contains(|c: char| c.is_control()) {
        return Cow::Owned(path.escape_debug().to_string());
    }
    Cow::Borrowed(path)
}
