use nft_invoice_core::{Draft, ErrorCode, Mode};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::support::{check, golden, hosted, on, with};

#[test]
fn one_wrong_field_is_one_error() {
    use ErrorCode as E;
    let long = |n: usize| json!("x".repeat(n));
    let rows: Vec<(&str, Value, &str, E)> = vec![
        ("email", json!(7), "/email", E::WrongType),
        (
            "email",
            json!("customer@shop.example'"),
            "/email",
            E::Malformed,
        ),
        (
            "email",
            json!(format!("{}@b.c", "a".repeat(65))),
            "/email",
            E::TooLong,
        ),
        ("amount", json!(true), "/amount", E::WrongType),
        ("amount", json!("1,5"), "/amount", E::Malformed),
        ("amount", json!(1.234), "/amount", E::Malformed),
        ("amount", json!(-1), "/amount", E::Malformed),
        ("amount", json!(0), "/amount", E::OutOfRange),
        ("devise", json!("usd"), "/devise", E::Unsupported),
        ("devise", json!(["USD"]), "/devise", E::WrongType),
        (
            "success_url",
            json!("mailto:x"),
            "/success_url",
            E::Unsupported,
        ),
        (
            "success_url",
            json!("https://shop..example,x/ok"),
            "/success_url",
            E::Malformed,
        ),
        (
            "failure_url",
            json!("shop.example"),
            "/failure_url",
            E::Malformed,
        ),
        ("cancel_url", json!(7), "/cancel_url", E::WrongType),
        ("callbackJson", long(65_536), "/callbackJson", E::TooLong),
        ("name", json!("a\u{7}b"), "/name", E::Malformed),
        ("address2", long(256), "/address2", E::TooLong),
        ("city", json!({}), "/city", E::WrongType),
        ("country", json!("DEU"), "/country", E::Malformed),
        ("country", json!("UK"), "/country", E::Unsupported),
        ("postcode", long(33), "/postcode", E::TooLong),
        ("postcode", json!(1.5), "/postcode", E::Malformed),
        (
            "date_of_birth",
            json!("31.12.1990"),
            "/date_of_birth",
            E::Malformed,
        ),
        (
            "date_of_birth",
            json!("1990-02-30"),
            "/date_of_birth",
            E::OutOfRange,
        ),
        (
            "date_of_birth",
            json!("2024-01-02"),
            "/date_of_birth",
            E::OutOfRange,
        ),
        (
            "card_number",
            json!("4242 4242 4242 4241"),
            "/card_number",
            E::Checksum,
        ),
        ("card_number", json!(-5), "/card_number", E::Malformed),
        ("card_number", json!([]), "/card_number", E::WrongType),
        (
            "card_expiry_date",
            json!("13/2025"),
            "/card_expiry_date",
            E::OutOfRange,
        ),
        (
            "card_expiry_date",
            json!("02/25"),
            "/card_expiry_date",
            E::Malformed,
        ),
        (
            "card_expiry_date",
            json!("11/2023"),
            "/card_expiry_date",
            E::Expired,
        ),
        ("card_ccv", json!(12), "/card_ccv", E::TooShort),
        ("card_ccv", json!("12345"), "/card_ccv", E::TooLong),
        ("nftImageUrls", json!([]), "/nftImageUrls", E::Required),
        ("nftImageUrls", json!(7), "/nftImageUrls", E::WrongType),
        (
            "nftImageUrls",
            json!(vec!["https://x.y"; 101]),
            "/nftImageUrls",
            E::TooLong,
        ),
        (
            "nftImageUrls",
            json!(["https://x.y", null]),
            "/nftImageUrls/1",
            E::Required,
        ),
        (
            "nftImageUrls",
            json!(["https://x.y", 7]),
            "/nftImageUrls/1",
            E::WrongType,
        ),
        (
            "nftImageUrls",
            json!(["data:,", "https://x.y"]),
            "/nftImageUrls/0",
            E::Unsupported,
        ),
        (
            "ipfsMetadata",
            json!("not json"),
            "/ipfsMetadata",
            E::Malformed,
        ),
        ("ipfsMetadata", json!([]), "/ipfsMetadata", E::WrongType),
        ("ipfsMetadata", json!("[]"), "/ipfsMetadata", E::WrongType),
        (
            "ipfsMetadata",
            json!({"attributes": 7}),
            "/ipfsMetadata/attributes",
            E::WrongType,
        ),
        ("nftDescription", long(4097), "/nftDescription", E::TooLong),
        (
            "checkoutMode",
            json!("NFT"),
            "/checkoutMode",
            E::Unsupported,
        ),
        ("customer_ip", json!("::1"), "/customer_ip", E::Unsupported),
        (
            "customer_ip",
            json!("0.0.0.0"),
            "/customer_ip",
            E::OutOfRange,
        ),
        ("phone", json!("call me"), "/phone", E::Malformed),
    ];
    for (field, value, path, code) in rows {
        let found = check(&with(golden(), field, value.clone()), &on("2024-01-01"));
        let shown = value.to_string();
        assert_eq!(
            found.errors,
            [format!("{path} {code}")],
            "{field} = {}",
            shown.get(..60).unwrap_or(&shown)
        );
    }
}

