//! No card number, verification code, key or page token in anything that prints.

use nft_invoice::transport::{
    BlockingTransport, Request, Response, Transport, TransportError, async_trait,
};
use nft_invoice::{ApiKey, Client, Config, blocking};
use nft_invoice_sandbox::Sandbox;

use crate::support::{HOSTED, S2S, invoice, over_each};

const KEY: &str = "k3y-that-nobody-may-see";
const CODE: &str = "7391";

fn assert_clean(what: &str, shown: &str) {
    for secret in ["4242424242424242", "4242 4242", CODE, KEY, "token="] {
        assert!(!shown.contains(secret), "{what} shows a secret: {shown}");
    }
}

/// Prints what it is given, as a careless transport would.
#[derive(Debug)]
struct Careless;

impl Careless {
    fn look(request: &Request) -> TransportError {
        assert_clean(
            "a request",
            &format!("{request:?} {request:#?} {:?}", request.headers()),
        );
        assert!(
            request
                .body()
                .as_bytes()
                .windows(4)
                .any(|window| window == CODE.as_bytes()),
            "the code is sent"
        );
        TransportError::unknown("the line went dead")
    }
}

impl BlockingTransport for Careless {
    fn send(&self, request: Request) -> Result<Response, TransportError> {
        Err(Self::look(&request))
    }
}

#[async_trait]
impl Transport for Careless {
    async fn send(&self, request: Request) -> Result<Response, TransportError> {
        Err(Self::look(&request))
    }
}

#[test]
fn a_transport_that_prints_every_request_prints_no_secret() {
    let invoice = invoice(&S2S.replace("\"000\"", "\"7391\""), "ref");
    assert_clean(
        "an invoice",
        &format!("{invoice:?} {:#?}", invoice.as_s2s()),
    );
    let config = || Config::new("https://gateway.example", ApiKey::new(KEY).expect("a key"));
    assert_clean("a config", &format!("{:?}", config()));
    let client = blocking::Client::with_transport(config(), Careless).expect("a client");
    assert_clean("a blocking client", &format!("{client:?}"));
    let error = client.create(&invoice).expect_err("the line is dead");
    assert_clean("an error", &format!("{error} {error:?} {error:#?}"));

    let client = Client::with_transport(config(), Careless).expect("a client");
    assert_clean("a client", &format!("{client:?}"));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime");
    let error = runtime
        .block_on(client.create(&invoice))
        .expect_err("the line is dead");
    assert_clean("an error", &format!("{error} {error:?} {error:#?}"));
}

#[test]
fn debug_output_shows_neither_token_nor_card() {
    over_each(
        || Sandbox::builder().api_key(KEY),
        |transport, client, sandbox| {
            let created = client.create(&invoice(HOSTED, "a")).expect(transport);
            assert_clean("an accepted answer", &format!("{created:?}"));
            let json = S2S.replace("\"000\"", "\"7391\"");
            client.create(&invoice(&json, "b")).expect(transport);
            let info = client.info(&"2".parse().expect("an id")).expect(transport);
            assert_clean("infos", &format!("{info:?}"));
            assert!(
                !format!("{info:?}").contains("customer@"),
                "personal data stays out of Debug"
            );
            for shown in [
                format!("{sandbox:?}"),
                format!("{:?}", sandbox.invoices()),
                format!("{:?}", sandbox.requests()),
            ] {
                // The port is a random number, which can contain the verification code.
                assert_clean("the sandbox", &shown.replace(sandbox.base_url(), ""));
            }
        },
    );
}
