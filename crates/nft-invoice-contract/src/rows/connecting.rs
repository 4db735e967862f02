//! Faults before there is a connection that a request can be sent over.

use super::OK;
use crate::authority::Identity;
use crate::peer::Peer;
use crate::row::{Row, Scene, Timeouts};

/// The row whose URI names another machine.
pub(crate) const FAR: &str = "host name does not exist";

#[rustfmt::skip]
pub(crate) fn rows() -> Vec<Row> {
    let handshake = |name, act| Row::new(name, Scene::Handshake(act)).not_sent();
    let tls = |name, identity, act| Row::new(name, Scene::Tls(act)).identity(identity);
    vec![
        Row::new("connection refused", Scene::Refused(&["POST"])).not_sent(),
        // Nothing was sent, but without a body a transport may have no proof.
        Row::new("connection refused for a read", Scene::Refused(&["GET"])).no_response().never(),
        Row::new(FAR, Scene::NoSuchName).not_sent(),
        Row::new("plain http to another host", Scene::InsecureHost(reply)).not_sent(),
        Row::new("connect timeout", Scene::Backlog).timeouts(Timeouts::ShortConnect).not_sent(),
        Row::new("total timeout while connecting", Scene::Backlog).timeouts(Timeouts::ShortTotal).not_sent(),
        // Whoever cancels has the proof; the transport must not say less.
        Row::new("cancelled while connecting", Scene::CancelledConnecting).timeouts(Timeouts::ShortConnect).not_sent(),
        Row::new("first address silent", Scene::SilentAddress(reply)).responded(200, b"{}").once(),
        handshake("TLS handshake: closed at accept", |_| {}),
        handshake("TLS handshake: reset at accept", Peer::reset),
        handshake("TLS handshake: closed after ClientHello", |p| { p.read(40); }),
        handshake("TLS handshake: reset after ClientHello", |p| { p.read(40); p.reset(); }),
        handshake("TLS handshake: server speaks plain http", |p| { p.await_unread(); p.write(OK); }),
        handshake("TLS handshake: malformed record", |p| { p.await_unread(); p.write([0x16, 3, 3, 0, 4, 2, 0xff, 0xff, 0xff]); p.wait(); }),
        handshake("TLS handshake: connect timeout", Peer::wait).timeouts(Timeouts::ShortConnect),
        handshake("TLS handshake: total timeout", Peer::wait).timeouts(Timeouts::ShortTotal),
        tls("certificate: unknown issuer", Identity::Untrusted, reply).not_sent(),
        // Transports of earlier rows were given this issuer; that is no reason for this one to trust it.
        tls("certificate: issuer not configured", Identity::Valid, reply).without_roots().not_sent(),
        tls("certificate: wrong host name", Identity::OtherName, reply).not_sent(),
        tls("certificate: expired", Identity::Expired, reply).not_sent(),
        tls("certificate: not valid yet", Identity::Early, reply).not_sent(),
        tls("TLS 1.2: certificate without its private key", Identity::CopiedTls12, reply).not_sent(),
        tls("TLS 1.3: certificate without its private key", Identity::Copied, reply).not_sent(),
        tls("TLS 1.2: client certificate required", Identity::AskingTls12, reply).not_sent(),
        // In TLS 1.3 the client's handshake is complete before the server checks what it received.
        tls("TLS 1.3: client certificate required", Identity::Asking, reply).no_response().never(),
        tls("TLS 1.2: no fault", Identity::ValidTls12, reply).responded(200, b"{}").once(),
        tls("TLS 1.3: no fault", Identity::Valid, reply).responded(200, b"{}").once(),
        tls("TLS 1.2: body without length or close_notify", Identity::ValidTls12, truncatable).unknown().once(),
        tls("TLS 1.3: body without length or close_notify", Identity::Valid, truncatable).unknown().once(),
        tls("TLS: body with length, no close_notify", Identity::Valid, |p| { p.reply(OK); p.no_close_notify(); }).responded(200, b"{}").once(),
    ]
}

fn reply(peer: &mut Peer) {
    peer.reply(OK);
}

fn truncatable(peer: &mut Peer) {
    peer.reply("HTTP/1.1 200 OK\r\n\r\n{}");
    peer.no_close_notify();
}
