//! The floor of every client: the bytes of a request written to a socket, and a response read from it.

use std::cell::RefCell;
use std::net::SocketAddr;
use std::sync::Arc;

use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::gateway::Server;

trait Socket: AsyncRead + AsyncWrite + Unpin {}
impl<T: AsyncRead + AsyncWrite + Unpin> Socket for T {}

/// Sends the same bytes again and again.
pub struct Raw {
    address: SocketAddr,
    tls: Option<TlsConnector>,
    request: Vec<u8>,
    /// Connections to use again; `None` opens one for each request.
    idle: Option<RefCell<Vec<Connection>>>,
}

struct Connection {
    socket: Box<dyn Socket>,
    response: Vec<u8>,
}

impl Raw {
    pub fn new(server: &Server, path: &str, body: &[u8], reuses: bool) -> Self {
        let head = format!(
            "POST {path} HTTP/1.1\r\nhost: {}\r\naccept: application/json\r\napi-key: sandbox-key\r\n\
             content-type: application/json\r\ncontent-length: {}\r\n\r\n",
            server.address,
            body.len()
        );
        let tls = server.root.is_some().then(|| Arc::new(server.tls()).into());
        Self {
            address: server.address,
            tls,
            request: [head.as_bytes(), body].concat(),
            idle: reuses.then(RefCell::default),
        }
    }

    /// Sends the request, and reads the response to its end. Returns whether its status is 200.
    pub async fn send(&self) -> bool {
        let idle = self.idle.as_ref().and_then(|idle| idle.borrow_mut().pop());
        let mut connection = match idle {
            Some(connection) => connection,
            None => self.connect().await,
        };
        let is_ok = connection.exchange(&self.request).await;
        if let Some(idle) = &self.idle {
            idle.borrow_mut().push(connection);
        }
        is_ok
    }

    async fn connect(&self) -> Connection {
        let tcp = TcpStream::connect(self.address).await.expect("it accepts");
        tcp.set_nodelay(true).expect("a socket's option");
        let socket: Box<dyn Socket> = match &self.tls {
            None => Box::new(tcp),
            Some(tls) => {
                let name = ServerName::from(self.address.ip());
                Box::new(tls.connect(name, tcp).await.expect("a handshake"))
            }
        };
        Connection {
            socket,
            response: vec![0; 16 * 1024],
        }
    }
}

impl Connection {
    async fn exchange(&mut self, request: &[u8]) -> bool {
        self.socket.write_all(request).await.expect("it reads");
        self.socket.flush().await.expect("it reads");
        let mut have = 0;
        loop {
            let count = self.socket.read(&mut self.response[have..]).await;
            let count = count.expect("it answers");
            assert!(count > 0, "it closed the connection");
            have += count;
            let Some(end) = end(&self.response[..have]) else {
                continue;
            };
            if have >= end {
                return self.response.starts_with(b"HTTP/1.1 20");
            }
        }
    }
}

/// Where the response ends, once its head is there.
fn end(response: &[u8]) -> Option<usize> {
    let head = response.windows(4).position(|four| four == b"\r\n\r\n")?;
    let text = std::str::from_utf8(&response[..head]).expect("a head is ASCII");
    if text
        .to_ascii_lowercase()
        .contains("transfer-encoding: chunked")
    {
        // The server sends nothing after the last chunk, as it waits for the next request.
        return response.ends_with(b"0\r\n\r\n").then_some(response.len());
    }
    let lengths = text.lines().filter_map(|line| line.split_once(": "));
    let mut lengths = lengths.filter(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let (_, length) = lengths.next().expect("a length");
    let length: usize = length.trim().parse().expect("a number");
    Some(head + 4 + length)
}
