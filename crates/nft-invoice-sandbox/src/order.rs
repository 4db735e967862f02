use std::net::IpAddr;

use crate::amount::Amount;
use crate::state::Mode;
use crate::texts::{Text, Texts};
use crate::token::Token;

/// What a merchant ordered: the part of an invoice that never changes.
pub(crate) struct Order {
    pub(crate) merchant: usize,
    pub(crate) token: Token,
    pub(crate) mode: Mode,
    pub(crate) amount: Amount,
    pub(crate) ip: IpAddr,
    pub(crate) texts: Texts,
}

impl Order {
    pub(crate) fn email(&self) -> &str {
        self.texts.get(Text::Email).unwrap_or_default()
    }

    pub(crate) fn currency(&self) -> &str {
        self.texts.get(Text::Currency).unwrap_or_default()
    }

    pub(crate) fn text(&self, text: Text) -> Option<&str> {
        self.texts.get(text)
    }
}
