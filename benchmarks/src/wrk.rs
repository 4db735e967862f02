//! Load by wrk, another author's program, where it is installed.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::Duration;

use crate::report;
use crate::table::{Measure, Samples, Table, Target};
use crate::written::{KEY, PATH};

pub struct Wrk {
    script: PathBuf,
}

impl Wrk {
    /// `None` where wrk is not installed.
    pub fn new(body: &str) -> Option<Self> {
        let mut version = Command::new("wrk");
        version
            .arg("--version")
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        version.status().ok()?;
        let script = report::root().join("target/create.lua");
        let text = format!(
            "wrk.method = 'POST'\nwrk.headers['API-KEY'] = '{KEY}'\n\
             wrk.headers['Content-Type'] = 'application/json'\nwrk.body = '{body}'\n"
        );
        std::fs::create_dir_all(report::root().join("target")).expect("a folder");
        std::fs::write(&script, text).expect("a file");
        Some(Self { script })
    }

    /// Creates over so many connections at each server in turn. The first server is the floor.
    pub fn table(
        &self,
        connections: usize,
        servers: &[(&str, SocketAddr)],
        rounds: usize,
        time: Duration,
        targets: &[(&str, f64)],
    ) -> Table {
        let mut samples = vec![Vec::new(); servers.len()];
        for first in 0..rounds {
            for index in (0..servers.len()).map(|next| (first + next) % servers.len()) {
                let rate = self.rate(connections, servers[index].1, time);
                samples[index].push(rate);
            }
        }
        let rows = servers.iter().zip(samples).map(|((name, _), samples)| {
            let samples = Samples::from([(Measure::Rate, samples)]);
            ((*name).to_owned(), samples)
        });
        let target = |(name, least): &(&str, f64)| {
            Target::at_least(*least, Measure::Rate, name, servers[0].0)
        };
        Table::new(
            format!("wrk, {connections} connections"),
            "Creates by wrk with one thread; server and load share the machine.",
            rows.collect(),
            targets.iter().map(target).collect(),
        )
    }

    /// Requests a second.
    fn rate(&self, connections: usize, address: SocketAddr, time: Duration) -> f64 {
        let seconds = time.as_secs().max(1);
        let output = Command::new("wrk")
            .args(["--threads", "1", "--connections", &connections.to_string()])
            .args(["--duration", &format!("{seconds}s"), "--script"])
            .arg(&self.script)
            .arg(format!("http://{address}{PATH}"))
            .output()
            .expect("wrk runs");
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(!text.contains("Non-2xx"), "{text}");
        let rate = text
            .lines()
            .find_map(|line| line.strip_prefix("Requests/sec:"));
        rate.and_then(|rate| rate.trim().parse().ok())
            .unwrap_or_else(|| panic!("no rate in {text}"))
    }
}
