use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use socket2::SockRef;

use crate::server::{PATIENCE, Stop};
use crate::traffic;

/// The server's end of a connection. I/O errors are not reported: they end the current step.
#[derive(Debug)]
pub(crate) struct Peer {
    wire: Wire,
    /// The socket, for what TLS does not offer: peeking and resetting.
    tcp: TcpStream,
    received: Vec<u8>,
    /// Whether the client closed before a step was complete.
    ended_early: bool,
    close_notify: bool,
    stop: Arc<Stop>,
    stalled: Sender<()>,
    /// Where redirects point: another host with a server, and a closed port.
    pub(crate) elsewhere: String,
    pub(crate) nowhere: String,
}

#[derive(Debug)]
enum Wire {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ServerConnection, TcpStream>>),
}

impl Peer {
    pub(crate) fn new(
        tcp: TcpStream,
        tls: Option<&Arc<ServerConfig>>,
        stop: Arc<Stop>,
        stalled: Sender<()>,
        targets: &[String; 2],
    ) -> io::Result<Self> {
        tcp.set_nodelay(true)?;
        tcp.set_read_timeout(Some(PATIENCE))?;
        tcp.set_write_timeout(Some(PATIENCE))?;
        let wire = match tls {
            None => Wire::Plain(tcp.try_clone()?),
            Some(config) => {
                let connection = ServerConnection::new(config.clone()).map_err(io::Error::other)?;
                Wire::Tls(Box::new(StreamOwned::new(connection, tcp.try_clone()?)))
            }
        };
        let [elsewhere, nowhere] = targets.clone();
        Ok(Self {
            wire,
            tcp,
            received: Vec::new(),
            ended_early: false,
            close_notify: true,
            stop,
            stalled,
            elsewhere,
            nowhere,
        })
    }

    /// Closes the connection and returns what was received, decrypted.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        if let (Wire::Tls(tls), true) = (&mut self.wire, self.close_notify) {
            tls.conn.send_close_notify();
            let _ = tls.flush();
        }
        self.received
    }

    /// Reads `amount` bytes. Returns false if the client closed first.
    pub(crate) fn read(&mut self, mut amount: usize) -> bool {
        let mut bytes = [0; 16 * 1024];
        while amount > 0 {
            let most = amount.min(bytes.len());
            match self.wire.read(&mut bytes[..most]) {
                Ok(count) if count > 0 => {
                    self.received.extend_from_slice(&bytes[..count]);
                    amount -= count;
                }
                _ => {
                    self.ended_early = true;
                    return false;
                }
            }
        }
        true
    }

    /// Reads a request's head and returns it, or as much as there was.
    pub(crate) fn head(&mut self) -> Vec<u8> {
        let start = self.received.len();
        while self.read(1) && !self.received[start..].ends_with(b"\r\n\r\n") {}
        self.received[start..].to_vec()
    }

    /// Reads a whole request. Returns false if the client closed first.
    pub(crate) fn request(&mut self) -> bool {
        let head = self.head();
        head.ends_with(b"\r\n\r\n") && self.read(traffic::content_length(&head).unwrap_or(0))
    }

    /// Reads a whole request and writes this response.
    pub(crate) fn reply(&mut self, response: impl AsRef<[u8]>) -> bool {
        self.request() && self.write(response)
    }

    pub(crate) fn write(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.wire.write_all(bytes.as_ref()).is_ok() && self.wire.flush().is_ok()
    }

    /// Reads until the client closes.
    pub(crate) fn wait(&mut self) {
        while self.read(16 * 1024) {}
    }

    /// Reports that the server has come to the row's fault, unless the client closed before it.
    pub(crate) fn reached(&mut self) {
        if !self.ended_early {
            let _ = self.stalled.send(());
        }
    }

    /// Stalls until the client closes.
    pub(crate) fn stall(&mut self) {
        self.reached();
        self.wait();
    }

    /// Stalls until the row is over, and leaves what the client sends unread.
    pub(crate) fn stall_unread(&mut self) {
        self.reached();
        self.stop.wait();
    }

    /// Whether the send has returned, although the client may still be connected.
    pub(crate) fn is_over(&self) -> bool {
        self.stop.is_set()
    }

    /// Waits for a moment, much shorter than the shortest timeout, or until the client closes.
    pub(crate) fn pause(&mut self) {
        let _ = self.tcp.set_read_timeout(Some(Duration::from_millis(40)));
        let _ = self.tcp.peek(&mut [0]);
        let _ = self.tcp.set_read_timeout(Some(PATIENCE));
    }

    /// Waits for the next byte and leaves it unread.
    pub(crate) fn await_unread(&mut self) {
        let _ = self.tcp.peek(&mut [0]);
    }

    /// Makes the connection end with a reset.
    pub(crate) fn reset(&mut self) {
        self.close_notify = false;
        let _ = SockRef::from(&self.tcp).set_linger(Some(Duration::ZERO));
    }

    /// Makes the connection end without TLS's `close_notify`.
    pub(crate) fn no_close_notify(&mut self) {
        self.close_notify = false;
    }
}

impl Read for Wire {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(tcp) => tcp.read(buffer),
            Self::Tls(tls) => tls.read(buffer),
        }
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(tcp) => tcp.write(bytes),
            Self::Tls(tls) => tls.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(tcp) => tcp.flush(),
            Self::Tls(tls) => tls.flush(),
        }
    }
}
