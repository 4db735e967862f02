//! Receives callbacks with axum: the signature first, then infos as the proof, and each sale is credited once.
//!
//! How the gateway signs is not public, it may repeat a callback and change the order, and a signature carries no
//! time. So a callback is only a hint: what counts is what the gateway says of the invoice when asked.

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
    Amount, ApiKey, Client, Config, Draft, Info, InvoiceId, Reference, Rules, Verifier,
};
use nft_invoice_sandbox::Sandbox;

const SECRET: &str = "the callback secret of the merchant's dashboard";

struct Shop {
    verifier: Verifier,
    client: Client,
    /// What each sale costs, written down before it was created.
    sales: HashMap<Reference, Amount>,
    credited: Mutex<HashSet<InvoiceId>>,
}

async fn receive(State(shop): State<Arc<Shop>>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let Ok(callback) = shop.verifier.receive(&headers, &body) else {
        return StatusCode::FORBIDDEN;
    };
    let Some(id) = callback.id.filter(|_| callback.status.may_credit()) else {
        // Opened, failed, or a status that nobody has heard of: nothing to hand out.
        return StatusCode::OK;
    };
    match shop.client.info(&id).await {
        Ok(info) if shop.is_paid(&id, &info) => {
            let first = shop
                .credited
                .lock()
                .is_ok_and(|mut credited| credited.insert(id.clone()));
            println!(
                "invoice {id}: {}",
                if first {
                    "goods leave"
                } else {
                    "credited before"
                }
            );
            StatusCode::OK
        }
        // Nobody could be asked: have the gateway deliver it again.
        Err(error) if error.is_worth_repeating() => StatusCode::SERVICE_UNAVAILABLE,
        // Not paid, not ours, or not there.
        _ => StatusCode::OK,
    }
}

impl Shop {
    /// Id, status, currency, reference and amount, all as the gateway tells them now.
    fn is_paid(&self, id: &InvoiceId, info: &Info) -> bool {
        let sale = info.callback_data().and_then(Reference::find);
        let price = sale.and_then(|reference| self.sales.get(&reference));
        info.id.as_ref() == Some(id)
            && info.status.may_credit()
            && info.currency.as_deref() == Some("USD")
            && price.is_some_and(|price| info.amount.as_ref().is_some_and(|paid| paid == price))
    }
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    // A gateway that tells of a payment twice.
    let sandbox = Sandbox::builder()
        .callback(format!("http://{}/callback", listener.local_addr()?))
        .callback_secret(SECRET)
        .faults("callback[status=paid]->dup(1)")?
        .start()
        .await?;
    let key = ApiKey::new(sandbox.api_key())?;
    let reference = Reference::new("order-7f3c")?;
    let shop = Arc::new(Shop {
        verifier: Verifier::hmac_sha256(SECRET)?,
        client: Client::new(Config::new(sandbox.base_url(), key))?,
        sales: HashMap::from([(reference.clone(), "15.04".parse()?)]),
        credited: Mutex::default(),
    });
    let app = Router::new()
        .route("/callback", post(receive))
        .with_state(shop.clone());
    tokio::spawn(async move { axum::serve(listener, app).await });

    // A sale that is paid at once, by a test card.
    let draft = Draft::from_json(include_bytes!("invoices/s2s.json"))?.with_reference(reference);
    let invoice = draft.validate(&Rules::new("2025-01-01".parse()?))?;
    shop.client.create(&invoice).await?;
    sandbox.advance(Duration::ZERO).await?; // until every callback has been answered

    // The same once more, forged: only the sandbox's own record shows it, the shop believes nothing.
    sandbox.set_faults("callback->badsig")?;
    let paid = sandbox.wait_callback("invoice:paid").await?;
    sandbox.replay(paid.id());
    sandbox.advance(Duration::ZERO).await?;
    for delivery in sandbox.deliveries().iter() {
        let answers = delivery
            .attempts()
            .iter()
            .map(|one| one.result().to_string());
        let answers: Vec<_> = answers.collect();
        println!("{}: {}", delivery.event(), answers.join(", "));
    }
    assert_eq!(shop.credited.lock().map_or(0, |credited| credited.len()), 1);
    Ok(())
}
