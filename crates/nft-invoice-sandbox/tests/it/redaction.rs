//! How a merchant's text is shown: without card numbers, and without the values of fields that are named like a secret.

use nft_invoice_sandbox::{Sandbox, TestCard};
use serde_json::json;

use crate::client::{create, hosted, start, with};
use crate::owner::ask;

thread_local! {
    static SANDBOX: Sandbox = start(Sandbox::builder());
}

/// The description of an invoice as its page in the dashboard shows it.
fn redacted(text: &str) -> String {
    let page = SANDBOX.with(|sandbox| {
        let created = create(sandbox, &with(hosted(), json!({ "nftDescription": text })));
        assert_eq!(created.code(), 0, "{}", created.body);
        let id = sandbox.invoices().len();
        ask(sandbox, "GET", &format!("/_sbx/invoices/{id}"), &[], "").body
    });
    let (_, description) = page
        .split_once("<dd class=\"text\">")
        .expect("a description");
    let (description, _) = description.split_once("</dd>").expect("its end");
    let plain = [
        ("&lt;", "<"),
        ("&gt;", ">"),
        ("&quot;", "\""),
        ("&amp;", "&"),
    ];
    let unescape = |text: String, (escape, plain): (&str, &str)| text.replace(escape, plain);
    plain.into_iter().fold(description.to_owned(), unescape)
}

#[test]
fn masks_card_numbers_in_every_spelling() {
    for (text, shown) in [
        ("4242424242424242", "******4242"),
        ("4242 4242 4242 4242", "******4242"),
        ("4242-4242-4242-4242", "******4242"),
        ("4242\u{a0}4242\u{2013}4242 - 4242", "******4242"),
        (
            "pay with 4242424242424242, please",
            "pay with ******4242, please",
        ),
        ("x4242424242424242y", "x******4242y"),
        (
            "on 2025-01-01 4242 4242 4242 4242",
            "on 2025-01-01 ******4242",
        ),
        (
            "4242424242424242\n5555555555554444",
            "******4242\n******4444",
        ),
        ("378282246310005", "******0005"),
        ("[\"\\u0034242424242424242\"]", "[\"******4242\"]"),
        (
            "{\"a\":\"{\\\"b\\\":\\\"\\\\u0034242424242424242\\\"}\"}",
            "{\"a\":\"{\\\"b\\\":\\\"******4242\\\"}\"}",
        ),
    ] {
        assert_eq!(redacted(text), shown, "{text:?}");
    }
    for card in TestCard::all() {
        let number = card.number;
        let shown = redacted(&format!("{{\"note\":{number}}}"));
        assert!(!shown.contains(number), "{shown}");
    }
}

#[test]
fn masks_numbers_of_13_to_19_digits_with_a_right_check_digit() {
    for number in [
        "4185296307411",
        "41852963074187",
        "418529630741852",
        "4185296307418528",
        "41852963074185291",
        "418529630741852966",
        "4185296307418529639",
    ] {
        let last4 = &number[number.len() - 4..];
        let masked = format!("******{last4}");
        assert_eq!(redacted(number), masked, "{number}");
        for separator in [" ", "-", " - ", "\u{a0}", "\u{2011}"] {
            let spelled = in_fours(number, separator);
            assert_eq!(redacted(&spelled), masked, "{spelled:?}");
        }

        let mistyped = number.replacen("41", "42", 1);
        assert_eq!(redacted(&mistyped), mistyped);
        let spelled = in_fours(&mistyped, " ");
        assert_eq!(redacted(&spelled), spelled);
    }
}

#[test]
fn keeps_numbers_of_other_lengths() {
    for number in [
        "418529630745",
        "41852963074185296303",
        // With a card number in it.
        "94242424242424242424",
        "42424242424242420000",
    ] {
        assert_eq!(redacted(number), number);
        let beside = format!("{number}; 4242424242424242; {number}");
        let masked = format!("{number}; ******4242; {number}");
        assert_eq!(redacted(&beside), masked);
    }
}

#[test]
fn masks_a_card_number_next_to_other_groups_of_digits() {
    for (text, shown) in [
        ("4242424242424242 12/25 123", "******4242 12/25 123"),
        ("7 4242 4242 4242 4242", "7 ******4242"),
        ("4242    4242424242424242", "4242    ******4242"),
        ("4242424242424242\n0739", "******4242\n0739"),
    ] {
        assert_eq!(redacted(text), shown, "{text:?}");
    }
}

fn in_fours(number: &str, separator: &str) -> String {
    let digits: Vec<char> = number.chars().collect();
    let groups = digits.chunks(4).map(|group| group.iter().collect());
    groups.collect::<Vec<String>>().join(separator)
}

