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

/// The transport on trial, with the runtime it lives in.
pub(crate) enum Subject {
    Blocking(Box<dyn BlockingTransport>),
    /// The transport goes first when it is dropped; the runtime's threads keep its connections going.
    Async(Arc<dyn Transport>, Runtime),
}

impl Subject {
    pub(crate) fn blocking(transport: impl BlockingTransport + 'static) -> Self {
        Self::Blocking(Box::new(transport))
    }

    /// `make` runs inside of the runtime.
    pub(crate) fn asynchronous<T: Transport + 'static>(make: impl FnOnce() -> T) -> Self {
        let runtime = runtime();
        let transport = {
            let _inside = runtime.enter();
            make()
        };
        Self::Async(Arc::new(transport), runtime)
    }

    /// Sends; what went wrong if that did not end.
    pub(crate) fn send(self: &Arc<Self>, request: Request) -> Result<Sent, String> {
        let subject = self.clone();
        let (tell, told) = mpsc::channel();
        thread::spawn(move || {
            let sent = match &*subject {
                Self::Blocking(transport) => transport.send(request),
                Self::Async(transport, runtime) => runtime.block_on(transport.send(request)),
            };
            // Before the word is out, so that whoever waits for it holds the last one.
            drop(subject);
            let _ = tell.send(sent);
        });
        told.recv_timeout(PATIENCE).map_err(|error| match error {
            RecvTimeoutError::Timeout => format!("was not back within {} s", PATIENCE.as_secs()),
            RecvTimeoutError::Disconnected => "panicked".into(),
        })
    }

    /// Sends and drops the future after a moment. Blocking sends cannot.
    pub(crate) fn give_up_after(&self, moment: Duration, request: Request) {
        if let Self::Async(transport, runtime) = self {
            let sending = async { timeout(moment, transport.send(request)).await };
            let _ = runtime.block_on(sending);
        }
    }

    /// Sends and drops the future when `reached` says so, alone or with its runtime. Blocking sends cannot.
    pub(crate) fn give_up(self, request: Request, reached: &Receiver<()>, shut_down: bool) {
        let Self::Async(transport, runtime) = self else {
            return;
        };
        let sending = runtime.spawn(async move { transport.send(request).await });
        let _ = reached.recv_timeout(PATIENCE);
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
