//! Before there is a connection that a request can go over.

use super::OK;
use crate::authority::Identity;
use crate::peer::Peer;
use crate::row::{Pace, Row, Scene};

/// The row whose URI is not this machine's.
pub(crate) const FAR: &str = "a name that does not exist";

#[rustfmt::skip]
pub(crate) fn rows() -> Vec<Row> {
    let handshake = |name, act| Row::new(name, Scene::Handshake(act)).not_sent();
    let tls = |name, identity, act| Row::new(name, Scene::Tls(act)).identity(identity);
    vec![
        Row::new("refused", Scene::Refused(&["POST"])).not_sent(),
        // Nothing was sent, and without a body there may be nothing that proves it.
        Row::new("a read, refused", Scene::Refused(&["GET"])).not_answered().never(),
        Row::new(FAR, Scene::NoSuchName).not_sent(),
        Row::new("plain http, and not to localhost", Scene::InTheClear(reply)).not_sent(),
        Row::new("connecting stalls, connect timeout", Scene::Backlog).pace(Pace::HastyToConnect).not_sent(),
        Row::new("connecting stalls, timeout in all", Scene::Backlog).pace(Pace::Hasty).not_sent(),
        handshake("TLS: closed at accept", |_| {}),
        handshake("TLS: reset at accept", Peer::reset),
        handshake("TLS: closed on hello", |p| { p.read(40); }),
        handshake("TLS: reset on hello", |p| { p.read(40); p.reset(); }),
        handshake("TLS: plain http", |p| { p.await_unread(); p.write(OK); }),
        handshake("TLS: garbage", |p| { p.await_unread(); p.write([0x16, 3, 3, 0, 4, 2, 0xff, 0xff, 0xff]); p.wait(); }),
        handshake("TLS: stalls, connect timeout", Peer::wait).pace(Pace::HastyToConnect),
        handshake("TLS: stalls, timeout in all", Peer::wait).pace(Pace::Hasty),
        tls("TLS: nobody trusts it", Identity::Untrusted, reply).not_sent(),
        // The rows before gave it to transports of their own, which is no reason for this one.
        tls("TLS: an authority that was not given", Identity::Fine, reply).trusts_nobody().not_sent(),
        tls("TLS: another name", Identity::OtherName, reply).not_sent(),
        tls("TLS: expired", Identity::Expired, reply).not_sent(),
        tls("TLS: not valid yet", Identity::Early, reply).not_sent(),
        tls("TLS 1.2: a certificate without its key", Identity::CopiedOlder, reply).not_sent(),
        tls("TLS 1.3: a certificate without its key", Identity::Copied, reply).not_sent(),
        tls("TLS 1.2: wants the client's certificate", Identity::AskingOlder, reply).not_sent(),
        // In 1.3 the client is done before the server looks at what it got.
        tls("TLS 1.3: wants the client's certificate", Identity::Asking, reply).not_answered().never(),
        tls("TLS 1.2: fine", Identity::Older, reply).answered(200, b"{}").once(),
        tls("TLS 1.3: fine", Identity::Fine, reply).answered(200, b"{}").once(),
        tls("TLS 1.2: no length, no close_notify", Identity::Older, endless).unknown().once(),
        tls("TLS 1.3: no length, no close_notify", Identity::Fine, endless).unknown().once(),
        tls("TLS: a length, no close_notify", Identity::Fine, |p| { p.reply(OK); p.no_farewell(); }).answered(200, b"{}").once(),
    ]
}

fn reply(peer: &mut Peer) {
    peer.reply(OK);
}

fn endless(peer: &mut Peer) {
    peer.reply("HTTP/1.1 200 OK\r\n\r\n{}");
    peer.no_farewell();
}
