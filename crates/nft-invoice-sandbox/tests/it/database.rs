//! Restoring the state after a restart.

use std::path::Path;
use std::time::Duration;

use nft_invoice_sandbox::{
    Activity, CallbackOrder, CallbackSink, DeliveryState, InvoiceState, Outcome, Reason, Sandbox,
    SandboxBuilder, SinkResponse, TestCard, days,
};
use proptest::prelude::*;
use serde_json::Value;
use tempfile::tempdir;

use crate::callbacks::statuses;
use crate::client::{HISTORY, INFOS, create, get, hosted, s2s, settle, start, with};
use crate::database_files::folder;
use crate::database_format;

/// The visible state that is stored.
fn snapshot(sandbox: &Sandbox) -> String {
    let mut all = format!("{}\n", sandbox.now());
    for invoice in sandbox.invoices() {
        let infos = get(sandbox, &format!("{INFOS}?id={}", invoice.id));
        all += &format!(
            "{:?} {:?} {:?} {:?} {}\n",
            *invoice,
            invoice.callback_json(),
            invoice.failure_reason,
            invoice.card.as_ref().map(|card| card.masked().to_owned()),
            infos.body
        );
    }
    all += &get(sandbox, &format!("{HISTORY}?status=ALL&order=ASC&page=1")).body;
    for delivery in sandbox.deliveries().iter() {
        all += &format!(
            "\n{delivery:?} {} {} {:?}",
            delivery.created_at,
            delivery.signature(),
            std::str::from_utf8(delivery.body())
        );
    }
    all
}

/// A user action.
#[derive(Clone, Debug)]
enum Step {
    Hosted,
    S2s(usize),
    Pay(usize, usize),
    Press(usize, u8),
    Advance(u32),
    Scripted(usize),
    Receiver(u16),
    Replay(u64),
    Reset,
}

impl Step {
    fn take(&self, sandbox: &Sandbox, sink: &CallbackSink) {
        let cards = TestCard::all();
        let invoices = sandbox.invoices();
        let checkout = |place: usize| Some(invoices.get(place as u64 + 1)?.checkout());
        match *self {
            Self::Hosted => {
                let body = with(
                    hosted(),
                    serde_json::json!({ "callbackJson": { "order": 1 } }),
                );
                drop(create(sandbox, &body));
            }
            Self::S2s(card) => drop(create(sandbox, &s2s(cards[card].number))),
            Self::Pay(place, card) => {
                // Both sandboxes reject the same actions.
                checkout(place).map(|checkout| checkout.pay(cards[card]).wait().ok());
            }
            Self::Press(place, button) => {
                checkout(place).map(|checkout| match button {
                    0 => checkout.decline().wait().ok(),
                    1 => checkout.pending().wait().ok(),
                    2 => checkout.cancel().wait().ok(),
                    3 => checkout.complete().wait().ok(),
                    _ => checkout.fail().wait().ok(),
                });
            }
            Self::Advance(hours) => {
                let by = Duration::from_secs(u64::from(hours) * 3600);
                drop(sandbox.advance(by).wait().unwrap());
            }
            Self::Scripted(card) => {
                // A restart forgets outcomes that are not used up, so the card must not expire.
                sandbox.next_outcome(Outcome::Decline(Reason::Funds));
                let valid = serde_json::json!({ "card_expiry_date": "12/2099" });
                drop(create(sandbox, &with(s2s(cards[card].number), valid)));
            }
            Self::Receiver(status) => sink.default_response(SinkResponse::Status(status)),
            Self::Replay(delivery) => drop(sandbox.replay(delivery)),
            Self::Reset => sandbox.reset().unwrap(),
        }
        settle(sandbox);
    }
}

fn step() -> impl Strategy<Value = Step> {
    let card = || 0..TestCard::all().len();
    prop_oneof![
        3 => Just(Step::Hosted),
        3 => card().prop_map(Step::S2s),
        4 => (0..6_usize, card()).prop_map(|(place, card)| Step::Pay(place, card)),
        3 => (0..6_usize, 0..5_u8).prop_map(|(place, button)| Step::Press(place, button)),
        3 => (0..400_u32).prop_map(Step::Advance),
        1 => card().prop_map(Step::Scripted),
        2 => prop::sample::select(vec![200, 500, 404]).prop_map(Step::Receiver),
        2 => (1..12_u64).prop_map(Step::Replay),
        1 => Just(Step::Reset),
    ]
}

fn with_sink(sink: &CallbackSink) -> SandboxBuilder {
    Sandbox::builder().callback(sink.url())
}

