//! A future that is dropped, with or without its runtime: nothing is reported, and nothing is sent again.

use crate::peer::Peer;
use crate::row::{Row, Scene};

#[rustfmt::skip]
pub(crate) fn rows() -> Vec<Row> {
    let dropped = |name, act| Row::new(name, Scene::Dropped(act, false));
    vec![
        Row::new("dropped while connecting", Scene::DroppedConnecting).never(),
        Row::new("dropped in the handshake", Scene::DroppedInHandshake(|p| { p.read(40); p.until_dropped(); })).never(),
        dropped("dropped at accept", Peer::until_dropped),
        dropped("dropped after the head", |p| { p.head(); p.until_dropped(); }),
        dropped("dropped after the request", |p| { p.request(); p.until_dropped(); }).once(),
        dropped("dropped in the answer", |p| { p.reply("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{"); p.until_dropped(); }).once(),
        Row::new("runtime shut down after the request", Scene::Dropped(|p| { p.request(); p.until_dropped(); }, true)).once(),
        Row::new("runtime shut down in the answer", Scene::Dropped(|p| { p.reply("HTTP/1.1 200 O"); p.until_dropped(); }, true)).once(),
    ]
}
