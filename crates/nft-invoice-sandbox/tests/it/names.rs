//! The names of settings and outcomes in text.

use nft_invoice_sandbox::{Outcome, RetryPolicy};

#[test]
fn parses_every_outcome_that_it_writes() {
    let plain = "PAID PENDING APPROVED WITHHELD CHARGEBACK 3DS_PAID";
    let reasons = "DECLINED FUNDS LOST STOLEN EXPIRED CODE PROCESSING VELOCITY FRAUD LOOKUP CHALLENGE CANCELLED \
                   UNKNOWN_CARD";
    let declined = reasons.split_whitespace();
    let challenged = declined.clone().map(|reason| format!("3DS_{reason}"));
    let plain = plain.split_whitespace().chain(declined);
    for name in plain.map(str::to_owned).chain(challenged) {
        let outcome: Outcome = name.parse().expect(&name);
        assert_eq!(outcome.to_string(), name);
    }
}

#[test]
fn lists_the_known_outcomes_for_an_unknown_one() {
    for word in ["", "paid", "PAID ", "3DS_", "3DS_PENDING", "OPENED"] {
        let error = word.parse::<Outcome>().expect_err(word);
        assert!(error.to_string().contains("PENDING"), "{error}");
    }
}

#[test]
fn parses_every_form_of_a_retry_policy() {
    for text in ["standard", "none", "5s,10m,2h"] {
        assert_eq!(
            text.parse::<RetryPolicy>().map(|r| r.to_string()),
            Ok(text.to_owned())
        );
    }
    assert!("5s,,2h".parse::<RetryPolicy>().is_err());
    assert!(vec!["1s"; 101].join(",").parse::<RetryPolicy>().is_err());
}
