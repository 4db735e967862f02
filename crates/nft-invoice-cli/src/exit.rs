use std::io;
use std::process::ExitCode;

use nft_invoice::Error;
use nft_invoice::transport::Delivery;

/// The exit codes of the program. The numbers are part of its interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    Done = 0,
    Invalid = 1,
    Usage = 2,
    Rejected = 3,
    NotSent = 4,
    Unknown = 5,
    Duplicate = 6,
    Journal = 7,
    Halted = 8,
    /// As for a program that SIGPIPE ends.
    ReaderEnded = 141,
}

/// What keeps a command from doing its work, or from showing it.
#[derive(Debug)]
pub enum Failure {
    /// Usage, configuration or an input file.
    Usage(String),
    /// Standard output cannot be written to.
    Output(io::Error),
}

impl Exit {
    pub const ALL: [Self; 10] = [
        Self::Done,
        Self::Invalid,
        Self::Usage,
        Self::Rejected,
        Self::NotSent,
        Self::Unknown,
        Self::Duplicate,
        Self::Journal,
        Self::Halted,
        Self::ReaderEnded,
    ];

    /// The exit code of a call that failed with `error`.
    pub fn of(error: &Error) -> Self {
        match error {
            Error::Config { .. } => Self::Usage,
            Error::Rejected { .. } => Self::Rejected,
            _ if error.delivery() == Delivery::NotSent || error.is_safe_to_resend() => {
                Self::NotSent
            }
            _ => Self::Unknown,
        }
    }

    pub fn meaning(self) -> &'static str {
        match self {
            Self::Done => "done: valid, accepted, found",
            Self::Invalid => "the input is invalid or contains no invoice; nothing was sent",
            Self::Usage => "usage, configuration or file error; nothing was sent",
            Self::Rejected => {
                "the gateway rejected the call, nothing was found, the sandbox declined the card, or an invoice ended in \
                 another status than `wait` waited for"
            }
            Self::NotSent => "certainly not sent, or a read without a usable response",
            Self::Unknown => {
                "outcome unknown: the invoice may have been created. `bulk`: so it is with some rows, or some are parked \
                 until the next run"
            }
            Self::Duplicate => {
                "`bulk`: a row has two invoices, so that the customer can be charged twice"
            }
            Self::Journal => "`bulk`: the journal cannot be read or written",
            Self::Halted => {
                "`bulk`: some rows still have to be sent, because the run was stopped or ended early"
            }
            Self::ReaderEnded => "the reader of the output ended early, such as `head`",
        }
    }

    pub fn what_to_do(self) -> &'static str {
        match self {
            Self::Done | Self::ReaderEnded => "Nothing.",
            Self::Invalid => "Correct the reported fields and run the command again.",
            Self::Usage => "Read the message on standard error and the command's --help.",
            Self::Rejected => {
                "Read the message on standard error. For a code in it, run `nft-invoice explain CODE`."
            }
            Self::NotSent => "It is safe to run the command again.",
            Self::Duplicate => {
                "List the rows with `nft-invoice bulk unknown`, compare them with the gateway, and refund one of the two."
            }
            Self::Journal => {
                "Keep the journal and the files beside it, read the message, and run no other copy."
            }
            Self::Halted => "Correct the reason that it printed, and run the same command again.",
            Self::Unknown => {
                "`create`: find the invoice with `nft-invoice find REFERENCE`. Do not run the command again: it may charge \
                 twice. `bulk`: follow the notes on standard error; running the same command again charges nobody twice."
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
