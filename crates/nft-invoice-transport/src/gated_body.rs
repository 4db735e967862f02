use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};

use crate::{Body, Cancelled, SendGate};

/// A request's body in one frame, which [opens](SendGate::open) its send gate before it is handed out. For transports
/// on hyper, with the feature `http-body`.
///
/// Its exact size keeps `Content-Length` on the request. It cannot be cloned, so it cannot be replayed. `Debug` shows
/// its length only.
pub struct GatedBody {
    bytes: Bytes,
    gate: SendGate,
}

impl GatedBody {
    /// Puts `body` behind `gate`.
    #[must_use]
    pub fn new(body: Body, gate: SendGate) -> Self {
        Self {
            bytes: body.into_bytes(),
            gate,
        }
    }
}

impl http_body::Body for GatedBody {
    type Data = Bytes;
    type Error = Cancelled;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Cancelled>>> {
        if self.bytes.is_empty() {
            return Poll::Ready(None);
        }
        Poll::Ready(Some(if self.gate.open() {
            Ok(Frame::data(std::mem::take(&mut self.bytes)))
        } else {
            Err(Cancelled)
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.len() as u64)
    }
}

impl fmt::Debug for GatedBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GatedBody({} bytes)", self.bytes.len())
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::Waker;
    use std::time::Duration;

    use http_body::Body as _;

    use super::*;
    use crate::{Deadline, Request};

    fn armed() -> SendGate {
        SendGate::arm(&Request::new(Bytes::from_static(b"card").into()))
    }

    fn poll(body: Pin<&mut GatedBody>) -> Option<Result<Bytes, Cancelled>> {
        match body.poll_frame(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(frame) => frame.map(|f| f.map(|f| f.into_data().unwrap())),
            Poll::Pending => panic!("the body is never pending"),
        }
    }

    #[test]
    fn takes_the_gate_as_it_leaves() {
        let gate = armed();
        let mut body = pin!(GatedBody::new(Body::from_static(b"card"), gate.clone()));
        assert_eq!(body.size_hint().exact(), Some(4));
        assert!(!body.is_end_stream(), "nobody would ask for it");
        let first = poll(body.as_mut()).unwrap().unwrap();
        assert_eq!(first, "card");
        assert!(!gate.take(), "an error now is too late");
        assert!(body.is_end_stream());
        assert!(poll(body.as_mut()).is_none());
    }

    #[test]
    fn is_not_sent_after_the_deadline() {
        let mut request = Request::new(Bytes::from_static(b"card").into());
        let gate = SendGate::with_deadline(Deadline::after(Duration::ZERO));
        request.extensions_mut().insert(gate.clone());
        let body = pin!(GatedBody::new(
            Body::from_static(b"card"),
            SendGate::arm(&request)
        ));
        assert!(matches!(poll(body), Some(Err(Cancelled))));
        assert!(gate.take(), "that proves that it was not sent");
    }

    #[test]
    fn is_not_sent_after_the_gate_was_taken() {
        let gate = armed();
        let body = pin!(GatedBody::new(Body::from_static(b"card"), gate.clone()));
        assert!(gate.take());
        assert!(matches!(poll(body), Some(Err(Cancelled))));
    }
}
