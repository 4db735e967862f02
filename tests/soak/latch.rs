//! Is "not sent" ever wrong? Cuts many requests at random bytes of both directions and compares what the transport
//! claims with what the server has seen. Outside the test suite, because it takes minutes:
//!
//! ```sh
//! cargo run --release -p nft-invoice-tests --example latch_soundness -- 100000
//! ```
//!
//! Ends with 1 if a request was claimed not sent that a server has seen whole.

use std::collections::HashSet;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use nft_invoice::transport::{
    BlockingTransport, Body, Delivery, Request, Response, Settings, Transport, TransportError,
};
use nft_invoice_reqwest::ReqwestTransport;
use nft_invoice_ureq::UreqTransport;
use socket2::SockRef;

/// Pairs of a client and its server. Each pair has one request in flight.
const PAIRS: u64 = 4;
const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 15\r\n\r\n{\"errorCode\":0}";
/// The last bytes of every request.
const END: &[u8] = b"\"end\":1}";

fn main() -> ExitCode {
    let mut arguments = std::env::args()
        .skip(1)
        .map(|argument| argument.parse().ok());
    let requests: u64 = arguments.next().flatten().unwrap_or(100_000);
    let seed: u64 = arguments.next().flatten().unwrap_or(1);
    let mut sound = true;
    for name in ["reqwest", "ureq"] {
        let started = Instant::now();
        let count = all_pairs(name, requests, seed);
        println!(
            "{name}: {} requests, seed {seed}, {:.0} s",
            count.requests,
            started.elapsed().as_secs_f64()
        );
        println!(
            "  answered                             {:>9}",
            count.answered
        );
        println!(
            "  not sent                             {:>9}",
            count.not_sent
        );
        println!(
            "  unknown                              {:>9}",
            count.unknown
        );
        println!(
            "  unknown, and the server saw less     {:>9}",
            count.unknown_unseen
        );
        println!("  claimed not sent, and seen whole     {:>9}", count.wrong);
        if count.wrong == 0 {
            let bound = 3.0 / count.not_sent.max(1) as f64;
            println!(
                "  0 in {} claims: wrong in fewer than {bound:.1e} of them (95 %)",
                count.not_sent
            );
        }
        sound &= count.wrong == 0;
    }
    if sound {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

#[derive(Default)]
struct Count {
    requests: u64,
    answered: u64,
    not_sent: u64,
    unknown: u64,
    unknown_unseen: u64,
    wrong: u64,
}

fn all_pairs(transport: &str, requests: u64, seed: u64) -> Count {
    let pairs: Vec<Count> = thread::scope(|scope| {
        let pair = |number| {
            scope.spawn(move || pair(transport, requests / PAIRS, Random::new(seed, number)))
        };
        let running: Vec<_> = (0..PAIRS).map(pair).collect();
        running
            .into_iter()
            .map(|pair| pair.join().expect("a pair does not panic"))
            .collect()
    });
    pairs.into_iter().fold(Count::default(), |all, pair| Count {
        requests: all.requests + pair.requests,
        answered: all.answered + pair.answered,
        not_sent: all.not_sent + pair.not_sent,
        unknown: all.unknown + pair.unknown,
        unknown_unseen: all.unknown_unseen + pair.unknown_unseen,
        wrong: all.wrong + pair.wrong,
    })
}

fn pair(name: &str, requests: u64, mut random: Random) -> Count {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let server_random = Random(random.next());
    let server = thread::spawn(move || serve(&listener, server_random));
    let patient = client(name, Duration::from_secs(1));
    // Gives up in the middle of anything.
    let hasty = client(name, Duration::from_micros(600));

    let mut claims = Vec::new();
    for id in 0..requests {
        let transport = if random.below(10) == 0 {
            &hasty
        } else {
            &patient
        };
        let claim = transport
            .send(request(address, id, random.below(12_000)))
            .map(drop);
        claims.push(claim.map_or_else(|error| error.delivery(), |()| Delivery::Answered));
    }
    // It may cut this one too, before it has read it.
    while !server.is_finished() {
        let _ = TcpStream::connect(address).and_then(|mut last| {
            last.write_all(b"QUIT")?;
            last.read(&mut [0])
        });
    }
    let seen = server.join().expect("the server does not panic");

    let mut count = Count {
        requests,
        ..Count::default()
    };
    for (id, claim) in (0..).zip(claims) {
        let seen = seen.contains(&id);
        match claim {
            Delivery::Answered => count.answered += 1,
            Delivery::NotSent => {
                count.not_sent += 1;
                count.wrong += u64::from(seen);
            }
            Delivery::Unknown => {
                count.unknown += 1;
                count.unknown_unseen += u64::from(!seen);
            }
        }
    }
    count
}

/// Cuts connections until it is told to quit, and gives the ids of the requests that it has seen whole.
fn serve(listener: &TcpListener, mut random: Random) -> HashSet<u64> {
    let mut seen = HashSet::new();
    for stream in listener.incoming() {
        let Ok(mut stream) = stream else { continue };
        if random.below(2) == 0 {
            // A reset in place of an end.
            let _ = SockRef::from(&stream).set_linger(Some(Duration::ZERO));
        }
        let _ = stream.set_read_timeout(Some(Duration::from_secs(5)));
        // Some at once, some in the head, some in the body, some never.
        let cut = match random.below(8) {
            0 => 0,
            1 | 2 => random.below(300),
            3 | 4 => random.below(12_300),
            _ => u64::MAX,
        };
        let mut request = Vec::new();
        let mut buffer = [0; 16 * 1024];
        while (request.len() as u64) < cut && !request.ends_with(END) {
            match stream.read(&mut buffer) {
                Ok(0) | Err(_) => break,
                Ok(length) => request.extend_from_slice(&buffer[..length]),
            }
            if request == b"QUIT" {
                return seen;
            }
        }
        if cut == u64::MAX && request.ends_with(END) {
            let length = random
                .below(2 * ANSWER.len() as u64)
                .min(ANSWER.len() as u64);
            let _ = stream.write_all(&ANSWER[..length as usize]);
        }
        // What has arrived by now counts as seen, read or not.
        let _ = stream.set_nonblocking(true);
        loop {
            match stream.read(&mut buffer) {
                Ok(0) => break,
                Ok(length) => request.extend_from_slice(&buffer[..length]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        seen.extend(whole(&request));
    }
    seen
}

/// The id of a request that is there to its last byte.
fn whole(request: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(request)
        .ok()
        .filter(|_| request.ends_with(END))?;
    text.split("\"id\":")
        .nth(1)?
        .split(',')
        .next()?
        .parse()
        .ok()
}

fn request(address: SocketAddr, id: u64, padding: u64) -> Request {
    let body = format!(
        "{{\"id\":{id},\"pad\":\"{}\",\"end\":1}}",
        "x".repeat(padding as usize)
    );
    let mut request = Request::new(Body::from(body.into_bytes()));
    *request.method_mut() = http::Method::POST;
    *request.uri_mut() = format!("http://{address}/create").parse().expect("a URI");
    request
}

fn client(name: &str, timeout: Duration) -> Box<dyn BlockingTransport> {
    let settings = Settings {
        timeout,
        connect_timeout: timeout / 2,
        ..Settings::default()
    };
    if name == "ureq" {
        return Box::new(UreqTransport::new(settings).expect("a transport"));
    }
    Box::new(Blocking {
        transport: ReqwestTransport::new(settings).expect("a transport"),
        // A worker of its own: a connection that was given up is closed while nobody waits for it.
        runtime: tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime"),
    })
}

#[derive(Debug)]
struct Blocking {
    transport: ReqwestTransport,
    runtime: tokio::runtime::Runtime,
}

impl BlockingTransport for Blocking {
    fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.runtime.block_on(self.transport.send(request))
    }
}

/// SplitMix64: small, and good enough to choose where to cut.
struct Random(u64);

impl Random {
    fn new(seed: u64, stream: u64) -> Self {
        let mut random = Self(seed.wrapping_mul(0x2545_F491_4F6C_DD1D) ^ stream);
        Self(random.next())
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    fn below(&mut self, end: u64) -> u64 {
        self.next() % end
    }
}
