//! A connection without faults: complete, incomplete and malformed responses.

use super::{MIB, OK};
use crate::peer::Peer;
use crate::row::Row;
use crate::traffic::content_length;

/// The row that the child process runs against a server.
pub(crate) const PLAIN: &str = "body with length";

#[rustfmt::skip]
pub(crate) fn rows() -> Vec<Row> {
    let row = Row::serves;
    vec![
        row("closed at accept", |_| {}).no_response().times(0..=0),
        row("reset at accept", Peer::reset).no_response().times(0..=0),
        row("closed after the request head", |p| { p.head(); }).unknown(),
        row("closed in the middle of the request body", |p| { p.head(); p.read(9); }).unknown(),
        row("closed after the request", |p| { p.request(); }).unknown().once(),
        row("reset after the request", |p| { p.request(); p.reset(); }).unknown().once(),
        row("truncated status line", |p| { p.reply("HTTP/1.1 20"); }).unknown().once(),
        row("truncated response head", |p| { p.reply("HTTP/1.1 200 OK\r\nContent-Le"); }).unknown().once(),
        row("truncated body with length", |p| { p.reply("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"e\""); }).unknown().once(),
        row("truncated body with length, then reset", |p| { p.reply("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n{\"e\""); p.reset(); }).unknown().once(),
        row("truncated chunked body", |p| { p.reply("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n"); }).unknown().once(),
        row("chunked body without its final CRLF", |p| { p.reply("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n"); }).unknown().once(),
        row("body without length, then reset", |p| { p.reply("HTTP/1.1 200 OK\r\n\r\n{"); p.reset(); }).unknown().once(),
        row("body without length, then closed", |p| { p.reply("HTTP/1.1 200 OK\r\n\r\n{}"); }).responded(200, b"{}").once(),
        row(PLAIN, |p| { p.reply(OK); }).responded(200, b"{}").once(),
        row("body byte by byte", |p| { p.reply("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n"); for _ in 0..4 { p.write(" "); } }).responded(200, b"    ").once(),
        row("chunked body", |p| { p.reply("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n"); }).responded(200, b"{}").once(),
        row("HTTP/1.0 response", |p| { p.reply("HTTP/1.0 200 OK\r\n\r\n{}"); }).responded(200, b"{}").once(),
        row("status 204", |p| { p.reply("HTTP/1.1 204 No Content\r\n\r\n"); }).responded(204, b"").once(),
        row("status 500", |p| { p.reply("HTTP/1.1 500 Oops\r\nContent-Length: 4\r\n\r\noops"); }).responded(500, b"oops").once(),
        row("status 502 with HTML", |p| { p.reply("HTTP/1.1 502 Bad\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>"); }).responded(502, b"<html>").once(),
        row("status 100, then 200", |p| { p.reply("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"); }).responded(200, b"{}").once(),
        row("status 100 before the request body, then 200", |p| { let head = p.head(); p.write("HTTP/1.1 100 Continue\r\n\r\n"); p.read(content_length(&head).unwrap_or(0)); p.write(OK); }).responded(200, b"{}").once(),
        row("early 413, request body read", |p| { p.head(); p.write(TOO_LARGE); p.wait(); }).responded(413, b"").padding(4 * MIB).or_unknown(),
        row("early 413, then reset", |p| { p.head(); p.write(TOO_LARGE); p.reset(); }).responded(413, b"").padding(4 * MIB).or_unknown(),
        row("early 413 for a small body", |p| { p.head(); p.write(TOO_LARGE); p.wait(); }).responded(413, b""),
        row("response is not HTTP", |p| { p.reply("220 mail.example ESMTP\r\n"); }).unknown().once(),
        row("server speaks first", |p| { p.write("SSH-2.0-OpenSSH_9.9\r\n"); p.wait(); }).no_response(),
        row("two Content-Length headers", |p| { p.reply("HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{} "); }).unknown().once(),
        row("endless response head", |p| { p.reply("HTTP/1.1 200 OK\r\n"); while p.write(LINE) {} }).unknown().once(),
        row("endless response body", |p| { p.reply("HTTP/1.1 200 OK\r\n\r\n"); while p.write([b' '; 4096]) {} }).unknown().once(),
        row("response of 10 MB", |p| { p.reply("HTTP/1.1 200 OK\r\nContent-Length: 10485760\r\n\r\n"); p.write(vec![b' '; 10 * MIB]); }).unknown().once(),
        row("response of 1 MiB and one byte", |p| { p.reply("HTTP/1.1 200 OK\r\nContent-Length: 1048577\r\n\r\n"); p.write(vec![b' '; MIB + 1]); }).unknown().once(),
        row("response of 1 MiB", |p| { p.reply("HTTP/1.1 200 OK\r\nContent-Length: 1048576\r\n\r\n"); p.write(vec![b' '; MIB]); }).responded(200, &[b' '; MIB]).once(),
        row("gzip is not decompressed", |p| { p.reply(format!("HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {}\r\n\r\n", BOMB.len())); p.write(BOMB); }).responded(200, &BOMB).once(),
    ]
}

const TOO_LARGE: &str = "HTTP/1.1 413 Too Large\r\nContent-Length: 0\r\n\r\n";
const LINE: &str = "x: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\r\n";

/// 13 KB that decompress to 2 MiB of zeros.
static BOMB: [u8; 13_235] = bomb();

/// A gzip header and one deflate block: a zero, then "258 bytes like the one before", over and over. The
/// zeros at the end are the end of the block and a checksum that is wrong.
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
