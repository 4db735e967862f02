use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use nft_invoice_transport::{Request, SendGate, TransportConfig};

use crate::authority::Authority;
use crate::peer::Peer;
use crate::report::Line;
use crate::row::{Row, Scene, Timeouts};
use crate::rows::OK;
use crate::server::{Backlog, ClosedPort, PATIENCE, Server, another_address};
use crate::subject::{Sent, Subject};
use crate::traffic;
use crate::verdict::{Evidence, carries_a_request, expected, problems};

const SECOND: Duration = Duration::from_secs(1);
/// A short timeout: each row that waits for it to expire takes this long.
const SHORT: Duration = Duration::from_millis(300);
/// How often a row whose timeout came too early is repeated, each time with four times the timeout.
const REPEATS: u32 = 3;

/// Makes the transport of a row.
pub(crate) type Make<'a> = &'a dyn Fn(TransportConfig) -> Subject;

/// Tests one row.
pub(crate) fn run(
    row: &Row,
    https: bool,
    opens_ahead: bool,
    authority: &Authority,
    make: Make<'_>,
) -> Line {
    let start = Instant::now();
    let mut trial = Trial {
        row,
        https,
        authority,
        make,
        short: SHORT,
    };
    let (seen, problems) = match trial.conclusive_evidence() {
        Ok(mut evidence) => {
            if opens_ahead {
                evidence
                    .received
                    .retain(|received| carries_a_request(received));
            }
            (evidence.to_string(), problems(row, &evidence))
        }
        Err(error) => {
            let failure = format!("the suite could not serve this row: {error}");
            (String::new(), vec![failure])
        }
    };
    Line {
        name: row.name(),
        scheme: trial.scheme(),
        expected: expected(row),
        seen,
        took: start.elapsed(),
        problems,
    }
}

struct Trial<'a> {
    row: &'a Row,
    https: bool,
    authority: &'a Authority,
    make: Make<'a>,
    short: Duration,
}

