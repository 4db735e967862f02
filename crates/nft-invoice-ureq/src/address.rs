use ureq::Error;
use ureq::unversioned::resolver::ResolvedSocketAddrs;
use ureq::unversioned::transport::time::{Duration, Instant};
use ureq::unversioned::transport::{ConnectionDetails, Connector, NextTimeout, Transport};

/// The time that the first round waits for one address: long enough for a TCP handshake around the world.
const MOMENT: Duration = Duration::from_millis(500);

/// Connects to the first address of a host that answers, in two rounds.
///
/// ureq's connector waits for the first of several addresses for at least half of the connect timeout, so a dead one
/// costs seconds. Here the first round waits 500 ms for each address, and for all of them at most half of the
/// connect timeout. If none accepted, the second round leaves the silent ones and the rest of the time to ureq,
/// for a network that is slower. A host with one address has one round.
///
/// At most one connection is made: an address is given up before its TCP handshake is complete.
///
/// [`ConnectionDetails`] is outside of ureq's semver promise. A field that a later version adds is a compile error in
/// [`narrowed`], and the workspace stays on one minor version.
#[derive(Debug)]
pub(crate) struct AddressConnector<C>(pub(crate) C);

impl<In: Transport, C: Connector<In>> Connector<In> for AddressConnector<C> {
    type Out = C::Out;

    fn connect(
        &self,
        details: &ConnectionDetails,
        chained: Option<In>,
    ) -> Result<Option<Self::Out>, Error> {
        // A chained connection is one to a proxy, and nothing is left to connect to.
        if chained.is_some() || details.addrs.len() < 2 {
            return self.0.connect(details, chained);
        }
        let moment = moment(details);
        let mut silent = details.resolver.empty();
        let mut refusal = Error::ConnectionFailed;
        for &address in &details.addrs {
            let mut timeout = remaining(details)?;
            timeout.after = timeout.after.min(moment);
            let mut single = details.resolver.empty();
            single.push(address);
            match self.0.connect(&narrowed(details, single, timeout), None) {
                Err(Error::Timeout(_)) => silent.push(address),
                Err(error @ Error::Io(_)) => refusal = error,
                decided => return decided,
            }
        }
        if silent.is_empty() {
            return Err(refusal);
        }
        let timeout = remaining(details)?;
        self.0.connect(&narrowed(details, silent, timeout), None)
    }
}

/// The time for one address in the first round.
fn moment(details: &ConnectionDetails) -> Duration {
    let addresses = u32::try_from(details.addrs.len()).unwrap_or(u32::MAX);
    MOMENT.min(details.timeout.after / 2 / addresses)
}

/// The rest of the connect timeout.
///
/// # Errors
///
/// When nothing is left: ureq's connector would take no time for a second.
pub(crate) fn remaining(details: &ConnectionDetails) -> Result<NextTimeout, Error> {
    let mut timeout = details.timeout;
    let now = (details.current_time)();
    if let (Duration::Exact(all), Instant::Exact(started), Instant::Exact(now)) =
        (timeout.after, details.now, now)
    {
        let rest = all.saturating_sub(now.saturating_duration_since(started));
        if rest.is_zero() {
            return Err(Error::Timeout(timeout.reason));
        }
        timeout.after = Duration::Exact(rest);
    }
    Ok(timeout)
}

