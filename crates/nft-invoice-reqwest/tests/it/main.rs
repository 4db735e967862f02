//! A hostile server against reqwest. The suite is the same for both adapters: this file is all that
//! differs.

mod faults;
mod support;
#[cfg(feature = "rustls")]
mod tls;
mod wire;

use nft_invoice_reqwest::ReqwestTransport;
use nft_invoice_transport::{BlockingTransport, Request, Response, Transport, TransportError};
use support::Options;
use tokio::runtime::Runtime;

/// Worker threads of its own, so that connections live on while nobody waits for them.
#[derive(Debug)]
struct Blocking {
    transport: ReqwestTransport,
    runtime: Runtime,
}

impl BlockingTransport for Blocking {
    fn send(&self, request: Request) -> Result<Response, TransportError> {
        self.runtime.block_on(self.transport.send(request))
    }
}

fn transport(options: Options) -> Box<dyn BlockingTransport> {
    Box::new(Blocking {
        transport: ReqwestTransport::new(options).unwrap(),
        runtime: Runtime::new().unwrap(),
    })
}

#[test]
fn a_dropped_send_leaves_nothing_behind() {
    let (read, was_read) = std::sync::mpsc::channel();
    let server = support::Server::start(move |_, peer| {
        peer.read_request();
        read.send(()).unwrap();
        peer.wait();
    });
    let runtime = Runtime::new().unwrap();
    let transport = ReqwestTransport::new(Options::default()).unwrap();
    let url = server.url();
    let sending = runtime.spawn(async move { transport.send(support::post(&url)).await });
    was_read.recv().unwrap();
    sending.abort();
    drop(runtime);
    let seen = server.finish();
    assert_eq!(seen.len(), 1);
    assert_eq!(support::complete_requests(&seen[0]), 1);
}
