//! Measures what a journal costs: rows per second of bulk runs and of the same client without a journal, side by side,
//! and the memory of the process. The gateway is a sandbox in a process of its own, or with `fixed` a server that
//! accepts everything. With `postgres` the journal is in a PostgreSQL server that this program starts. The last argument
//! is the number of rounds, by default 5.
//!
//! ```sh
//! cargo run --release -p nft-invoice-tests --example bulk_speed -- 20000 sandbox
//! cargo run --release -p nft-invoice-tests --example bulk_speed -- 20000 sandbox postgres
//! cargo run --release -p nft-invoice-tests --example bulk_speed -- 1000000 fixed postgres 1
//! ```

#[path = "../../crates/nft-invoice-bulk/tests/it/postgres/server.rs"]
mod server;

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use nft_invoice::{ApiKey, Client, Config, Connections, Draft, Mode, Rules};
use nft_invoice_bulk::JournalKey;
use nft_invoice_bulk::input::{Format, InputSource, RowOptions, Rows};
use nft_invoice_bulk::journal::Journal;
use nft_invoice_bulk::journal::postgres::PostgresJournal;
use nft_invoice_bulk::journal::sqlite::SqliteJournal;
use nft_invoice_bulk::run::{RunOptions, Runner, Stop};
use nft_invoice_sandbox::Sandbox;
use tokio::task::JoinSet;

use server::Server;

const IN_FLIGHT: usize = 32;
const KEY: &str = "speed";

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    match arguments.first().map(String::as_str) {
        Some("gateway") => runtime.block_on(gateway(&arguments[1])),
        rows => {
            let rows = rows.map_or(20_000, |rows| rows.parse().expect("a number of rows"));
            let kind = arguments.get(1).map_or("sandbox", String::as_str);
            let database = arguments.get(2).is_some_and(|store| store == "postgres");
            let rounds = arguments.get(3).map_or(5, |n| n.parse().expect("a number"));
            runtime.block_on(compare(rows, kind, database.then(Server::start), rounds));
        }
    }
}

async fn compare(rows: usize, kind: &str, database: Option<Server>, rounds: usize) {
    let store = database.as_ref().map_or("SQLite", |_| "PostgreSQL");
    println!("{rows} rows, {IN_FLIGHT} in flight, gateway: {kind}");
    for round in 1..=rounds {
        let bare = with_gateway(kind, async |url| without_journal(rows, &url).await).await;
        let (load, run) = with_gateway(kind, async |url| {
            with_journal(rows, &url, database.as_ref()).await
        })
        .await;
        println!(
            "round {round}: without a journal {bare:.0} rows/s, with {store} {run:.0} rows/s ({:.0} %), loading {load:.0} \
             rows/s, at most {} MB",
            100.0 * run / bare,
            peak_memory()
        );
    }
}

async fn with_gateway<T>(kind: &str, work: impl AsyncFnOnce(String) -> T) -> T {
    let mut gateway = Gateway::start(kind);
    let url = gateway.url.clone();
    let result = work(url).await;
    gateway.child.kill().expect("it is there");
    gateway.child.wait().expect("it ends");
    result
}

struct Gateway {
    child: Child,
    url: String,
}

impl Gateway {
    fn start(kind: &str) -> Self {
        let mut child = Command::new(std::env::current_exe().expect("this program"))
            .args(["gateway", kind])
            .stdout(Stdio::piped())
            .spawn()
            .expect("a process");
        let mut url = String::new();
        let mut out = BufReader::new(child.stdout.take().expect("a pipe"));
        out.read_line(&mut url).expect("a line");
        Self {
            child,
            url: url.trim().to_owned(),
        }
    }
}