/// The same connection, to these addresses and within this time from now.
fn narrowed<'a>(
    details: &'a ConnectionDetails,
    addrs: ResolvedSocketAddrs,
    timeout: NextTimeout,
) -> ConnectionDetails<'a> {
    ConnectionDetails {
        uri: details.uri,
        addrs,
        config: details.config,
        request_level: details.request_level,
        resolver: details.resolver,
        now: (details.current_time)(),
        timeout,
        current_time: details.current_time.clone(),
        run_connector: details.run_connector.clone(),
        register_shutdown: details.register_shutdown.clone(),
    }
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::net::{Ipv4Addr, SocketAddr};
    use std::sync::{Arc, Mutex};
    use std::time;

    use ureq::config::Config;
    use ureq::unversioned::resolver::{DefaultResolver, Resolver};

    use super::*;

    const SECOND: time::Duration = time::Duration::from_secs(1);
    const MILLISECOND: time::Duration = time::Duration::from_millis(1);

    #[derive(Clone, Copy, Debug)]
    enum Host {
        Accepts,
        Refuses,
        /// Lets each attempt use all of its time.
        IsSilent,
        /// The same, but accepts an attempt of a second or more.
        IsSlow,
    }

    /// The addresses of one attempt, by their position, and its time.
    type Attempt = (Vec<usize>, time::Duration);

    /// Plays the hosts on a clock of its own, and records the attempts.
    #[derive(Clone, Debug)]
    struct Network {
        hosts: Vec<Host>,
        elapsed: Arc<Mutex<time::Duration>>,
        attempts: Arc<Mutex<Vec<Attempt>>>,
    }

    impl Connector for Network {
        type Out = ();

        fn connect(&self, details: &ConnectionDetails, _: Option<()>) -> Result<Option<()>, Error> {
            let time = *details.timeout.after;
            let positions = details.addrs.iter().map(|a| usize::from(a.port()));
            let positions: Vec<_> = positions.collect();
            self.attempts
                .lock()
                .unwrap()
                .push((positions.clone(), time));
            match self.hosts[positions[0]] {
                Host::Accepts => Ok(Some(())),
                Host::IsSlow if time >= SECOND => Ok(Some(())),
                Host::Refuses => Err(io::Error::from(io::ErrorKind::ConnectionRefused).into()),
                Host::IsSilent | Host::IsSlow => {
                    *self.elapsed.lock().unwrap() += time;
                    Err(Error::Timeout(details.timeout.reason))
                }
            }
        }
    }

    /// Connects to `hosts` within `timeout`, and returns the attempts and the result.
    fn connect(hosts: &[Host], timeout: time::Duration) -> (Vec<Attempt>, Result<(), Error>) {
        let network = Network {
            hosts: hosts.to_vec(),
            elapsed: Arc::default(),
            attempts: Arc::default(),
        };
        let resolver = DefaultResolver::default();
        let mut addrs = resolver.empty();
        for position in 0..u16::try_from(hosts.len()).unwrap() {
            addrs.push(SocketAddr::from((Ipv4Addr::LOCALHOST, position)));
        }
        let start = time::Instant::now();
        let elapsed = network.elapsed.clone();
        let details = ConnectionDetails {
            uri: &http::Uri::from_static("http://localhost/"),
            addrs,
            config: &Config::default(),
            request_level: false,
            resolver: &resolver,
            now: Instant::Exact(start),
            timeout: NextTimeout {
                after: timeout.into(),
                ..NextTimeout::default()
            },
            current_time: Arc::new(move || Instant::Exact(start + *elapsed.lock().unwrap())),
            run_connector: Arc::new(|_| Err(Error::ConnectionFailed)),
            register_shutdown: Arc::new(|_| Ok(())),
        };
        let connected = AddressConnector(network.clone()).connect(&details, None);
        let attempts = network.attempts.lock().unwrap().clone();
        (attempts, connected.map(|connection| connection.unwrap()))
    }

    #[test]
    fn a_silent_address_costs_half_a_second() {
        let (attempts, connected) = connect(&[Host::IsSilent, Host::Accepts], 10 * SECOND);
        connected.unwrap();
        let half = 500 * MILLISECOND;
        assert_eq!(attempts, [(vec![0], half), (vec![1], half)]);
    }

    #[test]
    fn the_first_round_takes_half_of_a_short_timeout() {
        let (attempts, connected) = connect(&[Host::IsSilent; 3], 600 * MILLISECOND);
        assert!(matches!(connected, Err(Error::Timeout(_))), "{connected:?}");
        let each = 100 * MILLISECOND;
        let second_round = (vec![0, 1, 2], 300 * MILLISECOND);
        assert_eq!(
            attempts,
            [
                (vec![0], each),
                (vec![1], each),
                (vec![2], each),
                second_round
            ]
        );
    }

    #[test]
    fn a_slow_address_has_the_rest_of_the_time() {
        let hosts = [Host::Refuses, Host::IsSlow];
        let (attempts, connected) = connect(&hosts, 10 * SECOND);
        connected.unwrap();
        assert_eq!(attempts[2], (vec![1], 9_500 * MILLISECOND));
    }

    #[test]
    fn an_address_that_refuses_is_tried_once() {
        let (attempts, connected) = connect(&[Host::Refuses; 2], 10 * SECOND);
        match connected {
            Err(Error::Io(error)) => assert_eq!(error.kind(), io::ErrorKind::ConnectionRefused),
            other => panic!("{other:?}"),
        }
        assert_eq!(attempts.len(), 2);
    }

    #[test]
    fn a_single_address_has_the_whole_time() {
        let (attempts, connected) = connect(&[Host::IsSlow], 10 * SECOND);
        connected.unwrap();
        assert_eq!(attempts, [(vec![0], 10 * SECOND)]);
    }
}
