//! Accepts connections, serves requests and runs what becomes due.

mod exchange;
mod fault_occasion;
mod routes;
pub(crate) mod scheduler;

use std::convert::Infallible;
use std::future::pending;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;

use crate::app::App;
use crate::http::{ConnectionTimer, Peer, SlotHandle, Slots, Wire, WireControl};
use crate::server::exchange::{Exchange, READ_TIMEOUT};

const HEADER_LIMIT: usize = 16 * 1024;

/// Accepts and serves connections until it is dropped.
pub(crate) async fn accept(listener: TcpListener, app: Arc<App>) {
    let pages = routes::pages(Arc::clone(&app));
    let control = routes::control(&app);
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
            pages: pages.clone(),
            control: control.clone(),
            peer: Peer(peer.ip().to_canonical()),
            slot: SlotHandle(Arc::downgrade(&slot)),
            wire: WireControl::default(),
            last_host: Mutex::default(),
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
    let _ = http().serve_connection(TokioIo::new(wire), service).await;
}

/// HTTP/1.1, within the limits.
fn http() -> http1::Builder {
    let mut http = http1::Builder::new();
    http.timer(ConnectionTimer::new(READ_TIMEOUT))
        .header_read_timeout(READ_TIMEOUT)
        .max_buf_size(HEADER_LIMIT);
    http
}

#[cfg(test)]
mod tests {
    use axum::http::{Request, Response};
    use hyper::body::Incoming;
    use tokio::io::{AsyncReadExt, AsyncWriteExt, DuplexStream, duplex};
    use tokio::time::{Instant, sleep};

    use super::*;

    /// Serves one connection, and returns the client's end.
    fn serve() -> DuplexStream {
        let (client, server) = duplex(64 * 1024);
        let service = service_fn(|_: Request<Incoming>| async {
            Ok::<_, Infallible>(Response::new(String::new()))
        });
        tokio::spawn(http().serve_connection(TokioIo::new(server), service));
        client
    }

    #[tokio::test(start_paused = true)]
    async fn a_head_has_10_seconds_to_arrive() {
        let mut client = serve();
        let began = Instant::now();
        client.write_all(b"GET / HTTP/1.1\r\nHost:").await.unwrap();
        let mut response = String::new();
        client.read_to_string(&mut response).await.unwrap();
        assert_eq!(response, "", "the connection ends without a response");
        assert_eq!(began.elapsed().as_secs(), 10);
    }

    #[tokio::test(start_paused = true)]
    async fn every_head_has_10_seconds_from_the_last_response() {
        let mut client = serve();
        let began = Instant::now();
        for seconds in [9, 1, 9] {
            sleep(Duration::from_secs(seconds)).await;
            let head = b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";
            client.write_all(head).await.unwrap();
            let mut response = [0; 1024];
            let read = client.read(&mut response).await.unwrap();
            assert!(response[..read].starts_with(b"HTTP/1.1 200 OK"));
        }
        assert_eq!(client.read(&mut [0]).await.unwrap(), 0, "it ends");
        assert_eq!(began.elapsed().as_secs(), 9 + 1 + 9 + 10);
    }
}
