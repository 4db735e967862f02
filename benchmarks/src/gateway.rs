//! The gateway that clients are measured against: a process of its own that answers fixed bytes, over http and https,
//! each also behind a relay with a round trip of 20 ms.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, LazyLock};

use rustls::pki_types::CertificateDer;

use crate::report;
use crate::weight::{output, same_cargo};

/// A running gateway. It ends when this is dropped.
pub struct Gateway {
    pub http: Server,
    pub https: Server,
    pub http_20_ms: Server,
    pub https_20_ms: Server,
    process: Child,
}

/// A gateway's address.
#[derive(Clone)]
pub struct Server {
    pub address: SocketAddr,
    /// The root certificate to trust, with https.
    pub root: Option<Vec<u8>>,
}

impl Gateway {
    pub fn start() -> Self {
        let mut process = Command::new(servers())
            .arg("gateway")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a process");
        let mut lines = BufReader::new(process.stdout.take().expect("a pipe")).lines();
        let mut line = || lines.next().expect("a line").expect("a line");
        let [http, https, http_20_ms, https_20_ms] =
            std::array::from_fn(|_| line().parse().expect("an address"));
        let root = hex_to_bytes(&line());
        let plain = |address| Server {
            address,
            root: None,
        };
        let secure = |address| Server {
            address,
            root: Some(root.clone()),
        };
        Self {
            http: plain(http),
            https: secure(https),
            http_20_ms: plain(http_20_ms),
            https_20_ms: secure(https_20_ms),
            process,
        }
    }
}

/// Builds the program with the processes that are measured against. It is another one, because this one counts its
/// allocations, which takes time.
pub fn servers() -> &'static Path {
    static PROGRAM: LazyLock<PathBuf> = LazyLock::new(|| {
        // With the same environment and profile, so in the same folder.
        let mut build = same_cargo(report::root(), &["build", "--quiet", "--bin", "servers"]);
        build.args((!cfg!(debug_assertions)).then_some("--release"));
        output(build);
        let this = std::env::current_exe().expect("this program");
        this.with_file_name("servers")
    });
    &PROGRAM
}

impl Server {
    pub fn url(&self) -> String {
        let scheme = if self.root.is_some() { "https" } else { "http" };
        format!("{scheme}://{}", self.address)
    }

    /// What a client without settings uses: TLS 1.2 and 1.3, sessions that are resumed.
    pub fn tls(&self) -> rustls::ClientConfig {
        let mut roots = rustls::RootCertStore::empty();
        if let Some(root) = self.root.clone() {
            roots.add(CertificateDer::from(root)).expect("a root");
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("versions that ring speaks")
            .with_root_certificates(roots)
            .with_no_client_auth()
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

fn hex_to_bytes(text: &str) -> Vec<u8> {
    let byte = |at| u8::from_str_radix(&text[at..at + 2], 16).expect("hexadecimal digits");
    (0..text.len()).step_by(2).map(byte).collect()
}
