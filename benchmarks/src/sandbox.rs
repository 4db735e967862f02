//! How fast the sandbox answers and starts, beside a bare hyper server and the mock servers that shops use.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use futures_util::future::join_all;

use crate::gateway::{Gateway, Server, servers};
use crate::measure::Subject;
use crate::raw::Raw;
use crate::report;
use crate::table::{Effort, Measure, Samples, Spec, Table};
use crate::weight::program;
use crate::written::PATH;
use crate::wrk::Wrk;

const CONNECTIONS: usize = 8;
const LIBRARY: &str = "library";
const PROGRAM: &str = "program, JSON to a pipe";
/// The first of the servers are the project's own.
const OWN: usize = 3;
const BODY: &str =
    r#"{"email":"customer@shop.example","amount":"15.40","devise":"USD","checkoutMode":"nft"}"#;
/// Programs of npm, with the versions that were measured.
const NPM: [&str; 3] = [
    "@stoplight/prism-cli@5.16.0",
    "@mockoon/cli@9.9.0",
    "json-server@0.17.4",
];

pub fn tables(gateway: &Gateway, is_short: bool, effort: Effort) -> Vec<Table> {
    let mocks = mocks(is_short);
    let mut starts = vec![Samples::new(); mocks.len()];
    let mut running = Vec::new();
    let starts_each = effort.rounds.min(5);
    for round in 0..starts_each {
        for (mock, samples) in mocks.iter().zip(&mut starts) {
            let (process, time) = mock.start();
            let time = time.as_secs_f64() * 1e3;
            samples.entry(Measure::Milliseconds).or_default().push(time);
            if round + 1 == starts_each {
                running.push(process);
            }
        }
    }
    let mut subjects = vec![load("bare hyper", gateway.http.address, PATH)];
    let loads = mocks.iter().zip(&running);
    subjects.extend(loads.map(|(mock, process)| load(mock.name, process.address, mock.path)));
    let spec = Spec {
        title: "requests per second".to_owned(),
        note: "Creates over 8 connections, each with one after the other; server and load share the machine. json-server \
               adds each to a file.",
        subjects,
        measures: &[Measure::Rate],
        least: CONNECTIONS,
        targets: Vec::new(),
    };
    let rates = spec.measure("sandbox", effort);
    let wrk = Wrk::new(BODY).map(|wrk| {
        let own = mocks.iter().zip(&running).take(OWN);
        let mut servers = vec![("bare hyper", gateway.http.address)];
        servers.extend(own.map(|(mock, process)| (mock.name, process.address)));
        let time = Duration::from_secs(if is_short { 1 } else { 3 });
        let targets = [(LIBRARY, 0.7), (PROGRAM, 0.6)];
        let table = |connections| wrk.table(connections, &servers, starts_each, time, &targets);
        [8, 64].map(table)
    });
    for (process, samples) in running.iter().zip(&mut starts) {
        samples.insert(Measure::Memory, vec![process.memory()]);
    }
    let names = mocks.iter().map(|mock| mock.name.to_owned());
    let starts = Table::new(
        "start".to_owned(),
        "Milliseconds from the start of the process to the response to the first create, and the memory of the process after \
         all requests above.",
        names.zip(starts).collect(),
        Vec::new(),
    );
    let mut tables = vec![rates, starts];
    tables.splice(1..1, wrk.into_iter().flatten());
    tables
}

/// A server that can be started.
struct Mock {
    name: &'static str,
    path: &'static str,
    has_output: bool,
    command: Box<dyn Fn(&str) -> Command>,
}

struct Process {
    child: Child,
    address: SocketAddr,
}

