use std::fmt;
use std::io;
use std::net::IpAddr;

use ureq::Error;
use ureq::config::Config;
use ureq::unversioned::resolver::{ResolvedSocketAddrs, Resolver};
use ureq::unversioned::transport::time::Duration;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};
use zeroize::Zeroize;

/// Puts a [`Guard`] around each connection of a connector, and marks its errors with [`ConnectError`].
#[derive(Debug)]
pub(crate) struct GuardConnector<C>(pub(crate) C);

impl<In: Transport, C: Connector<In>> Connector<In> for GuardConnector<C> {
    type Out = Guard<C::Out>;

    fn connect(
        &self,
        details: &ConnectionDetails,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        match self.0.connect(details, chained) {
            Ok(connection) => Ok(connection.map(Guard)),
            Err(error) => Err(Error::Other(ConnectError(error).into())),
        }
    }
}

/// Marks a resolver's errors with [`ConnectError`], and resolves addresses without a time limit: they need no look-up, and
/// ureq starts a thread for each limit.
#[derive(Debug)]
pub(crate) struct GuardResolver<R>(pub(crate) R);

impl<R: Resolver> Resolver for GuardResolver<R> {
    fn resolve(
        &self,
        uri: &http::Uri,
        config: &Config,
        mut timeout: NextTimeout,
    ) -> Result<ResolvedSocketAddrs, Error> {
        let host = uri.host().unwrap_or_default();
        if host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok() {
            timeout.after = Duration::NotHappening;
        }
        let resolved = self.0.resolve(uri, config, timeout);
        resolved.map_err(|error| Error::Other(ConnectError(error).into()))
    }
}

/// An error that occurred while connecting.
#[derive(Debug)]
pub(crate) struct ConnectError(pub(crate) Error);

impl fmt::Display for ConnectError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("connecting failed")
    }
}

impl std::error::Error for ConnectError {}

/// The server closed the connection in an orderly way.
#[derive(Debug)]
pub(crate) struct Closed(io::Error);

impl fmt::Display for Closed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("connection closed")
    }
}

impl std::error::Error for Closed {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}

/// A connection that wipes what it wrote, and reports every end of the stream as an error.
///
/// ureq accepts the end of the stream, and some kinds of I/O errors, as the end of a body that has no length or
/// of one whose last chunk is incomplete. Here every end is an error that ureq passes on: [`Closed`], which
/// may be the end of a response, or another one, which never is.
#[derive(Debug)]
pub(crate) struct Guard<T: Transport>(T);

impl<T: Transport> Transport for Guard<T> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self.0.buffers()
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        let transmitted = self.0.transmit_output(amount, timeout);
        // The key or a card.
        self.0.buffers().output()[..amount].zeroize();
        transmitted
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        match self.0.await_input(timeout) {
            Ok(false) => {
                let end = Closed(io::ErrorKind::UnexpectedEof.into());
                Err(Error::Io(io::Error::other(end)))
            }
            Err(Error::Io(error)) => Err(Error::Io(io::Error::other(error))),
            other => other,
        }
    }

    fn is_open(&mut self) -> bool {
        self.0.is_open()
    }

    fn is_tls(&self) -> bool {
        self.0.is_tls()
    }
}

impl<T: Transport> Drop for Guard<T> {
    fn drop(&mut self) {
        // A timeout between filling the buffer and transmitting it.
        self.0.buffers().output().zeroize();
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Sender, channel};

    use ureq::unversioned::transport::LazyBuffers;

    use super::*;

    /// Fails every write, ends every read in the given way, and on drop sends what is left to be written.
    #[derive(Debug)]
    struct Broken {
        buffers: LazyBuffers,
        reset: bool,
        left: Sender<Vec<u8>>,
    }

    impl Drop for Broken {
        fn drop(&mut self) {
            let _ = self.left.send(self.buffers.output().to_vec());
        }
    }

    impl Transport for Broken {
        fn buffers(&mut self) -> &mut dyn Buffers {
            &mut self.buffers
        }

        fn transmit_output(&mut self, _: usize, _: NextTimeout) -> Result<(), Error> {
            Err(Error::ConnectionFailed)
        }

        fn await_input(&mut self, _: NextTimeout) -> Result<bool, Error> {
            if self.reset {
                return Err(Error::Io(io::ErrorKind::ConnectionReset.into()));
            }
            Ok(false)
        }

        fn is_open(&mut self) -> bool {
            false
        }
    }

    fn guard(reset: bool, left: Sender<Vec<u8>>) -> Guard<Broken> {
        Guard(Broken {
            buffers: LazyBuffers::new(64, 64),
            reset,
            left,
        })
    }

    /// Reports whether it was given a time limit.
    #[derive(Debug)]
    struct Resolving(Sender<bool>);

    impl Resolver for Resolving {
        fn resolve(
            &self,
            _: &http::Uri,
            _: &Config,
            timeout: NextTimeout,
        ) -> Result<ResolvedSocketAddrs, Error> {
            self.0.send(!timeout.after.is_not_happening()).unwrap();
            Ok(self.empty())
        }
    }

    #[test]
    fn only_the_look_up_of_a_name_is_limited() {
        let (limited, limits) = channel();
        let resolver = GuardResolver(Resolving(limited));
        for (uri, is_limited) in [
            ("http://127.0.0.1:8080/", false),
            ("https://[::1]/", false),
            ("https://localhost/", true),
            ("https://127.0.0.1.gateway.example/", true),
        ] {
            let timeout = NextTimeout {
                after: std::time::Duration::from_secs(1).into(),
                ..NextTimeout::default()
            };
            let uri = uri.parse().unwrap();
            resolver.resolve(&uri, &Config::default(), timeout).unwrap();
            assert_eq!(limits.recv().unwrap(), is_limited, "{uri}");
        }
    }

    #[test]
    fn wipes_what_was_to_be_written_even_when_it_failed() {
        let mut guard = guard(true, channel().0);
        let card = b"4242424242424242";
        guard.buffers().output()[..card.len()].copy_from_slice(card);
        let transmitted = guard.transmit_output(card.len(), NextTimeout::default());
        assert!(transmitted.is_err());
        assert_eq!(guard.buffers().output(), [0; 64]);
    }

    #[test]
    fn wipes_what_was_not_written_when_it_is_dropped() {
        let (left, seen) = channel();
        let mut guard = guard(true, left);
        guard.buffers().output()[..4].copy_from_slice(b"4242");
        drop(guard);
        assert_eq!(seen.recv().unwrap(), [0; 64]);
    }

    #[test]
    fn reports_the_state_of_its_connection() {
        let mut guard = guard(true, channel().0);
        assert!(!guard.is_open(), "a dead one would be used again");
        assert!(!guard.is_tls(), "https would go over it unencrypted");
    }

    #[test]
    fn only_an_orderly_end_is_reported_as_closed() {
        for reset in [true, false] {
            match guard(reset, channel().0).await_input(NextTimeout::default()) {
                Err(Error::Io(error)) => {
                    assert_eq!(error.kind(), io::ErrorKind::Other);
                    let is_closed = error.get_ref().is_some_and(|e| e.is::<Closed>());
                    assert_eq!(is_closed, !reset);
                }
                other => panic!("{other:?}"),
            }
        }
    }
}
