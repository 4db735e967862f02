//! A server that responds late or not at all.

use super::MIB;
use crate::peer::Peer;
use crate::row::{Row, Timeouts};

#[rustfmt::skip]
pub(crate) fn rows() -> Vec<Row> {
    let stalls = |name, act| Row::serves(name, act).timeouts(Timeouts::ShortTotal).must_stall().unknown();
    vec![
        stalls("no response to a part of the request", |p| { p.head(); p.read(1); p.stall_unread(); }),
        stalls("no response to the request", |p| { p.request(); p.stall(); }).once(),
        stalls("stalled in the response head", |p| { p.reply("HTTP/1.1 200 O"); p.stall(); }).once(),
        stalls("stalled in the response body", |p| { p.reply("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"); p.stall(); }).once(),
        stalls("large request body not read", |p| { p.head(); p.read(1); p.stall_unread(); }).padding(32 * MIB).times(0..=0),
        stalls("response slower than the timeout", |p| { p.reply("HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"); p.reached(); drip(p, 9999); }).once(),
        Row::serves("slow response within the timeout", |p| { p.reply("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"); drip(p, 4); }).responded(200, b"    ").once(),
    ]
}

/// Writes spaces, one at a time, until the row is over.
fn drip(peer: &mut Peer, amount: usize) {
    for _ in 0..amount {
        peer.pause();
        if peer.is_over() || !peer.write(" ") {
            break;
        }
    }
}
