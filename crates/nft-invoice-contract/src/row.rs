use std::fmt;
use std::ops::RangeInclusive;

use nft_invoice_transport::Delivery;

use crate::authority::Identity;
use crate::peer::Peer;
use crate::server::another_address;

/// A fault, and how a transport has to report it.
#[derive(Clone, Debug)]
pub struct Row {
    name: &'static str,
    pub(crate) scene: Scene,
    pub(crate) timeouts: Timeouts,
    pub(crate) must_stall: bool,
    pub(crate) identity: Identity,
    pub(crate) with_roots: bool,
    pub(crate) padding: usize,
    pub(crate) requests: RangeInclusive<usize>,
    pub(crate) private: bool,
    pub(crate) misleading: bool,
    allowed: &'static [Delivery],
    response: (u16, &'static [u8]),
}

impl Row {
    /// Returns the fault in a few words.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// Returns the deliveries that are correct: more than one where the outcome depends on timing, and none where
    /// the future is dropped, so that nothing is reported.
    #[must_use]
    pub fn allowed(&self) -> &'static [Delivery] {
        self.allowed
    }

    /// Returns the status and the body of the response, where there may be one.
    #[must_use]
    pub fn response(&self) -> Option<(u16, &'static [u8])> {
        let may_respond = self.allowed.contains(&Delivery::Responded);
        may_respond.then_some(self.response)
    }
}

/// The other end of the connection.
#[derive(Clone, Copy)]
pub(crate) enum Scene {
    /// A server, with TLS where the scheme is https.
    Serves(fn(&mut Peer)),
    /// A server without TLS, for faults in the handshake; https only.
    Handshake(fn(&mut Peer)),
    /// A server whose TLS is the subject; https only.
    Tls(fn(&mut Peer)),
    /// A server that receives these methods, one send each, with `reuse_connections` on.
    Sends(&'static [&'static str], fn(&mut Peer)),
    /// A server whose client drops the future, or the whole runtime, when the server stalls.
    Dropped(fn(&mut Peer), bool),
    /// The same in the TLS handshake; https only.
    DroppedInHandshake(fn(&mut Peer)),
    /// A client that drops the future while it connects to a listener whose queue is full; http only, and only on
    /// Linux, which shows that a client connects.
    DroppedConnecting,
    /// A client that takes the gate while the transport connects to a listener whose queue is full; only on Linux, for the
    /// same reason.
    CancelledConnecting,
    /// A closed port, with each of these methods.
    Refused(&'static [&'static str]),
    /// A host name that does not exist; https only, because http to another host is not tried.
    NoSuchName,
    /// A server under an address that plain http is not allowed to; http only.
    InsecureHost(fn(&mut Peer)),
    /// A listener whose queue is full.
    Backlog,
    /// A server at `localhost`, whose first address is that of a listener whose queue is full; only where
    /// `localhost` has two addresses.
    SilentAddress(fn(&mut Peer)),
}

impl Scene {
    /// Whether the scene applies to `https`, or to http if that is false.
    pub(crate) fn fits(self, https: bool) -> bool {
        match self {
            Self::Handshake(_) | Self::Tls(_) | Self::DroppedInHandshake(_) | Self::NoSuchName => {
                https
            }
            Self::InsecureHost(_) => !https,
            Self::DroppedConnecting => !https && cfg!(target_os = "linux"),
            Self::CancelledConnecting => cfg!(target_os = "linux"),
            Self::SilentAddress(_) => another_address().is_some(),
            _ => true,
        }
    }

    /// Whether the scene needs a future that can be dropped.
    pub(crate) fn drops(self) -> bool {
        matches!(
            self,
            Self::Dropped(..) | Self::DroppedInHandshake(_) | Self::DroppedConnecting
        )
    }
}

impl fmt::Debug for Scene {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Serves(_) => "Serves",
            Self::Handshake(_) => "Handshake",
            Self::Tls(_) => "Tls",
            Self::Sends(..) => "Sends",
            Self::Dropped(..) => "Dropped",
            Self::DroppedInHandshake(_) => "DroppedInHandshake",
            Self::DroppedConnecting => "DroppedConnecting",
            Self::CancelledConnecting => "CancelledConnecting",
            Self::Refused(_) => "Refused",
            Self::NoSuchName => "NoSuchName",
            Self::InsecureHost(_) => "InsecureHost",
            Self::Backlog => "Backlog",
            Self::SilentAddress(_) => "SilentAddress",
        })
    }
}

/// The timeouts of the row's transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Timeouts {
    /// Longer than the row can take.
    Long,
    /// A short total timeout, which is also the connect timeout.
    ShortTotal,
    /// A short connect timeout and a long total.
    ShortConnect,
}

// The vocabulary of the tables: the scene, then what is correct.
impl Row {
    pub(crate) fn new(name: &'static str, scene: Scene) -> Self {
        Self {
            name,
            scene,
            timeouts: Timeouts::Long,
            must_stall: false,
            identity: Identity::Valid,
            with_roots: true,
            padding: 0,
            requests: 0..=1,
            private: false,
            misleading: false,
            allowed: &[],
            response: (0, b""),
        }
    }

    pub(crate) fn serves(name: &'static str, act: fn(&mut Peer)) -> Self {
        Self::new(name, Scene::Serves(act))
    }

    pub(crate) fn not_sent(mut self) -> Self {
        self.allowed = &[Delivery::NotSent];
        self.never()
    }

    pub(crate) fn unknown(mut self) -> Self {
        self.allowed = &[Delivery::Unknown];
        self
    }

    pub(crate) fn no_response(mut self) -> Self {
        self.allowed = &[Delivery::NotSent, Delivery::Unknown];
        self
    }

    pub(crate) fn responded(mut self, status: u16, body: &'static [u8]) -> Self {
        self.allowed = &[Delivery::Responded];
        self.response = (status, body);
        self
    }

    pub(crate) fn or_unknown(mut self) -> Self {
        self.allowed = &[Delivery::Responded, Delivery::Unknown];
        self
    }

    /// The server reads exactly one request to its end.
    pub(crate) fn once(self) -> Self {
        self.times(1..=1)
    }

    /// The server sees neither the key nor the body.
    pub(crate) fn never(mut self) -> Self {
        self.private = true;
        self.times(0..=0)
    }

    pub(crate) fn times(mut self, requests: RangeInclusive<usize>) -> Self {
        self.requests = requests;
        self
    }

    pub(crate) fn timeouts(mut self, timeouts: Timeouts) -> Self {
        self.timeouts = timeouts;
        self
    }

    /// The row counts only if the server stalled before the send returned: it is repeated with a longer timeout
    /// until that is so.
    pub(crate) fn must_stall(mut self) -> Self {
        self.must_stall = true;
        self
    }

    pub(crate) fn identity(mut self, identity: Identity) -> Self {
        self.identity = identity;
        self
    }

    /// The transport's `root_certificates` are empty.
    pub(crate) fn without_roots(mut self) -> Self {
        self.with_roots = false;
        self
    }

    /// The request has framing headers that do not match its body.
    pub(crate) fn misleading(mut self) -> Self {
        self.misleading = true;
        self
    }

    /// Adds this many bytes to the request's body.
    pub(crate) fn padding(mut self, padding: usize) -> Self {
        self.padding = padding;
        self
    }
}
