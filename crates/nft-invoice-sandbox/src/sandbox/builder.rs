use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::{Arc, Mutex};

use tokio::sync::mpsc::unbounded_channel;

use crate::app::{App, BaseUrl};
use crate::assumption::Assumptions;
use crate::assumption::CallbackOrder;
use crate::callback::{CallbackUrl, Callbacks, RetryPolicy};
use crate::clock::Clock;
use crate::fault::{FaultError, FaultPlan, Faults};
use crate::gateway::Account;
use crate::http::{Hosts, Origin, Tls};
use crate::payment::{Amount, Ledger, Tokens};
use crate::sandbox::Sandbox;
use crate::sandbox::start_error::StartError;
use crate::store::Store;

/// A builder for a [`Sandbox`]. Invalid settings are reported by [`start`](Self::start).
#[derive(Clone)]
pub struct SandboxBuilder {
    listen: SocketAddr,
    allow_remote: bool,
    public_url: Option<String>,
    allowed_hosts: Vec<String>,
    proxies: Vec<IpAddr>,
    seed: u64,
    /// `None` follows the system clock.
    frozen_at: Option<String>,
    account: Account,
    /// Replace those of the account.
    limits: Option<(String, String)>,
    switches: Vec<(String, String)>,
    faults: FaultPlan,
    callback: Option<String>,
    callbacks: Callbacks,
    callback_ca: Vec<Vec<u8>>,
    kept_invoices: usize,
    database: Option<PathBuf>,
}

impl SandboxBuilder {
    /// Sets the address to listen on. Default: a free port of 127.0.0.1. An address that is not loopback also requires
    /// [`allow_remote`](Self::allow_remote).
    #[must_use]
    pub const fn listen(mut self, address: SocketAddr) -> Self {
        self.listen = address;
        self
    }

    /// Allows [`listen`](Self::listen) to use an address that other machines can reach.
    #[must_use]
    pub const fn allow_remote(mut self, allow: bool) -> Self {
        self.allow_remote = allow;
        self
    }

    /// Sets the URL at which others reach the sandbox, such as `http://sandbox:8080`: a scheme, a host and a port. It is the
    /// base of the `redirectUrl` and `html` of invoices. Default: the address that a request came to.
    ///
    /// Its host is allowed as by [`allow_host`](Self::allow_host). The scheme may be https if a proxy terminates TLS.
    #[must_use]
    pub fn public_url(mut self, url: impl Into<String>) -> Self {
        self.public_url = Some(url.into());
        self
    }

    /// Allows requests with this name in the `Host` header, on any port. IP addresses, `localhost` and the host of
    /// [`public_url`](Self::public_url) are always allowed; every other name gets HTTP 403, against DNS rebinding.
    #[must_use]
    pub fn allow_host(mut self, name: impl Into<String>) -> Self {
        self.allowed_hosts.push(name.into());
        self
    }

    /// Trusts the `X-Forwarded-For` header of this proxy for the client's address. Default: the socket's address.
    #[must_use]
    pub fn trusted_proxy(mut self, address: IpAddr) -> Self {
        self.proxies.push(address);
        self
    }

    /// Sets the seed of tokens and random faults. The same seed gives the same tokens, so a sandbox that others can reach
    /// should use a random one. Default: 0.
    #[must_use]
    pub const fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Makes the clock follow the system clock. Default: frozen at 2025-01-01T00:00:00Z.
    #[must_use]
    pub fn real_time(mut self) -> Self {
        self.frozen_at = None;
        self
    }

    /// Freezes the clock at this time, such as `2025-01-01T00:00:00Z`.
    #[must_use]
    pub fn clock_frozen_at(mut self, time: impl Into<String>) -> Self {
        self.frozen_at = Some(time.into());
        self
    }

    /// Sets the account's API key. Default: `sandbox-key`.
    #[must_use]
    pub fn api_key(mut self, key: impl Into<String>) -> Self {
        self.account.keys[0] = key.into();
        self
    }

    /// Adds a merchant with this API key. Merchants cannot see each other's invoices (50011).
    #[must_use]
    pub fn add_merchant(mut self, key: impl Into<String>) -> Self {
        self.account.keys.push(key.into());
        self
    }

    /// Sets the shop's name on the checkout page, for every API key. Default: `Example Shop`.
    #[must_use]
    pub fn merchant_name(mut self, name: impl Into<String>) -> Self {
        self.account.merchant_name = name.into();
        self
    }

    /// Sets the IP addresses that may create invoices and read the history; others get 50006. An empty list means that no
    /// IP is linked to the account: every call fails with 50010. Default: any address.
    #[must_use]
    pub fn allowed_ips(mut self, ips: impl IntoIterator<Item = IpAddr>) -> Self {
        self.account.allowed_ips = Some(ips.into_iter().collect());
        self
    }

