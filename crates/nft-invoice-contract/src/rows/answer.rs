//! Over a connection that is fine: what is wrong with the answer, and what is not.

use super::{MIB, OK};
use crate::peer::Peer;
use crate::row::Row;
use crate::traffic::content_length;

/// The answer that the child process asks for.
pub(crate) const PLAIN: &str = "an answer by length";

#[rustfmt::skip]
pub(crate) fn rows() -> Vec<Row> {
    let row = Row::serves;
    vec![
        row("closed at accept", |_| {}).not_answered().times(0..=0),
        row("reset at accept", Peer::reset).not_answered().times(0..=0),
        row("closed after the head", |p| { p.head(); }).unknown(),
        row("closed in the middle of the body", |p| { p.head(); p.read(9); }).unknown(),
        row("closed after the request", |p| { p.request(); }).unknown().once(),
        row("reset after the request", |p| { p.request(); p.reset(); }).unknown().once(),
        row("half a status line", |p| { p.reply("HTTP/1.1 20"); }).unknown().once(),
        row("half a head", |p| { p.reply("HTTP/1.1 200 OK\r\nContent-Le"); }).unknown().once(),
        row("half a 200 by length", |p| { p.reply("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"e\""); }).unknown().once(),
        row("half a 200 by length, then a reset", |p| { p.reply("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"e\""); p.reset(); }).unknown().once(),
        row("half a chunked 200", |p| { p.reply("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"); }).unknown().once(),
        row("no length, then a reset", |p| { p.reply("HTTP/1.1 200 OK\r\n\r\n{"); p.reset(); }).unknown().once(),
        row("no length, closed", |p| { p.reply("HTTP/1.1 200 OK\r\n\r\n{}"); }).answered(200, b"{}").once(),
        row(PLAIN, |p| { p.reply(OK); }).answered(200, b"{}").once(),
        row("an answer in chunks", |p| { p.reply("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"); }).answered(200, b"{}").once(),
        row("an answer in HTTP/1.0", |p| { p.reply("HTTP/1.0 200 OK\r\n\r\n{}"); }).answered(200, b"{}").once(),
        row("204", |p| { p.reply("HTTP/1.1 204 No Content\r\n\r\n"); }).answered(204, b"").once(),
        row("500", |p| { p.reply("HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\noops"); }).answered(500, b"oops").once(),
        row("502 with HTML", |p| { p.reply("HTTP/1.1 502 Bad\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>"); }).answered(502, b"<html>").once(),
        row("100, then 200", |p| { p.reply("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"); }).answered(200, b"{}").once(),
        row("100 before the body, then 200", |p| { let head = p.head(); p.write("HTTP/1.1 100 Continue\r\n\r\n"); p.read(content_length(&head).unwrap_or(0)); p.write(OK); }).answered(200, b"{}").once(),
        row("early 413, reads on", |p| { p.head(); p.write(TOO_LARGE); p.wait(); }).answered(413, b"").padding(4 * MIB).or_unknown(),
        row("early 413, reset", |p| { p.head(); p.write(TOO_LARGE); p.reset(); }).answered(413, b"").padding(4 * MIB).or_unknown(),
        row("early 413 to a small body", |p| { p.head(); p.write(TOO_LARGE); p.wait(); }).answered(413, b""),
        row("a mail server", |p| { p.reply("220 mail.example ESMTP\r\n"); }).unknown().once(),
        row("greets before it reads", |p| { p.write("SSH-2.0-OpenSSH_9.9\r\n"); p.wait(); }).not_answered(),
        row("two lengths", |p| { p.reply("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{} "); }).unknown().once(),
        row("a head without end", |p| { p.reply("HTTP/1.1 200 OK\r\n"); while p.write(LINE) {} }).unknown().once(),
        row("an answer without end", |p| { p.reply("HTTP/1.1 200 OK\r\n\r\n"); while p.write([b' '; 4096]) {} }).unknown().once(),
        row("10 MB", |p| { p.reply("HTTP/1.1 200 OK\r\nContent-Length: 10485760\r\n\r\n"); p.write(vec![b' '; 10 * MIB]); }).unknown().once(),
        row("1 MiB and a byte", |p| { p.reply("HTTP/1.1 200 OK\r\nContent-Length: 1048577\r\n\r\n"); p.write(vec![b' '; MIB + 1]); }).unknown().once(),
        row("1 MiB", |p| { p.reply("HTTP/1.1 200 OK\r\nContent-Length: 1048576\r\n\r\n"); p.write(vec![b' '; MIB]); }).answered(200, &[b' '; MIB]).once(),
        row("a gzip bomb stays packed", |p| { p.reply(format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", BOMB.len())); p.write(BOMB); }).answered(200, &BOMB).once(),
    ]
}

const TOO_LARGE: &str = "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n";
const LINE: &str = "x: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n";

/// 13 KB that unpack to 2 MiB of zeros.
static BOMB: [u8; 13_235] = bomb();

/// gzip's head, and one deflate block: a zero, then "258 bytes like the one before", over and over. The
/// zeros at the end are the block's end and a checksum that is wrong.
const fn bomb() -> [u8; 13_235] {
    const REPEAT: [u8; 13] = [1, 1, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 0];
    const START: [u8; 11] = [1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 0];
    let mut bytes = [0; 13_235];
    bytes[0] = 0x1f;
    bytes[1] = 0x8b;
    bytes[2] = 8;
    bytes[9] = 0xff;
    let mut bit = 0;
    while bit < START.len() + 8_129 * REPEAT.len() {
        let one = if bit < START.len() {
            START[bit]
        } else {
            REPEAT[(bit - START.len()) % REPEAT.len()]
        };
        bytes[10 + bit / 8] |= one << (bit % 8);
        bit += 1;
    }
    bytes
}
