use std::io;
use std::sync::Arc;
use std::time::Duration;

use nft_invoice_transport::{Request, SendGate, TransportConfig};

use crate::authority::Authority;
use crate::judge::{Evidence, expected, judge};
use crate::peer::Peer;
use crate::report::Line;
use crate::row::{Pace, Row, Scene};
use crate::rows::OK;
use crate::server::{Backlog, Server, dead_port};
use crate::subject::{Sent, Subject};
use crate::traffic;

const SECOND: Duration = Duration::from_secs(1);
const MOMENT: Duration = Duration::from_millis(300);

/// How the suite gets a new transport for each row.
pub(crate) type Make<'a> = &'a dyn Fn(TransportConfig) -> Subject;

/// Puts one transport through one row.
pub(crate) fn run(row: &Row, https: bool, authority: &Authority, make: Make<'_>) -> Line {
    let trial = Trial {
        row,
        https,
        authority,
        make,
    };
    let (seen, problems) = match trial.evidence() {
        Ok(evidence) => (evidence.to_string(), judge(row, &evidence)),
        Err(error) => {
            let told = format!("the suite could not serve this row: {error}");
            (String::new(), vec![told])
        }
    };
    Line {
        name: row.name(),
        scheme: trial.scheme(),
        expected: expected(row),
        seen,
        problems,
    }
}

struct Trial<'a> {
    row: &'a Row,
    https: bool,
    authority: &'a Authority,
    make: Make<'a>,
}

impl Trial<'_> {
    fn evidence(&self) -> io::Result<Evidence> {
        let below_tls = !self.https;
        match self.row.scene {
            Scene::Serves(act) | Scene::Tls(act) => self.served(act, below_tls, &["POST"]),
            Scene::Sends(methods, act) => self.served(act, below_tls, methods),
            Scene::Handshake(act) => self.served(act, true, &["POST"]),
            Scene::InTheClear(act) => self.served(act, true, &["POST"]),
            Scene::Dropped(act, shut_down) => self.dropped(act, below_tls, shut_down),
            Scene::DroppedInHandshake(act) => self.dropped(act, true, false),
            Scene::DroppedConnecting => self.dropped_connecting(),
            Scene::Refused(methods) => {
                let url = self.url(self.host(), dead_port()?);
                Ok(self.alone(&url, methods))
            }
            Scene::NoSuchName => Ok(self.alone("https://gateway.invalid/create", &["POST"])),
            Scene::Backlog => {
                let backlog = Backlog::full()?;
                Ok(self.alone(&self.url(self.host(), backlog.port()?), &["POST"]))
            }
        }
    }

    /// Without a server.
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

    /// With a server, and with another one that nobody may talk to.
    fn served(
        &self,
        act: fn(&mut Peer),
        plain: bool,
        methods: &'static [&'static str],
    ) -> io::Result<Evidence> {
        let answers: fn(&mut Peer) = |peer| while peer.reply(OK) {};
        let elsewhere = self.start(answers, !self.https, Default::default())?;
        let other = if self.https { "127.0.0.1" } else { "localhost" };
        let targets = [
            self.url(other, elsewhere.port()),
            self.url(other, dead_port()?),
        ];
        let server = self.start(act, plain, targets)?;
        let url = self.url(self.host(), server.port());
        let subject = self.subject();
        let reports = self.sends(&subject, &url, methods);
        drop(subject);
        Ok(Evidence {
            reports,
            methods,
            received: server.finish(),
            elsewhere: elsewhere.finish(),
            ..Evidence::default()
        })
    }

    fn dropped(&self, act: fn(&mut Peer), plain: bool, shut_down: bool) -> io::Result<Evidence> {
        let server = self.start(act, plain, Default::default())?;
        let url = self.url(self.host(), server.port());
        let (request, gate) = self.gated(&url);
        if let Some(subject) = Arc::into_inner(self.subject()) {
            subject.give_up(request, &server.reached, shut_down);
        }
        Ok(Evidence {
            methods: &["POST"],
            stayed: gate.take(),
            received: server.finish(),
            ..Evidence::default()
        })
    }

    fn dropped_connecting(&self) -> io::Result<Evidence> {
        let backlog = Backlog::full()?;
        let (request, gate) = self.gated(&self.url(self.host(), backlog.port()?));
        let subject = self.subject();
        subject.give_up_after(MOMENT, request);
        let server = backlog.open(|peer| {
            if peer.request() {
                peer.until_dropped();
            }
        })?;
        // A connection that found no room is tried again after a second, if anybody still wants it.
        let _ = server.reached.recv_timeout(2 * SECOND);
        drop(subject);
        let mut received = server.finish();
        received.retain(|bytes| !bytes.is_empty());
        Ok(Evidence {
            methods: &["POST"],
            stayed: gate.take(),
            received,
            ..Evidence::default()
        })
    }

    /// A create, and a gate that says whether it stayed.
    fn gated(&self, url: &str) -> (Request, SendGate) {
        let mut request = self.request("POST", url, 0);
        let gate = SendGate::default();
        request.extensions_mut().insert(gate.clone());
        (request, gate)
    }

    fn subject(&self) -> Arc<Subject> {
        let (connect_timeout, timeout) = match self.row.pace {
            Pace::Patient => (14 * SECOND, 15 * SECOND),
            Pace::Hasty => (MOMENT - Duration::from_millis(1), MOMENT),
            Pace::HastyToConnect => (MOMENT, 3600 * SECOND),
        };
        Arc::new((self.make)(TransportConfig {
            timeout,
            connect_timeout: Some(connect_timeout),
            root_certificates: self
                .row
                .trusts
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
        if self.row.lies {
            traffic::lie(&mut request);
        }
        request
    }

    fn url(&self, host: &str, port: u16) -> String {
        format!("{}://{host}:{port}/create", self.scheme())
    }

    fn host(&self) -> &'static str {
        match self.row.scene {
            // Reaches this machine, and nothing says that it must.
            Scene::InTheClear(_) => "0.0.0.0",
            _ if self.https => "localhost",
            _ => "127.0.0.1",
        }
    }

    fn scheme(&self) -> &'static str {
        if self.https { "https" } else { "http" }
    }
}
