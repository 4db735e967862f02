//! A server on loopback, and requests to it.

use std::error::Error;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use nft_invoice::transport::{
    BlockingTransport, Body, Delivery, Request, TransportConfig, TransportError,
};

pub const KEY: &str = "key_live_51Hq";
pub const TOKEN: &str = "tok_9f3a";
pub const BODY: &str = r#"{"card_number":"4242424242424242","card_ccv":"737"}"#;

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

/// Sends, and returns the delivery and everything that the error prints, if there is one.
pub fn outcome(transport: &dyn BlockingTransport, request: Request) -> (Delivery, String) {
    match transport.send(request) {
        Ok(_) => (Delivery::Responded, String::new()),
        Err(error) => (error.delivery(), printed(&error)),
    }
}

/// `Display` and `Debug` of an error and all its sources.
fn printed(error: &TransportError) -> String {
    let mut all = format!("{error} {error:?} {error:#?}");
    let mut source = error.source();
    while let Some(next) = source {
        all += &format!(" <- {next} {next:?}");
        source = next.source();
    }
    all
}

/// Accepts connections until [`Server::finish`], each in a thread of its own.
pub struct Server {
    address: SocketAddr,
    stop: Arc<AtomicBool>,
    accepting: JoinHandle<Vec<Vec<u8>>>,
}

impl Server {
    /// Runs `act` with the number of a connection and the connection; it returns what it received.
    pub fn start(act: impl Fn(usize, TcpStream) -> Vec<u8> + Send + Sync + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let act = Arc::new(act);
        let accepting = thread::spawn(move || {
            let mut peers = Vec::new();
            for (number, stream) in listener.incoming().enumerate() {
                if stopped.load(Ordering::SeqCst) {
                    break;
                }
                let act = act.clone();
                peers.push(thread::spawn(move || act(number, stream.unwrap())));
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

    /// A configuration with this server as the proxy.
    pub fn proxy(&self) -> TransportConfig {
        TransportConfig {
            proxy: Some(format!("http://user:secret@{}", self.address)),
            ..TransportConfig::default()
        }
    }

    /// Returns what each connection received. The transport must be dropped by now.
    pub fn finish(self) -> Vec<Vec<u8>> {
        self.stop.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address));
        self.accepting.join().unwrap()
    }
}

/// Responds to each request of a connection until the client closes.
pub fn respond_to_all(_: usize, mut stream: impl Read + Write) -> Vec<u8> {
    let mut received = Vec::new();
    while read_request(&mut stream, &mut received) {
        let response = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
        if stream.write_all(response).and(stream.flush()).is_err() {
            break;
        }
    }
    received
}

/// Reads one more request to its end. Returns false if the client closed first.
pub fn read_request(stream: &mut impl Read, received: &mut Vec<u8>) -> bool {
    let before = complete_requests(received);
    while complete_requests(received) == before {
        if !read(stream, received) {
            return false;
        }
    }
    true
}

pub fn read(stream: &mut impl Read, received: &mut Vec<u8>) -> bool {
    let mut byte = [0];
    let arrived = matches!(stream.read(&mut byte), Ok(1));
    received.extend(byte.iter().filter(|_| arrived));
    arrived
}

/// Reads until the client closes.
pub fn wait(stream: &mut impl Read) {
    let _ = stream.read_to_end(&mut Vec::new());
}

/// Counts the requests in `bytes` that are complete by their `Content-Length`.
pub fn complete_requests(mut bytes: &[u8]) -> usize {
    let mut complete = 0;
    while let Some(end) = bytes.windows(4).position(|w| w == b"\r\n\r\n") {
        let (head, rest) = bytes.split_at(end + 4);
        let head = String::from_utf8_lossy(head).to_ascii_lowercase();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length:"))
            .map_or(0, |length| length.trim().parse().unwrap());
        if rest.len() < length {
            break;
        }
        complete += 1;
        bytes = &rest[length..];
    }
    complete
}
