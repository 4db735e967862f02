//! How long a create takes at a round trip of 20 ms.

use crate::client::{self, HYPER, PREOPENED, RAW, REQWEST, UREQ, WRITTEN_HYPER};
use crate::gateway::Gateway;
use crate::measure::Subject;
use crate::table::{Measure, Spec, Target};

pub fn tables(gateway: &Gateway) -> Vec<Spec> {
    let servers = [
        ("http", &gateway.http_20_ms),
        ("https", &gateway.https_20_ms),
    ];
    let table = |(scheme, server)| Spec {
        title: format!("{scheme}, round trip of 20 ms"),
        note: "Creates one after the other through a relay that holds each part for 10 ms in each direction, and the \
               first part of a connection for another 20 ms in place of TCP's handshake. The raw socket is reused.",
        subjects: subjects(server),
        measures: &[Measure::Time],
        least: 8,
        targets: vec![
            Target::at_most(1.05, Measure::Time, PREOPENED, RAW),
            Target::at_most(1.05, Measure::Time, REUSED, RAW),
        ],
    };
    servers.into_iter().map(table).collect()
}

pub const REUSED: &str = "nft-invoice, hyper, reused";
const WRITTEN_REUSED: &str = "hyper-util by hand, reused";
const WRITTEN_FRESH: &str = "hyper-util by hand, new";

fn subjects(server: &crate::gateway::Server) -> Vec<Subject> {
    let mut reused = client::reused(server, 1);
    let mut fresh = client::fresh(server, 1);
    let take = |from: &mut Vec<Subject>, name: &str, as_name: &'static str| {
        let at = from.iter().position(|subject| subject.name == name);
        let mut subject = from.remove(at.expect("a subject of the client's tables"));
        subject.name = as_name;
        subject
    };
    vec![
        take(&mut reused, RAW, RAW),
        take(&mut reused, HYPER, REUSED),
        take(&mut fresh, PREOPENED, PREOPENED),
        take(&mut reused, WRITTEN_HYPER, WRITTEN_REUSED),
        take(&mut fresh, WRITTEN_HYPER, WRITTEN_FRESH),
        take(&mut fresh, HYPER, "nft-invoice, hyper, new"),
        take(&mut fresh, REQWEST, "nft-invoice, reqwest, new"),
        take(&mut fresh, UREQ, "nft-invoice, ureq, new"),
    ]
}
