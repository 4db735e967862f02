//! One `tracing` span a call, with the feature; nothing without it.

use nft_invoice_core::Call;

use crate::Error;

#[cfg(feature = "tracing")]
pub(crate) use traced::Observation;
#[cfg(not(feature = "tracing"))]
pub(crate) use untraced::Observation;

#[cfg(feature = "tracing")]
mod traced {
    use std::time::Instant;

    use nft_invoice_transport::Delivery;
    use tracing::field::Empty;
    use tracing::{Instrument, Span};

    use super::{Call, Error};

    /// A call being made. Its span holds the call's name and what became of it: never a member's value, a
    /// URL or a header.
    pub(crate) struct Observation {
        pub(crate) call: Call,
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
                call,
                span,
                started: Instant::now(),
                ended: false,
            }
        }

        /// What happens on the way there and back belongs to the span.
        pub(crate) fn around<F: Future>(
            &self,
            sending: F,
        ) -> impl Future<Output = F::Output> + use<F> {
            sending.instrument(self.span.clone())
        }

        pub(crate) fn around_blocking<T>(&self, send: impl FnOnce() -> T) -> T {
            self.span.in_scope(send)
        }

        pub(crate) fn end<T>(mut self, http_status: Option<u16>, result: &Result<T, Error>) {
            self.ended = true;
            if let Some(status) = http_status {
                self.span.record("http_status", status);
            }
            match result {
                Ok(_) => self.close("ok", Delivery::Responded),
                Err(error) => {
                    if let Error::Rejected { code, .. } = error {
                        self.span.record("gateway_code", *code);
                    }
                    let outcome = match error {
                        Error::Rejected { .. } => "rejected",
                        Error::Unreadable { .. } => "unreadable",
                        _ => "no_answer",
                    };
                    self.close(outcome, error.delivery());
                }
            }
        }

        fn close(&self, outcome: &str, delivery: Delivery) {
            let delivery = match delivery {
                Delivery::NotSent => "not_sent",
                Delivery::Unknown => "unknown",
                Delivery::Responded => "answered",
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
    use super::{Call, Error};

    /// A call being made, unobserved.
    pub(crate) struct Observation {
        pub(crate) call: Call,
    }

    impl Observation {
        pub(crate) fn start(call: Call) -> Self {
            Self { call }
        }

        pub(crate) fn around<F: Future>(&self, sending: F) -> F {
            sending
        }

        pub(crate) fn around_blocking<T>(&self, send: impl FnOnce() -> T) -> T {
            send()
        }

        pub(crate) fn end<T>(self, _: Option<u16>, _: &Result<T, Error>) {}
    }
}
