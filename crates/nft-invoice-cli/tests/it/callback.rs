use nft_invoice_sandbox::{CallbackSink, InvoiceState, Sandbox};

use crate::running::Running;
use crate::{Files, HOSTED, end, program, run};

/// HMAC-SHA256 of the body with the key `secret`, calculated with another library (Python).
const SIGNATURE: &str = "58faee83ab530a619c97c2383e3ce632d64aa2111949642cd92d97af67b2c8fe";
const BODY: &str = r#"{"id":7,"status":"invoice:paid","devise":"USD","amount":15.04}"#;

#[test]
fn verify_tells_a_right_signature_from_a_wrong_one() {
    let files = Files::new();
    let secret = files.write("secret.txt", "secret\n");
    let body = files.write("body.json", BODY);
    let changed = files.write("changed.json", BODY.replace("15.04", "1"));
    let verify = |signature: &str, body: &str, format: &str| {
        run(&[
            "callback",
            "verify",
            "--secret-file",
            &secret,
            "--signature",
            signature,
            "--format",
            format,
            body,
        ])
    };
    let right = verify(SIGNATURE, &body, "json");
    assert_eq!(right.code, Some(0), "{right:?}");
    assert_eq!(right.object()["valid"], true);
    assert_eq!(right.object()["id"], "7");
    let text = verify(SIGNATURE, &body, "text");
    assert!(text.out.contains("invoice:paid"), "{text:?}");
    for (signature, body) in [
        (SIGNATURE, &changed),
        ("0", &body),
        ("-1", &body),
        (&SIGNATURE.replace('a', "b"), &body),
    ] {
        let wrong = verify(signature, body, "json");
        assert_eq!(wrong.code, Some(1), "{wrong:?}");
        assert_eq!(wrong.object()["valid"], false);
        assert!(wrong.err.contains("signature is wrong"), "{wrong:?}");
    }
}

#[test]
fn verify_rejects_an_empty_secret_and_hides_it() {
    let files = Files::new();
    let body = files.write("body.json", BODY);
    let empty = files.write("empty.txt", "\n");
    let arguments = [
        "callback",
        "verify",
        "--secret-file",
        &empty,
        "--signature",
        "0",
        &body,
    ];
    let ended = run(&arguments);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.err.contains("--secret-file"), "{ended:?}");
}

#[test]
fn listen_passes_on_what_is_signed_and_rejects_the_rest() {
    let files = Files::new();
    let secret = files.write("secret.txt", "hunter2-hunter2\n");
    let shop = CallbackSink::start().unwrap();
    let arguments = ["callback", "listen", "--secret-file", &secret];
    let mut listening = Running::start_as(program(&arguments).args(["--forward-to", &shop.url()]));
    let url = listening.facts["url"].as_str().unwrap().to_owned() + "callback";
    let sandbox = Sandbox::builder()
        .api_key("key")
        .callback(url)
        .callback_secret("hunter2-hunter2")
        .start_blocking()
        .unwrap();
    let mut create = program(&["create", "-", "--reference", "order-1"]);
    create.env("NFT_INVOICE_BASE_URL", sandbox.base_url());
    create.env("NFT_INVOICE_API_KEY", "key");
    assert_eq!(end(&mut create, HOSTED).code, Some(0));

    let created = listening.object();
    assert_eq!(created["status"], "invoice:created", "{created}");
    assert_eq!(created["valid"], true);
    assert_eq!(created["reference"], "order-1");
    assert_eq!(created["response"], 200);
    let [passed_on] = &shop.received()[..] else {
        panic!("passed on more or less than once: {:?}", shop.received());
    };
    assert!(!passed_on.signature().is_empty(), "{passed_on:?}");
    let deliveries = sandbox.deliveries();
    assert_eq!(passed_on.body, deliveries[0].body(), "byte for byte");

    sandbox.rotate_callback_secret("another-secret");
    let invoice = sandbox.invoices().only();
    invoice.force_to(InvoiceState::Paid).unwrap();
    let rejected = listening.object();
    assert_eq!(rejected["valid"], false, "{rejected}");
    assert_eq!(rejected["response"], 403);
    assert_eq!(shop.received().len(), 1, "nothing else is passed on");
    let ended = listening.stop();
    assert_eq!(ended.code, Some(0), "{ended:?}");
}

#[test]
fn listen_names_the_shop_that_it_cannot_reach() {
    // Nobody listens there.
    let shop = "http://127.0.0.1:1/callback?key=hunter2";
    let mut listen = program(&["callback", "listen", "--forward-to", shop]);
    let mut listening = Running::start_as(&mut listen);
    let sandbox = Sandbox::builder()
        .callback(listening.facts["url"].as_str().unwrap())
        .start_blocking()
        .unwrap();
    let mut create = program(&["create", "-"]);
    create.env("NFT_INVOICE_BASE_URL", sandbox.base_url());
    create.env("NFT_INVOICE_API_KEY", sandbox.api_key());
    assert_eq!(end(&mut create, HOSTED).code, Some(0));
    assert_eq!(listening.object()["response"], 502);
    let said = listening.stop().err;
    for part in [
        "on to http://127.0.0.1:1/callback: Connection refused",
        "Check that the shop is running there.",
    ] {
        assert!(said.contains(part), "{part:?} is not in {said}");
    }
    assert!(!said.contains("hunter2"), "{said}");
}

#[test]
fn listen_rejects_wrong_options() {
    for arguments in [
        &["--forward-to", "https://shop.example/"][..],
        &["--forward-to", "http://127.0.0.1:65536/"],
        &["--forward-to", "http://user@127.0.0.1/"],
        &["--forward-to", "/callback"],
        &["--listen", "127.0.0.1:65536"],
        &["--listen", "localhost"],
        &["--secret-file", "/nonexistent/secret"],
    ] {
        let ended = run(&[&["callback", "listen"], arguments].concat());
        assert_eq!(ended.code, Some(2), "{arguments:?}: {ended:?}");
    }
}
