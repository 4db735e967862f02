//! A client for plain HTTP/1.1, with a choice of bugs.

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
pub enum Bug {
    /// Sends again when there was no response.
    Retries,
    FollowsRedirects,
    /// Reports "closed without a response" as "not sent".
    ClosedIsNotSent,
    /// Reports every timeout as "not sent".
    TimeoutIsNotSent,
    /// Reports a timeout as "unknown", even before there is a connection.
    TimeoutIsUnknown,
    AcceptsTruncatedBodies,
    AcceptsAnySize,
    /// Returns other bytes for a compressed response.
    Decompresses,
    /// Keeps a connection for the next send, whatever that is.
    KeepsConnections,
    /// Uses the proxy of the environment.
    UsesTheEnvironment,
    /// Sends plain http to any host.
    AllowsPlainHttp,
    ShowsTheKey,
    /// Sends the body in chunks.
    SendsChunks,
    /// Passes the given framing headers on.
    PassesFramingOn,
}

#[derive(Debug)]
pub struct BuggyClient {
    config: TransportConfig,
    bug: Option<Bug>,
    kept: Mutex<Option<Wire>>,
}

impl BuggyClient {
    pub fn new(config: TransportConfig, bug: Option<Bug>) -> Self {
        Self {
            config,
            bug,
            kept: Mutex::default(),
        }
    }

    fn is(&self, bug: Bug) -> bool {
        self.bug == Some(bug)
    }

    fn attempt(&self, request: &Request) -> Result<Response, TransportError> {
        let kept = self.kept.lock().unwrap().take();
        let mut wire = match kept {
            Some(wire) => wire,
            None => self
                .connect(request.uri())
                .map_err(|error| self.failed(&error, true, request))?,
        };
        let mut response = wire
            .exchange(request)
            .map_err(|error| self.failed(&error, false, request))?;
        if self.is(Bug::Decompresses) && response.headers().contains_key("content-encoding") {
            *response.body_mut() = Vec::new().into();
        }
        if self.is(Bug::KeepsConnections) {
            *self.kept.lock().unwrap() = Some(wire);
        }
        Ok(response)
    }

    fn connect(&self, uri: &Uri) -> io::Result<Wire> {
        let uses = self.is(Bug::UsesTheEnvironment);
        let proxy = env::var("http_proxy").ok().filter(|_| uses);
        let to = proxy.map_or_else(|| uri.clone(), |proxy| proxy.parse().unwrap());
        let end = Instant::now() + self.config.timeout;
        let address = to
            .authority()
            .and_then(|to| to.as_str().to_socket_addrs().ok()?.find(|a| a.is_ipv4()))
            .ok_or(ErrorKind::NotFound)?;
        let tcp = TcpStream::connect_timeout(&address, self.config.connect_timeout())?;
        let mut wire = Wire::new(tcp, end);
        wire.accepts_truncated = self.is(Bug::AcceptsTruncatedBodies);
        wire.chunks = self.is(Bug::SendsChunks);
        wire.accepts_any_size = self.is(Bug::AcceptsAnySize);
        Ok(wire)
    }

    fn failed(&self, error: &io::Error, connecting: bool, request: &Request) -> TransportError {
        let timed_out = matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut);
        let closed = matches!(
            error.kind(),
            ErrorKind::UnexpectedEof | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe
        );
        let not_sent = connecting && !(timed_out && self.is(Bug::TimeoutIsUnknown))
            || closed && self.is(Bug::ClosedIsNotSent)
            || timed_out && self.is(Bug::TimeoutIsNotSent);
        let text = if self.is(Bug::ShowsTheKey) {
            format!("{error}: {:?}", request.headers())
        } else {
            error.to_string()
        };
        if not_sent {
            TransportError::not_sent(text)
        } else {
            TransportError::unknown(text)
        }
    }
}

impl BlockingTransport for BuggyClient {
    fn send(&self, mut request: Request) -> Result<Response, TransportError> {
        if !self.is(Bug::AllowsPlainHttp) {
            check_uri(request.uri(), &self.config.insecure_hosts)?;
        }
        if !self.is(Bug::PassesFramingOn) {
            for framing in [CONTENT_LENGTH, TRANSFER_ENCODING, EXPECT] {
                request.headers_mut().remove(framing);
            }
        }
        let mut response = self.attempt(&request);
        if response.is_err() && self.is(Bug::Retries) {
            response = self.attempt(&request);
        }
        for _ in 0..3 {
            let Ok(Some(location)) = response.as_ref().map(|a| a.headers().get("location")) else {
                break;
            };
            if !self.is(Bug::FollowsRedirects) {
                break;
            }
            let location: Uri = location.to_str().unwrap().parse().unwrap();
            let mut parts = location.into_parts();
            parts.scheme = request.uri().scheme().cloned();
            parts.authority = parts.authority.or(request.uri().authority().cloned());
            *request.uri_mut() = Uri::from_parts(parts).unwrap();
            response = self.attempt(&request);
        }
        response
    }
}
