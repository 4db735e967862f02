//! A future that is dropped, with or without its runtime: nothing more is sent.

use crate::peer::Peer;
use crate::row::{Row, Scene};

#[rustfmt::skip]
pub(crate) fn rows() -> Vec<Row> {
    let dropped = |name, act| Row::new(name, Scene::Dropped(act, false));
    vec![
        Row::new("future dropped while connecting", Scene::DroppedConnecting).never(),
        Row::new("future dropped in the TLS handshake", Scene::DroppedInHandshake(|p| { p.read(40); p.stall(); })).never(),
        dropped("future dropped at accept", Peer::stall),
        dropped("future dropped after the request head", |p| { p.head(); p.stall(); }),
        dropped("future dropped after the request", |p| { p.request(); p.stall(); }).once(),
        dropped("future dropped in the response", |p| { p.reply("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"); p.stall(); }).once(),
        Row::new("runtime shut down after the request", Scene::Dropped(|p| { p.request(); p.stall(); }, true)).once(),
        Row::new("runtime shut down in the response", Scene::Dropped(|p| { p.reply("HTTP/1.1 200 O"); p.stall(); }, true)).once(),
    ]
}
