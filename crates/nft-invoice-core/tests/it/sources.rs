use nft_invoice_core::*;
use serde_json::{Value, json};

use crate::support::{check_text, found, golden, lines, on, with};

fn body(invoice: &Invoice) -> Value {
    serde_json::from_slice(invoice.encode(&Encoding::default()).as_ref()).unwrap()
}

#[test]
fn input_that_is_not_a_json_object_is_one_error_of_the_whole() {
    let deep = "[".repeat(100_000);
    for (input, code) in [
        ("", "malformed"),
        ("{", "malformed"),
        ("{} x", "malformed"),
        ("{\"amount\": 4242424242424242,}", "malformed"),
        (&deep, "malformed"),
        ("[{}]", "wrong_type"),
        ("null", "wrong_type"),
        ("\"4242424242424242\"", "wrong_type"),
    ] {
        let errors = Draft::from_json(input).unwrap_err();
        assert_eq!(
            lines(&errors),
            [format!(" {code}")],
            "{}",
            &input[..input.len().min(30)]
        );
        assert!(
            !format!("{errors:?} {errors}").contains("4242"),
            "the input is quoted"
        );
    }
    for (input, message) in [
        ("", "The input is empty. Enter one JSON object."),
        ("\u{feff} \n", "The input is empty. Enter one JSON object."),
        (
            "null",
            "Enter one JSON object with the gateway's names of the fields, such as email and amount.",
        ),
        (
            "[{}]",
            "Enter one JSON object, not an array. For several invoices use NDJSON, with one object on each line.",
        ),
        (
            "{}\n{}",
            "Only one JSON object was expected, but another one begins at line 2, column 1. \
             For several invoices use NDJSON, with one object on each line.",
        ),
        ("{} x", "The input is not valid JSON at line 1, column 4."),
        ("1 {}", "The input is not valid JSON at line 1, column 3."),
    ] {
        let errors = Draft::from_json(input).unwrap_err();
        assert_eq!(errors.as_slice()[0].message(), message, "{input}");
    }
    let utf16: Vec<u8> = "{}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let errors = Draft::from_json(&utf16).unwrap_err();
    assert!(errors.as_slice()[0].message().contains("UTF-16"));
}

#[test]
fn syntax_errors_name_line_and_column_of_the_file() {
    for (error, place) in [
        (
            Draft::from_json(b"{\n  \"a\": \xff}".as_slice()),
            "line 2, column 8",
        ),
        (Draft::from_json("\u{feff}{\"é\":}"), "line 1, column 7"),
        (
            Draft::from_ndjson_line("{\"a\" 1}", 17),
            "line 17, column 6",
        ),
    ] {
        let error = error.unwrap_err().to_string();
        assert!(error.contains(place), "{error}");
    }
}

#[test]
fn a_byte_order_mark_is_skipped() {
    let found = check_text(format!("\u{feff}{}", golden()), &on("2024-01-01"));
    assert_eq!(found.errors, [""; 0]);
}

#[test]
fn a_form_reads_like_json() {
    let form: Vec<(String, String)> = golden()
        .as_object()
        .unwrap()
        .iter()
        .map(|(name, value)| {
            (
                name.clone(),
                value
                    .as_str()
                    .map_or_else(|| value.to_string(), str::to_owned),
            )
        })
        .filter(|(name, _)| !["failure_url", "devise", "checkoutMode"].contains(&name.as_str()))
        .collect();
    let rules = on("2024-01-01");
    let from_form = Draft::from_pairs(form).validate(&rules).unwrap();
    let from_json = Draft::from_json(golden().to_string())
        .unwrap()
        .validate(&rules)
        .unwrap();
    assert_eq!(body(&from_form), body(&from_json));
    let twice = Draft::from_pairs([("email", "a@b.c"), ("email", "a@b.c")])
        .validate(&rules)
        .unwrap_err();
    assert_eq!(
        twice.at("/email").next().unwrap().code(),
        ErrorCode::Duplicate
    );
    assert_eq!(lines(&twice), ["/email duplicate", "/amount required"]);
}

