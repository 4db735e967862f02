//! The rules as their users meet them: JSON or a form in, problems and advice out.

use nft_invoice_core::{
    AdviceCode, AmountForm, CallbackData, Card, CardExpiry, CardNumber, Checked, CountryCode,
    CustomerIp, Date, Description, Draft, Email, Encoding, Hosted, ImageUrl, ImagesForm, JsonForm,
    Line, Metadata, Mode, Phone, Postcode, ProblemCode, Reference, Rules, S2s, Sale,
    VerificationCode, encode, redacted,
};
use proptest::prelude::*;
use serde_json::{Value, json};

/// The gateway document's own example, its image set to a URL.
fn golden() -> Value {
    json!({
        "email": "aaaaaa@domain.fr",
        "amount": "15.04",
        "devise": "USD",
        "success_url": "https://shop.example/ok",
        "cancel_url": "https://shop.example/cancel",
        "pending_url": "https://shop.example/pending",
        "failure_url": null,
        "callbackJson": "{txId : qktr12eqzg, status : sfrt}",
        "name": "John Smith",
        "address1": "1000 Lombard St",
        "address2": "1000 Lombard St",
        "city": "San Francisco",
        "country": "DE",
        "postcode": "90210",
        "date_of_birth": "1990-12-31",
        "card_number": "4242424242424242",
        "card_expiry_date": "02/2025",
        "card_ccv": "000",
        "nftImageUrls": "https://cdn.example/nft.png",
        "ipfsMetadata": {"name": "My NFT", "attributes": {"power": 10, "color": "black"}},
        "nftDescription": "My NFT description",
        "checkoutMode": "nft",
        "customer_ip": "127.0.0.1",
        "phone": "020 7946 0018"
    })
}

fn hosted() -> Value {
    json!({"email": "a@b.example", "amount": 42, "devise": "USD", "checkoutMode": "nft"})
}

fn on(today: &str) -> Rules {
    Rules::new(today.parse().unwrap())
}

fn check(input: &Value, rules: &Rules) -> Checked {
    check_text(&input.to_string(), rules)
}

fn check_text(input: &str, rules: &Rules) -> Checked {
    match Draft::from_json(input.as_bytes()) {
        Ok(draft) => draft.check(rules),
        Err(problems) => Checked {
            mode: Mode::Hosted,
            invoice: Err(problems),
            advice: Vec::new(),
        },
    }
}

/// `path code` of every problem, in order.
fn problems(checked: &Checked) -> Vec<String> {
    let found = checked.invoice.as_ref().err().into_iter().flatten();
    found
        .map(|problem| format!("{} {}", problem.path(), problem.code()))
        .collect()
}

/// `path code` of every advice, in order.
fn advice(checked: &Checked) -> Vec<String> {
    checked
        .advice
        .iter()
        .map(|advice| format!("{} {}", advice.path(), advice.code()))
        .collect()
}

fn with(mut base: Value, member: &str, value: Value) -> Value {
    base[member] = value;
    base
}

fn without(mut base: Value, member: &str) -> Value {
    base.as_object_mut().unwrap().remove(member);
    base
}

#[test]
fn the_document_s_example_passes_until_its_card_expires() {
    for today in ["1999-01-01", "2024-02-29", "2025-02-28", "2025-03-01"] {
        assert_eq!(
            problems(&check(&golden(), &on(today))),
            Vec::<String>::new(),
            "{today}"
        );
    }
    for today in ["2025-03-02", "2026-11-22", "9999-12-31"] {
        assert_eq!(
            problems(&check(&golden(), &on(today))),
            ["/card_expiry_date expired"],
            "{today}"
        );
    }
}

