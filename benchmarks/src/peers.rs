//! The same invoice as a shop would check it without this project: by hand, with garde, validator and JSON Schema.
//!
//! They check less than `nft-invoice-core`: no repeated fields, no card numbers in the merchant's data, no limits on JSON,
//! and nothing is wiped from memory.

use std::net::Ipv4Addr;

use serde::Deserialize;
use serde_json::Value;

macro_rules! order {
    ($(#[$derive:meta])* $name:ident; $($(#[$check:meta])* $field:ident $($wire:literal)?: $type:ty,)+) => {
        $(#[$derive])*
        #[expect(dead_code, reason = "what is not checked is read nevertheless, to be sent")]
        pub struct $name {
            $($(#[$check])* $(#[serde(rename = $wire)])? pub $field: $type,)+
        }
    };
}

order! {
    #[derive(Deserialize)]
    Plain;
    email: String,
    amount: String,
    devise: String,
    success_url: Option<String>,
    cancel_url: Option<String>,
    pending_url: Option<String>,
    failure_url: Option<String>,
    callback_json "callbackJson": Option<Value>,
    name: Option<String>,
    address1: Option<String>,
    city: Option<String>,
    country: Option<String>,
    postcode: Option<String>,
    date_of_birth: Option<String>,
    image "nftImageUrls": Option<String>,
    metadata "ipfsMetadata": Option<Value>,
    description "nftDescription": Option<String>,
    checkout_mode "checkoutMode": String,
    customer_ip: Option<String>,
    phone: Option<String>,
}

order! {
    #[derive(Deserialize, garde::Validate)]
    #[garde(allow_unvalidated)]
    Garde;
    #[garde(email, length(max = 254))]
    email: String,
    #[garde(custom(garde_check(is_amount)))]
    amount: String,
    #[garde(custom(garde_check(is_usd)))]
    devise: String,
    #[garde(url, length(max = 2048))]
    success_url: Option<String>,
    #[garde(url, length(max = 2048))]
    cancel_url: Option<String>,
    #[garde(url, length(max = 2048))]
    pending_url: Option<String>,
    #[garde(url, length(max = 2048))]
    failure_url: Option<String>,
    callback_json "callbackJson": Option<Value>,
    #[garde(length(max = 255))]
    name: Option<String>,
    #[garde(length(max = 255))]
    address1: Option<String>,
    #[garde(length(max = 255))]
    city: Option<String>,
    #[garde(inner(custom(garde_check(is_country))))]
    country: Option<String>,
    #[garde(length(max = 32))]
    postcode: Option<String>,
    #[garde(inner(custom(garde_check(is_day))))]
    date_of_birth: Option<String>,
    #[garde(url, length(max = 2048))]
    image "nftImageUrls": Option<String>,
    metadata "ipfsMetadata": Option<Value>,
    #[garde(length(max = 4096))]
    description "nftDescription": Option<String>,
    #[garde(custom(garde_check(is_nft)))]
    checkout_mode "checkoutMode": String,
    #[garde(inner(custom(garde_check(is_ipv4))))]
    customer_ip: Option<String>,
    #[garde(inner(custom(garde_check(is_phone))))]
    phone: Option<String>,
}

order! {
    #[derive(Deserialize, validator::Validate)]
    Validator;
    #[validate(email, length(max = 254))]
    email: String,
    #[validate(custom(function = "validator_amount"))]
    amount: String,
    #[validate(custom(function = "validator_usd"))]
    devise: String,
    #[validate(url, length(max = 2048))]
    success_url: Option<String>,
    #[validate(url, length(max = 2048))]
    cancel_url: Option<String>,
    #[validate(url, length(max = 2048))]
    pending_url: Option<String>,
    #[validate(url, length(max = 2048))]
    failure_url: Option<String>,
    callback_json "callbackJson": Option<Value>,
    #[validate(length(max = 255))]
    name: Option<String>,
    #[validate(length(max = 255))]
    address1: Option<String>,
    #[validate(length(max = 255))]
    city: Option<String>,
    #[validate(custom(function = "validator_country"))]
    country: Option<String>,
    #[validate(length(max = 32))]
    postcode: Option<String>,
    #[validate(custom(function = "validator_day"))]
    date_of_birth: Option<String>,
    #[validate(url, length(max = 2048))]
    image "nftImageUrls": Option<String>,
    metadata "ipfsMetadata": Option<Value>,
    #[validate(length(max = 4096))]
    description "nftDescription": Option<String>,
    #[validate(custom(function = "validator_nft"))]
    checkout_mode "checkoutMode": String,
    #[validate(custom(function = "validator_ipv4"))]
    customer_ip: Option<String>,
    #[validate(custom(function = "validator_phone"))]
    phone: Option<String>,
}

/// How many errors the checks of [`Plain`] find.
pub fn by_hand(input: &[u8]) -> usize {
    let order: Plain = serde_json::from_slice(input).expect("JSON");
    let mut errors = 0;
    let mut check = |is_right: bool| errors += usize::from(!is_right);
    check(order.email.len() <= 254 && email_address::EmailAddress::is_valid(&order.email));
    check(is_amount(&order.amount));
    check(is_usd(&order.devise));
    let urls = [
        &order.success_url,
        &order.cancel_url,
        &order.pending_url,
        &order.failure_url,
    ];
    for url in urls.into_iter().chain([&order.image]).flatten() {
        check(url.len() <= 2048 && url::Url::parse(url).is_ok());
    }
    let lines = [
        (&order.name, 255),
        (&order.address1, 255),
        (&order.city, 255),
    ];
    let others = [(&order.postcode, 32), (&order.description, 4096)];
    for (line, limit) in lines.into_iter().chain(others) {
        check(
            line.as_ref()
                .is_none_or(|line| line.chars().count() <= limit),
        );
    }
    check(order.country.as_deref().is_none_or(is_country));
    check(order.date_of_birth.as_deref().is_none_or(is_day));
    check(is_nft(&order.checkout_mode));
    check(order.customer_ip.as_deref().is_none_or(is_ipv4));
    check(order.phone.as_deref().is_none_or(is_phone));
    std::hint::black_box(&order);
    errors
}

pub fn with_garde(input: &[u8]) -> usize {
    let order: Garde = serde_json::from_slice(input).expect("JSON");
    let found = garde::Validate::validate(&order);
    found.err().map_or(0, |report| report.iter().count())
}

pub fn with_validator(input: &[u8]) -> usize {
    let order: Validator = serde_json::from_slice(input).expect("JSON");
    let found = validator::Validate::validate(&order);
    let errors = found.as_ref().err().map(|errors| errors.field_errors());
    errors.map_or(0, |errors| errors.values().map(|field| field.len()).sum())
}

/// A compiled JSON Schema, and a function that counts its errors.
pub fn with_schema() -> impl Fn(&[u8]) -> usize {
    let schema = serde_json::from_str(include_str!("schema.json")).expect("JSON");
    let schema = jsonschema::options()
        .should_validate_formats(true)
        .build(&schema)
        .expect("a schema");
    move |input| {
        let value: Value = serde_json::from_slice(input).expect("JSON");
        schema.iter_errors(&value).count()
    }
}

fn is_amount(text: &str) -> bool {
    let (units, cents) = text.split_once('.').unwrap_or((text, "0"));
    let is_number = |text: &str, most| {
        (1..=most).contains(&text.len()) && text.bytes().all(|digit| digit.is_ascii_digit())
    };
    is_number(units, 12) && is_number(cents, 2)
}

fn is_usd(text: &str) -> bool {
    text == "USD"
}

fn is_nft(text: &str) -> bool {
    text == "nft"
}

fn is_country(text: &str) -> bool {
    rust_iso3166::from_alpha2(text).is_some()
}

fn is_day(text: &str) -> bool {
    let mut parts = text.splitn(3, '-').map(str::parse::<u32>);
    matches!(
        (parts.next(), parts.next(), parts.next()),
        (Some(Ok(1900..)), Some(Ok(1..=12)), Some(Ok(1..=31)))
    )
}

fn is_ipv4(text: &str) -> bool {
    text.parse::<Ipv4Addr>().is_ok()
}

fn is_phone(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    (4..=17).contains(&digits)
}

fn garde_check(is_right: fn(&str) -> bool) -> impl FnOnce(&str, &()) -> garde::Result {
    move |text, ()| {
        is_right(text)
            .then_some(())
            .ok_or_else(|| garde::Error::new("invalid"))
    }
}

macro_rules! validator_checks {
    ($($name:ident $is_right:ident)+) => {$(
        fn $name(text: &impl Texts) -> Result<(), validator::ValidationError> {
            let is_right = text.text().is_none_or($is_right);
            is_right.then_some(()).ok_or_else(|| validator::ValidationError::new("invalid"))
        }
    )+};
}

validator_checks! {
    validator_amount is_amount
    validator_usd is_usd
    validator_country is_country
    validator_day is_day
    validator_nft is_nft
    validator_ipv4 is_ipv4
    validator_phone is_phone
}

/// What validator gives to a function of its user.
trait Texts {
    fn text(&self) -> Option<&str>;
}

impl Texts for String {
    fn text(&self) -> Option<&str> {
        Some(self)
    }
}

impl Texts for Option<String> {
    fn text(&self) -> Option<&str> {
        self.as_deref()
    }
}
