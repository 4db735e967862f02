//! What a create costs the client, beside the raw socket and clients that are written by hand.

use std::hint::black_box;
use std::time::SystemTime;

use futures_util::future::join_all;
use nft_invoice::transport::TransportConfig;
use nft_invoice::{ApiKey, Client, Config, Connections, Draft, Encoding, Invoice, Rules, blocking};

use crate::gateway::{Gateway, Server};
use crate::measure::Subject;
use crate::raw::Raw;
use crate::table::{Measure, Spec, Target};
use crate::written::{HyperUtil, KEY, ORDER, PATH, Reqwest, Ureq};

/// The invoice that is created, as it arrives in a shop.
const INPUT: &[u8] = include_bytes!("../../examples/invoices/hosted.json");

pub const RAW: &str = "raw socket";
pub const WRITTEN_HYPER: &str = "hyper-util, written by hand";
pub const WRITTEN_REQWEST: &str = "reqwest, written by hand";
pub const WRITTEN_UREQ: &str = "ureq, written by hand";
pub const HYPER: &str = "nft-invoice, hyper";
pub const HYPER_CHECKED: &str = "nft-invoice, hyper, validates";
pub const PREOPENED: &str = "nft-invoice, hyper, opened ahead";
pub const REQWEST: &str = "nft-invoice, reqwest";
pub const REQWEST_CHECKED: &str = "nft-invoice, reqwest, validates";
pub const UREQ: &str = "nft-invoice, ureq";
pub const UREQ_CHECKED: &str = "nft-invoice, ureq, validates";

const ALL: &[Measure] = &[
    Measure::Cpu,
    Measure::Time,
    Measure::Allocations,
    Measure::Instructions,
];

pub fn tables(gateway: &Gateway) -> Vec<Spec> {
    check_bodies();
    let mut tables = Vec::new();
    for (scheme, server) in [("http", &gateway.http), ("https", &gateway.https)] {
        tables.push(Spec {
            title: format!("{scheme}, connection reused, one in flight"),
            note: "One create after the other over one connection. \"validates\" begins with the JSON of the draft, the \
                   others with a valid invoice.",
            subjects: reused(server, 1),
            measures: ALL,
            least: 50,
            targets: vec![
                Target::at_most(1.0, Measure::Cpu, HYPER, WRITTEN_HYPER),
                Target::at_most(1.2, Measure::Cpu, HYPER_CHECKED, WRITTEN_HYPER),
            ],
        });
        tables.push(Spec {
            title: format!("{scheme}, connections reused, 32 in flight"),
            note: "32 tasks, or threads with ureq, each with one create after the other.",
            subjects: reused(server, 32),
            measures: &[Measure::Cpu, Measure::Rate],
            least: 320,
            targets: vec![Target::at_least(1.0, Measure::Rate, HYPER, WRITTEN_HYPER)],
        });
        tables.push(Spec {
            title: format!("{scheme}, new connections, one in flight"),
            note: "Each create over a connection that has carried no request. \"opened ahead\" opens it during an earlier \
                   create.",
            subjects: fresh(server, 1),
            measures: ALL,
            least: 20,
            targets: vec![
                Target::at_most(1.0, Measure::Cpu, HYPER, WRITTEN_HYPER),
                Target::at_most(1.0, Measure::Cpu, REQWEST, WRITTEN_REQWEST),
                Target::at_most(1.15, Measure::Cpu, REQWEST_CHECKED, WRITTEN_REQWEST),
                Target::at_most(1.0, Measure::Cpu, UREQ, WRITTEN_UREQ),
                Target::at_most(1.15, Measure::Cpu, UREQ_CHECKED, WRITTEN_UREQ),
            ],
        });
        tables.push(Spec {
            title: format!("{scheme}, new connections, 32 in flight"),
            note: "32 tasks, or threads with ureq, each with one create after the other over a new connection.",
            subjects: fresh(server, 32),
            measures: &[Measure::Cpu, Measure::Rate],
            least: 64,
            targets: Vec::new(),
        });
    }
    tables
}

/// All over connections that are used again.
pub fn reused(server: &Server, in_flight: usize) -> Vec<Subject> {
    let connections = Connections {
        preopened: 0,
        refill: false,
        reuse_for_creates: true,
        ..Connections::default()
    };
    let mut subjects = written(server, in_flight, true);
    subjects.extend(on_hyper(
        [HYPER, HYPER_CHECKED],
        server,
        in_flight,
        connections,
    ));
    subjects
}

/// All over connections that have carried no request.
pub fn fresh(server: &Server, in_flight: usize) -> Vec<Subject> {
    let connections = Connections {
        preopened: 0,
        refill: false,
        ..Connections::default()
    };
    let mut subjects = written(server, in_flight, false);
    subjects.extend(on_hyper(
        [HYPER, HYPER_CHECKED],
        server,
        in_flight,
        connections,
    ));
    subjects.push(preopened(server, in_flight));
    subjects.extend(on_reqwest(server, in_flight));
    subjects.extend(on_ureq(server, in_flight));
    subjects
}

