//! Both clients against scripted responses: what is sent, what is understood, and what every failure shows.

mod debug;
mod errors;
mod history;
mod recovery;
mod requests;

use nft_invoice::{ApiKey, Client, Config, Date, Draft, Invoice, Rules, blocking};
use nft_invoice_mock::MockTransport;

const KEY: &str = "key-7f3a-secret";
const CREATED: &str = r#"{"errorCode":0,"redirectUrl":"https://gateway.example/pay?token=t0ken"}"#;

fn config() -> Config {
    Config::new("https://gateway.example/base/", ApiKey::new(KEY).unwrap())
        .history_path("/api/history/")
}

/// Two clients that share one script.
fn clients(mock: &MockTransport) -> (Client, blocking::Client) {
    (
        Client::with_transport(config(), mock.clone()).unwrap(),
        blocking::Client::with_transport(config(), mock.clone()).unwrap(),
    )
}

fn invoice(json: &str) -> Invoice {
    let rules = Rules::on(Date::new(2025, 1, 1).unwrap());
    Draft::from_json(json.as_bytes())
        .and_then(|draft| draft.validate(&rules))
        .unwrap()
}

fn hosted() -> Invoice {
    invoice(r#"{"email":"jane@shop.example","amount":"15.04","devise":"USD","checkoutMode":"nft"}"#)
}

/// What a person sees of an error, its causes with it.
fn shown(error: &dyn std::error::Error) -> String {
    let mut text = format!("{error} {error:?}");
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}

#[test]
fn clients_and_their_futures_cross_threads() {
    fn crosses<T: Send + Sync + Clone + 'static>(client: T) -> T {
        client
    }
    fn moves<T: Send>(_: T) {}

    let (client, blocking) = clients(&MockTransport::new());
    let client = crosses(client);
    crosses(blocking);
    moves(client.create(&hosted()));
    moves(client.history(Default::default()).next());
}
