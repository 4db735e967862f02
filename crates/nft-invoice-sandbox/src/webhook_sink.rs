use std::collections::VecDeque;
use std::fmt;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

/// A receiver of callbacks for tests, on a free port of this machine. It keeps what it gets and answers what it is
/// told to: 200, unless a script says otherwise. It stops when it is dropped.
#[derive(Debug)]
pub struct WebhookSink {
    address: SocketAddr,
    shared: Arc<Mutex<Shared>>,
    thread: Option<JoinHandle<()>>,
}

/// A callback as it came.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Received {
    /// The path and the query.
    pub target: String,
    /// Names in lower case, in the order in which they came.
    pub headers: Vec<(String, String)>,
    /// The body, byte for byte.
    pub body: Vec<u8>,
}

/// What a [`WebhookSink`] does with a callback.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SinkAnswer {
    /// This HTTP status.
    Status(u16),
    /// This HTTP status with `Retry-After`, in seconds.
    RetryAfter(u16, u64),
    /// 302 to this URL.
    Redirect(String),
    /// Closes without a byte.
    Close,
}

#[derive(Debug, Default)]
struct Shared {
    received: Vec<Received>,
    script: VecDeque<SinkAnswer>,
    always: Option<SinkAnswer>,
    stopped: bool,
}

impl WebhookSink {
    /// Starts one.
    ///
    /// # Errors
    ///
    /// When the system gives no port or no thread.
    pub fn start() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Mutex::new(Shared::default()));
        let served = Arc::clone(&shared);
        let name = "webhook-sink".to_owned();
        let serve = move || {
            for stream in listener.incoming() {
                if lock(&served).stopped {
                    return;
                }
                // A broken connection is the sender's failure, and it knows.
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

    /// Where to send callbacks.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/callback", self.address)
    }

    /// What the next callbacks get, one each; after them 200 again, or what [`always`](Self::always) says.
    pub fn answer(&self, answers: impl IntoIterator<Item = SinkAnswer>) {
        lock(&self.shared).script.extend(answers);
    }

    /// What every callback gets that is not scripted.
    pub fn always(&self, answer: SinkAnswer) {
        lock(&self.shared).always = Some(answer);
    }

    /// Everything that came, oldest first.
    #[must_use]
    pub fn received(&self) -> Vec<Received> {
        lock(&self.shared).received.clone()
    }
}

impl Received {
    /// The first header with this name, in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let mut named = self.headers.iter().filter(|(key, _)| key == name);
        named.next().map(|(_, value)| &**value)
    }

    /// `X-Signature`, or nothing.
    #[must_use]
    pub fn signature(&self) -> &str {
        self.header("x-signature").unwrap_or_default()
    }
}

impl fmt::Debug for Received {
    /// Without the body, which holds what the merchant sent.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Received")
            .field("target", &self.target)
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish_non_exhaustive()
    }
}

impl Drop for WebhookSink {
    fn drop(&mut self) {
        lock(&self.shared).stopped = true;
        // Only so that the thread looks.
        let _ = TcpStream::connect(self.address);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// A sender that stops in the middle may not hold up those after it for ever.
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
    let answer = {
        let mut shared = lock(shared);
        shared.received.push(Received {
            target: target.unwrap_or_default().to_owned(),
            headers,
            body,
        });
        let scripted = shared.script.pop_front();
        scripted.or_else(|| shared.always.clone())
    };
    let (status, header) = match answer {
        None => (200, String::new()),
        Some(SinkAnswer::Status(status)) => (status, String::new()),
        Some(SinkAnswer::RetryAfter(status, seconds)) => {
            (status, format!("Retry-After: {seconds}\r\n"))
        }
        Some(SinkAnswer::Redirect(url)) => (302, format!("Location: {url}\r\n")),
        Some(SinkAnswer::Close) => return Ok(()),
    };
    let rest = "Content-Length: 0\r\nConnection: close\r\n\r\n";
    (&stream).write_all(format!("HTTP/1.1 {status} Scripted\r\n{header}{rest}").as_bytes())
}

fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}
