//! A PostgreSQL server of one's own, in a temporary folder.
// Several test programs use it, and none uses all of it.
#![allow(dead_code)]

use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, Weak};

use tempfile::TempDir;

/// A server on loopback, which ends with this value.
pub struct Server {
    programs: PathBuf,
    folder: TempDir,
    port: u16,
    /// PostgreSQL does not run as root.
    is_root: bool,
}

impl Server {
    /// Starts a server.
    pub fn start() -> Self {
        let folder = TempDir::new().expect("a folder");
        let server = Self {
            programs: programs(),
            is_root: is_root(),
            port: free_port(),
            folder,
        };
        if server.is_root {
            let owned = Command::new("chown")
                .arg("postgres")
                .arg(server.folder.path())
                .status();
            assert!(owned.expect("chown runs").success());
        }
        server.run(
            "initdb",
            &[
                "--no-sync",
                "--auth=trust",
                "--username=shop",
                "-D",
                &server.data(),
            ],
        );
        server.resume();
        server
    }

    /// Returns the server that tests share. It ends with the last of them.
    pub fn shared() -> Arc<Self> {
        static SHARED: Mutex<Weak<Server>> = Mutex::new(Weak::new());
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let server = Arc::new(Self::start());
            *shared = Arc::downgrade(&server);
            server
        })
    }

    /// Returns the address of a new schema, for one journal.
    pub fn schema(&self) -> String {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("s{}", NEXT.fetch_add(1, Ordering::Relaxed));
        self.sql("postgres", &format!("CREATE SCHEMA {name}"));
        format!("{}?options=-csearch_path%3D{name}", self.url("postgres"))
    }

    /// Returns the address of a database.
    pub fn url(&self, database: &str) -> String {
        format!("postgres://shop:s3cret@127.0.0.1:{}/{database}", self.port)
    }

    /// Runs SQL, and returns what it prints.
    pub fn sql(&self, database: &str, sql: &str) -> String {
        let url = self.url(database);
        self.run(
            "psql",
            &[
                "-X",
                "-A",
                "-t",
                "-q",
                "-v",
                "ON_ERROR_STOP=1",
                "-c",
                sql,
                &url,
            ],
        )
    }

    /// Creates a database.
    pub fn create_database(&self, name: &str) {
        self.sql("postgres", &format!("CREATE DATABASE {name}"));
    }

    /// Removes a database, with its connections.
    pub fn drop_database(&self, name: &str) {
        let drop = format!("DROP DATABASE {name} WITH (FORCE)");
        self.sql("postgres", &drop);
    }

    /// Returns everything that is stored in a database, as text.
    pub fn dump(&self, database: &str) -> String {
        self.run("pg_dump", &[&self.url(database)])
    }

    /// Returns what the server has logged.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).expect("a log")
    }

    /// Ends the server in order, and starts it again.
    pub fn restart(&self) {
        self.run("pg_ctl", &["stop", "-m", "fast", "-w", "-D", &self.data()]);
        self.resume();
    }

    /// Ends the server at once, as a crash does.
    pub fn kill(&self) {
        self.run(
            "pg_ctl",
            &["stop", "-m", "immediate", "-w", "-D", &self.data()],
        );
    }

    /// Starts the server again.
    pub fn resume(&self) {
        let settings = format!(
            "-p {} -k {} -c listen_addresses=127.0.0.1",
            self.port,
            self.folder.path().display()
        );
        let log = format!("{}/log", self.folder.path().display());
        self.run(
            "pg_ctl",
            &[
                "start",
                "-w",
                "-t",
                "120",
                "-l",
                &log,
                "-o",
                &settings,
                "-D",
                &self.data(),
            ],
        );
    }

    /// Changes a setting of the running server.
    pub fn set(&self, name: &str, value: &str) {
        self.sql("postgres", &format!("ALTER SYSTEM SET {name} = {value}"));
        self.sql("postgres", "SELECT pg_reload_conf()");
        // Each process of the server reads it when it gets to it.
        while self.sql("postgres", &format!("SHOW {name}")) != value {
            std::thread::yield_now();
        }
    }

    /// Returns the server's port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Restores a backup of the database `from` as the new database `to`.
    pub fn copy_database(&self, from: &str, to: &str) {
        let file = format!("{}/dump", self.folder.path().display());
        self.run("pg_dump", &["-f", &file, &self.url(from)]);
        self.create_database(to);
        self.run("psql", &["-X", "-q", "-f", &file, &self.url(to)]);
    }

    /// Starts the server again as after a recovery from an archive, which begins a new timeline.
    pub fn recover_to_new_timeline(&self) {
        self.run("pg_ctl", &["stop", "-m", "fast", "-w", "-D", &self.data()]);
        let settings = "restore_command = '/bin/false'\n";
        let path = format!("{}/postgresql.auto.conf", self.data());
        std::fs::write(path, settings).expect("settings");
        std::fs::write(format!("{}/recovery.signal", self.data()), "").expect("a signal");
        self.resume();
        // It can be read before the recovery has ended.
        while self.sql("postgres", "SELECT pg_is_in_recovery()") == "t" {
            std::thread::yield_now();
        }
    }

    fn data(&self) -> String {
        format!("{}/data", self.folder.path().display())
    }

    /// Runs one of PostgreSQL's programs.
    fn run(&self, program: &str, arguments: &[&str]) -> String {
        let path = self.programs.join(program);
        let mut command = if self.is_root {
            let mut command = Command::new("runuser");
            command.args(["-u", "postgres", "--"]).arg(path);
            command
        } else {
            Command::new(path)
        };
        // A server that goes on must not keep the pipes of this process open.
        let is_server = program == "pg_ctl";
        let output = command
            .args(arguments)
            .current_dir(self.folder.path())
            .stdin(Stdio::null())
            .stdout(if is_server {
                Stdio::null()
            } else {
                Stdio::piped()
            })
            .stderr(if is_server {
                Stdio::null()
            } else {
                Stdio::piped()
            })
            .output()
            .expect("PostgreSQL is installed");
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{program} {arguments:?}: {errors}");
        String::from_utf8_lossy(&output.stdout).trim().to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if Path::new(&self.data()).join("postmaster.pid").exists() {
            self.kill();
        }
    }
}

/// Where the programs of the newest version are.
fn programs() -> PathBuf {
    let versions = std::fs::read_dir("/usr/lib/postgresql");
    let versions = versions.into_iter().flatten().flatten();
    let newest = versions.max_by_key(|version| {
        let name = version.file_name();
        name.to_str().and_then(|name| name.parse::<u32>().ok())
    });
    newest.map_or_else(PathBuf::new, |version| version.path().join("bin"))
}

fn is_root() -> bool {
    let output = Command::new("id").arg("-u").output().expect("id runs");
    output.stdout.trim_ascii() == b"0"
}

/// A port that nobody listens on now.
fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port");
    listener.local_addr().expect("an address").port()
}
