use std::convert::Infallible;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{Request, StatusCode};
use axum::response::Response;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body as _, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, oneshot};
use tokio::time::timeout;
use tower::ServiceExt;

use crate::app::{App, Peer};
use crate::journal::RequestRecord;
use crate::refusal::{ErrorCode, Refusal};
use crate::routes;

const BODY_LIMIT: usize = 1024 * 1024;
const HEADER_LIMIT: usize = 16 * 1024;
const CONNECTIONS: usize = 256;
/// For the headers and for the body. It guards the process, so it is real time whatever the sandbox's clock says.
const READ_TIMEOUT: Duration = Duration::from_secs(10);

/// Serves until `stop` resolves, which it also does when its sender is dropped. Open connections end with the runtime.
pub(crate) async fn serve(listener: TcpListener, app: Arc<App>, stop: oneshot::Receiver<()>) {
    tokio::select! {
        _ = stop => {}
        () = accept(listener, app) => {}
    }
}

async fn accept(listener: TcpListener, app: Arc<App>) {
    let router = routes::router(Arc::clone(&app));
    let slots = Arc::new(Semaphore::new(CONNECTIONS));
    // Beyond the limit, connections wait in the kernel's backlog until one ends.
    while let Ok(slot) = Arc::clone(&slots).acquire_owned().await {
        let Ok((stream, peer)) = listener.accept().await else {
            // Out of file descriptors, most likely: give connections time to end.
            let _ = timeout(Duration::from_millis(50), pending::<()>()).await;
            continue;
        };
        let (app, router) = (Arc::clone(&app), router.clone());
        tokio::spawn(async move {
            connection(stream, Peer(peer.ip().to_canonical()), app, router).await;
            drop(slot);
        });
    }
}

async fn connection(stream: TcpStream, peer: Peer, app: Arc<App>, router: Router) {
    // Answers are small and whole; a failure here costs latency only.
    let _ = stream.set_nodelay(true);
    let service = service_fn(|request| {
        let (app, router) = (Arc::clone(&app), router.clone());
        async move { Ok::<_, Infallible>(exchange(request, peer, &app, router).await) }
    });
    // An error means that the client went away or did not speak HTTP; hyper has answered what can be answered.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(READ_TIMEOUT)
        .max_buf_size(HEADER_LIMIT)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

/// One request, read whole before anything is done about it.
async fn exchange(request: Request<Incoming>, peer: Peer, app: &App, router: Router) -> Response {
    let (parts, body) = request.into_parts();
    let method = parts.method.clone();
    let route = routes::route(app, parts.uri.path());
    let response = match read(body).await {
        Ok(body) => {
            let mut request = Request::from_parts(parts, body);
            request.extensions_mut().insert(peer);
            let Ok(response) = router.oneshot(request).await;
            response
        }
        Err(refusal) => refusal.response(app),
    };
    app.store().answered(RequestRecord {
        method,
        route,
        status: response.status(),
        error_code: response.extensions().get().map(|ErrorCode(code)| *code),
    });
    response
}

async fn read(body: Incoming) -> Result<Body, Refusal> {
    let too_large = || {
        Refusal::http(
            StatusCode::PAYLOAD_TOO_LARGE,
            "the body is larger than 1 MiB",
        )
    };
    if body.size_hint().lower() > BODY_LIMIT as u64 {
        return Err(too_large());
    }
    match timeout(READ_TIMEOUT, Limited::new(body, BODY_LIMIT).collect()).await {
        Ok(Ok(read)) => Ok(Body::from(read.to_bytes())),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(too_large()),
        Ok(Err(_)) => Err(Refusal::http(
            StatusCode::BAD_REQUEST,
            "the body ended before its end",
        )),
        Err(_) => Err(Refusal::http(
            StatusCode::REQUEST_TIMEOUT,
            "the body did not come within 10 s",
        )),
    }
}
