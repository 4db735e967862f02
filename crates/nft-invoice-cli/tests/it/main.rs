//! The program from outside: its output, its exit codes, and that it prints no secret.
#[cfg(unix)]
mod bulk;
#[cfg(target_os = "linux")]
mod bulk_postgres;
#[cfg(target_os = "linux")]
mod bulk_progress;
mod callback;
mod certificates;
mod config_file;
mod create;
mod explain;
mod hostile;
mod open;
mod output;
#[cfg(target_os = "linux")]
#[path = "../../../nft-invoice-bulk/tests/it/postgres/server.rs"]
mod postgres_server;
mod proxies;
mod readers;
mod reads;
mod running;
mod sandbox;
mod secrets;
mod server;
mod steered;
mod steering;
mod tailing;
mod tls;
mod token;
#[cfg(target_os = "linux")]
mod two_hosts;
mod usage;
mod validate;

use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use serde_json::Value;
use tempfile::TempDir;

const CARD: &str = "4242424242424242";
const CODE: &str = "0739";
const KEY: &str = "key-7f3a-secret";

const HOSTED: &str =
    r#"{"email":"jane@shop.example","amount":"15.04","devise":"USD","checkoutMode":"nft"}"#;
const S2S: &str = r#"{"email":"jane@shop.example","amount":"42","devise":"USD","name":"Jane Roe","address1":"1 High St","address2":"1 High St","city":"Berlin","country":"DE","postcode":"10115","date_of_birth":"1990-12-31","card_number":"4242424242424242","card_expiry_date":"02/2025","card_ccv":"0739","nftImageUrls":"https://shop.example/1.png","ipfsMetadata":{"name":"One"},"nftDescription":"One","checkoutMode":"nft","customer_ip":"8.8.8.8","phone":"020 7946 0018"}"#;

/// How a run ended.
#[derive(Debug)]
struct Ended {
    code: Option<i32>,
    out: String,
    err: String,
}

impl Ended {
    /// Standard output, which must be objects, one a line.
    fn objects(&self) -> Vec<Value> {
        let parse =
            |line: &str| serde_json::from_str(line).unwrap_or_else(|e| panic!("{e}: {line}"));
        self.out.lines().map(parse).collect()
    }

    fn object(&self) -> Value {
        let [object] = <[Value; 1]>::try_from(self.objects()).unwrap();
        object
    }
}

/// The program with nothing of this machine's settings, and every logger asked to talk.
fn program(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_nft-invoice"));
    command.args(arguments).env_clear().env("RUST_LOG", "trace");
    command
}

fn run(arguments: &[&str]) -> Ended {
    end(&mut program(arguments), "")
}

fn end(command: &mut Command, input: &str) -> Ended {
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A program that ends without reading its input is fine.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    Ended {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

/// Files of a test, gone after it.
struct Files(TempDir);

impl Files {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        let path = self.path(name);
        std::fs::write(&path, bytes).unwrap();
        path.to_str().unwrap().to_owned()
    }
}

#[cfg(unix)]
fn interrupt(child: &std::process::Child) {
    let id = child.id().to_string();
    let killed = Command::new("kill").args(["-INT", &id]).status().unwrap();
    assert!(killed.success());
}
