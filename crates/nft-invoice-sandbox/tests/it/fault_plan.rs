use nft_invoice_sandbox::{FaultError, FaultPlan};

fn parse(text: &str) -> Result<FaultPlan, FaultError> {
    text.parse()
}

#[test]
fn writes_a_plan_in_its_canonical_form() {
    for (text, shown) in [
        ("", ""),
        (" ; \n # nothing \n;", ""),
        ("create->reset", "create->reset"),
        ("create->before.reset", "create->reset"),
        ("create->after.reset@n=1", "create->after.reset@n=1"),
        ("api -> hang + after.empty", "api->hang+after.empty"),
        ("s2s->delay(2s)", "s2s->delay(2s)"),
        ("s2s->delay(2s..5s)", "s2s->delay(2s..5s)"),
        ("s2s->after.delay(60s..1h)", "s2s->after.delay(1m..1h)"),
        ("infos->delay(1500ms..1500ms)", "infos->delay(1500ms)"),
        ("infos->delay(0ms..48h)", "infos->delay(0s..2d)"),
        ("infos->status(503)", "infos->status(503)"),
        (
            "infos->after.status( 429 , retry-after = 120s )",
            "infos->after.status(429,retry-after=2m)",
        ),
        ("history->error(50012)", "history->error(50012)"),
        ("history->garbage+badjson", "history->garbage+badjson"),
        ("checkout->truncate(0)", "checkout->truncate(0)"),
        ("checkout->after.truncate(50%)", "checkout->truncate(50%)"),
        ("api->slow(100/s)", "api->slow(100/s)"),
        ("api->limit(5/10s)", "api->limit(5/10s)"),
        ("api->reset@n=2..4", "api->reset@n=2..4"),
        ("api->reset@n=2..2", "api->reset@n=2"),
        ("api->reset@every=5,first=20", "api->reset@every=5,first=20"),
        ("api->reset@p=0.250", "api->reset@p=0.25"),
        ("api->reset@p=1", "api->reset@p=1"),
        ("api->reset@p=0.000000001", "api->reset@p=0.000000001"),
        (
            "api->reset @ from=10m, until=1h",
            "api->reset@from=10m,until=1h",
        ),
        (
            "api[amount=42.00,currency=USD,email=a@b.example,id=7,mode=s2s,key=1]->empty",
            "api[amount=42,currency=USD,email=a@b.example,id=7,mode=s2s,key=1]->empty",
        ),
        (
            r#"create[ email = "a, \u0062" ]->empty"#,
            r#"create[email="a, b"]->empty"#,
        ),
        (
            r#"create[email="plain"]->empty"#,
            "create[email=plain]->empty",
        ),
        (
            "callback[status=paid,id=3,attempt=1]->drop",
            "callback[status=invoice:paid,id=3,attempt=1]->drop",
        ),
        ("callback->dup(2)+hold(10m)", "callback->dup(2)+hold(10m)"),
        (
            "callback->dup(2, 5s)@every=3",
            "callback->dup(2,5s)@every=3",
        ),
        ("callback->reorder(2)+badsig", "callback->reorder(2)+badsig"),
        ("callback->nosig+truncate(9)", "callback->nosig+truncate(9)"),
        ("callback->wrongtype", "callback->wrongtype"),
        (
            r#"callback->mutate( /a b/0 = {"x":[1.50, ")"]} )"#,
            r#"callback->mutate(/a b/0={"x":[1.50, ")"]})"#,
        ),
        (
            "callback->mutate(/a=[1,\n2])",
            "callback->mutate(/a=[1, 2])",
        ),
        (
            "create->reset;status->empty;",
            "create->reset; status->empty",
        ),
        (
            "# two rules\ncreate -> # comment\n reset\n + empty @\n n=1 # here\nstatus->hang\n",
            "create->reset+empty@n=1; status->hang",
        ),
    ] {
        let plan = parse(text).unwrap_or_else(|error| panic!("the plan {text:?}: {error}"));
        assert_eq!(plan.to_string(), shown, "the plan {text:?}");
        assert_eq!(
            parse(shown),
            Ok(plan),
            "{shown:?} reads back as another plan"
        );
    }
}

