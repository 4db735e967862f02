use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::header::{CONNECTION, CONTENT_TYPE, HOST, RETRY_AFTER};
use axum::http::{HeaderMap, Request};
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use crate::app::App;
use crate::callback_url::CallbackUrl;
use crate::delivery::AttemptResult;
use crate::fault::HookMessage;

/// The limit for a whole attempt. It protects the process, so it is real time.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Posts a callback once, without following redirects or using a proxy. Returns the result and the receiver's
/// `Retry-After`.
pub(crate) async fn send(
    app: &App,
    url: &CallbackUrl,
    message: HookMessage,
) -> (AttemptResult, Option<Duration>) {
    match timeout(TIMEOUT, post(app, url, message)).await {
        Ok(Ok((status, asked))) => (AttemptResult::Response(status), asked),
        Ok(Err(why)) => (AttemptResult::Failed(why.to_owned()), None),
        Err(_) => {
            let why = "no response within 15 s".to_owned();
            (AttemptResult::Failed(why), None)
        }
    }
}

type Answered = Result<(u16, Option<Duration>), &'static str>;

async fn post(app: &App, url: &CallbackUrl, message: HookMessage) -> Answered {
    let stream = connect(url).await?;
    #[cfg(feature = "https")]
    if url.origin.is_https() {
        return exchange(
            app.tls.connect(url.origin.host(), stream).await?,
            url,
            message,
        )
        .await;
    }
    #[cfg(not(feature = "https"))]
    let _ = app;
    exchange(stream, url, message).await
}

async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    url: &CallbackUrl,
    message: HookMessage,
) -> Answered {
    let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|_| "connection failed")?;
    let mut request = Request::post(url.target())
        .header(HOST, url.origin.authority())
        .header(CONTENT_TYPE, message.content_type)
        .header(CONNECTION, "close");
    if let Some(signature) = message.signature {
        request = request.header("x-signature", signature);
    }
    let request = request
        .body(Full::new(Bytes::from(message.body)))
        .map_err(|_| "the callback URL cannot be used in a request")?;
    let answer = async {
        let answer = sender.send_request(request).await;
        let answer = answer.map_err(|_| "connection closed before a complete response")?;
        // The status decides; the body is not read.
        Ok((answer.status().as_u16(), asked(answer.headers())))
    };
    tokio::pin!(answer);
    tokio::select! {
        answered = &mut answer => answered,
        _ = connection => answer.await,
    }
}

async fn connect(url: &CallbackUrl) -> Result<TcpStream, &'static str> {
    let found = lookup_host((url.origin.host(), url.origin.port())).await;
    let found = found.map_err(|_| "host name could not be resolved")?;
    let here = |address: &SocketAddr| address.ip().to_canonical().is_loopback();
    let mut failure = "host name resolves to no allowed address";
    for address in found.filter(|address| !url.loopback_only || here(address)) {
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => {
                failure = "connection refused";
            }
            Err(_) => failure = "connection failed",
        }
    }
    Err(failure)
}

/// `Retry-After` in seconds. A date is ignored, because the sandbox has its own clock.
fn asked(headers: &HeaderMap) -> Option<Duration> {
    let seconds = headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse();
    seconds.ok().map(Duration::from_secs)
}
