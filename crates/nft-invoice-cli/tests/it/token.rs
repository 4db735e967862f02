//! The admin token is sent to the intended sandbox only.
use std::io::{ErrorKind, Write};
use std::net::TcpListener;

use crate::server::{NOBODY, Server, http, json as answer, read_request};
use crate::steering::{TOKEN, steer};
use crate::tls::Authority;
use crate::{Files, end, program};

#[test]
fn invalid_options_of_sandbox_commands_end_with_2() {
    let with = |url: Option<&str>, token: Option<&str>, arguments: &[&str]| {
        let mut command = program(&[&["sandbox"], arguments].concat());
        command.envs(url.map(|url| ("NFT_INVOICE_SANDBOX_URL", url)));
        command.envs(token.map(|token| ("NFT_INVOICE_SANDBOX_TOKEN", token)));
        end(&mut command, "")
    };
    let advance = &["advance", "1d"][..];
    for (url, token, arguments, said) in [
        (None, Some(TOKEN), advance, "--at URL"),
        (None, Some(TOKEN), &["tail"], "NFT_INVOICE_SANDBOX_URL"),
        (Some(NOBODY), None, advance, "no token"),
        (Some(NOBODY), Some(""), advance, "no token"),
        (
            Some(NOBODY),
            Some("two\nlines"),
            advance,
            "does not contain a token",
        ),
        (
            Some("http://10.255.255.1:1"),
            Some(TOKEN),
            advance,
            "only if --at names it",
        ),
        (
            Some("http://shop.example"),
            Some(TOKEN),
            advance,
            "only if --at names it",
        ),
        (
            Some("ftp://127.0.0.1:1"),
            Some(TOKEN),
            advance,
            "http://127.0.0.1:8080",
        ),
        (
            Some("http://127.0.0.1:65536"),
            Some(TOKEN),
            advance,
            "a port up to 65535",
        ),
        (
            Some("http://127.0.0.1:1/_sbx?token=t0ken-7"),
            Some(TOKEN),
            advance,
            "nothing more",
        ),
        (Some(NOBODY), Some(TOKEN), &["fault", "@nowhere"], "nowhere"),
        (
            Some(NOBODY),
            Some(TOKEN),
            &["fault", "x", "--clear"],
            "cannot be used with",
        ),
        (Some(NOBODY), Some(TOKEN), &["replay"], "ID|FROM..TO"),
        (Some(NOBODY), Some(TOKEN), &["replay", "9..1"], "smaller"),
        (Some(NOBODY), Some(TOKEN), &["replay", "x"], "1..9"),
        (
            Some(NOBODY),
            Some(TOKEN),
            &["replay", "1", "--failed-since", "x"],
            "cannot be used with",
        ),
        (
            Some(NOBODY),
            Some(TOKEN),
            &["trigger", "invoice:paid"],
            "--invoice",
        ),
        (
            Some(NOBODY),
            Some(TOKEN),
            &["--seed", "7", "tail"],
            "running one",
        ),
    ] {
        let ended = with(url, token, arguments);
        assert_eq!(ended.code, Some(2), "{arguments:?}: {ended:?}");
        assert!(
            ended.err.contains(said),
            "{said:?} of {arguments:?}: {}",
            ended.err
        );
        assert_eq!(ended.out, "");
        assert!(!ended.err.contains("t0ken"), "{ended:?}");
    }
}

#[test]
fn an_explicit_address_takes_precedence_and_may_be_remote() {
    let sandbox = Server::answering(answer("{}"));
    let url = sandbox.base_url.clone();
    let ended = steer(
        "http://shop.example",
        &["--format", "json", "advance", "1d", "--at", &url],
    );
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(sandbox.request().contains(TOKEN));
    // Not this machine by its look, though it leads here.
    let sandbox = Server::answering(answer("{}"));
    let url = sandbox.base_url.replace("127.0.0.1", "0.0.0.0");
    let refused = steer(&url, &["advance", "1d"]);
    assert_eq!(refused.code, Some(2), "{refused:?}");
    let ended = steer(NOBODY, &["advance", "1d", "--at", &url]);
    assert_eq!(ended.code, Some(0), "{ended:?}");
}

