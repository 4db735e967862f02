use nft_invoice_core::{Field, Mode, Presence};
use serde_json::json;

use crate::support::{check, check_text, golden, hosted, on, with};

#[test]
fn the_gateway_s_example_is_valid_until_its_card_expires() {
    for today in ["1999-01-01", "2024-02-29", "2025-02-28", "2025-03-01"] {
        assert_eq!(check(&golden(), &on(today)).errors, [""; 0], "{today}");
    }
    for today in ["2025-03-02", "2026-11-22", "9999-12-31"] {
        assert_eq!(
            check(&golden(), &on(today)).errors,
            ["/card_expiry_date expired"],
            "{today}"
        );
    }
}

#[test]
fn each_mode_reports_its_missing_fields_in_order() {
    for mode in [Mode::Hosted, Mode::S2s] {
        let required = Field::ALL
            .iter()
            .filter(|field| field.presence(mode) == Presence::Required);
        let expected: Vec<_> = required
            .map(|field| format!("{} required", field.path()))
            .collect();
        assert_eq!(expected.len(), if mode == Mode::Hosted { 4 } else { 19 });
        assert_eq!(
            check(&json!({}), &on("2024-01-01").mode(mode)).errors,
            expected
        );
    }
}

#[test]
fn null_blank_and_invisible_text_count_as_missing() {
    let rules = on("2024-01-01").mode(Mode::S2s);
    for field in Field::ALL {
        for missing in [
            json!(null),
            json!(""),
            json!(" \u{3000}\t"),
            json!("\u{200b}"),
        ] {
            let opaque = ["callbackJson", "ipfsMetadata"].contains(&field.name());
            if opaque && missing == json!("\u{200b}") {
                continue;
            }
            let is_required = field.presence(Mode::S2s) == Presence::Required;
            let expected = is_required.then(|| format!("{} required", field.path()));
            let found = check(&with(golden(), field.name(), missing.clone()), &rules);
            assert_eq!(
                found.errors,
                Vec::from_iter(expected),
                "{field} = {missing}"
            );
        }
    }
}

#[test]
fn a_card_field_that_is_filled_in_makes_an_invoice_s2s() {
    for (field, value, is_s2s) in [
        ("card_number", json!(""), false),
        ("card_ccv", json!(null), false),
        ("card_expiry_date", json!(" \u{200b} "), false),
        ("card_number", json!("x"), true),
        ("card_ccv", json!(7), true),
        ("card_expiry_date", json!({}), true),
    ] {
        let errors = check(&with(hosted(), field, value.clone()), &on("2024-01-01")).errors;
        let requires_phone = errors.contains(&"/phone required".to_owned());
        assert_eq!(requires_phone, is_s2s, "{field} = {value}");
    }
}

#[test]
fn a_hosted_invoice_allows_no_card_field() {
    let rules = on("2024-01-01").mode(Mode::Hosted);
    let expected = [
        "/card_number not_allowed",
        "/card_expiry_date not_allowed",
        "/card_ccv not_allowed",
    ];
    assert_eq!(check(&golden(), &rules).errors, expected);
    let bad = with(golden(), "card_number", json!([1]));
    assert_eq!(check(&bad, &rules).errors, expected);
}

#[test]
fn a_repeated_field_is_one_error_unless_it_has_another() {
    let rest = r#""amount":1,"devise":"USD","checkoutMode":"nft""#;
    for (input, expected) in [
        (r#""email":"a@b.c","email":"x""#, "/email duplicate"),
        (r#""email":"x","email":"a@b.c""#, "/email malformed"),
        (r#""email":"a@b.c","x":1,"\u0078":2,"x":3"#, "/x duplicate"),
        (
            r#""email":"a@b.c","pan":"5555555555554444","pan":"a""#,
            "/pan duplicate",
        ),
        (r#""email":"a@b.c","a/b~":"\ud800""#, "/a~1b~0 malformed"),
        (r#""email":"\udc00""#, "/email malformed"),
    ] {
        let input = format!("{{{input},{rest}}}");
        assert_eq!(
            check_text(&input, &on("2024-01-01")).errors,
            [expected],
            "{input}"
        );
    }
}
