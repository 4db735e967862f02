use std::collections::HashSet;

use nft_invoice_core::{Draft, message_templates};
use serde_json::json;

use crate::support::{golden, on, with};

#[test]
fn errors_and_warnings_serialize_with_all_that_a_translation_needs() {
    let input = with(golden(), "name", json!("x".repeat(300)));
    let draft = Draft::from_json(input.to_string()).unwrap();
    let errors = draft.validate(&on("2024-01-01")).unwrap_err();
    assert_eq!(
        serde_json::to_value(&errors).unwrap(),
        json!([{
            "path": "/name",
            "code": "too_long",
            "params": {"reason": "characters", "max": 255},
            "message": "Use at most 255 characters.",
            "gateway_code": null
        }])
    );
    assert_eq!(
        errors.to_string(),
        "the invoice is invalid: /name: Use at most 255 characters. (too_long)"
    );
}

#[test]
fn every_message_belongs_to_one_rule() {
    let keys: HashSet<_> = message_templates()
        .map(|message| (message.code(), message.reason()))
        .collect();
    assert_eq!(keys.len(), message_templates().count());
}
