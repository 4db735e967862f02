use std::io::{self, Read};

use nft_invoice_transport::SendGate;

/// A request's body, which takes the gate before ureq gets its first byte.
///
/// ureq reads a body only when the head is out, and what it reads it writes next.
#[derive(Debug)]
pub(crate) struct GatedBody<'a> {
    rest: &'a [u8],
    gate: SendGate,
    left: bool,
}

impl<'a> GatedBody<'a> {
    pub(crate) fn new(body: &'a [u8], gate: SendGate) -> Self {
        Self {
            rest: body,
            gate,
            left: false,
        }
    }
}

impl Read for GatedBody<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.left && !self.rest.is_empty() {
            if !self.gate.take() {
                return Err(io::Error::other(
                    "the request was given up before it was sent",
                ));
            }
            self.left = true;
        }
        self.rest.read(buffer)
    }
}

#[cfg(test)]
mod tests {
    use nft_invoice_transport::{Body, Request};

    use super::*;

    fn armed() -> SendGate {
        SendGate::arm(&Request::new(Body::from_static(b"card")))
    }

    #[test]
    fn the_first_read_takes_the_latch() {
        let gate = armed();
        let mut body = GatedBody::new(b"card", gate.clone());
        assert_eq!(body.read(&mut [0; 2]).unwrap(), 2);
        assert!(!gate.take(), "an error now is too late");
        assert_eq!(body.read(&mut [0; 9]).unwrap(), 2);
        assert_eq!(body.read(&mut [0; 9]).unwrap(), 0);
    }

    #[test]
    fn after_somebody_gave_up_the_body_stays() {
        let gate = armed();
        assert!(gate.take());
        assert!(GatedBody::new(b"card", gate).read(&mut [0; 4]).is_err());
    }
}
