use std::fs;
use std::io;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream, ToSocketAddrs};
use std::sync::mpsc::{self, Receiver};
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustls::ServerConfig;
use socket2::{Domain, Socket, Type};

use crate::peer::Peer;

/// The limit for a single step, longer than any timeout that must end it: a send that takes longer has failed.
pub(crate) const PATIENCE: Duration = Duration::from_secs(40);

/// Accepts connections until [`Server::finish`], each in a thread of its own.
#[derive(Debug)]
pub(crate) struct Server {
    address: SocketAddr,
    stop: Arc<Stop>,
    /// The address of the last connection, which is not a client's.
    last: Arc<OnceLock<SocketAddr>>,
    accepting: JoinHandle<Vec<Vec<u8>>>,
    /// Receives a message for each connection that has [stalled](Peer::stall).
    pub(crate) stalled: Receiver<()>,
}

impl Server {
    /// Runs `act` on each connection, which closes when it returns. `targets` are where redirects point.
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
        let last = Arc::new(OnceLock::new());
        let is_last = last.clone();
        let (stall, stalled) = mpsc::channel();
        let accepting = thread::spawn(move || {
            let mut peers = Vec::new();
            for stream in listener.incoming() {
                let from = stream.as_ref().ok().and_then(|tcp| tcp.peer_addr().ok());
                if from.is_some() && from.as_ref() == is_last.get() {
                    break;
                }
                let peer = stream.and_then(|tcp| {
                    Peer::new(tcp, tls.as_ref(), stopped.clone(), stall.clone(), &targets)
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
            last,
            accepting,
            stalled,
        })
    }

    pub(crate) fn port(&self) -> u16 {
        self.address.port()
    }

    /// Waits until a connection has stalled, or no client is left that connects or has connected.
    pub(crate) fn wait_for_clients(&self) {
        wait_until(|| {
            self.stalled.try_recv().is_ok() || !has_client(self.port(), &[ESTABLISHED, SYN_SENT])
        });
    }

    /// Serves the connections that are still queued, and returns what each one received.
    ///
    /// The transport must be dropped by now.
    pub(crate) fn finish(self) -> io::Result<Vec<Vec<u8>>> {
        self.stop.set();
        // Connections are accepted in order, so this one comes after all clients.
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())?;
        if let Some(address) = socket.local_addr()?.as_socket() {
            let _ = self.last.set(address);
        }
        socket.connect(&self.address.into())?;
        Ok(self.accepting.join().unwrap_or_default())
    }
}

/// A port that refuses connections: it is bound, so that no other program takes it, and nobody listens.
#[derive(Debug)]
pub(crate) struct ClosedPort(Socket);

impl ClosedPort {
    pub(crate) fn new() -> io::Result<Self> {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None)?;
        socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into())?;
        Ok(Self(socket))
    }

    pub(crate) fn port(&self) -> io::Result<u16> {
        port(&self.0)
    }
}

fn port(socket: &Socket) -> io::Result<u16> {
    let address = socket.local_addr()?.as_socket();
    Ok(address.map_or(0, |address| address.port()))
}

/// A listener that accepts nobody and whose queue is full: connecting to it blocks.
#[derive(Debug)]
pub(crate) struct Backlog {
    listener: Socket,
    queue: Vec<TcpStream>,
}

impl Backlog {
    pub(crate) fn full() -> io::Result<Self> {
        Self::full_at(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)))
    }

    pub(crate) fn full_at(address: SocketAddr) -> io::Result<Self> {
        let listener = Socket::new(Domain::for_address(address), Type::STREAM, None)?;
        listener.bind(&address.into())?;
        listener.listen(0)?;
        let mut full = Self {
            listener,
            queue: Vec::new(),
        };
        let address = SocketAddr::new(address.ip(), full.port()?);
        let moment = Duration::from_millis(100);
        while let Ok(waiting) = TcpStream::connect_timeout(&address, moment) {
            full.queue.push(waiting);
        }
        Ok(full)
    }

    pub(crate) fn port(&self) -> io::Result<u16> {
        port(&self.listener)
    }

    /// Waits until a client tries to connect.
    pub(crate) fn wait_for_client(&self) {
        wait_until(|| self.port().is_ok_and(|port| has_client(port, &[SYN_SENT])));
    }

    /// Starts to accept. The connections that filled the queue come first, and send nothing.
    pub(crate) fn open(self, act: fn(&mut Peer)) -> io::Result<Server> {
        drop(self.queue);
        Server::on(self.listener.into(), act, None, Default::default())
    }
}

/// The first address of `localhost`, unless that is the address of the servers.
pub(crate) fn another_address() -> Option<IpAddr> {
    let first = ("localhost", 0).to_socket_addrs().ok()?.next()?.ip();
    (first != Ipv4Addr::LOCALHOST).then_some(first)
}

/// States of a TCP socket in Linux's table.
const ESTABLISHED: &str = "01";
const SYN_SENT: &str = "02";

/// Whether a socket in one of `states` has this remote port of IPv4, as Linux's table of sockets shows.
fn has_client(port: u16, states: &[&str]) -> bool {
    let table = fs::read_to_string("/proc/net/tcp").unwrap_or_default();
    let port = format!(":{port:04X}");
    table.lines().any(|line| {
        let mut columns = line.split_whitespace().skip(2);
        columns.next().is_some_and(|remote| remote.ends_with(&port))
            && columns.next().is_some_and(|state| states.contains(&state))
    })
}

/// Waits for something that is visible only by looking again.
fn wait_until(mut is_so: impl FnMut() -> bool) {
    let end = Instant::now() + PATIENCE;
    while !is_so() && Instant::now() < end {
        thread::sleep(Duration::from_millis(1));
    }
}

/// A signal that a row is over.
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
