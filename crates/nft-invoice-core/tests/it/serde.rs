use nft_invoice_core::*;
use serde_json::{Value, json};

use crate::support::{check_text, golden, lines, on, with};

/// JSON through `Deserialize` gives what JSON bytes give: this also notices another name of `RawValue`.
#[test]
fn deserialized_json_keeps_the_digits_of_numbers_and_repeated_fields() {
    let text = golden().to_string();
    for input in [
        text.replace(r#""15.04""#, "15.0400"),
        text.replace(r#""15.04""#, "15.041"),
        text.replace(r#""15.04""#, "1e2"),
        text.replace(r#"{"email""#, r#"{"email":"a@b.c","email""#),
        text.replace(r#""checkoutMode":"nft","#, ""),
        text.replace("John", r"\ud800"),
        text,
    ] {
        let draft: Draft = serde_json::from_str(&input).unwrap();
        let errors = draft
            .validate(&on("2024-01-01"))
            .err()
            .map(|errors| lines(&errors))
            .unwrap_or_default();
        assert_eq!(
            errors,
            check_text(&input, &on("2024-01-01")).errors,
            "{input}"
        );
    }
    assert!(serde_json::from_str::<Draft>("[1]").is_err());
}

#[test]
fn a_deserialized_form_needs_neither_currency_nor_mode() {
    let form = "email=a%40b.c&amount=15.04&nftImageUrls=https%3A%2F%2Fx.y%2F1";
    let draft: Draft = serde_urlencoded::from_str(form).unwrap();
    let invoice = draft.validate(&on("2024-01-01")).unwrap();
    assert_eq!(invoice.amount().minor_units(), 1504);
}

#[test]
fn a_float_of_another_format_is_of_the_wrong_type() {
    use serde::Deserialize;
    use serde::de::value::{Error, MapDeserializer};
    let fields = [("amount", 15.04), ("callbackJson", 1.5)].into_iter();
    let draft = Draft::deserialize(MapDeserializer::<_, Error>::new(fields)).unwrap();
    let errors = draft
        .validate(&on("2024-01-01").mode(Mode::Hosted))
        .unwrap_err();
    let expected = [
        "/email required",
        "/amount wrong_type",
        "/callbackJson wrong_type",
    ];
    assert_eq!(lines(&errors), expected);
}

#[test]
fn a_hosted_invoice_is_stored_and_read_again() {
    let invoice = Draft::new()
        .email("a@b.c")
        .amount("15.4")
        .metadata(r#"{"name": "My NFT"}"#)
        .reference(Reference::new("order-7").unwrap())
        .validate(&on("2024-01-01"))
        .unwrap();
    let stored = serde_json::to_string(&invoice).unwrap();
    let draft: Draft = serde_json::from_str(&stored).unwrap();
    let again = draft.validate(&on("2024-01-01")).unwrap();
    assert_eq!(again.reference(), invoice.reference());
    assert_eq!(serde_json::to_string(&again).unwrap(), stored);
}

#[test]
fn a_stored_s2s_invoice_has_no_card() {
    let input = with(golden(), "callbackJson", json!({"order": 7})).to_string();
    let invoice = Draft::from_json(input)
        .unwrap()
        .validate(&on("2024-01-01"))
        .unwrap();
    let stored = serde_json::to_value(&invoice).unwrap();
    for field in ["card_number", "card_expiry_date", "card_ccv"] {
        assert_eq!(stored.get(field), None, "{field}");
    }
    assert_eq!(stored["callbackJson"], json!({"order": 7}));
    assert_eq!(stored["name"], "John Smith");
}

#[test]
fn values_and_outcomes_are_stored_and_read_again() {
    fn round<T: serde::Serialize + serde::de::DeserializeOwned>(value: &T) -> (Value, T) {
        let json = serde_json::to_value(value).unwrap();
        let read = serde_json::from_value(json.clone()).unwrap();
        (json, read)
    }
    let amount: Amount = "15.4".parse().unwrap();
    assert_eq!(round(&amount), (json!("15.40"), amount));
    let data = CallbackData::from_json(r#"{"a":1}"#).unwrap();
    assert_eq!(round(&data), (json!({"a": 1}), data));
    assert_eq!(
        round(&InvoiceStatus::Paid),
        (json!("invoice:paid"), InvoiceStatus::Paid)
    );
    let info = br#"{"errorCode":0,"data":{"status":"invoice:paid","id":1736,"amount":"1,234.50"}}"#;
    let info = decode_info(info).unwrap();
    let (json, read) = round(&info);
    assert_eq!(
        (&json["amount"], &json["id"]),
        (&json!("1,234.50"), &json!("1736"))
    );
    assert_eq!(read, info);
    assert!(serde_json::from_value::<Email>(json!("x")).is_err());
}
