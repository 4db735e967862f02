use crate::run;

#[test]
fn codes_of_every_kind_are_explained() {
    for (code, expected) in [
        ("checksum", "check digit"),
        ("card-data", "public for ever"),
        ("TEST_CARD", "test number"),
        ("50008", "wallet"),
        ("exit-5", "may have been created"),
        ("5", "may have been created"),
        ("0", "done"),
    ] {
        let ended = run(&["explain", code]);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert!(ended.out.contains(expected), "{ended:?}");
    }
}

#[test]
fn a_gateway_code_is_explained_for_each_call() {
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
fn an_unknown_code_is_2_and_near_ones_are_named() {
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
