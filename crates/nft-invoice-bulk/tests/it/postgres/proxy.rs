//! A connection to the server that is cut.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::thread;

/// What is lost.
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Cut {
    Nowhere,
    /// The next COMMIT: the server never gets it.
    Before,
    /// The response to the next COMMIT, which the server has stored.
    After,
    /// The next message to the server.
    Anything,
}

/// Passes connections on to a server.
pub(super) struct Proxy {
    pub(super) port: u16,
    cut: Arc<AtomicU8>,
}

impl Proxy {
    pub(super) fn start(server: u16) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let port = listener.local_addr().unwrap().port();
        let cut = Arc::new(AtomicU8::new(Cut::Nowhere as u8));
        let shared = Arc::clone(&cut);
        // It ends with the process.
        thread::spawn(move || {
            for client in listener.incoming() {
                let Ok(server) = TcpStream::connect(("127.0.0.1", server)) else {
                    continue;
                };
                pass(client.unwrap(), server, &shared);
            }
        });
        Self { port, cut }
    }

    /// Cuts the connection, once.
    pub(super) fn cut(&self, cut: Cut) {
        self.cut.store(cut as u8, Ordering::SeqCst);
    }
}

fn pass(client: TcpStream, server: TcpStream, cut: &Arc<AtomicU8>) {
    let is_silent = Arc::new(AtomicU8::new(0));
    let (mut from_server, mut to_client) =
        (server.try_clone().unwrap(), client.try_clone().unwrap());
    let silent = Arc::clone(&is_silent);
    thread::spawn(move || {
        let mut bytes = [0; 16384];
        while let Ok(read @ 1..) = from_server.read(&mut bytes) {
            // The response to the COMMIT.
            if silent.load(Ordering::SeqCst) != 0 || to_client.write_all(&bytes[..read]).is_err() {
                break;
            }
        }
        let _ = to_client.shutdown(Shutdown::Both);
        let _ = from_server.shutdown(Shutdown::Both);
    });
    let (mut from_client, mut to_server) = (client, server);
    let cut = Arc::clone(cut);
    thread::spawn(move || {
        let mut bytes = [0; 16384];
        while let Ok(read @ 1..) = from_client.read(&mut bytes) {
            let is_commit = bytes[..read].windows(7).any(|window| window == b"COMMIT\0");
            let is_now = is_commit || cut.load(Ordering::SeqCst) == Cut::Anything as u8;
            let now = if is_now {
                cut.swap(Cut::Nowhere as u8, Ordering::SeqCst)
            } else {
                0
            };
            if now == Cut::Before as u8 || now == Cut::Anything as u8 {
                break;
            }
            if now == Cut::After as u8 {
                is_silent.store(1, Ordering::SeqCst);
            }
            if to_server.write_all(&bytes[..read]).is_err() {
                break;
            }
        }
        let _ = from_client.shutdown(Shutdown::Both);
        let _ = to_server.shutdown(Shutdown::Both);
    });
}
