use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use crate::Request;

/// Decides once whether a request's body leaves: the proof behind "not sent".
///
/// It is taken by whoever comes first: by the transport, immediately before the first byte of the body, or
/// by somebody who gives the request up, after which the body can no longer leave. Two sides and not a mere
/// flag, because a connection may run in a task of its own: a timeout can give up on a request in the
/// instant in which that task picks it up.
///
/// A caller who may have to drop a request in flight puts a latch into the request's extensions and keeps a
/// clone. [`take`](Self::take) then says whether the request certainly stayed here. It says no until a
/// transport has [armed](Self::arm) the latch, so a transport that knows nothing of latches proves nothing.
///
/// ```
/// use nft_invoice_transport::{Body, SendGate, Request};
///
/// let mut request = Request::new(Body::from_static(b"card"));
/// let mine = SendGate::default();
/// request.extensions_mut().insert(mine.clone());
/// assert!(!mine.take(), "no transport watches it yet");
///
/// // In a transport, before anything else:
/// let theirs = SendGate::arm(&request);
/// // The caller gives up first, so the body stays.
/// assert!(mine.take());
/// assert!(!theirs.take());
/// ```
#[derive(Clone, Debug, Default)]
pub struct SendGate(Arc<AtomicU8>);

const IDLE: u8 = 0;
const ARMED: u8 = 1;
const TAKEN: u8 = 2;

impl SendGate {
    /// For transports: the latch of `request`, its caller's or a new one, which counts from now on.
    ///
    /// A request without a body has no first byte to watch: its latch counts as taken.
    #[must_use]
    pub fn arm(request: &Request) -> Self {
        let latch = request
            .extensions()
            .get::<Self>()
            .cloned()
            .unwrap_or_default();
        let state = if request.body().is_empty() {
            TAKEN
        } else {
            ARMED
        };
        // A latch serves one request: one that was taken stays taken.
        let _ = latch
            .0
            .compare_exchange(IDLE, state, Ordering::SeqCst, Ordering::SeqCst);
        latch
    }

    /// Takes the latch. True for the first who does so after it was armed, and never again.
    #[must_use = "what it says decides whether the request was sent"]
    pub fn take(&self) -> bool {
        self.0
            .compare_exchange(ARMED, TAKEN, Ordering::SeqCst, Ordering::SeqCst)
            .is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Body;

    #[test]
    fn one_of_two_takes_it() {
        let request = Request::new(Body::from_static(b"card"));
        let latch = SendGate::arm(&request);
        let other = latch.clone();
        let taken = std::thread::scope(|scope| {
            let there = scope.spawn(move || other.take());
            usize::from(latch.take()) + usize::from(there.join().unwrap())
        });
        assert_eq!(taken, 1);
    }

    #[test]
    fn without_a_body_there_is_nothing_to_prove() {
        assert!(!SendGate::arm(&Request::new(Body::empty())).take());
    }

    #[test]
    fn a_second_request_cannot_arm_it_again() {
        let mut request = Request::new(Body::from_static(b"card"));
        request.extensions_mut().insert(SendGate::default());
        assert!(SendGate::arm(&request).take());
        assert!(!SendGate::arm(&request).take());
    }
}
