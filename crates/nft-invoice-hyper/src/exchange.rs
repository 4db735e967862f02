use std::error::Error;
use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::task::Poll;

use http_body::Body as _;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use nft_invoice_transport::{GatedBody, Phase, Response, ResponseBody, SendGate, TransportError};
use tokio::time::Sleep;

use crate::stream::Stream;

/// How much hyper reads ahead of what it has parsed: the largest head of a response.
const BUFFER: usize = 64 * 1024;

/// Sends `request` over `stream` and reads the response, until `end`. Returns the connection with it if it can carry
/// another request.
///
/// The connection runs inside of the returned future, so whoever drops the future closes the connection.
pub(crate) async fn exchange(
    stream: Stream,
    request: http::Request<GatedBody>,
    gate: &SendGate,
    end: Pin<&mut Sleep>,
) -> Result<(Response, Option<Stream>), TransportError> {
    let (mut sender, connection) = http1::Builder::new()
        .max_buf_size(BUFFER)
        .handshake(TokioIo::new(stream))
        .await
        .map_err(|error| failed(gate, Phase::Connecting, error))?;
    let mut running = Running {
        connection,
        has_ended: false,
        end,
    };
    let phase = Phase::AwaitingResponse;
    let (head, mut incoming) = running
        .drive(gate, phase, sender.send_request(request))
        .await?
        .map_err(|error| failed(gate, phase, error))?
        .into_parts();

    let phase = Phase::ReadingResponse;
    let mut body = ResponseBody::default();
    loop {
        let next = poll_fn(|cx| Pin::new(&mut incoming).poll_frame(cx));
        let Some(frame) = running.drive(gate, phase, next).await? else {
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

    // Lets the connection notice that its response was read to the end: it runs between the first look and the second.
    let mut has_looked = false;
    let looked = poll_fn(|_| match std::mem::replace(&mut has_looked, true) {
        true => Poll::Ready(()),
        false => Poll::Pending,
    });
    running.drive(gate, phase, looked).await?;
    let is_reusable = sender.is_ready() && !running.has_ended;
    let parts = is_reusable.then(|| running.connection.into_parts());
    let parts = parts.filter(|parts| parts.read_buf.is_empty());
    Ok((response, parts.map(|parts| parts.io.into_inner())))
}

/// A connection that carries a request, until its time is over.
struct Running<'a> {
    connection: http1::Connection<TokioIo<Stream>, GatedBody>,
    has_ended: bool,
    end: Pin<&'a mut Sleep>,
}

impl Running<'_> {
    /// Waits for `work` while the connection runs.
    async fn drive<T>(
        &mut self,
        gate: &SendGate,
        phase: Phase,
        work: impl Future<Output = T>,
    ) -> Result<T, TransportError> {
        let mut work = pin!(work);
        let (connection, has_ended) = (&mut self.connection, &mut self.has_ended);
        let running = poll_fn(|cx| {
            if let Poll::Ready(done) = work.as_mut().poll(cx) {
                return Poll::Ready(done);
            }
            // Its error is that of the work, too.
            *has_ended = *has_ended || Pin::new(&mut *connection).poll(cx).is_ready();
            work.as_mut().poll(cx)
        });
        let done = before(self.end.as_mut(), running).await;
        done.ok_or_else(|| timed_out(gate, phase))
    }
}

/// Waits for `work`; `None` if `end` comes first.
pub(crate) async fn before<T>(
    mut end: Pin<&mut Sleep>,
    work: impl Future<Output = T>,
) -> Option<T> {
    let mut work = pin!(work);
    poll_fn(|cx| match work.as_mut().poll(cx) {
        Poll::Ready(done) => Poll::Ready(Some(done)),
        Poll::Pending => end.as_mut().poll(cx).map(|()| None),
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
    (is_closed && error.source().is_none()).then_some("connection closed")
}
