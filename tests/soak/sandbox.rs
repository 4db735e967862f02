//! How fast the sandbox creates invoices, as a library and as the program, beside a bare hyper server that answers fixed
//! bytes to the same request, and how much memory invoices take. Not a test: figures of this machine, with their spread.
//!
//! ```sh
//! cargo build --release -p nft-invoice-cli
//! cargo run --release -p nft-invoice-tests --example sandbox_load -- [SECONDS A ROUND] [CREATES]
//! ```
//!
//! The terminal is that of `script` (util-linux).

use std::convert::Infallible;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::thread::{self, JoinHandle};
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
    let library = address(&sandbox);
    let bare = bare_server(answer_of(library));
    let programs = [
        Program::start("program, to /dev/null", Output::Null, "text"),
        Program::start("program, text to a pipe", Output::Pipe, "text"),
        Program::start("program, JSON to a pipe", Output::Pipe, "json"),
        Program::start("program, on a terminal", Output::Terminal, "text"),
    ];
    let mut servers = vec![("bare hyper", bare), ("library", library)];
    servers.extend(programs.iter().map(|one| (one.name, one.address)));

    let round = Duration::from_secs_f64(seconds);
    let mut rates = vec![Vec::new(); servers.len()];
    for first in 0..ROUNDS {
        // Side by side, each in turns the first.
        for index in (0..servers.len()).map(|next| (first + next) % servers.len()) {
            rates[index].push(rate(servers[index].1, round));
        }
    }
    println!("{CONNECTIONS} connections, {ROUNDS} rounds of {seconds} s");
    for ((name, _), own) in servers.iter().zip(&rates) {
        let ratios = own.iter().zip(&rates[0]).map(|(own, bare)| own / bare);
        let (rate, ratio) = (spread(own.iter().copied()), spread(ratios));
        println!(
            "{name:<24} {:>7.0}/s, ratio to bare hyper: median {:.2}, from {:.2} to {:.2}",
            rate[1], ratio[1], ratio[0], ratio[2]
        );
    }
    for program in programs {
        program.stop();
    }
}

/// The least, the median and the greatest.
fn spread(numbers: impl Iterator<Item = f64>) -> [f64; 3] {
    let mut sorted: Vec<_> = numbers.collect();
    sorted.sort_by(f64::total_cmp);
    [
        sorted[0],
        sorted[sorted.len() / 2],
        sorted[sorted.len() - 1],
    ]
}

/// Where the program writes to.
#[derive(PartialEq)]
enum Output {
    Null,
    Pipe,
    Terminal,
}

/// The program as a process, with a reader of its output.
struct Program {
    name: &'static str,
    address: SocketAddr,
    process: Child,
    /// The lines read, and how many events they say are missing.
    reader: Option<JoinHandle<(usize, usize)>>,
}

impl Program {
    fn start(name: &'static str, output: Output, format: &str) -> Self {
        let own = std::env::current_exe().expect("a path");
        let path = own
            .parent()
            .expect("a folder")
            .with_file_name("nft-invoice");
        assert!(path.exists(), "build the program first: {}", path.display());
        let port = TcpListener::bind("127.0.0.1:0").and_then(|port| port.local_addr());
        let address = port.expect("a port");
        let listen = address.to_string();
        let arguments = ["sandbox", "--format", format, "--listen", &listen];
        let mut command = match output {
            Output::Terminal => {
                let mut script = Command::new("script");
                let line = format!("exec {} {}", path.display(), arguments.join(" "));
                script.args(["--quiet", "--flush", "--command", &line, "/dev/null"]);
                script
            }
            _ => {
                let mut program = Command::new(path);
                program.args(arguments);
                program
            }
        };
        let (stdout, stdin) = match output {
            Output::Null => (Stdio::null(), Stdio::null()),
            // `script` ends with its input.
            _ => (Stdio::piped(), Stdio::piped()),
        };
        let command = command.stdin(stdin).stdout(stdout).stderr(Stdio::null());
        let mut process = command.spawn().expect("the program starts");
        let reader = process.stdout.take().map(|out| thread::spawn(|| read(out)));
        while TcpStream::connect(address).is_err() {
            assert!(process.try_wait().expect("a process").is_none(), "it ended");
            thread::sleep(Duration::from_millis(10));
        }
        Self {
            name,
            address,
            process,
            reader,
        }
    }

    fn stop(mut self) {
        self.process.kill().expect("a process");
        self.process.wait().expect("a process");
        if let Some(reader) = self.reader {
            let (lines, missing) = reader.join().expect("a reader");
            println!(
                "{}: {lines} lines, {missing} that report skipped events",
                self.name
            );
        }
    }
}

fn read(out: ChildStdout) -> (usize, usize) {
    let lines = BufReader::with_capacity(1024 * 1024, out).split(b'\n');
    let mut counts = (0, 0);
    for line in lines.map_while(Result::ok) {
        counts.0 += 1;
        // At the beginning of such an event.
        let begin = &line[..line.len().min(40)];
        let has = |word: &[u8]| begin.windows(word.len()).any(|part| part == word);
        let is_short = has(b"missed") || has(b"omitted");
        counts.1 += usize::from(is_short);
    }
    counts
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
