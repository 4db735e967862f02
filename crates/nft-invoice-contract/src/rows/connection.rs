//! Which connections a transport makes: redirects, and connections that were kept open.

use super::OK;
use crate::peer::Peer;
use crate::row::{Row, Scene};

#[rustfmt::skip]
pub(crate) fn rows() -> Vec<Row> {
    let redirect = |name, status, act| Row::serves(name, act).responded(status, b"{}").once();
    let sends = |name, methods, act| Row::new(name, Scene::Sends(methods, act)).responded(200, b"{}");
    vec![
        redirect("redirect 301 to another host", 301, |p| go(p, 301, &p.elsewhere.clone())),
        redirect("redirect 302 to another host", 302, |p| go(p, 302, &p.elsewhere.clone())),
        redirect("redirect 303 to another host", 303, |p| go(p, 303, &p.elsewhere.clone())),
        redirect("redirect 307 to another host", 307, |p| go(p, 307, &p.elsewhere.clone())),
        redirect("redirect 308 to another host", 308, |p| go(p, 308, &p.elsewhere.clone())),
        redirect("redirect 307 to a closed port", 307, |p| go(p, 307, &p.nowhere.clone())),
        redirect("redirect 307 to the same URI", 307, |p| go(p, 307, "/create/0")),
        redirect("redirect 302 without Location", 302, |p| { p.reply("HTTP/1.1 302 Found\r\nContent-Length: 2\r\n\r\n{}"); }),
        sends("redirect 302 of a read to another host", &["GET"], |p| go(p, 302, &p.elsewhere.clone())).responded(302, b"{}").once(),
        sends("redirect 307 of a read to the same URI", &["GET"], |p| go(p, 307, "/create/0")).responded(307, b"{}").once(),
        sends("misleading framing headers", &["POST", "GET", "POST"], |p| while p.reply(OK) {}).times(3..=3).misleading(),
        sends("two creates use two connections", &["POST", "POST"], |p| while p.reply(OK) {}).times(2..=2),
        sends("create after a read whose connection is closed", &["GET", "POST"], |p| { p.reply(OK); }).times(2..=2),
        // A transport may or may not notice in time that a connection was closed. If not, the read fails and
        // may not have arrived; the next one makes a new connection.
        sends("reads: closed after each response", &["GET"; 20], |p| { p.reply(OK); }).times(10..=20),
        // A read over a used connection arrives and gets no response: it must not be sent again.
        sends("reads: closed after each second request", &["GET"; 20], |p| { p.reply(OK); p.request(); }).times(20..=20),
        sends("create after a read without a response", &["GET", "GET", "POST"], |p| { p.reply(OK); p.request(); }).times(3..=3),
    ]
}

fn go(peer: &mut Peer, status: u16, target: &str) {
    peer.reply(format!(
        "HTTP/1.1 {status} Go\r\nLocation: {target}\r\nContent-Length: 2\r\n\r\n{{}}"
    ));
    // A client that follows to the same host may come back on this connection.
    peer.wait();
}
