use std::collections::VecDeque;
use std::fmt;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
#[cfg(feature = "sqlite")]
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use thiserror::Error;
use tokio::sync::Notify;
use tokio::sync::mpsc::unbounded_channel;

use crate::account::Account;
use crate::activity::Subscribers;
use crate::amount::Amount;
use crate::app::App;
use crate::assumption::Assumptions;
use crate::callback::Callbacks;
use crate::callback_order::CallbackOrder;
use crate::callback_url::{CallbackUrl, CallbackUrlError};
use crate::clock::Clock;
use crate::fault::{FaultError, FaultPlan, Faults};
use crate::gate::Gate;
use crate::journal::Journal;
use crate::ledger::{Ledger, Rules};
#[cfg(feature = "sqlite")]
use crate::log::{DatabaseError, Log};
use crate::outbox::Outbox;
use crate::retries::Retries;
use crate::sandbox::Sandbox;
use crate::store::Store;
use crate::token::Tokens;

/// Settings of a [`Sandbox`] that is to be started. What is wrong with them is said at the start.
#[derive(Clone)]
pub struct SandboxBuilder {
    listen: SocketAddr,
    allow_remote: bool,
    proxies: Vec<IpAddr>,
    seed: u64,
    clock: ClockSetting,
    keys: Vec<String>,
    allowed_ips: Option<Vec<IpAddr>>,
    wallet_active: bool,
    limits: Option<(String, String)>,
    switches: Vec<(String, String)>,
    faults: FaultPlan,
    callback: Option<String>,
    callbacks: Callbacks,
    #[cfg(feature = "https")]
    callback_roots: Vec<Vec<u8>>,
    callback_order: CallbackOrder,
    kept_invoices: usize,
    #[cfg(feature = "sqlite")]
    database: Option<PathBuf>,
}

/// Why a sandbox did not start.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StartError {
    /// The address cannot be listened on: it is in use, or not one of this machine's.
    #[error("cannot listen on {address}")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system said.
        source: io::Error,
    },
    /// The address can be reached from other machines, which has to be allowed by name.
    #[error(
        "{address} is not a loopback address; other machines are let in only when remote access is allowed (`allow_remote`, `--allow-remote`)"
    )]
    Remote {
        /// The address that was asked for.
        address: SocketAddr,
    },
    /// A key that no request could carry, or one that stands twice.
    #[error("an API key must be visible ASCII without spaces, and no two may be the same")]
    ApiKey,
    /// The limits are no amounts, or the minimum is above the maximum.
    #[error(
        "amount limits must be two amounts such as \"1\" and \"5000\", the smaller first; got {minimum:?} and {maximum:?}"
    )]
    AmountLimits {
        /// The lower limit as given.
        minimum: String,
        /// The upper limit as given.
        maximum: String,
    },
    /// The instant for the frozen clock cannot be read.
    #[error("{instant:?} is no instant such as \"2025-01-01T00:00:00Z\"")]
    Instant {
        /// The text that was given.
        instant: String,
    },
    /// The register has no such assumption, or the assumption no such option.
    #[error("cannot assume {id}={option}; known: {}", known.join(", "))]
    Assumption {
        /// The assumption that was to be switched.
        id: String,
        /// The option that was asked for.
        option: String,
        /// The ids that exist, or the options of this id.
        known: Vec<&'static str>,
    },
    /// Callbacks cannot go to that URL.
    #[error("callbacks cannot be sent")]
    Callback(#[from] CallbackUrlError),
    /// Its state cannot be kept in that file.
    #[cfg(feature = "sqlite")]
    #[error("cannot use the database {}", path.display())]
    Database {
        /// The file that was asked for.
        path: PathBuf,
        /// What is wrong with it.
        source: DatabaseError,
    },
    /// What was given as a certificate to trust is none.
    #[cfg(feature = "https")]
    #[error("a root certificate for callbacks is one certificate as DER")]
    RootCertificate,
    /// The system gave no thread or no runtime.
    #[error("cannot start the sandbox's own thread")]
    Thread {
        /// What the system said.
        source: io::Error,
    },
}

