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
/// Each belongs to a task, which closes it when the other end closes or sends anything, when it has become too old, and
/// when the pool is dropped. So it also ends with the runtime that it was opened on.
#[derive(Default)]
pub(crate) struct Idle(Mutex<Vec<Kept>>);

/// The pool's end of a connection.
struct Kept {
    origin: Origin,
    /// Whether it has carried a request.
    is_used: bool,
    /// When the connection becomes too old; `None` while it is being opened.
    expiry: watch::Receiver<Option<Deadline>>,
    /// Asks the task for the connection.
    take: oneshot::Sender<oneshot::Sender<Stream>>,
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
    /// Takes the connection to `origin` that was opened last, and checks that it is still open and silent.
    pub(crate) async fn take(&self, origin: &Origin, want: Want) -> Option<Stream> {
        loop {
            let take = self.pick(origin, want)?;
            let (reply, stream) = oneshot::channel();
            if take.send(reply).is_err() {
                continue;
            }
            if let Ok(mut stream) = stream.await {
                if stream.is_silent().await {
                    return Some(stream);
                }
            }
        }
    }

    fn pick(
        &self,
        origin: &Origin,
        want: Want,
    ) -> Option<oneshot::Sender<oneshot::Sender<Stream>>> {
        let mut kept = self.lock();
        let last = kept.iter().rposition(|kept| {
            let is_open = kept
                .expiry
                .borrow()
                .is_some_and(|expiry| !expiry.has_passed());
            let is_wanted = match want {
                Want::Unused => !kept.is_used,
                Want::Used => kept.is_used,
                Want::Any => true,
            };
            is_open && is_wanted && kept.origin == *origin
        })?;
        Some(kept.remove(last).take)
    }

    /// Keeps a connection that has carried a request.
    pub(crate) fn keep(&self, origin: Origin, stream: Stream, max_age: Duration) {
        let (take, taken) = oneshot::channel();
        self.lock().push(Kept {
            origin,
            is_used: true,
            expiry: watch::channel(Some(Deadline::after(max_age))).1,
            take,
        });
        tokio::spawn(keep(stream, max_age, taken));
    }

    /// Opens a connection to `origin` in the background, unless `most` unused ones are open or being opened.
    pub(crate) fn open(
        &self,
        connector: &Arc<Connector>,
        origin: &Origin,
        most: usize,
        max_age: Duration,
    ) -> Option<Opening> {
        let (take, mut taken) = oneshot::channel();
        let (opened, expiry) = watch::channel(None);
        {
            let mut all = self.lock();
            if all.iter().filter(|kept| !kept.is_used).count() >= most {
                return None;
            }
            all.push(Kept {
                origin: origin.clone(),
                is_used: false,
                expiry,
                take,
            });
        }
        let (failed, failure) = oneshot::channel();
        let (connector, origin) = (connector.clone(), origin.clone());
        tokio::spawn(async move {
            let opening = async {
                let mut opening = pin!(connector.open(&origin));
                poll_fn(|cx| {
                    // It cannot be asked for before it is open: the pool is gone.
                    if Pin::new(&mut taken).poll(cx).is_ready() {
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
                    let _ = opened.send(Some(Deadline::after(max_age)));
                    drop(failed);
                    keep(stream, max_age, taken).await;
                }
            }
        });
        Some(failure)
    }

    /// Waits until no connection to `origin` is being opened.
    pub(crate) async fn opened(&self, origin: &Origin) {
        let expiries: Vec<_> = {
            let all = self.lock();
            let to_origin = all.iter().filter(|kept| kept.origin == *origin);
            to_origin.map(|kept| kept.expiry.clone()).collect()
        };
        for mut expiry in expiries {
            // An error says that it could not be opened.
            let _ = expiry.wait_for(Option::is_some).await;
        }
    }

    /// The connections, without those that were closed.
    fn lock(&self) -> MutexGuard<'_, Vec<Kept>> {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|kept| !kept.take.is_closed());
        kept
    }
}

/// Holds `stream` until it is asked for, and closes it when it is disturbed or has become too old.
async fn keep(
    mut stream: Stream,
    max_age: Duration,
    mut taken: oneshot::Receiver<oneshot::Sender<Stream>>,
) {
    let waiting = poll_fn(|cx| {
        if let Poll::Ready(asked) = Pin::new(&mut taken).poll(cx) {
            return Poll::Ready(asked.ok());
        }
        stream.poll_disturbed(cx).map(|()| None)
    });
    if let Ok(Some(reply)) = timeout(max_age, waiting).await {
        let _ = reply.send(stream);
    }
}
