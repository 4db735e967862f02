//! Raw requests and their exact responses.

use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use nft_invoice_sandbox::{Activity, ActivityStream, RequestRecord, Sandbox};
use serde_json::Value;

use crate::client::{CREATE, address, create, hosted, start};

pub const S2S_CARD: &str = "4242424242424242";
/// Makes the test fail if the sandbox does not respond.
const PATIENCE: Duration = Duration::from_secs(30);

/// The bytes received, and how the connection ended.
#[derive(Debug)]
pub struct Met {
    pub bytes: Vec<u8>,
    pub end: Result<(), ErrorKind>,
}

impl Met {
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    #[track_caller]
    pub fn head_and_body(&self) -> (String, String) {
        let text = self.text();
        let parts = text.split_once("\r\n\r\n");
        let (head, body) = parts.unwrap_or_else(|| panic!("no head in {self:?}"));
        (head.to_owned(), body.to_owned())
    }

    pub fn status(&self) -> Option<u16> {
        let text = self.text();
        let (_, rest) = text.strip_prefix("HTTP/1.1")?.split_once(' ')?;
        rest.get(..3)?.parse().ok()
    }
}

pub fn ask(sandbox: &Sandbox, request: &str) -> TcpStream {
    let mut socket = TcpStream::connect(address(sandbox)).expect("the sandbox accepts");
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket.write_all(request.as_bytes()).unwrap();
    socket
}

pub fn read_out(mut socket: TcpStream) -> Met {
    let mut bytes = Vec::new();
    let end = socket
        .read_to_end(&mut bytes)
        .map(|_| ())
        .map_err(|e| e.kind());
    Met { bytes, end }
}

pub fn meet(sandbox: &Sandbox, request: &str) -> Met {
    read_out(ask(sandbox, request))
}

pub fn request(method: &str, target: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "{method} {target} HTTP/1.1\r\nHost: localhost\r\nAPI-KEY: sandbox-key\r\nConnection: close\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    )
}

pub fn create_request(body: &Value) -> String {
    request("POST", CREATE, &body.to_string())
}

/// A sandbox that has one invoice, and then this plan.
pub fn with_plan(plan: &str) -> Sandbox {
    let sandbox = start(Sandbox::builder());
    assert_eq!(create(&sandbox, &hosted()).code(), 0);
    sandbox
        .set_faults(plan)
        .unwrap_or_else(|error| panic!("{plan}: {error}"));
    sandbox
}

/// The next request in the event stream.
pub fn next_request(activities: &mut ActivityStream) -> RequestRecord {
    loop {
        if let Activity::Request(record) = activities.next().expect("a request event") {
            return record;
        }
    }
}

/// Waits until the plan's first rule has fired.
#[track_caller]
pub fn wait_for_fault(sandbox: &Sandbox) {
    for _ in 0..100_000_000_u64 {
        let rule = &sandbox.fault_rules()[0];
        if rule.fired > 0 {
            return;
        }
        std::thread::yield_now();
    }
    panic!("{} does not fire", sandbox.fault_rules()[0]);
}
