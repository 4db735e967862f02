//! What validation costs: whole invoices beside other ways to check them, and single rules beside the library for each.

use std::hint::black_box;
use std::str::FromStr;

use nft_invoice_core::{
    Amount, CardNumber, CountryCode, Currency, Date, Draft, Email, Encoding, Phone, Rules, WebUrl,
};
use serde::de::IgnoredAny;

use crate::measure::Subject;
use crate::peers;
use crate::table::{Measure, Spec};

const VALID: &[u8] = include_bytes!("../../examples/invoices/hosted.json");
const ALL: &[Measure] = &[Measure::Cpu, Measure::Allocations, Measure::Instructions];

/// Counts the errors of an invoice.
type Errors = Box<dyn Fn(&[u8]) -> usize>;

/// Checks one value.
type IsValid = fn(&str) -> bool;

pub fn tables() -> Vec<Spec> {
    let invalid = invalid();
    let invoices = [
        (
            "valid invoice",
            "From the JSON of a hosted invoice to a valid invoice. The floor tokenises the JSON and copies it.",
            VALID.to_vec(),
            0,
        ),
        (
            "15 errors",
            "From JSON to a list of 15 errors, one a field.",
            invalid,
            15,
        ),
    ];
    let whole = invoices.map(|(title, note, input, errors)| Spec {
        title: title.to_owned(),
        note,
        subjects: whole(&input, errors),
        measures: ALL,
        least: 200,
        targets: Vec::new(),
    });
    whole.into_iter().chain(rules()).collect()
}

fn today() -> Rules {
    Rules::on(Date::new(2026, 1, 31).expect("a day"))
}

fn whole(input: &[u8], errors: usize) -> Vec<Subject> {
    let subject = |name, check: Errors| {
        let input = input.to_vec();
        assert_eq!(check(&input), errors, "{name}");
        Subject::new(name, move |times| {
            for _ in 0..times {
                black_box(check(black_box(&input)));
            }
        })
    };
    let rules = today();
    let (own, check, encode) = (rules, rules, rules);
    let invoice =
        move |input: &[u8], rules: &Rules| Draft::from_json(input).expect("JSON").validate(rules);
    let mut subjects = vec![
        subject(
            "tokenise and copy",
            Box::new(move |input| {
                serde_json::from_slice::<IgnoredAny>(input).expect("JSON");
                black_box(input.to_vec());
                errors
            }),
        ),
        subject("by hand, with serde_json", Box::new(peers::by_hand)),
        subject("garde", Box::new(peers::with_garde)),
        subject("validator", Box::new(peers::with_validator)),
        subject("jsonschema", Box::new(peers::with_schema())),
        subject(
            "nft-invoice-core",
            Box::new(move |input| {
                invoice(input, &own)
                    .err()
                    .map_or(0, |errors| errors.iter().count())
            }),
        ),
        subject(
            "nft-invoice-core, with warnings",
            Box::new(move |input| {
                let checked = Draft::from_json(input).expect("JSON").check(&check);
                checked
                    .invoice
                    .err()
                    .map_or(0, |errors| errors.iter().count())
            }),
        ),
    ];
    if errors == 0 {
        subjects.push(subject(
            "nft-invoice-core, and the body",
            Box::new(move |input| {
                let invoice = invoice(input, &encode).expect("a valid invoice");
                black_box(invoice.encode(&Encoding::default()));
                0
            }),
        ));
    }
    subjects
}

/// [`VALID`] with 15 wrong fields.
fn invalid() -> Vec<u8> {
    let wrong = [
        ("email", "customer@"),
        ("amount", "15,04"),
        ("devise", "EUR"),
        ("success_url", "shop.example/thanks"),
        ("cancel_url", "shop.example/cart"),
        ("pending_url", "shop.example/pending"),
        ("failure_url", "shop.example/sorry"),
        ("name", &"N".repeat(256)),
        ("country", "XX"),
        ("postcode", &"1".repeat(33)),
        ("date_of_birth", "31.12.1990"),
        ("nftImageUrls", "cdn.shop.example/nft/7.png"),
        ("checkoutMode", "nfts"),
        ("customer_ip", "198.51.100"),
        ("phone", "12"),
    ];
    let mut order: serde_json::Value = serde_json::from_slice(VALID).expect("JSON");
    for (field, value) in wrong {
        order[field] = value.into();
    }
    serde_json::to_vec(&order).expect("it is written")
}

