//! Plain HTTP/1.1 on std, with mistakes to choose from.

mod detached;
mod wire;

use std::env;
use std::io::{self, ErrorKind};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::Mutex;
use std::time::Instant;

pub use detached::Detached;
use http::Uri;
use http::header::{CONTENT_LENGTH, EXPECT, TRANSFER_ENCODING};
use nft_invoice_transport::{
    BlockingTransport, Request, Response, TransportConfig, TransportError, check_uri,
};
use wire::Wire;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistake {
    /// Sends again when there was no answer.
    Retries,
    FollowsRedirects,
    /// Takes "closed without an answer" for "not sent".
    ClosedIsNotSent,
    /// Takes a timeout for "not sent", whenever it comes.
    TimeoutIsNotSent,
    /// Takes a timeout for "unknown", even before there is a connection.
    TimeoutIsUnknown,
    AcceptsHalfAnAnswer,
    AcceptsAnySize,
    /// Gives other bytes for what came packed.
    Unpacks,
    /// Keeps a connection for the next send, whatever that is.
    KeepsConnections,
    HeedsTheEnvironment,
    /// Speaks plain http to anybody.
    SpeaksInTheClear,
    ShowsTheKey,
    /// Sends a body in chunks.
    Chunks,
    /// Passes on what a request claims about its framing.
    TrustsTheFraming,
}

#[derive(Debug)]
pub struct Careless {
    settings: TransportConfig,
    mistake: Option<Mistake>,
    kept: Mutex<Option<Wire>>,
}

impl Careless {
    pub fn new(settings: TransportConfig, mistake: Option<Mistake>) -> Self {
        Self {
            settings,
            mistake,
            kept: Mutex::default(),
        }
    }

    fn is(&self, mistake: Mistake) -> bool {
        self.mistake == Some(mistake)
    }

    fn attempt(&self, request: &Request) -> Result<Response, TransportError> {
        let kept = self.kept.lock().unwrap().take();
        let mut wire = match kept {
            Some(wire) => wire,
            None => self
                .connect(request.uri())
                .map_err(|error| self.failed(&error, true, request))?,
        };
        let mut answer = wire
            .exchange(request)
            .map_err(|error| self.failed(&error, false, request))?;
        if self.is(Mistake::Unpacks) && answer.headers().contains_key("content-encoding") {
            *answer.body_mut() = Vec::new().into();
        }
        if self.is(Mistake::KeepsConnections) {
            *self.kept.lock().unwrap() = Some(wire);
        }
        Ok(answer)
    }

    fn connect(&self, uri: &Uri) -> io::Result<Wire> {
        let heeds = self.is(Mistake::HeedsTheEnvironment);
        let proxy = env::var("http_proxy").ok().filter(|_| heeds);
        let to = proxy.map_or_else(|| uri.clone(), |proxy| proxy.parse().unwrap());
        let end = Instant::now() + self.settings.timeout;
        let address = to
            .authority()
            .and_then(|to| to.as_str().to_socket_addrs().ok()?.find(|a| a.is_ipv4()))
            .ok_or(ErrorKind::NotFound)?;
        let tcp = TcpStream::connect_timeout(&address, self.settings.connect_timeout())?;
        let mut wire = Wire::new(tcp, end);
        wire.accepts_half = self.is(Mistake::AcceptsHalfAnAnswer);
        wire.chunks = self.is(Mistake::Chunks);
        wire.accepts_any_size = self.is(Mistake::AcceptsAnySize);
        Ok(wire)
    }

    fn failed(&self, error: &io::Error, connecting: bool, request: &Request) -> TransportError {
        let timed_out = matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut);
        let closed = matches!(
            error.kind(),
            ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe
        );
        let not_sent = connecting && !(timed_out && self.is(Mistake::TimeoutIsUnknown))
            || closed && self.is(Mistake::ClosedIsNotSent)
            || timed_out && self.is(Mistake::TimeoutIsNotSent);
        let told = if self.is(Mistake::ShowsTheKey) {
            format!("{error}: {:?}", request.headers())
        } else {
            error.to_string()
        };
        if not_sent {
            TransportError::not_sent(told)
        } else {
            TransportError::unknown(told)
        }
    }
}

impl BlockingTransport for Careless {
    fn send(&self, mut request: Request) -> Result<Response, TransportError> {
        if !self.is(Mistake::SpeaksInTheClear) {
            check_uri(request.uri(), &self.settings.insecure_hosts)?;
        }
        if !self.is(Mistake::TrustsTheFraming) {
            for framing in [CONTENT_LENGTH, TRANSFER_ENCODING, EXPECT] {
                request.headers_mut().remove(framing);
            }
        }
        let mut answer = self.attempt(&request);
        if answer.is_err() && self.is(Mistake::Retries) {
            answer = self.attempt(&request);
        }
        for _ in 0..3 {
            let Ok(Some(location)) = answer.as_ref().map(|a| a.headers().get("location")) else {
                break;
            };
            if !self.is(Mistake::FollowsRedirects) {
                break;
            }
            let location: Uri = location.to_str().unwrap().parse().unwrap();
            let mut parts = location.into_parts();
            parts.scheme = request.uri().scheme().cloned();
            parts.authority = parts.authority.or(request.uri().authority().cloned());
            *request.uri_mut() = Uri::from_parts(parts).unwrap();
            answer = self.attempt(&request);
        }
        answer
    }
}
