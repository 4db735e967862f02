use std::net::SocketAddr;
use std::time::Duration;

use nft_invoice::transport::{
    BlockingTransport, Body, Request, Response, Transport, TransportConfig, TransportError,
};
use nft_invoice_hyper::HyperTransport;
use nft_invoice_reqwest::ReqwestTransport;
use nft_invoice_ureq::UreqTransport;

/// The last bytes of every request.
pub(crate) const END: &[u8] = b"\"end\":1}";

/// The request with this id.
pub(crate) fn request(scheme: &str, address: SocketAddr, id: u64, padding: u64) -> Request {
    let body = format!(
        "{{\"id\":{id},\"pad\":\"{}\",\"end\":1}}",
        "x".repeat(padding as usize)
    );
    let mut request = Request::new(Body::from(body.into_bytes()));
    *request.method_mut() = http::Method::POST;
    *request.uri_mut() = format!("{scheme}://{address}/create")
        .parse()
        .expect("a URI");
    request
}

/// The id of a request that was received to its last byte.
pub(crate) fn complete_id(request: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(request)
        .ok()
        .filter(|_| request.ends_with(END))?;
    text.split("\"id\":")
        .nth(1)?
        .split(',')
        .next()?
        .parse()
        .ok()
}

/// The transport with this name.
pub(crate) fn client(
    name: &str,
    timeout: Duration,
    root: Option<&Vec<u8>>,
) -> Box<dyn BlockingTransport> {
    let config = TransportConfig {
        timeout,
        connect_timeout: Some(timeout / 2),
        root_certificates: root.cloned().into_iter().collect(),
        ..TransportConfig::default()
    };
    let transport: Box<dyn Transport> = match name {
        "ureq" => return Box::new(UreqTransport::new(config).expect("a transport")),
        "hyper" => Box::new(HyperTransport::new(config).expect("a transport")),
        _ => Box::new(ReqwestTransport::new(config).expect("a transport")),
    };
    Box::new(Blocking {
        transport,
        // With a worker thread, a connection whose send has ended is closed without anybody waiting for it.
        runtime: tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .expect("a runtime"),
    })
}

#[derive(Debug)]
struct Blocking {
    transport: Box<dyn Transport>,
    runtime: tokio::runtime::Runtime,
}

impl BlockingTransport for Blocking {
    fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.runtime.block_on(self.transport.send(request))
    }
}
