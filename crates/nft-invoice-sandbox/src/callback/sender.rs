use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Bytes;
use axum::http::header::{CONNECTION, CONTENT_TYPE, DATE, HOST, RETRY_AFTER};
use axum::http::{HeaderMap, Request};
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use jiff::Timestamp;
use jiff::fmt::rfc2822;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;

use crate::callback::attempt::AttemptResult;
use crate::callback::url::CallbackUrl;
use crate::clock::Clock;
use crate::fault::CallbackMessage;
use crate::http::Tls;

/// Where a callback is sent.
pub(crate) struct Target {
    pub(crate) url: CallbackUrl,
    pub(crate) tls: Tls,
}

/// The limit for a whole attempt. It protects the process, so it is real time.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Posts a callback once, without following redirects or using a proxy. Returns the result and the receiver's
/// `Retry-After`.
pub(crate) async fn send(
    target: &Target,
    clock: &Clock,
    message: CallbackMessage,
) -> (AttemptResult, Option<Duration>) {
    match timeout(TIMEOUT, post(target, clock, message)).await {
        Ok(Ok((status, asked))) => (AttemptResult::Response(status), asked),
        Ok(Err(why)) => (AttemptResult::Failed(why.to_owned()), None),
        Err(_) => {
            let why = "no response within 15 s".to_owned();
            (AttemptResult::Failed(why), None)
        }
    }
}

type Answered = Result<(u16, Option<Duration>), &'static str>;

async fn post(target: &Target, clock: &Clock, message: CallbackMessage) -> Answered {
    let url = &target.url;
    let stream = connect(url).await?;
    if url.origin.is_https() {
        let stream = target.tls.connect(url.origin.host(), stream).await?;
        return exchange(clock, stream, url, message).await;
    }
    exchange(clock, stream, url, message).await
}

async fn exchange(
    clock: &Clock,
    stream: impl AsyncRead + AsyncWrite + Unpin,
    url: &CallbackUrl,
    message: CallbackMessage,
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
        Ok((
            answer.status().as_u16(),
            asked(answer.headers(), clock.now()),
        ))
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
    reach(url, found).await
}

/// Connects to the first of the host's addresses that may be connected to and accepts.
async fn reach(
    url: &CallbackUrl,
    found: impl Iterator<Item = SocketAddr>,
) -> Result<TcpStream, &'static str> {
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

/// The delay of `Retry-After`, which is in seconds or a date. A date counts from the response's own `Date`, because the
/// sandbox's clock may be far from the receiver's; without `Date`, from `now`.
fn asked(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = |name| headers.get(name)?.to_str().ok().map(str::trim);
    let date = |name| {
        let date = rfc2822::parse(text(name)?).ok()?;
        Some(date.timestamp())
    };
    if let Ok(seconds) = text(RETRY_AFTER)?.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let wait = date(RETRY_AFTER)?.duration_since(date(DATE).unwrap_or(now));
    // A date in the past is no delay.
    Some(Duration::try_from(wait).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use tokio::net::TcpListener;

    use super::*;

    /// A name can resolve to anything. `0.0.0.0` is no loopback address, but leads to this machine: a connection to it
    /// would succeed.
    #[cfg(unix)]
    #[tokio::test]
    async fn refuses_a_host_that_resolves_to_another_machine_unless_it_is_allowed_by_name() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let url = format!("http://localhost:{port}/");
        let by_name = ["localhost".to_owned()];
        let other = SocketAddr::from((Ipv4Addr::UNSPECIFIED, port));
        let mapped = SocketAddr::from((Ipv4Addr::UNSPECIFIED.to_ipv6_mapped(), port));
        let here = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
        let here_mapped = SocketAddr::from((Ipv4Addr::LOCALHOST.to_ipv6_mapped(), port));
        let refused = "host name resolves to no allowed address";
        for (allowed, found, expected) in [
            (&[][..], vec![], Err(refused)),
            (&[], vec![other], Err(refused)),
            (&[], vec![mapped, other], Err(refused)),
            (&[], vec![here], Ok(here)),
            (&[], vec![here_mapped], Ok(here_mapped)),
            (&[], vec![other, mapped, here], Ok(here)),
            (&by_name, vec![other], Ok(here)),
            (&by_name, vec![], Err(refused)),
        ] {
            let url = CallbackUrl::parse(&url, allowed).unwrap();
            let reached = reach(&url, found.clone().into_iter()).await;
            let reached = reached.map(|stream| stream.peer_addr().unwrap());
            assert_eq!(reached, expected, "{found:?}, allowed: {allowed:?}");
        }
    }

    #[tokio::test]
    async fn tries_the_next_address_if_one_refuses_the_connection() {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let here = listener.local_addr().unwrap();
        // The first port is given to no program that asks for a free one.
        let nobody = SocketAddr::from((Ipv4Addr::LOCALHOST, 1));
        let url = CallbackUrl::parse("http://localhost/", &[]).unwrap();
        let reached = reach(&url, [nobody, here].into_iter()).await.unwrap();
        assert_eq!(reached.peer_addr().unwrap(), here);
        let failure = reach(&url, [nobody].into_iter()).await.unwrap_err();
        assert_eq!(failure, "connection refused");
        // TCP cannot connect to a broadcast address.
        let everybody = SocketAddr::from((Ipv4Addr::BROADCAST, 1));
        let url = CallbackUrl::parse("http://shop.example/", &["shop.example".to_owned()]).unwrap();
        let failure = reach(&url, [everybody].into_iter()).await.unwrap_err();
        assert_eq!(failure, "connection failed");
    }

    #[test]
    fn reads_retry_after_in_seconds_or_as_a_date() {
        let now = "2025-01-01T00:00:00Z".parse().unwrap();
        for (retry_after, date, seconds) in [
            ("60", None, Some(60)),
            (" 0 ", None, Some(0)),
            ("Wed, 01 Jan 2025 00:01:30 GMT", None, Some(90)),
            // The receiver's clock is a day ahead.
            (
                "Thu, 02 Jan 2025 00:02:00 GMT",
                Some("Thu, 02 Jan 2025 00:00:00 GMT"),
                Some(120),
            ),
            ("Tue, 31 Dec 2024 00:00:00 GMT", None, Some(0)),
            ("Wed, 01 Jan 2025 00:01:30 GMT", Some("now"), Some(90)),
            ("-1", None, None),
            ("1.5", None, None),
            ("soon", None, None),
            ("", None, None),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(RETRY_AFTER, retry_after.parse().unwrap());
            if let Some(date) = date {
                headers.insert(DATE, date.parse().unwrap());
            }
            let wait = seconds.map(Duration::from_secs);
            assert_eq!(asked(&headers, now), wait, "{retry_after:?}, {date:?}");
        }
        assert_eq!(asked(&HeaderMap::new(), now), None);
    }
}
