use std::fmt;
use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, channel};
use std::thread::{self, JoinHandle};

use tokio::runtime::{self, Runtime};
use tokio::sync::oneshot;

use crate::activity::Activity;
use crate::app::App;
use crate::builder::SandboxBuilder;
use crate::fault::{FaultError, FaultRule};
use crate::invoice::Invoices;
use crate::journal::Requests;
use crate::{routes, server};

/// A running gateway of one's own. It stops when it is dropped: connects are refused from then on.
pub struct Sandbox {
    app: Arc<App>,
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
        &self.app.account.keys[0]
    }

    /// The path of the history, which the gateway does not publish.
    #[must_use]
    pub fn history_path(&self) -> &str {
        routes::history_path(&self.app)
    }

    /// All invoices as they stand, of every merchant.
    #[must_use]
    pub fn invoices(&self) -> Invoices {
        Invoices(self.app.store().ledger().invoices().to_vec())
    }

    /// The latest 10,000 requests, oldest first.
    #[must_use]
    pub fn requests(&self) -> Requests {
        self.app.store().requests()
    }

    /// What happens from now on, in order. The channel ends when the sandbox stops.
    #[must_use]
    pub fn subscribe(&self) -> Receiver<Activity> {
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

    /// Stops it and waits until it has stopped, as dropping it does.
    pub fn shutdown(self) {}

    pub(crate) fn spawn(listener: TcpListener, app: App) -> io::Result<Self> {
        let app = Arc::new(app);
        let (stop, stopped) = oneshot::channel();
        let (ready, started) = channel();
        let served = Arc::clone(&app);
        // The runtime is made on its own thread: where it cannot be, it may not be dropped on an async one either.
        let serve = move || match listen(listener) {
            Ok((runtime, listener)) => {
                let _ = ready.send(Ok(()));
                runtime.block_on(server::serve(listener, served, stopped));
            }
            Err(error) => {
                let _ = ready.send(Err(error));
            }
        };
        let name = "nft-invoice-sandbox".to_owned();
        let thread = thread::Builder::new().name(name).spawn(serve)?;
        started.recv().map_err(io::Error::other)??;
        Ok(Self {
            app,
            stop: Some(stop),
            thread: Some(thread),
        })
    }
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
    }
}

impl fmt::Debug for Sandbox {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sandbox")
            .field("base_url", &self.app.base_url)
            .finish_non_exhaustive()
    }
}
