use std::fmt;
use std::ops::RangeInclusive;

use nft_invoice_transport::Delivery;

use crate::authority::Identity;
use crate::peer::Peer;

/// A fault, and what a transport has to make of it.
#[derive(Clone, Debug)]
pub struct Row {
    name: &'static str,
    pub(crate) scene: Scene,
    pub(crate) pace: Pace,
    pub(crate) identity: Identity,
    pub(crate) trusts: bool,
    pub(crate) padding: usize,
    pub(crate) requests: RangeInclusive<usize>,
    pub(crate) private: bool,
    pub(crate) lies: bool,
    allowed: &'static [Delivery],
    answer: (u16, &'static [u8]),
}

impl Row {
    /// What happens, in a few words.
    #[must_use]
    pub fn name(&self) -> &'static str {
        self.name
    }

    /// The deliveries that are true: more than one where it depends on who is faster. Empty where the send
    /// is given up, so that nothing is reported.
    #[must_use]
    pub fn allowed(&self) -> &'static [Delivery] {
        self.allowed
    }

    /// The status and the body of the answer, where there may be one.
    #[must_use]
    pub fn answer(&self) -> Option<(u16, &'static [u8])> {
        let answered = self.allowed.contains(&Delivery::Responded);
        answered.then_some(self.answer)
    }
}

/// Who is at the other end.
#[derive(Clone, Copy)]
pub(crate) enum Scene {
    /// A server, inside of TLS where the scheme is https.
    Serves(fn(&mut Peer)),
    /// A server below TLS, which ends the handshake; https only.
    Handshake(fn(&mut Peer)),
    /// A server that is fine but for its TLS; https only.
    Tls(fn(&mut Peer)),
    /// A server that gets these methods, one send each, with connections kept for reads.
    Sends(&'static [&'static str], fn(&mut Peer)),
    /// A server whose client gives up when told so: the future alone, or the runtime.
    Dropped(fn(&mut Peer), bool),
    /// The same below TLS; https only.
    DroppedInHandshake(fn(&mut Peer)),
    /// A client that gives up while it connects to a listener that has no room yet; http only.
    DroppedConnecting,
    /// Nobody listens, whatever the method.
    Refused(&'static [&'static str]),
    /// No such name; https only, because http to another machine is not even tried.
    NoSuchName,
    /// A server under an address that is not known to be this machine's; http only.
    InTheClear(fn(&mut Peer)),
    /// A listener that accepts nobody.
    Backlog,
}

impl Scene {
    /// Whether this happens with `https` (or else http).
    pub(crate) fn fits(self, https: bool) -> bool {
        match self {
            Self::Handshake(_) | Self::Tls(_) | Self::DroppedInHandshake(_) | Self::NoSuchName => {
                https
            }
            Self::InTheClear(_) | Self::DroppedConnecting => !https,
            _ => true,
        }
    }

    /// Whether it takes a future that can be dropped.
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
            Self::Refused(_) => "Refused",
            Self::NoSuchName => "NoSuchName",
            Self::InTheClear(_) => "InTheClear",
            Self::Backlog => "Backlog",
        })
    }
}

/// Which timeouts the transport gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pace {
    /// More than enough.
    Patient,
    /// A short one in all, and the connect timeout no shorter than it must be.
    Hasty,
    /// A short one to connect, and more than enough in all.
    HastyToConnect,
}

// How the tables are written: who acts, then what is true of it.
impl Row {
    pub(crate) fn new(name: &'static str, scene: Scene) -> Self {
        Self {
            name,
            scene,
            pace: Pace::Patient,
            identity: Identity::Fine,
            trusts: true,
            padding: 0,
            requests: 0..=1,
            private: false,
            lies: false,
            allowed: &[],
            answer: (0, b""),
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

    pub(crate) fn not_answered(mut self) -> Self {
        self.allowed = &[Delivery::NotSent, Delivery::Unknown];
        self
    }

    pub(crate) fn answered(mut self, status: u16, body: &'static [u8]) -> Self {
        self.allowed = &[Delivery::Responded];
        self.answer = (status, body);
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

    pub(crate) fn pace(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    pub(crate) fn identity(mut self, identity: Identity) -> Self {
        self.identity = identity;
        self
    }

    /// The transport is not given the suite's authority.
    pub(crate) fn trusts_nobody(mut self) -> Self {
        self.trusts = false;
        self
    }

    /// The request that the transport is given has headers that are not true of its body.
    pub(crate) fn lies(mut self) -> Self {
        self.lies = true;
        self
    }

    pub(crate) fn padding(mut self, padding: usize) -> Self {
        self.padding = padding;
        self
    }
}