impl Trial<'_> {
    /// Runs the row until its fault occurred: on a busy machine a short timeout may expire before the server stalls.
    fn conclusive_evidence(&mut self) -> io::Result<Evidence> {
        for _ in 0..REPEATS {
            let evidence = self.evidence()?;
            if evidence.stalled || !self.row.must_stall {
                return Ok(evidence);
            }
            self.short *= 4;
        }
        self.evidence()
    }

    fn evidence(&self) -> io::Result<Evidence> {
        let plain = !self.https;
        match self.row.scene {
            Scene::Serves(act) | Scene::Tls(act) => self.served(act, plain, &["POST"]),
            Scene::Sends(methods, act) => self.served(act, plain, methods),
            Scene::Handshake(act) => self.served(act, true, &["POST"]),
            Scene::InsecureHost(act) => self.served(act, true, &["POST"]),
            Scene::Dropped(act, shut_down) => self.dropped(act, plain, shut_down),
            Scene::DroppedInHandshake(act) => self.dropped(act, true, false),
            Scene::DroppedConnecting => self.dropped_connecting(),
            Scene::CancelledConnecting => self.cancelled_connecting(),
            Scene::Refused(methods) => {
                let closed = ClosedPort::new()?;
                Ok(self.alone(&self.url(self.host(), closed.port()?), methods))
            }
            Scene::NoSuchName => Ok(self.alone("https://gateway.invalid/create", &["POST"])),
            Scene::Backlog => {
                let backlog = Backlog::full()?;
                Ok(self.alone(&self.url(self.host(), backlog.port()?), &["POST"]))
            }
            Scene::SilentAddress(act) => self.beside_a_silent_address(act),
        }
    }

    /// Sends without a server.
    fn alone(&self, url: &str, methods: &'static [&'static str]) -> Evidence {
        Evidence {
            reports: self.sends(&self.subject(), url, methods),
            methods,
            ..Evidence::default()
        }
    }

    fn sends(
        &self,
        subject: &Arc<Subject>,
        url: &str,
        methods: &[&str],
    ) -> Vec<Result<Sent, String>> {
        let numbered = methods.iter().enumerate();
        numbered
            .map(|(n, method)| subject.send(self.request(method, url, n)))
            .collect()
    }

    /// Sends to a server, with another one that redirects point to.
    fn served(
        &self,
        act: fn(&mut Peer),
        plain: bool,
        methods: &'static [&'static str],
    ) -> io::Result<Evidence> {
        let responds: fn(&mut Peer) = |peer| while peer.reply(OK) {};
        let elsewhere = self.start(responds, !self.https, Default::default())?;
        let nowhere = ClosedPort::new()?;
        let other = if self.https { "127.0.0.1" } else { "localhost" };
        let targets = [
            self.url(other, elsewhere.port()),
            self.url(other, nowhere.port()?),
        ];
        let server = self.start(act, plain, targets)?;
        let url = self.url(self.host(), server.port());
        let subject = self.subject();
        let reports = self.sends(&subject, &url, methods);
        let stalled = server.stalled.try_recv().is_ok();
        drop(subject);
        Ok(Evidence {
            reports,
            methods,
            stalled,
            received: server.finish()?,
            elsewhere: elsewhere.finish()?,
            ..Evidence::default()
        })
    }

    fn beside_a_silent_address(&self, act: fn(&mut Peer)) -> io::Result<Evidence> {
        let first = another_address().ok_or(io::ErrorKind::AddrNotAvailable)?;
        let server = self.start(act, !self.https, Default::default())?;
        let _silent = Backlog::full_at(SocketAddr::new(first, server.port()))?;
        let url = self.url("localhost", server.port());
        let evidence = self.alone(&url, &["POST"]);
        Ok(Evidence {
            received: server.finish()?,
            ..evidence
        })
    }

    fn dropped(&self, act: fn(&mut Peer), plain: bool, shut_down: bool) -> io::Result<Evidence> {
        let server = self.start(act, plain, Default::default())?;
        let url = self.url(self.host(), server.port());
        let (request, gate) = self.gated(&url);
        let subject = self.subject();
        let stalled = || {
            let _ = server.stalled.recv_timeout(PATIENCE);
        };
        subject.send_until(stalled, request, shut_down);
        drop(subject);
        Ok(Evidence {
            methods: &["POST"],
            proven_not_sent: gate.take(),
            received: server.finish()?,
            ..Evidence::default()
        })
    }

    fn dropped_connecting(&self) -> io::Result<Evidence> {
        let backlog = Backlog::full()?;
        let (request, gate) = self.gated(&self.url(self.host(), backlog.port()?));
        let subject = self.subject();
        subject.send_until(|| backlog.wait_for_client(), request, false);
        let server = backlog.open(|peer| {
            if peer.request() {
                peer.stall();
            }
        })?;
        // A transport that breaks the contract still connects.
        server.wait_for_clients();
        drop(subject);
        let mut received = server.finish()?;
        received.retain(|bytes| !bytes.is_empty());
        Ok(Evidence {
            methods: &["POST"],
            proven_not_sent: gate.take(),
            received,
            ..Evidence::default()
        })
    }

    fn cancelled_connecting(&self) -> io::Result<Evidence> {
        let backlog = Backlog::full()?;
        let (request, gate) = self.gated(&self.url(self.host(), backlog.port()?));
        let subject = self.subject();
        let report = thread::scope(|scope| {
            scope.spawn(|| {
                backlog.wait_for_client();
                // A transport without gates, or one that has given up by now, fails as without a cancellation.
                let _ = gate.take();
            });
            subject.send(request)
        });
        Ok(Evidence {
            reports: vec![report],
            methods: &["POST"],
            ..Evidence::default()
        })
    }

    /// A create, and its send gate.
    fn gated(&self, url: &str) -> (Request, SendGate) {
        let mut request = self.request("POST", url, 0);
        let gate = SendGate::default();
        request.extensions_mut().insert(gate.clone());
        (request, gate)
    }

    fn subject(&self) -> Arc<Subject> {
        let (connect_timeout, timeout) = match self.row.timeouts {
            Timeouts::Long => (30 * SECOND, 30 * SECOND),
            Timeouts::ShortTotal => (self.short, self.short),
            Timeouts::ShortConnect => (self.short, 3600 * SECOND),
        };
        Arc::new((self.make)(TransportConfig {
            timeout,
            connect_timeout: Some(connect_timeout),
            root_certificates: self
                .row
                .with_roots
                .then(|| self.authority.root())
                .into_iter()
                .collect(),
            reuse_connections: matches!(self.row.scene, Scene::Sends(..)),
            ..TransportConfig::default()
        }))
    }

    fn start(&self, act: fn(&mut Peer), plain: bool, targets: [String; 2]) -> io::Result<Server> {
        let tls = (!plain).then(|| self.authority.server(self.row.identity));
        Server::start(act, tls, targets)
    }

    fn request(&self, method: &str, url: &str, number: usize) -> Request {
        let url = format!("{url}/{number}");
        let mut request = traffic::request(method, &url, self.row.padding);
        if self.row.misleading {
            traffic::mislead(&mut request);
        }
        request
    }

    fn url(&self, host: &str, port: u16) -> String {
        format!("{}://{host}:{port}/create", self.scheme())
    }

    fn host(&self) -> &'static str {
        match self.row.scene {
            // Reaches this machine, but is not a loopback address.
            Scene::InsecureHost(_) => "0.0.0.0",
            _ if self.https => "localhost",
            _ => "127.0.0.1",
        }
    }

    fn scheme(&self) -> &'static str {
        if self.https { "https" } else { "http" }
    }
}
