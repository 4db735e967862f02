use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use nft_invoice_transport::Deadline;
use tokio::sync::{oneshot, watch};
use tokio::time::timeout;

use crate::connect::{ConnectError, Connector};
use crate::http_connection::HttpConnection;
use crate::origin::Origin;

/// The connections that wait for a request.
///
/// Each is watched by a task, which closes it when the other end closes or sends anything, when it has become too old,
/// and when the pool is dropped. So it also ends with the runtime that it was opened on.
#[derive(Default)]
pub(crate) struct Idle(Mutex<Vec<Kept>>);

/// A connection that a request has for itself.
pub(crate) struct Taken {
    pub(crate) connection: Box<HttpConnection>,
    /// If it was in the pool.
    kept: Option<Kept>,
}

/// The pool's end of a connection.
struct Kept {
    origin: Origin,
    /// Whether it has carried a request.
    is_used: bool,
    place: Arc<Place>,
    /// Whether it is open, if it was opened ahead.
    opened: Option<watch::Receiver<bool>>,
    /// Ends the task when it is dropped, and is closed when the task has ended.
    task: oneshot::Sender<Infallible>,
}

/// Where a connection is while it is idle.
#[derive(Default)]
struct Place(Mutex<Spot>);

#[derive(Default)]
struct Spot {
    /// With the time at which it becomes too old.
    connection: Option<(Box<HttpConnection>, Deadline)>,
    /// Wakes the task that watches it.
    waker: Option<Waker>,
}

/// Reports why a connection could not be opened. Ends without a report when it is open.
pub(crate) type Opening = oneshot::Receiver<ConnectError>;

/// Which connections can be taken.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Want {
    Unused,
    Used,
    Any,
}

impl Idle {
    /// Takes the connection to `origin` that was opened or used last, and checks that it is still open and silent.
    pub(crate) async fn take(&self, origin: &Origin, want: Want) -> Option<Taken> {
        loop {
            let kept = self.pick(origin, want)?;
            // Its task may have closed it in this moment.
            let Some(mut connection) = kept.place.take() else {
                continue;
            };
            if connection.is_silent().await {
                return Some(Taken {
                    connection,
                    kept: Some(kept),
                });
            }
        }
    }

    fn pick(&self, origin: &Origin, want: Want) -> Option<Kept> {
        let mut all = self.lock();
        let last = all.iter().rposition(|kept| {
            let is_wanted = match want {
                Want::Unused => !kept.is_used,
                Want::Used => kept.is_used,
                Want::Any => true,
            };
            is_wanted && kept.origin == *origin && kept.place.is_ready()
        })?;
        Some(all.remove(last))
    }

    /// Keeps a connection that has carried a request, if it can carry another one.
    pub(crate) fn keep(&self, origin: &Origin, taken: Taken, max_age: Duration) {
        let Taken { connection, kept } = taken;
        // The task that watches it stays the same.
        let (mut kept, ended) = match kept {
            Some(kept) => (kept, None),
            None => {
                let (kept, ended) = Kept::new(origin.clone());
                (kept, Some(ended))
            }
        };
        // Its task has ended if its runtime has.
        if kept.task.is_closed() || !kept.place.put(connection, max_age) {
            return;
        }
        kept.is_used = true;
        kept.opened = None;
        if let Some(ended) = ended {
            tokio::spawn(watch(kept.place.clone(), max_age, ended));
        }
        self.lock().push(kept);
    }

    /// Opens a connection to `origin` in the background, unless `most` unused ones are open or being opened.
    pub(crate) fn open(
        &self,
        connector: &Arc<Connector>,
        origin: &Origin,
        most: usize,
        max_age: Duration,
    ) -> Option<Opening> {
        let (opened, is_open) = watch::channel(false);
        let (place, mut ended) = {
            let mut all = self.lock();
            if all.iter().filter(|kept| !kept.is_used).count() >= most {
                return None;
            }
            let (mut kept, ended) = Kept::new(origin.clone());
            kept.opened = Some(is_open);
            let place = kept.place.clone();
            all.push(kept);
            (place, ended)
        };
        let (failed, failure) = oneshot::channel();
        let (connector, origin) = (connector.clone(), origin.clone());
        tokio::spawn(async move {
            let opening = async {
                let mut opening = pin!(connector.open(&origin));
                poll_fn(|cx| {
                    // It cannot be taken before it is open: the pool is gone.
                    if Pin::new(&mut ended).poll(cx).is_ready() {
                        return Poll::Ready(None);
                    }
                    opening.as_mut().poll(cx).map(Some)
                })
                .await
            };
            match opening.await {
                None => {}
                Some(Err(error)) => drop(failed.send(error)),
                Some(Ok(connection)) => {
                    let is_silent = place.put(connection, max_age);
                    let _ = opened.send(true);
                    drop(failed);
                    if is_silent {
                        watch(place, max_age, ended).await;
                    }
                }
            }
        });
        Some(failure)
    }

