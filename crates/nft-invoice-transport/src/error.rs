use std::error::Error;
use std::fmt;

use crate::Phase;
use crate::phase::cause;

/// Whether a request reached the gateway, as far as that is known.
///
/// With the feature `serde` it serializes as `not_sent`, `unknown` and `responded`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "snake_case")
)]
pub enum Delivery {
    /// The gateway certainly did not receive the request. It is safe to send it again.
    NotSent,
    /// The gateway may have received the request and acted on it. Look the invoice up; do not resend.
    Unknown,
    /// The gateway sent a complete response. Never the delivery of a [`TransportError`]: callers of a
    /// transport use it to describe a success.
    Responded,
}

/// A failed send: no complete response was received.
///
/// There is no constructor that leaves the [`Delivery`] open, and no conversion from an I/O error that would
/// guess it.
///
/// `Display` is the cause in one line, such as `connection refused while connecting`. It does not say whether
/// the request was sent: print [`delivery`](Self::delivery) with it. [`source`](Error::source) is the original error.
///
/// ```
/// use std::io;
/// use nft_invoice_transport::{Delivery, Phase, TransportError};
///
/// let reset = io::Error::from(io::ErrorKind::ConnectionReset);
/// let error = TransportError::unknown(reset).during(Phase::AwaitingResponse);
/// assert_eq!(error.delivery(), Delivery::Unknown);
/// assert_eq!(error.to_string(), "connection reset while waiting for the response");
/// ```
pub struct TransportError {
    delivery: Delivery,
    phase: Option<Phase>,
    cause: Option<&'static str>,
    source: Box<dyn Error + Send + Sync>,
}

impl TransportError {
    /// Creates an error for a request that was certainly not sent: no byte of its body left this process.
    ///
    /// Use it only with proof: the request was refused before connecting, or the
    /// [send gate](crate::SendGate) was taken before the body was.
    pub fn not_sent(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(Delivery::NotSent, source.into())
    }

    /// Creates an error for a request that may have been received. Use it wherever there is doubt.
    pub fn unknown(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::new(Delivery::Unknown, source.into())
    }

    fn new(delivery: Delivery, source: Box<dyn Error + Send + Sync>) -> Self {
        Self {
            delivery,
            phase: None,
            cause: None,
            source,
        }
    }

    /// Sets the phase in which the send failed.
    ///
    /// `Display` then consists of fixed words, found by the kinds of the `std::io` and rustls errors among the
    /// sources, and never of a source's own text. Without a phase an unrecognized source is displayed as it is.
    #[must_use]
    pub fn during(mut self, phase: Phase) -> Self {
        self.phase = Some(phase);
        self
    }

    /// Sets the words for the cause, where the sources do not show it.
    #[must_use]
    pub fn because(mut self, cause: &'static str) -> Self {
        self.cause = Some(cause);
        self
    }

    /// Returns the phase in which the send failed, if the transport has set it.
    #[must_use]
    pub fn phase(&self) -> Option<Phase> {
        self.phase
    }

    /// Returns [`Delivery::NotSent`] or [`Delivery::Unknown`], never [`Delivery::Responded`].
    #[must_use]
    pub fn delivery(&self) -> Delivery {
        self.delivery
    }
}

impl fmt::Debug for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransportError")
            .field("delivery", &self.delivery)
            .field("phase", &self.phase)
            .field("source", &self.source)
            .finish()
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let known = self.cause.or_else(|| cause(&*self.source));
        match (known, self.phase) {
            (Some(cause), Some(phase)) => write!(f, "{cause} while {phase}"),
            (Some(cause), None) => f.write_str(cause),
            (None, Some(phase)) => write!(f, "failed while {phase}"),
            (None, None) => self.source.fmt(f),
        }
    }
}

impl Error for TransportError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    #[test]
    fn each_constructor_sets_its_delivery_and_keeps_the_source() {
        for (error, delivery) in [
            (TransportError::not_sent("no route"), Delivery::NotSent),
            (TransportError::unknown("no route"), Delivery::Unknown),
        ] {
            assert_eq!(error.delivery(), delivery);
            assert_eq!(error.to_string(), "no route");
            assert_eq!(error.source().unwrap().to_string(), "no route");
            let shown = format!("{error:?}");
            assert!(shown.contains(&format!("{delivery:?}")), "{shown}");
        }
    }

    #[test]
    fn display_is_the_cause_and_the_phase() {
        use io::ErrorKind::{ConnectionRefused, TimedOut};
        for (kind, phase, text) in [
            (
                ConnectionRefused,
                Phase::Connecting,
                "connection refused while connecting",
            ),
            (
                TimedOut,
                Phase::ReadingResponse,
                "timed out while reading the response",
            ),
        ] {
            let error = TransportError::unknown(io::Error::from(kind)).during(phase);
            assert_eq!(error.to_string(), text);
            assert_eq!(error.phase(), Some(phase));
        }
    }

    #[test]
    fn display_with_a_phase_never_shows_the_text_of_a_source() {
        let error = TransportError::unknown("http://user:hunter2@proxy").during(Phase::Sending);
        assert_eq!(error.to_string(), "failed while sending the request");
        let error = error.because("proxy refused the connection");
        assert_eq!(
            error.to_string(),
            "proxy refused the connection while sending the request"
        );
    }

    #[test]
    fn stays_small_and_crosses_threads() {
        fn crosses<T: Send + Sync + 'static>() {}
        crosses::<TransportError>();
        assert!(size_of::<TransportError>() <= 5 * size_of::<usize>());
    }
}
