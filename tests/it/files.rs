//! The invoices beside the examples are what the documentation says of them.

use nft_invoice::{Draft, Rules};

use crate::support::{HOSTED, S2S, TODAY};

fn problems(json: &str) -> Vec<String> {
    let found = match Draft::from_json(json.as_bytes()) {
        Ok(draft) => draft
            .check(&Rules::new(TODAY.parse().expect("a day")))
            .invoice
            .err(),
        Err(problems) => Some(problems),
    };
    let line = |problem: nft_invoice::Problem| format!("{} {}", problem.path(), problem.code());
    found.into_iter().flatten().map(line).collect()
}

#[test]
fn the_good_ones_are_good() {
    assert_eq!(problems(HOSTED), Vec::<String>::new());
    assert_eq!(problems(S2S), Vec::<String>::new());
}

#[test]
fn the_broken_ones_break_one_rule_a_line() {
    let form = problems(include_str!("../../examples/invoices/broken-form.json"));
    let expected = [
        "/email malformed",
        "/amount malformed",
        "/devise unsupported",
        "/success_url malformed",
        "/country unsupported",
        "/date_of_birth malformed",
        "/nftImageUrls required",
        "/ipfsMetadata malformed",
        "/customer_ip unsupported",
        "/phone malformed",
    ];
    assert_eq!(form, expected);
    let card = problems(include_str!("../../examples/invoices/broken-card.json"));
    let expected = [
        "/callbackJson card_data",
        "/card_expiry_date malformed",
        "/card_ccv too_short",
        "/ipfsMetadata/attributes wrong_type",
    ];
    assert_eq!(card, expected);
    let json = problems(include_str!("../../examples/invoices/broken-json.json"));
    assert_eq!(json, [" malformed"]);
}
