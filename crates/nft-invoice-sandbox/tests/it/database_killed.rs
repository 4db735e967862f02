//! The database of a process that is killed at any moment.

use std::collections::HashMap;
use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Sender, channel};
use std::time::Duration;

use nft_invoice_sandbox::{CallbackSink, InvoiceState, Mode, Sandbox, TestCard};
use serde_json::{Value, json};

use crate::client::{CREATE, hosted, s2s, start, with};
use crate::database_files::folder;

const DATABASE: &str = "NFT_INVOICE_SANDBOX_TEST_DATABASE";
const CALLBACK: &str = "NFT_INVOICE_SANDBOX_TEST_CALLBACK";
const LISTENS: &str = "a child listens at ";

/// Not a test of its own: the sandbox that is killed.
#[test]
#[ignore = "the others start it"]
fn child() {
    let path = std::env::var_os(DATABASE).expect("the others start it");
    let callback = std::env::var(CALLBACK).unwrap();
    let builder = Sandbox::builder().database(path).callback(callback);
    let sandbox = start(builder.real_time());
    println!(
        "{LISTENS}{}",
        sandbox.base_url().trim_start_matches("http://")
    );
    sandbox.subscribe().for_each(drop);
}

/// A process that is killed when it is dropped.
pub struct Victim(Child);

impl Drop for Victim {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}

/// A process with a sandbox in this file, and its address. `limits` are of the shell.
pub fn spawn(path: &Path, callback: &str, limits: &str) -> (Victim, String) {
    let mut process = Command::new("sh")
        .args(["-c", &format!("{limits}; exec \"$0\" \"$@\"")])
        .arg(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "database_killed::child",
            "--ignored",
            "--nocapture",
        ])
        .env(DATABASE, path)
        .env(CALLBACK, callback)
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    let address = lines.find_map(|line| {
        let line = line.unwrap();
        line.split_once(LISTENS)
            .map(|(_, address)| address.to_owned())
    });
    (Victim(process), address.expect("the child starts"))
}

/// The HTTP status of a create call; `None` if the response is incomplete.
fn create(address: &str, body: &Value) -> Option<u16> {
    let body = body.to_string();
    let request = format!(
        "POST {CREATE} HTTP/1.1\r\nHost: localhost\r\nAPI-KEY: sandbox-key\r\nConnection: close\r\n\
         Content-Length: {}\r\n\r\n{body}",
        body.len()
    );
    let mut socket = TcpStream::connect(address).ok()?;
    socket
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    socket.write_all(request.as_bytes()).ok()?;
    let mut response = String::new();
    socket.read_to_string(&mut response).ok()?;
    let (head, body) = response.split_once("\r\n\r\n")?;
    serde_json::from_str::<Value>(body).ok()?;
    head.split(' ').nth(1)?.parse().ok()
}

/// Creates invoices until the connection fails, and sends each reference and status to `answered`.
pub fn hammer(address: &str, name: &str, answered: &Sender<(String, u16)>) {
    for number in 0..10_000 {
        let reference = format!("{name}-{number}");
        let body = match number % 3 {
            0 => s2s(TestCard::CHALLENGE.number),
            1 => s2s(TestCard::DECLINED.number),
            _ => hosted(),
        };
        // The clock is real.
        let expiry = if number % 3 == 2 {
            Value::Null
        } else {
            "12/2999".into()
        };
        let more = json!({ "callbackJson": reference, "card_expiry_date": expiry });
        let body = with(body, more);
        let Some(status) = create(address, &body) else {
            return;
        };
        if answered.send((reference, status)).is_err() {
            return;
        }
    }
}