/// The floor and the peers.
fn written(server: &Server, in_flight: usize, reuses: bool) -> Vec<Subject> {
    let raw = Raw::new(server, PATH, encoded(&invoice()).as_ref(), reuses);
    let hyper = HyperUtil::new(server, reuses);
    let reqwest = Reqwest::new(server, reuses);
    let ureq = Ureq::new(server, reuses);
    vec![
        on_tokio(RAW, in_flight, async move || assert!(raw.send().await)),
        on_tokio(WRITTEN_HYPER, in_flight, async move || {
            black_box(hyper.create(black_box(&ORDER)).await);
        }),
        on_tokio(WRITTEN_REQWEST, in_flight, async move || {
            black_box(reqwest.create(black_box(&ORDER)).await);
        }),
        on_threads(WRITTEN_UREQ, in_flight, move || {
            black_box(ureq.create(black_box(&ORDER)));
        }),
    ]
}

fn on_hyper(
    names: [&'static str; 2],
    server: &Server,
    in_flight: usize,
    connections: Connections,
) -> [Subject; 2] {
    let client =
        || Client::with_connections(config(server), connections.clone()).expect("a client");
    creates(names, in_flight, client)
}

/// Opens connections ahead: first so many as are needed, then one with each create.
pub fn preopened(server: &Server, in_flight: usize) -> Subject {
    let connections = Connections {
        preopened: 8.max(3 * in_flight),
        ..Connections::default()
    };
    let client = Client::with_connections(config(server), connections).expect("a client");
    let invoice = invoice();
    let runtime = runtime();
    Subject::new(PREOPENED, move |times| {
        runtime.block_on(client.warm_up()).expect("connections");
        runtime.block_on(side_by_side(times, in_flight, async || {
            create(&client, &invoice).await;
        }));
    })
}

fn on_reqwest(server: &Server, in_flight: usize) -> [Subject; 2] {
    let client = || Client::new(config(server)).expect("a client");
    creates([REQWEST, REQWEST_CHECKED], in_flight, client)
}

fn creates(
    [plain, checked]: [&'static str; 2],
    in_flight: usize,
    client: impl Fn() -> Client,
) -> [Subject; 2] {
    let (invoice, rules) = (invoice(), rules());
    let (one, other) = (client(), client());
    [
        on_tokio(plain, in_flight, async move || create(&one, &invoice).await),
        on_tokio(checked, in_flight, async move || {
            create(&other, &validated(&rules)).await;
        }),
    ]
}

fn on_ureq(server: &Server, in_flight: usize) -> [Subject; 2] {
    let (invoice, rules) = (invoice(), rules());
    let client = blocking::Client::new(config(server)).expect("a client");
    let other = client.clone();
    [
        on_threads(UREQ, in_flight, move || {
            black_box(client.create(black_box(&invoice)).expect("created"));
        }),
        on_threads(UREQ_CHECKED, in_flight, move || {
            black_box(other.create(&validated(&rules)).expect("created"));
        }),
    ]
}

async fn create(client: &Client, invoice: &Invoice) {
    black_box(client.create(black_box(invoice)).await.expect("created"));
}

fn on_tokio(name: &'static str, in_flight: usize, create: impl AsyncFn() + 'static) -> Subject {
    let runtime = runtime();
    Subject::new(name, move |times| {
        runtime.block_on(side_by_side(times, in_flight, &create));
    })
}

async fn side_by_side(times: usize, in_flight: usize, create: impl AsyncFn()) {
    let each = times / in_flight;
    join_all((0..in_flight).map(|_| async {
        for _ in 0..each {
            create().await;
        }
    }))
    .await;
}

fn on_threads(
    name: &'static str,
    in_flight: usize,
    create: impl Fn() + Send + Sync + 'static,
) -> Subject {
    Subject::new(name, move |times| {
        let each = times / in_flight;
        if in_flight == 1 {
            return (0..each).for_each(|_| create());
        }
        std::thread::scope(|scope| {
            for _ in 0..in_flight {
                scope.spawn(|| (0..each).for_each(|_| create()));
            }
        });
    })
}

/// One thread, so that the process's CPU time is that of the client.
fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime")
}

fn config(server: &Server) -> Config {
    let mut transport = TransportConfig::default();
    if let Some(root) = &server.root {
        // As the peers, which trust this one alone.
        transport.webpki_roots = false;
        transport.root_certificates.push(root.clone());
    }
    let key = ApiKey::new(KEY).expect("a key");
    Config::new(server.url(), key).transport(transport)
}

fn rules() -> Rules {
    Rules::at(SystemTime::now())
}

fn validated(rules: &Rules) -> Invoice {
    let draft = Draft::from_json(black_box(INPUT)).expect("JSON");
    draft.validate(rules).expect("a valid invoice")
}

fn invoice() -> Invoice {
    validated(&rules())
}

fn encoded(invoice: &Invoice) -> impl AsRef<[u8]> {
    invoice.encode(&Encoding::default())
}

/// All clients send the same bytes.
fn check_bodies() {
    let written = serde_json::to_string(&ORDER).expect("it is written");
    let invoice = invoice();
    let own = encoded(&invoice);
    assert_eq!(String::from_utf8_lossy(own.as_ref()), written);
}
