//! When a rule of a fault plan fires.

use std::time::Duration;

use nft_invoice_sandbox::{CallbackSink, Sandbox, TestCard};

use crate::client::{
    HISTORY, INFOS, STATUS, create, get, hosted, page_of, s2s, send, settle, start,
};

const INVOICE: &str = "/api/invoice/status/?id=1";

/// The faults of `count` status calls, as the journal shows them.
fn transcript(plan: &str, seed: u64, count: usize) -> Vec<String> {
    let builder = Sandbox::builder().seed(seed);
    let sandbox = start(builder.faults(plan).expect(plan));
    (0..count)
        .map(|_| drop(get(&sandbox, STATUS)))
        .for_each(drop);
    faults(&sandbox)
}

fn faults(sandbox: &Sandbox) -> Vec<String> {
    let requests = sandbox.requests();
    let faults = requests.iter().map(|one| one.fault.clone());
    faults.map(Option::unwrap_or_default).collect()
}

fn rules(sandbox: &Sandbox) -> Vec<String> {
    let rules = sandbox.fault_rules();
    rules.iter().map(ToString::to_string).collect()
}

#[test]
fn counts_matches_for_gates() {
    for (gates, fires_on) in [
        ("", vec![1, 2, 3, 4, 5, 6, 7]),
        ("@n=3", vec![3]),
        ("@n=2..4", vec![2, 3, 4]),
        ("@every=3", vec![3, 6]),
        ("@first=2", vec![1, 2]),
        ("@every=2,first=5", vec![2, 4]),
        ("@p=0", vec![]),
        ("@p=1,n=7", vec![7]),
        ("@from=1s", vec![]),
        ("@until=1s", vec![1, 2, 3, 4, 5, 6, 7]),
        ("@until=0s", vec![]),
    ] {
        let plan = format!("status->badjson{gates}");
        let fired = transcript(&plan, 0, 7);
        let fired = (1..).zip(&fired).filter(|(_, text)| !text.is_empty());
        let fired: Vec<_> = fired.map(|(number, _)| number).collect();
        assert_eq!(fired, fires_on, "{plan} on seven calls");
    }
}

#[test]
fn counts_from_and_until_from_the_start() {
    let sandbox = start(
        Sandbox::builder()
            .faults("status->badjson@from=10m,until=1h")
            .unwrap(),
    );
    for wait in [0, 599, 1, 2999, 1] {
        sandbox.advance(Duration::from_secs(wait)).wait().unwrap();
        get(&sandbox, STATUS);
    }
    assert_eq!(faults(&sandbox), ["", "", "badjson", "badjson", ""]);
}

#[test]
fn counts_only_matching_calls() {
    let sandbox = start(Sandbox::builder());
    create(&sandbox, &hosted());
    create(&sandbox, &hosted());
    let plan = "status[id=2]->badjson@n=2; api->status(503); checkout->hang";
    sandbox.set_faults(plan).unwrap();
    for id in [1, 2, 1, 2] {
        get(&sandbox, &format!("{STATUS}?id={id}"));
    }
    let last = "badjson+status(503)";
    assert_eq!(
        faults(&sandbox)[2..],
        ["status(503)", "status(503)", "status(503)", last]
    );
    assert_eq!(
        rules(&sandbox),
        [
            "status[id=2]->badjson@n=2 (matched 2, fired 1)",
            "api->status(503) (matched 4, fired 4)",
            "checkout->hang (matched 0, fired 0)",
        ]
    );
    sandbox.set_faults("api->empty").unwrap();
    let matched = sandbox
        .fault_rules()
        .iter()
        .map(|rule| rule.matched)
        .sum::<u64>();
    assert_eq!(matched, 0, "a new plan resets the counters");
}

