use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::{Duration, Instant};

use hyper::rt::{Sleep, Timer};
use tokio::time::{self, sleep};

/// hyper's timer of one connection, which has one time limit at a time.
///
/// hyper sets a new limit for every request. A timer of its own for each, which never fires, takes a fiftieth of a create;
/// this one is set again only when it has fired too early.
#[derive(Clone)]
pub(crate) struct ConnectionTimer(Arc<Mutex<Pin<Box<time::Sleep>>>>);

/// The wait for a time limit.
struct Wait {
    until: time::Instant,
    timer: ConnectionTimer,
}

impl ConnectionTimer {
    /// `usual`: the usual limit.
    pub(crate) fn new(usual: Duration) -> Self {
        Self(Arc::new(Mutex::new(Box::pin(sleep(usual)))))
    }
}

impl Timer for ConnectionTimer {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Sleep>> {
        self.sleep_until(self.now() + duration)
    }

    fn sleep_until(&self, deadline: Instant) -> Pin<Box<dyn Sleep>> {
        Box::pin(Wait {
            until: deadline.into(),
            timer: self.clone(),
        })
    }

    fn now(&self) -> Instant {
        time::Instant::now().into()
    }
}

impl Sleep for Wait {}

impl Future for Wait {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let timer = &self.timer.0;
        let mut timer = timer.lock().unwrap_or_else(PoisonError::into_inner);
        if self.until < timer.deadline() {
            timer.as_mut().reset(self.until);
        }
        loop {
            ready!(timer.as_mut().poll(cx));
            if self.until <= timer.deadline() {
                return Poll::Ready(());
            }
            timer.as_mut().reset(self.until);
        }
    }
}
