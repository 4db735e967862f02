use http::HeaderValue;
use http::header::{CONTENT_LENGTH, EXPECT, TRANSFER_ENCODING, USER_AGENT};

use crate::{Phase, Request, SendGate, TransportConfig, TransportError, check_uri};

impl TransportConfig {
    /// Makes `request` ready to be sent and returns its armed gate. For transports, before anything else.
    ///
    /// Checks the URI with [`check_uri`], removes the headers that frame a body, sets `Content-Length` unless
    /// the request is a [read](is_read), and sets `User-Agent` unless the request has one.
    ///
    /// # Errors
    ///
    /// [`NotSent`](crate::Delivery::NotSent), when the URI is not allowed or the user agent is not a header value.
    pub fn prepare(&self, request: &mut Request) -> Result<SendGate, TransportError> {
        check_uri(request.uri(), &self.insecure_hosts)?;
        let user_agent = self
            .user_agent()
            .map_err(|error| TransportError::not_sent(error).during(Phase::Preparing))?;
        let length = request.body().len();
        let is_read = is_read(request);
        let headers = request.headers_mut();
        for framing in [CONTENT_LENGTH, TRANSFER_ENCODING, EXPECT] {
            headers.remove(framing);
        }
        if !is_read {
            headers.insert(CONTENT_LENGTH, HeaderValue::from(length));
        }
        headers.entry(USER_AGENT).or_insert(user_agent);
        Ok(SendGate::arm(request))
    }
}

/// Whether `request` may go over a connection that has been used: it has no body and a safe method.
#[must_use]
pub fn is_read(request: &Request) -> bool {
    request.body().is_empty() && request.method().is_safe()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Body, Delivery};

    fn request(method: &str, body: Body) -> Request {
        http::Request::builder()
            .method(method)
            .uri("https://gateway.example/create")
            .header("content-length", "5")
            .header("transfer-encoding", "chunked")
            .header("expect", "100-continue")
            .body(body)
            .unwrap()
    }

    #[test]
    fn replaces_the_framing_headers() {
        let config = TransportConfig::default();
        for (method, body, length) in [
            ("POST", Body::from_static(b"card"), Some("4")),
            ("POST", Body::empty(), Some("0")),
            ("GET", Body::from_static(b"card"), Some("4")),
            ("GET", Body::empty(), None),
        ] {
            let mut request = request(method, body);
            config.prepare(&mut request).unwrap();
            let headers = request.headers();
            let given = headers.get(CONTENT_LENGTH).map(|v| v.to_str().unwrap());
            assert_eq!(given, length);
            assert!(!headers.contains_key(TRANSFER_ENCODING) && !headers.contains_key(EXPECT));
        }
    }

    #[test]
    fn adds_the_user_agent_unless_there_is_one() {
        let config = TransportConfig {
            user_agent: "shop/1.0".into(),
            ..TransportConfig::default()
        };
        let mut without = request("POST", Body::empty());
        config.prepare(&mut without).unwrap();
        assert_eq!(without.headers()[USER_AGENT], "shop/1.0");
        let mut with = request("POST", Body::empty());
        let own = HeaderValue::from_static("other/2.0");
        with.headers_mut().insert(USER_AGENT, own);
        config.prepare(&mut with).unwrap();
        assert_eq!(with.headers()[USER_AGENT], "other/2.0");
    }

    #[test]
    fn refuses_a_host_before_it_arms_the_gate() {
        let mut request = request("POST", Body::from_static(b"card"));
        *request.uri_mut() = "http://gateway.example/".parse().unwrap();
        let gate = SendGate::default();
        request.extensions_mut().insert(gate.clone());
        let error = TransportConfig::default()
            .prepare(&mut request)
            .unwrap_err();
        assert_eq!(error.delivery(), Delivery::NotSent);
        assert!(!gate.take());
    }
}
