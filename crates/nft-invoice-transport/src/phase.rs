use std::error::Error;
use std::fmt;
use std::io;

use crate::{Cancelled, ResponseTooLarge};

/// The part of a send in which it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Phase {
    /// Checking the request, before any network access.
    Preparing,
    /// Resolving the host name, TCP, the proxy and the TLS handshake.
    Connecting,
    /// Writing the request.
    Sending,
    /// The request is written, and the head of the response is not complete.
    AwaitingResponse,
    /// The head of the response is complete, and its body is not.
    ReadingResponse,
}

impl fmt::Display for Phase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Preparing => "preparing the request",
            Self::Connecting => "connecting",
            Self::Sending => "sending the request",
            Self::AwaitingResponse => "waiting for the response",
            Self::ReadingResponse => "reading the response",
        })
    }
}

/// Returns the cause in a few fixed words, from the first error in the chain that has one.
///
/// Fixed words, because the text of an error may contain a URL or a proxy's credentials.
pub(crate) fn cause(error: &(dyn Error + 'static)) -> Option<&'static str> {
    let mut next = Some(error);
    while let Some(error) = next {
        let io = error.downcast_ref::<io::Error>();
        let known = match io {
            Some(io) => from_kind(io).or_else(|| from_resolver(io)),
            None => from_own(error).or_else(|| from_tls(error)),
        };
        if known.is_some() {
            return known;
        }
        // The source of an `io::Error` is that of the error inside of it: the one inside would be skipped.
        next = match io.and_then(io::Error::get_ref) {
            Some(inside) => Some(inside),
            None => error.source(),
        };
    }
    None
}

fn from_own(error: &(dyn Error + 'static)) -> Option<&'static str> {
    if error.is::<Cancelled>() {
        return Some("cancelled");
    }
    let too_large = error.is::<ResponseTooLarge>();
    too_large.then_some("response larger than 1 MiB")
}

fn from_kind(error: &io::Error) -> Option<&'static str> {
    use io::ErrorKind::{
        AddrNotAvailable, BrokenPipe, ConnectionAborted, ConnectionRefused, ConnectionReset,
        HostUnreachable, NetworkDown, NetworkUnreachable, PermissionDenied, TimedOut,
        UnexpectedEof, WouldBlock,
    };
    Some(match error.kind() {
        ConnectionRefused => "connection refused",
        ConnectionReset => "connection reset",
        ConnectionAborted => "connection aborted",
        BrokenPipe | UnexpectedEof => "connection closed",
        TimedOut | WouldBlock => "timed out",
        HostUnreachable => "host unreachable",
        NetworkUnreachable | NetworkDown | AddrNotAvailable => "network unreachable",
        PermissionDenied => "permission denied by the operating system",
        _ => return None,
    })
}

/// The standard library has no stable kind for a failed look-up of a host name.
fn from_resolver(error: &io::Error) -> Option<&'static str> {
    let text = error.to_string();
    text.starts_with("failed to lookup address")
        .then_some("host name not found")
}

#[cfg(not(feature = "rustls"))]
fn from_tls(_: &(dyn Error + 'static)) -> Option<&'static str> {
    None
}

#[cfg(feature = "rustls")]
fn from_tls(error: &(dyn Error + 'static)) -> Option<&'static str> {
    use rustls::CertificateError::{
        Expired, ExpiredContext, NotValidForName, NotValidForNameContext, NotValidYet,
        NotValidYetContext, UnknownIssuer,
    };
    use rustls::Error as Tls;

    Some(match error.downcast_ref::<Tls>()? {
        Tls::InvalidCertificate(reason) => match reason {
            Expired | ExpiredContext { .. } => "invalid certificate (expired)",
            NotValidYet | NotValidYetContext { .. } => "invalid certificate (not valid yet)",
            NotValidForName | NotValidForNameContext { .. } => {
                "invalid certificate (issued for another host name)"
            }
            UnknownIssuer => "invalid certificate (unknown issuer)",
            _ => "invalid certificate",
        },
        Tls::AlertReceived(_) => "TLS alert received",
        Tls::InvalidMessage(_) => "invalid TLS message received",
        _ => "TLS error",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_kind_of_an_io_error_is_found_below_other_errors() {
        let refused = io::Error::from(io::ErrorKind::ConnectionRefused);
        let inside = io::Error::other(refused);
        let wrapped = io::Error::other(inside);
        assert_eq!(cause(&wrapped), Some("connection refused"));
    }

    #[test]
    fn an_unknown_error_has_no_words() {
        assert_eq!(cause(&io::Error::other("https://user:pw@proxy")), None);
        assert_eq!(cause(&fmt::Error), None);
    }

    #[test]
    fn a_failed_look_up_is_recognized() {
        use std::net::ToSocketAddrs;
        let Err(error) = ("host.invalid", 443).to_socket_addrs() else {
            panic!("`.invalid` never resolves");
        };
        assert_eq!(cause(&error), Some("host name not found"), "{error}");
    }

    #[cfg(feature = "rustls")]
    #[test]
    fn a_rejected_certificate_is_found_inside_of_an_io_error() {
        let expired = rustls::Error::InvalidCertificate(rustls::CertificateError::Expired);
        let error = io::Error::new(io::ErrorKind::InvalidData, expired);
        assert_eq!(cause(&error), Some("invalid certificate (expired)"));
    }
}
