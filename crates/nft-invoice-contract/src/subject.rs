use std::fmt;
use std::sync::Arc;
use std::sync::mpsc::{self, RecvTimeoutError};
use std::thread;

use nft_invoice_transport::{BlockingTransport, Request, Response, Transport, TransportError};
use tokio::runtime::Runtime;

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

    /// Sends until `wait` returns, then drops the future, unless the whole runtime is to be dropped next. Does
    /// nothing for a blocking transport.
    pub(crate) fn send_until(&self, wait: impl FnOnce(), request: Request, keep_future: bool) {
        let Self::Async(transport, runtime) = self else {
            return;
        };
        let transport = transport.clone();
        let sending = runtime.spawn(async move { transport.send(request).await });
        wait();
        if !keep_future {
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
