//! The merchant's reference: the sandbox, which shares no code with core, reads the same one.

use nft_invoice::Reference;
use nft_invoice_sandbox::Sandbox;
use serde_json::Value;

use crate::support::raw;

#[test]
fn the_sandbox_reads_the_same_reference_as_the_sdk() {
    let sandbox = Sandbox::builder().start_blocking().expect("a sandbox");
    let long = format!(r#"{{"nftInvoiceReference":"{}"}}"#, "x".repeat(64));
    let too_long = format!(r#"{{"nftInvoiceReference":"{}"}}"#, "x".repeat(65));
    let mut found = 0;
    for data in [
        r#"{"nftInvoiceReference":"order-7_f.3A"}"#,
        r#"{ "cart" : [1, {"a": null}], "nftInvoiceRef\u0065rence" : "\u0061" }"#,
        r#""{\"nftInvoiceReference\":\"a\"}""#,
        r#"" \u007b\"nftInvoiceReference\" : \"a\"} ""#,
        r#"{"nftInvoiceReference":"a","nftInvoiceReference":"b"}"#,
        r#"{"nftInvoiceReference":7,"nftInvoiceReference":"b"}"#,
        r#"{"a":"\ud800","nftInvoiceReference":"a"}"#,
        r#"{"cart":{"nftInvoiceReference":"a"}}"#,
        r#"{"NFTInvoiceReference":"a"}"#,
        r#"{"nftInvoiceReference":""}"#,
        r#"{"nftInvoiceReference":"two words"}"#,
        r#"{"nftInvoiceReference":"é"}"#,
        r#"{"nftInvoiceReference":null}"#,
        r#""\"{\\\"nftInvoiceReference\\\":\\\"a\\\"}\"""#,
        r#""{nftInvoiceReference : a}""#,
        r#""{\"nftInvoiceReference\":\"a\",}""#,
        r#"["nftInvoiceReference"]"#,
        "7",
        &long,
        &too_long,
    ] {
        let body = format!(
            r#"{{"email":"a@b.example","amount":"42","devise":"USD","checkoutMode":"nft","callbackJson":{data}}}"#
        );
        let target = "/api/btn-create-invoice/get/";
        let key = Some(sandbox.api_key());
        let answer = raw(sandbox.base_url(), "POST", target, key, &body);
        let answer: Value = serde_json::from_slice(&answer).expect("JSON");
        assert_eq!(answer["errorCode"], 0, "{data}");
        let invoices = sandbox.invoices();
        let read = invoices.last().expect("it was just created").reference();
        let expected = Reference::find(data);
        assert_eq!(read, expected.as_ref().map(Reference::as_str), "{data}");
        found += usize::from(read.is_some());
    }
    assert_eq!(found, 7, "the list has both kinds");
}
