use nft_invoice_sandbox::{InvoiceState, Sandbox, TestCard, WebhookSink};

use crate::callbacks::statuses;
use crate::client::{create, s2s, start};

#[test]
fn an_invoice_is_moved_where_it_may_go_and_forced_anywhere_else() {
    let sink = WebhookSink::start().unwrap();
    let sandbox = start(Sandbox::builder().callback(sink.url()));
    create(&sandbox, &s2s(TestCard::PAID.number()));
    // A snapshot: the moves are those of the invoice as it stands.
    let invoice = sandbox.invoices().only();
    invoice.move_to(InvoiceState::Withheld).unwrap();
    invoice.move_to(InvoiceState::Chargeback).unwrap();
    let refused = invoice.move_to(InvoiceState::Paid).unwrap_err();
    let says = "The invoice is CHARGEBACK. Nothing can follow.";
    assert_eq!(refused.to_string(), says);
    invoice.force_to(InvoiceState::Opened).unwrap();
    let refused = invoice.force_to(InvoiceState::Created).unwrap_err();
    let says = "The invoice is OPENED. What can follow: ";
    assert!(refused.to_string().starts_with(says), "{refused}");
    assert_eq!(invoice.state(), InvoiceState::Paid, "a snapshot moved");
    assert_eq!(sandbox.invoices().only().state(), InvoiceState::Opened);

    sandbox.wait_webhook("invoice:opened").wait().unwrap();
    let told = ["created", "paid", "withheld", "chargeback", "opened"];
    assert_eq!(
        statuses(&sink),
        told.map(|state| format!("invoice:{state}"))
    );
    sandbox.reset().unwrap();
    let refused = invoice.move_to(InvoiceState::Paid).unwrap_err();
    assert_eq!(refused.to_string(), "there is no such invoice");
}
