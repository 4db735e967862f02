//! Helpers for the admin API and the dashboard, with and without the token.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

use nft_invoice_sandbox::Sandbox;
use serde_json::Value;

use crate::client::{Response, address, raw};

pub const API: &str = "/_sbx/api";

/// A request with the sandbox's own address as the host.
pub fn ask(
    sandbox: &Sandbox,
    method: &str,
    target: &str,
    headers: &[(&str, &str)],
    body: &str,
) -> Response {
    let (host, length) = (address(sandbox), body.len());
    let mut request = format!(
        "{method} {target} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\nContent-Length: {length}\r\n"
    );
    for (name, value) in headers {
        request += &format!("{name}: {value}\r\n");
    }
    raw(sandbox, format!("{request}\r\n{body}").as_bytes())
}

/// Calls the API with the token.
pub fn call(sandbox: &Sandbox, method: &str, path: &str, body: &Value) -> Response {
    let bearer = format!("Bearer {}", sandbox.admin_token());
    let body = match body {
        Value::Null => String::new(),
        body => body.to_string(),
    };
    let headers = [("Authorization", &*bearer)];
    ask(sandbox, method, &format!("{API}{path}"), &headers, &body)
}

/// The response of a successful call.
#[track_caller]
pub fn done(sandbox: &Sandbox, method: &str, path: &str, body: &Value) -> Value {
    let response = call(sandbox, method, path, body);
    assert_eq!(
        response.status, 200,
        "{method} {path} {body}: {}",
        response.body
    );
    response.json()
}

/// Reads from the API with the token.
#[track_caller]
pub fn shown(sandbox: &Sandbox, path: &str) -> Value {
    done(sandbox, "GET", path, &Value::Null)
}

/// Reads from the API without the token.
#[track_caller]
pub fn shown_to_all(sandbox: &Sandbox, path: &str) -> Value {
    let response = ask(sandbox, "GET", &format!("{API}{path}"), &[], "");
    assert_eq!(response.status, 200, "{path}: {}", response.body);
    response.json()
}

/// The error of a call that fails with `status`.
#[track_caller]
pub fn rejected(sandbox: &Sandbox, method: &str, path: &str, body: &Value, status: u16) -> Value {
    let response = call(sandbox, method, path, body);
    assert_eq!(
        response.status, status,
        "{method} {path} {body}: {}",
        response.body
    );
    let error = response.json();
    assert!(error["error"].is_string(), "{error}");
    error
}

/// A callback receiver that responds when the test calls [`respond`].
pub struct SlowReceiver {
    url: String,
    callbacks: Receiver<TcpStream>,
}

impl SlowReceiver {
    pub fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let url = format!("http://{}/", listener.local_addr().unwrap());
        let (sender, callbacks) = channel();
        // The thread ends with the test process.
        std::thread::spawn(move || {
            for socket in listener.incoming().map_while(Result::ok) {
                let _ = sender.send(socket);
            }
        });
        Self { url, callbacks }
    }

    pub fn url(&self) -> String {
        self.url.clone()
    }

    /// The next callback, which waits for a response.
    #[track_caller]
    pub fn callback(&self) -> TcpStream {
        // Makes the test fail if no callback arrives.
        let socket = self.callbacks.recv_timeout(Duration::from_secs(30));
        let mut socket = socket.expect("a callback comes");
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") && socket.read(&mut byte).expect("it is sent") == 1 {
            head.push(byte[0]);
        }
        socket
    }
}

pub fn respond(mut callback: TcpStream, status: u16) {
    let response = format!("HTTP/1.1 {status} X\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
    callback.write_all(response.as_bytes()).expect("it waits");
    let _ = callback.read_to_end(&mut Vec::new());
}
