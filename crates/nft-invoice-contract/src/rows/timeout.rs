//! A server that responds late, without end, or not at all.

use std::thread;
use std::time::Duration;

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
        stalls("response slower than the timeout", |p| { p.reply("HTTP/1.1 200 OK\r\nContent-Length: 9999\r\n\r\n"); p.reached(); drip(p); }).once(),
        // A client may find these malformed before its timeout expires.
        stalls("endless chunk size", |p| { p.reply("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"); repeat(p, "0"); }).once(),
        stalls("endless informational responses", |p| { p.request(); repeat(p, "HTTP/1.1 103 Early Hints\r\n\r\n"); }).once(),
    ]
}

/// Writes spaces, one at a time, until the send has returned.
///
/// A pause that lasts too long on a busy machine never fails a correct transport; it only gives one whose timeout
/// restarts with each byte the time to expire.
fn drip(peer: &mut Peer) {
    while !peer.is_over() && peer.write(" ") {
        peer.pause();
    }
}

/// Writes `unit` again and again, until the client closes or the send has returned.
///
/// At a few megabytes a second: loopback delivers faster than some clients decode, and what they have received by the
/// end of the timeout would take them seconds.
fn repeat(peer: &mut Peer, unit: &str) {
    let block = unit.repeat(4 * 1024 / unit.len());
    peer.reached();
    while !peer.is_over() && peer.write(&block) {
        thread::sleep(Duration::from_millis(1));
    }
}
