//! Which connections a transport makes: where redirects point, and those it kept.

use super::OK;
use crate::peer::Peer;
use crate::row::{Row, Scene};

#[rustfmt::skip]
pub(crate) fn rows() -> Vec<Row> {
    let redirect = |name, status, act| Row::serves(name, act).answered(status, b"{}").once();
    let sends = |name, methods, act| Row::new(name, Scene::Sends(methods, act)).answered(200, b"{}");
    vec![
        redirect("301 to another host", 301, |p| go(p, 301, &p.elsewhere.clone())),
        redirect("302 to another host", 302, |p| go(p, 302, &p.elsewhere.clone())),
        redirect("303 to another host", 303, |p| go(p, 303, &p.elsewhere.clone())),
        redirect("307 to another host", 307, |p| go(p, 307, &p.elsewhere.clone())),
        redirect("308 to another host", 308, |p| go(p, 308, &p.elsewhere.clone())),
        redirect("307 to a dead port", 307, |p| go(p, 307, &p.nowhere.clone())),
        redirect("307 to itself", 307, |p| go(p, 307, "/create/0")),
        redirect("302 without a target", 302, |p| { p.reply("HTTP/1.1 302 Found\r\nContent-Length: 2\r\n\r\n{}"); }),
        sends("302 of a read to another host", &["GET"], |p| go(p, 302, &p.elsewhere.clone())).answered(302, b"{}").once(),
        sends("307 of a read to itself", &["GET"], |p| go(p, 307, "/create/0")).answered(307, b"{}").once(),
        sends("headers that lie about the framing", &["POST", "GET", "POST"], |p| while p.reply(OK) {}).times(3..=3).lies(),
        sends("two creates: a connection each", &["POST", "POST"], |p| while p.reply(OK) {}).times(2..=2),
        sends("a create after a read whose connection is dead", &["GET", "POST"], |p| { p.reply(OK); }).times(2..=2),
        // A connection that was closed in time is noticed or not: then the read fails, and may not have arrived.
        sends("reads: each answer is its connection's last", &["GET"; 20], |p| { p.reply(OK); }).times(10..=20),
        // A read may go over another's connection and be taken without an answer: once, and no more.
        sends("reads: closed on each connection's second", &["GET"; 20], |p| { p.reply(OK); p.request(); }).times(20..=20),
        sends("closed on a connection's second request", &["GET", "GET", "POST"], |p| { p.reply(OK); p.request(); }).times(3..=3),
    ]
}

fn go(peer: &mut Peer, status: u16, target: &str) {
    peer.reply(format!(
        "HTTP/1.1 {status} Go\r\nLocation: {target}\r\nContent-Length: 2\r\n\r\n{{}}"
    ));
    // A client that follows to the same host may come back on this connection.
    peer.wait();
}
