//! Helpers for unit tests.

use std::net::{IpAddr, Ipv4Addr};

use crate::payment::amount::Amount;
use crate::payment::order::Order;
use crate::payment::state::Mode;
use crate::payment::token::Tokens;

pub(crate) fn order(mode: Mode) -> Order {
    Order {
        merchant: 0,
        token: Tokens::new(0).checkout(1),
        mode,
        email: "a@b.example".to_owned(),
        name: None,
        amount: Amount::SMALLEST,
        currency: "USD".to_owned(),
        callback_json: None,
        ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
        country: None,
        nft_description: None,
        nft_images: None,
        nft_metadata: None,
        success_url: None,
        failure_url: None,
        cancel_url: None,
        pending_url: None,
    }
}
