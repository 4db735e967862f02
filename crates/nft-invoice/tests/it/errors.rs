use nft_invoice::transport::{Body, Delivery, Response, TransportConfig};
use nft_invoice::{ApiKey, Call, Client, Config, ConfigError, Error, blocking};
use nft_invoice_mock::MockTransport;

use crate::{CREATED, KEY, clients, config, hosted, invoice, shown};

/// What both clients make of one step of a script, asked by `call`.
async fn failures(script: impl Fn() -> MockTransport, call: Call) -> [Error; 2] {
    let mock = script();
    let (client, _) = clients(&mock);
    let id = "1689".parse().unwrap();
    let first = match call {
        Call::Create => client.create(&hosted()).await.map(drop),
        Call::Status => client.status(&id).await.map(drop),
        Call::Info => client.info(&id).await.map(drop),
        Call::History => client
            .history(Default::default())
            .next()
            .await
            .unwrap()
            .map(drop),
    };
    assert_eq!(mock.requests().len(), 1, "one call is one request");
    let mock = script();
    let (_, client) = clients(&mock);
    let second = match call {
        Call::Create => client.create(&hosted()).map(drop),
        Call::Status => client.status(&id).map(drop),
        Call::Info => client.info(&id).map(drop),
        Call::History => client.history(Default::default()).next().unwrap().map(drop),
    };
    assert_eq!(mock.requests().len(), 1, "one call is one request");
    [first.unwrap_err(), second.unwrap_err()]
}

#[tokio::test]
async fn keeps_the_transport_s_verdict_and_lets_reads_be_repeated() {
    for call in Call::ALL {
        let not_sent = || MockTransport::new().not_sent("refused");
        let unknown = || MockTransport::new().unknown("cut");
        for error in failures(not_sent, call).await {
            assert!(matches!(error, Error::Transport { call: of, .. } if of == call));
            assert_eq!(error.delivery(), Delivery::NotSent);
            assert!(error.is_safe_to_resend());
            assert_eq!(error.to_string(), format!("{call}: not sent: refused"));
        }
        for error in failures(unknown, call).await {
            assert!(matches!(error, Error::Transport { call: of, .. } if of == call));
            assert_eq!(error.delivery(), Delivery::Unknown);
            assert_eq!(error.is_safe_to_resend(), call != Call::Create, "{call}");
        }
    }
}

