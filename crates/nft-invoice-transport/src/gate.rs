use std::error::Error;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use crate::{Deadline, Phase, Request, TransportError};

/// A send gate: a cancellation handle that also proves whether a request's body was sent.
///
/// A gate is opened or taken, exactly once. The transport [opens](Self::open) it immediately before the first byte of the
/// body leaves the process. A caller who wants to cancel [takes](Self::take) it to keep the body from leaving. Whoever
/// comes first wins, so a successful `take` proves that the request was not sent. A gate with a [deadline](Deadline) does
/// not open after it, whatever kept the process from sending earlier: then, too, it can be taken.
/// A plain flag would not be enough: a connection may run in a task of its own, which can pick the request up
/// in the instant in which a timeout gives up on it.
///
/// To cancel a request in flight, insert a gate into the request's extensions and keep a clone.
/// [`take`](Self::take) returns false until a transport has [armed](Self::arm) the gate, so a transport that
/// does not support gates proves nothing.
///
/// ```
/// use nft_invoice_transport::{Body, Request, SendGate};
///
/// let mut request = Request::new(Body::from_static(b"card"));
/// let mine = SendGate::default();
/// request.extensions_mut().insert(mine.clone());
/// assert!(!mine.take(), "no transport has armed it yet");
///
/// // In the transport, before anything else:
/// let theirs = SendGate::arm(&request);
/// // The caller cancels first, so the body is not sent.
/// assert!(mine.take());
/// assert!(!theirs.open());
/// ```
#[derive(Clone, Debug, Default)]
pub struct SendGate(Arc<Inner>);

#[derive(Debug, Default)]
struct Inner {
    state: AtomicU8,
    deadline: Option<Deadline>,
}

const IDLE: u8 = 0;
const ARMED: u8 = 1;
/// The body may have left.
const OPENED: u8 = 2;
/// The body never leaves.
const TAKEN: u8 = 3;

impl SendGate {
    /// Creates a gate that does not open after `deadline`.
    #[must_use]
    pub fn with_deadline(deadline: Deadline) -> Self {
        Self(Arc::new(Inner {
            state: AtomicU8::new(IDLE),
            deadline: Some(deadline),
        }))
    }

    /// Returns the armed gate of `request`: the one in its extensions, or a new one. For transports.
    ///
    /// The gate of a request without a body counts as opened, because there is no first byte to wait for.
    #[must_use]
    pub fn arm(request: &Request) -> Self {
        let gate = request
            .extensions()
            .get::<Self>()
            .cloned()
            .unwrap_or_default();
        if request.body().is_empty() {
            gate.0.state.store(OPENED, Ordering::SeqCst);
        }
        // A gate serves one request: one that was taken stays taken.
        let _ = gate.exchange(IDLE, ARMED);
        gate
    }

    /// Opens the gate to send the body. Returns whether it may be sent: false if the gate was opened or taken before, or
    /// its deadline has passed. For transports.
    #[must_use = "the result decides whether the request may be sent"]
    pub fn open(&self) -> bool {
        let is_late = self.0.deadline.is_some_and(|time| time.has_passed());
        !is_late && self.exchange(ARMED, OPENED)
    }

    /// Takes the gate so that the body is not sent. Returns true for the first call after the gate was armed, unless it was
    /// opened before, and false for all others.
    #[must_use = "the result decides whether the request was sent"]
    pub fn take(&self) -> bool {
        self.exchange(ARMED, TAKEN)
    }

    fn exchange(&self, from: u8, to: u8) -> bool {
        let state = &self.0.state;
        let exchanged = state.compare_exchange(from, to, Ordering::SeqCst, Ordering::SeqCst);
        exchanged.is_ok()
    }

    /// Takes the gate and returns the error for a send that failed in `phase`. For transports.
    ///
    /// The error is [`NotSent`](crate::Delivery::NotSent) if the gate could be taken or was taken before, such as by who
    /// cancels, and [`Unknown`](crate::Delivery::Unknown) otherwise. A request that was not sent cannot have got beyond
    /// [`Phase::Connecting`], whatever `phase` says.
    pub fn fail(
        &self,
        phase: Phase,
        source: impl Into<Box<dyn Error + Send + Sync>>,
    ) -> TransportError {
        let is_taken = self.take() || self.0.state.load(Ordering::SeqCst) == TAKEN;
        if !is_taken {
            return TransportError::unknown(source).during(phase);
        }
        TransportError::not_sent(source).during(match phase {
            Phase::Preparing => Phase::Preparing,
            _ => Phase::Connecting,
        })
    }
}

