//! A server on loopback that does what it is told, and what the tests have in common.

use std::error::Error;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

pub use nft_invoice_transport::Settings as Options;
use nft_invoice_transport::{BlockingTransport, Body, Delivery, Request, TransportError};

pub const KEY: &str = "key_live_51Hq";
pub const TOKEN: &str = "tok_9f3a";
pub const BODY: &str = r#"{"card_number":"4242424242424242","card_ccv":"737"}"#;

/// For servers that stall before there is a connection: only the connect timeout can end this.
#[cfg_attr(not(feature = "rustls"), allow(dead_code))]
pub fn impatient_to_connect() -> Options {
    Options {
        timeout: Duration::from_secs(3600),
        connect_timeout: Duration::from_millis(300),
        ..Options::default()
    }
}

/// A create with a key, a card, and a token in its URI.
pub fn post(base: &str) -> Request {
    request("POST", base, Body::from_static(BODY.as_bytes()))
}

pub fn get(base: &str) -> Request {
    request("GET", base, Body::empty())
}

pub fn request(method: &str, base: &str, body: Body) -> Request {
    http::Request::builder()
        .method(method)
        .uri(format!("{base}?token={TOKEN}"))
        .header("api-key", KEY)
        .header("content-type", "application/json")
        .body(body)
        .unwrap()
}

/// What became of a send, as a word for comparisons.
pub fn verdict(delivery: Delivery) -> &'static str {
    match delivery {
        Delivery::NotSent => "not sent",
        Delivery::Unknown => "unknown",
        Delivery::Answered => "answered",
    }
}

/// An error with all its sources, both ways of printing it.
pub fn shown(error: &TransportError) -> String {
    let mut all = format!("{error} {error:?} {error:#?}");
    let mut source = error.source();
    while let Some(next) = source {
        all += &format!(" <- {next} {next:?}");
        source = next.source();
    }
    all
}

/// How many requests in these bytes are complete, by their `Content-Length`.
pub fn complete_requests(mut bytes: &[u8]) -> usize {
    let mut complete = 0;
    while let Some(end) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
        let (head, rest) = bytes.split_at(end + 4);
        let length = content_length(head);
        if rest.len() < length {
            break;
        }
        complete += 1;
        bytes = &rest[length..];
    }
    complete
}

fn content_length(head: &[u8]) -> usize {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    head.lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .map_or(0, |length| length.trim().parse().unwrap())
}

/// Accepts connections until [`Server::finish`], each in a thread of its own.
pub struct Server {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    accepting: JoinHandle<Vec<Vec<u8>>>,
}

impl Server {
    /// `behave` gets the number of the connection and the connection, which closes when it returns.
    pub fn start(behave: impl Fn(usize, &mut Peer) + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let behave = Arc::new(behave);
        let accepting = thread::spawn(move || {
            let mut peers = Vec::new();
            for (number, stream) in listener.incoming().enumerate() {
                if stopped.load(Ordering::SeqCst) {
                    break;
                }
                let behave = behave.clone();
                let mut peer = Peer::new(stream.unwrap());
                peers.push(thread::spawn(move || {
                    behave(number, &mut peer);
                    peer.finish()
                }));
            }
            peers.into_iter().map(|p| p.join().unwrap()).collect()
        });
        Self {
            address,
            stop,
            accepting,
        }
    }

    pub fn url(&self) -> String {
        format!("http://{}/create", self.address)
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// What each connection received. The transport must be gone by now.
    pub fn finish(self) -> Vec<Vec<u8>> {
        self.stop.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address));
        self.accepting.join().unwrap()
    }
}

pub trait Wire: Read + Write + Send {}
impl<T: Read + Write + Send> Wire for T {}

/// The server's end of a connection. Errors are the client's business: they end what is going on.
pub struct Peer {
    wire: Box<dyn Wire>,
    tcp: TcpStream,
    received: Arc<Mutex<Vec<u8>>>,
}

impl Peer {
    fn new(tcp: TcpStream) -> Self {
        Self {
            wire: Box::new(tcp.try_clone().unwrap()),
            tcp,
            received: Arc::default(),
        }
    }

    fn finish(self) -> Vec<u8> {
        std::mem::take(&mut *self.received.lock().unwrap())
    }

    /// Goes on in the clear inside of something else, such as TLS; starts what is received anew.
    #[cfg_attr(not(feature = "rustls"), allow(dead_code))]
    pub fn wrap<W: Wire + 'static>(&mut self, wrap: impl FnOnce(TcpStream) -> W) {
        self.wire = Box::new(wrap(self.tcp.try_clone().unwrap()));
        self.received.lock().unwrap().clear();
    }

    /// Reads `amount` bytes, or fewer if the client ends. False then.
    pub fn read(&mut self, amount: usize) -> bool {
        let mut byte = [0];
        for _ in 0..amount {
            match self.wire.read(&mut byte) {
                Ok(1) => self.received.lock().unwrap().push(byte[0]),
                _ => return false,
            }
        }
        true
    }

    /// Reads a request's head; it, or what there was of it.
    pub fn read_head(&mut self) -> Vec<u8> {
        let start = self.received.lock().unwrap().len();
        while self.read(1) {
            let received = self.received.lock().unwrap();
            if received[start..].ends_with(b"\r\n\r\n") {
                break;
            }
        }
        self.received.lock().unwrap()[start..].to_vec()
    }

    /// Reads a whole request. False if the client ended first.
    pub fn read_request(&mut self) -> bool {
        let head = self.read_head();
        head.ends_with(b"\r\n\r\n") && self.read(content_length(&head))
    }

    /// Reads `amount` bytes of the first request, or all of it if it is shorter.
    pub fn read_request_up_to(&mut self, amount: usize) {
        for _ in 0..amount {
            if complete_requests(&self.received.lock().unwrap()) == 1 || !self.read(1) {
                break;
            }
        }
    }

    pub fn write(&mut self, bytes: impl AsRef<[u8]>) -> bool {
        self.wire.write_all(bytes.as_ref()).is_ok() && self.wire.flush().is_ok()
    }

    /// Reads until the client closes.
    pub fn wait(&mut self) {
        while self.read(1) {}
    }
}

/// Sends and gives the verdict, the status of an answer or 0, and its body.
pub fn outcome(
    transport: &dyn BlockingTransport,
    request: Request,
) -> (&'static str, u16, Vec<u8>, Option<TransportError>) {
    match transport.send(request) {
        Ok(answer) => {
            let status = answer.status().as_u16();
            ("answered", status, answer.body().as_bytes().to_vec(), None)
        }
        Err(error) => (verdict(error.delivery()), 0, Vec::new(), Some(error)),
    }
}