#[tokio::test]
async fn a_rejection_keeps_code_meaning_message_and_status() {
    let refused = |body: &'static str| move || MockTransport::new().respond_with(400, body);
    let documented = r#"{"errorCode":"50011","errorMessage":"no key-7f3a-secret: 4242424242424242 https://a.example/"}"#;
    for call in Call::ALL {
        for error in failures(refused(documented), call).await {
            assert_eq!(error.delivery(), Delivery::Responded);
            assert_eq!(error.is_safe_to_resend(), call != Call::Create, "{call}");
            let text = shown(&error);
            assert!(
                !text.contains("4242") && !text.contains("a.example") && !text.contains(KEY),
                "{text}"
            );
            let Error::Rejected {
                call: of,
                code,
                documented,
                message,
                http_status,
            } = error
            else {
                panic!("{error:?}");
            };
            assert_eq!((of, code, http_status), (call, 50011, 400));
            assert!(message.is_some());
            assert_eq!(documented.is_some(), call != Call::History, "{call}");
        }
        for error in failures(refused(r#"{"errorCode":99999}"#), call).await {
            let Error::Rejected {
                code, documented, ..
            } = error
            else {
                panic!("{error:?}");
            };
            assert_eq!(code, 99999);
            assert!(documented.is_none());
        }
    }
}

/// An invoice with the card 4242424242424242.
fn s2s() -> nft_invoice::Invoice {
    let text = r#"{"email":"jane@shop.example","amount":"42","devise":"USD","name":"Jane Roe","address1":"1 High St","address2":"1 High St","city":"Berlin","country":"DE","postcode":"10115","date_of_birth":"1990-12-31","card_number":"4242424242424242","card_expiry_date":"02/2035","card_ccv":"0739","nftImageUrls":"https://shop.example/1.png","ipfsMetadata":{"name":"One"},"nftDescription":"One","checkoutMode":"nft","customer_ip":"8.8.8.8","phone":"020 7946 0018"}"#;
    invoice(text)
}

#[test]
fn a_link_that_contains_the_key_or_the_card_is_not_returned() {
    let link = |url: &str| {
        format!(r#"{{"errorCode":0,"redirectUrl":"https://a.example/{url}","html":null}}"#)
    };
    let html = format!(
        r#"{{"errorCode":0,"redirectUrl":"https://a.example/","html":"<a href='?{KEY}'>"}}"#
    );
    for (invoice, body, at) in [
        (hosted(), link(&format!("?key={KEY}")), "/redirectUrl"),
        (hosted(), link(&KEY.to_uppercase()), "/redirectUrl"),
        (hosted(), html, "/html"),
        (s2s(), link("4242424242424242"), "/redirectUrl"),
        (s2s(), link("?card=4242-4242-4242-4242"), "/redirectUrl"),
        // Of another card, and of none.
        (s2s(), link("?token=4242424242424241"), ""),
        (hosted(), link("?token=4242424242424242"), ""),
    ] {
        let (_, client) = clients(&MockTransport::new().respond_with(200, body.clone()));
        match client.create(&invoice) {
            Ok(created) => assert_eq!(at, "", "{body}: {created:?}"),
            Err(error) => {
                assert!(error.may_have_created(), "{error}");
                let Error::Unreadable { response, .. } = &error else {
                    panic!("{error:?}");
                };
                assert_eq!(response.source.at(), at, "{body}");
                let text = shown(&error);
                assert!(!text.contains("4242") && !text.contains(KEY), "{text}");
            }
        }
    }
}

#[test]
fn an_echoed_key_is_redacted_before_the_message_is_cut_or_masked() {
    let long = "live_9f8e7d6c12345678abcdefQQ";
    let at_the_cut = format!("{} key {long} is bad", "x".repeat(180));
    for (key, message, says) in [
        ("7f3a-key", "bad 7f3a-key 7f3a", "bad [redacted] 7f3a"),
        ("7f3a", "bad 7f3a-key", "bad [redacted]-key"),
        (
            long,
            "invalid key live_9f8e7d6c12345678abcdefQQ",
            "invalid key [redacted]",
        ),
        (long, &at_the_cut, "xx key [redacted] "),
    ] {
        let body = format!(r#"{{"errorCode":99999,"errorMessage":"{message}"}}"#);
        let mock = MockTransport::new().respond_with(400, body);
        let config = Config::new("https://gateway.example", ApiKey::new(key).unwrap());
        let client = blocking::Client::with_transport(config, mock).unwrap();
        let error = client.create(&hosted()).unwrap_err();
        let shown = error.to_string();
        assert!(shown.contains(says.trim_end()), "{key}: {shown}");
        let leaks = key.len() >= 8
            && key
                .as_bytes()
                .windows(8)
                .any(|part| shown.as_bytes().windows(8).any(|s| s == part));
        assert!(!leaks, "{key}: {shown}");
    }
}

#[tokio::test]
async fn an_unreadable_response_is_never_safe_after_a_create() {
    for (status, body) in [
        (200, ""),
        (200, "<html>token=t0ken</html>"),
        (302, "moved"),
        (500, r#"{"error":"t0ken"}"#),
        (200, r#"{"errorCode":0"#),
        (200, r#"[0]"#),
    ] {
        let script = || {
            let mut response = Response::new(Body::from_static(body.as_bytes()));
            *response.status_mut() = status.try_into().unwrap();
            let html = "text/html; charset=utf-8".parse().unwrap();
            response.headers_mut().insert("content-type", html);
            MockTransport::new().respond(response)
        };
        for call in Call::ALL {
            for error in failures(script, call).await {
                assert_eq!(error.delivery(), Delivery::Responded);
                assert_eq!(error.is_safe_to_resend(), call != Call::Create, "{call}");
                assert_eq!(error.may_have_created(), call == Call::Create, "{call}");
                let text = shown(&error);
                assert!(
                    !text.contains("t0ken") && !text.contains("gateway.example"),
                    "{text}"
                );
                let Error::Unreadable { call: of, response } = error else {
                    panic!("{error:?}");
                };
                assert_eq!(
                    (of, response.http_status, response.length),
                    (call, status, body.len())
                );
                assert_eq!(response.content_type.as_deref(), Some("text/html"));
            }
        }
    }
}

#[tokio::test]
async fn a_hosted_success_without_a_page_is_unreadable() {
    let script = || MockTransport::new().respond_with(200, r#"{"errorCode":0}"#);
    for error in failures(script, Call::Create).await {
        assert!(matches!(error, Error::Unreadable { .. }), "{error:?}");
        assert!(!error.is_safe_to_resend());
    }
}

#[test]
fn an_unreadable_response_names_redirects_rate_limits_and_charsets() {
    for (status, headers, body, says) in [
        (
            301,
            [
                (
                    "location",
                    "https://www.gateway.example:8443/api?token=t0ken",
                ),
                ("x-a", "b"),
            ],
            "moved",
            "create: the gateway redirects to https://www.gateway.example:8443 (HTTP 301). Is the base URL right?",
        ),
        // A server that closes an idle connection in the moment of a create may say so.
        (
            408,
            [("connection", "close"), ("x-a", "b")],
            "",
            "create: the gateway reports that no whole request came in time (HTTP 408)",
        ),
        (
            429,
            [("retry-after", "30"), ("content-type", "text/plain")],
            "slow down",
            "create: too many requests (HTTP 429); the gateway asks to wait 30 s",
        ),
        (
            429,
            [("retry-after", "now, please"), ("x-a", "b")],
            "slow down",
            "create: too many requests (HTTP 429)",
        ),
        (
            503,
            [
                ("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT"),
                ("x-a", "b"),
            ],
            "busy",
            "create: the gateway is unavailable (HTTP 503); the gateway asks to wait until Wed, 21 Oct 2026 07:28:00 GMT",
        ),
        (
            302,
            [("location", "/login?token=t0ken"), ("x-a", "b")],
            "moved",
            "create: the gateway redirects (HTTP 302). Is the base URL right?",
        ),
        (
            308,
            [("location", "javascript:alert(1)"), ("x-a", "b")],
            "moved",
            "create: the gateway redirects (HTTP 308). Is the base URL right?",
        ),
        // Neither is a time.
        (
            429,
            [("retry-after", "<b>soon</b>"), ("x-a", "b")],
            "",
            "create: too many requests (HTTP 429)",
        ),
        (
            429,
            [
                ("retry-after", "11111111111111111111111111111111111111111"),
                ("x-a", "b"),
            ],
            "",
            "create: too many requests (HTTP 429)",
        ),
        (
            429,
            [
                ("retry-after", "Wed, 21 Oct 2026 07:28:00 GMT"),
                ("x-a", "b"),
            ],
            "",
            "create: too many requests (HTTP 429); the gateway asks to wait until Wed, 21 Oct 2026 07:28:00 GMT",
        ),
        (
            200,
            [
                ("content-type", "application/json; charset=ISO-8859-1"),
                ("x-a", "b"),
            ],
            "{\u{e9}",
            "create: response unreadable (HTTP 200, 3 bytes, application/json in iso-8859-1): not JSON at line 1, column 2",
        ),
    ] {
        let mut response = Response::new(Body::from(body.as_bytes().to_vec()));
        *response.status_mut() = status.try_into().unwrap();
        for (name, value) in headers {
            response.headers_mut().insert(name, value.parse().unwrap());
        }
        let mock = MockTransport::new().respond(response);
        let client = blocking::Client::with_transport(config(), mock).unwrap();
        let error = client.create(&hosted()).unwrap_err();
        assert_eq!(error.to_string(), says);
    }
}

#[tokio::test]
async fn both_clients_reject_a_wrong_setting_without_quoting_it() {
    let key = || ApiKey::new(KEY).unwrap();
    for make in [
        || Config::new("http://hunter2.example", ApiKey::new(KEY).unwrap()),
        || Config::new("hunter2", ApiKey::new(KEY).unwrap()),
        || config().create_path("hunter2"),
        || config().status_path("/hunter2?id=1"),
        || config().info_path("/hunter2#a"),
        || config().history_path("/hunter2 b"),
    ] {
        let of_async = Client::with_transport(make(), MockTransport::new()).unwrap_err();
        let of_blocking =
            blocking::Client::with_transport(make(), MockTransport::new()).unwrap_err();
        for error in [of_async, of_blocking] {
            assert!(!shown(&error).contains("hunter2"), "{error:?}");
        }
    }

    let mock = MockTransport::new();
    let config = || Config::new("https://gateway.example", key());
    let client = Client::with_transport(config(), mock.clone()).unwrap();
    let mut pages = client.history(Default::default());
    let error = pages.next().await.unwrap().unwrap_err();
    assert!(matches!(
        error,
        Error::Config {
            source: ConfigError::NoHistoryPath,
            ..
        }
    ));
    assert!(pages.next().await.is_none(), "it ends after an error");
    let client = blocking::Client::with_transport(config(), mock.clone()).unwrap();
    let error = client.history(Default::default()).next().unwrap();
    assert!(matches!(
        error,
        Err(Error::Config {
            source: ConfigError::NoHistoryPath,
            ..
        })
    ));
    assert!(mock.requests().is_empty());
}

#[cfg(feature = "reqwest")]
#[test]
fn the_async_transport_s_own_settings_are_checked() {
    let error = Client::new(config().transport(through("hunter2"))).unwrap_err();
    assert!(matches!(error, ConfigError::Transport(_)));
    assert!(!shown(&error).contains("hunter2"));
    assert!(Client::new(config()).is_ok());
}

#[cfg(feature = "ureq")]
#[test]
fn the_blocking_transport_s_own_settings_are_checked() {
    let error = blocking::Client::new(config().transport(through("hunter2"))).unwrap_err();
    assert!(matches!(error, ConfigError::Transport(_)));
    assert!(!shown(&error).contains("hunter2"));
    assert!(blocking::Client::new(config()).is_ok());
}

#[tokio::test]
async fn debug_shows_no_key_url_or_page() {
    let mock = MockTransport::new()
        .respond_with(200, CREATED)
        .respond_with(200, CREATED);
    let (client, blocking) = clients(&mock);
    let created = [
        client.create(&hosted()).await.unwrap(),
        blocking.create(&hosted()).unwrap(),
    ];
    let pages = (
        client.history(Default::default()),
        blocking.history(Default::default()),
    );
    let config = config().transport(through("http://user:hunter2@proxy.example"));
    let text = format!("{config:?} {client:?} {blocking:?} {created:?} {pages:?}");
    for (times, shown) in [
        (1, "Config { transport: TransportConfig"),
        (2, "Client { transport: MockTransport"),
        (2, "History { next_query: Some(HistoryQuery"),
    ] {
        assert_eq!(text.matches(shown).count(), times, "{shown} in {text}");
    }
    for secret in [KEY, "t0ken", "hunter2", "gateway.example", "proxy.example"] {
        assert!(!text.contains(secret), "{secret} in {text}");
    }
}

fn through(proxy: &str) -> TransportConfig {
    TransportConfig {
        proxy: Some(proxy.to_owned()),
        ..TransportConfig::default()
    }
}

#[test]
fn a_key_in_a_header_is_not_shown() {
    for (key, status, name, value) in [
        ("12345678", 429, "retry-after", "12345678"),
        (
            "key-4242-f7",
            200,
            "content-type",
            "text/html; charset=key-4242-f7",
        ),
        ("text/plain-key", 200, "content-type", "text/plain-key"),
        (
            "gateway-key.example",
            302,
            "location",
            "https://Gateway-Key.example/",
        ),
    ] {
        let mut response = Response::new(Body::from_static(b"moved"));
        *response.status_mut() = status.try_into().unwrap();
        response.headers_mut().insert(name, value.parse().unwrap());
        let mock = MockTransport::new().respond(response);
        let config = Config::new("https://gateway.example", ApiKey::new(key).unwrap());
        let client = blocking::Client::with_transport(config, mock).unwrap();
        let shown = client.create(&hosted()).unwrap_err().to_string();
        assert!(!shown.to_lowercase().contains(key), "{shown}");
    }
}
