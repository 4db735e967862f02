use std::convert::Infallible;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use nft_invoice_transport::Deadline;
use tokio::sync::{oneshot, watch};
use tokio::time::timeout;

use crate::connect::{ConnectError, Connector};
use crate::origin::Origin;
use crate::stream::Stream;

/// The connections that wait for a request.
///
/// Each is watched by a task, which closes it when the other end closes or sends anything, when it has become too old,
/// and when the pool is dropped. So it also ends with the runtime that it was opened on.
#[derive(Default)]
pub(crate) struct Idle(Mutex<Vec<Kept>>);

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

/// Where a connection is until it is taken or closed, with the time at which it becomes too old.
#[derive(Default)]
struct Place(Mutex<Option<(Stream, Deadline)>>);

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
    /// Takes the connection to `origin` that was opened last, and checks that it is still open and silent.
    pub(crate) async fn take(&self, origin: &Origin, want: Want) -> Option<Stream> {
        loop {
            let kept = self.pick(origin, want)?;
            let taken = kept.place.lock().take();
            // Its task ends, and must not find the connection.
            drop(kept);
            // The task may have closed it in this moment.
            let Some((mut stream, _)) = taken else {
                continue;
            };
            if stream.is_silent().await {
                return Some(stream);
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

    /// Keeps a connection that has carried a request.
    pub(crate) fn keep(&self, origin: Origin, stream: Stream, max_age: Duration) {
        let (task, ended) = oneshot::channel();
        let place = Arc::new(Place::default());
        place.put(stream, max_age);
        self.lock().push(Kept {
            origin,
            is_used: true,
            place: place.clone(),
            opened: None,
            task,
        });
        tokio::spawn(watch(place, max_age, ended));
    }

    /// Opens a connection to `origin` in the background, unless `most` unused ones are open or being opened.
    pub(crate) fn open(
        &self,
        connector: &Arc<Connector>,
        origin: &Origin,
        most: usize,
        max_age: Duration,
    ) -> Option<Opening> {
        let (task, mut ended) = oneshot::channel();
        let (opened, is_open) = watch::channel(false);
        let place = Arc::new(Place::default());
        {
            let mut all = self.lock();
            if all.iter().filter(|kept| !kept.is_used).count() >= most {
                return None;
            }
            all.push(Kept {
                origin: origin.clone(),
                is_used: false,
                place: place.clone(),
                opened: Some(is_open),
                task,
            });
        }
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
                Some(Ok(stream)) => {
                    place.put(stream, max_age);
                    let _ = opened.send(true);
                    drop(failed);
                    watch(place, max_age, ended).await;
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

impl Place {
    fn put(&self, stream: Stream, max_age: Duration) {
        *self.lock() = Some((stream, Deadline::after(max_age)));
    }

    /// Whether a connection is there that is not too old.
    fn is_ready(&self) -> bool {
        let place = self.lock();
        place.as_ref().is_some_and(|(_, age)| !age.has_passed())
    }

    fn lock(&self) -> MutexGuard<'_, Option<(Stream, Deadline)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Closes the connection when it is disturbed, when it has become too old, when the pool's end is dropped, and when the
/// runtime drops this.
async fn watch(place: Arc<Place>, max_age: Duration, mut ended: oneshot::Receiver<Infallible>) {
    let watched = Watched(place);
    let disturbed = poll_fn(|cx| {
        if Pin::new(&mut ended).poll(cx).is_ready() {
            return Poll::Ready(());
        }
        match watched.0.lock().as_mut() {
            Some((stream, _)) => stream.poll_disturbed(cx),
            None => Poll::Ready(()),
        }
    });
    let _ = timeout(max_age, disturbed).await;
}

struct Watched(Arc<Place>);

impl Drop for Watched {
    fn drop(&mut self) {
        let left = self.0.lock().take();
        drop(left);
    }
}
