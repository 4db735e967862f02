use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::header::{HOST, PROXY_AUTHORIZATION};
use http::{HeaderValue, Method, Request, Uri};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use nft_invoice_transport::{Body, GatedBody, SendGate, TransportConfigError};
use percent_encoding::percent_decode_str;

use crate::connect::ConnectError;
use crate::origin::Origin;
use crate::stream::Stream;

/// A proxy for https, which is asked for tunnels.
pub(crate) struct Proxy {
    pub(crate) origin: Origin,
    authorization: Option<HeaderValue>,
}

impl Proxy {
    /// The proxy at `url`, whose user and password are percent-encoded.
    pub(crate) fn new(url: &str) -> Result<Self, TransportConfigError> {
        let uri: Uri = url.parse().map_err(|_| TransportConfigError::Proxy)?;
        let origin = Origin::of(&uri);
        if origin.is_https && !cfg!(feature = "rustls") {
            return Err(TransportConfigError::Proxy);
        }
        let authority = uri.authority().map_or("", |authority| authority.as_str());
        let authorization = authority
            .rsplit_once('@')
            .map(|(user, _)| basic(user))
            .transpose()?;
        Ok(Self {
            origin,
            authorization,
        })
    }

    /// Asks the proxy at the other end of `stream` for a tunnel to `origin`.
    pub(crate) async fn tunnel(
        &self,
        stream: Stream,
        origin: &Origin,
    ) -> Result<Stream, ConnectError> {
        let authority = origin.authority();
        let mut request = Request::new(GatedBody::new(Body::empty(), SendGate::default()));
        *request.method_mut() = Method::CONNECT;
        *request.uri_mut() = authority.parse().map_err(ConnectError::new)?;
        let host = HeaderValue::from_str(&authority).map_err(ConnectError::new)?;
        request.headers_mut().insert(HOST, host);
        if let Some(authorization) = &self.authorization {
            let headers = request.headers_mut();
            headers.insert(PROXY_AUTHORIZATION, authorization.clone());
        }
        let (mut sender, connection) = http1::handshake(TokioIo::new(stream))
            .await
            .map_err(ConnectError::new)?;
        // The connection ends when the proxy has granted the tunnel.
        let tunnel = tokio::spawn(connection.without_shutdown());
        let response = sender
            .send_request(request)
            .await
            .map_err(ConnectError::new)?;
        if !response.status().is_success() {
            return Err(ConnectError::because(
                "the proxy refused the connection",
                response.status().to_string(),
            ));
        }
        let parts = tunnel
            .await
            .map_err(ConnectError::new)?
            .map_err(ConnectError::new)?;
        if !parts.read_buf.is_empty() {
            // In TLS the client speaks first.
            return Err(ConnectError::new("the proxy sent data before it was asked"));
        }
        Ok(parts.io.into_inner())
    }
}

/// The header for a `user:password` of a URL.
fn basic(user: &str) -> Result<HeaderValue, TransportConfigError> {
    let (name, password) = user.split_once(':').unwrap_or((user, ""));
    let mut plain: Vec<u8> = percent_decode_str(name).collect();
    plain.push(b':');
    plain.extend(percent_decode_str(password));
    let value = format!("Basic {}", STANDARD.encode(plain));
    let mut value = HeaderValue::from_str(&value).map_err(|_| TransportConfigError::Proxy)?;
    value.set_sensitive(true);
    Ok(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_and_password_are_decoded() {
        for (url, expected) in [
            (
                "http://user:secret@proxy:3128",
                Some("Basic dXNlcjpzZWNyZXQ="),
            ),
            (
                "http://user:a%40b%3a@proxy:3128",
                Some("Basic dXNlcjphQGI6"),
            ),
            ("http://user@proxy", Some("Basic dXNlcjo=")),
            ("http://proxy:3128", None),
        ] {
            let proxy = Proxy::new(url).unwrap();
            let authorization = proxy.authorization.as_ref();
            assert_eq!(
                authorization.map(|v| v.to_str().unwrap()),
                expected,
                "{url}"
            );
            assert_eq!(proxy.origin.host, "proxy", "{url}");
        }
    }
}
