//! A shop and a sandbox on two hosts that know each other by name, as in two containers: two network namespaces.
use std::env;
use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, id};

use nft_invoice::Verifier;

use crate::running::Running;
use crate::server::{http, read_request};
use crate::{Files, HOSTED, KEY, end, program};

/// Set in the shop's namespace, to the name of the sandbox's.
const SANDBOX: &str = "NFT_INVOICE_TEST_SANDBOX";
const NAME: &str = "two_hosts::a_shop_and_a_sandbox_on_two_hosts_complete_a_sale";

#[test]
#[ignore = "needs root and network namespaces"]
fn a_shop_and_a_sandbox_on_two_hosts_complete_a_sale() {
    if let Ok(sandbox) = env::var(SANDBOX) {
        let by_name = "http://nft-sandbox.test:8080";
        sell(&sandbox, &["--public-url", by_name]);
        sell(&sandbox, &["--allow-host", "nft-sandbox.test"]);
        return;
    }
    let (shop, sandbox) = (
        format!("nft-shop-{}", id()),
        format!("nft-sandbox-{}", id()),
    );
    let hosts = match Hosts::new(&shop, &sandbox) {
        Ok(hosts) => hosts,
        Err(why) => {
            eprintln!("SKIPPED: two network namespaces cannot be set up here: {why}");
            return;
        }
    };
    // A process stays in the namespace in which it started: this test again, as the shop.
    let test = env::current_exe().unwrap();
    let status = Command::new("ip")
        .args(["netns", "exec", &shop])
        .arg(test)
        .args(["--ignored", "--exact", "--nocapture", NAME])
        .env(SANDBOX, &sandbox)
        .status();
    drop(hosts);
    assert!(status.unwrap().success(), "the shop's side failed");
}

/// A whole sale, seen from the shop.
fn sell(sandbox: &str, arguments: &[&str]) {
    let files = Files::new();
    let secret = files.write("secret", "hunter2-hunter2\n");
    let shop = TcpListener::bind("0.0.0.0:3000").unwrap();
    let mut command = Command::new("ip");
    command
        .args([
            "netns",
            "exec",
            sandbox,
            env!("CARGO_BIN_EXE_nft-invoice"),
            "sandbox",
        ])
        .args(["--listen", "0.0.0.0:8080", "--allow-remote"])
        .args(["--callback", "http://nft-shop.test:3000/callback"])
        .args(["--allow-callback", "nft-shop.test"])
        .args(["--callback-secret-file", &secret])
        .args(arguments);
    let running = Running::start_as(&mut command);
    let token = running.facts["admin_token"].as_str().unwrap();
    let health = get("http://nft-sandbox.test:8080/_sbx/health");
    assert!(health.starts_with("HTTP/1.1 200"), "{health}");

    let mut create = program(&["create", "-", "--today", "2025-01-01", "--format", "json"]);
    create
        .args(["--base-url", "http://nft-sandbox.test:8080"])
        .env(
            "NFT_INVOICE_API_KEY",
            running.facts["api_key"].as_str().unwrap(),
        );
    let rejected = end(&mut create, HOSTED);
    assert_eq!(
        rejected.code,
        Some(2),
        "plain http to another host: {rejected:?}"
    );
    let created = end(create.args(["--insecure-host", "nft-sandbox.test"]), HOSTED);
    assert_eq!(created.code, Some(0), "{created:?}");
    assert!(receive(&shop).contains("invoice:created"));

    let created = created.object();
    let page = created["redirect_url"].as_str().unwrap();
    let opened = get(page);
    assert!(opened.starts_with("HTTP/1.1 200"), "{page}: {opened}");
    assert!(receive(&shop).contains("invoice:opened"));
    let (_, nonce) = opened.split_once("name=\"nonce\" value=\"").expect(&opened);
    let nonce = nonce.split('"').next().unwrap();
    let form = format!("nonce={nonce}&action=pay&card_number=4242424242424242&card_expiry=12/2099");
    let paid = exchange(page, "POST", &form);
    assert!(paid.starts_with("HTTP/1.1 303"), "{paid}");
    assert!(receive(&shop).contains("invoice:paid"));

    let steer = |arguments: &[&str], token: &str| {
        let at = ["--at", "http://nft-sandbox.test:8080"];
        let mut command = program(&[&["sandbox"], arguments, &at].concat());
        end(command.env("NFT_INVOICE_SANDBOX_TOKEN", token), "")
    };
    let moved = steer(&["advance", "1h"], token);
    assert_eq!(moved.code, Some(0), "{moved:?}");
    assert_eq!(
        steer(&["advance", "1h"], KEY).code,
        Some(3),
        "another token"
    );
    let withheld = ["trigger", "invoice:withheld", "--invoice", "1"];
    let withheld = steer(&withheld, token);
    assert_eq!(withheld.code, Some(0), "{withheld:?}");
    assert!(receive(&shop).contains("invoice:withheld"));
    assert_eq!(running.stop().code, Some(0));
}