fn mocks(is_short: bool) -> Vec<Mock> {
    let library = |port: &str| command(servers(), &["sandbox", port]);
    // Optimised, or only so that it runs.
    let program = program(if is_short { "dev" } else { "release" });
    let sandbox = move |port: &str| {
        let listen = format!("127.0.0.1:{port}");
        command(
            &program,
            &["sandbox", "--format", "json", "--listen", &listen],
        )
    };
    let mock = |name, path, has_output, command| Mock {
        name,
        path,
        has_output,
        command,
    };
    let silent = sandbox.clone();
    let mut mocks = vec![
        mock(
            LIBRARY,
            PATH,
            false,
            Box::new(library) as Box<dyn Fn(&str) -> Command>,
        ),
        mock(PROGRAM, PATH, true, Box::new(sandbox)),
        mock("program, to /dev/null", PATH, false, Box::new(silent)),
    ];
    if is_short {
        return mocks;
    }
    let Some(npm) = npm() else {
        println!("skipped: Prism, Mockoon and json-server, as npm does not provide them here");
        return mocks;
    };
    let openapi = report::root()
        .join("src/openapi.json")
        .display()
        .to_string();
    let (prism, mockoon, json_server) = (
        npm.join("prism"),
        npm.join("mockoon-cli"),
        npm.join("json-server"),
    );
    let of_mockoon = openapi.clone();
    let database = npm.join("db.json");
    mocks.push(mock(
        "Prism",
        PATH,
        false,
        Box::new(move |port| {
            command(
                &prism,
                &["mock", "--host", "127.0.0.1", "--port", port, &openapi],
            )
        }),
    ));
    mocks.push(mock(
        "Mockoon",
        PATH,
        false,
        Box::new(move |port| {
            let options = [
                "start",
                "--data",
                &of_mockoon,
                "--port",
                port,
                "--disable-log-to-file",
            ];
            command(&mockoon, &options)
        }),
    ));
    mocks.push(mock(
        "json-server",
        "/invoices",
        false,
        Box::new(move |port| {
            std::fs::write(&database, r#"{"invoices":[]}"#).expect("a file");
            let file = database.display().to_string();
            command(
                &json_server,
                &["--quiet", "--host", "127.0.0.1", "--port", port, &file],
            )
        }),
    ));
    mocks
}

impl Mock {
    /// Starts it, and waits for its first response.
    fn start(&self) -> (Process, Duration) {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr());
        let address = port.expect("a port");
        let mut command = (self.command)(&address.port().to_string());
        command.stdin(Stdio::piped()).stderr(Stdio::null());
        command.stdout(if self.has_output {
            Stdio::piped()
        } else {
            Stdio::null()
        });
        let start = Instant::now();
        let mut child = command.spawn().expect("a process");
        if let Some(mut out) = child.stdout.take() {
            std::thread::spawn(move || std::io::copy(&mut out, &mut std::io::sink()));
        }
        let mut process = Process { child, address };
        while TcpStream::connect(address).is_err() {
            let ended = process.child.try_wait().expect("a process");
            assert!(ended.is_none(), "{} ended before it listened", self.name);
            std::thread::sleep(Duration::from_millis(1));
        }
        load(self.name, address, self.path).repeat(1);
        (process, start.elapsed())
    }
}

impl Process {
    /// MiB.
    fn memory(&self) -> f64 {
        let path = format!("/proc/{}/status", self.child.id());
        let status = std::fs::read_to_string(path).unwrap_or_default();
        let line = status.lines().find(|line| line.starts_with("VmRSS:"));
        let kib = line.and_then(|line| line.split_whitespace().nth(1)?.parse::<f64>().ok());
        kib.unwrap_or(f64::NAN) / 1024.0
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Requests over new connections that are used again.
fn load(name: &'static str, address: SocketAddr, path: &'static str) -> Subject {
    let server = Server {
        address,
        root: None,
    };
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.expect("a runtime");
    Subject::new(name, move |times| {
        // A server may close a connection that is idle during the turns of the others.
        let raw = Raw::new(&server, path, BODY.as_bytes(), true);
        let connections = CONNECTIONS.min(times);
        let work = (0..connections).map(|_| async {
            for _ in 0..times / connections {
                assert!(raw.send().await, "a status but 200 and 201");
            }
        });
        runtime.block_on(join_all(work));
    })
}

/// The folder of npm's programs, installed there if possible.
fn npm() -> Option<PathBuf> {
    let folder = report::root().join("target/npm");
    let bin = folder.join("node_modules/.bin");
    if !bin.join("json-server").exists() {
        let mut install = Command::new("npm");
        install.args(["install", "--no-audit", "--no-fund", "--silent", "--prefix"]);
        let status = install.arg(&folder).args(NPM).status();
        status.ok().filter(|status| status.success())?;
    }
    Some(bin)
}

fn command(program: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(program);
    command.args(arguments);
    command
}
