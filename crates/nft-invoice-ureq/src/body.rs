use std::io::{self, Read};

use nft_invoice_transport::{Cancelled, SendGate};

/// A request's body, which opens the send gate before ureq gets its first byte.
///
/// ureq reads a body only when the head is out, and what it reads it writes next.
#[derive(Debug)]
pub(crate) struct GatedBody<'a> {
    rest: &'a [u8],
    gate: SendGate,
    started: bool,
}

impl<'a> GatedBody<'a> {
    pub(crate) fn new(body: &'a [u8], gate: SendGate) -> Self {
        Self {
            rest: body,
            gate,
            started: false,
        }
    }

    /// Whether ureq has all of it.
    pub(crate) fn is_written(&self) -> bool {
        self.rest.is_empty()
    }
}

impl Read for GatedBody<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.started && !self.rest.is_empty() {
            if !self.gate.open() {
                return Err(io::Error::other(Cancelled));
            }
            self.started = true;
        }
        self.rest.read(buffer)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use nft_invoice_transport::{Body, Deadline, Request};

    use super::*;

    fn armed() -> SendGate {
        SendGate::arm(&Request::new(Body::from_static(b"card")))
    }

    #[test]
    fn takes_the_gate_at_the_first_read() {
        let gate = armed();
        let mut body = GatedBody::new(b"card", gate.clone());
        assert_eq!(body.read(&mut [0; 2]).unwrap(), 2);
        assert!(!gate.take(), "an error now is too late");
        assert!(!body.is_written());
        assert_eq!(body.read(&mut [0; 9]).unwrap(), 2);
        assert!(body.is_written());
        assert_eq!(body.read(&mut [0; 9]).unwrap(), 0);
    }

    #[test]
    fn is_not_sent_after_the_deadline() {
        let mut request = Request::new(Body::from_static(b"card"));
        let gate = SendGate::with_deadline(Deadline::after(Duration::ZERO));
        request.extensions_mut().insert(gate.clone());
        let mut body = GatedBody::new(b"card", SendGate::arm(&request));
        assert!(body.read(&mut [0; 4]).is_err());
        assert!(gate.take(), "that proves that it was not sent");
    }

    #[test]
    fn is_not_sent_after_the_gate_was_taken() {
        let gate = armed();
        assert!(gate.take());
        assert!(GatedBody::new(b"card", gate).read(&mut [0; 4]).is_err());
    }
}
