//! The origins of web addresses, as settings take them.

use nft_invoice_sandbox::Origin;

#[test]
fn parses_a_scheme_a_host_and_a_port() {
    for (text, host, port, shown) in [
        (
            "http://sandbox:8080",
            "sandbox",
            8080,
            "http://sandbox:8080",
        ),
        (
            "http://a_b-c.example:1/",
            "a_b-c.example",
            1,
            "http://a_b-c.example:1",
        ),
        ("http://localhost", "localhost", 80, "http://localhost"),
        ("HTTP://LocalHost:80", "localhost", 80, "http://localhost"),
        ("https://sandbox", "sandbox", 443, "https://sandbox"),
        ("https://sandbox:", "sandbox", 443, "https://sandbox"),
        ("https://sandbox:80", "sandbox", 80, "https://sandbox:80"),
        ("http://[::1]:65535", "::1", 65535, "http://[::1]:65535"),
        (
            "http://127.0.0.1:8080",
            "127.0.0.1",
            8080,
            "http://127.0.0.1:8080",
        ),
    ] {
        let origin: Origin = text.parse().expect(text);
        assert_eq!((origin.host(), origin.port()), (host, port), "{text}");
        assert_eq!(origin.to_string(), shown, "{text}");
    }
}

#[test]
fn rejects_a_path_a_user_name_and_an_invalid_port() {
    for text in [
        "",
        "sandbox:8080",
        "ftp://sandbox",
        "http://",
        "http://:80",
        "http://sandbox:65536",
        "http://sandbox:99999999999",
        "http://sandbox:+80",
        "http://sandbox:8a",
        "http://[::1]:65536",
        "http://[1.2.3.4]",
        "http://user@sandbox",
        "http://sandbox/path",
        "http://sandbox/?token=a",
        "http://sandbox?",
        "http://sandbox/#a",
        "http://a;b",
        "http://a'b",
    ] {
        assert!(text.parse::<Origin>().is_err(), "{text:?}");
    }
}

#[test]
fn recognizes_loopback_hosts() {
    let is_loopback = |host: &str| {
        let origin: Origin = format!("http://{host}:1").parse().expect(host);
        origin.is_loopback()
    };
    for host in [
        "127.0.0.1",
        "127.9.9.9",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "LocalHost",
    ] {
        assert!(is_loopback(host), "{host}");
    }
    for host in [
        "10.0.0.1",
        "0.0.0.0",
        "localhost.example",
        "127.0.0.1.example",
        "[::]",
    ] {
        assert!(!is_loopback(host), "{host}");
    }
}
