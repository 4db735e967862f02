use std::fmt;
use std::str;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Generates tokens from the seed. They are unguessable only if the seed is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tokens {
    seed: u64,
}

/// The token of an invoice in its checkout URL: 64 hex digits. The masked invoice number in it replaces an index of
/// tokens.
#[derive(Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Token(#[serde(with = "hex::serde")] [u8; 32]);

/// What precedes the token in the URL of the payment page.
const TOKEN_IN_URL: &str = "token=";

impl Tokens {
    pub(crate) const fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// The token of an invoice's checkout page.
    pub(crate) fn checkout(self, invoice: u64) -> Token {
        Token(self.digest("checkout", invoice, 0)).for_invoice(invoice)
    }

    /// The nonce of a form. It changes with every event of the invoice, so it works once.
    pub(crate) fn nonce(self, invoice: u64, version: u64) -> String {
        hex::encode(self.digest("nonce", invoice, version))
    }

    /// The admin token: 32 hex digits.
    pub(crate) fn admin(self) -> String {
        let mut token = hex::encode(self.digest("admin", 0, 0));
        token.truncate(32);
        token
    }

    fn digest(self, purpose: &str, invoice: u64, version: u64) -> [u8; 32] {
        Sha256::new()
            .chain_update(self.seed.to_be_bytes())
            .chain_update(invoice.to_be_bytes())
            .chain_update(version.to_be_bytes())
            .chain_update(purpose)
            .finalize()
            .into()
    }
}

impl Token {
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let mut bytes = [0; 32];
        hex::decode_to_slice(text, &mut bytes).ok()?;
        // A token has only one spelling.
        let capitals = text.bytes().any(|byte| byte.is_ascii_uppercase());
        (!capitals).then_some(Self(bytes))
    }

    /// The invoice number: the last eight bytes, masked with the first eight. An invalid token yields a number too, so the
    /// caller must compare the token with the invoice's.
    pub(crate) fn invoice(self) -> u64 {
        let (mask, number) = (self.0.first_chunk(), self.0.last_chunk());
        let (mask, number) = mask
            .zip(number)
            .expect("a token is longer than eight bytes");
        u64::from_be_bytes(*mask) ^ u64::from_be_bytes(*number)
    }

    /// Reads the token itself, or the URL of the payment page.
    pub(crate) fn in_text(text: &str) -> Option<Self> {
        let token = match text.split_once(TOKEN_IN_URL) {
            Some((_, rest)) => rest.split(['&', '#']).next()?,
            None => text,
        };
        Self::parse(token.trim())
    }

    /// Whether a text is or contains the token of a payment page, of this sandbox or another. Not every 64 hex digits are:
    /// a digest can be a merchant's reference.
    pub(crate) fn is_in(text: &str) -> bool {
        let is_plausible = |token: Self| token.invoice() <= u64::from(u32::MAX);
        text.contains(TOKEN_IN_URL) || Self::in_text(text).is_some_and(is_plausible)
    }

    fn for_invoice(mut self, invoice: u64) -> Self {
        self.0[24..].fill(0);
        // With zeros in these bytes, this is the mask.
        let number = self.invoice() ^ invoice;
        self.0[24..].copy_from_slice(&number.to_be_bytes());
        self
    }
}

impl fmt::Display for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut digits = [0; 64];
        hex::encode_to_slice(self.0, &mut digits).expect("two digits per byte");
        f.write_str(str::from_utf8(&digits).expect("digits are ASCII"))
    }
}

/// A made-up transaction hash, derived from the token so that it does not depend on the current seed.
pub(crate) fn transaction(token: Token) -> String {
    let digest = Sha256::new()
        .chain_update("transaction")
        .chain_update(token.to_string());
    format!("0x{}", hex::encode(digest.finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn derives_tokens_from_the_seed() {
        let (a, b) = (Tokens::new(7), Tokens::new(8));
        let checkout = |tokens: Tokens, invoice| tokens.checkout(invoice).to_string();
        assert_eq!(checkout(a, 1), checkout(Tokens::new(7), 1));
        let all = [
            checkout(a, 1),
            checkout(a, 2),
            checkout(b, 1),
            a.nonce(1, 1),
            a.nonce(1, 2),
            a.nonce(2, 1),
            transaction(a.checkout(1)),
            a.admin(),
            b.admin(),
        ];
        assert_eq!(a.admin().len(), 32);
        let distinct: std::collections::HashSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len(), "two of {all:?} are the same");
    }

    #[test]
    fn encodes_the_invoice_number_in_a_single_spelling() {
        for invoice in [0, 1, 42, 1_000_000, u64::MAX] {
            let token = Tokens::new(7).checkout(invoice);
            assert_eq!(token.invoice(), invoice);
            let text = token.to_string();
            assert_eq!(text.len(), 64);
            assert!(Token::parse(&text) == Some(token));
            let wrong = [
                text.to_uppercase(),
                format!("{text}00"),
                text[..62].to_owned(),
            ];
            for wrong in wrong.iter().map(String::as_str).chain(["", "é"]) {
                assert!(Token::parse(wrong).is_none(), "{wrong} is a token");
            }
        }
    }
}