#[test]
fn reports_the_position_of_a_syntax_error() {
    const SCOPES: &str = "a scope: create, s2s, status, infos, history, checkout, api, callback";
    const CALL: &str =
        "delay, status, error, reset, empty, hang, truncate, garbage, badjson, slow, limit";
    const CALLBACK: &str = "an action of callback: drop, dup, hold, reorder, badsig, nosig, mutate, truncate, wrongtype";
    const GATES: &str = "a gate: n, every, first, p, from, until";
    const TIME: &str = "a duration of up to 366d, such as 250ms, 2s, 10m, 1h or 3d";
    let of_call =
        |scope| format!("an action of {scope}, optionally with the prefix `after.`: {CALL}");
    for (text, column, expected) in [
        ("x", 1, SCOPES.to_owned()),
        ("Create->reset", 1, SCOPES.into()),
        ("create;status->reset", 7, "`->`, or `[` and a key".into()),
        ("create", 7, "`->`, or `[` and a key".into()),
        ("  create  - reset", 11, "`->`, or `[` and a key".into()),
        ("create[amount=1]reset", 17, "`->`".into()),
        ("create->", 9, of_call("create")),
        ("create->explode", 9, of_call("create")),
        ("create->reset+drop", 15, of_call("create")),
        ("status->badsig", 9, of_call("status")),
        (
            "api->after.reset.",
            17,
            "`;`, a new line, or the rest of this rule".into(),
        ),
        ("api->before.after.reset", 13, of_call("api")),
        ("callback->reset", 11, CALLBACK.into()),
        ("callback->after.drop", 11, CALLBACK.into()),
        ("callback->drop+delay(1s)", 16, CALLBACK.into()),
        (
            "api->reset reset",
            12,
            "`;`, a new line, or the rest of this rule".into(),
        ),
        ("api->reset@", 12, GATES.into()),
        ("api->reset@n=1,x=2", 16, GATES.into()),
        (
            "api->reset@n=1,p=1,n=2",
            20,
            "a gate other than n, which is already used".into(),
        ),
        ("api->reset@n", 13, "`=`".into()),
        ("api->reset@n=0", 14, "a number from 1 to 1000000000".into()),
        (
            "api->reset@n=4..2",
            17,
            "a number from 4 to 1000000000".into(),
        ),
        (
            "api->reset@every=99999999999999999999999",
            18,
            "a number from 1 to 1000000000".into(),
        ),
        (
            "api->reset@p=1.1",
            14,
            "a probability from 0 to 1, with up to nine decimals".into(),
        ),
        (
            "api->reset@p=.5",
            14,
            "a probability from 0 to 1, with up to nine decimals".into(),
        ),
        (
            "api->reset@p=nan",
            14,
            "a probability from 0 to 1, with up to nine decimals".into(),
        ),
        (
            "api->reset@p=0.0000000001",
            14,
            "a probability from 0 to 1, with up to nine decimals".into(),
        ),
        ("api->reset@from=10", 17, TIME.into()),
        ("api->delay", 11, "`(`".into()),
        ("api->delay(2s", 14, "`)`".into()),
        ("api->delay(2 s)", 12, TIME.into()),
        ("api->delay(2w)", 12, TIME.into()),
        ("api->delay(-2s)", 12, TIME.into()),
        ("api->delay(367d)", 12, TIME.into()),
        ("api->delay(99999999999999999999d)", 12, TIME.into()),
        ("api->delay(9999999999999999999d)", 12, TIME.into()),
        ("api->delay(5s..2s)", 16, "a duration of 5s or more".into()),
        ("api->status(199)", 13, "a number from 200 to 599".into()),
        ("api->status(600)", 13, "a number from 200 to 599".into()),
        ("api->status(429,after=1s)", 17, "`retry-after`".into()),
        ("api->error(0)", 12, "a number from 1 to 99999".into()),
        (
            "api->truncate(101%)",
            15,
            "a percentage from 0 to 100".into(),
        ),
        (
            "api->truncate(2000000000)",
            15,
            "a number from 0 to 1073741824".into(),
        ),
        ("api->slow(0/s)", 11, "a number from 1 to 1073741824".into()),
        ("api->slow(5/m)", 13, "`s`".into()),
        ("api->limit(0/1s)", 12, "a number from 1 to 10000".into()),
        ("api->limit(5/0s)", 14, "a duration above zero".into()),
        ("callback->dup(0)", 15, "a number from 1 to 100".into()),
        (
            "callback->reorder(101)",
            19,
            "a number from 1 to 100".into(),
        ),
        ("callback->truncate(5%)", 21, "`)`".into()),
        (
            "callback->mutate(status=1)",
            18,
            "a JSON pointer such as /status".into(),
        ),
        (
            "callback->mutate(/status)",
            19,
            "a JSON pointer, then `=`".into(),
        ),
        ("callback->mutate(/status=)", 26, "a JSON value".into()),
        ("callback->mutate(/status=1e999)", 26, "a JSON value".into()),
        ("callback->mutate(/status=1 2)", 28, "`)`".into()),
        (
            "api[]->reset",
            5,
            "a key of api: amount, currency, email, id, mode, key".into(),
        ),
        (
            "api[ü=1]->reset",
            5,
            "a key of api: amount, currency, email, id, mode, key".into(),
        ),
        (
            "api[id=1,attempt=1]->reset",
            10,
            "a key of api: amount, currency, email, id, mode, key".into(),
        ),
        (
            "create[id=1]->reset",
            8,
            "a key of create: amount, currency, email, mode, key".into(),
        ),
        (
            "history[mode=s2s]->reset",
            9,
            "a key of history: key".into(),
        ),
        (
            "callback[key=1]->drop",
            10,
            "a key of callback: status, id, attempt".into(),
        ),
        (
            "api[id=1,id=2]->reset",
            10,
            "a key other than id, which is already used".into(),
        ),
        ("api[id 1]->reset", 8, "`=`".into()),
        ("api[id=]->reset", 8, "a value".into()),
        (
            "api[id=1->reset",
            8,
            "a number from 1 to 18446744073709551615".into(),
        ),
        (
            "api[id=0]->reset",
            8,
            "a number from 1 to 18446744073709551615".into(),
        ),
        (
            "api[id=+1]->reset",
            8,
            "a number from 1 to 18446744073709551615".into(),
        ),
        (
            r#"create[email="a, b"@n=1]->empty"#,
            20,
            "`,` or `]`".into(),
        ),
        ("api[mode=S2S]->reset", 10, "a mode: hosted, s2s".into()),
        (
            "api[amount=1.234]->reset",
            12,
            "an amount such as 42 or 15.40".into(),
        ),
        (
            "api[email=\"a]->reset",
            11,
            "a value, or a JSON string".into(),
        ),
        (
            "api[email=äöü,x=1]->reset",
            15,
            "a key of api: amount, currency, email, id, mode, key".into(),
        ),
        ("api->reset; \u{3000}ä", 14, SCOPES.into()),
    ] {
        let error = parse(text).expect_err(text);
        let is = (error.line, error.column, &*error.expected);
        assert_eq!(is, (1, column, expected.as_str()), "the plan {text:?}");
        assert_eq!(
            error.to_string(),
            format!("column {column}: expected {expected}")
        );
    }
}

#[test]
fn lists_the_gateways_statuses() {
    let error = parse("callback[status=invoice:payed]->drop").unwrap_err();
    assert_eq!(error.column, 17);
    for word in ["invoice:created", "invoice:paid", "invoice:expired"] {
        assert!(
            error.expected.contains(word),
            "{error} does not name {word}"
        );
    }
}

#[test]
fn reports_the_line_of_an_error() {
    let error = parse("# plan\ncreate->reset\n\n  status->explode\n").unwrap_err();
    assert_eq!((error.line, error.column), (4, 11));
    assert!(
        error
            .to_string()
            .starts_with("line 4, column 11: expected an action of status")
    );
}

#[test]
fn accepts_at_most_1000_rules() {
    let plan = |rules: usize| "api->reset\n".repeat(rules);
    assert!(parse(&plan(FaultPlan::MAX_RULES)).is_ok());
    for rules in [1001, 90_000] {
        let error = parse(&plan(rules)).unwrap_err();
        let says = "line 1001, column 1: expected the end of the plan, after 1000 rules";
        assert_eq!(error.to_string(), says, "{rules} rules");
    }
}
