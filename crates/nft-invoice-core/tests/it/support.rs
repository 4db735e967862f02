use nft_invoice_core::{Checked, Draft, Rules, ValidationErrors};
use serde_json::{Value, json};

/// The gateway document's own example, its image set to a URL.
pub fn golden() -> Value {
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

pub fn hosted() -> Value {
    json!({"email": "a@b.example", "amount": 42, "devise": "USD", "checkoutMode": "nft"})
}

pub fn on(today: &str) -> Rules {
    Rules::on(today.parse().unwrap())
}

pub fn with(mut base: Value, field: &str, value: Value) -> Value {
    base[field] = value;
    base
}

/// `path code` of every error, and of every warning, in order.
pub struct Found {
    pub errors: Vec<String>,
    pub warnings: Vec<String>,
}

pub fn check(input: &Value, rules: &Rules) -> Found {
    check_text(input.to_string(), rules)
}

pub fn check_text(input: impl AsRef<[u8]>, rules: &Rules) -> Found {
    match Draft::from_json(input) {
        Ok(draft) => found(&draft.check(rules)),
        Err(errors) => Found {
            errors: lines(&errors),
            warnings: Vec::new(),
        },
    }
}

pub fn found(checked: &Checked) -> Found {
    let warning =
        |warning: &nft_invoice_core::Warning| format!("{} {}", warning.path(), warning.code());
    Found {
        errors: checked
            .invoice
            .as_ref()
            .err()
            .map(lines)
            .unwrap_or_default(),
        warnings: checked.warnings.iter().map(warning).collect(),
    }
}

pub fn lines(errors: &ValidationErrors) -> Vec<String> {
    errors
        .iter()
        .map(|error| format!("{} {}", error.path(), error.code()))
        .collect()
}
