use std::io::{self, Read};

use nft_invoice_transport::SendGate;

/// A request's body, which takes the latch before ureq gets its first byte.
///
/// ureq reads a body only when the head is out, and what it reads it writes next.
#[derive(Debug)]
pub(crate) struct Latched<'a> {
    rest: &'a [u8],
    latch: SendGate,
    left: bool,
}

impl<'a> Latched<'a> {
    pub(crate) fn new(body: &'a [u8], latch: SendGate) -> Self {
        Self {
            rest: body,
            latch,
            left: false,
        }
    }
}

impl Read for Latched<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if !self.left && !self.rest.is_empty() {
            if !self.latch.take() {
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
        let latch = armed();
        let mut body = Latched::new(b"card", latch.clone());
        assert_eq!(body.read(&mut [0; 2]).unwrap(), 2);
        assert!(!latch.take(), "an error now is too late");
        assert_eq!(body.read(&mut [0; 9]).unwrap(), 2);
        assert_eq!(body.read(&mut [0; 9]).unwrap(), 0);
    }

    #[test]
    fn after_somebody_gave_up_the_body_stays() {
        let latch = armed();
        assert!(latch.take());
        assert!(Latched::new(b"card", latch).read(&mut [0; 4]).is_err());
    }
}
