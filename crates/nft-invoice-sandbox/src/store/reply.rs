use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use tokio::sync::oneshot::{self, Receiver, Sender};

/// The pending result of an operation: `.await` it in async code, or call [`wait`](Self::wait) in a thread.
///
/// The operation completes even if the reply is dropped.
#[must_use = "`.await` it or call `.wait()` to get the result"]
pub struct Reply<T>(Receiver<T>);

const STOPPED: &str = "the sandbox runs as long as its owner borrows it";

impl<T> Reply<T> {
    pub(crate) fn new() -> (Sender<T>, Self) {
        let (sender, receiver) = oneshot::channel();
        (sender, Self(receiver))
    }

    pub(crate) fn ready(value: T) -> Self {
        let (sender, reply) = Self::new();
        let _ = sender.send(value);
        reply
    }

    /// Blocks the thread until the result is available.
    ///
    /// # Panics
    ///
    /// Panics inside an async runtime; use `.await` there.
    pub fn wait(self) -> T {
        self.0.blocking_recv().expect(STOPPED)
    }
}

impl<T> Future for Reply<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<T> {
        let received = Pin::new(&mut self.0).poll(context);
        received.map(|received| received.expect(STOPPED))
    }
}

impl<T> fmt::Debug for Reply<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reply").finish_non_exhaustive()
    }
}
