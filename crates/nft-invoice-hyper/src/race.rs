//! Happy Eyeballs ([RFC 8305](https://www.rfc-editor.org/rfc/rfc8305)): which of a host's addresses is connected to.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use tokio::net::{TcpStream, lookup_host};
use tokio::task::JoinSet;
use tokio::time::timeout;

/// The head start of an address over the next one: RFC 8305's "Connection Attempt Delay".
const HEAD_START: Duration = Duration::from_millis(250);

/// Connects to the address of `host` that accepts first.
pub(crate) async fn connect(host: &str, port: u16) -> io::Result<TcpStream> {
    let addresses = match host.parse::<IpAddr>() {
        Ok(address) => vec![SocketAddr::new(address, port)],
        Err(_) => alternating(lookup_host((host, port)).await?.collect()),
    };
    let tcp = race(addresses).await?;
    tcp.set_nodelay(true)?;
    Ok(tcp)
}

/// Tries the addresses in their order, each as soon as the one before it has failed or had its head start.
async fn race(addresses: Vec<SocketAddr>) -> io::Result<TcpStream> {
    if let [address] = *addresses {
        return TcpStream::connect(address).await;
    }
    let mut failure = io::Error::other("the host has no address");
    let mut waiting = addresses.into_iter();
    let mut running = JoinSet::new();
    loop {
        let has_more = waiting.next().map(|address| {
            running.spawn(TcpStream::connect(address));
        });
        let next = match has_more {
            Some(()) => match timeout(HEAD_START, running.join_next()).await {
                Ok(next) => next,
                Err(_) => continue,
            },
            None => running.join_next().await,
        };
        match next {
            None => return Err(failure),
            Some(Ok(Ok(tcp))) => return Ok(tcp),
            Some(Ok(Err(error))) => failure = error,
            Some(Err(error)) => failure = error.into(),
        }
    }
}

/// The addresses with the IP versions taking turns, beginning with that of the first.
fn alternating(addresses: Vec<SocketAddr>) -> Vec<SocketAddr> {
    let is_ipv6 = addresses.first().is_some_and(SocketAddr::is_ipv6);
    let (first, second): (Vec<_>, Vec<_>) = addresses
        .iter()
        .copied()
        .partition(|address| address.is_ipv6() == is_ipv6);
    let mut turns = Vec::with_capacity(addresses.len());
    for turn in 0..first.len().max(second.len()) {
        turns.extend(first.get(turn));
        turns.extend(second.get(turn));
    }
    turns
}

#[cfg(test)]
mod tests {
    use std::net::{Ipv4Addr, TcpListener};

    use socket2::{Domain, Socket, Type};

    use super::*;

    /// A listener whose queue is full, so that connecting to it takes longer than a test, and what fills the queue.
    fn silent() -> (Socket, Vec<std::net::TcpStream>, SocketAddr) {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        let any_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        socket.bind(&any_port.into()).unwrap();
        socket.listen(0).unwrap();
        let address = socket.local_addr().unwrap().as_socket().unwrap();
        let moment = Duration::from_millis(100);
        let connect = || std::net::TcpStream::connect_timeout(&address, moment).ok();
        let queue = std::iter::from_fn(connect).collect();
        (socket, queue, address)
    }

    /// An address that nobody listens at.
    fn closed() -> SocketAddr {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        listener.local_addr().unwrap()
    }

    #[tokio::test]
    async fn an_address_that_refuses_or_is_silent_is_passed_over() {
        let (_listener, _queue, silent) = silent();
        let server = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let good = server.local_addr().unwrap();
        for addresses in [
            vec![good],
            vec![closed(), good],
            vec![silent, good],
            vec![silent, closed(), silent, good],
            vec![good, silent],
        ] {
            let connected = race(addresses.clone()).await;
            assert_eq!(
                connected.unwrap().peer_addr().unwrap(),
                good,
                "{addresses:?}"
            );
        }
    }

    #[tokio::test]
    async fn the_last_failure_is_reported() {
        for addresses in [vec![closed()], vec![closed(), closed()]] {
            let failure = race(addresses).await.unwrap_err();
            assert_eq!(failure.kind(), io::ErrorKind::ConnectionRefused);
        }
        assert!(race(Vec::new()).await.is_err());
    }

    #[test]
    fn ip_versions_take_turns() {
        let addresses = |texts: &[&str]| -> Vec<SocketAddr> {
            texts.iter().map(|text| text.parse().unwrap()).collect()
        };
        let given = addresses(&["[::1]:1", "[::2]:1", "[::3]:1", "1.1.1.1:1", "2.2.2.2:1"]);
        let turns = addresses(&["[::1]:1", "1.1.1.1:1", "[::2]:1", "2.2.2.2:1", "[::3]:1"]);
        assert_eq!(alternating(given), turns);
    }
}
