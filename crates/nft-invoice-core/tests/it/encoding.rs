use nft_invoice_core::{AmountForm, Draft, Encoding, ImagesForm, JsonForm};
use serde_json::{Value, json};

use crate::support::{golden, on, with};

#[test]
fn the_body_is_normalized_and_follows_the_encoding() {
    let input = with(golden(), "country", json!("de"));
    let input = with(input, "card_number", json!("4242-4242 4242 4242"));
    let input = with(input, "callbackJson", json!({"order": 7}));
    let input = with(input, "x\"y", json!([1, null]));
    let invoice = Draft::from_json(input.to_string())
        .unwrap()
        .validate(&on("2024-01-01"))
        .unwrap();
    let body = |encoding: Encoding| -> Value {
        serde_json::from_slice(invoice.encode(&encoding).as_ref()).unwrap()
    };
    let default = body(Encoding::default());
    assert_eq!(default["country"], "DE");
    assert_eq!(default["card_number"], "4242424242424242");
    assert_eq!(default["amount"], "15.04");
    assert_eq!(default["nftImageUrls"], "https://cdn.example/nft.png");
    assert_eq!(default["callbackJson"], r#"{"order":7}"#);
    assert!(
        default["ipfsMetadata"]
            .as_str()
            .unwrap()
            .contains("\"power\":10")
    );
    assert_eq!(default["x\"y"], json!([1, null]));
    assert_eq!(default.get("failure_url"), None);
    let other = body(Encoding {
        amount: AmountForm::Number,
        images: ImagesForm::Array,
        metadata: JsonForm::Nested,
        callback_data: JsonForm::Nested,
    });
    assert_eq!(other["amount"], json!(15.04));
    assert_eq!(
        other["nftImageUrls"],
        json!(["https://cdn.example/nft.png"])
    );
    assert_eq!(other["callbackJson"], json!({"order": 7}));
    assert_eq!(other["ipfsMetadata"]["attributes"]["power"], 10);
    let shown = invoice.encode_redacted(&Encoding::default());
    let preview: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(preview["card_number"], "[redacted]4242");
    assert_eq!(preview["card_ccv"], "[redacted]");
    assert_eq!(preview["x\"y"], "[8 octets]");
    assert!(!shown.contains("42424242"), "{shown}");
}

#[test]
fn a_body_larger_than_its_first_buffer_is_whole() {
    let long = "\u{1}\"".repeat(2000);
    let input = with(golden(), "nftDescription", json!(long));
    let invoice = Draft::from_json(input.to_string())
        .unwrap()
        .validate(&on("2024-01-01"))
        .unwrap();
    let body: Value =
        serde_json::from_slice(invoice.encode(&Encoding::default()).as_ref()).unwrap();
    assert_eq!(body["nftDescription"], long);
}

#[test]
fn a_message_that_repeats_the_card_is_redacted() {
    let invoice = Draft::from_json(golden().to_string())
        .unwrap()
        .validate(&on("2024-01-01"))
        .unwrap();
    for (message, expected) in [
        ("amount required", "amount required"),
        ("code 50003", "code 50003"),
        ("card_ccv 000 is wrong", "card_ccv [redacted] is wrong"),
        (
            "4242a4242b4242c4242",
            "[redacted]a[redacted]b[redacted]c[redacted]",
        ),
    ] {
        assert_eq!(invoice.redact(message), expected);
    }
}
