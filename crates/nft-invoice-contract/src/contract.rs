use std::env;
use std::io;
use std::process::Command;
use std::time::Instant;

use nft_invoice_transport::{BlockingTransport, Transport, TransportConfig};

use crate::authority::Authority;
use crate::peer::Peer;
use crate::report::{Line, Report};
use crate::rows::{FAR, PLAIN, rows};
use crate::server::Server;
use crate::subject::Subject;
use crate::traffic::secret_in;
use crate::trial::{self, Make};

/// Set in the child process, whose environment names proxies.
const CHILD: &str = "NFT_INVOICE_CONTRACT_CHILD";
/// The rows that the child runs: not only to this machine, for which clients often bypass a proxy.
const IN_CHILD: [&str; 2] = [PLAIN, FAR];
const VARIABLES: [&str; 3] = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];

/// The test suite. Runs every row unless configured otherwise.
///
/// See the [crate's documentation](crate) for an example.
#[derive(Clone, Debug)]
pub struct Contract {
    https: bool,
    opens_ahead: bool,
    child: Option<String>,
}

impl Contract {
    /// Creates a suite of all rows, over http and https.
    #[must_use]
    pub fn new() -> Self {
        Self {
            https: true,
            opens_ahead: false,
            child: None,
        }
    }

    /// Skips https, for a transport without TLS.
    #[must_use]
    pub fn http_only(mut self) -> Self {
        self.https = false;
        self
    }

    /// Counts only connections that a request was written to, for a transport that opens connections ahead. Without it, a
    /// send that connects twice fails even if one of the connections carries nothing.
    #[must_use]
    pub fn opens_ahead(mut self) -> Self {
        self.opens_ahead = true;
        self
    }

    /// Also checks that the proxies of the environment are ignored.
    ///
    /// The check needs a process of its own: it starts this program again with `--exact test`, and with
    /// `HTTP_PROXY`, `HTTPS_PROXY` and `ALL_PROXY` set. `test` is the path of the test that runs the suite, such as
    /// `contract::keeps_the_contract`; in a program without tests it can be anything.
    #[must_use]
    pub fn environment(mut self, test: impl Into<String>) -> Self {
        self.child = Some(test.into());
        self
    }

    /// Runs the suite with an async transport.
    ///
    /// `make` builds a new transport for each row from the row's configuration, inside of a tokio runtime.
    pub fn run<T: Transport + 'static>(&self, make: impl Fn(TransportConfig) -> T) -> Report {
        self.report(true, &|config| Subject::asynchronous(|| make(config)))
    }

    /// Runs the suite with a blocking transport, without the rows that drop a future.
    pub fn run_blocking<T: BlockingTransport + 'static>(
        &self,
        make: impl Fn(TransportConfig) -> T,
    ) -> Report {
        self.report(false, &|config| Subject::blocking(make(config)))
    }

    fn report(&self, drops: bool, make: Make<'_>) -> Report {
        let authority = Authority::new();
        let is_child = env::var_os(CHILD).is_some();
        let schemes: &[bool] = if self.https { &[false, true] } else { &[false] };
        let mut lines = Vec::new();
        for &https in schemes {
            for row in rows() {
                let skipped =
                    row.scene.drops() && !drops || is_child && !IN_CHILD.contains(&row.name());
                if row.scene.fits(https) && !skipped {
                    lines.push(trial::run(&row, https, self.opens_ahead, &authority, make));
                }
            }
        }
        if let (Some(test), false) = (&self.child, is_child) {
            lines.push(in_child(test));
        }
        Report { lines }
    }
}

impl Default for Contract {
    fn default() -> Self {
        Self::new()
    }
}

/// Runs this program's `test` again with an environment that names proxies.
fn in_child(test: &str) -> Line {
    let start = Instant::now();
    let (seen, problems) = match proxied(test) {
        Ok((ran, proxied)) => {
            let mut problems = Vec::new();
            for (variable, received) in &proxied {
                let secret = secret_in(&received.concat()).unwrap_or("a connection");
                problems.push(format!("used {variable}, which received {secret}"));
            }
            if let (Some(failed), true) = (ran, proxied.is_empty()) {
                problems.push(format!("the child process failed: {failed}"));
            }
            (format!("{} proxies used", proxied.len()), problems)
        }
        Err(error) => (String::new(), vec![format!("no child process: {error}")]),
    };
    Line {
        name: "HTTP_PROXY, HTTPS_PROXY and ALL_PROXY set",
        scheme: "any",
        expected: "responded, no proxy used".into(),
        seen,
        took: start.elapsed(),
        problems,
    }
}

/// A variable, and what each connection of its proxy received.
type Proxied = (&'static str, Vec<Vec<u8>>);

/// Runs the child. Returns its output if it failed, and the variables whose proxy was used.
fn proxied(test: &str) -> io::Result<(Option<String>, Vec<Proxied>)> {
    // No response is needed: a transport that connects fails the row.
    let act = |peer: &mut Peer| {
        peer.request();
    };
    let mut proxies = Vec::new();
    let mut child = Command::new(env::current_exe()?);
    child
        .args(["--exact", test, "--nocapture"])
        .env(CHILD, "1")
        .env_remove("NO_PROXY")
        .env_remove("no_proxy");
    for name in VARIABLES {
        let proxy = Server::start(act, None, Default::default())?;
        let url = format!("http://127.0.0.1:{}", proxy.port());
        child.env(name, &url).env(name.to_lowercase(), &url);
        proxies.push((name, proxy));
    }
    let ran = child.output()?;
    let printed = [ran.stdout, ran.stderr].concat();
    let printed = String::from_utf8_lossy(&printed).into_owned();
    let failed = if !ran.status.success() {
        Some(printed)
    } else if printed.contains("running 0 tests") {
        Some(format!("there is no test named {test}"))
    } else {
        None
    };
    let mut proxied = Vec::new();
    for (name, proxy) in proxies {
        let received = proxy.finish()?;
        if !received.is_empty() {
            proxied.push((name, received));
        }
    }
    Ok((failed, proxied))
}