#[test]
fn each_mode_needs_its_members_and_reports_them_in_order() {
    let mut rules = on("2024-01-01");
    let all: Vec<String> = [
        "email",
        "amount",
        "devise",
        "name",
        "address1",
        "address2",
        "city",
        "country",
        "postcode",
        "date_of_birth",
        "card_number",
        "card_expiry_date",
        "card_ccv",
        "nftImageUrls",
        "ipfsMetadata",
        "nftDescription",
        "checkoutMode",
        "customer_ip",
        "phone",
    ]
    .map(|name| format!("/{name} required"))
    .into();
    rules.mode = Some(Mode::S2s);
    assert_eq!(problems(&check(&json!({}), &rules)), all);
    rules.mode = Some(Mode::Hosted);
    let needed = [
        "/email required",
        "/amount required",
        "/devise required",
        "/checkoutMode required",
    ];
    assert_eq!(problems(&check(&json!({}), &rules)), needed);
    for member in golden().as_object().unwrap().keys() {
        for missing in [json!(null), json!(""), json!(" \u{3000}\t")] {
            let mut rules = on("2024-01-01");
            rules.mode = Some(Mode::S2s);
            let expected: Vec<String> = all
                .iter()
                .filter(|line| line.starts_with(&format!("/{member} ")))
                .cloned()
                .collect();
            let found = check(&with(golden(), member, missing.clone()), &rules);
            assert_eq!(problems(&found), expected, "{member} = {missing}");
        }
    }
}

#[test]
fn a_card_decides_the_mode_and_has_no_place_in_a_hosted_invoice() {
    let rules = on("2024-01-01");
    for (member, value, mode) in [
        ("card_number", json!(""), Mode::Hosted),
        ("card_ccv", json!(null), Mode::Hosted),
        ("card_expiry_date", json!("  "), Mode::Hosted),
        ("card_number", json!("x"), Mode::S2s),
        ("card_ccv", json!(7), Mode::S2s),
        ("card_expiry_date", json!({}), Mode::S2s),
    ] {
        assert_eq!(
            check(&with(hosted(), member, value.clone()), &rules).mode,
            mode,
            "{member} = {value}"
        );
    }
    let mut rules = rules;
    rules.mode = Some(Mode::Hosted);
    let found = check(&golden(), &rules);
    let expected = [
        "/card_number not_allowed",
        "/card_expiry_date not_allowed",
        "/card_ccv not_allowed",
    ];
    assert_eq!(problems(&found), expected);
}

