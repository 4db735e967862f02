use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use hyper::body::Incoming;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use nft_invoice_transport::GatedBody;

use crate::stream::{Socket, Stream};

/// A connection that carries one request at a time. It makes progress only while it is polled, and dropping it closes
/// it.
pub(crate) struct HttpConnection {
    sender: http1::SendRequest<GatedBody>,
    /// `None` when it has ended: then a request that it has not begun to send fails.
    running: Option<http1::Connection<TokioIo<Stream>, GatedBody>>,
    socket: Socket,
    is_tls: bool,
}

/// How much hyper reads ahead of what it has parsed: the largest head of a response.
const BUFFER: usize = 64 * 1024;

/// How often [`HttpConnection::is_silent`] reads what has arrived. A server sends a few session tickets, in one or two
/// parts.
const ROUNDS: usize = 8;

impl HttpConnection {
    pub(crate) async fn new(stream: Stream) -> hyper::Result<Self> {
        let socket = stream.socket().clone();
        let is_tls = stream.is_tls();
        let (sender, running) = http1::Builder::new()
            .max_buf_size(BUFFER)
            .handshake(TokioIo::new(stream))
            .await?;
        Ok(Self {
            sender,
            running: Some(running),
            socket,
            is_tls,
        })
    }

    /// Begins to send `request`. The returned future makes progress only while the connection is polled.
    pub(crate) fn send(
        &mut self,
        request: http::Request<GatedBody>,
    ) -> impl Future<Output = hyper::Result<http::Response<Incoming>>> + use<> {
        self.sender.send_request(request)
    }

    /// Makes progress. Resolves when it has ended: an idle one when the other end has closed, or has sent anything but TLS
    /// records without data, such as session tickets.
    pub(crate) fn poll_ended(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let running = self.running.as_mut();
        if running.is_some_and(|running| Pin::new(running).poll(cx).is_pending()) {
            return Poll::Pending;
        }
        // An error is that of the request, too.
        self.running = None;
        Poll::Ready(())
    }

    /// Whether the response to the last request was read to its end and another request can be sent, as far as the last
    /// poll has shown.
    pub(crate) fn is_ready(&self) -> bool {
        self.sender.is_ready()
    }

    /// Whether the other end of an idle connection has neither closed nor sent data. Asks the operating system, because
    /// tokio learns of what has arrived only when its driver runs.
    pub(crate) async fn is_silent(&mut self) -> bool {
        for _ in 0..ROUNDS {
            match self.socket.peek() {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return self.is_ready(),
                Ok(1..) if self.is_tls => {}
                _ => return false,
            }
            // Then the TLS records that have arrived can be read.
            if poll_fn(|cx| self.socket.poll_readable(cx)).await.is_err() {
                return false;
            }
            let ended = self.poll_ended(&mut Context::from_waker(Waker::noop()));
            if ended.is_ready() {
                return false;
            }
        }
        false
    }
}
