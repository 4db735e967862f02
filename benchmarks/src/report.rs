//! The result of one topic: tables, and the machine they are from.

use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::{Deserialize, Serialize};

use crate::table::Table;

#[derive(Serialize, Deserialize)]
pub struct Report {
    pub topic: String,
    /// What measures it again.
    pub command: String,
    pub date: String,
    pub machine: String,
    pub compiler: String,
    /// The load averages of the last minute, before and after.
    pub load: [f64; 2],
    pub rounds: usize,
    pub tables: Vec<Table>,
}

impl Report {
    pub fn new(topic: &str, command: String, load: f64, rounds: usize, tables: Vec<Table>) -> Self {
        Self {
            topic: topic.to_owned(),
            command,
            date: output("date", &["--utc", "+%F"]),
            machine: machine(),
            compiler: output("rustc", &["--version"]),
            load: [load, self::load()],
            rounds,
            tables,
        }
    }

    pub fn write(&self) -> io::Result<PathBuf> {
        let path = path(&self.topic);
        std::fs::create_dir_all(path.parent().expect("a folder"))?;
        let text = serde_json::to_string_pretty(self).expect("it is written");
        std::fs::write(&path, text + "\n")?;
        Ok(path)
    }

    pub fn read(topic: &str) -> io::Result<Self> {
        let text = std::fs::read(path(topic))?;
        serde_json::from_slice(&text).map_err(io::Error::other)
    }
}

/// The root of this package.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

pub fn main_workspace() -> &'static Path {
    root().parent().expect("the folder of the main workspace")
}

/// The load average of the last minute.
pub fn load() -> f64 {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let first = text.split_whitespace().next();
    first.and_then(|first| first.parse().ok()).unwrap_or(0.0)
}

fn path(topic: &str) -> PathBuf {
    root().join("results").join(format!("{topic}.json"))
}

fn machine() -> String {
    let info = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = info.lines().find_map(|line| {
        line.strip_prefix("model name")
            .map(|rest| rest.trim_start_matches(['\t', ':', ' ']))
    });
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let kernel = output("uname", &["-sr"]);
    format!(
        "{cores} cores of {}, {kernel}",
        model.unwrap_or("an unknown processor")
    )
}

fn output(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output();
    let text = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    text.unwrap_or_default()
}