#[test]
fn a_redirect_does_not_get_the_token() {
    let other = TcpListener::bind("127.0.0.1:0").unwrap();
    other.set_nonblocking(true).unwrap();
    let at = other.local_addr().unwrap();
    for status in ["302 Found", "307 Temporary Redirect"] {
        let redirect = format!(
            "HTTP/1.1 {status}\r\nLocation: http://{at}/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
        );
        let sandbox = Server::answering(redirect);
        // A follower gets no response there.
        let ended = steer(&sandbox.base_url, &["advance", "1d", "--timeout", "2"]);
        assert_eq!(ended.code, Some(5), "{ended:?}");
        assert!(ended.err.contains(&status[..3]), "{ended:?}");
        let followed = other.accept().map_err(|error| error.kind());
        assert_eq!(followed.unwrap_err(), ErrorKind::WouldBlock);
    }
}

#[test]
fn a_sandbox_behind_https_needs_a_trusted_certificate() {
    let (authority, files) = (Authority::new(), Files::new());
    let ours = files.write("ours.pem", authority.pem());
    let others = files.write("others.pem", Authority::new().pem());
    for (file, code) in [(&ours, 0), (&others, 4)] {
        let accept = authority.accept();
        let sandbox = Server::new(move |tcp| {
            let mut tls = accept(tcp);
            // A client that does not trust the certificate ends the handshake.
            if tls.conn.complete_io(&mut tls.sock).is_err() {
                return String::new();
            }
            let request = read_request(&mut tls);
            tls.write_all(answer("{}").as_bytes()).unwrap();
            request
        });
        let url = sandbox.base_url.replace("http://", "https://");
        let mut command = program(&["sandbox", "advance", "1d", "--at", &url]);
        command.env("NFT_INVOICE_SANDBOX_TOKEN", TOKEN);
        let ended = end(command.env("SSL_CERT_FILE", file), "");
        assert_eq!(ended.code, Some(code), "{ended:?}");
        assert_eq!(sandbox.request().contains(TOKEN), file == &ours);
    }
}

#[test]
fn no_proxy_from_the_environment_receives_the_token() {
    let sandbox = Server::answering(answer("{}"));
    let mut command = program(&["sandbox", "advance", "1d", "--at", &sandbox.base_url]);
    command.env("NFT_INVOICE_SANDBOX_TOKEN", TOKEN);
    for name in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
        command.env(name, NOBODY);
    }
    let ended = end(&mut command, "");
    assert_eq!(ended.code, Some(0), "{ended:?}");
}

#[test]
fn the_token_is_not_shown_whatever_the_response() {
    let echo = format!(r#"{{"error":"no {TOKEN}","from":"{TOKEN}","allowed":["{TOKEN}"]}}"#);
    for given in [
        http("409 Conflict", "application/json", &echo),
        http("400 Bad Request", "application/json", &echo),
        http(&format!("400 {TOKEN}"), TOKEN, TOKEN),
        http("500 Oops", TOKEN, TOKEN),
        format!(
            "HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1/{TOKEN}\r\nContent-Length: 0\r\n\r\n"
        ),
        format!("{TOKEN}\r\n\r\n"),
    ] {
        for format in ["text", "json"] {
            let sandbox = Server::answering(given.clone());
            let ended = steer(&sandbox.base_url, &["advance", "1d", "--format", format]);
            assert!(matches!(ended.code, Some(3 | 5)), "{ended:?}");
            assert!(sandbox.request().contains(TOKEN), "it was sent");
            assert!(
                !ended.out.contains(TOKEN) && !ended.err.contains(TOKEN),
                "{ended:?}"
            );
        }
    }
}
