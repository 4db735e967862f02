//! The exit code of `create` for everything a gateway may do.
use std::net::TcpListener;

use crate::server::{NOBODY, Server, http, json, read_request};
use crate::{Ended, Files, HOSTED, KEY, end, program};

const TRANSPORTS: [&str; 3] = ["hyper", "reqwest", "ureq"];

fn create(transport: &str, base_url: &str, format: &str) -> Ended {
    let files = Files::new();
    let file = files.write("order.json", HOSTED);
    let mut command = program(&[
        "create",
        &file,
        "--transport",
        transport,
        "--format",
        format,
    ]);
    command.env("NFT_INVOICE_BASE_URL", base_url);
    command.env("NFT_INVOICE_API_KEY", KEY);
    end(&mut command, "")
}

/// Exit code and outcome on both transports; both formats end alike.
#[track_caller]
fn expect(server: impl Fn() -> Server, code: i32, outcome: &str) {
    for transport in TRANSPORTS {
        let gateway = server();
        let json = create(transport, &gateway.base_url, "json");
        assert!(gateway.request().contains("jane@shop.example"));
        assert_eq!(json.code, Some(code), "{transport}: {json:?}");
        let object = json.object();
        assert_eq!(object["outcome"], outcome, "{transport}: {object}");
        let reference = object["reference"].as_str().unwrap();
        assert!(json.err.contains(reference), "{json:?}");

        let text = create(transport, &server().base_url, "text");
        assert_eq!(text.code, Some(code), "{transport}: {text:?}");
        assert!(text.err.contains("Reference: "), "{text:?}");
        assert_eq!(
            text.err.contains("Do not run the command again"),
            code == 5,
            "{text:?}"
        );
        assert_eq!(text.err.contains("safe"), code == 4, "{text:?}");
    }
}

#[test]
fn a_refused_connection_ends_with_4() {
    for transport in TRANSPORTS {
        let json = create(transport, NOBODY, "json");
        assert_eq!(json.code, Some(4), "{json:?}");
        assert_eq!(json.object()["outcome"], "not_sent");
        assert!(json.object()["error"].is_string());
        let text = create(transport, NOBODY, "text");
        assert_eq!(text.code, Some(4), "{text:?}");
        assert!(
            text.err.contains("safe to run the command again"),
            "{text:?}"
        );
        assert_eq!(text.out, "");
    }
}

#[test]
fn a_connection_closed_before_reading_ends_with_4_or_5() {
    for transport in TRANSPORTS {
        let gateway = Server::new(|stream| {
            drop(stream);
            String::new()
        });
        let ended = create(transport, &gateway.base_url, "json");
        // Whether the body had left by then is a race; either answer is true for its outcome.
        match ended.code {
            Some(4) => assert_eq!(ended.object()["outcome"], "not_sent"),
            Some(5) => assert_eq!(ended.object()["outcome"], "unknown"),
            _ => panic!("{transport}: {ended:?}"),
        }
    }
}

#[test]
fn a_connection_closed_after_reading_ends_with_5() {
    expect(|| Server::new(|stream| read_request(&stream)), 5, "unknown");
}

#[test]
fn a_truncated_response_ends_with_5() {
    let cut = "HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{\"errorCode\":0";
    expect(|| Server::answering(cut), 5, "unknown");
    expect(
        || Server::answering("HTTP/1.1 200 OK\r\nContent-Le"),
        5,
        "unknown",
    );
}

#[test]
fn an_unreadable_response_ends_with_5_whatever_its_status() {
    for status in [
        "200 OK",
        "404 Not Found",
        "500 Internal Server Error",
        "503 Busy",
    ] {
        let page = http(status, "text/html", "<html>token=t0ken</html>");
        expect(|| Server::answering(page.clone()), 5, "unknown");
    }
    for body in [
        "",
        "null",
        "[]",
        "{}",
        r#"{"errorCode":0}"#,
        r#"{"errorCode":"zero"}"#,
    ] {
        expect(|| Server::answering(json(body)), 5, "unknown");
    }
    let body = r#"{"errorCode":0,"redirectUrl":"javascript:alert(1)"}"#;
    expect(|| Server::answering(json(body)), 5, "unknown");
}

#[test]
fn a_redirect_is_not_followed_and_ends_with_5() {
    for transport in TRANSPORTS {
        let other = TcpListener::bind("127.0.0.1:0").unwrap();
        other.set_nonblocking(true).unwrap();
        let url = format!("http://{}/", other.local_addr().unwrap());
        for status in [
            "302 Found",
            "307 Temporary Redirect",
            "308 Permanent Redirect",
        ] {
            let moved = format!(
                "HTTP/1.1 {status}\r\nLocation: {url}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
            );
            let gateway = Server::answering(moved);
            let ended = create(transport, &gateway.base_url, "json");
            assert_eq!(ended.code, Some(5), "{ended:?}");
            assert!(ended.err.contains("the gateway redirects to"), "{ended:?}");
        }
        assert!(
            other.accept().is_err(),
            "{transport} must not have gone there"
        );
    }
}

#[test]
fn a_rejection_ends_with_3_and_shows_code_and_meaning() {
    for (body, code, meaning) in [
        (r#"{"errorCode":50008}"#, 50008, true),
        (
            r#"{"errorCode":"50008","errorMessage":"wallet"}"#,
            50008,
            true,
        ),
        (
            r#"{"errorCode":99999,"errorMessage":"who knows"}"#,
            99999,
            false,
        ),
        (r#"{"errorCode":-1}"#, -1, false),
    ] {
        expect(|| Server::answering(json(body)), 3, "rejected");
        for transport in TRANSPORTS {
            let answer = http("400 Bad Request", "application/json", body);
            let gateway = Server::answering(answer);
            let ended = create(transport, &gateway.base_url, "json");
            assert_eq!(ended.code, Some(3), "{ended:?}");
            let object = ended.object();
            assert_eq!(object["code"], code);
            assert_eq!(object["meaning"].is_string(), meaning, "{object}");
            assert_eq!(object["message"].is_string(), body.contains("errorMessage"));
        }
    }
}

#[test]
fn a_created_invoice_ends_with_0_and_shows_its_page() {
    let page = "https://gateway.example/pay?token=t0ken";
    for code in ["0", "\"0\""] {
        let body =
            format!(r#"{{"errorCode":{code},"redirectUrl":"{page}","html":"<a></a>","x":1}}"#);
        expect(|| Server::answering(json(&body)), 0, "accepted");
        for transport in TRANSPORTS {
            let gateway = Server::answering(json(&body));
            let ended = create(transport, &gateway.base_url, "json");
            assert_eq!(ended.object()["redirect_url"], page);
            assert_eq!(ended.object()["html"], "<a></a>");
            let request = gateway.request().to_ascii_lowercase();
            assert!(
                request.starts_with("post /api/btn-create-invoice/get/ http/1.1\r\n"),
                "{request}"
            );
            assert!(
                request.contains(&format!("\r\napi-key: {KEY}\r\n")),
                "{request}"
            );
            assert!(
                request.contains("\r\ncontent-type: application/json\r\n"),
                "{request}"
            );
            let reference = ended.object()["reference"].to_string();
            assert!(request.contains(reference.trim_matches('"')), "{request}");

            let gateway = Server::answering(json(&body));
            let ended = create(transport, &gateway.base_url, "text");
            assert!(ended.out.contains(&format!("\n  {page}\n")), "{ended:?}");
        }
    }
}