    /// Sets whether the merchant's wallet is active. Without an active wallet, create calls fail with 50008. Default: true.
    #[must_use]
    pub const fn wallet_active(mut self, active: bool) -> Self {
        self.account.wallet_active = active;
        self
    }

    /// Sets the minimum (50012) and maximum (50011) amount of an invoice, such as `1` and `5000`. Default: any amount above
    /// zero.
    #[must_use]
    pub fn amount_limits(mut self, minimum: impl Into<String>, maximum: impl Into<String>) -> Self {
        self.limits = Some((minimum.into(), maximum.into()));
        self
    }

    /// Sets the URL that callbacks are posted to, such as `http://127.0.0.1:3000/callback`. Default: no callbacks.
    ///
    /// The host must be a loopback host or allowed by [`allow_callback_host`](Self::allow_callback_host). https requires the
    /// feature `https`.
    #[must_use]
    pub fn callback(mut self, url: impl Into<String>) -> Self {
        self.callback = Some(url.into());
        self
    }

    /// Sets the secret that callbacks are signed with. Default: `sandbox-secret`.
    #[must_use]
    pub fn callback_secret(mut self, secret: impl Into<String>) -> Self {
        self.callbacks.secrets = vec![secret.into()];
        self
    }

    /// Allows callbacks to this host on another machine. Callbacks have valid signatures, so never allow a live shop.
    #[must_use]
    pub fn allow_callback_host(mut self, host: impl Into<String>) -> Self {
        self.callbacks.allowed_hosts.push(host.into());
        self
    }

    /// Trusts the certificates in this PEM for https callbacks, in addition to webpki's roots: certificate authorities, or
    /// the receiver's own self-signed certificate.
    #[cfg(feature = "https")]
    #[must_use]
    pub fn callback_ca(mut self, pem: impl Into<Vec<u8>>) -> Self {
        self.callback_ca.push(pem.into());
        self
    }

    /// Sets when failed callbacks are retried. Default: [`RetryPolicy::standard`].
    #[must_use]
    pub fn callback_retries(mut self, retries: RetryPolicy) -> Self {
        self.callbacks.retries = retries;
        self
    }

    /// Sets the order of callbacks that are due at the same time, and so whether one that fails blocks the later ones of its
    /// invoice: the assumption `callback-order`. Default: [`CallbackOrder::Fifo`].
    #[must_use]
    pub fn callback_order(self, order: CallbackOrder) -> Self {
        self.assume("callback-order", order.as_str())
    }

    /// Sets how many of the newest invoices are kept. Default: 1,000,000.
    #[must_use]
    pub const fn keep_invoices(mut self, count: usize) -> Self {
        self.kept_invoices = count;
        self
    }

    /// Sets the option of an assumption listed by [`Assumption::all`](crate::Assumption::all), such as
    /// `.assume("error-status", "400")`.
    #[must_use]
    pub fn assume(mut self, id: impl Into<String>, option: impl Into<String>) -> Self {
        self.switches.push((id.into(), option.into()));
        self
    }

    /// Stores invoices, callbacks and the time in this file, and restores them from it; see [Database](crate#database). The
    /// file is created if it does not exist, and is used by one sandbox at a time.
    ///
    /// A file that was damaged or cut is rejected with [`DatabaseError::Damaged`](crate::DatabaseError::Damaged);
    /// [`recover_database`](crate::recover_database) copies what is intact.
    #[must_use]
    pub fn database(mut self, path: impl Into<PathBuf>) -> Self {
        self.database = Some(path.into());
        self
    }

    /// Sets the fault plan, such as `create->after.reset@n=1`; see [`FaultPlan`]. A second call replaces the first.
    ///
    /// # Errors
    ///
    /// Returns an error if the plan is invalid.
    pub fn faults(mut self, plan: impl AsRef<str>) -> Result<Self, FaultError> {
        self.faults = plan.as_ref().parse()?;
        Ok(self)
    }

    /// Starts the sandbox, from any async runtime: it has its own thread and runtime.
    ///
    /// # Errors
    ///
    /// Returns an error if a setting is invalid or the address cannot be bound.
    pub async fn start(self) -> Result<Sandbox, StartError> {
        // Binding a socket and starting a thread do not block.
        self.start_blocking()
    }

