use std::time::Duration;

use nft_invoice_transport::{Request, Response, Transport, TransportError, async_trait};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::wire::encode;

/// Sends in a task of its own, which continues when the future is dropped. Reads no response.
#[derive(Debug)]
pub struct Detached;

#[async_trait]
impl Transport for Detached {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        let sending = tokio::spawn(async move {
            let host = request.uri().authority().unwrap().as_str();
            let tcp = TcpStream::connect(host).await.unwrap();
            tcp.writable().await.unwrap();
            tcp.try_write(&encode(&request, false).unwrap()).unwrap();
            tcp.readable().await.unwrap();
        });
        let _ = timeout(Duration::from_secs(1), sending).await;
        Err(TransportError::unknown("no response was read"))
    }
}
