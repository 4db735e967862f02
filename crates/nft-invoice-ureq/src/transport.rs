use std::error::Error;
use std::fmt;
use std::io::{self, Read};

use http::header::TRANSFER_ENCODING;
use nft_invoice_transport::{
    BlockingTransport, Phase, Request, Response, ResponseBody, SendGate, TransportConfig,
    TransportConfigError, TransportError, is_read,
};
use ureq::unversioned::resolver::{DefaultResolver, Resolver};
use ureq::unversioned::transport::{ConnectProxyConnector, Connector, TcpConnector};
use ureq::{Agent, Proxy, SendBody};

use crate::address::AddressConnector;
use crate::body::GatedBody;
use crate::guard::{Closed, ConnectError, GuardConnector, GuardResolver};

/// A blocking transport on ureq. See the [crate's documentation](crate) for its guarantees.
pub struct UreqTransport {
    config: TransportConfig,
    /// Makes a connection for each request.
    single: Agent,
    /// For requests without a body; keeps connections open if the configuration says so.
    reads: Agent,
}

impl UreqTransport {
    /// Builds a transport.
    ///
    /// # Errors
    ///
    /// When the configuration cannot be used.
    pub fn new(config: TransportConfig) -> Result<Self, TransportConfigError> {
        Self::with_resolver(config, DefaultResolver::default)
    }

    fn with_resolver<R: Resolver>(
        config: TransportConfig,
        resolver: impl Fn() -> R,
    ) -> Result<Self, TransportConfigError> {
        config.check()?;
        let single = agent(&config, 0, resolver())?;
        let reads = if config.reuse_connections {
            agent(&config, 8, resolver())?
        } else {
            single.clone()
        };
        Ok(Self {
            config,
            single,
            reads,
        })
    }
}

impl fmt::Debug for UreqTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UreqTransport")
            .field("config", &self.config)
            .finish_non_exhaustive()
    }
}

impl BlockingTransport for UreqTransport {
    fn send(&self, mut request: Request) -> Result<Response, TransportError> {
        let gate = self.config.prepare(&mut request)?;
        #[cfg(not(feature = "rustls"))]
        if request.uri().scheme_str() == Some("https") {
            return Err(TransportError::not_sent(
                "https needs the feature `rustls` of nft-invoice-ureq",
            ));
        }
        let is_read = is_read(&request);
        let (head, body) = request.into_parts();
        let mut body = GatedBody::new(body.as_bytes(), gate.clone());
        let sent = if is_read {
            self.run(&self.reads, http::Request::from_parts(head, ()))
        } else {
            let body = SendBody::from_reader(&mut body);
            self.run(&self.single, http::Request::from_parts(head, body))
        };
        let (mut head, received) = sent
            .map_err(|error| {
                let phase = if body.is_written() {
                    Phase::AwaitingResponse
                } else {
                    Phase::Sending
                };
                failed(&gate, phase, error)
            })?
            .into_parts();

        let ends_by_closing =
            received.content_length().is_none() && !head.headers.contains_key(TRANSFER_ENCODING);
        let mut received = received.into_reader();
        let mut body = ResponseBody::default();
        let mut buffer = [0; 16_384];
        loop {
            match received.read(&mut buffer) {
                Ok(0) => break,
                Ok(amount) => body
                    .push(&buffer[..amount])
                    .map_err(|error| gate.fail(Phase::ReadingResponse, error))?,
                Err(error) if ends_by_closing && is_closed(&error) => break,
                Err(error) => return Err(failed(&gate, Phase::ReadingResponse, error.into())),
            }
        }
        // ureq keeps the URI there.
        head.extensions.clear();
        Ok(Response::from_parts(head, body.finish()))
    }
}

impl UreqTransport {
    /// Sends, with plain http kept away from the proxy, which would see its head and body.
    fn run(
        &self,
        agent: &Agent,
        request: http::Request<impl ureq::AsSendBody>,
    ) -> Result<http::Response<ureq::Body>, ureq::Error> {
        if self.config.proxy.is_some() && request.uri().scheme_str() == Some("http") {
            return agent.run(agent.configure_request(request).proxy(None).build());
        }
        agent.run(request)
    }
}

/// Builds an agent that does nothing which would send a request elsewhere, again or differently.
fn agent(
    config: &TransportConfig,
    idle_connections: usize,
    resolver: impl Resolver,
) -> Result<Agent, TransportConfigError> {
    let proxy = config.proxy.as_deref().map(proxy).transpose()?;
    let settings = Agent::config_builder()
        .max_redirects(0)
        .max_redirects_will_error(false)
        .save_redirect_history(false)
        .http_status_as_error(false)
        .proxy(proxy)
        .user_agent("")
        // Nothing is asked for even if another crate of the build turns on ureq's compression.
        .accept_encoding("")
        .timeout_global(Some(config.timeout))
        .timeout_resolve(Some(config.connect_timeout()))
        .timeout_connect(Some(config.connect_timeout()))
        // Small, because it is wiped as a whole.
        .output_buffer_size(16_384)
        .max_idle_connections(idle_connections)
        .max_idle_connections_per_host(idle_connections)
        .build();
    let chain =
        ().chain(ConnectProxyConnector::default())
            .chain(AddressConnector(TcpConnector::default()));
    #[cfg(feature = "rustls")]
    let chain = chain.chain(crate::tls::TlsConnector::new(config.tls()?));
    Ok(Agent::with_parts(
        settings,
        GuardConnector(chain),
        GuardResolver(resolver),
    ))
}