/// Takes a callback with a valid signature, and returns its body.
fn receive(shop: &TcpListener) -> String {
    let (mut stream, _) = shop.accept().unwrap();
    let callback = read_request(&stream);
    stream
        .write_all(http("204 OK", "text/plain", "").as_bytes())
        .unwrap();
    let (head, body) = callback.split_once("\r\n\r\n").unwrap();
    let head = head.to_ascii_lowercase();
    assert!(head.contains("\r\nhost: nft-shop.test:3000"), "{head}");
    let (_, signature) = head.split_once("\r\nx-signature: ").expect(&callback);
    let signature = signature.lines().next().unwrap();
    let verifier = Verifier::hmac_sha256("hunter2-hunter2").unwrap();
    assert!(verifier.verify(signature, body.as_bytes()).is_ok());
    body.to_owned()
}

fn get(url: &str) -> String {
    exchange(url, "GET", "")
}

/// One request without the program, as a browser or a probe sends it. The name is resolved as the system does.
fn exchange(url: &str, method: &str, form: &str) -> String {
    let rest = url.strip_prefix("http://").expect(url);
    let (authority, path) = rest.split_once('/').expect(url);
    let mut stream = TcpStream::connect(authority).unwrap();
    let length = form.len();
    write!(
        stream,
        "{method} /{path} HTTP/1.1\r\nHost: {authority}\r\nConnection: close\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {length}\r\n\r\n{form}"
    )
    .unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}

/// Two network namespaces with a cable between them, removed at the end.
struct Hosts<'a>([&'a str; 2]);

impl<'a> Hosts<'a> {
    fn new(shop: &'a str, sandbox: &'a str) -> Result<Self, String> {
        let hosts = Self([shop, sandbox]);
        for name in hosts.0 {
            ip(&["netns", "add", name])?;
            let folder = format!("/etc/netns/{name}");
            fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
            // `ip netns exec` shows this file as /etc/hosts.
            let names =
                "127.0.0.1 localhost\n10.73.0.1 nft-shop.test\n10.73.0.2 nft-sandbox.test\n";
            fs::write(folder + "/hosts", names).map_err(|error| error.to_string())?;
        }
        let peer = ["peer", "name", "eth0", "netns", sandbox];
        let cable = ["link", "add", "eth0", "netns", shop, "type", "veth"];
        ip(&[&cable[..], &peer].concat())?;
        for (name, address) in [(shop, "10.73.0.1/24"), (sandbox, "10.73.0.2/24")] {
            ip(&["-n", name, "address", "add", address, "dev", "eth0"])?;
            ip(&["-n", name, "link", "set", "eth0", "up"])?;
            ip(&["-n", name, "link", "set", "lo", "up"])?;
        }
        Ok(hosts)
    }
}

impl Drop for Hosts<'_> {
    fn drop(&mut self) {
        for name in self.0 {
            // What was not set up cannot be removed.
            let _ = ip(&["netns", "delete", name]);
            let _ = fs::remove_dir_all(format!("/etc/netns/{name}"));
        }
    }
}

fn ip(arguments: &[&str]) -> Result<(), String> {
    let ran = Command::new("ip").args(arguments).output();
    let ran = ran.map_err(|error| format!("ip: {error}"))?;
    match ran.status.success() {
        true => Ok(()),
        false => Err(String::from_utf8_lossy(&ran.stderr).trim().to_owned()),
    }
}
