use std::io::{ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use nft_invoice_sandbox::{Sandbox, SandboxBuilder};
use serde_json::{Value, json};

pub const CREATE: &str = "/api/btn-create-invoice/get/";
pub const STATUS: &str = "/api/invoice/status/";
pub const INFOS: &str = "/api/client-invoice-info/get/";
pub const HISTORY: &str = "/api/invoice/history/";

pub struct Response {
    pub status: u16,
    head: String,
    pub body: String,
}

impl Response {
    #[track_caller]
    pub fn json(&self) -> Value {
        let body = &self.body;
        serde_json::from_str(body).unwrap_or_else(|_| panic!("the response is not JSON: {body}"))
    }

    /// The error code, 0 for none.
    #[track_caller]
    pub fn code(&self) -> u64 {
        let code = &self.json()["errorCode"];
        code.as_u64()
            .unwrap_or_else(|| panic!("no errorCode in {}", self.body))
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.eq_ignore_ascii_case(name).then(|| value.trim())
        })
    }
}

#[track_caller]
pub fn start(builder: SandboxBuilder) -> Sandbox {
    builder.start_blocking().expect("the sandbox starts")
}

pub fn address(sandbox: &Sandbox) -> &str {
    sandbox.local_url().trim_start_matches("http://")
}

/// Waits until everything that is due now has happened.
pub fn settle(sandbox: &Sandbox) {
    sandbox.advance(Duration::ZERO).wait().unwrap();
}

/// Writes `request` unchanged, and reads until the server closes the connection.
pub fn raw(sandbox: &Sandbox, request: &[u8]) -> Response {
    let mut socket = TcpStream::connect(address(sandbox)).expect("the sandbox accepts");
    // Makes the test fail if the server hangs.
    socket
        .set_read_timeout(Some(Duration::from_secs(30)))
        .unwrap();
    // The server may respond and close before it has read everything.
    let _ = socket.write_all(request);
    let mut response = Vec::new();
    let read = socket.read_to_end(&mut response);
    if let Err(error) = read {
        assert_eq!(
            error.kind(),
            ErrorKind::ConnectionReset,
            "reading the response"
        );
    }
    let text = String::from_utf8(response).expect("responses are UTF-8");
    let (head, body) = text.split_once("\r\n\r\n").expect("a complete head");
    let status = head.split(' ').nth(1).and_then(|code| code.parse().ok());
    Response {
        status: status.expect("a status line"),
        head: head.to_owned(),
        body: body.to_owned(),
    }
}

pub fn send(
    sandbox: &Sandbox,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Response {
    let host = address(sandbox);
    let mut request =
        format!("{method} {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n");
    for (name, value) in headers {
        request += &format!("{name}: {value}\r\n");
    }
    if !body.is_empty() {
        request += &format!("Content-Length: {}\r\n", body.len());
    }
    request += "\r\n";
    request += body;
    raw(sandbox, request.as_bytes())
}

/// A create call with the account's key.
pub fn create(sandbox: &Sandbox, body: &Value) -> Response {
    create_text(sandbox, &body.to_string())
}

pub fn create_text(sandbox: &Sandbox, body: &str) -> Response {
    let headers = [
        ("API-KEY", sandbox.api_key()),
        ("Content-Type", "application/json"),
    ];
    send(sandbox, "POST", CREATE, &headers, body)
}

/// A read with the account's key.
pub fn get(sandbox: &Sandbox, target: &str) -> Response {
    send(
        sandbox,
        "GET",
        target,
        &[("API-KEY", sandbox.api_key())],
        "",
    )
}

pub fn hosted() -> Value {
    json!({ "email": "a@b.example", "amount": "15.40", "devise": "USD", "checkoutMode": "nft" })
}

/// A complete S2S invoice with this card.
pub fn s2s(card_number: &str) -> Value {
    with(
        hosted(),
        json!({
            "name": "John Smith", "address1": "1000 Lombard St", "address2": "1000 Lombard St",
            "city": "San Francisco", "country": "DE", "postcode": "90210",
            "date_of_birth": "1990-12-31", "card_number": card_number,
            "card_expiry_date": "02/2025", "card_ccv": "000",
            "nftImageUrls": "https://nft.example/1.png",
            "ipfsMetadata": { "name": "My NFT", "attributes": { "power": 10, "color": "black" } },
            "nftDescription": "My NFT description", "customer_ip": "127.0.0.1",
            "phone": "020 7946 0018",
        }),
    )
}

/// `body` with fields replaced or, where they are null, removed.
pub fn with(mut body: Value, members: Value) -> Value {
    let target = body.as_object_mut().expect("a body is an object");
    for (name, value) in members.as_object().expect("members are an object") {
        match value {
            Value::Null => target.remove(name),
            value => target.insert(name.clone(), value.clone()),
        };
    }
    body
}

/// The path and query of a hosted invoice's page.
#[track_caller]
pub fn page_of(sandbox: &Sandbox, response: &Response) -> String {
    let response = response.json();
    let url = response["redirectUrl"].as_str();
    let url = url.unwrap_or_else(|| panic!("no redirectUrl in {response}"));
    let path = url.strip_prefix(sandbox.base_url());
    path.expect("the page is on the sandbox").to_owned()
}

/// The nonce of the form on `page`.
#[track_caller]
pub fn nonce(page: &Response) -> &str {
    let (_, rest) = page
        .body
        .split_once(r#"name="nonce" value=""#)
        .expect("a form");
    rest.split('"').next().unwrap()
}

pub fn open(sandbox: &Sandbox, page: &str) -> Response {
    let response = send(sandbox, "GET", page, &[], "");
    assert_eq!(response.status, 200, "{}", response.body);
    response
}

pub fn submit(sandbox: &Sandbox, page: &str, fields: &str) -> Response {
    let form = [("Content-Type", "application/x-www-form-urlencoded")];
    send(sandbox, "POST", page, &form, fields)
}

/// Opens the page and presses one of its buttons, with `more` fields.
pub fn press(sandbox: &Sandbox, page: &str, action: &str, more: &str) -> Response {
    let opened = open(sandbox, page);
    submit(
        sandbox,
        page,
        &format!("nonce={}&action={action}{more}", nonce(&opened)),
    )
}
