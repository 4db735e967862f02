use std::fmt;

use bytes::Bytes;

/// The body of a request or a response.
///
/// `Debug` shows its length only. [`Body::from_owner`] takes a buffer that wipes itself on drop, without copying it;
/// the buffer lives until the last clone of the body is dropped.
#[derive(Clone, Default)]
pub struct Body(Bytes);

impl Body {
    /// Creates an empty body.
    #[must_use]
    pub const fn empty() -> Self {
        Self(Bytes::new())
    }

    /// Creates a body from static bytes.
    #[must_use]
    pub const fn from_static(bytes: &'static [u8]) -> Self {
        Self(Bytes::from_static(bytes))
    }

    /// Creates a body from a buffer without copying it. The last clone of the body drops `owner`.
    pub fn from_owner<T>(owner: T) -> Self
    where
        T: AsRef<[u8]> + Send + 'static,
    {
        Self(Bytes::from_owner(owner))
    }

    /// Returns the length in bytes.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Returns whether the body is empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the bytes. They may hold a card or a payment page's token: do not log them.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Converts the body for an HTTP client. The `Debug` of `Bytes` prints its content: do not log it.
    #[must_use]
    pub fn into_bytes(self) -> Bytes {
        self.0
    }
}

impl AsRef<[u8]> for Body {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl From<Bytes> for Body {
    fn from(bytes: Bytes) -> Self {
        Self(bytes)
    }
}

impl From<Vec<u8>> for Body {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Body({} bytes)", self.len())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    struct Owner(Arc<AtomicBool>);

    impl AsRef<[u8]> for Owner {
        fn as_ref(&self) -> &[u8] {
            b"4242424242424242"
        }
    }

    impl Drop for Owner {
        fn drop(&mut self) {
            self.0.store(true, Ordering::SeqCst);
        }
    }

    #[test]
    fn debug_of_a_request_shows_the_length_only() {
        let request = crate::Request::new(Body::from_static(b"4242424242424242"));
        let printed = format!("{request:?} {request:#?}");
        assert!(printed.contains("Body(16 bytes)"), "{printed}");
        assert!(!printed.contains("4242"), "{printed}");
    }

    #[test]
    fn keeps_its_bytes() {
        for body in [
            Body::from_static(b"card"),
            Body::from_owner(*b"card"),
            Body::from(Bytes::from_static(b"card")),
            Body::from(b"card".to_vec()),
        ] {
            assert_eq!(body.as_bytes(), b"card");
            assert_eq!((body.len(), body.is_empty()), (4, false));
            assert_eq!(body.into_bytes(), "card");
        }
        assert!(Body::empty().is_empty());
    }

    #[test]
    fn drops_the_owner_with_the_last_clone() {
        let dropped = Arc::new(AtomicBool::new(false));
        let body = Body::from_owner(Owner(dropped.clone()));
        let clone = body.clone();
        drop(body);
        assert!(!dropped.load(Ordering::SeqCst));
        drop(clone.into_bytes());
        assert!(dropped.load(Ordering::SeqCst));
    }
}
