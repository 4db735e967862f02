use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;

use thiserror::Error;

use crate::callback::CallbackUrlError;
use crate::http::INVALID_CA;
use crate::store::DatabaseError;
use crate::text::ParseError;

/// Why a sandbox did not start.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StartError {
    /// The address cannot be bound: it is in use, or does not belong to this machine.
    #[error("cannot listen on {address}")]
    Listen {
        /// The requested address.
        address: SocketAddr,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The address is not a loopback address, and remote access is not allowed.
    #[error(
        "{address} is not a loopback address; allow remote access with `allow_remote` or `--allow-remote`"
    )]
    Remote {
        /// The requested address.
        address: SocketAddr,
    },
    /// The public URL is not an origin.
    #[error("invalid public URL")]
    PublicUrl(#[from] ParseError),
    /// The name of an allowed host is invalid.
    #[error("invalid host name to allow; expected a name without scheme and port, such as sandbox")]
    AllowedHost,
    /// An API key is not valid in a header, or is repeated.
    #[error("API keys must be visible ASCII without spaces, and each must be unique")]
    ApiKey,
    /// The merchant's name is blank, too long, or contains control characters.
    #[error("invalid merchant name; expected 1 to 100 characters without line breaks")]
    MerchantName,
    /// A limit is not an amount, or the minimum is above the maximum.
    #[error(
        "invalid amount limits {minimum:?} and {maximum:?}; expected two amounts such as \"1\" and \"5000\", the minimum first"
    )]
    AmountLimits {
        /// The given minimum.
        minimum: String,
        /// The given maximum.
        maximum: String,
    },
    /// The time for the frozen clock is invalid.
    #[error("invalid time {time:?}; expected a UTC time such as \"2025-01-01T00:00:00Z\"")]
    ClockTime {
        /// The given text.
        time: String,
    },
    /// The assumption or its option is unknown.
    #[error("unknown assumption {id}={option}; expected one of: {}", known.join(", "))]
    Assumption {
        /// The given id.
        id: String,
        /// The given option.
        option: String,
        /// The known ids, or the options of this id.
        known: Vec<&'static str>,
    },
    /// The callback URL is invalid or not allowed.
    #[error("invalid callback URL")]
    Callback(#[from] CallbackUrlError),
    /// The database cannot be opened.
    #[error("cannot open the database {}", path.display())]
    Database {
        /// The path of the database.
        path: PathBuf,
        /// The cause.
        source: DatabaseError,
    },
    /// A certificate for https callbacks is invalid or missing.
    #[error("invalid certificates for callbacks; {INVALID_CA}")]
    CallbackCa,
    /// The thread or its runtime cannot be started.
    #[error("cannot start the sandbox's thread")]
    Thread {
        /// The error of the operating system.
        source: io::Error,
    },
}
