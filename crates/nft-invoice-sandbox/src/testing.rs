//! What unit tests share.

use std::net::{IpAddr, Ipv4Addr};

use crate::amount::Amount;
use crate::invoice::Order;
use crate::nft::Nft;
use crate::state::Mode;

pub(crate) fn order(mode: Mode) -> Order {
    Order {
        merchant: 0,
        token: "token".into(),
        mode,
        email: "a@b.example".to_owned(),
        name: None,
        amount: Amount::SMALLEST,
        currency: "USD".to_owned(),
        callback_json: None,
        ip: IpAddr::V4(Ipv4Addr::LOCALHOST),
        country: None,
        nft: Nft::default(),
        success_url: None,
        failure_url: None,
        cancel_url: None,
        pending_url: None,
    }
}