/// The proxy at `url`, which is not used for this machine.
fn proxy(url: &str) -> Result<Proxy, TransportConfigError> {
    let given = Proxy::new(url).map_err(|_| TransportConfigError::Proxy)?;
    let mut proxy = Proxy::builder(given.protocol())
        .host(given.host())
        .port(given.port())
        .no_proxy("localhost")
        .no_proxy("127.*")
        .no_proxy("[::1]");
    if let Some(user) = given.username() {
        proxy = proxy.username(user);
    }
    if let Some(password) = given.password() {
        proxy = proxy.password(password);
    }
    proxy.build().map_err(|_| TransportConfigError::Proxy)
}

/// The transport's error for one of ureq's.
///
/// ureq's own errors have no source and may show the URI, so the error inside of them becomes the source.
fn failed(gate: &SendGate, phase: Phase, error: ureq::Error) -> TransportError {
    let (cause, source): (_, Box<dyn Error + Send + Sync>) = match error {
        ureq::Error::Other(error) => match error.downcast::<ConnectError>() {
            Ok(connecting) => return failed(gate, Phase::Connecting, connecting.0),
            Err(error) => (None, error),
        },
        ureq::Error::Io(error) => (None, error.into()),
        ureq::Error::Timeout(_) => (Some("timed out"), error.into()),
        ureq::Error::HostNotFound => (Some("host name not found"), error.into()),
        ureq::Error::ConnectProxyFailed(_) => {
            (Some("the proxy refused the connection"), error.into())
        }
        ureq::Error::Protocol(_) | ureq::Error::LargeResponseHeader(..) => {
            (Some("received malformed HTTP"), error.into())
        }
        ureq::Error::BadUri(_) => (None, "the URI is malformed".into()),
        error => (None, error.into()),
    };
    let failure = gate.fail(phase, source);
    match cause {
        Some(cause) => failure.because(cause),
        None => failure,
    }
}

fn is_closed(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inside| inside.is::<Closed>())
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
    use std::sync::mpsc::{Sender, channel};
    use std::thread;
    use std::time::Duration;

    use nft_invoice_transport::Body;
    use socket2::{Domain, Socket, Type};
    use ureq::config::Config;
    use ureq::unversioned::resolver::ResolvedSocketAddrs;
    use ureq::unversioned::transport::NextTimeout;

    use super::*;

    const HOUR: Duration = Duration::from_secs(3600);

    /// Resolves every host name to the same addresses, and reports its time limits.
    #[derive(Clone, Debug)]
    struct Fixed(Vec<SocketAddr>, Sender<Duration>);

    impl Resolver for Fixed {
        fn resolve(
            &self,
            _: &http::Uri,
            _: &Config,
            timeout: NextTimeout,
        ) -> Result<ResolvedSocketAddrs, ureq::Error> {
            self.1.send(*timeout.after).unwrap();
            let mut addresses = self.empty();
            for &address in &self.0 {
                addresses.push(address);
            }
            Ok(addresses)
        }
    }

    /// A listener whose queue is full, so that connecting to it blocks, and what fills the queue.
    fn silent() -> (Socket, Vec<TcpStream>, SocketAddr) {
        let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
        let any_port = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        socket.bind(&any_port.into()).unwrap();
        socket.listen(0).unwrap();
        let address = socket.local_addr().unwrap().as_socket().unwrap();
        let moment = Duration::from_millis(100);
        let connect = || TcpStream::connect_timeout(&address, moment).ok();
        let queue = std::iter::from_fn(connect).collect();
        (socket, queue, address)
    }

    /// The patience of the test is far from the connect timeout, half of which ureq would give to the first address.
    #[test]
    fn neither_the_look_up_nor_a_silent_address_uses_up_the_timeouts() {
        let (_listener, _queue, dead) = silent();
        let server = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let good = server.local_addr().unwrap();
        let serving = thread::spawn(move || {
            let mut tcp = server.accept().unwrap().0;
            let mut received = Vec::new();
            while !received.ends_with(b"card") {
                let mut byte = [0];
                tcp.read_exact(&mut byte).unwrap();
                received.extend(byte);
            }
            tcp.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
            let _ = tcp.read_to_end(&mut received);
        });
        let (limit, limits) = channel();
        let resolver = Fixed(vec![dead, good], limit);
        let config = TransportConfig {
            timeout: 2 * HOUR,
            connect_timeout: Some(HOUR),
            ..TransportConfig::default()
        };
        let transport = UreqTransport::with_resolver(config, || resolver.clone()).unwrap();
        let request = http::Request::post("http://localhost/").body(Body::from_static(b"card"));
        let (done, sent) = channel();
        thread::spawn(move || {
            let _ = done.send(transport.send(request.unwrap()));
        });
        let response = sent.recv_timeout(Duration::from_secs(60));
        let response = response.expect("waited for the silent address").unwrap();
        assert_eq!(response.status(), 204);
        assert!(limits.recv().unwrap() <= HOUR);
        serving.join().unwrap();
    }
}
