//! What the SDK makes of a gateway that goes wrong, and a shop of its callbacks: over both transports.

use std::time::Duration;

use nft_invoice::transport::Delivery;
use nft_invoice::{Amount, InvoiceStatus, Reference, Verifier};
use nft_invoice_sandbox::{CallbackSink, Sandbox, TestCard};

use crate::support::{HOSTED, invoice, over_each};

#[test]
fn a_failed_create_is_never_reported_as_safe_to_resend() {
    let (answered, unknown) = (Delivery::Responded, Delivery::Unknown);
    for (plan, delivery, created) in [
        ("create->reset", unknown, 0),
        ("create->after.reset", unknown, 1),
        ("create->empty", unknown, 0),
        ("create->after.empty", unknown, 1),
        ("create->after.truncate(0)", unknown, 1),
        ("create->after.truncate(50%)", unknown, 1),
        ("create->garbage", unknown, 0),
        ("create->after.garbage", unknown, 1),
        ("create->after.badjson", answered, 1),
        ("create->status(503,retry-after=2s)", answered, 0),
        ("create->after.status(502)", answered, 1),
        ("create->error(50008)", answered, 0),
        ("create->after.error(50008)", answered, 1),
    ] {
        let builder = || Sandbox::builder().faults(plan).expect(plan);
        over_each(builder, |transport, client, sandbox| {
            let error = client.create(&invoice(HOSTED, "ref-1")).expect_err(plan);
            assert_eq!(
                error.delivery(),
                delivery,
                "{plan} over {transport}: {error}"
            );
            assert!(!error.is_safe_to_resend(), "{plan} over {transport}");
            let made = sandbox.invoices().len();
            assert_eq!(made, created, "{plan} over {transport}: invoices");
        });
    }
}

#[test]
fn a_slow_or_delayed_response_is_accepted() {
    for plan in [
        "create->slow(2000/s)",
        "create->delay(10ms)",
        "create->after.delay(10ms)",
    ] {
        let builder = || Sandbox::builder().faults(plan).expect(plan);
        over_each(builder, |transport, client, _| {
            let created = client.create(&invoice(HOSTED, "ref-1"));
            assert!(created.is_ok(), "{plan} over {transport}: {created:?}");
        });
    }
}

#[test]
fn an_invoice_whose_response_was_lost_is_found_by_its_reference() {
    let builder = || {
        Sandbox::builder()
            .faults("create->after.reset@n=1")
            .unwrap()
    };
    over_each(builder, |transport, client, sandbox| {
        let lost = client
            .create(&invoice(HOSTED, "ref-lost"))
            .expect_err("it is lost");
        assert_eq!(lost.delivery(), Delivery::Unknown, "{transport}");
        client
            .create(&invoice(HOSTED, "ref-other"))
            .expect(transport);
        let wanted = Reference::new("ref-lost").unwrap();
        let entries = client.history(Default::default()).expect(transport);
        let ids = entries
            .into_iter()
            .filter_map(|entry| entry.id?.into_value());
        let found = ids.filter(|id| {
            let info = client.info(id).expect(transport);
            info.reference() == Some(wanted.clone())
        });
        let found: Vec<_> = found.map(|id| id.to_string()).collect();
        assert_eq!(found, ["1"], "{transport}: one sale, made once");
        assert_eq!(sandbox.invoices().len(), 2, "{transport}");
    });
}

#[test]
fn the_verifier_accepts_only_callbacks_of_the_sandbox() {
    let verifier = Verifier::hmac_sha256("sandbox-secret").unwrap();
    for (plan, believed) in [
        ("", true),
        ("callback->dup(2)", true),
        ("callback->badsig", false),
        ("callback->nosig", false),
        ("callback->truncate(20)", false),
        ("callback->mutate(/amount=1)", false),
    ] {
        let sink = CallbackSink::start().unwrap();
        let builder = || {
            Sandbox::builder()
                .callback(sink.url())
                .faults(plan)
                .expect(plan)
        };
        over_each(builder, |transport, client, sandbox| {
            let before = sink.received().len();
            client.create(&invoice(HOSTED, "ref-1")).expect(transport);
            let checkout = sandbox.invoices().only().checkout();
            checkout.pay(TestCard::PAID).wait().expect(transport);
            sandbox.advance(Duration::ZERO).wait().expect(transport);
            let received = sink.received().split_off(before);
            assert!(received.len() >= 3, "{plan} over {transport}: {received:?}");
            let read = received.iter().map(|one| {
                verifier.receive(
                    one.headers.iter().map(|(name, value)| (name, value)),
                    &one.body,
                )
            });
            let read: Vec<_> = read.collect();
            assert!(
                read.iter().all(|read| read.is_ok() == believed),
                "{plan} over {transport}: {read:?}"
            );
            let Some(Ok(last)) = read.last() else { return };
            assert_eq!(last.status, InvoiceStatus::Paid, "{plan} over {transport}");
            assert!(
                last.amount
                    .as_ref()
                    .is_some_and(|amount| *amount == "15.04".parse::<Amount>().unwrap())
            );
            assert_eq!(last.reference(), Some(Reference::new("ref-1").unwrap()));
        });
    }
}
