use std::collections::HashMap;
use std::io::{ErrorKind, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use rustls::crypto::ring;
use rustls::pki_types::PrivateKeyDer;
use rustls::version::{TLS12, TLS13};
use rustls::{ServerConfig, ServerConnection};
use socket2::SockRef;

use crate::client::{END, complete_id};
use crate::random::Random;

const RESPONSE: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{\"errorCode\":0}";
/// Sent by a client to end the server.
pub(crate) const QUIT: &[u8] = b"QUIT";

/// A server's certificate, and what it speaks: TLS 1.2 or TLS 1.3.
pub(crate) struct Tls {
    pub(crate) root: Vec<u8>,
    versions: [Arc<ServerConfig>; 2],
}

impl Tls {
    pub(crate) fn new() -> Self {
        let CertifiedKey { cert, signing_key } =
            generate_simple_self_signed(["127.0.0.1".to_owned()]).expect("a certificate");
        let versions = [&TLS12, &TLS13].map(|version| {
            let key = PrivateKeyDer::try_from(signing_key.serialize_der()).expect("a key");
            let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
                .with_protocol_versions(&[version])
                .expect("a version that ring speaks")
                .with_no_client_auth()
                .with_single_cert(vec![cert.der().clone()], key);
            Arc::new(config.expect("a certificate and its key"))
        });
        Self {
            root: cert.der().to_vec(),
            versions,
        }
    }
}

/// How often the request with each id was received completely.
pub(crate) type Received = HashMap<u64, u64>;

/// Cuts connections, each in a thread of its own, until it receives [`QUIT`].
pub(crate) fn serve(listener: &TcpListener, tls: Option<&Tls>, mut random: Random) -> Received {
    let received = Mutex::new(Received::new());
    let quit = AtomicBool::new(false);
    thread::scope(|scope| {
        for stream in listener.incoming() {
            if quit.load(Ordering::SeqCst) {
                break;
            }
            let Ok(stream) = stream else { continue };
            let (mut random, received, quit) = (random.fork(), &received, &quit);
            scope.spawn(move || {
                let request = cut(stream, tls, &mut random);
                if request == QUIT {
                    quit.store(true, Ordering::SeqCst);
                }
                if let Some(id) = complete_id(&request) {
                    *received
                        .lock()
                        .expect("no thread panics")
                        .entry(id)
                        .or_default() += 1;
                }
            });
        }
    });
    received.into_inner().expect("no thread panics")
}

/// Reads a request and responds to it, or ends the connection before. Returns what was received.
fn cut(stream: TcpStream, tls: Option<&Tls>, random: &mut Random) -> Vec<u8> {
    if random.below(2) == 0 {
        // A reset in place of an end.
        let _ = SockRef::from(&stream).set_linger(Some(Duration::ZERO));
    }
    // Some end while they are idle: as soon as nothing arrives for a moment.
    let patience = match random.below(3) {
        0 => Duration::from_micros(1 + random.below(3_000)),
        _ => Duration::from_secs(5),
    };
    let _ = stream.set_read_timeout(Some(patience));
    let config = tls.map(|tls| &tls.versions[random.below(2) as usize]);
    let cut = match config {
        None => Cut::of_plain(random),
        Some(_) => Cut::of_tls(random),
    };
    let responds = cut == Cut::NEVER || cut.written < u64::MAX;
    let mut connection = Connection {
        stream,
        tls: config.map(|c| ServerConnection::new(c.clone()).expect("a connection")),
        cut,
        request: Vec::new(),
        quit: false,
    };
    while connection.read() {}
    if connection.quit {
        return QUIT.to_vec();
    }
    if responds && connection.request.ends_with(END) {
        let length = random
            .below(2 * RESPONSE.len() as u64)
            .min(RESPONSE.len() as u64);
        connection.respond(&RESPONSE[..length as usize], random.below(2) == 0);
    }
    connection.drain();
    connection.request
}

/// After how many bytes a connection ends.
#[derive(Clone, Copy, PartialEq)]
struct Cut {
    /// Of the request, without TLS.
    request: u64,
    /// On the socket, of both handshake and request.
    read: u64,
    /// On the socket, of both handshake and response.
    written: u64,
}

impl Cut {
    const NEVER: Self = Self {
        request: u64::MAX,
        read: u64::MAX,
        written: u64::MAX,
    };

    /// Some at once, some in the head, some in the body, some never.
    fn of_plain(random: &mut Random) -> Self {
        let request = match random.below(8) {
            0 => 0,
            1 | 2 => random.below(300),
            3 | 4 => random.below(12_300),
            _ => u64::MAX,
        };
        Self {
            request,
            ..Self::NEVER
        }
    }

    /// The same inside of TLS, or on the socket: there some in the handshake, in either direction.
    fn of_tls(random: &mut Random) -> Self {
        match random.below(8) {
            0 | 1 => Self::of_plain(random),
            2 => Self {
                read: random.below(700),
                ..Self::NEVER
            },
            3 | 4 => Self {
                read: random.below(13_000),
                ..Self::NEVER
            },
            5 => Self {
                written: random.below(1_500),
                ..Self::NEVER
            },
            _ => Self::NEVER,
        }
    }
}

/// The server's end of a connection, as far as its cut lets it be one.
struct Connection {
    stream: TcpStream,
    tls: Option<ServerConnection>,
    cut: Cut,
    /// What has arrived of the request, decrypted.
    request: Vec<u8>,
    quit: bool,
}

impl Connection {
    /// Reads what comes next. False when that was the request's end, the client's or the cut.
    fn read(&mut self) -> bool {
        let mut buffer = [0; 16 * 1024];
        let most = self.cut.read.min(buffer.len() as u64) as usize;
        if most == 0 || self.request.len() as u64 >= self.cut.request {
            return false;
        }
        let Ok(length @ 1..) = self.stream.read(&mut buffer[..most]) else {
            return false;
        };
        self.cut.read -= length as u64;
        self.quit = &buffer[..length] == QUIT;
        self.take(&buffer[..length]) && self.flush() && !self.quit && !self.request.ends_with(END)
    }

    /// Decrypts what was read. False if that is no TLS, or comes after its end.
    fn take(&mut self, mut bytes: &[u8]) -> bool {
        let Some(tls) = &mut self.tls else {
            self.request.extend_from_slice(bytes);
            return true;
        };
        while !bytes.is_empty() {
            let taken =
                matches!(tls.read_tls(&mut bytes), Ok(1..)) && tls.process_new_packets().is_ok();
            // Ends with an error where there is nothing more as yet.
            let _ = tls.reader().read_to_end(&mut self.request);
            if !taken {
                return false;
            }
        }
        true
    }

    /// Writes what TLS has to say. False when it was cut.
    fn flush(&mut self) -> bool {
        let mut bytes = Vec::new();
        if let Some(tls) = &mut self.tls {
            while tls.wants_write() && tls.write_tls(&mut bytes).is_ok() {}
        }
        self.write(&bytes)
    }

    /// Writes a response, or the beginning of one; with `close_notify`, TLS ends with it.
    fn respond(&mut self, response: &[u8], close_notify: bool) {
        let Some(tls) = &mut self.tls else {
            self.write(response);
            return;
        };
        let _ = tls.writer().write_all(response);
        if close_notify {
            tls.send_close_notify();
        }
        self.flush();
    }

    fn write(&mut self, bytes: &[u8]) -> bool {
        let most = self.cut.written.min(bytes.len() as u64) as usize;
        self.cut.written -= most as u64;
        self.stream.write_all(&bytes[..most]).is_ok() && most == bytes.len()
    }

    /// Reads what has arrived by now: it counts as received.
    fn drain(&mut self) {
        let _ = self.stream.set_nonblocking(true);
        let mut buffer = [0; 16 * 1024];
        loop {
            match self.stream.read(&mut buffer) {
                Ok(length @ 1..) if self.take(&buffer[..length]) => {}
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                _ => break,
            }
        }
    }
}
