use nft_invoice::transport::{Body, Delivery, Response, TransportConfig};
use nft_invoice::{ApiKey, Call, Client, Config, ConfigError, Date, Draft, Error, Rules, blocking};
use nft_invoice_mock::MockTransport;

use crate::{CREATED, KEY, clients, config, hosted, shown};

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
async fn a_transport_s_verdict_is_kept_and_reads_may_be_repeated() {
    for call in Call::ALL {
        let not_sent = || MockTransport::new().not_sent("refused");
        let unknown = || MockTransport::new().unknown("cut");
        for error in failures(not_sent, call).await {
            assert!(matches!(error, Error::Transport { call: of, .. } if of == call));
            assert_eq!(error.delivery(), Delivery::NotSent);
            assert!(error.is_safe_to_resend());
            assert!(shown(&error).ends_with("refused"));
        }
        for error in failures(unknown, call).await {
            assert!(matches!(error, Error::Transport { call: of, .. } if of == call));
            assert_eq!(error.delivery(), Delivery::Unknown);
            assert_eq!(error.is_safe_to_resend(), call != Call::Create, "{call}");
        }
    }
}

#[tokio::test]
async fn a_refusal_keeps_code_meaning_message_and_status() {
    let refused = |body: &'static str| move || MockTransport::new().answer(400, body);
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

#[test]
fn a_key_is_masked_unless_it_is_too_short_to_be_told_from_words() {
    for (key, says) in [
        ("7f3a-key", "bad [key] 7f3a"),
        ("7f3a", "bad 7f3a-key 7f3a"),
    ] {
        let answer = r#"{"errorCode":99999,"errorMessage":"bad 7f3a-key 7f3a"}"#;
        let mock = MockTransport::new().answer(400, answer);
        let config = Config::new("https://gateway.example", ApiKey::new(key).unwrap());
        let client = blocking::Client::with_transport(config, mock).unwrap();
        let error = client.create(&hosted()).unwrap_err();
        assert!(error.to_string().ends_with(says), "{key}: {error}");
    }
}

#[tokio::test]
async fn what_cannot_be_understood_is_answered_and_never_safe_after_a_create() {
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
                let text = shown(&error);
                assert!(
                    !text.contains("t0ken") && !text.contains("gateway.example"),
                    "{text}"
                );
                let Error::Unreadable {
                    call: of,
                    http_status,
                    content_type,
                    length,
                    ..
                } = error
                else {
                    panic!("{error:?}");
                };
                assert_eq!((of, http_status, length), (call, status, body.len()));
                assert_eq!(content_type.as_deref(), Some("text/html"));
            }
        }
    }
}

#[tokio::test]
async fn a_hosted_success_without_a_page_is_unreadable() {
    let script = || MockTransport::new().answer(200, r#"{"errorCode":0}"#);
    for error in failures(script, Call::Create).await {
        assert!(matches!(error, Error::Unreadable { .. }), "{error:?}");
        assert!(!error.is_safe_to_resend());
    }
}

#[test]
fn problems_become_an_error_by_question_mark() {
    fn check() -> Result<(), Error> {
        let rules = Rules::new(Date::new(2025, 1, 1).unwrap());
        Draft::from_json(br#"{"email":"4242424242424242"}"#)?.validate(&rules)?;
        Ok(())
    }
    let error = check().unwrap_err();
    assert!(matches!(error, Error::Invalid(_)));
    assert_eq!(error.delivery(), Delivery::NotSent);
    assert!(error.is_safe_to_resend());
    assert!(!shown(&error).contains("4242"));
    assert!(
        shown(&error).contains("/amount"),
        "the problems are its source"
    );
}

#[tokio::test]
async fn a_wrong_setting_is_refused_by_both_and_never_quoted() {
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
            assert!(matches!(error, Error::Config(_)), "{error:?}");
            assert_eq!(error.delivery(), Delivery::NotSent);
            assert!(!shown(&error).contains("hunter2"), "{error:?}");
        }
    }

    let mock = MockTransport::new();
    let config = || Config::new("https://gateway.example", key());
    let client = Client::with_transport(config(), mock.clone()).unwrap();
    let mut pages = client.history(Default::default());
    let error = pages.next().await.unwrap().unwrap_err();
    assert!(matches!(error, Error::Config(ConfigError::NoHistoryPath)));
    assert!(pages.next().await.is_none(), "it ends after an error");
    let client = blocking::Client::with_transport(config(), mock.clone()).unwrap();
    let error = client.history(Default::default()).next().unwrap();
    assert!(matches!(
        error,
        Err(Error::Config(ConfigError::NoHistoryPath))
    ));
    assert!(mock.requests().is_empty());
}

#[cfg(feature = "reqwest")]
#[test]
fn the_async_transport_s_own_settings_are_checked() {
    let error = Client::new(config().settings(through("hunter2"))).unwrap_err();
    assert!(matches!(error, Error::Config(ConfigError::Transport(_))));
    assert!(!shown(&error).contains("hunter2"));
    assert!(Client::new(config()).is_ok());
}

#[cfg(feature = "ureq")]
#[test]
fn the_blocking_transport_s_own_settings_are_checked() {
    let error = blocking::Client::new(config().settings(through("hunter2"))).unwrap_err();
    assert!(matches!(error, Error::Config(ConfigError::Transport(_))));
    assert!(!shown(&error).contains("hunter2"));
    assert!(blocking::Client::new(config()).is_ok());
}

#[tokio::test]
async fn nothing_prints_the_key_a_url_or_the_page() {
    let mock = MockTransport::new()
        .answer(200, CREATED)
        .answer(200, CREATED);
    let (client, blocking) = clients(&mock);
    let created = [
        client.create(&hosted()).await.unwrap(),
        blocking.create(&hosted()).unwrap(),
    ];
    let pages = (
        client.history(Default::default()),
        blocking.history(Default::default()),
    );
    let config = config().settings(through("http://user:hunter2@proxy.example"));
    let text = format!("{config:?} {client:?} {blocking:?} {created:?} {pages:?}");
    for (times, shown) in [
        (1, "Config { settings: TransportConfig"),
        (2, "Client { transport: MockTransport"),
        (2, "History { next: Some(HistoryQuery"),
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
