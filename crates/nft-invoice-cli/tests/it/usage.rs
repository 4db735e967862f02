//! A command that cannot start ends with 2 and sends nothing.
use crate::{CARD, Ended, Files, HOSTED, KEY, end, program, run};

fn with_key(arguments: &[&str]) -> Ended {
    end(program(arguments).env("NFT_INVOICE_API_KEY", KEY), HOSTED)
}

#[test]
fn a_missing_base_url_names_every_way_out() {
    for command in [
        &["create", "-"][..],
        &["status", "1"],
        &["info", "1"],
        &["history"],
        &["create", "--dry-run", "-"],
    ] {
        let ended = with_key(command);
        assert_eq!(ended.code, Some(2), "{ended:?}");
        for way_out in ["--base-url", "NFT_INVOICE_BASE_URL", "--sandbox"] {
            assert!(ended.err.contains(way_out), "{ended:?}");
        }
        assert_eq!(ended.out, "");
    }
}

#[test]
fn a_missing_or_invalid_key_ends_with_2() {
    let files = Files::new();
    let base = ["create", "-", "--base-url", "https://gateway.example"];
    let missing = end(&mut program(&base), HOSTED);
    assert_eq!(missing.code, Some(2), "{missing:?}");
    assert!(missing.err.contains("NFT_INVOICE_API_KEY") && missing.err.contains("--api-key-file"));
    let empty = end(program(&base).env("NFT_INVOICE_API_KEY", ""), HOSTED);
    assert_eq!(empty.err, missing.err);
    let unusable = end(
        program(&base).env("NFT_INVOICE_API_KEY", "hunter2 hunter3"),
        HOSTED,
    );
    assert_eq!(unusable.code, Some(2), "{unusable:?}");
    assert!(!unusable.err.contains("hunter"), "{unusable:?}");

    for bytes in [&b""[..], b"two\nlines", b"\xff\xfe", &[b'k'; 600]] {
        let file = files.write("key", bytes);
        let ended = end(
            &mut program(&[&base[..], &["--api-key-file", &file]].concat()),
            HOSTED,
        );
        assert_eq!(ended.code, Some(2), "{ended:?}");
    }
    let nowhere = end(
        &mut program(&[&base[..], &["--api-key-file", "nowhere"]].concat()),
        HOSTED,
    );
    assert_eq!(nowhere.code, Some(2), "{nowhere:?}");
}

#[cfg(unix)]
#[test]
fn a_variable_that_is_not_text_ends_with_2_and_is_named() {
    use std::os::unix::ffi::OsStrExt;

    let value = std::ffi::OsStr::from_bytes(b"https://hunter2\xff.example");
    for name in [
        "NFT_INVOICE_BASE_URL",
        "NFT_INVOICE_API_KEY",
        "NFT_INVOICE_PROXY",
    ] {
        let ended = end(program(&["status", "1"]).env(name, value), "");
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(
            ended
                .err
                .contains(&format!("cannot use {name}: it is not UTF-8 text")),
            "{ended:?}"
        );
        assert!(!ended.err.contains("hunter2"), "{ended:?}");
    }
}

#[test]
fn the_key_cannot_be_an_argument() {
    let ended = run(&["create", "--api-key", KEY, "order.json"]);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    for command in ["create", "status", "sandbox"] {
        let help = end(
            program(&[command, "--help"]).env("NFT_INVOICE_API_KEY", KEY),
            "",
        );
        assert_eq!(help.code, Some(0));
        assert!(
            !help.out.contains(KEY) && !help.out.contains("--api-key <"),
            "{help:?}"
        );
    }
}

#[test]
fn an_insecure_base_url_ends_with_2_before_anything_else() {
    for base_url in [
        "http://gateway.example",
        "http://10.0.0.1:8080",
        "gateway.example",
        "ftp://gateway.example",
        "https://user:hunter2@gateway.example",
        "https://gateway.example?key=hunter2",
        "",
    ] {
        for command in [
            &["create", "-"][..],
            &["create", "--dry-run", "-"],
            &["status", "1"],
        ] {
            let ended = with_key(&[command, &["--base-url", base_url]].concat());
            assert_eq!(ended.code, Some(2), "{base_url}: {ended:?}");
            assert!(ended.err.contains("the base URL"), "{base_url}: {ended:?}");
            assert!(!ended.err.contains("hunter2"), "{ended:?}");
        }
    }
}

