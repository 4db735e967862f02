use nft_invoice_sandbox::{CallbackSink, InvoiceState, Sandbox, TestCard};

use crate::callbacks::statuses;
use crate::client::{create, s2s, start};

#[test]
fn follows_the_state_table_and_forces_any_other_status() {
    let sink = CallbackSink::start().unwrap();
    let sandbox = start(Sandbox::builder().callback(sink.url()));
    create(&sandbox, &s2s(TestCard::PAID.number()));
    // A snapshot: transitions apply to the current status.
    let invoice = sandbox.invoices().only();
    let rejected = invoice.move_to(InvoiceState::Opened).unwrap_err();
    let expected = "The invoice is PAID. Allowed next statuses: CHARGEBACK, WITHHELD.";
    assert_eq!(rejected.to_string(), expected);
    invoice.move_to(InvoiceState::Withheld).unwrap();
    invoice.move_to(InvoiceState::Chargeback).unwrap();
    let rejected = invoice.move_to(InvoiceState::Paid).unwrap_err();
    let expected = "The invoice is CHARGEBACK. This status is final.";
    assert_eq!(rejected.to_string(), expected);
    invoice.force_to(InvoiceState::Opened).unwrap();
    let rejected = invoice.force_to(InvoiceState::Created).unwrap_err();
    let expected = "The invoice is OPENED. Allowed next statuses: ";
    assert!(rejected.to_string().starts_with(expected), "{rejected}");
    assert_eq!(invoice.state(), InvoiceState::Paid, "a snapshot changed");
    assert_eq!(sandbox.invoices().only().state(), InvoiceState::Opened);

    sandbox.wait_callback("invoice:opened").wait().unwrap();
    let states = ["created", "paid", "withheld", "chargeback", "opened"];
    assert_eq!(
        statuses(&sink),
        states.map(|state| format!("invoice:{state}"))
    );
    sandbox.reset().unwrap();
    let rejected = invoice.move_to(InvoiceState::Paid).unwrap_err();
    assert_eq!(rejected.to_string(), "invoice not found");
}
