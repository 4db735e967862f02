//! Faults on the connection, checked to the byte.

use std::io::ErrorKind;
use std::net::Shutdown;

use nft_invoice_sandbox::Activity;
use serde_json::{Value, json};

use crate::client::{STATUS, create, hosted, s2s, with};
use crate::met::{
    S2S_CARD, ask, create_request, meet, next_request, read_out, request, wait_for_fault, with_plan,
};

/// A valid request for each scope of calls.
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

#[test]
fn applies_every_action_to_every_scope() {
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
                assert_eq!(sandbox.fault_rules()[0].matched, 1, "{plan}");
            }
        }
    }
}

#[test]
fn truncates_to_the_exact_byte() {
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
fn ends_a_hang_when_the_sandbox_stops() {
    for action in ["hang", "after.hang"] {
        let sandbox = with_plan(&format!("create->{action}"));
        let mut activities = sandbox.subscribe();
        let socket = ask(&sandbox, &create_request(&hosted()));
        assert_eq!(next_request(&mut activities).fault.as_deref(), Some(action));
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
fn frees_the_connection_of_a_hang_when_the_client_disconnects() {
    let sandbox = with_plan("status->hang");
    let mut activities = sandbox.subscribe();
    // The second request is pipelined, and hyper does not read it.
    let requests = request("GET", "/api/invoice/status/?id=1", "")
        .repeat(2)
        .replace("close", "keep-alive");
    for _ in 0..300 {
        let socket = ask(&sandbox, &requests);
        assert_eq!(next_request(&mut activities).fault.as_deref(), Some("hang"));
        drop(socket);
    }
    assert_eq!(
        create(&sandbox, &hosted()).code(),
        0,
        "all 256 connections are in use"
    );
}

#[test]
fn delays_a_call_before_it_runs() {
    let sandbox = with_plan("create->delay(366d)@n=1");
    let _waiting = ask(&sandbox, &create_request(&hosted()));
    wait_for_fault(&sandbox);
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
fn delays_only_the_response_after_the_call() {
    let sandbox = with_plan("create->after.delay(366d)");
    let mut activities = sandbox.subscribe();
    let socket = ask(&sandbox, &create_request(&hosted()));
    let first = activities.next().expect("an invoice event");
    assert!(matches!(first, Activity::Invoice(_)), "{first}");
    drop(sandbox);
    assert!(
        read_out(socket).bytes.is_empty(),
        "the response was not delayed"
    );
}

#[test]
fn completes_a_call_when_its_client_disconnects() {
    let sandbox = with_plan("create->delay(50ms)");
    let mut activities = sandbox.subscribe();
    let socket = ask(&sandbox, &create_request(&hosted()));
    wait_for_fault(&sandbox);
    socket.shutdown(Shutdown::Both).unwrap();
    drop(socket);
    let told = activities
        .next()
        .expect("the invoice is created all the same");
    assert!(matches!(told, Activity::Invoice(_)), "{told}");
}

#[test]
fn keeps_the_connection_after_a_slow_response() {
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
fn sends_no_body_for_statuses_without_one() {
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
fn does_not_truncate_an_interim_response() {
    let sandbox = with_plan("create->truncate(3)");
    let request =
        create_request(&hosted()).replace("Connection", "Expect: 100-continue\r\nConnection");
    let (interim, response) = meet(&sandbox, &request).head_and_body();
    assert_eq!(interim, "HTTP/1.1 100 Continue");
    assert!(response.ends_with("\r\n\r\n{\"e"), "{response}");
}
