use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::AsyncWrite;
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep, sleep_until};

use super::poll_end;

/// A truncated or slow response, or both.
#[derive(Debug)]
pub(crate) struct Part {
    cut: Option<Cut>,
    pace: Option<Pace>,
}

impl Part {
    /// At most `length` bytes of the body, at `rate` bytes a second.
    pub(super) fn new(length: Option<u64>, rate: Option<u32>) -> Self {
        Self {
            cut: length.map(|left| Cut { head: 0, left }),
            pace: rate.map(Pace::new),
        }
    }

    pub(super) fn poll_write(
        &mut self,
        stream: &mut TcpStream,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let mut most = bytes.len();
        if let Some(pace) = &mut self.pace {
            ready!(pace.next.as_mut().poll(cx));
            most = most.min(pace.step());
        }
        if let Some(mut cut) = self.cut {
            most = cut.pass(&bytes[..most]);
            if most == 0 {
                return poll_end(stream, cx);
            }
        }
        let written = ready!(Pin::new(stream).poll_write(cx, &bytes[..most]))?;
        if let Some(cut) = &mut self.cut {
            cut.pass(&bytes[..written]);
        }
        if let Some(pace) = &mut self.pace {
            pace.passed(written);
        }
        Poll::Ready(Ok(written))
    }
}

/// Passes the headers and this many bytes of the body.
#[derive(Clone, Copy, Debug)]
struct Cut {
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
struct Pace {
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