#[test]
fn only_json_requires_the_currency_and_the_mode() {
    let rules = on("2024-01-01");
    let json = Draft::from_json(r#"{"email":"a@b.c","amount":"1"}"#).unwrap();
    let errors = json.validate(&rules).unwrap_err();
    assert_eq!(
        lines(&errors),
        ["/devise required", "/checkoutMode required"]
    );
    for draft in [
        Draft::new().email("a@b.c").amount("1"),
        Draft::new()
            .email("a@b.c")
            .amount("1")
            .currency(None::<&str>),
        Draft::from_pairs([("email", "a@b.c"), ("amount", "1")]),
        Draft::from_pairs([("email", "a@b.c"), ("amount", "1"), ("devise", " ")]),
    ] {
        let invoice = draft.validate(&rules).unwrap();
        assert_eq!(*invoice.currency(), Currency::Usd);
    }
    let other = [("email", "a@b.c"), ("amount", "1"), ("devise", "EUR")];
    let errors = Draft::from_pairs(other).validate(&rules).unwrap_err();
    assert_eq!(lines(&errors), ["/devise unsupported"]);
}

#[test]
fn setters_take_text_values_and_options() {
    let address = String::from("1000 Lombard St");
    let draft = Draft::new()
        .email("aaaaaa@domain.fr".parse::<Email>().unwrap())
        .amount(Amount::from_minor_units(1504).unwrap())
        .success_url("https://shop.example/ok")
        .cancel_url(String::from("https://shop.example/cancel"))
        .pending_url(Some("https://shop.example/pending"))
        .failure_url(None::<&str>)
        .callback_data(CallbackData::from_json(r#""{txId : qktr12eqzg, status : sfrt}""#).unwrap())
        .cardholder_name("John Smith")
        .address_line1("1000 Lombard St")
        .address_line2(&address)
        .city("San Francisco")
        .country("DE".parse::<CountryCode>().unwrap())
        .postal_code("90210")
        .date_of_birth(Date::new(1990, 12, 31).unwrap())
        .card_number("4242 4242 4242 4242")
        .expiry(Expiry::new(2, 2025).unwrap())
        .cvc("000".parse::<Cvc>().unwrap())
        .image("https://cdn.example/nft.png")
        .metadata(
            Metadata::new(
                &json!({"name": "My NFT", "attributes": {"power": 10, "color": "black"}}),
            )
            .unwrap(),
        )
        .description("My NFT description")
        .customer_ip("127.0.0.1")
        .phone("020 7946 0018");
    assert_eq!(draft.mode(), Mode::S2s);
    let invoice = draft.validate(&on("2024-01-01")).unwrap();
    let from_json = Draft::from_json(golden().to_string())
        .unwrap()
        .validate(&on("2024-01-01"))
        .unwrap();
    assert_eq!(body(&invoice), body(&from_json));
    assert_eq!(invoice.card().unwrap().number.last4(), Some("4242"));
    assert!(invoice.as_hosted().is_none());
    assert_eq!(invoice.as_s2s().unwrap().city().as_str(), "San Francisco");
}

#[test]
fn a_typed_value_is_judged_by_the_day_and_searched_for_the_card() {
    let draft = || Draft::from_json(golden().to_string()).unwrap();
    let expired = draft()
        .expiry(Expiry::new(1, 2020).unwrap())
        .check(&on("2024-01-01"));
    assert_eq!(found(&expired).errors, ["/card_expiry_date expired"]);
    let name: CardholderName = "4242 4242 4242 4242".parse().unwrap();
    let stray = draft().cardholder_name(name).check(&on("2024-01-01"));
    assert_eq!(found(&stray).errors, ["/name card_data"]);
}

#[test]
fn setting_a_field_again_replaces_it() {
    let invoice = Draft::new()
        .email("x")
        .email("a@b.c")
        .amount("1")
        .amount(Amount::from_minor_units(200).unwrap())
        .images(["https://x.y/1", "https://x.y/2"])
        .images(vec![
            "https://x.y/3".to_owned(),
            "https://x.y/\"4\"".replace('"', "'"),
        ])
        .validate(&on("2024-01-01"))
        .unwrap();
    assert_eq!(invoice.amount().to_string(), "2");
    let urls: Vec<_> = invoice
        .images()
        .unwrap()
        .iter()
        .map(ImageUrl::as_str)
        .collect();
    assert_eq!(urls, ["https://x.y/3", "https://x.y/'4'"]);
}

#[test]
fn a_reference_is_added_to_an_object_and_is_an_error_elsewhere() {
    let reference = || Reference::new("ref-1").unwrap();
    for (data, error) in [
        (json!(null), None),
        (json!({"order": 7}), None),
        (json!({"nftInvoiceReference": "ref-1"}), None),
        (
            json!({"nftInvoiceReference": "ref-2"}),
            Some("/callbackJson not_allowed"),
        ),
        (
            json!("{txId : qktr12eqzg}"),
            Some("/callbackJson wrong_type"),
        ),
        (json!([7]), Some("/callbackJson wrong_type")),
    ] {
        let draft =
            || Draft::from_json(with(golden(), "callbackJson", data.clone()).to_string()).unwrap();
        let strict = draft().reference(reference()).check(&on("2024-01-01"));
        assert_eq!(
            found(&strict).errors,
            Vec::from_iter(error.map(str::to_owned)),
            "{data}"
        );
        if let Ok(invoice) = strict.invoice {
            assert_eq!(invoice.reference(), Some(reference()), "{data}");
        }
        let lenient = draft()
            .reference_if_possible(reference())
            .validate(&on("2024-01-01"))
            .unwrap();
        assert_eq!(
            lenient.reference() == Some(reference()),
            error.is_none(),
            "{data}"
        );
    }
}
