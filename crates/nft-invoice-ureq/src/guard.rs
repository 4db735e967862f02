use std::io;

use ureq::Error;
use ureq::unversioned::transport::{Buffers, ConnectionDetails, Connector, NextTimeout, Transport};
use zeroize::Zeroize;

/// The end of the connector chain: puts a [`Guard`] around each connection.
#[derive(Debug)]
pub(crate) struct GuardConnector;

impl<In: Transport> Connector<In> for GuardConnector {
    type Out = Guard<In>;

    fn connect(
        &self,
        _: &ConnectionDetails,
        chained: Option<In>,
    ) -> Result<Option<Guard<In>>, Error> {
        Ok(chained.map(Guard))
    }
}

/// A connection that wipes what it wrote, and keeps a broken end apart from a clean one.
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
        self.0.await_input(timeout).map_err(|error| match error {
            // In a body without a length ureq takes these kinds for its end: a reset or a missing
            // close_notify would pass for a complete answer.
            Error::Io(error)
                if matches!(
                    error.kind(),
                    io::ErrorKind::UnexpectedEof
                        | io::ErrorKind::ConnectionAborted
                        | io::ErrorKind::ConnectionReset
                ) =>
            {
                Error::Io(io::Error::other(error))
            }
            error => error,
        })
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
    use ureq::unversioned::transport::LazyBuffers;

    use super::*;

    /// Fails every write and every read.
    #[derive(Debug)]
    struct Broken(LazyBuffers);

    impl Transport for Broken {
        fn buffers(&mut self) -> &mut dyn Buffers {
            &mut self.0
        }

        fn transmit_output(&mut self, _: usize, _: NextTimeout) -> Result<(), Error> {
            Err(Error::ConnectionFailed)
        }

        fn await_input(&mut self, _: NextTimeout) -> Result<bool, Error> {
            Err(Error::Io(io::ErrorKind::ConnectionReset.into()))
        }

        fn is_open(&mut self) -> bool {
            false
        }
    }

    fn guard() -> Guard<Broken> {
        Guard(Broken(LazyBuffers::new(64, 64)))
    }

    #[test]
    fn what_was_to_be_written_is_wiped_even_when_it_failed() {
        let mut guard = guard();
        let card = b"4242424242424242";
        guard.buffers().output()[..card.len()].copy_from_slice(card);
        assert!(
            guard
                .transmit_output(card.len(), NextTimeout::default())
                .is_err()
        );
        assert_eq!(guard.buffers().output(), [0; 64]);
    }

    #[test]
    fn a_reset_is_not_an_end() {
        match guard().await_input(NextTimeout::default()) {
            Err(Error::Io(error)) => assert_eq!(error.kind(), io::ErrorKind::Other),
            other => panic!("{other:?}"),
        }
    }
}
