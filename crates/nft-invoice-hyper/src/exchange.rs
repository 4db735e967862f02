use std::error::Error;
use std::future::{Future, poll_fn};
use std::io;
use std::iter;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use http_body::Body as _;
use nft_invoice_transport::{GatedBody, Phase, Response, ResponseBody, SendGate, TransportError};
use tokio::task::coop::unconstrained;
use tokio::time::Sleep;

use crate::http_connection::HttpConnection;

/// Sends `request` over `connection` and reads the response, until `end`.
///
/// The connection runs inside of the returned future. Whoever drops the future also drops the connection, and with it
/// what was not sent yet.
pub(crate) async fn exchange(
    connection: &mut HttpConnection,
    request: http::Request<GatedBody>,
    gate: &SendGate,
    mut end: Pin<&mut Sleep>,
) -> Result<Response, TransportError> {
    let phase = Phase::AwaitingResponse;
    let sending = pin!(connection.send(request));
    let (head, mut incoming) = run(connection, end.as_mut(), sending)
        .await
        .ok_or_else(|| timed_out(gate, phase))?
        .map_err(|error| failed(gate, phase, error))?
        .into_parts();

    let phase = Phase::ReadingResponse;
    let mut body = ResponseBody::default();
    while !incoming.is_end_stream() {
        let next = pin!(poll_fn(|cx| Pin::new(&mut incoming).poll_frame(cx)));
        let next = run(connection, end.as_mut(), next).await;
        let Some(frame) = next.ok_or_else(|| timed_out(gate, phase))? else {
            break;
        };
        let frame = frame.map_err(|error| failed(gate, phase, error))?;
        if let Ok(data) = frame.into_data() {
            body.push(&data).map_err(|error| gate.fail(phase, error))?;
        }
    }
    let mut response = Response::new(body.finish());
    *response.status_mut() = head.status;
    *response.version_mut() = head.version;
    *response.headers_mut() = head.headers;
    Ok(response)
}

/// Waits for `work` while the connection runs; `None` if `end` comes first.
///
/// Only the connection makes progress for the work, and it runs here: the work needs no waker. Nor does the connection
/// where it completes the work, and hyper would wake this task for what has just been taken.
async fn run<T>(
    connection: &mut HttpConnection,
    end: Pin<&mut Sleep>,
    work: Pin<&mut impl Future<Output = T>>,
) -> Option<T> {
    let mut work = unconstrained(work);
    let mut work = Pin::new(&mut work);
    let mut is_begun = false;
    let running = poll_fn(|cx| {
        let mut unwoken = Context::from_waker(Waker::noop());
        if let Poll::Ready(done) = work.as_mut().poll(&mut unwoken) {
            return Poll::Ready(done);
        }
        if std::mem::replace(&mut is_begun, true) {
            // When it has ended, the work has, too.
            let _ = connection.poll_ended(&mut unwoken);
            if let Poll::Ready(done) = work.as_mut().poll(&mut unwoken) {
                return Poll::Ready(done);
            }
        }
        let _ = connection.poll_ended(cx);
        work.as_mut().poll(&mut unwoken)
    });
    before(end, pin!(running)).await
}

/// Waits for `work`; `None` if `end` comes first.
pub(crate) async fn before<T>(
    mut end: Pin<&mut Sleep>,
    mut work: Pin<&mut impl Future<Output = T>>,
) -> Option<T> {
    poll_fn(|cx| {
        if let Poll::Ready(done) = work.as_mut().poll(cx) {
            return Poll::Ready(Some(done));
        }
        // Work that never has to wait uses up what tokio lets a task do at a time. The time limit does not depend on it.
        let mut end = unconstrained(end.as_mut());
        Pin::new(&mut end).poll(cx).map(|()| None)
    })
    .await
}

/// The error of a send whose time is over.
pub(crate) fn timed_out(gate: &SendGate, phase: Phase) -> TransportError {
    gate.fail(phase, "timed out").because("timed out")
}

fn failed(gate: &SendGate, phase: Phase, error: hyper::Error) -> TransportError {
    let words = cause(&error);
    let failure = gate.fail(phase, error);
    match words {
        Some(words) => failure.because(words),
        None => failure,
    }
}

/// The causes that only hyper knows.
fn cause(error: &hyper::Error) -> Option<&'static str> {
    if error.is_parse() {
        return Some("received malformed HTTP");
    }
    // An I/O error inside of it says more.
    let is_closed = error.is_incomplete_message() || error.is_canceled() || error.is_closed();
    let mut sources = iter::successors(error.source(), |&error| error.source());
    let has_io = sources.any(|error| error.is::<io::Error>());
    (is_closed && !has_io).then_some("connection closed")
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use nft_invoice_transport::{Body, Delivery, Request};
    use tokio::net::{TcpListener, TcpStream};
    use tokio::task::coop::consume_budget;
    use tokio::time::sleep;

    use super::*;
    use crate::stream::{Socket, Stream};

    #[tokio::test]
    async fn a_connection_that_ends_before_the_request_fails_it_at_once() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let address = listener.local_addr().unwrap();
        let tcp = TcpStream::connect(address).await.unwrap();
        drop(listener.accept().await.unwrap());
        tcp.readable().await.unwrap();
        let stream = Stream::Tcp(Socket::new(tcp));
        let mut connection = HttpConnection::new(stream).await.unwrap();

        let request = Request::new(Body::from_static(b"card"));
        let gate = SendGate::arm(&request);
        let request = request.map(|body| GatedBody::new(body, gate.clone()));
        let end = pin!(sleep(Duration::from_secs(3600)));
        let sent = exchange(&mut connection, request, &gate, end).await;
        let error = sent.unwrap_err();
        assert_eq!(error.delivery(), Delivery::NotSent);
        assert_eq!(error.to_string(), "connection closed while connecting");
    }
    #[tokio::test]
    async fn the_time_limit_ends_work_that_never_waits() {
        let work = pin!(async {
            loop {
                consume_budget().await;
            }
        });
        let end = pin!(sleep(Duration::from_millis(1)));
        let done: Option<()> = before(end, work).await;
        assert!(done.is_none());
    }
}
