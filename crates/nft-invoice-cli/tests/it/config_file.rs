//! Settings from the file of --config.
use std::process::Command;

use crate::server::{NOBODY, Server, json};
use crate::{Files, HOSTED, KEY, end, program};

#[test]
fn every_setting_can_be_in_the_file() {
    let gateway = Server::answering(json(r#"{"errorCode":0,"list":[]}"#));
    let files = Files::new();
    files.write("key.txt", format!("{KEY}\n"));
    files.write("ca.pem", crate::tls::Authority::new().pem());
    let url = &gateway.base_url;
    let file = files.write(
        "shop.toml",
        format!(
            "\u{feff}# Our shop\n\
             base_url = \"{url}\"\n\
             insecure_hosts = [\"sandbox\"]\n\
             api_key_file = 'key.txt'\n\
             timeout = 20\n\
             connect_timeout = 5\n\
             ca_file = 'ca.pem'\n\
             platform_roots = false\n\
             proxy = \"http://127.0.0.1:1\"\n\
             history_path = \"/own/history/\"\n\
             user_agent = \"shop/1.0\"\r\n"
        ),
    );
    let ended = end(&mut program(&["history", "--config", &file]), "");
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let request = gateway.request();
    assert!(request.starts_with("GET /own/history/?"), "{request}");
    assert!(
        request.contains(KEY) && request.contains("shop/1.0"),
        "{request}"
    );
}

#[test]
fn an_option_takes_precedence_over_a_variable_and_a_variable_over_the_file() {
    let files = Files::new();
    let (key, other) = (files.write("key.txt", KEY), "key-of-the-other");
    files.write("other.txt", other);
    let file = files.write(
        "shop.toml",
        format!(
            "base_url = \"{NOBODY}\"\napi_key_file = \"other.txt\"\nhistory_path = \"/file/\"\nuser_agent = \"file/1\"\n\
             insecure_hosts = [\"sandbox\"]"
        ),
    );
    let history = |change: &dyn Fn(&mut Command, &str)| {
        let gateway = Server::answering(json(r#"{"errorCode":0,"list":[]}"#));
        let mut command = program(&["history", "--config", &file]);
        change(&mut command, &gateway.base_url);
        let ended = end(&mut command, "");
        assert_eq!(ended.code, Some(0), "{ended:?}");
        gateway.request()
    };
    let of_variables = history(&|command, url| {
        command.env("NFT_INVOICE_BASE_URL", url);
        command.env("NFT_INVOICE_API_KEY", KEY);
        command.env("NFT_INVOICE_HISTORY_PATH", "/variable/");
    });
    assert!(
        of_variables.starts_with("GET /variable/?"),
        "{of_variables}"
    );
    assert!(of_variables.contains(KEY) && !of_variables.contains(other));
    assert!(of_variables.contains("file/1"), "{of_variables}");
    let of_options = history(&|command, url| {
        command.env("NFT_INVOICE_BASE_URL", NOBODY);
        command.env("NFT_INVOICE_API_KEY", other);
        command.env("NFT_INVOICE_HISTORY_PATH", "/variable/");
        command.args(["--base-url", url, "--api-key-file", &key]);
        command.args(["--history-path", "/option/", "--user-agent", "option/1"]);
    });
    assert!(of_options.starts_with("GET /option/?"), "{of_options}");
    assert!(of_options.contains(KEY) && !of_options.contains(other));
    assert!(of_options.contains("option/1"), "{of_options}");
    // An empty variable counts as none.
    let of_file = history(&|command, url| {
        command.args(["--base-url", url]);
        command.env("NFT_INVOICE_API_KEY", "");
        command.env("NFT_INVOICE_HISTORY_PATH", "");
    });
    assert!(of_file.starts_with("GET /file/?"), "{of_file}");
    assert!(of_file.contains(other), "{of_file}");

    // Hosts are replaced, not added.
    let dry_run = |change: &dyn Fn(&mut Command)| {
        let base_url = ["--base-url", "http://sandbox:8080"];
        let options = ["create", "--dry-run", "-", "--config", &file];
        let mut command = program(&[&options[..], &base_url].concat());
        change(&mut command);
        end(&mut command, HOSTED).code
    };
    assert_eq!(dry_run(&|_| {}), Some(0));
    let variable = "NFT_INVOICE_INSECURE_HOSTS";
    assert_eq!(
        dry_run(&|command| {
            command.env(variable, "other");
        }),
        Some(2)
    );
    assert_eq!(
        dry_run(&|command| {
            command.env(variable, "other, sandbox");
        }),
        Some(0)
    );
    assert_eq!(
        dry_run(&|command| {
            command
                .env(variable, "sandbox")
                .args(["--insecure-host", "other"]);
        }),
        Some(2)
    );
}

#[test]
fn a_wrong_entry_is_reported_with_its_line_and_column_and_without_its_value() {
    let files = Files::new();
    for (text, said) in [
        (
            "base_ulr = \"hunter2\"",
            "line 1, column 1: unknown entry base_ulr. Did you mean base_url?",
        ),
        (
            "\n  base-url = \"hunter2\"",
            "line 2, column 3: unknown entry base-url. Did you mean base_url?",
        ),
        ("Timeout = 60", "Did you mean timeout?"),
        ("insecure_host = []", "Did you mean insecure_hosts?"),
        (
            "[gateway]\nbase_url = \"hunter2\"",
            "line 1, column 2: unknown entry gateway. Known entries: base_url, ",
        ),
        ("config = \"hunter2\"", "unknown entry config"),
        (
            "timeout = \"hunter2\"",
            "line 1, column 11: timeout: enter a whole number of seconds from 1 to 86400",
        ),
        (
            "timeout = 0",
            "timeout: enter a whole number of seconds from 1 to 86400",
        ),
        ("timeout = 1.5", "timeout: enter a whole number of seconds"),
        (
            "timeout = 86401",
            "timeout: enter a whole number of seconds",
        ),
        (
            "connect_timeout = -1",
            "connect_timeout: enter a whole number of seconds",
        ),
        ("proxy = 7", "proxy: enter a text in quotes"),
        (
            "# Ümläut\nuser_agent = ['hunter2']",
            "line 2, column 14: user_agent: enter a text in quotes",
        ),
        (
            "api_key_file = true",
            "api_key_file: enter a path in quotes",
        ),
        (
            "platform_roots = 'hunter2'",
            "platform_roots: enter true or false",
        ),
        (
            "insecure_hosts = 'hunter2'",
            "insecure_hosts: enter a list of texts",
        ),
        (
            "insecure_hosts = ['a', 7]",
            "column 24: insecure_hosts: enter a text in quotes",
        ),
        (
            "timeout = 1\ntimeout = 2",
            "line 2, column 1: this is not TOML: duplicate key",
        ),
        ("proxy = hunter2", "line 1, column 9: this is not TOML: "),
        ("proxy = \"hunter2", "this is not TOML: "),
        ("hunter2", "this is not TOML: "),
        ("base_url: \"hunter2\"", "this is not TOML: "),
        (
            "api_key = \"hunter2\"",
            "line 1, column 1: the API key itself must not be in this file",
        ),
        (
            "timeout = 9\napiKey = \"hunter2\"",
            "line 2, column 1: the API key itself must not be in this file",
        ),
        (
            "NFT_INVOICE_API_KEY = \"hunter2\"",
            "api_key_file = \"key.txt\"",
        ),
        (
            "key = \"hunter2\"",
            "the API key itself must not be in this file",
        ),
    ] {
        let file = files.write("shop.toml", text);
        let ended = end(&mut program(&["status", "1", "--config", &file]), "");
        assert_eq!(ended.code, Some(2), "{text}: {ended:?}");
        let expected = format!("error: cannot use --config {file}: ");
        assert!(ended.err.starts_with(&expected), "{text}: {ended:?}");
        assert!(ended.err.contains(said), "{text}: {said}: {ended:?}");
        assert!(!ended.err.contains("hunter2"), "{text}: {ended:?}");
        assert_eq!(ended.err.lines().count(), 1, "{ended:?}");
    }
}

#[test]
fn a_file_that_cannot_be_read_ends_with_2() {
    let files = Files::new();
    for (file, said) in [
        ("nowhere.toml".to_owned(), "No such file"),
        ("-".to_owned(), "No such file"),
        (files.path("").to_str().unwrap().to_owned(), "directory"),
        (
            files.write("latin1.toml", b"user_agent = \"\xe4\""),
            "not UTF-8 text",
        ),
        (
            files.write("large.toml", "#".repeat((1 << 20) + 1)),
            "larger than 1 MiB",
        ),
    ] {
        let ended = end(&mut program(&["status", "1", "--config", &file]), "");
        assert_eq!(ended.code, Some(2), "{ended:?}");
        assert!(
            ended.err.contains(&format!("cannot use --config {file}: ")),
            "{ended:?}"
        );
        assert!(ended.err.contains(said), "{ended:?}");
    }
    let missing_key = files.write(
        "shop.toml",
        "base_url = 'https://gateway.example'\napi_key_file = 'nowhere.txt'",
    );
    let ended = end(&mut program(&["status", "1", "--config", &missing_key]), "");
    assert_eq!(ended.code, Some(2), "{ended:?}");
    assert!(ended.err.contains("No such file"), "{ended:?}");
}

#[test]
fn a_deeply_nested_file_is_rejected() {
    let files = Files::new();
    for text in [
        "insecure_hosts = ".to_owned() + &"[".repeat(100_000),
        "a.".repeat(100_000) + "a = 1",
    ] {
        let file = files.write("shop.toml", text);
        let ended = end(&mut program(&["status", "1", "--config", &file]), "");
        assert_eq!(ended.code, Some(2), "{ended:?}");
    }
}
