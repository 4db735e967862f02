use std::collections::HashSet;

use nft_invoice_core::{ApiKey, CardholderName, Draft, Field, Warning, message_templates};
use serde_json::json;

use crate::support::{golden, on, with};

#[test]
fn errors_and_warnings_serialize_with_all_that_a_translation_needs() {
    let input = with(golden(), "name", json!("x".repeat(300)));
    let draft = Draft::from_json(input.to_string()).unwrap();
    let errors = draft.validate(&on("2024-01-01")).unwrap_err();
    assert_eq!(
        serde_json::to_value(&errors).unwrap(),
        json!([{
            "path": "/name",
            "code": "too_long",
            "params": {"reason": "characters", "max": 255},
            "message": "Use at most 255 characters.",
            "gateway_code": null
        }])
    );
    assert_eq!(
        errors.to_string(),
        "the invoice is invalid: /name: Use at most 255 characters. (too_long)"
    );
}

#[test]
fn errors_and_warnings_name_their_field() {
    let input = r#"{"email":"x","amount":"015.04","devise":"USD","checkoutMode":"nft",
        "nftImageUrls":["https://x.y/1","x"],"email/1":"\ud800"}"#;
    let checked = Draft::from_json(input).unwrap().check(&on("2024-01-01"));
    let errors = checked.invoice.unwrap_err();
    let fields: Vec<_> = errors
        .iter()
        .map(|error| (error.path(), error.field()))
        .collect();
    let expected = [
        ("/email", Some(Field::Email)),
        ("/nftImageUrls/1", Some(Field::Images)),
        ("/email~11", None),
    ];
    assert_eq!(fields, expected);
    let fields: Vec<_> = checked.warnings.iter().map(Warning::field).collect();
    assert_eq!(fields, [Some(Field::Amount), None]);
    let whole = Draft::from_json("[]").unwrap_err();
    assert_eq!(whole.as_slice()[0].field(), None);
}

#[test]
fn a_translation_is_filled_with_the_parameters() {
    let error = "x".repeat(256).parse::<CardholderName>().unwrap_err();
    let german = error
        .params()
        .fill("Verwenden Sie höchstens {max} Zeichen.");
    assert_eq!(german, "Verwenden Sie höchstens 255 Zeichen.");
}

#[test]
fn every_message_belongs_to_one_rule() {
    let keys: HashSet<_> = message_templates()
        .map(|message| (message.code(), message.reason()))
        .collect();
    assert_eq!(keys.len(), message_templates().count());
}

#[test]
fn debug_shows_messages_so_that_main_can_return_errors() {
    let key = ApiKey::new("").unwrap_err();
    assert_eq!(format!("{key:?}"), r#"ValueError("The API key is empty.")"#);
    let errors = Draft::new().validate(&on("2024-01-01")).unwrap_err();
    assert_eq!(
        format!("{errors:?}"),
        r#"ValidationErrors ["/email: This field is required. (required)", "/amount: This field is required. (required)"]"#
    );
}
