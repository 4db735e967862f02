use nft_invoice_core::{Draft, ParamValue};
use serde_json::{Value, json};

use crate::support::{check, golden, on, with};

/// A document without any warning on 2024-01-01.
fn quiet() -> Value {
    let base = with(golden(), "callbackJson", json!({"order": 7}));
    let base = with(base, "card_expiry_date", json!("12/2030"));
    let base = with(base, "customer_ip", json!("8.8.8.8"));
    with(base, "card_number", json!("4539578763621486"))
}

#[test]
fn warns_of_what_is_probably_a_mistake() {
    assert_eq!(check(&quiet(), &on("2024-01-01")).warnings, [""; 0]);
    for (field, value, expected) in [
        ("email", json!("a@localhost"), "unusual"),
        ("email", json!("é@b.c"), "unusual"),
        ("email", json!(r#""a"@b.c"#), "unusual"),
        ("email", json!("a@[192.0.2.1]"), "unusual"),
        ("email", json!("a@b.c\u{200b}"), "normalized"),
        ("email", json!(" a@b.c"), "normalized"),
        ("amount", json!("015"), "unusual"),
        ("amount", json!("15.0400"), "normalized"),
        ("success_url", json!("http://shop.example"), "insecure_url"),
        ("success_url", json!("https://10.1.2.3"), "local_address"),
        ("success_url", json!("https://172.31.0.1"), "local_address"),
        ("success_url", json!("https://[fd00::1]"), "local_address"),
        (
            "success_url",
            json!("https://[::ffff:192.168.0.1]"),
            "local_address",
        ),
        (
            "success_url",
            json!("https://printer.local"),
            "local_address",
        ),
        ("success_url", json!("https://u:p@shop.example"), "unusual"),
        ("success_url", json!("https://shop.example/é"), "unusual"),
        ("success_url", json!("https://shop.example/{id}"), "unusual"),
        ("success_url", json!("https://undefined/thanks"), "unusual"),
        (
            "success_url",
            json!("https://shop.example/?id=null"),
            "unusual",
        ),
        (
            "success_url",
            json!("https://shop.example/[object%20Object]"),
            "unusual",
        ),
        (
            "success_url",
            json!("https://shop.example/?a=1&amp;b=2"),
            "unusual",
        ),
        (
            "success_url",
            json!("https://shop.example/https://x.y"),
            "unusual",
        ),
        ("callbackJson", json!("{a: 1}"), "unusual"),
        ("name", json!("x".repeat(27)), "unusual"),
        ("name", json!("John 12345678"), "unusual"),
        ("country", json!("de"), "normalized"),
        ("country", json!("XK"), "unusual"),
        ("postcode", json!(90210), "normalized"),
        ("phone", json!(2_079_460_018_u64), "normalized"),
        ("phone", json!("020 7946 0018 x12"), "unusual"),
        ("phone", json!("+1234567890123456"), "unusual"),
        ("date_of_birth", json!("1893-12-31"), "unusual"),
        ("card_number", json!("4539-5787 6362 1486"), "normalized"),
        (
            "card_number",
            json!(4_539_578_763_621_486_u64),
            "normalized",
        ),
        ("card_number", json!("4242424242424242"), "test_card"),
        ("card_number", json!("6212345678901234"), "unusual"),
        ("card_expiry_date", json!("01/2024"), "expires_soon"),
        ("card_expiry_date", json!("12/2023"), "expires_soon"),
        ("card_expiry_date", json!("02/2044"), "unusual"),
        ("card_ccv", json!("1234"), "unusual"),
        ("card_ccv", json!(123), "normalized"),
        (
            "nftImageUrls",
            json!("https://cdn.example/1.png,https://cdn.example/2.png"),
            "unusual",
        ),
        ("nftImageUrls", json!("ipfs://my-nft.png"), "unusual"),
        (
            "nftImageUrls",
            json!("http://cdn.example/1.png"),
            "insecure_url",
        ),
        ("ipfsMetadata", json!({"title": 1}), "unusual"),
        (
            "ipfsMetadata",
            json!({"name": "a", "attributes": [{"trait_type": "x"}]}),
            "unusual",
        ),
        (
            "ipfsMetadata",
            json!(r#"{"name":"a","name":"b"}"#),
            "unusual",
        ),
        ("nftDescription", json!("a\rb"), "unusual"),
        ("customer_ip", json!("10.0.0.1"), "reserved_ip"),
        ("customer_ip", json!("241.2.3.4"), "reserved_ip"),
        ("Email", json!("a@b.c"), "unknown_field"),
    ] {
        let found = check(&with(quiet(), field, value.clone()), &on("2024-01-01"));
        assert_eq!(found.errors, [""; 0], "{field} = {value}");
        assert_eq!(
            found.warnings,
            [format!("/{field} {expected}")],
            "{field} = {value}"
        );
    }
}

#[test]
fn elements_and_american_express_have_warnings_of_their_own() {
    let images = with(
        quiet(),
        "nftImageUrls",
        json!(["https://x.y", "ar://x", "https://localhost/"]),
    );
    let expected = [
        "/nftImageUrls/1 unusual",
        "/nftImageUrls/2 local_address",
        "/nftImageUrls/2 unusual",
    ];
    assert_eq!(check(&images, &on("2024-01-01")).warnings, expected);
    let amex = with(quiet(), "card_number", json!("341111111111111"));
    assert_eq!(
        check(&amex, &on("2024-01-01")).warnings,
        ["/card_ccv unusual"]
    );
    let amex = with(amex, "card_ccv", json!("1234"));
    assert_eq!(check(&amex, &on("2024-01-01")).warnings, [""; 0]);
}

#[test]
fn names_the_characters_that_were_removed_or_replaced() {
    for (field, value, characters) in [
        (
            "email",
            json!("\u{feff}a@b.c\u{200b}"),
            Some("U+FEFF, U+200B"),
        ),
        (
            "phone",
            json!("020\u{a0}7946\u{2011}0018"),
            Some("U+00A0, U+2011"),
        ),
        (
            "success_url",
            json!("https://shop.example/\u{200b}"),
            Some("U+200B"),
        ),
        ("city", json!(" Paris "), None),
    ] {
        let input = with(quiet(), field, value).to_string();
        let checked = Draft::from_json(input).unwrap().check(&on("2024-01-01"));
        let [warning] = &checked.warnings[..] else {
            panic!("{:?}", checked.warnings)
        };
        let expected = characters.map(|text| ParamValue::Text(text.into()));
        assert_eq!(warning.params().get("characters"), expected, "{field}");
    }
    // Joiners and dashes in a name, and in URLs, are sent as they were entered.
    let kept = with(quiet(), "name", json!("Jo\u{200d}hn–Smith"));
    assert_eq!(check(&kept, &on("2024-01-01")).warnings, [""; 0]);
}

#[test]
fn an_unknown_field_names_the_field_it_resembles() {
    let input = with(quiet(), "currency", json!("USD")).to_string();
    let checked = Draft::from_json(input).unwrap().check(&on("2024-01-01"));
    assert_eq!(
        checked.warnings[0].message(),
        "The gateway does not document this field. Did you mean devise?"
    );
}
