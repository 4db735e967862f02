//! Writes a transport on hyper, for plain http to this machine, and puts it through the contract.

use http_body_util::{BodyExt, Full, Limited};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use nft_invoice::transport::{
    MAX_RESPONSE_SIZE, Request, Response, Transport, TransportConfig, TransportError, async_trait,
    check_uri,
};
use nft_invoice_contract::Contract;
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout, timeout_at};

type Failure = Box<dyn std::error::Error + Send + Sync>;

#[derive(Debug)]
struct Plain(TransportConfig);

#[async_trait]
impl Transport for Plain {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        check_uri(request.uri(), &self.0.insecure_hosts)?;
        let host = match (request.uri().scheme_str(), request.uri().authority()) {
            (Some("http"), Some(authority)) => authority.to_string(),
            _ => return Err(TransportError::not_sent("this transport speaks http only")),
        };
        let end = Instant::now() + self.0.timeout;
        let tcp = timeout(self.0.connect_timeout(), TcpStream::connect(&host))
            .await
            .map_err(TransportError::not_sent)?
            .map_err(TransportError::not_sent)?;
        // From here on bytes may leave, so a failure can no longer be reported as "not sent".
        timeout_at(end, exchange(tcp, &host, request))
            .await
            .map_err(TransportError::unknown)?
            .map_err(TransportError::unknown)
    }
}

async fn exchange(tcp: TcpStream, host: &str, request: Request) -> Result<Response, Failure> {
    let (mut sender, connection) = http1::handshake(TokioIo::new(tcp)).await?;
    tokio::spawn(connection);
    let mut request = request.map(|body| Full::new(body.into_bytes()));
    let target = request.uri().path_and_query().ok_or("no path")?.as_str();
    *request.uri_mut() = target.parse()?;
    // hyper frames the body itself; a second, contradicting length could split the request in two.
    for framing in ["content-length", "transfer-encoding", "expect"] {
        request.headers_mut().remove(framing);
    }
    request.headers_mut().insert("host", host.parse()?);
    let (head, body) = sender.send_request(request).await?.into_parts();
    // hyper reports a response that is incomplete, and `Limited` one that is too large.
    let body = Limited::new(body, MAX_RESPONSE_SIZE)
        .collect()
        .await?
        .to_bytes();
    Ok(Response::from_parts(head, body.into()))
}

fn main() {
    let report = Contract::new().http_only().environment("main").run(Plain);
    println!("{report}");
    report.assert();
}
