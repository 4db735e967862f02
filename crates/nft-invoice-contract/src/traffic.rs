use std::error::Error;

use nft_invoice_transport::{Body, Request, TransportError};

pub(crate) const KEY: &str = "key_live_51Hq";
const TOKEN: &str = "tok_9f3a";
const CARD: &str = "4242424242424242";
const BODY: &str = r#"{"card_number":"4242424242424242","card_ccv":"737"}"#;

/// Builds a create with a key, a card and a token in its URI, or a read without a body.
///
/// `padding` makes the body larger than the buffers of a socket.
pub(crate) fn request(method: &str, url: &str, padding: usize) -> Request {
    let body = match (method, padding) {
        ("GET", _) => Body::empty(),
        (_, 0) => Body::from_static(BODY.as_bytes()),
        _ => Body::from([BODY.as_bytes(), &vec![b' '; padding]].concat()),
    };
    let mut request = Request::new(body);
    *request.method_mut() = method.parse().expect("a method");
    *request.uri_mut() = format!("{url}?token={TOKEN}").parse().expect("a URI");
    let headers = request.headers_mut();
    headers.insert("api-key", http::HeaderValue::from_static(KEY));
    headers.insert(
        http::header::CONTENT_TYPE,
        http::HeaderValue::from_static("application/json"),
    );
    request
}

/// Framing headers that do not match any request of the suite.
const MISLEADING: [(&str, &str); 3] = [
    ("content-length", "5"),
    ("transfer-encoding", "chunked"),
    ("expect", "100-continue"),
];

pub(crate) fn mislead(request: &mut Request) {
    for (name, value) in MISLEADING {
        let value = http::HeaderValue::from_static(value);
        request.headers_mut().insert(name, value);
    }
}

/// Returns the name of the misleading header in `bytes`.
pub(crate) fn misleading_header(bytes: &[u8]) -> Option<&'static str> {
    let text = String::from_utf8_lossy(bytes).to_ascii_lowercase();
    let holds = |(name, value): &(&str, &str)| text.contains(&format!("\r\n{name}: {value}\r\n"));
    let found = MISLEADING.iter().find(|header| holds(header));
    found.map(|(name, _)| *name)
}

/// The requests that a connection received.
#[derive(Debug, Default)]
pub(crate) struct Requests {
    /// The first line of each request that is complete by its `Content-Length`.
    pub(crate) lines: Vec<String>,
    /// Whether a byte of any body arrived.
    pub(crate) body: bool,
    /// Whether a create came without a `Content-Length`, so that its end is unknown.
    pub(crate) no_length: bool,
}

pub(crate) fn requests(mut bytes: &[u8]) -> Requests {
    let mut all = Requests::default();
    while let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
        let (head, rest) = bytes.split_at(end + 4);
        let length = content_length(head);
        let create = head.starts_with(b"POST");
        all.body |= create && !rest.is_empty();
        if create && length.is_none() {
            all.no_length = true;
            break;
        }
        let length = length.unwrap_or(0);
        if rest.len() < length {
            break;
        }
        let head = String::from_utf8_lossy(head);
        all.lines
            .push(head.lines().next().unwrap_or_default().to_owned());
        bytes = &rest[length..];
    }
    all
}

/// Returns the `Content-Length`, unless a `Transfer-Encoding` overrides it.
pub(crate) fn content_length(head: &[u8]) -> Option<usize> {
    let head = String::from_utf8_lossy(head).to_ascii_lowercase();
    let field = |name| head.lines().find_map(|line| line.strip_prefix(name));
    if field("transfer-encoding:").is_some() {
        return None;
    }
    field("content-length:")?.trim().parse().ok()
}

/// Returns which of the key and the card are in `bytes`.
pub(crate) fn secret_in(bytes: &[u8]) -> Option<&'static str> {
    let holds = |secret: &str| bytes.windows(secret.len()).any(|w| w == secret.as_bytes());
    match (holds(KEY), holds(CARD)) {
        (true, true) => Some("the key and the body"),
        (true, false) => Some("the key"),
        (false, true) => Some("the body"),
        (false, false) => None,
    }
}

/// Returns which secret an error shows, in `Display` or `Debug` of it or of its sources.
pub(crate) fn leak(error: &TransportError) -> Option<&'static str> {
    let mut shown = format!("{error} {error:?} {error:#?}");
    let mut source = error.source();
    while let Some(next) = source {
        shown += &format!(" {next} {next:?}");
        source = next.source();
    }
    [
        (KEY, "the key"),
        (TOKEN, "the URI's token"),
        (CARD, "the card"),
        ("737\"", "the CVC"),
    ]
    .into_iter()
    .find_map(|(secret, name)| shown.contains(secret).then_some(name))
}
