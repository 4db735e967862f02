//! How fast the sandbox creates invoices beside a bare hyper server that answers fixed bytes to the same request, and
//! how much memory invoices take. Not a test: figures of this machine, with their spread.
//!
//! `cargo run --release -p nft-invoice-tests --example sandbox_load -- [SECONDS A ROUND] [CREATES]`

use std::convert::Infallible;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use nft_invoice_sandbox::Sandbox;

/// Connections that send one request after the other.
const CONNECTIONS: usize = 8;
const ROUNDS: usize = 5;
const BODY: &str = r#"{"email":"customer@shop.example","amount":"15.40","devise":"USD","checkoutMode":"nft","callbackJson":"{\"reference\":\"order-7f3a\"}","success_url":"https://shop.example/thanks"}"#;

fn main() {
    let mut arguments = std::env::args().skip(1);
    let seconds = arguments
        .next()
        .map_or(2.0, |text| text.parse().expect("seconds a round"));
    let creates = arguments
        .next()
        .map_or(0, |text| text.parse().expect("a number of creates"));

    // First, as what the rounds leave behind would count.
    if creates > 0 {
        memory(creates);
    }

    let sandbox = Sandbox::builder()
        .start_blocking()
        .expect("the sandbox starts");
    let ours = address(&sandbox);
    let bare = bare_server(answer_of(ours));
    let round = Duration::from_secs_f64(seconds);
    let mut ratios = Vec::new();
    for number in 1..=ROUNDS {
        // Side by side, the first of the two in turns.
        let (a, b) = match number % 2 {
            0 => {
                let bare = rate(bare, round);
                (rate(ours, round), bare)
            }
            _ => (rate(ours, round), rate(bare, round)),
        };
        ratios.push(a / b);
        println!(
            "round {number}: sandbox {a:.0}/s, bare hyper {b:.0}/s, ratio {:.2}",
            a / b
        );
    }
    ratios.sort_by(f64::total_cmp);
    println!(
        "ratio: median {:.2}, from {:.2} to {:.2} in {ROUNDS} rounds; {} invoices",
        ratios[ROUNDS / 2],
        ratios[0],
        ratios[ROUNDS - 1],
        sandbox.invoices().len()
    );
}

/// Creates so many invoices, and reports the memory of the process on the way.
fn memory(creates: usize) {
    let sandbox = Sandbox::builder()
        .start_blocking()
        .expect("the sandbox starts");
    let address = address(&sandbox);
    let before = resident();
    for part in 1..=10 {
        thread::scope(|scope| {
            for _ in 0..CONNECTIONS {
                scope.spawn(|| {
                    let mut client = Client::new(address);
                    (0..creates / 10 / CONNECTIONS).for_each(|_| client.create());
                });
            }
        });
        let (made, now) = (creates / 10 * part, resident());
        let each = (now.saturating_sub(before)) * 1024 / made;
        println!(
            "{made} creates: {} MiB, {each} bytes an invoice",
            now / 1024
        );
    }
}

/// KiB.
fn resident() -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let size = line.and_then(|line| line.split_whitespace().nth(1));
    size.and_then(|size| size.parse().ok()).unwrap_or(0)
}

fn address(sandbox: &Sandbox) -> SocketAddr {
    let url = sandbox.base_url().trim_start_matches("http://");
    url.parse().expect("the sandbox's address")
}

/// Requests a second.
fn rate(address: SocketAddr, round: Duration) -> f64 {
    let start = Instant::now();
    let done: usize = thread::scope(|scope| {
        let clients: Vec<_> = (0..CONNECTIONS)
            .map(|_| {
                scope.spawn(|| {
                    let mut client = Client::new(address);
                    let mut done = 0;
                    while start.elapsed() < round {
                        client.create();
                        done += 1;
                    }
                    done
                })
            })
            .collect();
        clients
            .into_iter()
            .map(|one| one.join().expect("a client"))
            .sum()
    });
    done as f64 / start.elapsed().as_secs_f64()
}

struct Client {
    socket: TcpStream,
    request: Vec<u8>,
    answer: Vec<u8>,
}

impl Client {
    fn new(address: SocketAddr) -> Self {
        let socket = TcpStream::connect(address).expect("it accepts");
        socket.set_nodelay(true).expect("a socket's option");
        let head = format!(
            "POST /api/btn-create-invoice/get/ HTTP/1.1\r\nHost: localhost\r\nAPI-KEY: sandbox-key\r\n\
             Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{BODY}",
            BODY.len()
        );
        Self {
            socket,
            request: head.into_bytes(),
            answer: vec![0; 16 * 1024],
        }
    }

    fn create(&mut self) {
        self.exchange();
    }

    /// The answer's body.
    fn exchange(&mut self) -> &[u8] {
        self.socket.write_all(&self.request).expect("it reads");
        let mut have = 0;
        loop {
            let count = self
                .socket
                .read(&mut self.answer[have..])
                .expect("it answers");
            assert!(count > 0, "it closed");
            have += count;
            let Some(head) = self.answer[..have]
                .windows(4)
                .position(|four| four == b"\r\n\r\n")
            else {
                continue;
            };
            let text = std::str::from_utf8(&self.answer[..head]).expect("a head is ASCII");
            assert!(text.starts_with("HTTP/1.1 200"), "{text}");
            let lengths = text.lines().filter_map(|line| line.split_once(": "));
            let mut lengths =
                lengths.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
            let length: usize = lengths
                .next()
                .expect("a length")
                .1
                .parse()
                .expect("a number");
            if have == head + 4 + length {
                return &self.answer[head + 4..have];
            }
        }
    }
}

/// What the sandbox answers, for the bare server to answer the same.
fn answer_of(address: SocketAddr) -> Bytes {
    Bytes::copy_from_slice(Client::new(address).exchange())
}

/// Reads each request whole and answers `bytes`, on one thread as the sandbox does.
fn bare_server(bytes: Bytes) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.set_nonblocking(true).expect("a socket's option");
    let address = listener.local_addr().expect("an address");
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.expect("a runtime").block_on(async move {
            let listener = tokio::net::TcpListener::from_std(listener).expect("a listener");
            loop {
                let (stream, _) = listener.accept().await.expect("a connection");
                stream.set_nodelay(true).expect("a socket's option");
                let bytes = bytes.clone();
                tokio::spawn(async move {
                    let service = service_fn(move |request: Request<Incoming>| {
                        let bytes = bytes.clone();
                        async move {
                            request
                                .into_body()
                                .collect()
                                .await
                                .expect("a whole request");
                            let mut answer = Response::new(Full::new(bytes));
                            let json = hyper::header::HeaderValue::from_static("application/json");
                            answer
                                .headers_mut()
                                .insert(hyper::header::CONTENT_TYPE, json);
                            Ok::<_, Infallible>(answer)
                        }
                    });
                    let _ = http1::Builder::new()
                        .timer(TokioTimer::new())
                        .header_read_timeout(Duration::from_secs(10))
                        .serve_connection(TokioIo::new(stream), service)
                        .await;
                });
            }
        });
    });
    address
}