/// Checks a database that contains at least the `acknowledged` invoices, and returns the number of invoices.
#[track_caller]
fn check(path: &Path, sink: &CallbackSink, acknowledged: &[String]) -> usize {
    let folder = path.parent().unwrap();
    for file in fs::read_dir(folder).unwrap() {
        let file = file.unwrap();
        let mode = file.metadata().unwrap().permissions().mode() & 0o777;
        assert_eq!(mode, 0o600, "mode of {file:?}");
    }

    let sandbox = start(Sandbox::builder().database(path).callback(sink.url()));
    let invoices = sandbox.invoices();
    let mut found: HashMap<String, u64> = HashMap::new();
    for (place, invoice) in invoices.iter().enumerate() {
        assert_eq!(
            invoice.id,
            place as u64 + 1,
            "a number is missing or repeated"
        );
        let reference = serde_json::from_str(invoice.callback_json().unwrap()).unwrap();
        assert_eq!(found.insert(reference, invoice.id), None);
        let half = invoice.mode() == Mode::S2s
            && invoice.state == InvoiceState::Created
            && !invoice.is_challenged();
        assert!(!half, "half of a request was done: {invoice:?}");
    }
    for reference in acknowledged {
        assert!(
            found.contains_key(reference),
            "{reference} was acknowledged and is lost"
        );
    }

    // Every callback is received at least once, and each time with the same bytes.
    sandbox.advance(Duration::ZERO).wait().unwrap();
    let mut bodies: HashMap<_, String> = HashMap::new();
    for one in sink.received() {
        let body: Value = serde_json::from_slice(&one.body).unwrap();
        let about = (body["id"].as_u64().unwrap(), body["status"].to_string());
        let signature = one.signature().to_owned();
        let before = bodies.insert(about, signature.clone());
        assert!(
            before.is_none_or(|before| before == signature),
            "{body} changed"
        );
    }
    for id in found.values() {
        let about = (*id, "\"invoice:created\"".to_owned());
        assert!(bodies.contains_key(&about), "no callback for invoice {id}");
    }
    invoices.len()
}

#[test]
fn keeps_acknowledged_requests_when_the_process_is_killed() {
    let folder = folder();
    let path = folder.path().join("sandbox.db");
    let sink = CallbackSink::start().unwrap();
    let mut acknowledged: Vec<String> = Vec::new();
    for round in 0..30 {
        let (process, address) = spawn(&path, &sink.url(), "umask 000");
        let (answered, answers) = channel();
        let mut process = Some(process);
        std::thread::scope(|scope| {
            for thread in 0..3 {
                let (address, answered) = (&address, answered.clone());
                let name = format!("{round}-{thread}");
                scope.spawn(move || hammer(address, &name, &answered));
            }
            drop(answered);
            let until = acknowledged.len() + 1 + round * 7 % 40;
            // After the kill, the responses sent before it.
            for (reference, status) in answers {
                assert_eq!(status, 200, "{reference}");
                acknowledged.push(reference);
                if acknowledged.len() == until {
                    drop(process.take());
                }
            }
        });
        let kept = check(&path, &sink, &acknowledged);
        let lost_answers = 3 * (round + 1);
        assert!(
            kept <= acknowledged.len() + lost_answers,
            "invoices from nowhere"
        );
    }
}

#[test]
fn keeps_acknowledged_requests_when_the_disk_is_full() {
    let folder = folder();
    let path = folder.path().join("sandbox.db");
    let sink = CallbackSink::start().unwrap();
    // No file may grow beyond that: a write fails then, as on a full disk.
    let (process, address) = spawn(&path, &sink.url(), "umask 000; trap '' XFSZ; ulimit -f 400");
    let (answered, answers) = channel();
    std::thread::scope(|scope| {
        scope.spawn(|| hammer(&address, "full", &{ answered }));
        let mut acknowledged = Vec::new();
        let mut rejected = 0;
        for (reference, status) in answers {
            match status {
                200 => acknowledged.push(reference),
                500 => rejected += 1,
                other => panic!("HTTP {other}"),
            }
            if rejected == 20 {
                break;
            }
        }
        assert_eq!(rejected, 20, "the disk was never full");
        drop(process);
        assert!(
            acknowledged.len() > 10,
            "too few were written: {}",
            acknowledged.len()
        );
        let kept = check(&path, &sink, &acknowledged);
        assert_eq!(kept, acknowledged.len(), "a rejected request left data");
    });
}
