//! The text of errors: the cause and the phase, and nothing of the request.

use std::io::Write;
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use nft_invoice::transport::{Delivery, TransportConfig};
use socket2::{Domain, SockRef, Socket, Type};

use super::transport;
use crate::transport::server::{KEY, Server, TOKEN, get, outcome, post, read_request, wait};

/// The text of the error of a create, and of a read.
fn texts(config: &TransportConfig, url: &str) -> [String; 2] {
    [post, get].map(|request| {
        let transport = transport(config.clone());
        let error = transport.send(request(url)).unwrap_err();
        error.to_string()
    })
}

fn texts_of(act: fn(&mut TcpStream)) -> [String; 2] {
    let server = Server::start(move |_, mut tcp| {
        act(&mut tcp);
        Vec::new()
    });
    let texts = texts(&TransportConfig::default(), &server.url());
    server.finish();
    texts
}

fn respond(tcp: &mut TcpStream, response: &str) {
    read_request(tcp, &mut Vec::new());
    tcp.write_all(response.as_bytes()).unwrap();
}

#[test]
fn a_closed_port_refuses_the_connection() {
    // Bound, so that no other test takes the port, but not listening.
    let socket = Socket::new(Domain::IPV4, Type::STREAM, None).unwrap();
    let any_port = SocketAddr::from(([127, 0, 0, 1], 0));
    socket.bind(&any_port.into()).unwrap();
    let address = socket.local_addr().unwrap().as_socket().unwrap();
    let url = format!("http://{address}/");
    for text in texts(&TransportConfig::default(), &url) {
        assert_eq!(text, "connection refused while connecting");
    }
}

#[test]
fn a_server_that_closes_is_a_closed_connection() {
    for text in texts_of(|tcp| respond(tcp, "")) {
        assert_eq!(text, "connection closed while waiting for the response");
    }
}

#[test]
fn a_server_that_resets_is_a_reset_connection() {
    let texts = texts_of(|tcp| {
        read_request(tcp, &mut Vec::new());
        let linger = SockRef::from(&*tcp).set_linger(Some(Duration::ZERO));
        linger.unwrap();
    });
    for text in texts {
        assert_eq!(text, "connection reset while waiting for the response");
    }
}

#[test]
fn a_truncated_response_is_a_closed_connection() {
    for head in [
        "Content-Length: 9\r\n\r\n{}",
        "Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n",
    ] {
        let server = Server::start(move |_, mut tcp| {
            respond(&mut tcp, &format!("HTTP/1.1 200 OK\r\n{head}"));
            Vec::new()
        });
        for text in texts(&TransportConfig::default(), &server.url()) {
            assert_eq!(text, "connection closed while reading the response");
        }
        server.finish();
    }
}

#[test]
fn a_response_that_is_not_http_is_malformed() {
    for text in texts_of(|tcp| respond(tcp, "220 mail.example ESMTP\r\n\r\n")) {
        assert_eq!(
            text,
            "received malformed HTTP while waiting for the response"
        );
    }
}

#[test]
fn a_response_that_is_too_large_is_reported_as_such() {
    let texts = texts_of(|tcp| {
        respond(tcp, "HTTP/1.1 200 OK\r\n\r\n");
        while tcp.write_all(&[b' '; 4096]).is_ok() {}
    });
    for text in texts {
        let expected = "response larger than 1 MiB while reading the response";
        assert_eq!(text, expected);
    }
}

#[test]
fn a_server_that_does_not_respond_is_a_timeout() {
    let server = Server::start(|_, mut tcp| {
        wait(&mut tcp);
        Vec::new()
    });
    let mut config = TransportConfig::default();
    // On a busy machine a short timeout can expire before the request is sent.
    for milliseconds in [200, 1_000, 5_000, 25_000] {
        config.timeout = Duration::from_millis(milliseconds);
        let transport = transport(config.clone());
        let error = transport.send(post(&server.url())).unwrap_err();
        if error.delivery() == Delivery::Unknown {
            let expected = "timed out while waiting for the response";
            assert_eq!(error.to_string(), expected);
            break;
        }
        assert_eq!(error.to_string(), "timed out while connecting");
    }
    server.finish();
}

#[test]
fn an_unknown_host_name_is_not_found() {
    for text in texts(&TransportConfig::default(), "https://gateway.invalid/") {
        assert_eq!(text, "host name not found while connecting");
    }
}

#[test]
fn plain_http_to_another_host_is_refused() {
    let transport = transport(TransportConfig::default());
    let (delivery, printed) = outcome(&*transport, post("http://gateway.invalid/create"));
    assert_eq!(delivery, Delivery::NotSent);
    assert!(
        printed.starts_with("plain http is allowed only"),
        "{printed}"
    );
    for secret in [KEY, TOKEN, "gateway.invalid"] {
        assert!(!printed.contains(secret), "{printed}");
    }
}
