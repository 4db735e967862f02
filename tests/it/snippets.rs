//! The dashboard's sample programs, each run against a sandbox.

use std::io::Write;
use std::process::{Command, Stdio};

use nft_invoice::{ApiKey, Config, Currency, Expected, blocking};
use nft_invoice_sandbox::{CallbackSink, ReceivedCallback, Sandbox, TestCard};

const CURL: &str = include_str!("../../crates/nft-invoice-sandbox/samples/curl.sh");
const PYTHON: &str = include_str!("../../crates/nft-invoice-sandbox/samples/python.py");
const NODE: &str = include_str!("../../crates/nft-invoice-sandbox/samples/node.mjs");

mod rust {
    include!("../../crates/nft-invoice-sandbox/samples/rust.rs");

    pub fn run() {
        main().expect("the sample runs");
    }
}

/// The secret holds characters that only careful quoting survives.
const SECRET: &str = "sandbox's \"secret\" $HOME";

/// What running a sample left behind.
struct Sold {
    out: String,
    sandbox: Sandbox,
    callback: ReceivedCallback,
}

impl Sold {
    fn pay(&self) {
        let page = self.sandbox.invoices().only().checkout();
        page.pay(TestCard::PAID).wait().expect("it is paid");
    }
}

/// Runs a program with the settings of a new sandbox, which keeps running.
fn run(command: &mut Command, input: &str, reference: &str) -> Sold {
    let sink = CallbackSink::start().expect("a receiver");
    let sandbox = Sandbox::builder()
        .callback(sink.url())
        .callback_secret(SECRET)
        .start_blocking()
        .expect("a sandbox");
    let out = with_input(connect(command, &sandbox), input.as_bytes());
    let page = sandbox.invoices().only().checkout().url().expect("a page");
    assert!(
        out.contains(&page),
        "{reference} shows no payment page: {out}"
    );
    let found = sandbox.invoices().with_reference(reference);
    assert_eq!(found.len(), 1, "no invoice {reference}");
    sandbox
        .wait_callback("invoice:created")
        .wait()
        .expect("a callback");
    let callback = sink.received().pop().expect("a callback");
    Sold {
        out,
        sandbox,
        callback,
    }
}

/// Sets the variables that the samples read.
fn connect<'a>(command: &'a mut Command, sandbox: &Sandbox) -> &'a mut Command {
    command
        .env("NFT_INVOICE_BASE_URL", sandbox.base_url())
        .env("NFT_INVOICE_API_KEY", sandbox.api_key())
        .env("NFT_INVOICE_HISTORY_PATH", sandbox.history_path())
}

/// What a program that must succeed prints.
fn with_input(command: &mut Command, input: &[u8]) -> String {
    let mut child = command
        .env("NFT_INVOICE_CALLBACK_SECRET", SECRET)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{command:?}: {error}"));
    let mut stdin = child.stdin.take().expect("it is piped");
    stdin.write_all(input).expect("it reads");
    drop(stdin);
    let ended = child.wait_with_output().expect("it ends");
    assert!(ended.status.success(), "{command:?} failed");
    String::from_utf8(ended.stdout).expect("it prints text")
}

/// The sample reads its settings from the environment, so this test runs itself as another process.
#[test]
fn the_rust_sample_runs_and_reads_a_callback() {
    const ROLE: &str = "NFT_INVOICE_TEST_ROLE";
    match std::env::var(ROLE).as_deref() {
        Ok("sell") => return rust::run(),
        Ok(signature) => return read_a_callback(signature),
        Err(_) => {}
    }
    let this = std::env::current_exe().expect("a path");
    let again = |role: &str| {
        let mut command = Command::new(&this);
        let name = "snippets::the_rust_sample_runs_and_reads_a_callback";
        command
            .args(["--exact", name, "--nocapture"])
            .env(ROLE, role);
        command
    };
    let sold = run(&mut again("sell"), "", "order-rust");
    assert!(
        sold.out.contains("invoice 1: invoice:created"),
        "{}",
        sold.out
    );
    sold.pay();
    let callback = &sold.callback;
    let mut read = again(callback.signature());
    with_input(connect(&mut read, &sold.sandbox), &callback.body);
}

fn read_a_callback(signature: &str) {
    let body = std::io::read_to_string(std::io::stdin()).expect("a callback");
    let callback = rust::read_callback(signature, body.as_bytes()).expect("it is genuine");
    let reference = callback.reference().expect("a reference");
    assert_eq!(reference.as_str(), "order-rust");
    assert!(rust::read_callback(&format!("{signature}00"), body.as_bytes()).is_err());

    let variable = |name| std::env::var(name).expect("it is set");
    let key = ApiKey::new(variable("NFT_INVOICE_API_KEY")).expect("a key");
    let config = Config::new(variable("NFT_INVOICE_BASE_URL"), key);
    let client = blocking::Client::new(config).expect("a client");
    let is_paid = |amount: &str| {
        let expected = Expected {
            amount: amount.parse().expect("an amount"),
            currency: Currency::Usd,
            reference: reference.clone(),
        };
        rust::is_paid(&client, &callback, &expected).expect("infos")
    };
    assert!(is_paid("15.04") && !is_paid("15.05"));
}

#[test]
#[ignore = "needs curl"]
fn the_curl_sample_runs() {
    let Sold { out, .. } = run(Command::new("sh").arg("-e"), CURL, "order-curl");
    assert!(out.contains(r#""id":"1""#), "{out}");
}

#[test]
#[ignore = "needs Python"]
fn the_python_sample_runs_and_checks_a_signature() {
    let sold = run(Command::new("python3").arg("-"), PYTHON, "order-python");
    assert!(sold.out.contains("invoice 1: UNPAID"), "{}", sold.out);
    sold.pay();
    let (check, _) = PYTHON
        .split_once("\ncreated = ")
        .expect("the functions come first");
    let check = format!(
        "{check}\nimport sys\nbody = sys.stdin.buffer.read()\n\
         assert is_genuine(body, sys.argv[1]) and not is_genuine(body + b'x', sys.argv[1])\n\
         assert is_paid(1, 'order-python', '15.040')\n\
         assert not is_paid(1, 'order-python', '15.05') and not is_paid('1', 'order-other', '15.04')\n"
    );
    let mut command = Command::new("python3");
    command.args(["-c", &check, sold.callback.signature()]);
    with_input(connect(&mut command, &sold.sandbox), &sold.callback.body);
}

#[test]
#[ignore = "needs Node"]
fn the_node_sample_runs_and_checks_a_signature() {
    let arguments = ["--input-type=module", "-"];
    let sold = run(Command::new("node").args(arguments), NODE, "order-node");
    assert!(sold.out.contains("invoice 1: UNPAID"), "{}", sold.out);
    sold.pay();
    let (check, _) = NODE
        .split_once("\nconst created = ")
        .expect("the functions come first");
    let check = format!(
        "{check}\nconst body = Buffer.from('{}', 'hex');\n\
         if (!isGenuine(body, '{signature}') || isGenuine(body, '{signature}0')) process.exit(1);\n\
         if (!await isPaid(1, 'order-node', '15.040') || await isPaid(1, 'order-node', '15.05')\
         || await isPaid('1', 'order-other', '15.04')) process.exit(2);\n",
        hex(&sold.callback.body),
        signature = sold.callback.signature(),
    );
    let mut command = Command::new("node");
    let command = connect(command.args(arguments), &sold.sandbox);
    with_input(command, check.as_bytes());
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