async fn gateway(kind: &str) {
    if kind == "sandbox" {
        let sandbox = Sandbox::builder()
            .real_time()
            .api_key(KEY)
            .start()
            .await
            .expect("it starts");
        println!("{}", sandbox.base_url());
        std::future::pending::<()>().await;
    }
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0")
        .await
        .expect("a port");
    println!("http://{}", listener.local_addr().expect("an address"));
    loop {
        let (stream, _) = listener.accept().await.expect("a connection");
        tokio::spawn(async move {
            let serve = service_fn(async |request: Request<Incoming>| {
                http_body_util::BodyExt::collect(request.into_body()).await?;
                let body = r#"{"errorCode":0,"redirectUrl":"https://gateway.example/pay?token=t"}"#;
                Ok::<_, hyper::Error>(Response::new(Full::new(Bytes::from_static(
                    body.as_bytes(),
                ))))
            });
            let _ = hyper::server::conn::http1::Builder::new()
                .serve_connection(TokioIo::new(stream), serve)
                .await;
        });
    }
}

fn client(url: &str) -> Client {
    let config = Config::new(url, ApiKey::new(KEY).expect("a key"));
    Client::with_connections(config, Connections::default()).expect("a client")
}

fn row(n: usize) -> String {
    format!(
        r#"{{"email":"customer{n}@shop.example","amount":"{}.04","devise":"USD","checkoutMode":"nft","nftImageUrls":"https://cdn.shop.example/nft/{n}.png","ipfsMetadata":{{"name":"Lighthouse #{n}"}}}}"#,
        n % 50 + 1
    )
}

async fn without_journal(rows: usize, url: &str) -> f64 {
    let client = client(url);
    let rules = Rules::at(SystemTime::now());
    let mut requests = JoinSet::new();
    let started = Instant::now();
    for n in 0..rows {
        while requests.len() >= IN_FLIGHT {
            requests.join_next().await;
        }
        let client = client.clone();
        requests.spawn(async move {
            let invoice = Draft::from_json(row(n)).and_then(|draft| draft.validate(&rules));
            client
                .create(&invoice.expect("a valid row"))
                .await
                .expect("it is created");
        });
    }
    requests.join_all().await;
    rows as f64 / started.elapsed().as_secs_f64()
}

/// Rows per second of loading and of the run.
async fn with_journal(rows: usize, url: &str, database: Option<&Server>) -> (f64, f64) {
    let folder = tempfile::tempdir().expect("a folder");
    let input = folder.path().join("drop.ndjson");
    write_input(rows, &input);
    let journal: Arc<dyn Journal> = match database {
        None => {
            let path = folder.path().join("journal");
            Arc::new(SqliteJournal::open(&path, Mode::Hosted).expect("a journal"))
        }
        Some(server) => {
            let key = JournalKey::random().expect("random numbers");
            let journal = PostgresJournal::connect(&server.schema(), key).await;
            Arc::new(journal.expect("a journal"))
        }
    };
    let options = RowOptions {
        rules: Rules::at(SystemTime::now()),
        mode: Mode::Hosted,
        wraps_callback_data: false,
    };
    let started = Instant::now();
    let read = Rows::open(&input, Format::Ndjson, options, journal.key().clone()).expect("rows");
    journal
        .load(Box::new(InputSource::new("drop", read)), false)
        .await
        .expect("they are loaded");
    let load = rows as f64 / started.elapsed().as_secs_f64();
    let options = RunOptions {
        concurrency: IN_FLIGHT,
        ..RunOptions::default()
    };
    let started = Instant::now();
    let runner = Runner::new(client(url), journal, options);
    let summary = runner.run(&Stop::new(), |_| ()).await.expect("a summary");
    assert_eq!(summary.counts.accepted, rows as u64);
    (load, rows as f64 / started.elapsed().as_secs_f64())
}

fn write_input(rows: usize, input: &Path) {
    let mut file = std::io::BufWriter::new(std::fs::File::create(input).expect("a file"));
    for n in 0..rows {
        writeln!(file, "{}", row(n)).expect("it is written");
    }
}

/// The most memory that this process had, in megabytes.
fn peak_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kilobytes = line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok());
    kilobytes.unwrap_or(0) / 1024
}
