use std::fmt;

/// Who collects the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// The customer enters the card on the gateway's payment page. No card data is sent.
    Hosted,
    /// Server to server: the merchant collects the card and sends it.
    S2s,
}

impl Mode {
    /// `hosted` or `s2s`.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Hosted => "hosted",
            Self::S2s => "s2s",
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
