use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::Duration;

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use socket2::SockRef;

use crate::server::{PATIENCE, Stop};
use crate::traffic;

/// The server's end of a connection. Errors are the client's business: they end what is going on.
#[derive(Debug)]
pub(crate) struct Peer {
    wire: Wire,
    /// For what TLS does not offer: looking ahead, resetting.
    tcp: TcpStream,
    received: Vec<u8>,
    farewell: bool,
    stop: Arc<Stop>,
    reached: Sender<()>,
    /// Where redirects go: another host with a server, and a port without one.
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
        reached: Sender<()>,
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
            farewell: true,
            stop,
            reached,
            elsewhere,
            nowhere,
        })
    }

    /// Closes, and gives what was received: inside of TLS, where there is TLS.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        if let (Wire::Tls(tls), true) = (&mut self.wire, self.farewell) {
            tls.conn.send_close_notify();
            let _ = tls.flush();
        }
        self.received
    }

    /// Reads `amount` bytes, or fewer if the client ends. False then.
    pub(crate) fn read(&mut self, mut amount: usize) -> bool {
        let mut bytes = [0; 16 * 1024];
        while amount > 0 {
            let most = amount.min(bytes.len());
            match self.wire.read(&mut bytes[..most]) {
                Ok(count) if count > 0 => {
                    self.received.extend_from_slice(&bytes[..count]);
                    amount -= count;
                }
                _ => return false,
            }
        }
        true
    }

    /// Reads a request's head; it, or what there was of it.
    pub(crate) fn head(&mut self) -> Vec<u8> {
        let start = self.received.len();
        while self.read(1) && !self.received[start..].ends_with(b"\r\n\r\n") {}
        self.received[start..].to_vec()
    }

    /// Reads a whole request. False if the client ended first.
    pub(crate) fn request(&mut self) -> bool {
        let head = self.head();
        head.ends_with(b"\r\n\r\n") && self.read(traffic::content_length(&head).unwrap_or(0))
    }

    /// Reads a whole request and gives this answer.
    pub(crate) fn reply(&mut self, answer: impl AsRef<[u8]>) -> bool {
        self.request() && self.write(answer)
    }

    pub(crate) fn write(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.wire.write_all(bytes.as_ref()).is_ok() && self.wire.flush().is_ok()
    }

    /// Reads until the client closes.
    pub(crate) fn wait(&mut self) {
        while self.read(16 * 1024) {}
    }

    /// Reads nothing until the row is over.
    pub(crate) fn ignore(&mut self) {
        self.stop.wait();
    }

    /// Whether nobody waits for this row any more, although the client may be there still.
    pub(crate) fn is_over(&self) -> bool {
        self.stop.is_set()
    }

    /// Lets a moment pass, or less if the client closes.
    pub(crate) fn pause(&mut self) {
        let _ = self.tcp.set_read_timeout(Some(Duration::from_millis(40)));
        let _ = self.tcp.peek(&mut [0]);
        let _ = self.tcp.set_read_timeout(Some(PATIENCE));
    }

    /// Blocks until a byte of what comes next is there, and leaves it unread.
    pub(crate) fn await_unread(&mut self) {
        let _ = self.tcp.peek(&mut [0]);
    }

    /// The connection ends by a reset.
    pub(crate) fn reset(&mut self) {
        self.farewell = false;
        let _ = SockRef::from(&self.tcp).set_linger(Some(Duration::ZERO));
    }

    /// The connection ends without TLS's `close_notify`.
    pub(crate) fn no_farewell(&mut self) {
        self.farewell = false;
    }

    /// Tells the suite that the moment has come to give the request up, and waits for the client.
    pub(crate) fn until_dropped(&mut self) {
        let _ = self.reached.send(());
        self.wait();
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
