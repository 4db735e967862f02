//! Truncation and timeouts at any moment. Faults at chosen moments are in `nft-invoice-contract`.

use std::io::Write;
use std::time::Duration;

use nft_invoice::transport::{Delivery, TransportConfig};

use super::transport;
use crate::transport::server::{Server, complete_requests, outcome, post, read, read_request};

#[test]
fn a_timeout_at_any_moment_is_never_wrongly_reported_as_not_sent() {
    const SENDS: u64 = 150;
    let mut verdicts = Vec::new();
    let server = Server::start(|_, mut tcp| {
        let mut received = Vec::new();
        while read(&mut tcp, &mut received) {}
        received
    });
    for n in 0..SENDS {
        let transport = transport(TransportConfig {
            timeout: Duration::from_micros(100 + 20 * n),
            ..TransportConfig::default()
        });
        let url = format!("{}/{n}/", server.url());
        verdicts.push(outcome(&*transport, post(&url)).0);
    }
    let seen = server.finish();
    for (n, verdict) in verdicts.into_iter().enumerate() {
        let head = format!("POST /create/{n}/?");
        let arrived = seen
            .iter()
            .filter(|c| c.starts_with(head.as_bytes()) && complete_requests(c) > 0)
            .count();
        let most = usize::from(verdict == Delivery::Unknown);
        assert!(arrived <= most, "{n}: {verdict:?}, and {arrived} arrived");
    }
}

#[test]
fn a_connection_cut_at_any_byte_is_never_wrongly_reported_as_not_sent() {
    const RESPONSE: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{\"errorCode\":0}";
    const CUTS: usize = 400;
    let mut seed = 0x2545_f491_4f6c_dd1d_u64;
    let mut random = move |below: usize| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        usize::try_from(seed % below as u64).unwrap()
    };
    // Even: the request is cut. Odd: the response is.
    let cuts: Vec<usize> = (0..CUTS)
        .map(|n| random(if n % 2 == 0 { 320 } else { RESPONSE.len() + 1 }))
        .collect();
    let plan = cuts.clone();
    let server = Server::start(move |n, mut tcp| {
        let mut received = Vec::new();
        if n % 2 == 0 {
            while received.len() < plan[n] && complete_requests(&received) == 0 {
                if !read(&mut tcp, &mut received) {
                    break;
                }
            }
        } else if read_request(&mut tcp, &mut received) {
            let _ = tcp.write_all(&RESPONSE[..plan[n]]);
        }
        received
    });
    let transport = transport(TransportConfig::default());
    let verdicts: Vec<_> = (0..CUTS)
        .map(|_| outcome(&*transport, post(&server.url())).0)
        .collect();
    drop(transport);
    let seen = server.finish();
    assert_eq!(seen.len(), CUTS);
    for (n, verdict) in verdicts.into_iter().enumerate() {
        let (at, complete) = (cuts[n], complete_requests(&seen[n]));
        assert!(complete <= 1, "cut {n} at {at}");
        let not_sent = verdict == Delivery::NotSent;
        assert!(!not_sent || complete == 0, "cut {n} at {at}");
        let whole = n % 2 == 1 && at == RESPONSE.len();
        let responded = verdict == Delivery::Responded;
        assert_eq!(responded, whole, "cut {n} at {at}: {verdict:?}");
    }
}