#[test]
fn matches_only_the_calls_of_each_scope() {
    let sink = CallbackSink::start().unwrap();
    let sandbox = start(Sandbox::builder().callback(sink.url()));
    let page = page_of(&sandbox, &create(&sandbox, &hosted()));
    settle(&sandbox);
    let create_hosted = || drop(create(&sandbox, &hosted()));
    let create_s2s = || drop(create(&sandbox, &s2s(TestCard::PAID.number)));
    let call = |target: &str| drop(send(&sandbox, "GET", target, &[], ""));
    let calls: [(&dyn Fn(), &[&str]); 7] = [
        (&create_hosted, &["create", "api"]),
        (&create_s2s, &["create", "s2s", "api"]),
        (&|| call(STATUS), &["status", "api"]),
        (&|| call(INFOS), &["infos", "api"]),
        (&|| call(HISTORY), &["history", "api"]),
        (&|| call(&page), &["checkout"]),
        (&|| assert!(sandbox.replay(1)), &["callback"]),
    ];
    let scopes = [
        "create", "s2s", "status", "infos", "history", "checkout", "api",
    ];
    let plan: Vec<_> = scopes
        .iter()
        .map(|scope| format!("{scope}->badjson"))
        .collect();
    for (call, covered) in calls {
        sandbox
            .set_faults(plan.join(";") + "; callback->drop")
            .unwrap();
        call();
        settle(&sandbox);
        let rules = sandbox.fault_rules();
        let met = rules.iter().filter(|rule| rule.matched > 0);
        let met: Vec<_> = met
            .map(|rule| rule.text.split("->").next().unwrap())
            .collect();
        assert_eq!(met, covered);
    }
}

#[test]
fn gives_the_same_transcript_for_the_same_seed() {
    let plan = "status->delay(1ms..4ms)+badjson@p=0.5; api->status(503)@p=0.3";
    let first = transcript(plan, 7, 200);
    assert_eq!(first, transcript(plan, 7, 200));
    assert_ne!(
        first,
        transcript(plan, 8, 200),
        "the seed makes no difference"
    );
    let struck = first.iter().filter(|text| text.contains("badjson")).count();
    assert!((70..130).contains(&struck), "{struck} of 200 at p=0.5");
}

#[test]
fn does_not_change_a_rule_when_another_is_added() {
    let alone = transcript("status->delay(1ms..4ms)@p=0.5", 7, 100);
    let among = "api->badjson@p=0.5; status->delay(1ms..4ms)@p=0.5; status->status(503)@p=0.5";
    let among = transcript(among, 7, 100);
    for (alone, among) in alone.iter().zip(&among) {
        let delays = among.split('+').filter(|text| text.starts_with("delay"));
        assert_eq!(delays.collect::<Vec<_>>().join("+"), *alone);
    }
    let twins = transcript("status->badjson@p=0.5; status->badjson@p=0.5", 7, 100);
    assert!(
        twins.iter().any(|text| text == "badjson"),
        "twin rules are one"
    );
}

#[test]
fn draws_delays_from_the_whole_range() {
    let drawn = transcript("status->delay(1ms..3ms)", 7, 100);
    for length in ["delay(1ms)", "delay(2ms)", "delay(3ms)"] {
        assert!(drawn.iter().any(|text| text == length), "never {length}");
    }
    let length = "delay(1ms)".len();
    assert!(drawn.iter().all(|text| text.len() == length), "{drawn:?}");
}

#[test]
fn applies_a_limit_by_the_sandboxs_clock() {
    let sandbox = start(Sandbox::builder().faults("status->limit(2/10s)").unwrap());
    let mut expected = Vec::new();
    for (wait, met) in [
        (0, ""),
        (4000, ""),
        (0, "status(429,retry-after=6s)"),
        (5999, "status(429,retry-after=1ms)"),
        (1, ""),
        (0, "status(429,retry-after=4s)"),
        (4000, ""),
        (76_000, ""),
        (0, ""),
        (0, "status(429,retry-after=10s)"),
    ] {
        sandbox.advance(Duration::from_millis(wait)).wait().unwrap();
        get(&sandbox, INVOICE);
        expected.push(met);
    }
    assert_eq!(faults(&sandbox), expected);
    assert_eq!(
        rules(&sandbox),
        ["status->limit(2/10s) (matched 10, fired 4)"]
    );
}
