use std::error::Error;
use std::fmt;

use crate::{Body, MAX_RESPONSE_SIZE};

/// Collects the body of a response, up to [`MAX_RESPONSE_SIZE`]. For transports.
///
/// ```
/// use nft_invoice_transport::ResponseBody;
///
/// # fn demo() -> Result<(), Box<dyn std::error::Error>> {
/// let mut body = ResponseBody::default();
/// body.push(b"{\"errorCode\"")?;
/// body.push(b":0}")?;
/// assert_eq!(body.finish().as_bytes(), b"{\"errorCode\":0}");
/// # Ok(())
/// # }
/// # demo().unwrap();
/// ```
#[derive(Default)]
pub struct ResponseBody(Vec<u8>);

impl ResponseBody {
    /// Appends `chunk`.
    ///
    /// # Errors
    ///
    /// When the body would become larger than [`MAX_RESPONSE_SIZE`].
    pub fn push(&mut self, chunk: &[u8]) -> Result<(), ResponseTooLarge> {
        if self.0.len() + chunk.len() > MAX_RESPONSE_SIZE {
            return Err(ResponseTooLarge);
        }
        self.0.extend_from_slice(chunk);
        Ok(())
    }

    /// Returns the collected bytes.
    #[must_use]
    pub fn finish(self) -> Body {
        Body::from(self.0)
    }
}

impl fmt::Debug for ResponseBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ResponseBody({} bytes)", self.0.len())
    }
}

/// A response larger than [`MAX_RESPONSE_SIZE`].
#[derive(Clone, Copy, Debug)]
pub struct ResponseTooLarge;

impl fmt::Display for ResponseTooLarge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("response larger than 1 MiB")
    }
}

impl Error for ResponseTooLarge {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn accepts_the_maximum_and_rejects_one_byte_more() {
        let mut body = ResponseBody::default();
        body.push(&vec![b' '; MAX_RESPONSE_SIZE]).unwrap();
        assert!(body.push(b"").is_ok());
        assert!(body.push(b" ").is_err());
        assert_eq!(body.finish().len(), MAX_RESPONSE_SIZE);
    }
}
