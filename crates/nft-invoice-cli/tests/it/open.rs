#![cfg(unix)]
//! `create --sandbox --open`: the page in the browser, or how to get there.
use std::fs;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::process::{Child, Stdio};

use crate::{Ended, Files, HOSTED, S2S, interrupt, program};

fn start(browser: &str, arguments: &[&str], file: &str) -> Child {
    let mut command = program(
        &[
            &["create", "--sandbox", "--open", "--today", "2025-01-01"],
            arguments,
            &[file],
        ]
        .concat(),
    );
    // Where a script finds what it calls.
    command.env("PATH", "/usr/bin:/bin").env("BROWSER", browser);
    command.stdout(Stdio::piped()).stderr(Stdio::piped());
    command.spawn().unwrap()
}

/// What it has said on standard error up to `text`, then Ctrl-C and the rest.
fn stop_after(mut child: Child, text: &str) -> Ended {
    let mut err = Vec::new();
    let mut errors = child.stderr.take().unwrap();
    while !String::from_utf8_lossy(&err).contains(text) {
        let mut byte = [0];
        errors
            .read_exact(&mut byte)
            .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&err)));
        err.push(byte[0]);
    }
    interrupt(&child);
    errors.read_to_end(&mut err).unwrap();
    let output = child.wait_with_output().unwrap();
    Ended {
        code: output.status.code(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(err).unwrap(),
    }
}

#[test]
fn opens_the_page_while_the_sandbox_runs() {
    let files = Files::new();
    let order = files.write("order.json", HOSTED);
    let (seen, pipe) = (files.path("seen"), files.path("pipe"));
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    // It stays for as long as the pipe is open, as some browsers stay.
    let (seen_at, pipe_at) = (seen.display(), pipe.display());
    let script = format!("#!/bin/sh\necho \"$@\" > {seen_at}\nexec cat {pipe_at}\n");
    let browser = files.write("browser", script);
    fs::set_permissions(&browser, fs::Permissions::from_mode(0o755)).unwrap();
    let browsers = format!("/nowhere/browser:{browser} --tab %s --new");
    let child = start(&browsers, &["--format", "json"], &order);
    // It can be opened once the browser has opened its end.
    let kept_open = fs::OpenOptions::new().write(true).open(&pipe).unwrap();
    let ended = stop_after(child, "keeps running");
    drop(kept_open);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let url = ended.object()["redirect_url"].as_str().unwrap().to_owned();
    assert_eq!(
        fs::read_to_string(&seen).unwrap(),
        format!("--tab {url} --new\n")
    );
    assert!(
        ended.err.ends_with("The sandbox has stopped.\n"),
        "{ended:?}"
    );
}

#[test]
fn without_a_browser_it_shows_the_page_s_url() {
    let files = Files::new();
    let order = files.write("order.json", HOSTED);
    for browser in ["/nowhere/browser", "false", " "] {
        let ended = stop_after(start(browser, &[], &order), "Open this page: http://");
        assert_eq!(ended.code, Some(0), "{ended:?}");
        assert!(
            ended.err.contains("/widget/sale/create/?token="),
            "{ended:?}"
        );
        assert!(
            ended.err.ends_with("The sandbox has stopped.\n"),
            "{ended:?}"
        );
    }
}

#[test]
fn an_invoice_without_a_page_opens_none() {
    let files = Files::new();
    let order = files.write("order.json", S2S);
    let ended = stop_after(start("/nowhere/browser", &[], &order), "no page to open");
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let refused = files.write("refused.json", HOSTED.replace("15.04", "0"));
    let ended = start("true", &[], &refused).wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(1), "{ended:?}");
}
