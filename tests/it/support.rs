//! The same four calls over each transport, and a raw HTTP request for what the SDK refuses to send.

use std::io::{Read, Write};
use std::net::TcpStream;

use nft_invoice::{
    ApiKey, Client, Config, Connections, Created, Draft, Error, HistoryEntry, HistoryQuery, Info,
    Invoice, InvoiceId, Reference, Rules, StatusReport, blocking,
};
use nft_invoice_sandbox::{Sandbox, SandboxBuilder};

/// The day at which the sandbox's clock stands.
pub const TODAY: &str = "2025-01-01";

pub const HOSTED: &str = include_str!("../../examples/invoices/hosted.json");
pub const S2S: &str = include_str!("../../examples/invoices/s2s.json");

const TRANSPORTS: [&str; 3] = ["hyper", "reqwest", "ureq"];

/// A client, whichever transport it runs on.
pub trait Calls {
    fn create(&self, invoice: &Invoice) -> Result<Created, Error>;
    fn status(&self, id: &InvoiceId) -> Result<StatusReport, Error>;
    fn info(&self, id: &InvoiceId) -> Result<Info, Error>;
    fn history(&self, query: HistoryQuery) -> Result<Vec<HistoryEntry>, Error>;
}

/// Runs `test` over each transport, each against a new sandbox.
pub fn over_each(builder: impl Fn() -> SandboxBuilder, test: impl Fn(&str, &dyn Calls, &Sandbox)) {
    for transport in TRANSPORTS {
        let sandbox = builder().start_blocking().expect("a sandbox starts");
        let key = ApiKey::new(sandbox.api_key()).expect("a key");
        let config = Config::new(sandbox.base_url(), key).history_path(sandbox.history_path());
        test(transport, &*client(transport, config), &sandbox);
    }
}

/// Runs `test` over each transport, against whatever is at `base_url`.
pub fn over_clients(base_url: &str, test: impl Fn(&str, &dyn Calls)) {
    for transport in TRANSPORTS {
        let config = Config::new(base_url, ApiKey::new("key").expect("a key"));
        test(transport, &*client(transport, config));
    }
}

fn client(transport: &str, config: Config) -> Box<dyn Calls> {
    if transport == "ureq" {
        return Box::new(blocking::Client::new(config).expect("a client"));
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let client = match transport {
        "hyper" => Client::with_connections(config, Connections::default()),
        _ => Client::new(config),
    };
    Box::new(Async {
        client: client.expect("a client"),
        runtime: runtime.expect("a runtime"),
    })
}

/// The invoice in `json`, valid on the sandbox's day, with that reference.
pub fn invoice(json: &str, reference: &str) -> Invoice {
    let reference = Reference::new(reference).expect("a reference");
    let draft = Draft::from_json(json.as_bytes())
        .expect("an object")
        .reference(reference);
    draft
        .validate(&Rules::on(TODAY.parse().expect("a day")))
        .expect("a valid invoice")
}

/// Sends one request as it stands and gives the answer's body.
pub fn raw(base_url: &str, method: &str, target: &str, key: Option<&str>, body: &str) -> Vec<u8> {
    let host = base_url.strip_prefix("http://").expect("plain http");
    let key = key
        .map(|key| format!("API-KEY: {key}\r\n"))
        .unwrap_or_default();
    let head = format!(
        "{method} {target} HTTP/1.1\r\nHost: {host}\r\n{key}Content-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(host).expect("the sandbox listens");
    stream.write_all(head.as_bytes()).expect("it reads");
    stream.write_all(body.as_bytes()).expect("it reads");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("it answers");
    let end = answer
        .windows(4)
        .position(|window| window == b"\r\n\r\n")
        .expect("a head");
    answer.split_off(end + 4)
}

struct Async {
    client: Client,
    runtime: tokio::runtime::Runtime,
}

impl Calls for Async {
    fn create(&self, invoice: &Invoice) -> Result<Created, Error> {
        self.runtime.block_on(self.client.create(invoice))
    }

    fn status(&self, id: &InvoiceId) -> Result<StatusReport, Error> {
        self.runtime.block_on(self.client.status(id))
    }

    fn info(&self, id: &InvoiceId) -> Result<Info, Error> {
        self.runtime.block_on(self.client.info(id))
    }

    fn history(&self, query: HistoryQuery) -> Result<Vec<HistoryEntry>, Error> {
        self.runtime.block_on(async {
            let (mut pages, mut entries) = (self.client.history(query), Vec::new());
            while let Some(page) = pages.next().await {
                entries.extend(page?.entries);
            }
            Ok(entries)
        })
    }
}

impl Calls for blocking::Client {
    fn create(&self, invoice: &Invoice) -> Result<Created, Error> {
        self.create(invoice)
    }

    fn status(&self, id: &InvoiceId) -> Result<StatusReport, Error> {
        self.status(id)
    }

    fn info(&self, id: &InvoiceId) -> Result<Info, Error> {
        self.info(id)
    }

    fn history(&self, query: HistoryQuery) -> Result<Vec<HistoryEntry>, Error> {
        let mut entries = Vec::new();
        for page in self.history(query) {
            entries.extend(page?.entries);
        }
        Ok(entries)
    }
}
