#![cfg(unix)]
use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, Stdio};

use serde_json::Value;

use crate::{Ended, end, interrupt, program};

/// A sandbox or another server that runs, killed at the end.
pub struct Running {
    child: Child,
    out: Option<BufReader<ChildStdout>>,
    /// What it said first to programs.
    pub facts: Value,
    /// What it said first to people.
    pub greeting: String,
}

impl Running {
    pub fn start(arguments: &[&str]) -> Self {
        Self::start_as(&mut program(&[&["sandbox"], arguments].concat()))
    }

    /// As started by `command`, a `sandbox` command.
    pub fn start_as(command: &mut Command) -> Self {
        let mut sandbox = Self::spawn(command.args(["--format", "json"]));
        sandbox.facts = sandbox.object();
        sandbox
    }

    /// As people start it; it has said how to use it.
    pub fn start_for_people(arguments: &[&str]) -> Self {
        let mut sandbox = Self::spawn(&mut program(&[&["sandbox"], arguments].concat()));
        while !sandbox.greeting.ends_with(":\n\n") || !sandbox.greeting.contains("Ctrl-C") {
            let line = sandbox.line();
            sandbox.greeting += &line;
        }
        sandbox
    }

    fn spawn(command: &mut Command) -> Self {
        let mut child = command
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let out = child.stdout.take().map(BufReader::new);
        let (facts, greeting) = (Value::Null, String::new());
        Self {
            child,
            out,
            facts,
            greeting,
        }
    }

    fn line(&mut self) -> String {
        let mut line = String::new();
        let out = self.out.as_mut().expect("it is read");
        let length = out.read_line(&mut line).unwrap();
        assert_ne!(length, 0, "it has ended");
        line
    }

    pub fn object(&mut self) -> Value {
        let line = self.line();
        serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"))
    }

    /// The next event of this kind.
    pub fn wait_for(&mut self, event: &str) -> Value {
        loop {
            let object = self.object();
            if object["event"] == event {
                return object;
            }
        }
    }

    /// All events up to the first that says `text`.
    pub fn events_until(&mut self, text: &str) -> Vec<Value> {
        let mut events = Vec::new();
        loop {
            events.push(self.object());
            let said = events.last().unwrap()["text"].as_str().unwrap();
            if said.contains(text) {
                return events;
            }
        }
    }

    /// The variables that people are told to export.
    pub fn exports(&self) -> Vec<(String, String)> {
        let lines = self.greeting.lines();
        let exports = lines.filter_map(|line| line.trim().strip_prefix("export "));
        let pair = |line: &str| {
            line.split_once('=')
                .map(|(a, b)| (a.to_owned(), b.to_owned()))
        };
        exports.filter_map(pair).collect()
    }

    /// The program with all that it needs to talk to this sandbox.
    pub fn client(&self, arguments: &[&str]) -> Command {
        let mut command = program(arguments);
        command.envs(self.exports());
        for (variable, member) in [
            ("NFT_INVOICE_BASE_URL", "base_url"),
            ("NFT_INVOICE_API_KEY", "api_key"),
            ("NFT_INVOICE_HISTORY_PATH", "history_path"),
            ("NFT_INVOICE_SANDBOX_URL", "base_url"),
            ("NFT_INVOICE_SANDBOX_TOKEN", "admin_token"),
        ] {
            if let Some(value) = self.facts[member].as_str() {
                command.env(variable, value);
            }
        }
        command
    }

    /// Creates an invoice and returns what the program shows of it.
    pub fn create(&self, invoice: &str) -> Value {
        let arguments = ["create", "-", "--today", "2025-01-01", "--format", "json"];
        let ended = end(&mut self.client(&arguments), invoice);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        ended.object()
    }

    pub fn stop_reading(&mut self) {
        self.out = None;
    }

    /// Ctrl-C, and what it said since.
    pub fn stop(mut self) -> Ended {
        interrupt(&self.child);
        let (mut out, mut err) = (String::new(), String::new());
        if let Some(rest) = &mut self.out {
            rest.read_to_string(&mut out).unwrap();
        }
        self.child
            .stderr
            .take()
            .unwrap()
            .read_to_string(&mut err)
            .unwrap();
        let code = self.child.wait().unwrap().code();
        Ended { code, out, err }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // It has ended already, most often.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
