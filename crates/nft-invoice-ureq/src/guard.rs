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
            // In a body without a length ureq takes some kinds for its end: a reset or a missing
            // close_notify would pass for a complete answer.
            Error::Io(error) => Error::Io(io::Error::other(error)),
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
    use std::sync::mpsc::{Sender, channel};

    use ureq::unversioned::transport::LazyBuffers;

    use super::*;

    /// Fails every write and every read, and tells what is left to be written when it goes.
    #[derive(Debug)]
    struct Broken(LazyBuffers, Sender<Vec<u8>>);

    impl Drop for Broken {
        fn drop(&mut self) {
            let _ = self.1.send(self.0.output().to_vec());
        }
    }

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

    fn guard(left: Sender<Vec<u8>>) -> Guard<Broken> {
        Guard(Broken(LazyBuffers::new(64, 64), left))
    }

    #[test]
    fn what_was_to_be_written_is_wiped_even_when_it_failed() {
        let mut guard = guard(channel().0);
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
    fn what_was_not_written_is_wiped_with_the_connection() {
        let (left, seen) = channel();
        let mut guard = guard(left);
        guard.buffers().output()[..4].copy_from_slice(b"4242");
        drop(guard);
        assert_eq!(seen.recv().unwrap(), [0; 64]);
    }

    #[test]
    fn a_connection_passes_for_no_better_than_it_is() {
        let mut guard = guard(channel().0);
        assert!(!guard.is_open(), "a dead one would be used again");
        assert!(!guard.is_tls(), "https would go over it in the clear");
    }

    #[test]
    fn a_reset_is_not_an_end() {
        match guard(channel().0).await_input(NextTimeout::default()) {
            Err(Error::Io(error)) => assert_eq!(error.kind(), io::ErrorKind::Other),
            other => panic!("{other:?}"),
        }
    }
}
