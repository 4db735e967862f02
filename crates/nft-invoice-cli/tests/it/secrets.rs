//! Neither the card nor the key is printed, whatever goes wrong.
use crate::server::{NOBODY, Server, http, json};
use crate::{CARD, CODE, Ended, Files, KEY, S2S, end, program};

#[track_caller]
fn assert_no_secret(ended: &Ended) {
    for secret in [CARD, "4242 4242", CODE, KEY, "t0ken"] {
        for text in [&ended.out, &ended.err] {
            assert!(!text.contains(secret), "{secret}: {ended:?}");
        }
    }
}

#[test]
fn create_prints_no_secret_whatever_the_response() {
    let files = Files::new();
    let file = files.write("order.json", S2S);
    let echo = format!(r#"{{"errorCode":1,"errorMessage":"{CARD} {KEY} {CODE}"}}"#);
    for answer in [
        json(&echo),
        json(&format!(r#"{{"errorCode":{CARD}"#)),
        http(
            "500 Oops",
            CARD,
            &format!("<html>{CARD} {KEY} {CODE} t0ken"),
        ),
        format!(
            "HTTP/1.1 302 {CARD}\r\nLocation: http://{KEY}/?t0ken\r\nContent-Length: 0\r\n\r\n"
        ),
        format!("HTTP/1.1 200 OK\r\n{CARD}: {KEY}\r\nContent-Length: 9999\r\n\r\n{CODE} t0ken"),
        format!("{KEY} {CARD} {CODE}\r\n\r\n"),
    ] {
        for transport in ["hyper", "reqwest", "ureq"] {
            for format in ["text", "json"] {
                let gateway = Server::answering(answer.clone());
                let arguments = [
                    "create",
                    &file,
                    // A random one can contain the verification code.
                    "--reference",
                    "order-1",
                    "--today",
                    "2025-01-01",
                    "--transport",
                    transport,
                    "--format",
                    format,
                    "--base-url",
                    &gateway.base_url,
                ];
                let ended = end(program(&arguments).env("NFT_INVOICE_API_KEY", KEY), "");
                assert!(gateway.request().contains(CARD), "it was sent");
                assert_no_secret(&ended);
            }
        }
    }
    let arguments = [
        "create",
        &file,
        "--reference",
        "order-1",
        "--today",
        "2025-01-01",
        "--base-url",
        NOBODY,
    ];
    assert_no_secret(&end(
        program(&arguments).env("NFT_INVOICE_API_KEY", KEY),
        "",
    ));
}

#[test]
fn validation_prints_no_secret_from_any_field() {
    let files = Files::new();
    for order in [
        S2S.to_owned(),
        S2S.replace("\"card_ccv\"", "\"cardCcv\""),
        S2S.replace("\"Jane Roe\"", "\"4242 4242 4242 4242\""),
        S2S.replace("\"card_number\"", "\"cardNumber\""),
        S2S.replace("\"0739\"", "739"),
        S2S.replace("{\"name\":\"One\"}", &format!("{{\"{CARD}\":1}}")),
        S2S.replace("\"phone\"", &format!("\"{CARD}\"")),
        S2S.replace("\"0739\"", "\"07 39x\""),
        S2S.replace("\"0739\",", "\"0739\" "),
        S2S[..S2S.len() / 2].to_owned(),
        format!("\"{CARD}\""),
    ] {
        let file = files.write("order.json", &order);
        for format in ["text", "json"] {
            for command in [&["validate"][..], &["create", "--sandbox"]] {
                let arguments = [
                    command,
                    &["--today", "2025-01-01", "--format", format, &file],
                ]
                .concat();
                let ended = end(&mut program(&arguments), "");
                assert!(matches!(ended.code, Some(0 | 1 | 3)), "{ended:?}");
                for secret in [CARD, "4242 4242", "424242424242"] {
                    let printed = format!("{}{}", ended.out, ended.err);
                    assert!(!printed.contains(secret), "{secret} of {order}: {printed}");
                }
            }
        }
    }
}
