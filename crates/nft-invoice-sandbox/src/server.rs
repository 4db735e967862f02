use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::app::App;
use crate::exchange::{Exchange, READ_TIMEOUT};
use crate::peer::Peer;
use crate::routes;
use crate::slots::Slots;
use crate::steering::Steering;
use crate::wire::{Wire, WireControl};

const HEADER_LIMIT: usize = 16 * 1024;

/// Accepts and serves connections until it is dropped.
pub(crate) async fn accept(listener: TcpListener, app: Arc<App>) {
    let router = routes::router(Arc::clone(&app));
    let steering = Steering::new(Arc::clone(&app));
    let slots = Arc::new(Slots::default());
    loop {
        // Beyond the limit, connections wait in the kernel's backlog until one ends.
        let slot = slots.connection().await;
        let Ok((stream, peer)) = listener.accept().await else {
            // Out of file descriptors, most likely: give connections time to end.
            let _ = timeout(Duration::from_millis(50), pending::<()>()).await;
            continue;
        };
        let exchange = Exchange {
            app: Arc::clone(&app),
            router: router.clone(),
            steering: steering.clone(),
            peer: Peer(peer.ip().to_canonical()),
            slot: slot.handle(),
            wire: WireControl::default(),
        };
        tokio::spawn(async move {
            connection(stream, exchange).await;
            drop(slot);
        });
    }
}

async fn connection(stream: TcpStream, exchange: Exchange) {
    // Responses are small, so disabling Nagle's algorithm reduces latency. A failure is harmless.
    let _ = stream.set_nodelay(true);
    let wire = Wire::new(stream, exchange.wire.clone());
    let exchange = Arc::new(exchange);
    let service = service_fn(|request| {
        let exchange = Arc::clone(&exchange);
        async move { Ok::<_, Infallible>(exchange.answer(request).await) }
    });
    // An error means that the client disconnected, did not send HTTP or was affected by a fault. hyper has sent any
    // possible response.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(READ_TIMEOUT)
        .max_buf_size(HEADER_LIMIT)
        .serve_connection(TokioIo::new(wire), service)
        .await;
}
