use nft_invoice_sandbox::{Sandbox, TestCard};
use serde_json::{Value, json};

use crate::client::{create, hosted, nonce, open, page_of, s2s, settle, submit, with};

/// Creates invoices with test card numbers, verification codes, a key and markup in every field that a merchant or a
/// customer controls, and returns the tokens of their pages.
pub fn hostile_sales(sandbox: &Sandbox) -> Vec<String> {
    let sell = |card: &TestCard| {
        let number = card.number;
        let fields = json!({
            "card_ccv": "code-one",
            "nftDescription": format!("<script>alert(1)</script> {number}"),
            "ipfsMetadata": { "name": format!("<b>\"fox\"</b> {number}") },
            "callbackJson": {
                "a": "</pre><script>", "note": number, "cvv": "code-two", "api_key": "key-of-the-shop",
            },
        });
        create(sandbox, &with(s2s(number), fields.clone()));
        let email = format!("<i>{number}@b.example");
        let fields = with(fields, json!({ "card_ccv": Value::Null, "email": email }));
        let page = page_of(sandbox, &create(sandbox, &with(hosted(), fields)));
        let opened = open(sandbox, &page);
        let form = format!(
            "nonce={}&action=pay&card_number={number}&card_expiry=12/2030&card_code=code-three",
            nonce(&opened)
        );
        submit(sandbox, &page, &form);
        page.rsplit('=').next().unwrap().to_owned()
    };
    let tokens = TestCard::all().iter().map(sell).collect();
    settle(sandbox);
    tokens
}
