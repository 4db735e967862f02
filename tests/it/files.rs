//! The invoices beside the examples are as valid or invalid as documented.

use nft_invoice::{Draft, Rules};

use crate::support::{HOSTED, S2S, TODAY};

fn errors(json: &str) -> Vec<String> {
    let found = match Draft::from_json(json.as_bytes()) {
        Ok(draft) => draft
            .check(&Rules::on(TODAY.parse().expect("a day")))
            .invoice
            .err(),
        Err(errors) => Some(errors),
    };
    let line = |error: nft_invoice::ValidationError| format!("{} {}", error.path(), error.code());
    found.into_iter().flatten().map(line).collect()
}

#[test]
fn the_valid_examples_are_valid() {
    assert_eq!(errors(HOSTED), Vec::<String>::new());
    assert_eq!(errors(S2S), Vec::<String>::new());
}

#[test]
fn each_invalid_field_of_the_examples_is_one_error() {
    let form = errors(include_str!("../../examples/invoices/broken-form.json"));
    let expected = [
        "/email malformed",
        "/amount malformed",
        "/devise unsupported",
        "/success_url malformed",
        "/country unsupported",
        "/date_of_birth malformed",
        "/nftImageUrls/0 required",
        "/ipfsMetadata malformed",
        "/customer_ip unsupported",
        "/phone malformed",
    ];
    assert_eq!(form, expected);
    let card = errors(include_str!("../../examples/invoices/broken-card.json"));
    let expected = [
        "/callbackJson card_data",
        "/card_expiry_date malformed",
        "/card_ccv too_short",
        "/ipfsMetadata/attributes wrong_type",
    ];
    assert_eq!(card, expected);
    let json = errors(include_str!("../../examples/invoices/broken-json.json"));
    assert_eq!(json, [" malformed"]);
}