proptest! {
    #![proptest_config(ProptestConfig {
        failure_persistence: None, cases: 60, ..ProptestConfig::default()
    })]

    #[test]
    fn restores_the_same_state_after_any_restarts(
        steps in prop::collection::vec((step(), prop::bool::weighted(0.3)), 1..25),
    ) {
        let folder = folder();
        let path = folder.path().join("sandbox.db");
        let (one_sink, sink) = (CallbackSink::start().unwrap(), CallbackSink::start().unwrap());
        let one = start(with_sink(&one_sink));
        let restarted = || start(with_sink(&sink).database(&path));
        let mut other = restarted();
        for (step, restart) in &steps {
            step.take(&one, &one_sink);
            step.take(&other, &sink);
            if *restart {
                drop(other);
                other = restarted();
            }
        }
        prop_assert_eq!(snapshot(&one), snapshot(&other));
        // Later events are the same too.
        let lines = |happened: Vec<Activity>| -> Vec<_> {
            happened.iter().map(ToString::to_string).collect()
        };
        let to_come = |sandbox: &Sandbox| lines(sandbox.advance(days(30)).wait().unwrap());
        prop_assert_eq!(to_come(&one), to_come(&other));
        prop_assert_eq!(snapshot(&one), snapshot(&other));
        let bodies = |sink: &CallbackSink| -> Vec<_> {
            sink.received().iter().map(|one| (one.body.clone(), one.signature().to_owned())).collect()
        };
        prop_assert_eq!(bodies(&one_sink), bodies(&sink));
    }
}

fn in_file(path: &Path) -> SandboxBuilder {
    Sandbox::builder().database(path)
}

#[test]
fn resends_an_interrupted_callback_with_the_same_bytes() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("sandbox.db");
    // It accepts connections and never responds.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    let sandbox = start(in_file(&path).callback(url).callback_secret("before"));
    create(&sandbox, &hosted());
    let _under_way = silent.accept().unwrap();
    let before = sandbox.deliveries()[0].clone();
    assert_eq!(before.state, DeliveryState::Sending);
    drop(sandbox);

    let sink = CallbackSink::start().unwrap();
    let sandbox = start(with_sink(&sink).database(&path).callback_secret("after"));
    settle(&sandbox);
    assert!(sandbox.replay(1));
    settle(&sandbox);
    let received = sink.received();
    assert_eq!(received.len(), 2);
    for one in received {
        assert_eq!(
            (&*one.body, one.signature()),
            (before.body(), before.signature())
        );
    }
    assert_eq!(sandbox.deliveries()[0].attempts.len(), 2);
    create(&sandbox, &hosted());
    settle(&sandbox);
    let last = sandbox.deliveries().last().unwrap().clone();
    assert_eq!((last.id, last.invoice), (2, 2));
    assert_ne!(last.signature(), before.signature());
}

#[test]
fn keeps_scheduled_retries_and_uses_the_new_policy_for_later_ones() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("sandbox.db");
    let sink = CallbackSink::start().unwrap();
    sink.default_response(SinkResponse::Status(500));
    let with = |retries: &str| {
        let builder = with_sink(&sink).database(&path);
        start(builder.callback_retries(retries.parse().unwrap()))
    };
    let sandbox = with("10s,10s,10s");
    create(&sandbox, &hosted());
    settle(&sandbox);
    drop(sandbox);
    let sandbox = with("1h,1h");
    sandbox.advance(Duration::from_secs(9)).wait().unwrap();
    assert_eq!(sink.received().len(), 1);
    sandbox.advance(Duration::from_secs(1)).wait().unwrap();
    assert_eq!(sink.received().len(), 2, "the second after ten seconds");
    sandbox.advance(Duration::from_secs(3599)).wait().unwrap();
    assert_eq!(sink.received().len(), 2);
    sandbox.advance(Duration::from_secs(1)).wait().unwrap();
    assert_eq!(sink.received().len(), 3, "the third after an hour");
    assert_eq!(sandbox.deliveries()[0].state, DeliveryState::GivenUp);
}

#[test]
fn never_moves_the_clock_back() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("sandbox.db");
    let frozen = |at: &str| start(in_file(&path).clock_frozen_at(at));
    let sandbox = frozen("2025-01-01T00:00:00Z");
    sandbox.advance(days(14)).wait().unwrap();
    drop(sandbox);
    for (set, stands) in [
        ("2020-01-01T00:00:00Z", "2025-01-15T00:00:00Z"),
        ("2025-01-14T23:59:59Z", "2025-01-15T00:00:00Z"),
        ("2025-02-01T00:00:00Z", "2025-02-01T00:00:00Z"),
        // Nothing was written then.
        ("2025-01-01T00:00:00Z", "2025-01-15T00:00:00Z"),
    ] {
        assert_eq!(frozen(set).now().to_string(), stands, "set to {set}");
    }

    let path = folder.path().join("real.db");
    let real = || start(in_file(&path).real_time());
    let ahead = |sandbox: &Sandbox| {
        let plain = start(Sandbox::builder().real_time());
        let day = |sandbox: &Sandbox| sandbox.now().to_string()[..10].to_owned();
        (day(sandbox) > day(&plain)).then_some(sandbox.now())
    };
    let sandbox = real();
    assert_eq!(ahead(&sandbox), None);
    sandbox.advance(days(3)).wait().unwrap();
    let before = ahead(&sandbox).unwrap();
    drop(sandbox);
    let sandbox = real();
    assert!(ahead(&sandbox).unwrap() >= before);
    create(&sandbox, &hosted());
    drop(sandbox);
    // What happened then has instants between those of the frozen clock's steps.
    let sandbox = start(in_file(&path));
    assert!(sandbox.now() >= before);
    sandbox.advance(days(14)).wait().unwrap();
    assert_eq!(sandbox.invoices().only().state.to_string(), "EXPIRED");
}