#[test]
fn keeps_other_numbers() {
    for text in [
        "42",
        "4242424242424243",
        "order 123456789012 of 2025-01-01T00:00:00Z",
        "42424242424242424242424242",
        "4242\n4242\n4242\n4242",
        "15.40 USD, naïve — \\u00e9 \\u00",
    ] {
        assert_eq!(redacted(text), text);
    }
}

#[test]
fn masks_the_values_of_secret_fields() {
    for (text, shown) in [
        (r#"{"cvv":123,"a":1}"#, r#"{"cvv":******,"a":1}"#),
        (
            r#"{"card_ccv": "1\"23", "a":1}"#,
            r#"{"card_ccv": "******", "a":1}"#,
        ),
        (r#"{"API-KEY":"k"}"#, r#"{"API-KEY":"******"}"#),
        (
            r#"{"shopApiKey":["k","l"],"a":1}"#,
            r#"{"shopApiKey":******,"a":1}"#,
        ),
        (
            r#"{"secret":{"a":"}"},"b":1}"#,
            r#"{"secret":******,"b":1}"#,
        ),
        (
            r#""{\"cvv\":\"123\",\"a\":1}""#,
            r#""{\"cvv\":\"******\",\"a\":1}""#,
        ),
        (r#""{\"cvv\":123}""#, r#""{\"cvv\":******}""#),
        ("{cvv : 123, txId : qktr}", "{cvv : ******, txId : qktr}"),
        (
            "card_number=42&cvv=1&a=2",
            "card_number=******&cvv=******&a=2",
        ),
        (
            "Authorization: Bearer abc\nHost: x",
            "Authorization: ******\nHost: x",
        ),
        (r#"{"cv\u0076":"123"}"#, r#"{"cvv":"******"}"#),
        ("cvv:", "cvv:"),
        (r#"{"cvv":""}"#, r#"{"cvv":""}"#),
        (r#"{"cvv":"12"#, r#"{"cvv":"******"#),
        (
            r#"{"company":"x","secretary":"y","tokenId":7}"#,
            r#"{"company":"x","secretary":"y","tokenId":7}"#,
        ),
    ] {
        assert_eq!(redacted(text), shown, "{text}");
    }
}

#[test]
fn masks_a_whole_object_or_array() {
    for (text, shown) in [
        (
            r#"{"secret":{"a":{"b":1},"c":[2]},"d":3}"#,
            r#"{"secret":******,"d":3}"#,
        ),
        (
            r#"{"secret":[["a"],{"b":[]}],"d":3}"#,
            r#"{"secret":******,"d":3}"#,
        ),
        (
            r#"{"secret":{"a":"}","b":2},"d":3}"#,
            r#"{"secret":******,"d":3}"#,
        ),
        (
            r#"{"secret":{"a":"{","b":2},"d":3}"#,
            r#"{"secret":******,"d":3}"#,
        ),
        (
            r#"{"secret":{"a":"\"}","b":2},"d":3}"#,
            r#"{"secret":******,"d":3}"#,
        ),
        (
            r#"{"secret":{"a":"\\"},"d":"}"}"#,
            r#"{"secret":******,"d":"}"}"#,
        ),
        (
            r#""{\"secret\":{\"a\":{\"b\":1}},\"d\":3}""#,
            r#""{\"secret\":******,\"d\":3}""#,
        ),
        ("cvv=[}{", "cvv=******{"),
        (r#"{"secret":{"a":[1"#, r#"{"secret":******"#),
    ] {
        assert_eq!(redacted(text), shown, "{text}");
    }
}

#[test]
fn masks_a_value_after_a_backslash_or_escaped_white_space() {
    for (text, shown) in [
        (r"password=\hunter2&a=1", r"password=\******&a=1"),
        (r"password=\{hunter2}&a=1", r"password=\******&a=1"),
        (
            r#""{\"cvv\":\n\t123,\"a\":1}""#,
            r#""{\"cvv\":\n\t******,\"a\":1}""#,
        ),
        (
            r#""{\"cvv\"\r\n : \\n 123}""#,
            r#""{\"cvv\"\r\n : \\n ******}""#,
        ),
        (
            r#""{\"cvv\":\n\"123\",\"a\":1}""#,
            r#""{\"cvv\":\n\"******\",\"a\":1}""#,
        ),
    ] {
        assert_eq!(redacted(text), shown, "{text}");
    }
}

proptest::proptest! {
    #[test]
    fn masks_a_card_number_in_any_text(
        before in r#"([\\"'a-f0-9 {}\[\]:=,é-]{0,40}|[a-z"\\]{0,9}u00|\PC{0,20})[^0-9 -]?"#,
        after in r#"[^0-9 -]?([\\"'a-f0-9 {}\[\]:=,é-]{0,40}|\PC{0,20})"#,
    ) {
        let text = format!("{before};4242424242424242;{after}");
        let shown = redacted(&text);
        proptest::prop_assert!(!shown.contains("4242424242424242"), "{} shows {}", text, shown);
    }
}
