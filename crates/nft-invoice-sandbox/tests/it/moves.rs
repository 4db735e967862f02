//! Which changes of an invoice are allowed, and when it expires.

use std::time::Duration;

use InvoiceState::{
    AwaitingApproval, Chargeback, Created, Expired, Failed, Opened, Paid, Withheld,
};
use nft_invoice_sandbox::{
    Activity, CallbackSink, InvoiceHandle, InvoiceState, Mode, Sandbox, TestCard, days,
};
use serde_json::json;

use crate::callbacks::statuses;
use crate::client::{create, hosted, page_of, s2s, send, start, with};

#[test]
fn follows_the_state_table_and_forces_any_other_status() {
    let sink = CallbackSink::start().unwrap();
    let sandbox = start(Sandbox::builder().callback(sink.url()));
    create(&sandbox, &s2s(TestCard::PAID.number));
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
    assert_eq!(invoice.state, InvoiceState::Paid, "a snapshot changed");
    assert_eq!(sandbox.invoices().only().state, InvoiceState::Opened);

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

/// The state table, written out again on purpose.
fn is_allowed(from: InvoiceState, to: InvoiceState, mode: Mode, failed_reopens: bool) -> bool {
    match (from, to) {
        (Created, Opened | Expired) => true,
        (Created, Paid | Failed | AwaitingApproval) => mode == Mode::S2s,
        (Opened, Paid | Failed | AwaitingApproval | Expired) => true,
        (AwaitingApproval, Paid | Failed | Withheld) => true,
        (Paid, Chargeback | Withheld) => true,
        (Withheld, Paid | Chargeback) => true,
        (Failed, Opened) => failed_reopens,
        _ => false,
    }
}

/// A new invoice that was moved to `state` by allowed transitions.
fn at(sandbox: &Sandbox, state: InvoiceState, mode: Mode) -> InvoiceHandle {
    let order = match mode {
        Mode::Hosted => hosted(),
        Mode::S2s => s2s(TestCard::CHALLENGE.number),
    };
    // A result that is due later, if the customer pays.
    create(sandbox, &with(order, json!({ "name": "SBX:PAID:10m" })));
    let invoice = sandbox.invoices().last().unwrap().clone();
    let path: &[InvoiceState] = match state {
        Created => &[],
        Opened => &[Opened],
        AwaitingApproval => &[Opened, AwaitingApproval],
        Paid => &[Opened, Paid],
        Failed => &[Opened, Failed],
        Chargeback => &[Opened, Paid, Chargeback],
        Withheld => &[Opened, Paid, Withheld],
        Expired => &[Expired],
    };
    for step in path {
        invoice.move_to(*step).unwrap();
    }
    invoice
}

fn state(sandbox: &Sandbox, invoice: &InvoiceHandle) -> InvoiceState {
    sandbox.invoices().get(invoice.id).unwrap().state
}

#[test]
fn allows_the_transitions_of_the_table_in_both_modes() {
    for (mode, option) in [
        (Mode::Hosted, "no"),
        (Mode::Hosted, "yes"),
        (Mode::S2s, "no"),
        (Mode::S2s, "yes"),
    ] {
        let sandbox = start(Sandbox::builder().assume("failed-reopens", option));
        for from in InvoiceState::ALL {
            for to in InvoiceState::ALL {
                let invoice = at(&sandbox, from, mode);
                let wanted = is_allowed(from, to, mode, option == "yes");
                let pair = format!("{from} -> {to} ({mode}, reopens: {option})");
                assert_eq!(invoice.move_to(to).is_ok(), wanted, "{pair}");
                let after = if wanted { to } else { from };
                assert_eq!(state(&sandbox, &invoice), after, "state after {pair}");
            }
        }
    }
}

#[test]
fn accepts_customer_actions_only_while_the_invoice_is_open() {
    let sandbox = start(Sandbox::builder());
    for from in InvoiceState::ALL {
        let open = matches!(from, Created | Opened);
        for action in ["cancel", "challenge", "pay"] {
            let invoice = at(&sandbox, from, Mode::Hosted);
            let checkout = invoice.checkout();
            let done = match action {
                "cancel" => checkout.cancel(),
                "challenge" => checkout.pay(TestCard::CHALLENGE),
                _ => checkout.pay(TestCard::PAID),
            };
            assert_eq!(done.wait().is_ok(), open, "{action} in {from}");
            let after = if open { Opened } else { from };
            assert_eq!(state(&sandbox, &invoice), after, "{action} in {from}");
        }
    }
}

#[test]
fn expires_only_open_invoices_and_at_the_exact_time() {
    let sandbox = start(Sandbox::builder());
    let invoices = InvoiceState::ALL.map(|state| at(&sandbox, state, Mode::Hosted));
    let microsecond = Duration::from_micros(1);
    sandbox.advance(days(14) - microsecond).wait().unwrap();
    let states = || invoices.each_ref().map(|invoice| state(&sandbox, invoice));
    assert_eq!(states(), InvoiceState::ALL);
    sandbox.advance(microsecond).wait().unwrap();
    let after = InvoiceState::ALL.map(|state| match state {
        Created | Opened => Expired,
        other => other,
    });
    assert_eq!(states(), after);
}

#[test]
fn cancels_a_promised_outcome_when_the_status_changes() {
    let sandbox = start(Sandbox::builder());
    create(&sandbox, &s2s("4000000000000259"));
    create(&sandbox, &s2s(TestCard::APPROVED.number));
    let invoices = sandbox.invoices();
    invoices[0].force_to(Opened).unwrap();
    invoices[1].move_to(Failed).unwrap();
    for (days_later, states) in [(13, [Opened, Failed]), (14, [Expired, Failed])] {
        sandbox.advance(days(days_later)).wait().unwrap();
        let after = sandbox.invoices();
        assert_eq!([after[0].state, after[1].state], states);
    }
}

#[test]
fn expires_a_reopened_old_invoice_immediately() {
    let sandbox = start(Sandbox::builder());
    let invoice = at(&sandbox, Created, Mode::Hosted);
    sandbox.advance(days(28)).wait().unwrap();
    let mut activity = sandbox.subscribe();
    invoice.force_to(Opened).unwrap();
    sandbox.advance(Duration::ZERO).wait().unwrap();
    assert_eq!(state(&sandbox, &invoice), Expired);
    let events = activity.try_iter().collect::<Vec<_>>();
    let expired = events
        .iter()
        .find(|one| one.to_string() == "invoice 1 EXPIRED");
    assert_eq!(expired.and_then(Activity::at), Some(sandbox.now()));
}

#[test]
fn drops_and_counts_the_oldest_invoices() {
    let sandbox = start(Sandbox::builder().keep_invoices(2));
    let pages: Vec<_> = (0..5)
        .map(|_| page_of(&sandbox, &create(&sandbox, &hosted())))
        .collect();
    let kept = sandbox.invoices();
    let ids: Vec<_> = kept.iter().map(|invoice| invoice.id).collect();
    assert_eq!((ids, kept.dropped()), (vec![4, 5], 3));
    let status = |page: &str| send(&sandbox, "GET", page, &[], "").status;
    assert_eq!((status(&pages[2]), status(&pages[4])), (404, 200));
    let events = sandbox.advance(days(14)).wait().unwrap();
    let expired = events.iter().filter(|event| event.kind() == "invoice");
    assert_eq!(expired.count(), 2);
}
