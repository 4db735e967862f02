use std::io::{self, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;
use std::time::Duration;

use nft_invoice_transport::TransportConfig;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::PrivateKeyDer;
use tokio_rustls::rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What the server does with a connection that waits for a request.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Act {
    /// Reads requests and responds to them.
    Serve,
    /// Reads requests and responds to each after this time.
    ServeAfter(Duration),
    /// Reads requests and never responds.
    StaySilent,
    Close,
    Reset,
    /// Closes one direction, and would read a request.
    ShutDown,
    /// Ends TLS and leaves TCP open.
    CloseNotify,
    /// Writes before it is asked, and would read a request.
    Write(&'static [u8]),
    /// Does not even answer the TLS handshake.
    Hang,
}

/// What happened to a connection, by its number.
#[derive(Debug, PartialEq)]
pub(crate) enum Event {
    /// It is open and the act is done.
    Acted(usize),
    /// A request arrived.
    Requested(usize),
    /// The client has closed it.
    Closed(usize),
}

/// A gateway on loopback that does something else with each connection.
pub(crate) struct Server {
    port: u16,
    tls: Option<(Arc<ServerConfig>, Vec<u8>)>,
    pub(crate) events: Receiver<Event>,
}

impl Server {
    pub(crate) fn start(https: bool, act: impl Fn(usize) -> Act + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let tls = https.then(identity);
        let config = tls.as_ref().map(|(config, _)| config.clone());
        let (event, events) = channel();
        thread::spawn(move || {
            for (number, tcp) in listener.incoming().enumerate() {
                let (act, config, event) = (act(number), config.clone(), event.clone());
                let tcp = tcp.unwrap();
                thread::spawn(move || serve(number, act, tcp, config, &event));
            }
        });
        Self { port, tls, events }
    }

    pub(crate) fn url(&self) -> String {
        match self.tls {
            Some(_) => format!("https://localhost:{}/create", self.port),
            None => format!("http://127.0.0.1:{}/create", self.port),
        }
    }

    pub(crate) fn config(&self) -> TransportConfig {
        let root = self.tls.iter().map(|(_, root)| root.clone());
        TransportConfig {
            root_certificates: root.collect(),
            ..TransportConfig::default()
        }
    }

    /// Waits until the acts of this many connections are done.
    pub(crate) fn acted(&self, connections: usize) {
        self.wait(connections, |event| matches!(event, Event::Acted(_)));
    }

    /// Waits until the client has closed this many connections.
    pub(crate) fn closed(&self, connections: usize) {
        self.wait(connections, |event| matches!(event, Event::Closed(_)));
    }

    fn wait(&self, mut connections: usize, counts: impl Fn(&Event) -> bool) {
        while connections > 0 {
            let event = self.events.recv_timeout(Duration::from_secs(60));
            connections -= usize::from(counts(&event.expect("an event")));
        }
    }
}

fn identity() -> (Arc<ServerConfig>, Vec<u8>) {
    let CertifiedKey { cert, signing_key } =
        generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::try_from(signing_key.serialize_der()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.der().clone()], key)
        .unwrap();
    (Arc::new(config), cert.der().to_vec())
}

trait Wire: Read + Write {
    fn close_notify(&mut self) {}
}

impl Wire for TcpStream {}

impl Wire for StreamOwned<ServerConnection, TcpStream> {
    fn close_notify(&mut self) {
        self.conn.send_close_notify();
    }
}

fn serve(
    number: usize,
    act: Act,
    tcp: TcpStream,
    tls: Option<Arc<ServerConfig>>,
    event: &Sender<Event>,
) {
    tcp.set_nodelay(true).unwrap();
    let tell = |happened| drop(event.send(happened));
    let mut raw = tcp.try_clone().unwrap();
    if act == Act::Hang {
        tell(Event::Acted(number));
        let _ = io::copy(&mut raw, &mut io::sink());
        tell(Event::Closed(number));
        return;
    }
    let mut wire: Box<dyn Wire> = match tls {
        None => Box::new(tcp),
        Some(config) => {
            let mut connection = ServerConnection::new(config).unwrap();
            let mut tcp = tcp;
            while connection.is_handshaking() {
                if connection.complete_io(&mut tcp).is_err() {
                    return tell(Event::Closed(number));
                }
            }
            // Session tickets.
            while connection.wants_write() {
                connection.write_tls(&mut tcp).unwrap();
            }
            Box::new(StreamOwned::new(connection, tcp))
        }
    };
    match act {
        Act::Close => raw.shutdown(Shutdown::Both).unwrap(),
        Act::Reset => {
            let socket = socket2::SockRef::from(&raw);
            socket.set_linger(Some(Duration::ZERO)).unwrap();
            drop((wire, raw));
            return tell(Event::Acted(number));
        }
        Act::ShutDown => raw.shutdown(Shutdown::Write).unwrap(),
        Act::CloseNotify => {
            wire.close_notify();
            wire.flush().unwrap();
        }
        Act::Write(bytes) => {
            wire.write_all(bytes).unwrap();
            wire.flush().unwrap();
        }
        Act::Serve | Act::ServeAfter(_) | Act::StaySilent | Act::Hang => {}
    }
    tell(Event::Acted(number));
    while let Ok(true) = read_request(&mut *wire) {
        tell(Event::Requested(number));
        if let Act::ServeAfter(time) = act {
            thread::sleep(time);
        }
        if matches!(act, Act::Serve | Act::ServeAfter(_)) {
            let response = format!("HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n{number}");
            if wire
                .write_all(response.as_bytes())
                .and_then(|()| wire.flush())
                .is_err()
            {
                break;
            }
        }
    }
    tell(Event::Closed(number));
}

/// Reads a request with the body `card`, or one without a body. Returns false if the client closed.
fn read_request(wire: &mut dyn Wire) -> io::Result<bool> {
    let mut received = Vec::new();
    let mut byte = [0];
    loop {
        if wire.read(&mut byte)? == 0 {
            return Ok(false);
        }
        received.extend(byte);
        let is_read = received.starts_with(b"GET") && received.ends_with(b"\r\n\r\n");
        if is_read || received.ends_with(b"card") {
            return Ok(true);
        }
    }
}