    /// Starts the sandbox from a thread without an async runtime.
    ///
    /// # Errors
    ///
    /// Returns an error if a setting is invalid or the address cannot be bound.
    pub fn start_blocking(mut self) -> Result<Sandbox, StartError> {
        let address = self.listen;
        if !address.ip().is_loopback() && !self.allow_remote {
            return Err(StartError::Remote { address });
        }
        self.check_account()?;
        let public = self.public_url.map(|url| url.parse::<Origin>());
        let public = public.transpose()?;
        let allowed = self.allowed_hosts.iter().map(|name| host(name)).collect();
        let allowed = Option::<Vec<_>>::ok_or(allowed, StartError::AllowedHost)?;
        let clock = Arc::new(clock(self.frozen_at)?);
        if let Some(url) = &self.callback {
            let parsed = CallbackUrl::parse(url, &self.callbacks.allowed_hosts)?;
            self.callbacks.url = Some(parsed);
        }
        let tls = Tls::new(&self.callback_ca);
        self.callbacks.tls = tls.ok_or(StartError::CallbackCa)?;
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
        let local: Origin = format!("http://{}", reachable(bound)).parse()?;
        let (advances, asked) = unbounded_channel();
        let tokens = Tokens::new(self.seed);
        let mut store = Store::new(
            self.account,
            self.callbacks,
            assumptions.clone(),
            Arc::clone(&clock),
            self.kept_invoices,
            self.seed,
        );
        if let Some(path) = self.database {
            let restored = store.restore(&path);
            restored.map_err(|source| StartError::Database { path, source })?;
        }
        let app = App {
            base_url: BaseUrl::new(public.as_ref().unwrap_or(&local)),
            local_url: local.to_string(),
            hosts: Hosts { public, allowed },
            port: bound.port(),
            admin_token: tokens.admin(),
            wake: Arc::clone(&store.wake),
            store: Mutex::new(store),
            assumptions,
            faults: Faults::new(self.faults, self.seed, clock.now()),
            clock,
            tokens,
            proxies: self.proxies,
            advances,
        };
        Sandbox::spawn(listener, app, asked).map_err(|source| StartError::Thread { source })
    }

    /// Checks the account's settings, and sets its limits.
    fn check_account(&mut self) -> Result<(), StartError> {
        if !Account::can_have(&self.account.keys) {
            return Err(StartError::ApiKey);
        }
        if !Account::can_be_named(&self.account.merchant_name) {
            return Err(StartError::MerchantName);
        }
        let Some((minimum, maximum)) = self.limits.take() else {
            return Ok(());
        };
        let limits = Amount::parse(&minimum).zip(Amount::parse(&maximum));
        match limits.filter(|(minimum, maximum)| self.account.limit(*minimum, *maximum)) {
            Some(_) => Ok(()),
            None => Err(StartError::AmountLimits { minimum, maximum }),
        }
    }
}

impl Sandbox {
    /// Returns a builder with the default settings.
    #[must_use]
    pub fn builder() -> SandboxBuilder {
        SandboxBuilder {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            allow_remote: false,
            public_url: None,
            allowed_hosts: Vec::new(),
            proxies: Vec::new(),
            seed: 0,
            frozen_at: Some("2025-01-01T00:00:00Z".to_owned()),
            account: Account::default(),
            limits: None,
            switches: Vec::new(),
            faults: FaultPlan::default(),
            callback: None,
            callbacks: Callbacks::default(),
            callback_ca: Vec::new(),
            kept_invoices: Ledger::CAPACITY,
            database: None,
        }
    }
}

impl fmt::Debug for SandboxBuilder {
    /// Without the API keys.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SandboxBuilder")
            .field("listen", &self.listen)
            .field("seed", &self.seed)
            .field("merchants", &self.account.keys.len())
            .field("merchant_name", &self.account.merchant_name)
            .field("limits", &self.limits)
            .field("switches", &self.switches)
            .field("faults", &self.faults.to_string())
            .finish_non_exhaustive()
    }
}

fn clock(frozen_at: Option<String>) -> Result<Clock, StartError> {
    match frozen_at.as_deref().map(str::parse) {
        None => Ok(Clock::real()),
        Some(Ok(at)) => Ok(Clock::frozen_at(at)),
        Some(Err(_)) => Err(StartError::ClockTime {
            time: frozen_at.unwrap_or_default(),
        }),
    }
}

/// A host name in lower case; `None` if it is more or less than that.
fn host(name: &str) -> Option<String> {
    let origin: Origin = format!("http://{name}").parse().ok()?;
    let name = name.to_ascii_lowercase();
    (origin.host() == name).then_some(name)
}

/// `0.0.0.0` can be bound but not opened in a browser.
fn reachable(mut bound: SocketAddr) -> SocketAddr {
    if bound.ip().is_unspecified() {
        bound.set_ip(match bound {
            SocketAddr::V4(_) => Ipv4Addr::LOCALHOST.into(),
            SocketAddr::V6(_) => Ipv6Addr::LOCALHOST.into(),
        });
    }
    bound
}
