use std::io;
use std::process::ExitCode;

use nft_invoice::Error;
use nft_invoice::transport::Delivery;

/// How the program ends. The numbers are part of its interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Done = 0,
    Problems = 1,
    Usage = 2,
    Refused = 3,
    NotSent = 4,
    Unknown = 5,
}

/// What keeps a command from doing its work. Nothing was sent; exit 2.
#[derive(Debug)]
pub enum Failure {
    /// Usage, configuration or an input file.
    Usage(String),
    /// Standard output cannot be written to.
    Output(io::Error),
}

impl Exit {
    pub const ALL: [Self; 6] = [
        Self::Done,
        Self::Problems,
        Self::Usage,
        Self::Refused,
        Self::NotSent,
        Self::Unknown,
    ];

    /// How a call that failed with `error` ends.
    pub fn of(error: &Error) -> Self {
        match error {
            Error::Invalid(_) => Self::Problems,
            Error::Config(_) => Self::Usage,
            Error::Rejected { .. } => Self::Refused,
            _ if error.delivery() == Delivery::NotSent || error.is_safe_to_resend() => {
                Self::NotSent
            }
            _ => Self::Unknown,
        }
    }

    pub fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done: valid, accepted, found",
            Self::Problems => "the input has problems; nothing was sent",
            Self::Usage => "usage, configuration or file error; nothing was sent",
            Self::Refused => "the gateway answered no",
            Self::NotSent => "certainly not sent, or a read that got no usable answer",
            Self::Unknown => "unknown: the invoice may have been created",
        }
    }

    pub fn what_to_do(self) -> &'static str {
        match self {
            Self::Done => "Nothing.",
            Self::Problems => {
                "Mend what is reported, each problem at its path, and run the command again."
            }
            Self::Usage => "Read the message on standard error, and the command's --help.",
            Self::Refused => "Look the gateway's code up with `nft-invoice explain CODE`.",
            Self::NotSent => "It is safe to run the command again.",
            Self::Unknown => {
                "Look the invoice up by the reference that was printed (in callbacks, in the gateway's \
                 dashboard, with `history` and `info`). Do not run the command again: it may charge twice."
            }
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

impl Failure {
    pub fn usage(message: impl Into<String>) -> Self {
        Self::Usage(message.into())
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}