/// The library first: it is what the ratio refers to.
fn rules() -> Vec<Spec> {
    fn read<T: FromStr>(text: &str) -> bool {
        black_box(text.parse::<T>()).is_ok()
    }
    let rule = |title: &str,
                texts: &'static [&'static str],
                checks: Vec<(&'static str, IsValid)>| Spec {
        title: format!("rule: {title}"),
        note: "One value, the mean of a few valid and invalid ones. The ratio is to the first library.",
        subjects: checks
            .into_iter()
            .map(|(name, check)| {
                Subject::new(name, move |times| {
                    for index in 0..times {
                        black_box(check(black_box(texts[index % texts.len()])));
                    }
                })
            })
            .collect(),
        measures: ALL,
        least: 200,
        targets: Vec::new(),
    };
    vec![
        rule(
            "e-mail address",
            &[
                "customer@shop.example",
                "first.last+tag@mail.shop.example",
                "käufer@büro.example",
                "customer@",
                "a b@c.example",
            ],
            vec![
                ("email_address", |text| {
                    black_box(email_address::EmailAddress::from_str(text)).is_ok()
                }),
                ("nft-invoice-core", read::<Email>),
            ],
        ),
        rule(
            "web URL",
            &[
                "https://shop.example/thanks",
                "https://shop.example:8443/a/b/c?order=A-1001&lang=en",
                "http://192.0.2.7/",
                "shop.example/thanks",
                "https://",
            ],
            vec![
                ("url", |text| black_box(url::Url::parse(text)).is_ok()),
                ("iri-string", |text| {
                    black_box(iri_string::types::UriString::try_from(text)).is_ok()
                }),
                ("nft-invoice-core", read::<WebUrl>),
            ],
        ),
        rule(
            "country code",
            &["DE", "US", "ZW", "XX", "Germany"],
            vec![
                ("rust_iso3166", |text| {
                    black_box(rust_iso3166::from_alpha2(text)).is_some()
                }),
                ("nft-invoice-core", read::<CountryCode>),
            ],
        ),
        rule(
            "currency code (one is accepted)",
            &["USD", "EUR", "usd", "US$"],
            vec![
                ("iso_currency", |text| {
                    black_box(iso_currency::Currency::from_code(text)).is_some()
                }),
                ("nft-invoice-core", read::<Currency>),
            ],
        ),
        rule(
            "card number",
            &[
                "4242424242424242",
                "5555555555554444",
                "378282246310005",
                "4242424242424241",
                "42424242",
            ],
            vec![
                ("luhn3, the check digit alone", |text| {
                    black_box(luhn3::decimal::valid(text.as_bytes()))
                }),
                ("card-validate", |text| {
                    black_box(card_validate::Validate::from(text)).is_ok()
                }),
                ("nft-invoice-core, wiped", read::<CardNumber>),
            ],
        ),
        rule(
            "amount",
            &["15.04", "42", "999999999999.99", "15,04", "1e3"],
            vec![
                ("rust_decimal", |text| {
                    black_box(rust_decimal::Decimal::from_str_exact(text)).is_ok()
                }),
                ("nft-invoice-core", read::<Amount>),
            ],
        ),
        rule(
            "phone number",
            &[
                "+49 30 901820",
                "+1 415 555 0100",
                "+44 20 7946 0018",
                "12",
                "call me",
            ],
            vec![
                ("phonenumber", |text| {
                    black_box(phonenumber::parse(None, text)).is_ok()
                }),
                ("nft-invoice-core", read::<Phone>),
            ],
        ),
    ]
}
