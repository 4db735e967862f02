use sha2::{Digest, Sha256};

/// Text that looks unguessable and is the same for the same seed. Whoever knows the seed can compute it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Tokens {
    seed: u64,
}

impl Tokens {
    pub(crate) const fn new(seed: u64) -> Self {
        Self { seed }
    }

    /// What names an invoice in its checkout URL.
    pub(crate) fn checkout(self, invoice: u64) -> String {
        self.hex("checkout", invoice, 0)
    }

    /// What a form must send back; it changes with every event of the invoice, so it works once.
    pub(crate) fn nonce(self, invoice: u64, version: u64) -> String {
        self.hex("nonce", invoice, version)
    }

    /// What allows to steer the sandbox: 32 hex digits.
    pub(crate) fn admin(self) -> String {
        let mut token = self.hex("admin", 0, 0);
        token.truncate(32);
        token
    }

    fn hex(self, purpose: &str, invoice: u64, version: u64) -> String {
        let digest = Sha256::new()
            .chain_update(self.seed.to_be_bytes())
            .chain_update(invoice.to_be_bytes())
            .chain_update(version.to_be_bytes())
            .chain_update(purpose)
            .finalize();
        hex::encode(digest)
    }
}

/// A made-up transaction hash of the invoice with this token, whatever the seed is by then.
pub(crate) fn transaction(token: &str) -> String {
    let digest = Sha256::new()
        .chain_update("transaction")
        .chain_update(token);
    format!("0x{}", hex::encode(digest.finalize()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_tokens_and_another_gives_others() {
        let (a, b) = (Tokens::new(7), Tokens::new(8));
        assert_eq!(a.checkout(1), Tokens::new(7).checkout(1));
        assert_eq!(a.checkout(1).len(), 64);
        let all = [
            a.checkout(1),
            a.checkout(2),
            b.checkout(1),
            a.nonce(1, 1),
            a.nonce(1, 2),
            a.nonce(2, 1),
            transaction(&a.checkout(1)),
            a.admin(),
            b.admin(),
        ];
        assert_eq!(a.admin().len(), 32);
        let distinct: std::collections::HashSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len(), "two of {all:?} are the same");
    }
}
