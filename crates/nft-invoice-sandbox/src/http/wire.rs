use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep, sleep_until};

/// A client's connection, whose responses can be changed by faults.
pub(crate) struct Wire {
    stream: TcpStream,
    control: WireControl,
}

/// Sets how the next response of a connection is sent.
#[derive(Clone, Default)]
pub(crate) struct WireControl(Arc<Mutex<Shape>>);

/// How a response is sent.
#[derive(Debug, Default)]
pub(crate) enum Shape {
    /// Unchanged.
    #[default]
    Whole,
    /// Truncated, slow, or both.
    Part {
        cut: Option<Cut>,
        pace: Option<Pace>,
    },
    /// Not sent: the connection is reset.
    Reset,
    /// Not sent: these bytes are sent instead, and the connection is closed.
    Other(&'static [u8]),
    /// Not sent: nothing happens until the client disconnects.
    Hang,
}

impl Wire {
    pub(crate) fn new(stream: TcpStream, control: WireControl) -> Self {
        Self { stream, control }
    }
}

impl WireControl {
    pub(crate) fn set(&self, shape: Shape) {
        *self.shape() = shape;
    }

    /// A response is created before it is written, so this lock is never contended.
    fn shape(&self) -> MutexGuard<'_, Shape> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Shape {
    pub(crate) const EMPTY: Self = Self::Other(b"");
    /// Bytes that do not look like HTTP: a TLS alert.
    pub(crate) const GARBAGE: Self =
        Self::Other(b"\x15\x03\x01\x00\x02\x02\x46\xff\xfe\x00 garbage \x00\r\n\r\n");

    /// At most `length` bytes of the body, at `rate` bytes a second.
    pub(crate) fn new(length: Option<u64>, rate: Option<u32>) -> Self {
        match (length, rate) {
            (None, None) => Self::Whole,
            _ => Self::Part {
                cut: length.map(|left| Cut { head: 0, left }),
                pace: rate.map(Pace::new),
            },
        }
    }

    fn poll_write(
        &mut self,
        stream: &mut TcpStream,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self {
            Self::Whole => Pin::new(stream).poll_write(cx, bytes),
            Self::Part { cut, pace } => {
                let mut most = bytes.len();
                if let Some(pace) = pace {
                    ready!(pace.next.as_mut().poll(cx));
                    most = most.min(pace.step());
                }
                if let Some(mut cut) = *cut {
                    most = cut.pass(&bytes[..most]);
                    if most == 0 {
                        return poll_end(stream, cx);
                    }
                }
                let written = ready!(Pin::new(stream).poll_write(cx, &bytes[..most]))?;
                if let Some(cut) = cut {
                    cut.pass(&bytes[..written]);
                }
                if let Some(pace) = pace {
                    pace.passed(written);
                }
                Poll::Ready(Ok(written))
            }
            Self::Reset => {
                // The error below closes the connection, which sends the reset.
                stream.set_zero_linger()?;
                Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()))
            }
            Self::Other(left) => {
                while !left.is_empty() {
                    let written = ready!(Pin::new(&mut *stream).poll_write(cx, left))?;
                    *left = &left[written..];
                }
                poll_end(stream, cx)
            }
            Self::Hang => poll_gone(stream, cx),
        }
    }
}

impl AsyncRead for Wire {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Wire {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let Self { stream, control } = &mut *self;
        control.shape().poll_write(stream, cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let Self { stream, control } = &mut *self;
        let mut shape = control.shape();
        if let Shape::Whole = *shape {
            return Pin::new(stream).poll_write_vectored(cx, slices);
        }
        let first = slices.iter().find(|slice| !slice.is_empty());
        shape.poll_write(stream, cx, first.map_or(&[], |slice| slice))
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}

/// Shuts the connection down before it is closed, so that the written bytes arrive.
fn poll_end(stream: &mut TcpStream, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
    ready!(Pin::new(stream).poll_shutdown(cx))?;
    Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()))
}

/// Ready with an error once the client has disconnected.
fn poll_gone(stream: &mut TcpStream, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
    let mut scratch = [0; 1024];
    loop {
        let mut buffer = ReadBuf::new(&mut scratch);
        ready!(Pin::new(&mut *stream).poll_read(cx, &mut buffer))?;
        if buffer.filled().is_empty() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
    }
}

/// Passes the headers and this many bytes of the body.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cut {
    /// How many bytes of the end of the headers have just been matched.
    head: usize,
    left: u64,
}

impl Cut {
    /// Returns how many of `bytes` pass, and counts them.
    fn pass(&mut self, bytes: &[u8]) -> usize {
        const END: &[u8] = b"\r\n\r\n";
        for (place, byte) in bytes.iter().enumerate() {
            if self.head < END.len() {
                let goes_on = *byte == END[self.head];
                self.head = if goes_on {
                    self.head + 1
                } else {
                    usize::from(*byte == b'\r')
                };
            } else if self.left > 0 {
                self.left -= 1;
            } else {
                return place;
            }
        }
        bytes.len()
    }
}

/// Passes this many bytes per second, in ten steps per second if possible.
#[derive(Debug)]
pub(crate) struct Pace {
    rate: u32,
    next: Pin<Box<Sleep>>,
}

impl Pace {
    fn new(rate: u32) -> Self {
        Self {
            rate,
            next: Box::pin(sleep(Duration::ZERO)),
        }
    }

    fn step(&self) -> usize {
        (self.rate as usize / 10).max(1)
    }

    fn passed(&mut self, bytes: usize) {
        let pause = Duration::from_nanos(bytes as u64 * 1_000_000_000 / u64::from(self.rate));
        self.next = Box::pin(sleep_until(Instant::now() + pause));
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpListener;

    use super::*;

    /// Writes `head` and `body`, and returns what the client reads and how long it took.
    async fn through(shape: Shape, head: &[u8], body: &[u8]) -> (Vec<u8>, Duration) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap());
        let (accepted, client) = tokio::join!(listener.accept(), client);
        let control = WireControl::default();
        control.set(shape);
        let mut wire = Wire::new(accepted.unwrap().0, control);
        let start = Instant::now();
        if wire.write_all(head).await.is_ok() {
            // This fails if the shape ends the response early.
            let _ = wire.write_all(body).await;
        }
        let took = start.elapsed();
        drop(wire);
        let mut read = Vec::new();
        client.unwrap().read_to_end(&mut read).await.unwrap();
        (read, took)
    }

    #[tokio::test(start_paused = true)]
    async fn sends_a_slow_response_at_its_rate() {
        for (rate, bytes, milliseconds) in [(100, 1000, 9900), (1, 3, 2000), (5000, 10_000, 1900)] {
            let sent = vec![b'x'; bytes];
            let (read, took) = through(Shape::new(None, Some(rate)), &sent, b"").await;
            assert_eq!(read, sent, "at {rate}/s");
            // The paused clock advances only during waits, which tokio rounds up to milliseconds.
            let waits = milliseconds..=milliseconds + bytes as u128;
            let took = took.as_millis();
            assert!(
                waits.contains(&took),
                "{bytes} bytes at {rate}/s took {took} ms"
            );
        }
        let (_, took) = through(Shape::Whole, &[b'x'; 1000], b"").await;
        assert_eq!(took, Duration::ZERO);
    }
}
