use crate::{Files, run};

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
