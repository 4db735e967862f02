use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::mpsc::Receiver;
use std::time::Duration;

use nft_invoice_sandbox::{Activity, InvoiceState, RequestRecord, Sandbox};
use serde_json::{Value, json};

use crate::client::{
    CREATE, HISTORY, INFOS, STATUS, address, create, get, hosted, open, page_of, press, s2s, send,
    start, with,
};

const S2S_CARD: &str = "4242424242424242";
/// Only so that a sandbox that does nothing fails the test.
const PATIENCE: Duration = Duration::from_secs(30);

/// What came of a request, down to the last byte and how it ended.
#[derive(Debug)]
struct Met {
    bytes: Vec<u8>,
    end: Result<(), ErrorKind>,
}

impl Met {
    fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    #[track_caller]
    fn head_and_body(&self) -> (String, String) {
        let text = self.text();
        let parts = text.split_once("\r\n\r\n");
        let (head, body) = parts.unwrap_or_else(|| panic!("no head in {self:?}"));
        (head.to_owned(), body.to_owned())
    }

    fn status(&self) -> Option<u16> {
        let text = self.text();
        let (_, rest) = text.strip_prefix("HTTP/1.1")?.split_once(' ')?;
        rest.get(..3)?.parse().ok()
    }
}

fn connect(sandbox: &Sandbox) -> TcpStream {
    let socket = TcpStream::connect(address(sandbox)).expect("the sandbox accepts");
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
}

fn ask(sandbox: &Sandbox, request: &str) -> TcpStream {
    let mut socket = connect(sandbox);
    socket.write_all(request.as_bytes()).unwrap();
    socket
}

fn read_out(mut socket: TcpStream) -> Met {
    let mut bytes = Vec::new();
    let end = socket
        .read_to_end(&mut bytes)
        .map(|_| ())
        .map_err(|e| e.kind());
    Met { bytes, end }
}

fn meet(sandbox: &Sandbox, request: &str) -> Met {
    read_out(ask(sandbox, request))
}

fn request(method: &str, target: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "{method} {target} HTTP/1.1\r\nHost: sandbox\r\nAPI-KEY: sandbox-key\r\nConnection: close\r\n\
         Content-Length: {length}\r\n\r\n{body}"
    )
}

fn create_request(body: &Value) -> String {
    request("POST", CREATE, &body.to_string())
}

