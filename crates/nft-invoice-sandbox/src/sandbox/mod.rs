//! The running sandbox, and how it is built.

mod builder;
mod start_error;

pub use builder::SandboxBuilder;
pub use start_error::StartError;

use std::fmt;
use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use jiff::Timestamp;
use thiserror::Error;
use tokio::runtime::{self, Handle, Runtime};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::oneshot;

use crate::app::App;
use crate::callback::{Deliveries, Delivery, DeliveryState};
use crate::checkout::{InvoiceHandle, Invoices};
use crate::fault::{FaultError, FaultRule};
use crate::payment::Outcome;
use crate::server;
use crate::server::scheduler;
use crate::store::{Activity, ActivityStream, Advance, AdvanceError, Reply, Requests, WriteError};

/// A running sandbox. Dropping it stops it; connections are refused from then on.
pub struct Sandbox {
    app: Arc<App>,
    api_key: String,
    runtime: Handle,
    // Dropped before the thread is joined: that is the signal to stop.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Sandbox {
    /// Returns the base URL, without a trailing slash: that of [`public_url`](crate::SandboxBuilder::public_url), or of the address
    /// that it listens on, such as `http://127.0.0.1:49152`.
    #[must_use]
    pub fn base_url(&self) -> &str {
        self.app.base_url.as_str()
    }

    /// Returns the URL at which this machine reaches the sandbox, whatever the
    /// [`public_url`](crate::SandboxBuilder::public_url).
    #[must_use]
    pub fn local_url(&self) -> &str {
        &self.app.local_url
    }

    /// Returns the account's API key.
    #[must_use]
    pub fn api_key(&self) -> &str {
        &self.api_key
    }

    /// Returns the token for the admin API and the dashboard: 32 hex digits, derived from the seed.
    #[must_use]
    pub fn admin_token(&self) -> &str {
        &self.app.admin_token
    }

    /// Returns the URL of the dashboard. It contains the [`admin_token`](Self::admin_token), so anyone with the URL can make
    /// changes.
    #[must_use]
    pub fn dashboard_url(&self) -> String {
        let (url, token) = (self.base_url(), self.admin_token());
        format!("{url}/_sbx?token={token}")
    }

    /// Returns the path of the history call, which the gateway does not publish.
    #[must_use]
    pub fn history_path(&self) -> &str {
        self.app.history_path()
    }

    /// Returns a snapshot of all invoices of all merchants.
    #[must_use]
    pub fn invoices(&self) -> Invoices {
        let store = self.app.store();
        let found = store.ledger().invoices().map(|invoice| InvoiceHandle {
            invoice: invoice.clone(),
            app: Arc::clone(&self.app),
        });
        Invoices {
            list: found.collect(),
            forgotten: store.ledger().forgotten(),
        }
    }

    /// Returns the latest 10,000 requests, oldest first.
    #[must_use]
    pub fn requests(&self) -> Requests {
        self.app.store().journal.snapshot()
    }

    /// Returns all unfinished callbacks and the latest 10,000 finished ones, oldest first.
    #[must_use]
    pub fn deliveries(&self) -> Deliveries {
        self.app.store().outbox().all()
    }

    /// Subscribes to the events from now on, in order.
    #[must_use]
    pub fn subscribe(&self) -> ActivityStream {
        self.app.store().subscribers.add()
    }

    /// Replaces the fault plan and resets the counters; an empty plan removes all faults. See
    /// [`FaultPlan`](crate::FaultPlan).
    ///
    /// # Errors
    ///
    /// Returns an error if the plan is invalid; the active plan is kept.
    pub fn set_faults(&self, plan: impl AsRef<str>) -> Result<(), FaultError> {
        self.app.faults.replace(plan.as_ref().parse()?);
        Ok(())
    }

    /// Returns the active fault rules, with how often each has matched and fired.
    #[must_use]
    pub fn fault_rules(&self) -> Vec<FaultRule> {
        self.app.faults.rules()
    }

    /// Queues the outcome of the next payment attempt, whatever the card. Each queued outcome applies to one attempt.
    pub fn next_outcome(&self, outcome: Outcome) {
        self.app.store().queue.push_back(outcome);
    }

