//! The key of a journal: it makes references that nobody can guess, and hashes that nobody can search.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use nft_invoice::Reference;
use sha2::Sha256;
use zeroize::Zeroizing;

/// The key of a journal. Keep it apart from the journal, and as long as the journal: without it the rows of an input
/// cannot be recognized again.
#[derive(Clone)]
pub struct JournalKey(Zeroizing<[u8; 32]>);

/// A keyed hash of a row without its card fields.
pub type RowHash = [u8; 16];

impl JournalKey {
    /// Creates a key from the operating system's random numbers.
    ///
    /// # Errors
    ///
    /// If the operating system has none.
    pub fn random() -> Result<Self, getrandom::Error> {
        let mut key = Zeroizing::new([0; 32]);
        getrandom::fill(&mut *key)?;
        Ok(Self(key))
    }

    /// Reads a key of 64 hexadecimal digits, with white space around them; `None` for anything else.
    #[must_use]
    pub fn from_hex(text: &str) -> Option<Self> {
        let digits = text.trim().as_bytes();
        if digits.len() != 64 {
            return None;
        }
        let mut key = Zeroizing::new([0; 32]);
        for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
            let digit = |digit: u8| char::from(digit).to_digit(16);
            *byte = u8::try_from(digit(pair[0])? * 16 + digit(pair[1])?).ok()?;
        }
        Some(Self(key))
    }

    /// Writes the key as 64 hexadecimal digits.
    #[must_use]
    pub fn to_hex(&self) -> Zeroizing<String> {
        Zeroizing::new(self.0.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    /// Returns the hash of a text.
    #[cfg(any(test, feature = "sqlite", feature = "postgres"))]
    pub(crate) fn text(&self, text: &str) -> RowHash {
        self.row(text, None)
    }

    /// Returns the hash of a row's text and of the merchant's id of it.
    pub(crate) fn row(&self, text: &str, id: Option<&str>) -> RowHash {
        self.hash_with(b"row", text.as_bytes(), id)
    }

    /// Returns the hash of what an invalid row contains, and of the merchant's id of it.
    pub(crate) fn invalid_row(&self, content: &[u8], id: Option<&str>) -> RowHash {
        self.hash_with(b"invalid", content, id)
    }

    /// Returns the checksum of what a journal has stored.
    #[cfg(feature = "sqlite")]
    pub(crate) fn sum(&self, content: &[u8]) -> RowHash {
        self.hash(b"sum", &[content])
    }

    /// Returns the hash of an e-mail address, in any case.
    pub(crate) fn email(&self, email: &str) -> RowHash {
        self.hash(b"email", &[email.to_ascii_lowercase().as_bytes()])
    }

    /// Returns the reference of the `n`th row with this hash, from 0, in the journal with this id. Its last six characters
    /// check the others.
    #[must_use]
    pub fn reference(&self, journal: &str, row: &RowHash, n: u64) -> Reference {
        let body = letters(
            &self.hash(b"reference", &[journal.as_bytes(), row, &n.to_be_bytes()]),
            20,
        );
        let check = self.check(&body);
        Reference::new(body + &check).expect("letters and digits are a reference")
    }

    /// Returns whether `reference` was made with this key.
    #[must_use]
    pub fn made(&self, reference: &Reference) -> bool {
        let text = reference.as_str();
        text.len() == 26
            && text
                .split_at_checked(20)
                .is_some_and(|(body, check)| self.check(body) == check)
    }

    fn check(&self, body: &str) -> String {
        letters(&self.hash(b"check", &[body.as_bytes()]), 6)
    }

    fn hash_with(&self, purpose: &[u8], content: &[u8], id: Option<&str>) -> RowHash {
        match id {
            Some(id) => self.hash(purpose, &[content, id.as_bytes()]),
            None => self.hash(purpose, &[content]),
        }
    }

    fn hash(&self, purpose: &[u8], parts: &[&[u8]]) -> RowHash {
        let mut mac = Hmac::<Sha256>::new_from_slice(&*self.0).expect("any length is a key");
        for part in [purpose].iter().chain(parts) {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        let mut hash = RowHash::default();
        hash.copy_from_slice(&mac.finalize().into_bytes()[..16]);
        hash
    }
}

impl fmt::Debug for JournalKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JournalKey([hidden])")
    }
}

/// The first `count` letters and digits, of five bits each, of at most 25.
fn letters(hash: &RowHash, count: usize) -> String {
    const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let bits = u128::from_be_bytes(*hash);
    (0..count)
        .map(|at| char::from(ALPHABET[(bits >> (123 - 5 * at)) as usize % 32]))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_depend_on_journal_row_and_number() {
        let key = JournalKey::random().unwrap();
        let (one, other) = (key.text("a"), key.text("b"));
        let mut all = vec![
            key.reference("j", &one, 0),
            key.reference("j", &one, 1),
            key.reference("j", &other, 0),
            key.reference("k", &one, 0),
            JournalKey::random().unwrap().reference("j", &one, 0),
        ];
        assert_eq!(all[0], key.reference("j", &one, 0));
        all.sort();
        all.dedup();
        assert_eq!(all.len(), 5);
    }

    #[test]
    fn the_hash_of_a_row_contains_its_id() {
        let key = JournalKey::random().unwrap();
        let mut all = vec![
            key.row("a", None),
            key.row("a", Some("1")),
            key.row("a", Some("2")),
            key.row("a1", None),
            key.invalid_row(b"a", None),
            key.invalid_row(b"a", Some("1")),
        ];
        assert_eq!(all[1], key.row("a", Some("1")));
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 6);
    }

    #[test]
    fn recognizes_its_references() {
        let (key, other) = (JournalKey::random().unwrap(), JournalKey::random().unwrap());
        let reference = key.reference("j", &key.text("a"), 0);
        assert!(key.made(&reference) && !other.made(&reference));
        let text = reference.as_str();
        let changed = if text.starts_with('0') { "1" } else { "0" };
        for forged in [
            format!("{changed}{}", &text[1..]),
            text[1..].to_owned(),
            "a".into(),
        ] {
            assert!(!key.made(&Reference::new(forged).unwrap()));
        }
    }

    #[test]
    fn a_key_is_read_as_it_was_written() {
        let key = JournalKey::random().unwrap();
        let read = JournalKey::from_hex(&format!("  {}\r\n", *key.to_hex())).unwrap();
        assert_eq!(*read.0, *key.0);
        for text in ["", "00", &"0".repeat(63), &"g".repeat(64), &"é".repeat(32)] {
            assert!(JournalKey::from_hex(text).is_none(), "{text}");
        }
        assert_eq!(format!("{key:?}"), "JournalKey([hidden])");
    }
}