/// What a request's body returns in place of its bytes when its gate does not [open](SendGate::open). For transports.
#[derive(Clone, Copy, Debug)]
pub struct Cancelled;

impl fmt::Display for Cancelled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("cancelled")
    }
}

impl Error for Cancelled {}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::{Body, Delivery};

    fn armed_until(deadline: Deadline) -> SendGate {
        let mut request = Request::new(Body::from_static(b"card"));
        let gate = SendGate::with_deadline(deadline);
        request.extensions_mut().insert(gate);
        SendGate::arm(&request)
    }

    #[test]
    fn is_taken_by_one_of_two_threads() {
        let request = Request::new(Body::from_static(b"card"));
        let gate = SendGate::arm(&request);
        let other = gate.clone();
        let taken = std::thread::scope(|scope| {
            let there = scope.spawn(move || other.open());
            usize::from(gate.take()) + usize::from(there.join().unwrap())
        });
        assert_eq!(taken, 1);
    }

    #[test]
    fn proves_nothing_for_a_request_without_a_body() {
        assert!(!SendGate::arm(&Request::new(Body::empty())).take());
    }

    #[test]
    fn cannot_be_armed_again_by_a_second_request() {
        let mut request = Request::new(Body::from_static(b"card"));
        request.extensions_mut().insert(SendGate::default());
        assert!(SendGate::arm(&request).take());
        assert!(!SendGate::arm(&request).take());
    }

    #[test]
    fn opens_before_its_deadline_and_only_once() {
        let gate = armed_until(Deadline::after(Duration::from_secs(3600)));
        assert!(gate.open() && !gate.open() && !gate.take());
    }

    #[test]
    fn a_body_that_comes_after_the_deadline_is_proven_not_sent() {
        let gate = armed_until(Deadline::after(Duration::ZERO));
        assert!(!gate.open());
        let failure = gate.fail(Phase::AwaitingResponse, Cancelled);
        assert_eq!(failure.delivery(), Delivery::NotSent);
    }

    #[test]
    fn a_failure_after_the_deadline_of_what_was_sent_is_unknown() {
        let mut gate = armed_until(Deadline::after(Duration::from_secs(3600)));
        assert!(gate.open());
        let inner = Arc::get_mut(&mut gate.0).expect("no other handle");
        inner.deadline = Some(Deadline::after(Duration::ZERO));
        let failure = gate.fail(Phase::AwaitingResponse, "closed");
        assert_eq!(failure.delivery(), Delivery::Unknown);
    }

    #[test]
    fn turns_a_failure_into_not_sent_unless_it_was_opened() {
        let card = || Request::new(Body::from_static(b"card"));
        let failed = |gate: &SendGate| gate.fail(Phase::AwaitingResponse, "closed").delivery();
        let gate = SendGate::arm(&card());
        assert!(gate.open());
        assert_eq!(failed(&gate), Delivery::Unknown);
        // Twice, and by a transport after the caller has taken it.
        for is_cancelled in [false, true] {
            let gate = SendGate::arm(&card());
            assert_eq!(is_cancelled && gate.take(), is_cancelled);
            assert_eq!([failed(&gate), failed(&gate)], [Delivery::NotSent; 2]);
            assert!(!gate.open());
        }
    }

    #[test]
    fn proves_nothing_before_it_is_armed_or_for_a_later_request_without_a_body() {
        let failed = |gate: &SendGate| gate.fail(Phase::AwaitingResponse, "closed").delivery();
        assert_eq!(failed(&SendGate::default()), Delivery::Unknown);
        let mut request = Request::new(Body::from_static(b"card"));
        request.extensions_mut().insert(SendGate::default());
        assert!(SendGate::arm(&request).take());
        *request.body_mut() = Body::empty();
        assert_eq!(failed(&SendGate::arm(&request)), Delivery::Unknown);
    }
}
