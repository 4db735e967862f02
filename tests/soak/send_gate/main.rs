//! Checks that "not sent" is never wrong: cuts many requests at random bytes of both directions and compares what the
//! transport reports with what the server received. Outside the test suite, because it takes minutes:
//!
//! ```sh
//! cargo run --release -p nft-invoice-tests --example send_gate -- 100000
//! ```
//!
//! The numbers after it are the requests and a seed. With a third argument, `https`, the server speaks TLS, and cuts
//! count either the bytes of the request or those on the socket, from the handshake on.
//!
//! Ends with 1 if a request was reported as not sent that the server received completely, or was received twice.

mod client;
#[path = "../random.rs"]
mod random;
mod server;

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::ExitCode;
use std::thread;
use std::time::{Duration, Instant};

use nft_invoice::transport::Delivery;

use crate::client::{client, request};
use crate::random::Random;
use crate::server::{QUIT, Tls, serve};

/// Pairs of a client and its server. Each pair has one request in flight.
const PAIRS: u64 = 4;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let mut number = |otherwise| {
        arguments.next().map_or(otherwise, |number| {
            number.parse().expect("requests and seed are numbers")
        })
    };
    let (requests, seed) = (number(100_000), number(1));
    let scheme = arguments.next().unwrap_or_else(|| "http".into());
    assert!(
        scheme == "http" || scheme == "https",
        "the scheme is http or https: {scheme}"
    );
    let mut is_correct = true;
    for name in ["hyper", "reqwest", "ureq"] {
        let started = Instant::now();
        let count = all_pairs(name, &scheme, requests, seed);
        println!(
            "{name}: {} requests over {scheme}, seed {seed}, {:.0} s",
            count.requests,
            started.elapsed().as_secs_f64()
        );
        println!(
            "  responded                                {:>9}",
            count.responded
        );
        println!(
            "  not sent                                 {:>9}",
            count.not_sent
        );
        println!(
            "  unknown                                  {:>9}",
            count.unknown
        );
        println!(
            "  unknown, not received completely         {:>9}",
            count.unknown_incomplete
        );
        println!(
            "  reported as not sent, but received       {:>9}",
            count.wrong
        );
        println!(
            "  received twice                           {:>9}",
            count.twice
        );
        if count.wrong == 0 {
            let bound = 3.0 / count.not_sent.max(1) as f64;
            println!(
                "  0 in {} reports: wrong in fewer than {bound:.1e} of them (95 %)",
                count.not_sent
            );
        }
        is_correct &= count.wrong == 0 && count.twice == 0;
    }
    if is_correct {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

#[derive(Default)]
struct Count {
    requests: u64,
    responded: u64,
    not_sent: u64,
    unknown: u64,
    unknown_incomplete: u64,
    wrong: u64,
    twice: u64,
}

fn all_pairs(transport: &str, scheme: &str, requests: u64, seed: u64) -> Count {
    let pairs: Vec<Count> = thread::scope(|scope| {
        let pair = |number| {
            scope.spawn(move || {
                pair(
                    transport,
                    scheme,
                    requests / PAIRS,
                    Random::new(seed, number),
                )
            })
        };
        let running: Vec<_> = (0..PAIRS).map(pair).collect();
        running
            .into_iter()
            .map(|pair| pair.join().expect("a pair does not panic"))
            .collect()
    });
    pairs.into_iter().fold(Count::default(), |all, pair| Count {
        requests: all.requests + pair.requests,
        responded: all.responded + pair.responded,
        not_sent: all.not_sent + pair.not_sent,
        unknown: all.unknown + pair.unknown,
        unknown_incomplete: all.unknown_incomplete + pair.unknown_incomplete,
        wrong: all.wrong + pair.wrong,
        twice: all.twice + pair.twice,
    })
}

fn pair(name: &str, scheme: &str, requests: u64, mut random: Random) -> Count {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("an address");
    let server_random = random.fork();
    let tls = (scheme == "https").then(Tls::new);
    let root = tls.as_ref().map(|tls| tls.root.clone());
    let server = thread::spawn(move || serve(&listener, tls.as_ref(), server_random));
    let long_timeout = client(name, Duration::from_secs(1), root.as_ref());
    // They expire at any moment of a request; a handshake takes longer than all of a request without one.
    let short_timeouts: &[u64] = match root {
        None => &[600],
        Some(_) => &[600, 1_200, 1_800, 2_400, 3_600],
    };
    let short_timeouts: Vec<_> = short_timeouts
        .iter()
        .map(|&timeout| client(name, Duration::from_micros(timeout), root.as_ref()))
        .collect();

    let mut reports = Vec::new();
    for id in 0..requests {
        let transport = if random.below(10) == 0 {
            &short_timeouts[random.below(short_timeouts.len() as u64) as usize]
        } else {
            &long_timeout
        };
        let report = transport
            .send(request(scheme, address, id, random.below(12_000)))
            .map(drop);
        reports.push(report.map_or_else(|error| error.delivery(), |()| Delivery::Responded));
    }
    drop((long_timeout, short_timeouts));
    // It may cut this one too, before it has read it.
    while !server.is_finished() {
        let _ = TcpStream::connect(address).and_then(|mut last| {
            last.write_all(QUIT)?;
            last.read(&mut [0])
        });
    }
    let received = server.join().expect("the server does not panic");

    let mut count = Count {
        requests,
        ..Count::default()
    };
    for (id, report) in (0..).zip(reports) {
        let times = received.get(&id).copied().unwrap_or(0);
        let is_received = times > 0;
        count.twice += u64::from(times > 1);
        match report {
            Delivery::Responded => count.responded += 1,
            Delivery::NotSent => {
                count.not_sent += 1;
                count.wrong += u64::from(is_received);
            }
            Delivery::Unknown => {
                count.unknown += 1;
                count.unknown_incomplete += u64::from(!is_received);
            }
        }
    }
    count
}
