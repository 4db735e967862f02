use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::task::{JoinSet, yield_now};

use crate::app::App;
use crate::callback::sender::{self, Target};
use crate::callback::{Attempt, Shipment};
use crate::fault::{CallbackMessage, Occasion};
use crate::store::{Activity, Advance, AdvanceError, Due, WriteError};

/// How many callbacks are sent concurrently with a running clock. With a frozen clock, or while it is advanced, it is one,
/// so that the order is reproducible.
const TOGETHER: usize = 32;

/// The delay after a failed write, in real time.
const BACKOFF: Duration = Duration::from_secs(5);

/// Runs everything that becomes due: expiries, delayed outcomes and callbacks. Ends with the runtime.
pub(crate) async fn drive(app: Arc<App>, mut advances: UnboundedReceiver<Advance>) {
    let mut sending = JoinSet::new();
    let together = if app.clock.is_frozen() { 1 } else { TOGETHER };
    loop {
        let stuck = start_due(&app, &mut sending, together).await.is_err();
        let idle = sending.len() < together && !app.clock.is_frozen() && !stuck;
        tokio::select! {
            Some(_) = sending.join_next() => {}
            () = app.wake.notified() => {}
            () = next_due(&app), if idle => {}
            () = tokio::time::sleep(BACKOFF), if stuck => {}
            Some(Advance { by, reply }) = advances.recv() => {
                // The caller may have dropped the reply.
                let _ = reply.send(advance(&app, &mut sending, by).await);
            }
        }
    }
}

/// Starts everything that is due, with at most `together` callbacks at once. Requests are handled between two events.
async fn start_due(
    app: &Arc<App>,
    sending: &mut JoinSet<()>,
    together: usize,
) -> Result<(), WriteError> {
    while sending.len() < together {
        // The lock must not be held over the match.
        let due = app.store().take_due(app.now())?;
        match due {
            None => return Ok(()),
            Some(Due::Event) => yield_now().await,
            Some(Due::Shipment(shipment, target)) => {
                if let Some(message) = faulted(app, &shipment) {
                    sending.spawn(deliver(Arc::clone(app), *shipment, target, message));
                }
            }
        }
    }
    Ok(())
}

/// Applies the faults; `None` if the callback is sent later or never.
fn faulted(app: &App, shipment: &Shipment) -> Option<CallbackMessage> {
    let (delivery, now) = (&shipment.delivery, app.now());
    let effects = delivery.drawn.clone().unwrap_or_else(|| {
        let attempt = delivery.attempts.len() as u64 + 1;
        let status = delivery.event.wire_name();
        let occasion = Occasion::delivery(delivery.invoice, status, attempt);
        app.faults.strike_delivery(&occasion, now)
    });
    let effects = app.store().dispatch(shipment, effects, now)?;
    Some(effects.apply(CallbackMessage {
        body: delivery.frozen.body.as_bytes().to_vec(),
        signature: Some(delivery.frozen.signature.clone()),
        content_type: "application/json",
    }))
}

async fn deliver(app: Arc<App>, shipment: Shipment, target: Target, message: CallbackMessage) {
    let (result, asked) = sender::send(&target, &app.clock, message).await;
    if !shipment.copy {
        let at = app.now();
        let attempt = Attempt { at, result };
        app.store().attempted(&shipment, attempt, asked);
    }
}

/// Advances the clock, and returns the events.
async fn advance(
    app: &Arc<App>,
    sending: &mut JoinSet<()>,
    by: Duration,
) -> Result<Vec<Activity>, AdvanceError> {
    let by = SignedDuration::try_from(by).map_err(|_| AdvanceError::EndOfTime)?;
    let end = app.now().checked_add(by);
    let end = end.map_err(|_| AdvanceError::EndOfTime)?;
    app.store().subscribers.record();
    let moved = step_to(app, sending, end).await;
    let happened = app.store().subscribers.recorded();
    Ok(moved.map(|()| happened)?)
}

/// Moves the clock from one due time to the next, and waits for each callback.
async fn step_to(
    app: &Arc<App>,
    sending: &mut JoinSet<()>,
    end: Timestamp,
) -> Result<(), WriteError> {
    loop {
        start_due(app, sending, 1).await?;
        if sending.join_next().await.is_some() {
            continue;
        }
        let next = app.store().next_due();
        match next.filter(|at| *at <= end) {
            Some(at) if at <= app.now() => {}
            Some(at) => {
                app.store().step(at)?;
                yield_now().await;
            }
            None => return app.store().move_clock(end),
        }
    }
}

/// Resolves when the next event becomes due.
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
