use std::fmt;
use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use thiserror::Error;
use tokio::runtime::{self, Handle, Runtime};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::oneshot;

use crate::activity::{Activities, Activity};
use crate::advance::{Advance, NotAdvanced};
use crate::app::App;
use crate::builder::SandboxBuilder;
use crate::delivery::{Deliveries, Delivery, DeliveryState};
use crate::driver;
use crate::fault::{FaultError, FaultRule};
use crate::invoices::{FoundInvoice, Invoices};
use crate::journal::Requests;
use crate::log::NotWritten;
use crate::outcome::Outcome;
use crate::reply::Reply;
use crate::{routes, server};

/// A running gateway of one's own. It stops when it is dropped: connects are refused from then on.
pub struct Sandbox {
    app: Arc<App>,
    api_key: String,
    runtime: Handle,
    // Dropped before the thread is joined: that is the signal to stop.
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Sandbox {
    /// Settings to start one with.
    #[must_use]
    pub fn builder() -> SandboxBuilder {
        SandboxBuilder::new()
    }

    /// Where it listens, such as `http://127.0.0.1:49152`, without a slash at the end.
    #[must_use]
    pub fn base_url(&self) -> &str {
        &self.app.base_url
    }

    /// The account's API key.
    #[must_use]
    pub fn api_key(&self) -> &str {
        &self.api_key
    }

    /// What allows to steer it over HTTP under `/_sbx`: 32 hex digits, made from the seed.
    #[must_use]
    pub fn admin_token(&self) -> &str {
        self.app.gate.token()
    }

    /// The dashboard, for a browser. The URL holds the [`admin_token`](Self::admin_token): whoever opens it may change
    /// things.
    #[must_use]
    pub fn dashboard_url(&self) -> String {
        let (url, token) = (self.base_url(), self.admin_token());
        format!("{url}/_sbx?token={token}")
    }

    /// The path of the history, which the gateway does not publish.
    #[must_use]
    pub fn history_path(&self) -> &str {
        routes::history_path(&self.app)
    }

    /// All invoices as they stand, of every merchant.
    #[must_use]
    pub fn invoices(&self) -> Invoices {
        let store = self.app.store();
        let found = store.ledger().invoices().map(|invoice| FoundInvoice {
            invoice: invoice.clone(),
            app: Arc::clone(&self.app),
        });
        Invoices {
            list: found.collect(),
            forgotten: store.ledger().forgotten(),
        }
    }

    /// The latest 10,000 requests, oldest first.
    #[must_use]
    pub fn requests(&self) -> Requests {
        self.app.store().requests()
    }

    /// The callbacks: all that are not through, and the latest 10,000 that are.
    #[must_use]
    pub fn deliveries(&self) -> Deliveries {
        self.app.store().deliveries()
    }

    /// What happens from now on, in order.
    #[must_use]
    pub fn subscribe(&self) -> Activities {
        self.app.store().subscribe()
    }

    /// Another plan of faults from now on, whose rules begin to count; an empty one ends them all. See
    /// [`FaultPlan`](crate::FaultPlan).
    ///
    /// # Errors
    ///
    /// When the plan cannot be read; the one in force stays.
    pub fn set_faults(&self, plan: impl AsRef<str>) -> Result<(), FaultError> {
        self.app.faults.replace(plan.as_ref().parse()?);
        Ok(())
    }

    /// The rules of the plan in force, with how often each has matched and fired.
    #[must_use]
    pub fn fault_rules(&self) -> Vec<FaultRule> {
        self.app.faults.rules()
    }

    /// What the next attempt to pay comes to, whatever the card. Several wait in line.
    pub fn next_outcome(&self, outcome: Outcome) {
        self.app.store().script.push_back(outcome);
    }

    /// The sandbox's time, as `2025-01-01T00:00:00Z`.
    #[must_use]
    pub fn now(&self) -> String {
        self.app.now().to_string()
    }

    /// Moves the clock forward. What falls due on the way happens in its order, each callback is waited for, and all of
    /// it is the answer: fourteen days take no longer than their callbacks.
    pub fn advance(&self, by: Duration) -> Reply<Result<Vec<Activity>, NotAdvanced>> {
        self.app.advance(by)
    }

    /// The secrets that callbacks are signed with, the newest last: a new one leaves what was made before it as it is.
    #[must_use]
    pub fn callback_secrets(&self) -> Vec<String> {
        self.app.store().callbacks.secrets()
    }

    /// Signs with another secret from now on. What was made before keeps its signature, however often it is sent: a
    /// receiver has to know both for a while.
    pub fn change_callback_secret(&self, secret: impl Into<String>) {
        self.app.store().callbacks.change_secret(secret.into());
    }

    /// Sends a callback once more, byte for byte the same; false when it is unknown or under way, or the
    /// database cannot be written.
    pub fn replay(&self, delivery: u64) -> bool {
        let mut store = self.app.store();
        store.replay([delivery], self.app.now()) == Ok(1)
    }

    /// Forgets all invoices, callbacks and requests, and what was scripted; invoices are numbered from 1 again. The
    /// settings and the time stay.
    ///
    /// # Errors
    ///
    /// When the database cannot be written; then all stays.
    pub fn reset(&self) -> Result<(), NotWritten> {
        self.app.store().reset(self.app.now())
    }

    /// Waits until a callback with this status, such as `invoice:paid`, was taken, and gives the first of those. One
    /// that was taken before counts.
    pub fn wait_webhook(&self, status: &str) -> Reply<Result<Delivery, NotDelivered>> {
        let (reply, answer) = Reply::new();
        let (app, status) = (Arc::clone(&self.app), status.to_owned());
        self.runtime.spawn(async move {
            let _ = reply.send(delivered(&app, status).await);
        });
        answer
    }

    /// Stops it and waits until it has stopped, as dropping it does.
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
        // The runtime is made on its own thread: where it cannot be, it may not be dropped on an async one either.
        let serve = move || match listen(listener) {
            Ok((runtime, listener)) => {
                let _ = ready.send(Ok(runtime.handle().clone()));
                runtime.block_on(async {
                    tokio::select! {
                        // Also when its sender is dropped. Connections and callbacks under way end with the runtime.
                        _ = stopped => {}
                        () = server::accept(listener, Arc::clone(&served)) => {}
                        () = driver::drive(served, advances) => {}
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

/// A callback that did not come; it says what came instead.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("no callback {status} was taken within 10 s; there were: {}", list(.seen))]
pub struct NotDelivered {
    status: String,
    seen: Vec<String>,
}

fn list(seen: &[String]) -> String {
    match seen {
        [] => "none (is a callback URL set?)".to_owned(),
        seen => seen.join(", "),
    }
}

/// In real time, whatever the sandbox's clock says: it is a test that waits.
const PATIENCE: Duration = Duration::from_secs(10);

async fn delivered(app: &App, status: String) -> Result<Delivery, NotDelivered> {
    let mut activities = app.store().subscribe();
    let find = || {
        let all = app.store().deliveries();
        let mut taken = all
            .iter()
            .filter(|one| one.state == DeliveryState::Delivered);
        taken.find(|one| one.event.wire() == status).cloned()
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
    waited.map_err(|_| NotDelivered {
        seen: app
            .store()
            .deliveries()
            .iter()
            .map(|one| format!("{} ({})", one.event.wire(), one.state))
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
            // It has panicked if this fails, and the panic has been printed.
            let _ = thread.join();
        }
        // Whoever still holds an invoice holds the store.
        if let Some(log) = &mut self.app.store().log {
            log.close();
        }
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox")
            .field("base_url", &self.app.base_url)
            .finish_non_exhaustive()
    }
}
