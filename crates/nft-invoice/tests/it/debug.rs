//! `Debug` shows what a developer needs, and no secret.

use nft_invoice::{FindOptions, Gateway, Reference};
use nft_invoice_mock::MockTransport;

use crate::{KEY, clients, config, hosted};

#[test]
fn debug_shows_the_position_and_no_secret() {
    let (client, blocking) = clients(&MockTransport::new());
    let invoice = hosted();
    let gateway = Gateway::new(config()).unwrap();
    let reference = Reference::new("order-7").unwrap();
    let options = FindOptions::default;
    for (shown, contains) in [
        (
            format!("{:?}", client.history(Default::default())),
            "page: 1",
        ),
        (
            format!("{:?}", blocking.history(Default::default())),
            "page: 1",
        ),
        (
            format!("{:?}", client.finder(&reference, options())),
            "infos: 0",
        ),
        (
            format!("{:?}", blocking.finder(&reference, options())),
            "infos: 0",
        ),
        (format!("{client:?}"), "MockTransport"),
        (format!("{blocking:?}"), "MockTransport"),
        (format!("{gateway:?}"), "encoding"),
        (format!("{:?}", gateway.create(&invoice)), "call: Create"),
    ] {
        assert!(shown.contains(contains), "{shown}");
        for secret in [KEY, "jane", "order-7"] {
            assert!(!shown.contains(secret), "{shown}");
        }
    }
}

#[test]
fn debug_of_a_search_s_options_hides_the_address() {
    let options = FindOptions {
        email: Some("customer@shop.example".to_owned()),
        ..FindOptions::default()
    };
    let shown = format!("{options:?}");
    assert!(!shown.contains("customer"), "{shown}");
    assert!(shown.contains("has_email: true"), "{shown}");
}