#[test]
fn wrong_options_end_with_2() {
    let base_url = ["--base-url", "https://gateway.example"];
    for arguments in [
        &[
            "create",
            "--sandbox",
            "-",
            "--base-url",
            "http://127.0.0.1:1",
        ][..],
        &[
            "--base-url",
            "http://127.0.0.1:1",
            "create",
            "--sandbox",
            "-",
        ],
        &["create", "--keep", "-"],
        &["create", "--open", "-"],
        &["create", "--sandbox", "--dry-run", "--keep", "-"],
        &["create", "--dry-run", "--keep", "-"],
        &["create", "--dry-run", "--open", "-"],
        &["create", "--today", "2025-02-30", "-"],
        &["create", "--mode", "both", "-"],
        &["create", "--transport", "curl", "-"],
        &["create"],
        &["create", "a.json", "b.json"],
        &["validate"],
        &["status", "1&id=2", base_url[0], base_url[1]],
        &["status", "1", base_url[0], base_url[1], "--timeout", "0"],
        &[
            "status",
            "1",
            base_url[0],
            base_url[1],
            "--proxy",
            "socks5://127.0.0.1",
        ],
        &[
            "history",
            base_url[0],
            base_url[1],
            "--history-path",
            "no-slash",
        ],
        &["history", base_url[0], base_url[1], "--status", "SOME"],
        &["history", base_url[0], base_url[1], "--order", "UP"],
        &["sandbox", "--listen", "0.0.0.0:0"],
        &["sandbox", "--listen", "203.0.113.1:0", "--allow-remote"],
        &["sandbox", "--seed", "x"],
        &["frobnicate"],
        &[],
    ] {
        let ended = with_key(arguments);
        assert_eq!(ended.code, Some(2), "{arguments:?}: {ended:?}");
        assert!(!ended.err.is_empty(), "{arguments:?}");
        assert_eq!(ended.out, "", "{arguments:?}");
    }
    let both = with_key(&[
        "create",
        "-",
        "--api-key-file",
        "-",
        base_url[0],
        base_url[1],
    ]);
    assert_eq!(both.code, Some(2), "{both:?}");
    assert!(both.err.contains("standard input"), "{both:?}");
}

#[test]
fn a_number_out_of_range_is_reported_with_the_range_and_the_unit() {
    let time = "Enter a whole number of seconds from 1 to 86400";
    let count = "Enter a whole number from 1 to 4294967295.";
    for (arguments, message) in [
        (&["status", "1", "--timeout"][..], time),
        (&["status", "1", "--connect-timeout"], time),
        (&["history", "--page"], count),
        (&["find", "order-7f3a", "--page"], count),
        (&["find", "order-7f3a", "--limit"], count),
    ] {
        for value in ["nan", "-1", "0", "1.5", "", "99999999999999999999"] {
            let ended = with_key(&[arguments, &[value]].concat());
            assert_eq!(ended.code, Some(2), "{arguments:?} {value}: {ended:?}");
            assert!(ended.err.contains(message), "{value}: {ended:?}");
            assert!(ended.err.contains(arguments.last().unwrap()), "{ended:?}");
        }
    }
    let seed = with_key(&["sandbox", "--seed", "-1"]);
    assert_eq!(seed.code, Some(2), "{seed:?}");
    assert!(
        seed.err.contains("from 0 to 18446744073709551615"),
        "{seed:?}"
    );
}

#[test]
fn a_period_that_ends_before_it_begins_ends_with_2() {
    // Without a gateway: it is reported before anything else.
    for command in [&["history"][..], &["find", "order-7f3a"]] {
        let days = ["--from", "2025-02-01", "--to", "2025-01-31"];
        let ended = run(&[command, &days].concat());
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(ended.err.contains("--from is later than --to"), "{ended:?}");
    }
}

#[test]
fn a_card_number_as_reference_is_rejected_and_not_shown() {
    for reference in [CARD, "4242 4242 4242 4242", "4242-4242-4242-4242"] {
        let ended = with_key(&["create", "--sandbox", "--reference", reference, "-"]);
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(ended.err.contains("--reference"), "{ended:?}");
        assert!(!ended.err.contains("4242"), "{ended:?}");
        assert_eq!(ended.out, "");
    }
}

#[test]
fn history_without_a_path_ends_with_2_and_says_how_to_set_one() {
    let ended = with_key(&["history", "--base-url", "https://gateway.example"]);
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.err.contains("history"), "{ended:?}");
    assert!(ended.err.contains("--history-path"), "{ended:?}");
}

#[test]
fn options_are_accepted_before_or_after_the_command() {
    let files = Files::new();
    let file = files.write("order.json", HOSTED);
    let before = run(&["--format", "json", "validate", &file]);
    let after = run(&["validate", &file, "--format", "json"]);
    assert_eq!(before.object(), after.object());
}

#[test]
fn every_help_shows_an_example_and_the_version_is_printed() {
    for command in [
        "validate", "create", "status", "info", "history", "sandbox", "explain",
    ] {
        let help = run(&[command, "--help"]);
        assert_eq!(help.code, Some(0));
        assert!(help.out.contains("Example"), "{command}");
        assert!(
            help.out.contains(&format!("  nft-invoice {command} "))
                || help.out.contains(&format!("  nft-invoice {command}\n")),
            "{command}"
        );
        assert!(help.err.is_empty());
    }
    let version = run(&["--version"]);
    assert_eq!(
        version.out,
        concat!("nft-invoice ", env!("CARGO_PKG_VERSION"), "\n")
    );
}

#[test]
fn completions_and_manual_pages_are_printed() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ended = run(&["completions", shell]);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert!(ended.out.contains("api-key-file"), "{shell}");
    }
    let page = run(&["man"]);
    assert_eq!(page.code, Some(0), "{page:?}");
    assert!(page.out.contains(".TH nft-invoice 1"), "{page:?}");
    let page = run(&["man", "create"]);
    assert!(page.out.contains(".TH nft-invoice-create 1"), "{page:?}");
    assert!(
        page.out.contains("history"),
        "the global options stand in it"
    );
    assert_eq!(run(&["man", "frobnicate"]).code, Some(2));
    assert_eq!(run(&["completions", "tcsh"]).code, Some(2));
}