#[derive(Clone)]
enum ClockSetting {
    Default,
    Real,
    FrozenAt(String),
}

impl SandboxBuilder {
    pub(crate) fn new() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            allow_remote: false,
            proxies: Vec::new(),
            seed: 0,
            clock: ClockSetting::Default,
            keys: vec!["sandbox-key".to_owned()],
            allowed_ips: None,
            wallet_active: true,
            limits: None,
            switches: Vec::new(),
            faults: FaultPlan::default(),
            callback: None,
            callbacks: Callbacks::default(),
            #[cfg(feature = "https")]
            callback_roots: Vec::new(),
            callback_order: CallbackOrder::default(),
            kept_invoices: Rules::default().capacity,
            #[cfg(feature = "sqlite")]
            database: None,
        }
    }

    /// The address to listen on; without it a free port of 127.0.0.1. Anything but loopback needs
    /// [`allow_remote`](Self::allow_remote) too.
    #[must_use]
    pub const fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// Lets [`listen`](Self::listen) take an address that other machines can reach.
    #[must_use]
    pub const fn allow_remote(mut self, allow: bool) -> Self {
        self.allow_remote = allow;
        self
    }

    /// Takes this proxy's word (`X-Forwarded-For`) for the client's address. Without it the address is the socket's.
    #[must_use]
    pub fn trusted_proxy(mut self, address: IpAddr) -> Self {
        self.proxies.push(address);
        self
    }

    /// What the tokens are made from. The same seed gives the same tokens; a program that others can reach
    /// should give one that nobody can guess.
    #[must_use]
    pub const fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Follows the system's clock. Without it the time stands still at 2025-01-01T00:00:00Z.
    #[must_use]
    pub fn real_time(mut self) -> Self {
        self.clock = ClockSetting::Real;
        self
    }

    /// Lets the time stand still at this instant, such as `2025-01-01T00:00:00Z`.
    #[must_use]
    pub fn clock_frozen_at(mut self, instant: impl Into<String>) -> Self {
        self.clock = ClockSetting::FrozenAt(instant.into());
        self
    }

    /// The account's API key; without it `sandbox-key`.
    #[must_use]
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.keys[0] = key.into();
        self
    }

    /// Adds another merchant with a key of its own, whose invoices the others may not see (50011).
    #[must_use]
    pub fn other_merchant(mut self, key: impl Into<String>) -> Self {
        self.keys.push(key.into());
        self
    }

    /// The only addresses that may create invoices and read the history (else 50006). None at all is an account
    /// without a linked IP, which every call refuses (50010). Without this, any address will do.
    #[must_use]
    pub fn allowed_ips(mut self, ips: impl IntoIterator<Item = IpAddr>) -> Self {
        self.allowed_ips = Some(ips.into_iter().collect());
        self
    }

    /// Whether the merchant's wallet is active; one that is not refuses every create call (50008).
    #[must_use]
    pub const fn wallet_active(mut self, active: bool) -> Self {
        self.wallet_active = active;
        self
    }

    /// The smallest and the largest amount of an invoice (50012 and 50011). Without it any above zero.
    #[must_use]
    pub fn amount_limits(mut self, minimum: impl Into<String>, maximum: impl Into<String>) -> Self {
        self.limits = Some((minimum.into(), maximum.into()));
        self
    }

    /// Where callbacks are posted, such as `http://127.0.0.1:3000/callback`; https needs the feature `https`. Without it
    /// none are made. The host must be
    /// this machine, or one of [`allow_callback_host`](Self::allow_callback_host).
    #[must_use]
    pub fn callback(mut self, url: impl Into<String>) -> Self {
        self.callback = Some(url.into());
        self
    }

    /// What callbacks are signed with; without it `sandbox-secret`.
    #[must_use]
    pub fn callback_secret(mut self, secret: impl Into<String>) -> Self {
        self.callbacks.secret = secret.into();
        self
    }

    /// Lets callbacks go to another machine. Think twice: they are signed, and a live shop would believe them.
    #[must_use]
    pub fn allow_callback_host(mut self, host: impl Into<String>) -> Self {
        self.callbacks.allowed_hosts.push(host.into());
        self
    }

    /// Trusts this certificate too, as DER, when a callback goes to https; beside it webpki's roots.
    #[cfg(feature = "https")]
    #[must_use]
    pub fn callback_root_certificate(mut self, der: impl Into<Vec<u8>>) -> Self {
        self.callback_roots.push(der.into());
        self
    }

    /// When callbacks that were not taken are sent again; without it [`Retries::standard`].
    #[must_use]
    pub fn callback_retries(mut self, retries: Retries) -> Self {
        self.callbacks.retries = retries;
        self
    }

    /// In which order callbacks go out that are due together; without it [`CallbackOrder::Fifo`].
    #[must_use]
    pub const fn callback_order(mut self, order: CallbackOrder) -> Self {
        self.callback_order = order;
        self
    }

    /// How many invoices are kept, the newest; without it a million.
    #[must_use]
    pub const fn keep_invoices(mut self, count: usize) -> Self {
        self.kept_invoices = count;
        self
    }

    /// Switches an assumption of [`Assumption::all`](crate::Assumption::all) to another of its options,
    /// such as `.assume("error-status", "400")`.
    #[must_use]
    pub fn assume(mut self, id: impl Into<String>, option: impl Into<String>) -> Self {
        self.switches.push((id.into(), option.into()));
        self
    }

    /// Keeps invoices, callbacks and the time in this SQLite file, which is made if there is none, and begins with what
    /// is there. Needs the feature `sqlite`.
    ///
    /// Every change is written before it is answered: a process that is killed loses at most the request that it did
    /// not answer. (A machine that loses its power may lose the last moments.) What cannot be written is answered with
    /// HTTP 500, and nothing is changed. A callback that was under way is sent again, with the same bytes.
    ///
    /// Settings are not kept, nor are requests, scripted outcomes and what faults have counted. The clock never goes
    /// back: a frozen one stands at the last instant that was written, if that is later, and one that follows the
    /// system's is as far ahead of it as it was.
    ///
    /// The file is for one sandbox at a time and readable by its owner alone. It holds what merchants have sent, but of
    /// cards only what [`CardSummary`](crate::CardSummary) shows. It only grows; delete it to begin anew.
    #[cfg(feature = "sqlite")]
    #[must_use]
    pub fn database(mut self, path: impl Into<PathBuf>) -> Self {
        self.database = Some(path.into());
        self
    }

    /// What goes wrong, such as `create->after.reset@n=1`: see [`FaultPlan`]. The last plan counts.
    ///
    /// # Errors
    ///
    /// When the plan cannot be read.
    pub fn faults(mut self, plan: impl AsRef<str>) -> Result<Self, FaultError> {
        self.faults = plan.as_ref().parse()?;
        Ok(self)
    }

    /// Starts it, from within any async runtime: it has a thread and a runtime of its own.
    ///
    /// # Errors
    ///
    /// When a setting is wrong or the address cannot be listened on.
    pub async fn start(self) -> Result<Sandbox, StartError> {
        // Binding a socket and starting a thread wait for nobody.
        self.start_blocking()
    }

    /// Starts it from a thread without a runtime.
    ///
    /// # Errors
    ///
    /// When a setting is wrong or the address cannot be listened on.
    pub fn start_blocking(mut self) -> Result<Sandbox, StartError> {
        let address = self.listen;
        if !address.ip().is_loopback() && !self.allow_remote {
            return Err(StartError::Remote { address });
        }
        let account = self.account()?;
        let clock = Arc::new(self.clock.read()?);
        if let Some(url) = &self.callback {
            let parsed = CallbackUrl::parse(url, &self.callbacks.allowed_hosts)?;
            self.callbacks.url = Some(parsed);
        }
        let mut assumptions = Assumptions::default();
        for (id, option) in self.switches {
            assumptions
                .switch(&id, &option)
                .map_err(|known| StartError::Assumption { id, option, known })?;
        }

        let listening = TcpListener::bind(address).and_then(|listener| {
            listener.set_nonblocking(true)?;
            Ok((listener.local_addr()?, listener))
        });
        let (bound, listener) =
            listening.map_err(|source| StartError::Listen { address, source })?;
        let rules = Rules {
            failed_reopens: assumptions.is("failed-reopens", "yes"),
            expiry_from_change: assumptions.is("expiry-counts-from", "last-change"),
            capacity: self.kept_invoices,
        };
        let wake = Arc::new(Notify::new());
        let (advances, asked) = unbounded_channel();
        let tokens = Tokens::new(self.seed);
        let store = Store {
            account: Arc::new(account),
            callbacks: self.callbacks,
            assumptions: assumptions.clone(),
            clock: Arc::clone(&clock),
            log: None,
            script: VecDeque::new(),
            ledger: Ledger::new(rules),
            outbox: Outbox::new(self.callback_order, self.seed),
            journal: Journal::default(),
            subscribers: Subscribers::default(),
            wake: Arc::clone(&wake),
        };
        #[cfg(feature = "sqlite")]
        let store = restored(store, self.database)?;
        let app = App {
            gate: Gate::new(bound, tokens.admin()),
            base_url: format!("http://{}", reachable(bound)),
            store: Mutex::new(store),
            assumptions,
            faults: Faults::new(self.faults, self.seed, clock.now()),
            clock,
            tokens,
            #[cfg(feature = "https")]
            tls: crate::tls::Tls::new(&self.callback_roots).ok_or(StartError::RootCertificate)?,
            proxies: self.proxies,
            wake,
            advances,
        };
        Sandbox::spawn(listener, app, asked).map_err(|source| StartError::Thread { source })
    }

    fn account(&self) -> Result<Account, StartError> {
        if !Account::can_have(&self.keys) {
            return Err(StartError::ApiKey);
        }
        let mut account = Account {
            keys: self.keys.clone(),
            allowed_ips: self.allowed_ips.clone(),
            wallet_active: self.wallet_active,
            minimum: Amount::SMALLEST,
            maximum: Amount::LARGEST,
        };
        if let Some((minimum, maximum)) = &self.limits {
            let limits = Amount::parse(minimum).zip(Amount::parse(maximum));
            limits
                .filter(|(minimum, maximum)| account.limit(*minimum, *maximum))
                .ok_or_else(|| StartError::AmountLimits {
                    minimum: minimum.clone(),
                    maximum: maximum.clone(),
                })?;
        }
        Ok(account)
    }
}

