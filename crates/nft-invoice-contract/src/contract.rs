use std::env;
use std::io;
use std::process::Command;

use nft_invoice_transport::{BlockingTransport, Transport, TransportConfig};

use crate::authority::Authority;
use crate::peer::Peer;
use crate::report::{Line, Report};
use crate::rows::{FAR, PLAIN, rows};
use crate::server::Server;
use crate::subject::Subject;
use crate::traffic::secret_in;
use crate::trial::{self, Make};

/// Set in a child process, whose environment names proxies.
const CHILD: &str = "NFT_INVOICE_CONTRACT_CHILD";
/// What the child runs. Not only this machine, for which a proxy is often not used.
const IN_CHILD: [&str; 2] = [PLAIN, FAR];
const VARIABLES: [&str; 3] = ["HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"];

/// The suite. Says which part of the table is run; everything unless told otherwise.
///
/// See the [crate's page](crate) for a test that runs it.
#[derive(Clone, Debug)]
pub struct Contract {
    https: bool,
    child: Option<String>,
}

impl Contract {
    /// All rows, in http and in https.
    #[must_use]
    pub fn new() -> Self {
        Self {
            https: true,
            child: None,
        }
    }

    /// Only http, for a transport that has no TLS.
    #[must_use]
    pub fn http_only(mut self) -> Self {
        self.https = false;
        self
    }

    /// Also checks that proxies of the environment are ignored.
    ///
    /// That takes a process of its own: this program is started again with `--exact test` and with
    /// `HTTP_PROXY`, `HTTPS_PROXY` and `ALL_PROXY` set. Give the name of the test that runs the suite, with
    /// its modules; in a program without tests, anything.
    #[must_use]
    pub fn environment(mut self, test: impl Into<String>) -> Self {
        self.child = Some(test.into());
        self
    }

    /// Puts an async transport through the table. `make` gets the settings of each row, inside of a tokio
    /// runtime, and gives a new transport.
    pub fn run<T: Transport + 'static>(&self, make: impl Fn(TransportConfig) -> T) -> Report {
        self.report(true, &|settings| Subject::asynchronous(|| make(settings)))
    }

    /// Puts a blocking transport through the table, without the rows that drop a future.
    pub fn run_blocking<T: BlockingTransport + 'static>(
        &self,
        make: impl Fn(TransportConfig) -> T,
    ) -> Report {
        self.report(false, &|settings| Subject::blocking(make(settings)))
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
                    lines.push(trial::run(&row, https, &authority, make));
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

/// Runs this program's `test` again, where the environment names proxies that nobody may use.
fn in_child(test: &str) -> Line {
    let (seen, problems) = match proxied(test) {
        Ok((ran, proxied)) => {
            let mut problems = Vec::new();
            for (variable, received) in &proxied {
                let saw = secret_in(&received.concat()).unwrap_or("a connection");
                problems.push(format!("used {variable}, which saw {saw}"));
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
        expected: "answered, no proxy".into(),
        seen,
        problems,
    }
}

/// What each connection of a variable's proxy got.
type Proxied = (&'static str, Vec<Vec<u8>>);

/// What the child printed if it failed, and which variables it heeded.
fn proxied(test: &str) -> io::Result<(Option<String>, Vec<Proxied>)> {
    // Answers nothing: whoever comes here has failed already.
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
    let proxied = proxies
        .into_iter()
        .map(|(name, proxy)| (name, proxy.finish()))
        .filter(|(_, received)| !received.is_empty());
    Ok((failed, proxied.collect()))
}
