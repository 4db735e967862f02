use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use thiserror::Error;
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use crate::activity::Activity;
use crate::app::App;
use crate::sender;
use crate::store::Due;

/// A wish to move the clock, and who waits for what happens.
pub(crate) struct Advance {
    pub(crate) by: Duration,
    pub(crate) reply: oneshot::Sender<Result<Vec<Activity>, EndOfTime>>,
}

/// The clock cannot be moved that far: its time ends with the year 9999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the sandbox's clock ends with the year 9999")]
pub struct EndOfTime;

/// How many callbacks are under way at once while time goes by itself. Where it stands still, or is moved, it is
/// one, so that the same steps give the same order.
const TOGETHER: usize = 32;

/// Makes happen what is due: invoices that expire or settle, and callbacks. Ends with the runtime.
pub(crate) async fn drive(app: Arc<App>, mut advances: UnboundedReceiver<Advance>) {
    let mut sending = JoinSet::new();
    let together = if app.clock.is_frozen() { 1 } else { TOGETHER };
    loop {
        start_due(&app, &mut sending, together);
        let idle = sending.len() < together && !app.clock.is_frozen();
        tokio::select! {
            Some(_) = sending.join_next() => {}
            () = app.wake.notified() => {}
            () = next_due(&app), if idle => {}
            Some(Advance { by, reply }) = advances.recv() => {
                // Whoever asked may have gone.
                let _ = reply.send(advance(&app, &mut sending, by).await);
            }
        }
    }
}

/// Starts what is due, as long as fewer than `together` callbacks are under way.
fn start_due(app: &Arc<App>, sending: &mut JoinSet<()>, together: usize) {
    while sending.len() < together {
        // The lock must not be held over the match.
        let due = app.store().take_due(app.now());
        match due {
            None => return,
            Some(Due::Event) => {}
            Some(Due::Delivery(delivery, url)) => {
                let app = Arc::clone(app);
                sending.spawn(async move {
                    let (result, asked) = sender::send(&url, &delivery.frozen).await;
                    let attempt = crate::delivery::Attempt {
                        at: app.now(),
                        result,
                    };
                    app.store().attempted(delivery.id, attempt, asked);
                });
            }
        }
    }
}

/// Moves the clock from one thing that is due to the next, and waits for each callback before it moves on.
async fn advance(
    app: &Arc<App>,
    sending: &mut JoinSet<()>,
    by: Duration,
) -> Result<Vec<Activity>, EndOfTime> {
    let by = SignedDuration::try_from(by).map_err(|_| EndOfTime)?;
    let end = app.now().checked_add(by).map_err(|_| EndOfTime)?;
    app.store().subscribers.record();
    loop {
        start_due(app, sending, 1);
        if sending.join_next().await.is_some() {
            continue;
        }
        let next = app.store().next_due();
        match next.filter(|at| *at <= end) {
            Some(at) if at <= app.now() => {}
            Some(at) => move_to(app, at),
            None => break,
        }
    }
    move_to(app, end);
    Ok(app.store().subscribers.recorded())
}

fn move_to(app: &App, at: Timestamp) {
    app.clock.move_to(at);
    let stands = Activity::Clock(app.now().to_string());
    app.store().subscribers.tell(&stands);
}

/// Resolves when something becomes due by itself.
async fn next_due(app: &App) {
    let due = app.store().next_due();
    match due {
        None => pending().await,
        Some(at) => {
            let wait = at.duration_since(app.now());
            tokio::time::sleep(Duration::try_from(wait).unwrap_or_default()).await;
        }
    }
}
