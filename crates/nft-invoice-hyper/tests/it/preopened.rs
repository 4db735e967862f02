//! Connections that were opened ahead, and what happens to them before they are used.

use std::net::TcpListener;
use std::time::Duration;

use nft_invoice_hyper::{Connections, HyperTransport};
use nft_invoice_transport::{
    Body, Delivery, Request, Response, Transport, TransportConfig, TransportError,
};

use crate::server::{Act, Server};

const AHEAD: usize = 3;

/// Opens nothing but by a warm-up.
fn on_request() -> Connections {
    Connections {
        preopened: AHEAD,
        refill: false,
        max_age: Duration::from_secs(3600),
        ..Connections::default()
    }
}

fn transport(server: &Server, connections: Connections) -> HyperTransport {
    HyperTransport::with_connections(server.config(), connections).unwrap()
}

async fn warm_up(transport: &HyperTransport, server: &Server) {
    transport
        .warm_up(&server.url().parse().unwrap())
        .await
        .unwrap();
    server.acted(AHEAD);
}

fn request(method: &str, url: &str) -> Request {
    let body = match method {
        "GET" => Body::empty(),
        _ => Body::from_static(b"card"),
    };
    let mut request = Request::new(body);
    *request.method_mut() = method.parse().unwrap();
    *request.uri_mut() = url.parse().unwrap();
    request
}

async fn create(transport: &HyperTransport, server: &Server) -> Result<Response, TransportError> {
    transport.send(request("POST", &server.url())).await
}

/// The number of the connection that the response came over.
fn number(response: Result<Response, TransportError>) -> usize {
    let response = response.unwrap();
    let text = std::str::from_utf8(response.body().as_bytes()).unwrap();
    text.parse().unwrap()
}

/// Runs a test over http and https, on a runtime with one thread and with two.
fn each_way<F: Future<Output = ()>>(test: impl Fn(bool) -> F) {
    let schemes: &[bool] = if cfg!(feature = "rustls") {
        &[false, true]
    } else {
        &[false]
    };
    for &https in schemes {
        let one = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        one.unwrap().block_on(test(https));
        let mut two = tokio::runtime::Builder::new_multi_thread();
        let two = two.worker_threads(2).enable_all().build();
        two.unwrap().block_on(test(https));
    }
}

#[test]
fn creates_use_the_connections_that_were_opened_ahead_once() {
    each_way(async |https| {
        let server = Server::start(https, |_| Act::Serve);
        let transport = transport(&server, on_request());
        warm_up(&transport, &server).await;
        let mut used = Vec::new();
        for _ in 0..=AHEAD {
            used.push(number(create(&transport, &server).await));
        }
        used.sort_unstable();
        assert_eq!(used, [0, 1, 2, 3], "the last one opened its own");
    });
}

#[test]
fn a_connection_that_was_disturbed_while_it_was_idle_is_not_used() {
    const TIMEOUT: &[u8] = b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n";
    each_way(async |https| {
        for act in [
            Act::Close,
            Act::Reset,
            Act::ShutDown,
            Act::Write(TIMEOUT),
            Act::Write(b"\n"),
            Act::CloseNotify,
        ] {
            if act == Act::CloseNotify && !https {
                continue;
            }
            let server = Server::start(
                https,
                move |number| {
                    if number < AHEAD { act } else { Act::Serve }
                },
            );
            let transport = transport(&server, on_request());
            // A reset can come before the client has finished its handshake.
            let _ = transport.warm_up(&server.url().parse().unwrap()).await;
            server.acted(AHEAD);
            let used = number(create(&transport, &server).await);
            // Whether one of them ends before the warm-up does, and is replaced, is a race.
            assert!(used >= AHEAD, "{used}, {act:?}, https: {https}");
            drop(transport);
        }
    });
}

#[test]
fn a_connection_that_was_disturbed_is_closed_at_once() {
    each_way(async |https| {
        let server = Server::start(https, |_| Act::ShutDown);
        let transport = transport(&server, on_request());
        let url = server.url().parse().unwrap();
        transport.warm_up(&url).await.unwrap();
        let closings = tokio::task::spawn_blocking(move || server.closed(AHEAD));
        closings.await.unwrap();
        drop(transport);
    });
}

