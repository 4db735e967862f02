//! Which certificates are trusted, in real TLS handshakes.
use std::io::Write;

use crate::server::{Server, json, read_request};
use crate::tls::Authority;
use crate::{Ended, Files, HOSTED, KEY, end, program};

/// An https gateway for one connection. It returns what it has received: nothing, if the handshake failed.
fn gateway(authority: &Authority) -> Server {
    let accept = authority.accept();
    let mut gateway = Server::new(move |tcp| {
        let mut tls = accept(tcp);
        // A client that does not trust the certificate ends the handshake.
        if tls.conn.complete_io(&mut tls.sock).is_err() {
            return String::new();
        }
        let request = read_request(&mut tls);
        let answer = json(r#"{"errorCode":0,"redirectUrl":"https://gateway.example/pay"}"#);
        tls.write_all(answer.as_bytes()).unwrap();
        tls.conn.send_close_notify();
        let _ = tls.flush();
        request
    });
    gateway.base_url = gateway.base_url.replace("http://", "https://");
    gateway
}

fn create(base_url: &str, options: &[&str], ssl_cert_file: Option<&str>) -> Ended {
    let base = ["create", "-", "--base-url", base_url];
    let mut command = program(&[&base, options].concat());
    command.env("NFT_INVOICE_API_KEY", KEY);
    command.envs(ssl_cert_file.map(|file| ("SSL_CERT_FILE", file)));
    end(&mut command, HOSTED)
}

#[test]
fn a_certificate_is_trusted_if_an_option_the_file_or_ssl_cert_file_names_its_authority() {
    let (authority, files) = (Authority::new(), Files::new());
    let ours = files.write("ours.pem", authority.pem());
    let others = files.write("others.pem", Authority::new().pem());
    let bundle = files.write("bundle.pem", Authority::new().pem() + &authority.pem());
    let config = files.write("shop.toml", "ca_file = \"ours.pem\"");
    for (options, variable, is_trusted) in [
        (&[][..], None, false),
        (&["--ca-file", &others], None, false),
        (&["--ca-file", &ours], None, true),
        (&["--ca-file", &bundle], None, true),
        (&["--config", &config], None, true),
        (&["--config", &config, "--ca-file", &others], None, false),
        (&[], Some(&*ours), true),
        (&[], Some(&*bundle), true),
        (&[], Some(&*others), false),
        (&["--ca-file", &ours], Some(&*others), true),
        (&["--ca-file", &others], Some(&*ours), true),
        (&["--ca-file", &ours], Some(""), true),
        (&["--platform-roots"], Some(&*ours), true),
        (&["--platform-roots"], Some(&*others), false),
    ] {
        for transport in ["hyper", "reqwest", "ureq"] {
            let gateway = gateway(&authority);
            let options = [options, &["--transport", transport]].concat();
            let ended = create(&gateway.base_url, &options, variable);
            let code = if is_trusted { 0 } else { 4 };
            assert_eq!(
                ended.code,
                Some(code),
                "{options:?} {variable:?}: {ended:?}"
            );
            let request = gateway.request();
            if is_trusted {
                assert!(request.contains(KEY), "{request}");
            } else {
                assert!(ended.err.contains("invalid certificate"), "{ended:?}");
                assert_eq!(request, "");
            }
        }
    }
}

#[test]
fn a_certificate_file_that_cannot_be_used_ends_with_2_and_is_named() {
    let files = Files::new();
    let certificate = Authority::new().pem();
    let missing = files.path("missing.pem").to_str().unwrap().to_owned();
    let empty = files.write("empty.pem", "");
    let text = files.write("text.pem", "no certificate");
    let broken = files.write(
        "broken.pem",
        certificate.clone() + &certificate.replace("MII", "AAA"),
    );
    let large = files.write("large.pem", certificate.clone() + &" ".repeat(8 << 20));
    let folder = files.path("").to_str().unwrap().to_owned();
    for (file, reason) in [
        (&missing, "No such file"),
        (&empty, "no certificate"),
        (&text, "no certificate"),
        (&broken, "broken"),
        (&folder, "directory"),
        (&large, "larger than 8 MiB"),
    ] {
        for transport in ["hyper", "reqwest", "ureq"] {
            let options = ["--transport", transport];
            let of_variable = create("https://127.0.0.1:1", &options, Some(file));
            let options = [&options[..], &["--ca-file", file]].concat();
            let of_option = create("https://127.0.0.1:1", &options, None);
            for (ended, name) in [(of_variable, "SSL_CERT_FILE"), (of_option, "--ca-file")] {
                assert_eq!(ended.code, Some(2), "{file}: {ended:?}");
                let said = format!("cannot use {name} {file}: ");
                assert!(ended.err.contains(&said), "{said}: {ended:?}");
                assert!(ended.err.contains(reason), "{reason}: {ended:?}");
            }
        }
    }
}
