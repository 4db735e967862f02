//! The outcome of every fault in the contract can be scripted.

use nft_invoice_contract::rows;
use nft_invoice_mock::MockTransport;
use nft_invoice_transport::{BlockingTransport, Body, Delivery, Request};

#[test]
fn scripts_the_outcome_of_every_row() {
    for row in rows() {
        for &delivery in row.allowed() {
            let (status, body) = row.response().unwrap_or_default();
            let mock = match delivery {
                Delivery::NotSent => MockTransport::new().not_sent(row.name()),
                Delivery::Unknown => MockTransport::new().unknown(row.name()),
                Delivery::Responded => MockTransport::new().respond_with(status, body),
            };
            match BlockingTransport::send(&mock, Request::new(Body::empty())) {
                Ok(got) => {
                    assert_eq!(delivery, Delivery::Responded, "{}", row.name());
                    assert_eq!(got.status(), status, "{}", row.name());
                    assert_eq!(got.body().as_bytes(), body, "{}", row.name());
                }
                Err(error) => assert_eq!(error.delivery(), delivery, "{}", row.name()),
            }
        }
    }
}