#[test]
fn starts_at_the_last_event_if_the_system_clock_is_earlier() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("sandbox.db");
    let sandbox = start(in_file(&path).clock_frozen_at("2999-01-01T00:00:00Z"));
    create(&sandbox, &hosted());
    drop(sandbox);
    for _ in 0..2 {
        let sandbox = start(in_file(&path).real_time());
        assert_eq!(sandbox.now().to_string()[..10], *"2999-01-01");
        create(&sandbox, &hosted());
    }
}

/// The offset does not depend on the time of the last entry.
#[test]
fn restores_the_offset_of_a_running_clock() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("sandbox.db");
    let sandbox = start(in_file(&path).real_time());
    sandbox.advance(days(3)).wait().unwrap();
    let stood = sandbox.now();
    drop(sandbox);
    let earlier = |row: String| {
        let mut row: Value = serde_json::from_str(&row).unwrap();
        row[0]["clock"]["at"] = "2020-01-01T00:00:00Z".into();
        row.to_string()
    };
    let rows: Vec<_> = database_format::rows(&path)
        .into_iter()
        .map(earlier)
        .collect();
    database_format::write(&path, &rows);
    assert!(start(in_file(&path).real_time()).now() >= stood);
    assert_eq!(
        start(in_file(&path)).now().to_string(),
        "2025-01-01T00:00:00Z"
    );
}

#[test]
fn applies_events_that_became_due_while_stopped_at_their_time() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("sandbox.db");
    let sandbox = start(in_file(&path));
    create(&sandbox, &s2s(TestCard::APPROVED.number));
    drop(sandbox);
    let sandbox = start(in_file(&path).clock_frozen_at("2025-01-02T00:00:00Z"));
    settle(&sandbox);
    assert_eq!(sandbox.invoices().only().state.to_string(), "PAID");
    let infos = get(&sandbox, &format!("{INFOS}?id=1")).body;
    drop(sandbox);
    let sandbox = start(in_file(&path));
    assert_eq!(get(&sandbox, &format!("{INFOS}?id=1")).body, infos);
}

#[test]
fn keeps_stored_tokens_with_another_seed() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("sandbox.db");
    let sandbox = start(in_file(&path).seed(1));
    create(&sandbox, &s2s(TestCard::PAID.number));
    create(&sandbox, &hosted());
    let url = sandbox.invoices()[1].checkout().url().unwrap();
    let (before, base) = (snapshot(&sandbox), sandbox.base_url().to_owned());
    drop(sandbox);
    let sandbox = start(in_file(&path).seed(2));
    assert_eq!(snapshot(&sandbox), before);
    let page = url.strip_prefix(&base).unwrap();
    assert!(crate::client::open(&sandbox, page).body.contains("OPENED"));
}

#[test]
fn applies_the_invoice_limit_at_startup_without_reusing_numbers() {
    let folder = tempdir().unwrap();
    let path = folder.path().join("sandbox.db");
    let sandbox = start(in_file(&path));
    (0..5).for_each(|_| drop(create(&sandbox, &hosted())));
    sandbox.invoices()[0].move_to(InvoiceState::Opened).unwrap();
    drop(sandbox);
    for (kept, first, last) in [(2, 5, 6), (100, 1, 7), (1, 8, 8)] {
        let sandbox = start(in_file(&path).keep_invoices(kept));
        create(&sandbox, &hosted());
        let invoices = sandbox.invoices();
        let ids: Vec<_> = invoices.iter().map(|invoice| invoice.id).collect();
        assert_eq!(ids, (first..=last).collect::<Vec<_>>(), "{kept} kept");
        assert_eq!(invoices.dropped(), first - 1, "{kept} kept");
        let opened = invoices.get(1).map(|first| first.state);
        let known = (first == 1).then_some(InvoiceState::Opened);
        assert_eq!(opened, known, "{kept} kept");
    }
}

#[test]
fn sends_waiting_callbacks_in_the_new_order() {
    for (order, expected) in [
        (CallbackOrder::Fifo, ["invoice:created", "invoice:paid"]),
        (CallbackOrder::Reverse, ["invoice:paid", "invoice:created"]),
    ] {
        let folder = tempdir().unwrap();
        let path = folder.path().join("sandbox.db");
        let sink = CallbackSink::start().unwrap();
        sink.default_response(SinkResponse::Status(500));
        let sandbox = start(with_sink(&sink).database(&path));
        create(&sandbox, &s2s(TestCard::PAID.number));
        settle(&sandbox);
        assert_eq!(
            sink.received().len(),
            1,
            "in a line, one waits for the other"
        );
        drop(sandbox);

        let sink = CallbackSink::start().unwrap();
        let sandbox = start(with_sink(&sink).database(&path).callback_order(order));
        sandbox.advance(Duration::from_secs(5)).wait().unwrap();
        assert_eq!(statuses(&sink), expected, "{order}");
    }
}
