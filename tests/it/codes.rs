//! One table of the documented error codes, keyed by call and code: what core knows must be it, and the sandbox
//! must answer each of its rows.

use std::collections::BTreeSet;

use nft_invoice::{
    Call, Mode, ResponseError, decode_create, decode_history, decode_info, decode_status,
    documented_codes,
};
use nft_invoice_sandbox::{Sandbox, SandboxBuilder};
use serde_json::{Value, json};

use crate::support::{HOSTED, raw};

const TABLE: &str = include_str!("../data/codes.json");

fn table() -> Vec<(Call, i64, String)> {
    let rows: Vec<Value> = serde_json::from_str(TABLE).expect("the table is JSON");
    let row = |row: Value| {
        let call = Call::ALL
            .into_iter()
            .find(|call| row["call"] == call.as_str())
            .expect("a call");
        let code = row["code"]
            .as_u64()
            .and_then(|code| i64::try_from(code).ok())
            .expect("a code");
        (
            call,
            code,
            row["says"].as_str().expect("a word").to_lowercase(),
        )
    };
    rows.into_iter().map(row).collect()
}

#[test]
fn core_knows_exactly_the_documented_codes() {
    let ours: BTreeSet<(&str, i64)> = Call::ALL
        .into_iter()
        .flat_map(|call| {
            documented_codes(call)
                .iter()
                .map(move |row| (call.as_str(), row.code))
        })
        .collect();
    let table = table();
    let documented: BTreeSet<(&str, i64)> = table
        .iter()
        .map(|(call, code, _)| (call.as_str(), *code))
        .collect();
    assert_eq!(ours, documented);
    for (call, code, says) in &table {
        let row = documented_codes(*call)
            .iter()
            .find(|row| row.code == *code)
            .expect("it is there");
        let meaning = row.meaning.to_lowercase();
        assert!(
            meaning.contains(says),
            "{call} {code} means {meaning:?}, which does not speak of {says:?}"
        );
        assert!(
            !row.what_to_do.is_empty(),
            "{call} {code} does not say what to do"
        );
    }
}

#[test]
fn core_reads_each_documented_rejection_of_the_sandbox() {
    for (call, code, _) in table() {
        let (builder, key, member, query) = provocation(call, code);
        let sandbox = builder.start_blocking().expect("a sandbox starts");
        let key = key.unwrap_or_else(|| Some(sandbox.api_key().to_owned()));
        let mut body: Value = serde_json::from_str(HOSTED).expect("the example is JSON");
        if let Some((name, value)) = member {
            body[name] = value;
        }
        let (method, path, body) = match call {
            Call::Create => ("POST", "/api/btn-create-invoice/get/", body.to_string()),
            Call::Status => ("GET", "/api/invoice/status/", String::new()),
            Call::Info => ("GET", "/api/client-invoice-info/get/", String::new()),
            _ => ("GET", sandbox.history_path(), String::new()),
        };
        if code == 50011 && call != Call::Create {
            // The invoice of another merchant.
            raw(
                sandbox.base_url(),
                "POST",
                "/api/btn-create-invoice/get/",
                Some("other"),
                HOSTED,
            );
        }
        let answer = raw(
            sandbox.base_url(),
            method,
            &format!("{path}{query}"),
            key.as_deref(),
            &body,
        );
        let error = match call {
            Call::Create => decode_create(&answer, Mode::Hosted, &[]).expect_err("a refusal"),
            Call::Status => decode_status(&answer).expect_err("a refusal"),
            Call::Info => decode_info(&answer).expect_err("a refusal"),
            _ => decode_history(&answer).expect_err("a refusal"),
        };
        let ResponseError::Rejected(rejection) = error else {
            panic!("{call} {code}: core cannot read the sandbox's refusal: {error}");
        };
        assert_eq!((rejection.call(), rejection.code()), (call, code));
        assert!(
            rejection.documented().is_some(),
            "{call} {code} is documented"
        );
    }
}

type Provocation = (
    SandboxBuilder,
    Option<Option<String>>,
    Option<(&'static str, Value)>,
    &'static str,
);

/// A sandbox, a key in place of the right one, a member of the body, and a query that lead to `code`.
fn provocation(call: Call, code: i64) -> Provocation {
    let builder = Sandbox::builder();
    let query = if matches!(call, Call::Status | Call::Info) {
        "?id=1"
    } else {
        ""
    };
    let with = |name, value| {
        (
            Sandbox::builder().amount_limits("1", "5000"),
            None,
            Some((name, value)),
            query,
        )
    };
    match (call, code) {
        (_, 50001) => (builder, Some(None), None, query),
        (_, 50007) => (builder, Some(Some("wrong".into())), None, query),
        (_, 50010) => (builder.allowed_ips([]), None, None, query),
        (_, 50006) => (
            builder.allowed_ips(["192.0.2.1".parse().expect("an address")]),
            None,
            None,
            query,
        ),
        (Call::Create, 50002) => with("email", json!(null)),
        (Call::Create, 50003) => with("amount", json!(null)),
        (Call::Create, 50004) => with("devise", json!(null)),
        (Call::Create, 50005) => with("email", json!("nobody")),
        (Call::Create, 50008) => (builder.wallet_active(false), None, None, query),
        (Call::Create, 50009) => with("devise", json!("QQQ")),
        (Call::Create, 50011) => with("amount", json!("5000.01")),
        (Call::Create, 50012) => with("amount", json!("0.99")),
        (Call::Status | Call::Info, 50002) => (builder, None, None, ""),
        (Call::Status | Call::Info, 50011) => (builder.add_merchant("other"), None, None, query),
        (Call::History, 50012) => (builder, None, None, "?order=SIDEWAYS"),
        _ => panic!("no provocation for {call} {code}: add one"),
    }
}
