use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::task::yield_now;

/// How many sends are in flight.
#[derive(Default)]
pub(crate) struct InFlight(AtomicUsize);

/// Counts a send until it is dropped.
pub(crate) struct Counted<'a>(&'a AtomicUsize);

impl InFlight {
    /// Lets the other sends in flight make progress first, so that several requests leave together. One at a time would
    /// wake the server, and then this process, for each.
    pub(crate) async fn begin(&self) -> Counted<'_> {
        let others = self.0.fetch_add(1, Ordering::Relaxed);
        let counted = Counted(&self.0);
        if others > 0 {
            yield_now().await;
        }
        counted
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}