#[test]
fn one_member_changed_gives_one_problem() {
    use ProblemCode as P;
    let long = |n: usize| json!("x".repeat(n));
    let rows: Vec<(&str, Value, &str, P)> = vec![
        ("email", json!(7), "/email", P::WrongType),
        ("email", json!("a.b"), "/email", P::Malformed),
        (
            "email",
            json!(format!("{}@b.c", "a".repeat(65))),
            "/email",
            P::TooLong,
        ),
        ("amount", json!(true), "/amount", P::WrongType),
        ("amount", json!("1,5"), "/amount", P::Malformed),
        ("amount", json!(1.234), "/amount", P::Malformed),
        ("amount", json!(-1), "/amount", P::Malformed),
        ("amount", json!(0), "/amount", P::OutOfRange),
        ("devise", json!("usd"), "/devise", P::Unsupported),
        ("devise", json!(["USD"]), "/devise", P::WrongType),
        (
            "success_url",
            json!("mailto:x"),
            "/success_url",
            P::Unsupported,
        ),
        (
            "failure_url",
            json!("shop.example"),
            "/failure_url",
            P::Malformed,
        ),
        ("cancel_url", json!(7), "/cancel_url", P::WrongType),
        ("callbackJson", long(65_536), "/callbackJson", P::TooLong),
        ("name", json!("a\u{7}"), "/name", P::Malformed),
        ("address2", long(256), "/address2", P::TooLong),
        ("city", json!({}), "/city", P::WrongType),
        ("country", json!("DEU"), "/country", P::Malformed),
        ("country", json!("UK"), "/country", P::Unsupported),
        ("postcode", long(33), "/postcode", P::TooLong),
        ("postcode", json!(1.5), "/postcode", P::Malformed),
        (
            "date_of_birth",
            json!("31.12.1990"),
            "/date_of_birth",
            P::Malformed,
        ),
        (
            "date_of_birth",
            json!("1990-02-30"),
            "/date_of_birth",
            P::OutOfRange,
        ),
        (
            "date_of_birth",
            json!("2024-01-02"),
            "/date_of_birth",
            P::OutOfRange,
        ),
        (
            "card_number",
            json!("4242 4242 4242 4241"),
            "/card_number",
            P::Checksum,
        ),
        ("card_number", json!([]), "/card_number", P::WrongType),
        (
            "card_expiry_date",
            json!("13/2025"),
            "/card_expiry_date",
            P::OutOfRange,
        ),
        (
            "card_expiry_date",
            json!("02/25"),
            "/card_expiry_date",
            P::Malformed,
        ),
        (
            "card_expiry_date",
            json!("11/2023"),
            "/card_expiry_date",
            P::Expired,
        ),
        ("card_ccv", json!(12), "/card_ccv", P::TooShort),
        ("card_ccv", json!("12345"), "/card_ccv", P::TooLong),
        ("nftImageUrls", json!([]), "/nftImageUrls", P::Required),
        ("nftImageUrls", json!(7), "/nftImageUrls", P::WrongType),
        (
            "nftImageUrls",
            json!(vec!["https://x.y"; 101]),
            "/nftImageUrls",
            P::TooLong,
        ),
        (
            "nftImageUrls",
            json!(["https://x.y", null]),
            "/nftImageUrls/1",
            P::Required,
        ),
        (
            "nftImageUrls",
            json!(["https://x.y", 7]),
            "/nftImageUrls/1",
            P::WrongType,
        ),
        (
            "nftImageUrls",
            json!(["data:,", "https://x.y"]),
            "/nftImageUrls/0",
            P::Unsupported,
        ),
        (
            "ipfsMetadata",
            json!("not json"),
            "/ipfsMetadata",
            P::Malformed,
        ),
        ("ipfsMetadata", json!([]), "/ipfsMetadata", P::WrongType),
        ("ipfsMetadata", json!("[]"), "/ipfsMetadata", P::WrongType),
        (
            "ipfsMetadata",
            json!({"attributes": 7}),
            "/ipfsMetadata/attributes",
            P::WrongType,
        ),
        ("nftDescription", long(4097), "/nftDescription", P::TooLong),
        (
            "checkoutMode",
            json!("NFT"),
            "/checkoutMode",
            P::Unsupported,
        ),
        ("customer_ip", json!("::1"), "/customer_ip", P::Unsupported),
        (
            "customer_ip",
            json!("0.0.0.0"),
            "/customer_ip",
            P::OutOfRange,
        ),
        ("phone", json!("call me"), "/phone", P::Malformed),
        ("note", json!("4242-4242-4242-4242"), "/note", P::CardData),
        (
            "cardNumber",
            json!(5_555_555_555_554_444_u64),
            "/cardNumber",
            P::CardData,
        ),
        ("name", json!("4242 4242 4242 4242"), "/name", P::CardData),
        (
            "callbackJson",
            json!({"a": [{"4242424242424242": 1}]}),
            "/callbackJson",
            P::CardData,
        ),
        (
            "ipfsMetadata",
            json!(r#"{"name":"\u0034242424242424242"}"#),
            "/ipfsMetadata",
            P::CardData,
        ),
        (
            "success_url",
            json!("https://x.y/4242424242424242"),
            "/success_url",
            P::CardData,
        ),
        ("4242424242424242", json!(1), "/?", P::CardData),
        ("5555 5555 5555 4444", json!(1), "/?", P::CardData),
    ];
    for (member, value, path, code) in rows {
        let found = problems(&check(
            &with(golden(), member, value.clone()),
            &on("2024-01-01"),
        ));
        assert_eq!(
            found,
            [format!("{path} {code}")],
            "{member} = {}",
            value.to_string().get(..60).unwrap_or("…")
        );
    }
}

#[test]
fn metadata_can_have_a_problem_inside_and_one_of_its_own() {
    for (metadata, own) in [
        (
            format!(
                r#"{{"attributes":1,"x":{}{}}}"#,
                "[".repeat(64),
                "]".repeat(64)
            ),
            "out_of_range",
        ),
        (
            format!(r#"{{"attributes":1,"x":"{}"}}"#, "x".repeat(70_000)),
            "too_long",
        ),
    ] {
        let found = check(
            &with(golden(), "ipfsMetadata", json!(metadata)),
            &on("2024-01-01"),
        );
        let expected = [
            format!("/ipfsMetadata {own}"),
            "/ipfsMetadata/attributes wrong_type".into(),
        ];
        assert_eq!(problems(&found), expected);
    }
}

#[test]
fn what_is_no_object_or_no_json_is_one_problem_of_the_whole() {
    let deep = "[".repeat(100_000);
    for (input, code) in [
        ("", "malformed"),
        ("{", "malformed"),
        ("{} x", "malformed"),
        ("{\"amount\": 4242424242424242,}", "malformed"),
        ("\u{feff}{}", "malformed"),
        (&deep, "malformed"),
        ("[]", "wrong_type"),
        ("null", "wrong_type"),
        ("\"4242424242424242\"", "wrong_type"),
    ] {
        let found = check_text(input, &on("2024-01-01"));
        assert_eq!(
            problems(&found),
            [format!(" {code}")],
            "{}",
            &input[..input.len().min(30)]
        );
        assert!(
            !format!("{:?}", found.invoice).contains("4242"),
            "the input is quoted"
        );
    }
    let error = Draft::from_json(b"{\n  \"a\": \xff}").unwrap_err();
    assert!(error.to_string().contains("line 2, column 8"), "{error}");
}

#[test]
fn a_member_that_stands_twice_is_one_problem_unless_it_has_another() {
    for (input, expected) in [
        (
            r#"{"email":"a@b.c","email":"a@b.c","amount":1,"devise":"USD","checkoutMode":"nft"}"#,
            vec!["/email duplicate"],
        ),
        (
            r#"{"email":"a@b.c","email":"x","amount":1,"devise":"USD","checkoutMode":"nft"}"#,
            vec!["/email malformed"],
        ),
        (
            r#"{"email":"a@b.c","amount":1,"devise":"USD","checkoutMode":"nft","x":1,"\u0078":2}"#,
            vec!["/x duplicate"],
        ),
        // Whichever stands first: `duplicate` comes before `card_data`.
        (
            r#"{"email":"a@b.c","amount":1,"devise":"USD","checkoutMode":"nft","x":"4242424242424242","x":"a"}"#,
            vec!["/x duplicate"],
        ),
        (
            r#"{"email":"a@b.c","amount":1,"devise":"USD","checkoutMode":"nft","x":"a","x":"4242424242424242"}"#,
            vec!["/x duplicate"],
        ),
        (
            r#"{"email":"a@b.c","amount":1,"devise":"USD","checkoutMode":"nft","a/b~":"\ud800"}"#,
            vec!["/a~1b~0 malformed"],
        ),
    ] {
        assert_eq!(
            problems(&check_text(input, &on("2024-01-01"))),
            expected,
            "{input}"
        );
    }
}

#[test]
fn limits_of_the_account_are_told_with_their_codes() {
    let mut rules = on("2024-01-01");
    rules.min = Some("5".parse().unwrap());
    rules.max = Some("100".parse().unwrap());
    for (amount, code) in [
        ("4.99", Some(50012)),
        ("5", None),
        ("100", None),
        ("100.01", Some(50011)),
    ] {
        let checked = check(&with(hosted(), "amount", json!(amount)), &rules);
        let found = checked
            .invoice
            .as_ref()
            .err()
            .and_then(|problems| problems.as_slice()[0].gateway_code());
        assert_eq!(found, code, "{amount}");
    }
}

#[test]
fn the_gateway_s_codes_stand_beside_the_problems_it_would_refuse_with() {
    let mut rules = on("2024-01-01");
    rules.mode = Some(Mode::Hosted);
    for (member, value, code) in [
        ("email", json!(null), Some(50002)),
        ("email", json!("x"), Some(50005)),
        ("amount", json!(null), Some(50003)),
        ("amount", json!("x"), None),
        ("devise", json!(null), Some(50004)),
        ("devise", json!("EUR"), Some(50009)),
        ("checkoutMode", json!(null), None),
    ] {
        let checked = check(&with(hosted(), member, value), &rules);
        let problems = checked.invoice.unwrap_err();
        assert_eq!(problems.as_slice()[0].gateway_code(), code, "{member}");
    }
}

#[test]
fn advice_says_what_is_probably_a_mistake() {
    let base = with(
        golden(),
        "callbackJson",
        json!({"nftInvoiceReference": "r-1"}),
    );
    let base = with(base, "card_expiry_date", json!("12/2030"));
    let base = with(base, "customer_ip", json!("8.8.8.8"));
    let quiet = with(base, "card_number", json!("4539578763621486"));
    assert_eq!(
        advice(&check(&quiet, &on("2024-01-01"))),
        Vec::<String>::new()
    );
    for (member, value, expected) in [
        ("email", json!("a@localhost"), "/email unusual"),
        ("amount", json!("015"), "/amount unusual"),
        (
            "success_url",
            json!("http://shop.example"),
            "/success_url insecure_url",
        ),
        (
            "failure_url",
            json!("https://localhost"),
            "/failure_url local_address",
        ),
        ("callbackJson", json!("{a: 1}"), "/callbackJson unusual"),
        ("callbackJson", json!(null), "/callbackJson unusual"),
        ("name", json!("x".repeat(27)), "/name unusual"),
        ("country", json!("de"), "/country normalized"),
        ("country", json!("XK"), "/country unusual"),
        ("postcode", json!(90210), "/postcode normalized"),
        ("phone", json!(2_079_460_018_u64), "/phone normalized"),
        (
            "date_of_birth",
            json!("1893-12-31"),
            "/date_of_birth unusual",
        ),
        (
            "card_number",
            json!("4539-5787 6362 1486"),
            "/card_number normalized",
        ),
        (
            "card_number",
            json!(4_539_578_763_621_486_u64),
            "/card_number normalized",
        ),
        (
            "card_number",
            json!("4242424242424242"),
            "/card_number test_card",
        ),
        (
            "card_expiry_date",
            json!("01/2024"),
            "/card_expiry_date expires_soon",
        ),
        (
            "card_expiry_date",
            json!("12/2023"),
            "/card_expiry_date expires_soon",
        ),
        (
            "card_expiry_date",
            json!("02/2044"),
            "/card_expiry_date unusual",
        ),
        ("card_ccv", json!("1234"), "/card_ccv unusual"),
        ("card_ccv", json!(123), "/card_ccv normalized"),
        (
            "nftImageUrls",
            json!(["https://x.y", "ar://x"]),
            "/nftImageUrls/1 unusual",
        ),
        ("ipfsMetadata", json!({"title": 1}), "/ipfsMetadata unusual"),
        ("nftDescription", json!("a\rb"), "/nftDescription unusual"),
        ("customer_ip", json!("10.0.0.1"), "/customer_ip reserved_ip"),
        ("phone", json!("+1234567890123456"), "/phone unusual"),
        ("Email", json!("a@b.c"), "/Email unknown_field"),
    ] {
        let found = check(
            &with(quiet.clone(), member, value.clone()),
            &on("2024-01-01"),
        );
        assert_eq!(problems(&found), Vec::<String>::new(), "{member} = {value}");
        assert_eq!(advice(&found), [expected], "{member} = {value}");
    }
}

#[test]
fn nothing_found_repeats_what_a_member_held() {
    let mut secretive = golden();
    for (_, value) in secretive.as_object_mut().unwrap() {
        *value = json!("\u{1}s3cr3t 4242424242424242");
    }
    let mut rules = on("2024-01-01");
    rules.mode = Some(Mode::S2s);
    let text = secretive.to_string();
    let draft = Draft::from_json(text.as_bytes()).unwrap();
    let checked = draft.check(&rules);
    assert!(problems(&checked).len() > 20);
    let error = checked.invoice.as_ref().unwrap_err();
    for shown in [
        format!("{draft:?}"),
        format!("{checked:?}"),
        error.to_string(),
        format!("{error:#?}"),
    ] {
        assert!(
            !shown.contains("s3cr3t") && !shown.contains("4242"),
            "{shown}"
        );
    }
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
        .filter(|(name, _)| name != "failure_url")
        .collect();
    let pairs = || form.iter().map(|(name, value)| (&**name, &**value));
    let rules = on("2024-01-01");
    let from_form = Draft::from_pairs(pairs()).validate(&rules).unwrap();
    let from_json = Draft::from_json(golden().to_string().as_bytes())
        .unwrap()
        .validate(&rules)
        .unwrap();
    let encoding = Encoding::default();
    let from_form: Value = serde_json::from_slice(encode(&from_form, &encoding).as_ref()).unwrap();
    let from_json: Value = serde_json::from_slice(encode(&from_json, &encoding).as_ref()).unwrap();
    // The form holds the metadata's text with the spacing of this test.
    assert_eq!(from_form, from_json);
    let twice = Draft::from_pairs(pairs().chain([("email", "a@b.c")]))
        .validate(&rules)
        .unwrap_err();
    assert_eq!(twice.as_slice()[0].code(), ProblemCode::Duplicate);
}

#[test]
fn the_body_is_normalized_and_follows_the_settings() {
    let input = with(golden(), "country", json!("de"));
    let input = with(input, "card_number", json!("4242-4242 4242 4242"));
    let input = with(input, "callbackJson", json!({"order": 7}));
    let input = with(input, "x\"y", json!([1, null]));
    let text = input.to_string();
    let invoice = Draft::from_json(text.as_bytes())
        .unwrap()
        .validate(&on("2024-01-01"))
        .unwrap();
    let body = |encoding: Encoding| -> Value {
        serde_json::from_slice(encode(&invoice, &encoding).as_ref()).unwrap()
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
    let shown = redacted(&invoice, &Encoding::default());
    let preview: Value = serde_json::from_str(&shown).unwrap();
    assert_eq!(preview["card_number"], "[redacted]4242");
    assert_eq!(preview["card_ccv"], "[redacted]");
    assert_eq!(preview["x\"y"], "[8 octets]");
    assert!(!shown.contains("42424242"), "{shown}");
}

#[test]
fn a_reference_is_added_where_there_is_room_for_one() {
    let reference = || Reference::new("ref-1").unwrap();
    for (data, carries) in [
        (json!(null), true),
        (json!({"order": 7}), true),
        (json!("{txId : qktr12eqzg}"), false),
        (json!([7]), false),
    ] {
        let text = with(hosted(), "callbackJson", data.clone()).to_string();
        let draft = Draft::from_json(text.as_bytes())
            .unwrap()
            .with_reference(reference());
        let invoice = draft.validate(&on("2024-01-01")).unwrap();
        assert_eq!(invoice.reference(), carries.then(reference), "{data}");
    }
}

fn plain_s2s(description: &str) -> S2s {
    let line = |text| Line::new(text).unwrap();
    let mut sale = Sale::new(
        Email::new("aaaaaa@domain.fr").unwrap(),
        "15.04".parse().unwrap(),
    );
    sale.callback_data = Some(CallbackData::from_json(r#"{"order":7}"#).unwrap());
    S2s {
        sale,
        name: line("John Smith"),
        address1: line("1000 Lombard St"),
        address2: line("1000 Lombard St"),
        city: line("San Francisco"),
        country: CountryCode::new("DE").unwrap(),
        postcode: Postcode::new("90210").unwrap(),
        date_of_birth: Date::new(1990, 12, 31).unwrap(),
        card: Card {
            number: CardNumber::new("4242424242424242").unwrap(),
            expiry: CardExpiry::from_mm_yy("02/25").unwrap(),
            verification_code: VerificationCode::new("000").unwrap(),
        },
        images: ImageUrl::new("https://cdn.example/nft.png").unwrap().into(),
        metadata: Metadata::from_json(r#"{"name":"My NFT"}"#).unwrap(),
        description: Description::new(description).unwrap(),
        customer_ip: CustomerIp::new("127.0.0.1").unwrap(),
        phone: Phone::new("020 7946 0018").unwrap(),
    }
}

#[test]
fn a_message_that_repeats_the_card_is_masked() {
    let invoice = plain_s2s("My NFT").validate(&on("2024-01-01")).unwrap();
    for (message, expected) in [
        ("amount required", "amount required"),
        ("code 50003", "code 50003"),
        ("card_ccv 000 is wrong", "card_ccv [masked] is wrong"),
        ("4242a4242b4242c4242", "[masked]a[masked]b[masked]c[masked]"),
    ] {
        assert_eq!(invoice.masked(message), expected);
    }
}

#[test]
fn plain_rust_goes_through_the_same_lock() {
    let invoice = plain_s2s("My NFT").validate(&on("2024-01-01")).unwrap();
    assert_eq!(
        (invoice.mode(), invoice.card_last4()),
        (Mode::S2s, Some("4242"))
    );
    let body: Value =
        serde_json::from_slice(encode(&invoice, &Encoding::default()).as_ref()).unwrap();
    assert_eq!(body["card_expiry_date"], "02/2025");
    assert_eq!(body["date_of_birth"], "1990-12-31");
    assert_eq!(body["checkoutMode"], "nft");
    for (description, today, expected) in [
        ("My NFT", "2025-03-02", "/card_expiry_date expired"),
        (
            "for 4242 4242 4242 4242",
            "2024-01-01",
            "/nftDescription card_data",
        ),
        ("My NFT", "1980-01-01", "/date_of_birth out_of_range"),
    ] {
        let checked = plain_s2s(description).check(&on(today));
        assert_eq!(problems(&checked), [expected]);
    }
    let checked = plain_s2s("x").check(&on("2024-01-01"));
    assert!(
        checked
            .advice
            .iter()
            .any(|advice| advice.code() == AdviceCode::TestCard)
    );
    let mut hosted = Hosted::new(plain_s2s("x").sale);
    hosted.phone = Some(Phone::new("1234").unwrap());
    let invoice = hosted.validate(&on("2024-01-01")).unwrap();
    assert_eq!(invoice.mode(), Mode::Hosted);
    let shown = format!("{hosted:?} {invoice:?} {:?}", plain_s2s("x"));
    for secret in ["4242", "domain", "Smith", "1234", "order"] {
        assert!(!shown.contains(secret), "{secret} in {shown}");
    }
}

proptest! {
    #[test]
    fn any_bytes_give_an_answer(input: Vec<u8>) {
        if let Ok(draft) = Draft::from_json(&input) {
            let _ = draft.check(&on("2024-01-01"));
        }
    }

    /// What passes encodes, and what was encoded passes again with the same body.
    #[test]
    fn any_member_can_hold_anything(member in 0_usize..24, value in "\\PC{0,40}|[0-9 +.:/-]{0,20}|\"\\PC{0,8}\"|\\{\"a\":[0-9]\\}") {
        let name = golden().as_object().unwrap().keys().nth(member).unwrap().clone();
        let input = with(golden(), &name, json!(value));
        let first = check(&input, &on("2024-01-01"));
        if let Ok(invoice) = &first.invoice {
            let body = encode(invoice, &Encoding::default());
            let again = Draft::from_json(body.as_ref()).unwrap().validate(&on("2024-01-01")).unwrap();
            let second = encode(&again, &Encoding::default());
            prop_assert_eq!(body.as_ref(), second.as_ref(), "{}", name);
        }
        let dropped = check(&without(golden(), &name), &on("2024-01-01"));
        prop_assert!(problems(&dropped).iter().all(|line| line.ends_with("required")), "{:?}", problems(&dropped));
    }
}
