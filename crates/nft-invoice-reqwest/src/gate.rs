use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::{Frame, SizeHint};
use nft_invoice_transport::SendGate;

/// A request's body in one frame, which takes the gate before it is handed out.
///
/// Its exact size keeps `Content-Length` on the request. It cannot be cloned, so it cannot be replayed.
#[derive(Debug)]
pub(crate) struct GatedBody {
    bytes: Bytes,
    gate: SendGate,
}

impl GatedBody {
    pub(crate) fn new(bytes: Bytes, gate: SendGate) -> Self {
        Self { bytes, gate }
    }
}

impl http_body::Body for GatedBody {
    type Data = Bytes;
    type Error = &'static str;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, &'static str>>> {
        if self.bytes.is_empty() {
            return Poll::Ready(None);
        }
        Poll::Ready(Some(if self.gate.take() {
            Ok(Frame::data(std::mem::take(&mut self.bytes)))
        } else {
            Err("the request was given up before it was sent")
        }))
    }

    fn is_end_stream(&self) -> bool {
        self.bytes.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.bytes.len() as u64)
    }
}

#[cfg(test)]
mod tests {
    use std::pin::pin;
    use std::task::Waker;

    use http_body::Body;
    use nft_invoice_transport::Request;

    use super::*;

    fn armed() -> SendGate {
        SendGate::arm(&Request::new(Bytes::from_static(b"card").into()))
    }

    fn poll(body: Pin<&mut GatedBody>) -> Option<Result<Bytes, &'static str>> {
        match body.poll_frame(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(frame) => frame.map(|f| f.map(|f| f.into_data().unwrap())),
            Poll::Pending => panic!("the body is never pending"),
        }
    }

    #[test]
    fn the_body_takes_the_latch_as_it_leaves() {
        let gate = armed();
        let mut body = pin!(GatedBody::new(Bytes::from_static(b"card"), gate.clone()));
        assert_eq!(body.size_hint().exact(), Some(4));
        assert!(!body.is_end_stream(), "nobody would ask for it");
        assert_eq!(poll(body.as_mut()), Some(Ok(Bytes::from_static(b"card"))));
        assert!(!gate.take(), "an error now is too late");
        assert!(body.is_end_stream());
        assert_eq!(poll(body.as_mut()), None);
    }

    #[test]
    fn after_an_error_took_the_latch_the_body_stays() {
        let gate = armed();
        let body = pin!(GatedBody::new(Bytes::from_static(b"card"), gate.clone()));
        assert!(gate.take());
        assert!(matches!(poll(body), Some(Err(_))));
    }
}
