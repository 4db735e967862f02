//! Receives callbacks with axum: checks the signature, confirms with the gateway, and credits each invoice once.
//!
//! How the gateway signs is not public, it can repeat a callback and change the order, and a signature carries no
//! time. So a callback is only a hint: what counts is what the gateway returns when it is asked.

use std::collections::{HashMap, HashSet};
use std::error::Error;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use nft_invoice::{
    ApiKey, CallbackError, Client, Config, Confirmation, Draft, Expected, Reference, Rules,
    Verifier,
};
use nft_invoice_sandbox::Sandbox;

const SECRET: &str = "the callback secret of the merchant's dashboard";

struct Shop {
    verifier: Verifier,
    client: Client,
    /// What each order costs, stored before its invoice was created.
    orders: Mutex<HashMap<Reference, Expected>>,
    credited: Mutex<HashSet<Reference>>,
}

async fn receive(State(shop): State<Arc<Shop>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let callback = match shop.verifier.receive(&headers, &body) {
        Ok(callback) => callback,
        Err(CallbackError::Unreadable(_)) => return StatusCode::BAD_REQUEST, // signed, but not a callback
        Err(error) => {
            eprintln!("rejected: {error}");
            return StatusCode::FORBIDDEN;
        }
    };
    let order = callback
        .reference()
        .and_then(|reference| shop.orders.lock().ok()?.get(&reference).cloned());
    let Some(expected) = order else {
        return StatusCode::OK; // not one of ours
    };
    match shop.client.confirm(&callback, &expected).await {
        Ok(Confirmation::Paid(_)) => {
            let is_first = shop
                .credited
                .lock()
                .is_ok_and(|mut all| all.insert(expected.reference.clone()));
            println!(
                "{}: {}",
                expected.reference,
                if is_first {
                    "deliver"
                } else {
                    "delivered before"
                }
            );
            StatusCode::OK
        }
        Ok(Confirmation::Mismatch { fields, .. }) => {
            println!("{}: do not deliver: {fields:?}", expected.reference);
            StatusCode::OK
        }
        Ok(Confirmation::NotPaid(info)) => {
            println!("{}: {}", expected.reference, info.status);
            StatusCode::OK
        }
        Ok(Confirmation::WithoutId) => StatusCode::BAD_REQUEST,
        Err(_) => StatusCode::SERVICE_UNAVAILABLE, // so that the gateway sends the callback again
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    // A gateway that reports a payment twice.
    let sandbox = Sandbox::builder()
        .callback(format!("http://{}/callback", listener.local_addr()?))
        .callback_secret(SECRET)
        .faults("callback[status=paid]->dup(1)")?
        .start()
        .await?;
    let config = Config::new(sandbox.base_url(), ApiKey::new(sandbox.api_key())?);
    let shop = Arc::new(Shop {
        verifier: Verifier::hmac_sha256(SECRET)?,
        client: Client::new(config)?,
        orders: Mutex::default(),
        credited: Mutex::default(),
    });
    let app = Router::new()
        .route("/callback", post(receive))
        .with_state(shop.clone());
    tokio::spawn(async move { axum::serve(listener, app).await });

    // An order that is paid at once, with a test card. The infos are newer than the first callback, which reports
    // the creation: they can already show the payment.
    let draft = Draft::from_json(include_bytes!("invoices/s2s.json"))?
        .reference(Reference::new("order-7f3c")?);
    let invoice = draft.validate(&Rules::on("2025-01-01".parse()?))?;
    let expected = Expected::of(&invoice).ok_or("it carries a reference")?;
    if let Ok(mut orders) = shop.orders.lock() {
        orders.insert(expected.reference.clone(), expected);
    }
    shop.client.create(&invoice).await?;
    sandbox.advance(Duration::ZERO).await?; // until every callback was responded to

    // The same callback with a wrong signature is refused.
    sandbox.set_faults("callback->badsig")?;
    let paid = sandbox.wait_callback("invoice:paid").await?;
    sandbox.replay(paid.id);
    sandbox.advance(Duration::ZERO).await?;
    for delivery in sandbox.deliveries().iter() {
        let results: Vec<_> = delivery
            .attempts
            .iter()
            .map(|attempt| attempt.result.to_string())
            .collect();
        println!("{}: {}", delivery.event, results.join(", "));
    }
    assert_eq!(shop.credited.lock().map_or(0, |credited| credited.len()), 1);
    Ok(())
}
