use nft_invoice_sandbox::{FaultError, FaultPlan};
use proptest::prelude::*;

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn parses_what_it_writes(rules in prop::collection::vec(rule(), 0..5)) {
        let text = rules.join(";\n");
        let plan = parse(&text);
        prop_assert!(plan.is_ok(), "{text:?}: {}", plan.unwrap_err());
        let plan = plan.unwrap();
        let shown = plan.to_string();
        prop_assert_eq!(parse(&shown), Ok(plan.clone()));
        prop_assert_eq!(parse(&shown).unwrap().to_string(), shown);
        prop_assert_eq!(plan.is_empty(), rules.is_empty());
    }

    #[test]
    fn never_panics_on_any_text(text in prop_oneof![any::<String>(), pieces()]) {
        match parse(&text) {
            Ok(plan) => prop_assert_eq!(parse(&plan.to_string()), Ok(plan)),
            Err(error) => {
                let line = text.split('\n').nth(error.line - 1);
                let length = line.map(|line| line.chars().count());
                prop_assert!(length.is_some_and(|n| error.column <= n + 1), "{error} in {text:?}");
            }
        }
    }
}

fn parse(text: &str) -> Result<FaultPlan, FaultError> {
    text.parse()
}

/// Text from tokens of the grammar, mostly invalid.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "create",
        "api",
        "callback",
        "[",
        "]",
        "id",
        "amount",
        "email",
        "=",
        "->",
        "+",
        "@",
        ",",
        ";",
        "\n",
        " ",
        "#",
        "(",
        ")",
        "/",
        "..",
        "%",
        "delay",
        "status",
        "truncate",
        "mutate",
        "dup",
        "after.",
        "reset",
        "drop",
        "n",
        "p",
        "from",
        "1",
        "0.5",
        "99999999999999999999",
        "2s",
        "\"",
        "{",
        "null",
        "ü",
        "/s",
    ]);
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

fn span() -> impl Strategy<Value = String> {
    prop_oneof![
        (0..100_000u32).prop_map(|n| format!("{n}ms")),
        (0..100_000u32).prop_map(|n| format!("{n}s")),
        (0..9000u32).prop_map(|n| format!("{n}m")),
        (0..8000u32).prop_map(|n| format!("{n}h")),
        (0..=366u32).prop_map(|n| format!("{n}d")),
    ]
}

fn call_action() -> impl Strategy<Value = String> {
    let fixed = prop::sample::select(vec!["reset", "empty", "hang", "garbage", "badjson"]);
    let action = prop_oneof![
        fixed.prop_map(str::to_owned),
        span().prop_map(|d| format!("delay({d})")),
        span().prop_map(|d| format!("delay(0s..{d})")),
        (200..600u16).prop_map(|c| format!("status({c})")),
        ((200..600u16), span()).prop_map(|(c, d)| format!("status({c},retry-after={d})")),
        (1..100_000u32).prop_map(|c| format!("error({c})")),
        (0..1u32 << 30).prop_map(|n| format!("truncate({n})")),
        (0..=100u32).prop_map(|n| format!("truncate({n}%)")),
        (1..1u32 << 30).prop_map(|n| format!("slow({n}/s)")),
        ((1..10_000u32), 1..999u32).prop_map(|(n, s)| format!("limit({n}/{s}s)")),
    ];
    (prop::sample::select(vec!["", "before.", "after."]), action)
        .prop_map(|(when, a)| when.to_owned() + &a)
}

fn callback_action() -> impl Strategy<Value = String> {
    let fixed = prop::sample::select(vec!["drop", "badsig", "nosig", "wrongtype"]);
    prop_oneof![
        fixed.prop_map(str::to_owned),
        (1..=100u32).prop_map(|n| format!("dup({n})")),
        ((1..=100u32), span()).prop_map(|(n, d)| format!("dup({n},{d})")),
        span().prop_map(|d| format!("hold({d})")),
        (1..=100u32).prop_map(|n| format!("reorder({n})")),
        (0..1u32 << 30).prop_map(|n| format!("truncate({n})")),
        ("[a-z~/ )#]{0,9}", any::<f64>(), any::<String>())
            .prop_map(|(p, n, s)| format!("mutate(/{p}={})", serde_json::json!([n, { s: null }]))),
    ]
}

fn gates() -> impl Strategy<Value = String> {
    let gate = prop_oneof![
        (1..1000u32).prop_map(|n| format!("n={n}")),
        ((1..1000u32), 0..1000u32).prop_map(|(n, more)| format!("n={n}..{}", n + more)),
        (1..1000u32).prop_map(|n| format!("every={n}")),
        (1..1000u32).prop_map(|n| format!("first={n}")),
        (0..1_000_000_000u32).prop_map(|p| format!("p=0.{p:09}")),
        span().prop_map(|d| format!("from={d}")),
        span().prop_map(|d| format!("until={d}")),
    ];
    prop_oneof![
        Just(String::new()),
        gate.prop_map(|gate| format!("@{gate}"))
    ]
}

fn rule() -> impl Strategy<Value = String> {
    let quoted = any::<String>().prop_map(|text| serde_json::Value::from(text).to_string());
    let calls = prop_oneof![
        Just("create".to_owned()),
        quoted.prop_map(|email| format!("api[email={email}]")),
        (1..u64::MAX).prop_map(|id| format!("status[id={id},mode=s2s]")),
        (0..99_999u32).prop_map(|cents| format!("s2s[amount={}.{:02}]", cents / 100, cents % 100)),
    ];
    let callbacks = prop::sample::select(vec!["callback", "callback[status=paid,attempt=2]"]);
    prop_oneof![
        (calls, prop::collection::vec(call_action(), 1..4), gates())
            .prop_map(|(scope, actions, gates)| format!("{scope}->{}{gates}", actions.join("+"))),
        (
            callbacks,
            prop::collection::vec(callback_action(), 1..4),
            gates()
        )
            .prop_map(|(scope, actions, gates)| format!("{scope}->{}{gates}", actions.join("+"))),
    ]
}