/// A request for each scope of calls, which is answered when nothing goes wrong with it.
fn calls() -> [(&'static str, String); 6] {
    [
        ("create", create_request(&hosted())),
        ("s2s", create_request(&s2s(S2S_CARD))),
        ("status", request("GET", "/api/invoice/status/?id=1", "")),
        (
            "infos",
            request("GET", "/api/client-invoice-info/get/?id=1", ""),
        ),
        (
            "history",
            request("GET", "/api/invoice/history/?status=ALL", ""),
        ),
        ("api", create_request(&hosted())),
    ]
}

/// A sandbox that has one invoice, and then this plan.
fn with_plan(plan: &str) -> Sandbox {
    let sandbox = start(Sandbox::builder());
    assert_eq!(create(&sandbox, &hosted()).code(), 0);
    sandbox
        .set_faults(plan)
        .unwrap_or_else(|error| panic!("{plan}: {error}"));
    sandbox
}

/// The next request that is answered, or is not.
fn next_request(activities: &Receiver<Activity>) -> RequestRecord {
    loop {
        let activity = activities.recv_timeout(PATIENCE);
        if let Activity::Request(record) = activity.expect("a request is told") {
            return record;
        }
    }
}

#[test]
fn every_action_on_every_scope_of_calls() {
    for moment in ["", "after."] {
        for (scope, request) in calls() {
            for action in [
                "delay(1ms)",
                "delay(0s..1ms)",
                "status(503)",
                "status(429,retry-after=1500ms)",
                "error(50001)",
                "reset",
                "empty",
                "garbage",
                "badjson",
                "truncate(1)",
                "truncate(50%)",
                "slow(1000000/s)",
                "limit(1/1s)",
            ] {
                let plan = format!("{scope}->{moment}{action}");
                let sandbox = with_plan(&plan);
                let met = meet(&sandbox, &request);
                let status = met.status();
                let fine = match action {
                    "delay(1ms)" | "delay(0s..1ms)" | "slow(1000000/s)" | "limit(1/1s)" => {
                        status == Some(200)
                            && met.head_and_body().1.starts_with(r#"{"errorCode":0"#)
                    }
                    "status(503)" => status == Some(503),
                    "status(429,retry-after=1500ms)" => {
                        status == Some(429) && met.head_and_body().0.contains("retry-after: 2")
                    }
                    "error(50001)" => met
                        .head_and_body()
                        .1
                        .contains(r#""errorCode":50001,"errorMessage":"API-KEY"#),
                    "reset" => met.bytes.is_empty() && met.end == Err(ErrorKind::ConnectionReset),
                    "empty" => met.bytes.is_empty() && met.end == Ok(()),
                    "garbage" => !met.bytes.is_empty() && status.is_none() && met.end == Ok(()),
                    "badjson" => {
                        let (head, body) = met.head_and_body();
                        let no_json = serde_json::from_str::<Value>(&body).is_err();
                        status == Some(200) && head.contains("application/json") && no_json
                    }
                    "truncate(1)" => status == Some(200) && met.head_and_body().1 == "{",
                    _ => {
                        let (head, body) = met.head_and_body();
                        let half = format!("content-length: {}\r\n", body.len() * 2);
                        let odd = format!("content-length: {}\r\n", body.len() * 2 + 1);
                        status == Some(200) && (head.contains(&half) || head.contains(&odd))
                    }
                };
                assert!(
                    fine,
                    "{plan} met {:?} and ended with {:?}",
                    met.text(),
                    met.end
                );
                assert_eq!(sandbox.fault_rules()[0].matched(), 1, "{plan}");
            }
        }
    }
}

#[test]
fn before_leaves_nothing_and_after_leaves_the_invoice() {
    for action in [
        "reset",
        "empty",
        "garbage",
        "badjson",
        "status(500)",
        "error(50008)",
    ] {
        for (scope, request, state) in [
            ("create", create_request(&hosted()), InvoiceState::Created),
            ("s2s", create_request(&s2s(S2S_CARD)), InvoiceState::Paid),
        ] {
            let faulty = |plan: &str| start(Sandbox::builder().faults(plan).unwrap());
            let sandbox = faulty(&format!("{scope}->{action}@n=1"));
            meet(&sandbox, &request);
            assert!(
                sandbox.invoices().is_empty(),
                "{scope}->{action} left an invoice"
            );

            let sandbox = faulty(&format!("{scope}->after.{action}@n=1"));
            meet(&sandbox, &request);
            let invoice = sandbox.invoices().only();
            assert_eq!(invoice.state(), state, "{scope}->after.{action}");
        }
    }
}

#[test]
fn a_lost_answer_leaves_exactly_one_invoice() {
    let sandbox = start(
        Sandbox::builder()
            .faults("create->after.reset@n=1")
            .unwrap(),
    );
    let lost = meet(&sandbox, &create_request(&hosted()));
    assert_eq!(
        (lost.bytes.len(), lost.end),
        (0, Err(ErrorKind::ConnectionReset))
    );
    assert_eq!(sandbox.invoices().only().state(), InvoiceState::Created);

    assert_eq!(
        create(&sandbox, &hosted()).code(),
        0,
        "only the first is lost"
    );
    assert_eq!(sandbox.invoices().len(), 2);
    let rule = &sandbox.fault_rules()[0];
    assert_eq!(rule.text(), "create->after.reset@n=1");
    assert_eq!((rule.matched(), rule.fired()), (2, 1));

    let requests = sandbox.requests();
    let told: Vec<_> = requests.iter().map(ToString::to_string).collect();
    assert_eq!(
        told,
        [
            "POST create: no answer (fault after.reset)",
            "POST create: HTTP 200"
        ]
    );
    assert_eq!(
        (requests[0].http_status(), requests[0].fault()),
        (None, Some("after.reset"))
    );
}

#[test]
fn a_cut_is_exact_to_the_byte() {
    let request = request("GET", "/api/invoice/status/?id=1", "");
    let whole = meet(&with_plan(""), &request);
    let (head, body) = whole.head_and_body();
    let length = body.len();
    for (cut, left) in [
        ("0".to_owned(), 0),
        ("1".to_owned(), 1),
        ((length - 1).to_string(), length - 1),
        (length.to_string(), length),
        ((length + 1).to_string(), length),
        ("0%".to_owned(), 0),
        ("50%".to_owned(), length / 2),
        ("99%".to_owned(), length * 99 / 100),
        ("100%".to_owned(), length),
    ] {
        let met = meet(&with_plan(&format!("status->truncate({cut})")), &request);
        let (cut_head, cut_body) = met.head_and_body();
        assert_eq!(cut_body, body[..left], "truncate({cut}) of {length} bytes");
        assert_eq!(
            cut_head.len(),
            head.len(),
            "truncate({cut}) leaves the head alone"
        );
        assert_eq!(met.end, Ok(()), "truncate({cut}) ends in order");
    }
}

#[test]
fn a_hang_ends_with_the_sandbox() {
    for action in ["hang", "after.hang"] {
        let sandbox = with_plan(&format!("create->{action}"));
        let activities = sandbox.subscribe();
        let socket = ask(&sandbox, &create_request(&hosted()));
        assert_eq!(next_request(&activities).fault(), Some(action));
        assert_eq!(
            sandbox.invoices().len(),
            if action == "hang" { 1 } else { 2 }
        );
        sandbox.shutdown();
        let met = read_out(socket);
        assert!(met.bytes.is_empty(), "{action} met {:?}", met.text());
    }
}

#[test]
fn a_hang_keeps_no_place_once_the_client_has_gone() {
    let sandbox = with_plan("status->hang");
    let activities = sandbox.subscribe();
    // What comes after the request is a pipelined one, which hyper does not look at.
    let requests = request("GET", "/api/invoice/status/?id=1", "")
        .repeat(2)
        .replace("close", "keep-alive");
    for _ in 0..300 {
        let socket = ask(&sandbox, &requests);
        assert_eq!(next_request(&activities).fault(), Some("hang"));
        drop(socket);
    }
    assert_eq!(
        create(&sandbox, &hosted()).code(),
        0,
        "no place of the 256 is free"
    );
}

#[test]
fn a_delay_before_the_call_holds_it_back() {
    let sandbox = with_plan("create->delay(366d)@n=1");
    let _waiting = ask(&sandbox, &create_request(&hosted()));
    while sandbox.fault_rules()[0].fired() == 0 {
        std::thread::yield_now();
    }
    assert_eq!(
        create(&sandbox, &with(hosted(), json!({ "amount": 7 }))).code(),
        0
    );
    let amounts: Vec<_> = sandbox.invoices().iter().map(|one| one.amount()).collect();
    assert_eq!(
        amounts,
        ["15.40", "7"],
        "the one that waits is not created yet"
    );
}

#[test]
fn a_delay_after_the_call_holds_only_the_answer_back() {
    let sandbox = with_plan("create->after.delay(366d)");
    let activities = sandbox.subscribe();
    let socket = ask(&sandbox, &create_request(&hosted()));
    let first = activities
        .recv_timeout(PATIENCE)
        .expect("the invoice is told");
    assert!(matches!(first, Activity::Invoice(_)), "{first}");
    drop(sandbox);
    assert!(read_out(socket).bytes.is_empty(), "the answer did not wait");
}

#[test]
fn a_call_is_carried_out_though_its_client_has_gone() {
    let sandbox = with_plan("create->delay(50ms)");
    let activities = sandbox.subscribe();
    let socket = ask(&sandbox, &create_request(&hosted()));
    while sandbox.fault_rules()[0].fired() == 0 {
        std::thread::yield_now();
    }
    socket.shutdown(Shutdown::Both).unwrap();
    drop(socket);
    let told = activities
        .recv_timeout(PATIENCE)
        .expect("the invoice is created all the same");
    assert!(matches!(told, Activity::Invoice(_)), "{told}");
}

#[test]
fn a_connection_goes_on_after_an_answer_that_was_only_slow() {
    let sandbox = with_plan("status->slow(1000000/s)+truncate(100%)@n=1; status->after.empty@n=3");
    let request = request("GET", "/api/invoice/status/?id=1", "").replace("close", "keep-alive");
    let met = meet(&sandbox, &request.repeat(3));
    assert_eq!(
        met.text().matches(r#""status":"invoice:created""#).count(),
        2,
        "{met:?}"
    );
    assert_eq!(met.end, Ok(()));
}

#[test]
fn a_limit_answers_429_and_creates_nothing() {
    let sandbox = with_plan("create->limit(2/90s)");
    for status in [200, 200, 429, 429] {
        let answer = create(&sandbox, &hosted());
        assert_eq!(answer.status, status);
        let wait = answer.header("retry-after");
        assert_eq!(
            wait,
            (status == 429).then_some("90"),
            "the clock stands still"
        );
    }
    assert_eq!(sandbox.invoices().len(), 3);
}

#[test]
fn an_error_is_answered_as_a_refusal() {
    for (scope, target, code, message) in [
        (
            "status",
            STATUS,
            50011,
            "this invoice belongs to another merchant",
        ),
        (
            "history",
            HISTORY,
            50012,
            "invalid order, must be ASC or DESC",
        ),
        ("infos", INFOS, 50099, "an error occurred"),
    ] {
        let strict = Sandbox::builder().assume("error-status", "400");
        for (builder, status) in [(Sandbox::builder(), 200), (strict, 400)] {
            let sandbox = start(builder.faults(format!("{scope}->error({code})")).unwrap());
            let answer = get(&sandbox, target);
            assert_eq!(
                answer.json(),
                json!({ "errorCode": code, "errorMessage": message })
            );
            assert_eq!(answer.status, status, "{scope}");
            assert_eq!(sandbox.requests()[0].error_code(), Some(code));
        }
    }
}

#[test]
fn statuses_without_a_body_have_none() {
    for status in [204, 205, 304] {
        let sandbox = with_plan(&format!("status->status({status})"));
        let met = meet(&sandbox, &request("GET", STATUS, ""));
        assert_eq!(
            (met.status(), met.head_and_body().1.as_str()),
            (Some(status), "")
        );
    }
}

#[test]
fn selectors_look_at_what_a_call_says() {
    let sale = with(hosted(), json!({ "amount": "42.00" }));
    let (hosted, s2s) = (create_request(&sale), create_request(&s2s(S2S_CARD)));
    let read = |target: &str| request("GET", target, "");
    let other = |request: &str| request.replace("sandbox-key", "other");
    for (selector, request, struck) in [
        ("create[amount=42]", &hosted, true),
        ("create[amount=42.01]", &hosted, false),
        ("api[email=a@b.example,currency=USD]", &hosted, true),
        ("api[email=b@b.example]", &hosted, false),
        ("api[currency=EUR]", &hosted, false),
        ("create[mode=hosted]", &hosted, true),
        ("create[mode=s2s]", &hosted, false),
        ("create[mode=s2s]", &s2s, true),
        ("s2s", &hosted, false),
        ("create[key=1]", &hosted, true),
        ("create[key=2]", &hosted, false),
        ("create[key=2]", &other(&hosted), true),
        ("history[key=2]", &other(&read(HISTORY)), true),
        (
            "history[key=1]",
            &read(HISTORY).replace("sandbox-key", "unknown"),
            false,
        ),
        ("status[id=1]", &read("/api/invoice/status/?id=1"), true),
        ("status[id=2]", &read("/api/invoice/status/?id=1"), false),
        ("status[id=2]", &read("/api/invoice/status/?id=2"), false),
        (
            "infos[amount=15.40,mode=hosted]",
            &read("/api/client-invoice-info/get/?id=1"),
            true,
        ),
        (
            "infos[mode=s2s]",
            &read("/api/client-invoice-info/get/?id=1"),
            false,
        ),
        ("api", &read("/api/elsewhere/"), false),
    ] {
        let sandbox = start(Sandbox::builder().other_merchant("other"));
        create(&sandbox, &crate::client::hosted());
        sandbox
            .set_faults(format!("{selector}->status(599)"))
            .unwrap();
        let met = meet(&sandbox, request);
        assert_eq!(met.status() == Some(599), struck, "{selector} on {request}");
    }
}

#[test]
fn the_page_has_faults_of_its_own() {
    let sandbox = start(Sandbox::builder());
    let page = page_of(&sandbox, &create(&sandbox, &hosted()));
    let show = request("GET", &page, "");
    let state = || sandbox.invoices().only().state();

    sandbox
        .set_faults("checkout[id=1,key=1]->reset@n=1; checkout->after.reset@n=2")
        .unwrap();
    let style = send(&sandbox, "GET", "/widget/sale/style.css", &[], "");
    assert_eq!(style.status, 200, "the page's style sheet is left alone");
    assert_eq!(meet(&sandbox, &show).end, Err(ErrorKind::ConnectionReset));
    assert_eq!(state(), InvoiceState::Created);
    assert_eq!(meet(&sandbox, &show).end, Err(ErrorKind::ConnectionReset));
    assert_eq!(state(), InvoiceState::Opened);

    open(&sandbox, &page);
    sandbox
        .set_faults("checkout->after.status(502)@n=2")
        .unwrap();
    assert_eq!(press(&sandbox, &page, "decline", "").status, 502);
    assert_eq!(state(), InvoiceState::Failed, "the form did its work");
}

#[test]
fn a_plan_takes_the_place_of_another_and_a_wrong_one_does_not() {
    let sandbox = with_plan("status->status(503)");
    let target = "/api/invoice/status/?id=1";
    assert_eq!(get(&sandbox, target).status, 503);
    let error = sandbox
        .set_faults("status->status(503); nothing")
        .unwrap_err();
    assert_eq!(error.column(), 22);
    assert_eq!(get(&sandbox, target).status, 503, "the plan in force stays");
    sandbox.set_faults("").unwrap();
    assert_eq!(get(&sandbox, target).status, 200);
    assert!(sandbox.fault_rules().is_empty());
    assert!(Sandbox::builder().faults("create->").is_err());
}

#[test]
fn of_several_faults_the_first_on_a_side_decides() {
    for (plan, status) in [
        ("status->status(501)+status(502)", 501),
        ("status->status(501); api->status(502)", 501),
        ("api->status(502); status->status(501)", 502),
        ("status->status(501)+after.status(502)", 502),
        (
            "status->delay(1ms)+status(501)+delay(1ms)+slow(1000000/s)",
            501,
        ),
    ] {
        assert_eq!(get(&with_plan(plan), STATUS).status, status, "{plan}");
    }
}

#[test]
fn the_same_seed_makes_the_same_calls_fail() {
    let outcomes = |seed| {
        let plan = "status->status(503)@p=0.5";
        let sandbox = start(Sandbox::builder().seed(seed).faults(plan).unwrap());
        let calls = (0..40).map(|_| get(&sandbox, STATUS).status);
        calls.collect::<Vec<_>>()
    };
    assert_eq!(outcomes(7), outcomes(7));
    assert_ne!(outcomes(7), outcomes(8));
}
