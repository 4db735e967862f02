use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustls::ServerConfig;
use socket2::{Domain, Socket, Type};

use crate::peer::Peer;

/// The longest that anything may take: a transport that is not back by then has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Accepts connections until [`Server::finish`], each in a thread of its own.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    stop: Arc<Stop>,
    accepting: JoinHandle<Vec<Vec<u8>>>,
    /// A word each time a connection is where its request shall be given up.
    pub(crate) reached: Receiver<()>,
}

impl Server {
    /// `act` has a connection, which closes when it returns. `targets` are where redirects go.
    pub(crate) fn start(
        act: fn(&mut Peer),
        tls: Option<Arc<ServerConfig>>,
        targets: [String; 2],
    ) -> io::Result<Self> {
        Self::on(TcpListener::bind("127.0.0.1:0")?, act, tls, targets)
    }

    fn on(
        listener: TcpListener,
        act: fn(&mut Peer),
        tls: Option<Arc<ServerConfig>>,
        targets: [String; 2],
    ) -> io::Result<Self> {
        let address = listener.local_addr()?;
        let stop = Arc::new(Stop::default());
        let stopped = stop.clone();
        let (reach, reached) = mpsc::channel();
        let accepting = thread::spawn(move || {
            let mut peers = Vec::new();
            for stream in listener.incoming() {
                if stopped.is_set() {
                    break;
                }
                let peer = stream.and_then(|tcp| {
                    Peer::new(tcp, tls.as_ref(), stopped.clone(), reach.clone(), &targets)
                });
                peers.push(thread::spawn(move || {
                    peer.map_or_else(
                        |_| Vec::new(),
                        |mut peer| {
                            act(&mut peer);
                            peer.finish()
                        },
                    )
                }));
            }
            let received = peers.into_iter().map(JoinHandle::join);
            received.map(Result::unwrap_or_default).collect()
        });
        Ok(Self {
            address,
            stop,
            accepting,
            reached,
        })
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// What each connection received. The transport must be gone by now.
    pub(crate) fn finish(self) -> Vec<Vec<u8>> {
        self.stop.set();
        drop(TcpStream::connect(self.address));
        self.accepting.join().unwrap_or_default()
    }
}

/// A port on which nobody listens.
pub(crate) fn dead_port() -> io::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

/// A listener that accepts nobody and whose queue is full: connecting to it stalls.
#[derive(Debug)]
pub(crate) struct Backlog {
    listener: Socket,
    queue: Vec<TcpStream>,
}

impl Backlog {
    pub(crate) fn full() -> io::Result<Self> {
        let listener = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        listener.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())?;
        listener.listen(0)?;
        let mut full = Self {
            listener,
            queue: Vec::new(),
        };
        let address = SocketAddr::from(([127, 0, 0, 1], full.port()?));
        let moment = Duration::from_millis(100);
        while let Ok(waiting) = TcpStream::connect_timeout(&address, moment) {
            full.queue.push(waiting);
        }
        Ok(full)
    }

    pub(crate) fn port(&self) -> io::Result<u16> {
        let address = self.listener.local_addr()?.as_socket();
        Ok(address.map_or(0, |address| address.port()))
    }

    /// From now on there is room. Whoever filled the queue comes first, and says nothing.
    pub(crate) fn open(self, act: fn(&mut Peer)) -> io::Result<Server> {
        drop(self.queue);
        Server::on(self.listener.into(), act, None, Default::default())
    }
}

/// Says that a row is over.
#[derive(Debug, Default)]
pub(crate) struct Stop(Mutex<bool>, Condvar);

impl Stop {
    pub(crate) fn wait(&self) {
        let over = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        drop(self.1.wait_timeout_while(over, PATIENCE, |over| !*over));
    }

    fn set(&self) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.1.notify_all();
    }

    pub(crate) fn is_set(&self) -> bool {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