#[cfg(feature = "rustls")]
#[test]
fn session_tickets_are_no_disturbance() {
    // On a runtime that does not run in between, they arrive unread.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let server = Server::start(true, |_| Act::Serve);
    let transport = transport(&server, on_request());
    let url = server.url().parse().unwrap();
    runtime.block_on(transport.warm_up(&url)).unwrap();
    server.acted(AHEAD);
    let used = number(runtime.block_on(create(&transport, &server)));
    assert!(used < AHEAD, "{used}");
}

#[test]
fn a_request_over_a_connection_that_was_dropped_silently_is_unknown() {
    each_way(async |https| {
        let server = Server::start(https, |_| Act::StaySilent);
        let config = TransportConfig {
            timeout: Duration::from_millis(300),
            connect_timeout: Some(Duration::from_secs(60)),
            ..server.config()
        };
        let transport = HyperTransport::with_connections(config, on_request()).unwrap();
        // A busy machine may need longer than the timeout for the handshakes.
        while transport
            .warm_up(&server.url().parse().unwrap())
            .await
            .is_err()
        {}
        let mut error = create(&transport, &server).await.unwrap_err();
        while error.delivery() == Delivery::NotSent {
            error = create(&transport, &server).await.unwrap_err();
        }
        assert_eq!(error.delivery(), Delivery::Unknown);
        assert_eq!(
            error.to_string(),
            "timed out while waiting for the response"
        );
    });
}

#[test]
fn an_idle_transport_closes_its_connections_and_opens_none() {
    each_way(async |https| {
        let server = Server::start(https, |_| Act::Serve);
        let connections = Connections {
            preopened: AHEAD,
            max_age: Duration::from_millis(100),
            ..Connections::default()
        };
        let transport = transport(&server, connections);
        let url = server.url().parse().unwrap();
        transport.warm_up(&url).await.unwrap();
        let closings = tokio::task::spawn_blocking(move || {
            server.closed(AHEAD);
            assert!(server.events.try_recv().is_err(), "none was opened");
            server
        });
        let server = closings.await.unwrap();
        let used = number(create(&transport, &server).await);
        assert!(used >= AHEAD, "{used}");
    });
}

#[test]
fn a_connection_is_too_old_by_the_time_it_is_taken() {
    // On a runtime that does not run in between, nothing closes it.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let runtime = runtime.unwrap();
    let server = Server::start(false, |_| Act::Serve);
    let connections = Connections {
        max_age: Duration::from_millis(100),
        ..on_request()
    };
    let transport = transport(&server, connections);
    runtime
        .block_on(transport.warm_up(&server.url().parse().unwrap()))
        .unwrap();
    std::thread::sleep(Duration::from_millis(100));
    let used = number(runtime.block_on(create(&transport, &server)));
    assert_eq!(used, AHEAD);
}

#[test]
fn each_create_opens_a_connection_for_a_later_one() {
    each_way(async |https| {
        let server = Server::start(https, |_| Act::Serve);
        let transport = transport(
            &server,
            Connections {
                preopened: 1,
                max_age: Duration::from_secs(3600),
                ..Connections::default()
            },
        );
        let mut used = Vec::new();
        for _ in 0..4 {
            used.push(number(create(&transport, &server).await));
            // Waits for the one that the create has begun to open.
            transport
                .warm_up(&server.url().parse().unwrap())
                .await
                .unwrap();
        }
        used.sort_unstable();
        assert_eq!(used, [0, 1, 2, 3]);
        let read = transport.send(request("GET", &server.url())).await;
        assert_eq!(number(read), 5, "4 waits for a create");
    });
}

#[test]
fn a_refill_that_fails_is_no_failure_of_the_create() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/create", listener.local_addr().unwrap());
    let serving = std::thread::spawn(move || {
        use std::io::{Read, Write};
        let (mut tcp, _) = listener.accept().unwrap();
        drop(listener);
        let mut received = Vec::new();
        while !received.ends_with(b"card") {
            let mut byte = [0];
            tcp.read_exact(&mut byte).unwrap();
            received.extend(byte);
        }
        tcp.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
            .unwrap();
    });
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    runtime.unwrap().block_on(async {
        let transport = HyperTransport::new(TransportConfig::default()).unwrap();
        transport.send(request("POST", &url)).await.unwrap();
        let error = transport.send(request("POST", &url)).await.unwrap_err();
        assert_eq!(error.delivery(), Delivery::NotSent);
        assert_eq!(error.to_string(), "connection refused while connecting");
        let error = transport.warm_up(&url.parse().unwrap()).await.unwrap_err();
        assert_eq!(error.delivery(), Delivery::NotSent);
        assert_eq!(error.to_string(), "connection refused while connecting");
    });
    serving.join().unwrap();
}