impl fmt::Debug for SandboxBuilder {
    /// Without the API keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SandboxBuilder")
            .field("listen", &self.listen)
            .field("seed", &self.seed)
            .field("merchants", &self.keys.len())
            .field("limits", &self.limits)
            .field("switches", &self.switches)
            .field("faults", &self.faults.to_string())
            .finish_non_exhaustive()
    }
}

impl ClockSetting {
    fn read(&self) -> Result<Clock, StartError> {
        match self {
            Self::Default => Ok(Clock::default()),
            Self::Real => Ok(Clock::real()),
            Self::FrozenAt(instant) => match instant.parse() {
                Ok(at) => Ok(Clock::frozen_at(at)),
                Err(_) => Err(StartError::Instant {
                    instant: instant.clone(),
                }),
            },
        }
    }
}

/// The store with what its database holds.
#[cfg(feature = "sqlite")]
fn restored(mut store: Store, database: Option<PathBuf>) -> Result<Store, StartError> {
    if let Some(path) = database {
        let restored = Log::open(&path).and_then(|log| store.restore(log));
        restored.map_err(|source| StartError::Database { path, source })?;
    }
    Ok(store)
}

/// `0.0.0.0` can be listened on but not be opened in a browser.
fn reachable(bound: SocketAddr) -> SocketAddr {
    match bound.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => (Ipv4Addr::LOCALHOST, bound.port()).into(),
        IpAddr::V6(ip) if ip.is_unspecified() => {
            (std::net::Ipv6Addr::LOCALHOST, bound.port()).into()
        }
        _ => bound,
    }
}
