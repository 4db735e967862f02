//! A server that takes its time, or more of it than there is.

use super::MIB;
use crate::peer::Peer;
use crate::row::{Pace, Row};

#[rustfmt::skip]
pub(crate) fn rows() -> Vec<Row> {
    let stall = |name, act| Row::serves(name, act).pace(Pace::Hasty).unknown();
    vec![
        stall("silent after the head", |p| { p.head(); p.ignore(); }),
        stall("silent after the request", |p| { p.request(); p.wait(); }).once(),
        stall("silent in its head", |p| { p.reply("HTTP/1.1 200 O"); p.wait(); }).once(),
        stall("silent in its answer", |p| { p.reply("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"); p.wait(); }).once(),
        stall("does not read a large body", |p| { p.head(); p.ignore(); }).padding(32 * MIB).times(0..=0),
        stall("slower than the timeout", |p| { p.reply("HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"); dribble(p, 9999); }).once(),
        Row::serves("slow, and in time", |p| { p.reply("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"); dribble(p, 4); }).answered(200, b"    ").once(),
    ]
}

/// A byte at a time.
fn dribble(peer: &mut Peer, amount: usize) {
    for _ in 0..amount {
        peer.pause();
        if peer.is_over() || !peer.write(" ") {
            break;
        }
    }
}