#[test]
fn connections_are_closed_with_the_transport() {
    each_way(async |https| {
        // The first is still in its handshake, where there is one.
        let server = Server::start(https, |number| match number {
            0 => Act::Hang,
            _ => Act::Serve,
        });
        let transport = transport(&server, on_request());
        let warming = {
            let (transport, url) = (transport.clone(), server.url());
            tokio::spawn(async move { transport.warm_up(&url.parse().unwrap()).await })
        };
        let mut open = 0;
        while open < AHEAD {
            open += usize::from(server.events.try_recv().is_ok());
            tokio::task::yield_now().await;
        }
        warming.abort();
        let _ = warming.await;
        drop(transport);
        let closings = tokio::task::spawn_blocking(move || server.closed(AHEAD));
        closings.await.unwrap();
    });
}

#[test]
fn connections_end_with_the_runtime_that_they_were_opened_on() {
    let server = Server::start(false, |_| Act::Serve);
    let transport = transport(&server, on_request());
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
    };
    runtime().block_on(warm_up(&transport, &server));
    let used = number(runtime().block_on(create(&transport, &server)));
    assert_eq!(used, AHEAD);
}

#[test]
fn creates_reuse_connections_only_if_that_was_asked_for() {
    each_way(async |https| {
        for reuse_for_creates in [false, true] {
            let server = Server::start(https, |_| Act::Serve);
            let transport = transport(
                &server,
                Connections {
                    reuse_for_creates,
                    ..on_request()
                },
            );
            let first = number(create(&transport, &server).await);
            let second = number(create(&transport, &server).await);
            assert_eq!(first == second, reuse_for_creates);
        }
    });
}

#[test]
fn a_create_that_reuses_a_connection_opens_none_ahead() {
    each_way(async |https| {
        let server = Server::start(https, |_| Act::Serve);
        let connections = Connections {
            reuse_for_creates: true,
            refill: true,
            ..on_request()
        };
        let first = transport(&server, connections);
        for _ in 0..10 {
            create(&first, &server).await.unwrap();
        }
        // The first create opened its own, and one ahead.
        let second = transport(&server, on_request());
        let opened = number(create(&second, &server).await);
        assert!(opened <= 2, "{opened} were opened before");
    });
}

#[test]
fn a_connection_does_not_age_while_a_request_has_it() {
    each_way(async |https| {
        let max_age = Duration::from_millis(100);
        let server = Server::start(https, move |_| Act::ServeAfter(2 * max_age));
        let connections = Connections {
            reuse_for_creates: true,
            max_age,
            ..on_request()
        };
        let transport = transport(&server, connections);
        // On a busy machine one may age between two creates.
        let mut used = vec![number(create(&transport, &server).await)];
        while used.len() < 2 || used[used.len() - 2] != used[used.len() - 1] {
            used.push(number(create(&transport, &server).await));
            assert!(used.len() < 20, "{used:?}");
        }
    });
}

#[test]
fn reads_reuse_their_connections_and_take_none_from_the_creates() {
    each_way(async |https| {
        let server = Server::start(https, |_| Act::Serve);
        let config = TransportConfig {
            reuse_connections: true,
            ..server.config()
        };
        let transport = HyperTransport::with_connections(config, on_request()).unwrap();
        warm_up(&transport, &server).await;
        for _ in 0..3 {
            let read = transport.send(request("GET", &server.url())).await;
            assert_eq!(number(read), AHEAD);
        }
        assert!(number(create(&transport, &server).await) < AHEAD);
    });
}

#[test]
fn a_warm_up_sends_nothing_over_plain_http_to_another_machine() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let transport = HyperTransport::new(TransportConfig::default()).unwrap();
    let uri = "http://gateway.example/".parse().unwrap();
    let error = runtime
        .unwrap()
        .block_on(transport.warm_up(&uri))
        .unwrap_err();
    assert!(error.to_string().contains("plain http"), "{error}");
}
