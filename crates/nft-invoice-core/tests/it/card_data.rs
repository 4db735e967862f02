use nft_invoice_core::Draft;
use serde_json::{Value, json};

use crate::support::{check, golden, hosted, on, with};

#[test]
fn the_invoice_s_own_card_is_an_error_in_any_other_field() {
    for (field, value, path) in [
        ("note", json!("4242-4242-4242-4242"), "/note"),
        ("name", json!("4242 4242 4242 4242"), "/name"),
        (
            "callbackJson",
            json!({"a": [{"4242424242424242": 1}]}),
            "/callbackJson",
        ),
        (
            "ipfsMetadata",
            json!(r#"{"name":"\u0034242424242424242"}"#),
            "/ipfsMetadata",
        ),
        (
            "success_url",
            json!("https://x.y/4242%204242+4242-4242"),
            "/success_url",
        ),
        (
            "nftImageUrls",
            json!(["https://x.y/4242424242424242"]),
            "/nftImageUrls",
        ),
        ("4242424242424242", json!(1), "/?"),
    ] {
        let found = check(&with(golden(), field, value.clone()), &on("2024-01-01"));
        assert_eq!(
            found.errors,
            [format!("{path} card_data")],
            "{field} = {value}"
        );
    }
    // Even if the card's own field has another error, and even in a hosted invoice.
    let expired = with(golden(), "note", json!("4242424242424242"));
    let found = check(&expired, &on("2026-01-01"));
    assert_eq!(
        found.errors,
        ["/card_expiry_date expired", "/note card_data"]
    );
}

#[test]
fn a_card_below_a_card_s_name_is_an_error() {
    for (field, value, path) in [
        (
            "cardNumber",
            json!(5_555_555_555_554_444_u64),
            "/cardNumber",
        ),
        (
            "payment",
            json!({"credit_card": {"no": "5555 5555 5555 4444"}}),
            "/payment",
        ),
        (
            "payment",
            json!({"credit_card": {"a": {}, "b": [[]], "no": "5555 5555 5555 4444"}}),
            "/payment",
        ),
        ("payment", strings_in_strings(3), "/payment"),
        (
            "callbackJson",
            json!(r#"{"pan":"5555555555554444"}"#),
            "/callbackJson",
        ),
    ] {
        let found = check(&with(hosted(), field, value.clone()), &on("2024-01-01"));
        assert_eq!(
            found.errors,
            [format!("{path} card_data")],
            "{field} = {value}"
        );
    }
}

#[test]
fn a_card_s_name_concerns_only_what_is_below_it() {
    for value in [
        json!([{"pan": null}, "5555555555554444"]),
        json!([{"pan": {}}, "5555555555554444"]),
        json!({"pan": "none", "id": "5555555555554444"}),
        strings_in_strings(4),
    ] {
        let found = check(&with(hosted(), "payment", value.clone()), &on("2024-01-01"));
        assert!(found.errors.is_empty(), "{value}: {:?}", found.errors);
    }
}

/// An object with a card, as JSON in a string, in a string, ….
fn strings_in_strings(levels: usize) -> Value {
    let object = json!({"pan": "5555555555554444"});
    (0..levels).fold(object, |inside, _| Value::String(inside.to_string()))
}

#[test]
fn digits_without_evidence_are_a_warning_at_most() {
    for (field, value, warnings) in [
        (
            "createdAt",
            json!(1_637_558_552_616_u64),
            vec!["/createdAt unknown_field"],
        ),
        (
            "wallet",
            json!("0x52908400098527886E0F7030069857D2E4169EE7"),
            vec!["/wallet unknown_field"],
        ),
        (
            "iban",
            json!("DE89370400440532013000"),
            vec!["/iban unknown_field"],
        ),
        (
            "id",
            json!("550e8400-e29b-41d4-a716-446655440000"),
            vec!["/id unknown_field"],
        ),
        (
            "note",
            json!("5555 5555 5555 4444"),
            vec!["/note unknown_field", "/note possible_card"],
        ),
        (
            "5555555555554444",
            json!(1),
            vec!["/? unknown_field", "/? possible_card"],
        ),
        (
            "callbackJson",
            json!({"a": 5_555_555_555_554_444_u64}),
            vec!["/callbackJson possible_card"],
        ),
        ("name", json!("5555555555554444"), vec!["/name unusual"]),
    ] {
        let found = check(&with(hosted(), field, value.clone()), &on("2024-01-01"));
        assert_eq!(
            (found.errors, found.warnings),
            (vec![], warnings.iter().map(ToString::to_string).collect()),
            "{value}"
        );
    }
}

#[test]
fn nothing_repeats_what_a_field_contains() {
    let mut secretive = golden();
    for (_, value) in secretive.as_object_mut().unwrap() {
        *value = json!("\u{1}s3cr3t 4242424242424242");
    }
    secretive["4242424242424242"] = json!(1);
    let draft = Draft::from_json(secretive.to_string()).unwrap();
    let shown = format!("{draft:?}");
    let checked = draft.check(&on("2024-01-01"));
    let errors = checked.invoice.as_ref().unwrap_err();
    assert!(errors.as_slice().len() > 20);
    let json =
        serde_json::to_string(errors).unwrap() + &serde_json::to_string(&checked.warnings).unwrap();
    for shown in [shown, format!("{checked:?}"), errors.to_string(), json] {
        assert!(
            !shown.contains("s3cr3t") && !shown.contains("4242"),
            "{shown}"
        );
    }
}

/// A search that looked at every pair of groups, or at every number once a repeated card, took tens of seconds.
#[test]
fn a_megabyte_of_digits_is_searched_once() {
    let groups = "1234 ".repeat(200_000);
    let mut input = with(golden(), "note", json!(groups));
    input["other"] = json!(groups.replace(' ', "-"));
    let text = input.to_string();
    let repeated = "\"card_number\":\"4111111111111111\",".repeat(20_000);
    let text = format!("{{{repeated}{}", &text[1..]);
    let found = crate::support::check_text(&text, &on("2024-01-01"));
    assert_eq!(found.errors, ["/card_number duplicate"]);
}

#[test]
fn a_hundred_thousand_unknown_fields_are_reported_once_each() {
    let mut input = hosted();
    for at in 0..100_000 {
        input[format!("field{at}")] = Value::Null;
    }
    let found = check(&input, &on("2024-01-01"));
    assert_eq!((found.errors.len(), found.warnings.len()), (0, 100_000));
}
