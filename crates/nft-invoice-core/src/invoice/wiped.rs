use std::fmt;
use std::ops::Deref;

use zeroize::{Zeroize, Zeroizing};

use crate::json;

/// Overwrites what calls that have returned left on the stack. Values that are moved to the heap later could
/// otherwise carry parts of it in bytes that they do not use.
#[inline(never)]
pub(super) fn wipe_stack() {
    // More than a check needs in an unoptimized build.
    let mut stack = [0_u64; 512];
    stack.zeroize();
}

/// Text that is wiped on drop, and whenever it moves to a larger place.
#[derive(Default)]
pub(crate) struct WipedText(Zeroizing<String>);

impl WipedText {
    pub(crate) fn with_capacity(capacity: usize) -> Self {
        Self(Zeroizing::new(String::with_capacity(capacity)))
    }

    pub(crate) fn push_str(&mut self, text: &str) {
        self.reserve(text.len());
        self.0.push_str(text);
    }

    /// Makes room for `more` bytes.
    #[inline]
    fn reserve(&mut self, more: usize) {
        let length = self.0.len() + more;
        if length > self.0.capacity() {
            self.grow(length);
        }
    }

    #[cold]
    fn grow(&mut self, length: usize) {
        let mut larger = Self::with_capacity(length.max(2 * self.0.capacity()));
        larger.0.push_str(&self.0);
        *self = larger;
    }
}

/// Wipes it as spare capacity, all at once: a text in use is wiped byte by byte.
impl Drop for WipedText {
    fn drop(&mut self) {
        self.0.clear();
    }
}

impl WipedText {
    /// Writes `text` as a JSON string, quotes included.
    pub(crate) fn push_json_string(&mut self, text: &str) {
        if json::is_plain(text) {
            self.reserve(text.len() + 2);
            self.0.push('"');
            self.0.push_str(text);
            self.0.push('"');
        } else {
            json::write_string(text, &mut |piece| self.push_str(piece));
        }
    }
}

impl fmt::Debug for WipedText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WipedText({} bytes)", self.0.len())
    }
}

impl Deref for WipedText {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}
