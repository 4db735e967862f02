use std::io::{self, Read};

/// A request's body, and whether ureq has begun to read it.
///
/// ureq reads a body only when the head is out, and what it reads it writes next. It does so on the
/// caller's thread, so that after an error nobody is left who could still read.
#[derive(Debug)]
pub(crate) struct Latched<'a> {
    rest: &'a [u8],
    left: bool,
}

impl<'a> Latched<'a> {
    /// An empty body is never read: it counts as left from the start.
    pub(crate) fn new(body: &'a [u8]) -> Self {
        Self {
            rest: body,
            left: body.is_empty(),
        }
    }

    /// Whether a byte of the body can have left.
    pub(crate) fn left(&self) -> bool {
        self.left
    }
}

impl Read for Latched<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.left = true;
        self.rest.read(buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_read_sets_the_latch() {
        let mut body = Latched::new(b"card");
        assert!(!body.left());
        assert_eq!(body.read(&mut [0; 2]).unwrap(), 2);
        assert!(body.left());
        assert!(Latched::new(b"").left(), "nothing to watch");
    }
}
