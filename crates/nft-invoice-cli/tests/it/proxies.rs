//! Which proxy is used, and what is shown of it.
use std::io::Write;
use std::net::TcpListener;

use crate::server::{Server, http, read_request};
use crate::{Ended, Files, HOSTED, KEY, end, program};

const PASSWORD: &str = "hunter2";
/// In base64: `user:hunter2`.
const CREDENTIALS: &str = "Basic dXNlcjpodW50ZXIy";

/// A proxy that refuses, and its URL with a password.
fn proxy() -> (Server, String) {
    let proxy = Server::new(|mut stream| {
        let request = read_request(&stream);
        let refused = http("407 Proxy Authentication Required", "text/plain", "");
        stream.write_all(refused.as_bytes()).unwrap();
        request
    });
    let url = proxy.base_url.replace("://", "://user:hunter2@");
    (proxy, url)
}

fn create(options: &[&str], variables: &[(&str, &str)]) -> Ended {
    let base = ["create", "-", "-v", "--base-url", "https://gateway.invalid"];
    let mut command = program(&[&base, options].concat());
    command.env("NFT_INVOICE_API_KEY", KEY);
    command.envs(variables.iter().copied());
    end(&mut command, HOSTED)
}

#[test]
fn the_proxy_is_that_of_the_option_the_variable_or_the_file() {
    let files = Files::new();
    let nobody = "http://127.0.0.1:1";
    for transport in ["hyper", "reqwest", "ureq"] {
        for source in ["option", "variable", "file"] {
            let (proxy, url) = proxy();
            let config = match source {
                "file" => files.write("shop.toml", format!("proxy = \"{url}\"")),
                _ => files.write("shop.toml", format!("proxy = \"{nobody}\"")),
            };
            let mut options = vec!["--transport", transport, "--config", &config];
            let mut variables = Vec::new();
            match source {
                "option" => {
                    options.extend(["--proxy", &url]);
                    variables.push(("NFT_INVOICE_PROXY", nobody));
                }
                "variable" => variables.push(("NFT_INVOICE_PROXY", &*url)),
                _ => {}
            }
            let ended = create(&options, &variables);
            assert!(ended.err.contains("proxy"), "{ended:?}");
            let request = proxy.request();
            assert!(
                request.starts_with("CONNECT gateway.invalid:443 "),
                "{request}"
            );
            assert!(request.contains(CREDENTIALS), "{request}");
            assert!(!request.contains(KEY), "{request}");
            assert_eq!(ended.code, Some(4), "{ended:?}");
            assert_no_password(&ended);
        }
    }
}

#[test]
fn the_usual_proxy_variables_are_not_used() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let names = [
        "HTTPS_PROXY",
        "https_proxy",
        "HTTP_PROXY",
        "http_proxy",
        "ALL_PROXY",
        "all_proxy",
    ];
    let variables = names.map(|name| (name, &*url));
    for transport in ["hyper", "reqwest", "ureq"] {
        let ended = create(&["--transport", transport, "--timeout", "2"], &variables);
        assert_eq!(ended.code, Some(4), "{ended:?}");
    }
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err(), "a proxy was used");
}

#[test]
fn a_proxy_that_cannot_be_used_ends_with_2_and_its_password_is_not_shown() {
    let files = Files::new();
    for url in [
        "socks5://user:hunter2@127.0.0.1",
        "user:hunter2@127.0.0.1:1",
        "http://user:hunter2@",
    ] {
        let config = files.write("shop.toml", format!("proxy = \"{url}\""));
        for ended in [
            create(&["--proxy", url], &[]),
            create(&[], &[("NFT_INVOICE_PROXY", url)]),
            create(&["--config", &config], &[]),
        ] {
            assert_eq!(ended.code, Some(2), "{url}: {ended:?}");
            assert!(ended.err.contains("proxy must be"), "{ended:?}");
            assert_no_password(&ended);
        }
    }
}

#[track_caller]
fn assert_no_password(ended: &Ended) {
    for secret in [PASSWORD, "dXNlcj"] {
        let shown = format!("{}{}", ended.out, ended.err);
        assert!(!shown.contains(secret), "{shown}");
    }
}