    /// Waits until no connection to `origin` is being opened.
    pub(crate) async fn opened(&self, origin: &Origin) {
        let opened: Vec<_> = {
            let all = self.lock();
            let to_origin = all.iter().filter(|kept| kept.origin == *origin);
            to_origin.filter_map(|kept| kept.opened.clone()).collect()
        };
        for mut opened in opened {
            // An error says that it could not be opened.
            let _ = opened.wait_for(|is_open| *is_open).await;
        }
    }

    /// The connections, without those that were closed.
    fn lock(&self) -> MutexGuard<'_, Vec<Kept>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|kept| !kept.task.is_closed());
        kept
    }
}

impl From<Box<HttpConnection>> for Taken {
    fn from(connection: Box<HttpConnection>) -> Self {
        Self {
            connection,
            kept: None,
        }
    }
}

impl Kept {
    /// An empty place for an unused connection, and what tells its task to end.
    fn new(origin: Origin) -> (Self, oneshot::Receiver<Infallible>) {
        let (task, ended) = oneshot::channel();
        let kept = Self {
            origin,
            is_used: false,
            place: Arc::default(),
            opened: None,
            task,
        };
        (kept, ended)
    }
}

impl Place {
    /// Puts a connection there, unless it has ended or is still busy. Returns whether it is there.
    fn put(&self, mut connection: Box<HttpConnection>, max_age: Duration) -> bool {
        let mut spot = self.lock();
        // The connection notices that its response was read to the end, and wakes the task from now on.
        let waker = spot.waker.as_ref().unwrap_or(Waker::noop());
        let ended = connection.poll_ended(&mut Context::from_waker(waker));
        let is_kept = ended.is_pending() && connection.is_ready();
        if is_kept {
            spot.connection = Some((connection, Deadline::after(max_age)));
        }
        is_kept
    }

    fn take(&self) -> Option<Box<HttpConnection>> {
        self.lock()
            .connection
            .take()
            .map(|(connection, _)| connection)
    }

    /// Whether a connection is there that is not too old.
    fn is_ready(&self) -> bool {
        self.left().is_some_and(|left| !left.is_zero())
    }

    /// How long the connection may stay, if there is one.
    fn left(&self) -> Option<Duration> {
        let spot = self.lock();
        spot.connection.as_ref().map(|(_, age)| age.remaining())
    }

    /// Resolves when the connection has ended while it was there.
    fn poll_ended(&self, cx: &mut Context<'_>) -> Poll<()> {
        let mut spot = self.lock();
        if !spot.waker.as_ref().is_some_and(|w| w.will_wake(cx.waker())) {
            spot.waker = Some(cx.waker().clone());
        }
        match &mut spot.connection {
            Some((connection, _)) => connection.poll_ended(cx),
            None => Poll::Pending,
        }
    }

    fn lock(&self) -> MutexGuard<'_, Spot> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Closes the connection when it is disturbed, when it has become too old, when the pool's end is dropped, and when the
/// runtime drops this.
async fn watch(place: Arc<Place>, max_age: Duration, mut ended: oneshot::Receiver<Infallible>) {
    let watched = Watched(place);
    let mut is_over = pin!(poll_fn(|cx| {
        if Pin::new(&mut ended).poll(cx).is_ready() {
            return Poll::Ready(());
        }
        watched.0.poll_ended(cx)
    }));
    loop {
        // It does not age while a request has it.
        let left = watched.0.left().unwrap_or(max_age);
        if left.is_zero() || timeout(left, is_over.as_mut()).await.is_ok() {
            return;
        }
    }
}

struct Watched(Arc<Place>);

impl Drop for Watched {
    fn drop(&mut self) {
        drop(self.0.take());
    }
}
