//! The processes that are measured against, without the allocator that counts.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use nft_invoice_sandbox::Sandbox;
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::PrivateKeyDer;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep_until};
use tokio_rustls::TlsAcceptor;

const RESPONSE: &str = r#"{"errorCode":0,"redirectUrl":"https://gateway.example/pay?token=t"}"#;
/// From one end to the other.
const ONE_WAY: Duration = Duration::from_millis(10);

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words[..] {
        ["gateway"] => gateway(),
        ["sandbox", port] => sandbox(port.parse().expect("a port")),
        _ => panic!("usage: servers gateway|sandbox PORT"),
    }
}

/// The sandbox's library: serves until its input ends.
fn sandbox(port: u16) {
    let sandbox = Sandbox::builder()
        .listen(([127, 0, 0, 1], port).into())
        .start_blocking();
    let _sandbox = sandbox.expect("the sandbox starts");
    let _ = std::io::stdin().read_line(&mut String::new());
}

/// The gateway: prints its addresses and its root certificate, and serves until its input ends.
fn gateway() {
    let issuer = issuer();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime");
    runtime.block_on(async {
        let http = bind().await;
        let https = bind().await;
        let relays = [bind().await, bind().await];
        for listener in [&http, &https, &relays[0], &relays[1]] {
            println!("{}", address(listener));
        }
        println!("{}", bytes_to_hex(issuer.der()));
        let targets = [address(&http), address(&https)];
        tokio::spawn(accept(http, None));
        tokio::spawn(accept(https, Some(acceptor(&issuer))));
        for (listener, target) in relays.into_iter().zip(targets) {
            tokio::spawn(relay(listener, target));
        }
        let ended = tokio::task::spawn_blocking(|| std::io::stdin().read_line(&mut String::new()));
        let _ = ended.await;
    });
}

async fn bind() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").await.expect("a port")
}

fn address(listener: &TcpListener) -> SocketAddr {
    listener.local_addr().expect("an address")
}

async fn accept(listener: TcpListener, acceptor: Option<TlsAcceptor>) {
    loop {
        let (stream, _) = listener.accept().await.expect("a connection");
        stream.set_nodelay(true).expect("a socket's option");
        let acceptor = acceptor.clone();
        tokio::spawn(async move {
            match acceptor {
                None => answer(stream).await,
                Some(acceptor) => {
                    if let Ok(stream) = acceptor.accept(stream).await {
                        answer(stream).await;
                    }
                }
            }
        });
    }
}

/// Reads each request whole, and answers.
async fn answer(stream: impl AsyncRead + AsyncWrite + Unpin) {
    let service = service_fn(async |request: Request<Incoming>| {
        let _ = request.into_body().collect().await;
        let mut response = Response::new(Full::new(Bytes::from_static(RESPONSE.as_bytes())));
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(CONTENT_TYPE, json);
        Ok::<_, Infallible>(response)
    });
    let _ = http1::Builder::new()
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn relay(listener: TcpListener, target: SocketAddr) {
    loop {
        let (near, _) = listener.accept().await.expect("a connection");
        // A loopback connects at once: what a client sends first arrives as much later as TCP's handshake takes.
        let connected = Instant::now() + 2 * ONE_WAY;
        tokio::spawn(async move {
            let Ok(far) = TcpStream::connect(target).await else {
                return;
            };
            for stream in [&near, &far] {
                stream.set_nodelay(true).expect("a socket's option");
            }
            let (near_in, near_out) = near.into_split();
            let (far_in, far_out) = far.into_split();
            tokio::spawn(carry(near_in, far_out, connected));
            tokio::spawn(carry(far_in, near_out, connected));
        });
    }
}

/// Carries what arrives, in order, each part [`ONE_WAY`] after it was sent, and after `connected`.
async fn carry(mut from: OwnedReadHalf, mut to: OwnedWriteHalf, connected: Instant) {
    let (sender, mut receiver) = mpsc::unbounded_channel::<(Instant, Vec<u8>)>();
    tokio::spawn(async move {
        while let Some((at, part)) = receiver.recv().await {
            sleep_until(at).await;
            if to.write_all(&part).await.is_err() {
                return;
            }
        }
        let _ = to.shutdown().await;
    });
    let mut buffer = vec![0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut buffer).await {
        let at = Instant::now().max(connected) + ONE_WAY;
        if sender.send((at, buffer[..count].to_vec())).is_err() {
            return;
        }
    }
}

fn issuer() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = KeyPair::generate().expect("a key");
    CertifiedIssuer::self_signed(params, key).expect("a certificate")
}

fn acceptor(issuer: &CertifiedIssuer<'static, KeyPair>) -> TlsAcceptor {
    let key = KeyPair::generate().expect("a key");
    let leaf = CertificateParams::new(vec!["127.0.0.1".to_owned()])
        .and_then(|params| params.signed_by(&key, issuer))
        .expect("a certificate");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let secret = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions that ring speaks")
        .with_no_client_auth()
        .with_single_cert(vec![leaf.der().clone()], secret)
        .expect("a certificate with its key");
    Arc::new(config).into()
}

fn bytes_to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