    /// Returns the sandbox's time.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.app.now()
    }

    /// Advances the clock, runs everything that becomes due in order, waits for each callback attempt, and returns the
    /// events. Fourteen days take no longer than their callbacks.
    pub fn advance(&self, by: Duration) -> Reply<Result<Vec<Activity>, AdvanceError>> {
        self.app.advance(by)
    }

    /// Returns the active callback secrets, the newest last.
    #[must_use]
    pub fn callback_secrets(&self) -> Vec<String> {
        self.app.store().callbacks.secrets.clone()
    }

    /// Signs new callbacks with this secret. Existing callbacks keep their signature when they are retried or replayed, so
    /// a receiver has to accept both secrets for a while.
    pub fn rotate_callback_secret(&self, secret: impl Into<String>) {
        self.app.store().callbacks.change_secret(secret.into());
    }

    /// Sends a callback again, byte for byte. Returns false if it is unknown or being sent, or if the database cannot be
    /// written.
    pub fn replay(&self, delivery: u64) -> bool {
        let mut store = self.app.store();
        store.replay([delivery], self.app.now()) == Ok(1)
    }

    /// Deletes all invoices, callbacks, requests and queued outcomes, and restarts numbering at 1. Settings, faults and the
    /// time are kept.
    ///
    /// # Errors
    ///
    /// Returns an error if the database cannot be written; nothing is deleted then.
    pub fn reset(&self) -> Result<(), WriteError> {
        self.app.store().reset(self.app.now())
    }

    /// Waits until a callback with this status, such as `invoice:paid`, has been delivered, and returns the first one.
    /// A callback that was delivered earlier counts. The timeout is 10 s of real time.
    pub fn wait_callback(&self, status: &str) -> Reply<Result<Delivery, CallbackTimeout>> {
        let (reply, answer) = Reply::new();
        let (app, status) = (Arc::clone(&self.app), status.to_owned());
        self.runtime.spawn(async move {
            let _ = reply.send(delivered(&app, status).await);
        });
        answer
    }

    /// Stops the sandbox and waits until it has stopped, like dropping it.
    pub fn shutdown(self) {}

    pub(crate) fn spawn(
        listener: TcpListener,
        app: App,
        advances: UnboundedReceiver<Advance>,
    ) -> io::Result<Self> {
        let app = Arc::new(app);
        let api_key = app.account().keys[0].clone();
        let (stop, stopped) = oneshot::channel();
        let (ready, started) = channel();
        let served = Arc::clone(&app);
        // The runtime is created on its own thread, because it must not be dropped inside another runtime.
        let serve = move || match listen(listener) {
            Ok((runtime, listener)) => {
                let _ = ready.send(Ok(runtime.handle().clone()));
                runtime.block_on(async {
                    tokio::select! {
                        // Also resolves when the sender is dropped. Open connections and callbacks end with the runtime.
                        _ = stopped => {}
                        () = server::accept(listener, Arc::clone(&served)) => {}
                        () = scheduler::drive(served, advances) => {}
                    }
                });
            }
            Err(error) => {
                let _ = ready.send(Err(error));
            }
        };
        let name = "nft-invoice-sandbox".to_owned();
        let thread = thread::Builder::new().name(name).spawn(serve)?;
        let runtime = started.recv().map_err(io::Error::other)??;
        Ok(Self {
            app,
            api_key,
            runtime,
            stop: Some(stop),
            thread: Some(thread),
        })
    }
}

/// A callback was not delivered in time. The message lists the callbacks so far.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("no callback {status} was delivered within 10 s; callbacks so far: {}", list(.seen))]
pub struct CallbackTimeout {
    status: String,
    seen: Vec<String>,
}

fn list(seen: &[String]) -> String {
    match seen {
        [] => "none (is a callback URL set?)".to_owned(),
        seen => seen.join(", "),
    }
}

/// In real time, because a test is waiting.
const PATIENCE: Duration = Duration::from_secs(10);

async fn delivered(app: &App, status: String) -> Result<Delivery, CallbackTimeout> {
    let mut activities = app.store().subscribers.add();
    let find = || {
        let all = app.store().outbox().all();
        let mut taken = all
            .iter()
            .filter(|one| one.state == DeliveryState::Delivered);
        taken.find(|one| one.event.wire_name() == status).cloned()
    };
    let found = async {
        loop {
            if let Some(found) = find() {
                return found;
            }
            while !matches!(activities.recv().await, Some(Activity::Callback(_))) {}
        }
    };
    let waited = tokio::time::timeout(PATIENCE, found).await;
    waited.map_err(|_| CallbackTimeout {
        seen: app
            .store()
            .outbox()
            .all()
            .iter()
            .map(|one| match one.waits_for {
                Some(id) => format!("{} (waits for callback {id})", one.event.wire_name()),
                None => format!("{} ({})", one.event.wire_name(), one.state),
            })
            .collect(),
        status,
    })
}

fn listen(listener: TcpListener) -> io::Result<(Runtime, tokio::net::TcpListener)> {
    let runtime = runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let entered = runtime.enter();
    let listener = tokio::net::TcpListener::from_std(listener)?;
    drop(entered);
    Ok((runtime, listener))
}

impl Drop for Sandbox {
    fn drop(&mut self) {
        self.stop.take();
        if let Some(thread) = self.thread.take() {
            // This fails only if the thread panicked, and the panic has been printed.
            let _ = thread.join();
        }
        // Invoice handles may keep the store alive.
        self.app.store().close();
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox")
            .field("base_url", &self.app.base_url)
            .finish_non_exhaustive()
    }
}
