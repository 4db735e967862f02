use std::error::Error;
use std::fmt;

/// What is known about a request that was given to a transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Delivery {
    /// Proven: the gateway cannot have received the request. It is safe to send it again.
    NotSent,
    /// The gateway may or may not have received and acted on it. Look it up; do not repeat it.
    Unknown,
    /// A complete answer came back. Only the caller of a transport reports this: a [`TransportError`]
    /// is by definition the lack of an answer.
    Responded,
}

/// No complete answer was obtained. Says whether the request can have been received.
///
/// There is no constructor without that verdict, and no conversion from an I/O error that would guess it.
pub struct TransportError {
    delivery: Delivery,
    source: Box<dyn Error + Send + Sync>,
}

impl TransportError {
    /// The request was certainly not sent: not a byte of its body left this process.
    ///
    /// Claim it only by proof (the connection never came up, the body was never asked for).
    pub fn not_sent(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            delivery: Delivery::NotSent,
            source: source.into(),
        }
    }

    /// The request may have been received. The right answer wherever there is doubt.
    pub fn unknown(source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self {
            delivery: Delivery::Unknown,
            source: source.into(),
        }
    }

    /// [`Delivery::NotSent`] or [`Delivery::Unknown`]; never [`Delivery::Responded`].
    #[must_use]
    pub fn delivery(&self) -> Delivery {
        self.delivery
    }
}

impl fmt::Debug for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransportError")
            .field("delivery", &self.delivery)
            .field("source", &self.source)
            .finish()
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)
    }
}

impl Error for TransportError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&*self.source)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_constructor_gives_its_verdict_and_keeps_the_source() {
        for (error, delivery, says) in [
            (
                TransportError::not_sent("dns"),
                Delivery::NotSent,
                "dns",
            ),
            (
                TransportError::unknown("dns"),
                Delivery::Unknown,
                "dns",
            ),
        ] {
            assert_eq!(error.delivery(), delivery);
            assert_eq!(error.to_string(), says);
            assert_eq!(error.source().unwrap().to_string(), "dns");
            let shown = format!("{error:?}");
            assert!(shown.contains(&format!("{delivery:?}")), "{shown}");
            assert!(shown.contains("dns"), "{shown}");
        }
    }

    #[test]
    fn it_stays_small_and_crosses_threads() {
        fn crosses<T: Send + Sync + 'static>() {}
        crosses::<TransportError>();
        assert!(size_of::<TransportError>() <= 3 * size_of::<usize>());
    }
}
