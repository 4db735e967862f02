use std::fmt;

/// One of the gateway's four calls. An error code means something only together with its call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Call {
    /// Creates an invoice (`POST`). The only call that must not be repeated at will.
    Create,
    /// Reads an invoice's status (`GET`).
    Status,
    /// Reads an invoice's infos (`GET`).
    Info,
    /// Reads the invoice history (`GET`).
    History,
}

impl Call {
    /// Every call.
    pub const ALL: [Self; 4] = [Self::Create, Self::Status, Self::Info, Self::History];

    /// Returns `create`, `status`, `info` or `history`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Status => "status",
            Self::Info => "info",
            Self::History => "history",
        }
    }
}

impl fmt::Display for Call {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
