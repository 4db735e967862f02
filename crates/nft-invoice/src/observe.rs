//! One `tracing` span a call with the feature `tracing`, and nothing without it.

use nft_invoice_core::Call;
use nft_invoice_transport::{Response, TransportError};

use crate::Error;
use crate::gateway::Decoder;

#[cfg(feature = "tracing")]
pub(crate) use traced::Observation;
#[cfg(not(feature = "tracing"))]
pub(crate) use untraced::Observation;

fn decode<T>(sent: Result<Response, TransportError>, decoder: &Decoder<'_, T>) -> Result<T, Error> {
    match sent {
        Ok(response) => decoder.decode(&response),
        Err(source) => Err(Error::Transport {
            call: decoder.call(),
            source,
        }),
    }
}

#[cfg(feature = "tracing")]
mod traced {
    use std::time::Instant;

    use nft_invoice_transport::Delivery;
    use tracing::field::Empty;
    use tracing::{Instrument, Span};

    use super::{Call, Decoder, Error, Response, TransportError, decode};

    /// A call in progress. Its span has the call's name and its outcome, never a field's value, a URL or a header.
    pub(crate) struct Observation {
        span: Span,
        started: Instant,
        ended: bool,
    }

    impl Observation {
        pub(crate) fn start(call: Call) -> Self {
            let span = tracing::info_span!(
                target: "nft_invoice",
                "nft_invoice",
                call = call.as_str(),
                outcome = Empty,
                delivery = Empty,
                http_status = Empty,
                gateway_code = Empty,
                duration_ms = Empty,
            );
            Self {
                span,
                started: Instant::now(),
                ended: false,
            }
        }

        /// Makes what `sending` does part of the span.
        pub(crate) fn around<F: Future>(
            &self,
            sending: F,
        ) -> impl Future<Output = F::Output> + use<F> {
            sending.instrument(self.span.clone())
        }

        pub(crate) fn around_blocking<T>(&self, send: impl FnOnce() -> T) -> T {
            self.span.in_scope(send)
        }

        /// Decodes the response and records the outcome.
        pub(crate) fn end<T>(
            mut self,
            sent: Result<Response, TransportError>,
            decoder: &Decoder<'_, T>,
        ) -> Result<T, Error> {
            self.ended = true;
            if let Ok(response) = &sent {
                self.span.record("http_status", response.status().as_u16());
            }
            let result = decode(sent, decoder);
            match &result {
                Ok(_) => self.close("ok", Delivery::Responded),
                Err(error) => {
                    if let Error::Rejected { code, .. } = error {
                        self.span.record("gateway_code", *code);
                    }
                    let outcome = match error {
                        Error::Rejected { .. } => "rejected",
                        Error::Unreadable { .. } => "unreadable",
                        _ => "no_response",
                    };
                    self.close(outcome, error.delivery());
                }
            }
            result
        }

        fn close(&self, outcome: &str, delivery: Delivery) {
            let delivery = match delivery {
                Delivery::NotSent => "not_sent",
                Delivery::Unknown => "unknown",
                Delivery::Responded => "responded",
            };
            self.span.record("outcome", outcome);
            self.span.record("delivery", delivery);
            self.span
                .record("duration_ms", self.started.elapsed().as_millis());
        }
    }

    impl Drop for Observation {
        fn drop(&mut self) {
            if !self.ended {
                self.close("dropped", Delivery::Unknown);
            }
        }
    }
}

#[cfg(not(feature = "tracing"))]
mod untraced {
    use super::{Call, Decoder, Error, Response, TransportError, decode};

    /// A call in progress, without a span.
    pub(crate) struct Observation;

    impl Observation {
        pub(crate) fn start(_: Call) -> Self {
            Self
        }

        pub(crate) fn around<F: Future>(&self, sending: F) -> F {
            sending
        }

        pub(crate) fn around_blocking<T>(&self, send: impl FnOnce() -> T) -> T {
            send()
        }

        pub(crate) fn end<T>(
            self,
            sent: Result<Response, TransportError>,
            decoder: &Decoder<'_, T>,
        ) -> Result<T, Error> {
            decode(sent, decoder)
        }
    }
}