#[test]
fn metadata_reports_an_error_inside_beside_its_own() {
    for (rest, own) in [
        (
            format!("{}{}", "[".repeat(64), "]".repeat(64)),
            "out_of_range",
        ),
        (format!("\"{}\"", "x".repeat(70_000)), "too_long"),
    ] {
        let metadata = format!(r#"{{"attributes":1,"x":{rest}}}"#);
        let found = check(
            &with(golden(), "ipfsMetadata", json!(metadata)),
            &on("2024-01-01"),
        );
        let expected = [
            format!("/ipfsMetadata {own}"),
            "/ipfsMetadata/attributes wrong_type".into(),
        ];
        assert_eq!(found.errors, expected);
    }
}

#[test]
fn errors_carry_the_gateway_s_code_where_one_is_documented() {
    let rules = on("2024-01-01")
        .mode(Mode::Hosted)
        .min_amount("5".parse().unwrap())
        .max_amount("100".parse().unwrap());
    for (field, value, code) in [
        ("email", json!(null), Some(50002)),
        ("email", json!("x"), Some(50005)),
        ("amount", json!(null), Some(50003)),
        ("amount", json!("x"), None),
        ("amount", json!("4.99"), Some(50012)),
        ("amount", json!("100.01"), Some(50011)),
        ("devise", json!(null), Some(50004)),
        ("devise", json!("EUR"), Some(50009)),
        ("checkoutMode", json!(null), None),
    ] {
        let draft = Draft::from_json(with(hosted(), field, value.clone()).to_string()).unwrap();
        let errors = draft.validate(&rules).unwrap_err();
        assert_eq!(
            errors.as_slice()[0].gateway_code(),
            code,
            "{field} = {value}"
        );
    }
    for amount in ["5", "100"] {
        assert_eq!(
            check(&with(hosted(), "amount", json!(amount)), &rules).errors,
            [""; 0]
        );
    }
}

proptest! {
    #[test]
    fn any_bytes_give_a_result(input: Vec<u8>) {
        if let Ok(draft) = Draft::from_json(&input) {
            let _ = draft.check(&on("2024-01-01"));
        }
    }

    /// What is valid encodes, and what was encoded is valid again with the same body.
    #[test]
    fn any_field_can_contain_anything(field in 0_usize..24, value in "\\PC{0,40}|[0-9 +.:/-]{0,20}|\"\\PC{0,8}\"|\\{\"a\":[0-9]\\}") {
        let name = golden().as_object().unwrap().keys().nth(field).unwrap().clone();
        let rules = on("2024-01-01");
        let input = with(golden(), &name, json!(value)).to_string();
        let checked = Draft::from_json(&input).unwrap().check(&rules);
        let validated = Draft::from_json(&input).unwrap().validate(&rules);
        prop_assert_eq!(checked.invoice.as_ref().err(), validated.as_ref().err());
        if let Ok(invoice) = validated {
            let body = invoice.encode(&Default::default());
            let again = Draft::from_json(&body).unwrap().validate(&rules).unwrap();
            let second = again.encode(&Default::default());
            prop_assert_eq!(body.as_ref(), second.as_ref(), "{}", name);
        }
    }
}
