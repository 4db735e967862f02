//! Helpers for unit tests.

use std::net::{IpAddr, Ipv4Addr};

use crate::payment::amount::Amount;
use crate::payment::order::Order;
use crate::payment::state::Mode;
use crate::payment::texts::{Text, Texts};
use crate::payment::token::Tokens;

pub(crate) fn order(mode: Mode) -> Order {
    Order {
        merchant: 0,
        token: Tokens::new(0).checkout(1),
        mode,
        amount: Amount::SMALLEST,
        ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
        texts: Texts::collect(|text| match text {
            Text::Email => Some("a@b.example".into()),
            Text::Currency => Some("USD".into()),
            _ => None,
        }),
    }
}
