use std::io;
use std::mem::MaybeUninit;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use socket2::SockRef;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::task::coop::poll_proceed;
#[cfg(feature = "rustls")]
use tokio_rustls::client::TlsStream;

/// A connection, over TCP or TLS. TLS can be inside of a proxy's TLS.
#[derive(Debug)]
pub(crate) enum Stream {
    Tcp(Socket),
    #[cfg(feature = "rustls")]
    Tls(Box<TlsStream<Stream>>),
}

/// The socket of a connection, which the operating system can be asked about while hyper has the stream. One of both
/// uses it at a time.
#[derive(Clone, Debug)]
pub(crate) struct Socket(Arc<Mutex<TcpStream>>);

impl Socket {
    pub(crate) fn new(tcp: TcpStream) -> Self {
        Self(Arc::new(Mutex::new(tcp)))
    }

    /// Looks at a byte that has arrived and leaves it there: 0 if the other end has closed, `WouldBlock` if there is none.
    pub(crate) fn peek(&self) -> io::Result<usize> {
        SockRef::from(&*self.lock()).peek(&mut [MaybeUninit::uninit()])
    }

    /// Resolves when tokio has learned that something has arrived.
    pub(crate) fn poll_readable(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.lock().poll_read_ready(cx)
    }

    fn lock(&self) -> MutexGuard<'_, TcpStream> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stream {
    pub(crate) fn socket(&self) -> &Socket {
        match self {
            Self::Tcp(tcp) => tcp,
            #[cfg(feature = "rustls")]
            Self::Tls(tls) => tls.get_ref().0.socket(),
        }
    }

    pub(crate) fn is_tls(&self) -> bool {
        !matches!(self, Self::Tcp(_))
    }
}

/// Lets a task read about 512 KiB at a time: tokio counts reads, and 128 large ones of a flood keep a thread for long.
fn pace(cx: &mut Context<'_>, bytes: usize) {
    for _ in 0..bytes / 4096 {
        match poll_proceed(cx) {
            Poll::Ready(budget) => budget.made_progress(),
            Poll::Pending => return,
        }
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(tcp) => {
                let before = buffer.filled().len();
                let read = ready!(Pin::new(&mut *tcp.lock()).poll_read(cx, buffer));
                pace(cx, buffer.filled().len() - before);
                Poll::Ready(read)
            }
            #[cfg(feature = "rustls")]
            Self::Tls(tls) => Pin::new(tls).poll_read(cx, buffer),
        }
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(tcp) => Pin::new(&mut *tcp.lock()).poll_write(cx, bytes),
            #[cfg(feature = "rustls")]
            Self::Tls(tls) => Pin::new(tls).poll_write(cx, bytes),
        }
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        match self.get_mut() {
            Self::Tcp(tcp) => Pin::new(&mut *tcp.lock()).poll_write_vectored(cx, slices),
            #[cfg(feature = "rustls")]
            Self::Tls(tls) => Pin::new(tls).poll_write_vectored(cx, slices),
        }
    }

    fn is_write_vectored(&self) -> bool {
        match self {
            Self::Tcp(tcp) => tcp.lock().is_write_vectored(),
            #[cfg(feature = "rustls")]
            Self::Tls(tls) => tls.is_write_vectored(),
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(tcp) => Pin::new(&mut *tcp.lock()).poll_flush(cx),
            #[cfg(feature = "rustls")]
            Self::Tls(tls) => Pin::new(tls).poll_flush(cx),
        }
    }

    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        match self.get_mut() {
            Self::Tcp(tcp) => Pin::new(&mut *tcp.lock()).poll_shutdown(cx),
            #[cfg(feature = "rustls")]
            Self::Tls(tls) => Pin::new(tls).poll_shutdown(cx),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::io::Write;
    use std::net::TcpListener;

    use super::*;

    #[tokio::test]
    async fn a_flood_does_not_keep_the_thread() {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            let (mut flood, _) = listener.accept().unwrap();
            while flood.write_all(&[b'0'; 64 * 1024]).is_ok() {}
        });
        let mut stream = Stream::Tcp(Socket::new(TcpStream::connect(address).await.unwrap()));
        for _ in 0..20 {
            let mut bytes = vec![0; 64 * 1024];
            let read = poll_fn(|cx| {
                let mut read = 0;
                loop {
                    let mut buffer = ReadBuf::new(&mut bytes);
                    match Pin::new(&mut stream).poll_read(cx, &mut buffer) {
                        Poll::Ready(result) => result.unwrap(),
                        Poll::Pending if read == 0 => return Poll::Pending,
                        Poll::Pending => return Poll::Ready(read),
                    }
                    read += buffer.filled().len();
                }
            });
            let read = read.await;
            assert!(read <= 1024 * 1024, "{read}");
        }
    }
}
