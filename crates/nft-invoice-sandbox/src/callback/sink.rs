use std::collections::VecDeque;
use std::fmt;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// A callback receiver for tests, on a free port of 127.0.0.1. It records every callback and responds with 200 or as
/// scripted. It stops when it is dropped.
#[derive(Debug)]
pub struct CallbackSink {
    address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
    thread: Option<JoinHandle<()>>,
}

/// A received callback.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ReceivedCallback {
    /// The path and the query.
    pub target: String,
    /// The headers in the order received, with names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, byte for byte.
    pub body: Vec<u8>,
}

/// A response of a [`CallbackSink`].
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SinkResponse {
    /// This HTTP status.
    Status(u16),
    /// This HTTP status with `Retry-After`, in seconds.
    RetryAfter(u16, u64),
    /// 302 to this URL.
    Redirect(String),
    /// Closes the connection without a response.
    Close,
}

#[derive(Debug, Default)]
struct Shared {
    received: Vec<ReceivedCallback>,
    script: VecDeque<SinkResponse>,
    always: Option<SinkResponse>,
    stopped: bool,
}

impl CallbackSink {
    /// Starts a receiver.
    ///
    /// # Errors
    ///
    /// Returns an error if no port or thread is available.
    pub fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Mutex::new(Shared::default()));
        let served = Arc::clone(&shared);
        let name = "callback-sink".to_owned();
        let serve = move || {
            for stream in listener.incoming() {
                if lock(&served).stopped {
                    return;
                }
                // A broken connection is reported by the sender.
                let _ = stream.and_then(|stream| receive(stream, &served));
            }
        };
        let thread = thread::Builder::new().name(name).spawn(serve)?;
        Ok(Self {
            address,
            shared,
            thread: Some(thread),
        })
    }

    /// Returns the URL to send callbacks to.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/callback", self.address)
    }

    /// Queues responses for the next callbacks, one each. Afterwards the default response applies.
    pub fn next_responses(&self, responses: impl IntoIterator<Item = SinkResponse>) {
        lock(&self.shared).script.extend(responses);
    }

    /// Sets the response to callbacks without a queued one. Default: 200.
    pub fn default_response(&self, response: SinkResponse) {
        lock(&self.shared).always = Some(response);
    }

    /// Returns the received callbacks, oldest first.
    #[must_use]
    pub fn received(&self) -> Vec<ReceivedCallback> {
        lock(&self.shared).received.clone()
    }
}

impl ReceivedCallback {
    /// Returns the first header with this lower-case name.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut named = self.headers.iter().filter(|(key, _)| key == name);
        named.next().map(|(_, value)| &**value)
    }

    /// Returns the `X-Signature` header, or an empty string.
    #[must_use]
    pub fn signature(&self) -> &str {
        self.header("x-signature").unwrap_or_default()
    }
}

impl fmt::Debug for ReceivedCallback {
    /// Omits the body, which contains the merchant's data.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReceivedCallback")
            .field("target", &self.target)
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish_non_exhaustive()
    }
}

impl Drop for CallbackSink {
    fn drop(&mut self) {
        lock(&self.shared).stopped = true;
        // Wakes the thread up, so that it sees the flag.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The read timeout, so that a stalled sender does not block the next ones.
const PATIENCE: Duration = Duration::from_secs(5);
const LIMIT: usize = 1024 * 1024;

fn receive(stream: TcpStream, shared: &Mutex<Shared>) -> io::Result<()> {
    stream.set_read_timeout(Some(PATIENCE))?;
    let mut reader = BufReader::new(&stream);
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        if reader.by_ref().take(16 * 1024).read_line(&mut line)? == 0 {
            return Ok(());
        }
        match line.trim_end() {
            "" => break,
            text => lines.push(text.to_owned()),
        }
    }
    let headers = lines.iter().skip(1).filter_map(|line| line.split_once(':'));
    let headers: Vec<_> = headers
        .map(|(name, value)| (name.to_lowercase(), value.trim().to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let length = length.and_then(|(_, value)| value.parse().ok());
    let mut body = vec![0; usize::min(length.unwrap_or(0), LIMIT)];
    reader.read_exact(&mut body)?;
    let target = lines.first().and_then(|line| line.split(' ').nth(1));
    let response = {
        let mut shared = lock(shared);
        shared.received.push(ReceivedCallback {
            target: target.unwrap_or_default().to_owned(),
            headers,
            body,
        });
        let scripted = shared.script.pop_front();
        scripted.or_else(|| shared.always.clone())
    };
    let (status, header) = match response {
        None => (200, String::new()),
        Some(SinkResponse::Status(status)) => (status, String::new()),
        Some(SinkResponse::RetryAfter(status, seconds)) => {
            (status, format!("Retry-After: {seconds}\r\n"))
        }
        Some(SinkResponse::Redirect(url)) => (302, format!("Location: {url}\r\n")),
        Some(SinkResponse::Close) => return Ok(()),
    };
    let rest = "Content-Length: 0\r\nConnection: close\r\n\r\n";
    (&stream).write_all(format!("HTTP/1.1 {status} Scripted\r\n{header}{rest}").as_bytes())
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
