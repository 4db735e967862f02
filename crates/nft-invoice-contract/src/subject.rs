use std::fmt;
use std::sync::Arc;
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use nft_invoice_transport::{BlockingTransport, Request, Response, Transport, TransportError};
use tokio::runtime::Runtime;
use tokio::time::timeout;

use crate::server::PATIENCE;

pub(crate) type Sent = Result<Response, TransportError>;

/// The transport under test, with its runtime.
pub(crate) enum Subject {
    Blocking(Box<dyn BlockingTransport>),
    /// The transport is dropped before the runtime, whose thread keeps its connections running.
    Async(Arc<dyn Transport>, Runtime),
}

impl Subject {
    pub(crate) fn blocking(transport: impl BlockingTransport + 'static) -> Self {
        Self::Blocking(Box::new(transport))
    }

    /// Calls `make` inside of the runtime.
    pub(crate) fn asynchronous<T: Transport + 'static>(make: impl FnOnce() -> T) -> Self {
        let runtime = runtime();
        let transport = {
            let _inside = runtime.enter();
            make()
        };
        Self::Async(Arc::new(transport), runtime)
    }

    /// Sends, and returns a description if the send did not end.
    pub(crate) fn send(self: &Arc<Self>, request: Request) -> Result<Sent, String> {
        let subject = self.clone();
        let (done, result) = mpsc::channel();
        thread::spawn(move || {
            let sent = match &*subject {
                Self::Blocking(transport) => transport.send(request),
                Self::Async(transport, runtime) => runtime.block_on(transport.send(request)),
            };
            // First, so that the caller holds the last reference once it has the result.
            drop(subject);
            let _ = done.send(sent);
        });
        result.recv_timeout(PATIENCE).map_err(|error| match error {
            RecvTimeoutError::Timeout => format!("did not return within {} s", PATIENCE.as_secs()),
            RecvTimeoutError::Disconnected => "panicked".into(),
        })
    }

    /// Sends and drops the future after a moment. Does nothing for a blocking transport.
    pub(crate) fn drop_after(&self, moment: Duration, request: Request) {
        if let Self::Async(transport, runtime) = self {
            let sending = async { timeout(moment, transport.send(request)).await };
            let _ = runtime.block_on(sending);
        }
    }

    /// Sends and drops the future, or the whole runtime, when the server has stalled. Does nothing for a
    /// blocking transport.
    pub(crate) fn drop_when(self, stalled: &Receiver<()>, request: Request, shut_down: bool) {
        let Self::Async(transport, runtime) = self else {
            return;
        };
        let sending = runtime.spawn(async move { transport.send(request).await });
        let _ = stalled.recv_timeout(PATIENCE);
        if !shut_down {
            sending.abort();
            let _ = runtime.block_on(sending);
        }
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Blocking(transport) => transport.fmt(f),
            Self::Async(transport, _) => transport.fmt(f),
        }
    }
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime")
}
