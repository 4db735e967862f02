use crate::run;

#[test]
fn explains_codes_of_every_kind() {
    for (code, expected) in [
        ("checksum", "check digit"),
        ("card-data", "permanently public"),
        ("TEST_CARD", "test number"),
        ("50008", "wallet"),
        ("exit-5", "may have been created"),
        ("5", "may have been created"),
        ("0", "done"),
        ("59001", "sandbox code on `create`): unknown card"),
        ("59005", "SBX:"),
        ("paid", "deliver once"),
        ("invoice:awaiting_approval", "invoice status"),
        ("AWAITING-APPROVAL", "may deliver"),
        (
            "FUNDS",
            "sandbox reason): the payment failed: insufficient funds",
        ),
        ("UNKNOWN_CARD", "the payment failed"),
        ("exit-3", "`wait`"),
        (
            "parked",
            "(state of a row of `bulk`): the row could not be sent",
        ),
        ("in-flight", "a process has claimed the row"),
        ("duplicate", "the row has two invoices"),
        ("duplicate", "(validation error): the field is repeated"),
    ] {
        let ended = run(&["explain", code]);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert!(ended.out.contains(expected), "{ended:?}");
    }
}

#[test]
fn explains_a_gateway_code_for_each_call() {
    let ended = run(&["explain", "50002"]);
    assert!(
        ended.out.contains("on `create`): email required"),
        "{ended:?}"
    );
    assert!(ended.out.contains("on `status`): id required"), "{ended:?}");
    let objects = run(&["explain", "50011", "--format", "json"]).objects();
    let calls: Vec<_> = objects
        .iter()
        .map(|o| o["call"].as_str().unwrap())
        .collect();
    assert_eq!(calls, ["create", "status", "info"]);
}

#[test]
fn names_codes_near_an_unknown_one() {
    for (code, near) in [
        ("cheksum", "checksum"),
        ("50080", "50008"),
        ("exit-9", "exit-5"),
        ("zzzzzzzzzz", "checksum"),
    ] {
        let ended = run(&["explain", code]);
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(ended.err.contains(near), "{ended:?}");
    }
}
