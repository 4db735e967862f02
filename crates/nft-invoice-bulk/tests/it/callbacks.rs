//! Reconciliation from callbacks, without the gateway's history.

use std::sync::Arc;

use nft_invoice::mock::MockTransport;
use nft_invoice::transport::{Body, Response, TransportError};
use nft_invoice::{ApiKey, Client, Config, Mode};
use nft_invoice_bulk::lifecycle::State;
use nft_invoice_bulk::reconcile::{
    Callbacks, Hint, ReconcileError, ReconcileOptions, Reconciled, Reconciler,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::runs::{Batch, counts, response, s2s};

/// The body of a callback.
fn callback(id: u64, reference: &str) -> String {
    json!({"id": id, "status": "invoice:paid", "devise": "USD", "amount": 1.5, "callbackJson": data(reference)})
        .to_string()
}

fn data(reference: &str) -> String {
    json!({"nftInvoiceReference": reference, "nftInvoiceAttempt": 1}).to_string()
}

/// A gateway whose invoices carry these references.
fn gateway(invoices: Vec<(u64, String)>) -> MockTransport {
    MockTransport::from_fn(move |request| {
        let query = request.uri().query().unwrap_or_default();
        let mut found = invoices.iter();
        let body = match found.find(|(id, _)| query == format!("id={id}")) {
            Some((id, reference)) => json!({"errorCode": 0, "invoice_id": id.to_string(), "data": {
                "status": "invoice:paid", "id": id, "callbackJson": data(reference)}}),
            None => {
                json!({"errorCode": 50011, "errorMessage": "this invoice belongs to another merchant"})
            }
        };
        Ok(Response::new(Body::from(body.to_string().into_bytes())))
    })
}

/// Two S2S rows whose responses were lost, and their references.
async fn lost() -> (Batch, [String; 2]) {
    let batch = Batch::new(Mode::S2s);
    let journal = batch.open().await.unwrap();
    let lines = [s2s(1), s2s(2)];
    let (_, secrets) = batch.load(&journal, &lines, false).await.unwrap();
    let lost = MockTransport::from_fn(|_| Err(TransportError::unknown("reset")));
    batch.run(Arc::clone(&journal), &lost, secrets).await;
    let rows = journal.rows(&[State::Unknown], 0, 10).await.unwrap();
    let reference = |at: usize| rows[at].reference.as_ref().unwrap().as_str().to_owned();
    let references = [reference(0), reference(1)];
    (batch, references)
}

async fn reconcile(
    batch: &Batch,
    mock: &MockTransport,
    lines: &[String],
) -> Result<Reconciled, ReconcileError> {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("callbacks.ndjson");
    std::fs::write(&path, lines.join("\n")).unwrap();
    let mut callbacks = Callbacks::open(&path).unwrap();
    let mut hints = Vec::new();
    while let Some(line) = callbacks.read_line().unwrap() {
        hints.extend(line.hint.ok().flatten().map(Ok));
    }
    let config = Config::new("https://gateway.example", ApiKey::new("key").unwrap());
    let client = Client::with_transport(config, mock.clone()).unwrap();
    let journal = batch.open().await.unwrap();
    Reconciler::new(client, journal, ReconcileOptions::default())
        .with_hints(hints)
        .run()
        .await
}

/// The ids whose infos were read.
fn read(mock: &MockTransport) -> Vec<String> {
    let requests = mock.requests();
    let queries = requests.iter().map(|request| request.uri().query());
    let mut ids: Vec<_> = queries.map(|query| query.unwrap().to_owned()).collect();
    ids.sort();
    ids
}

#[tokio::test]
async fn a_lost_response_is_found_from_a_callback() {
    let (batch, [one, _]) = lost().await;
    let mock = gateway(vec![(11, one.clone())]);
    let lines = [callback(11, &one), callback(11, &one)];
    let result = reconcile(&batch, &mock, &lines).await.unwrap();
    let expected = counts(&[(State::Accepted, 1), (State::Unknown, 1)]);
    assert_eq!((result.counts, result.found), (expected, 1));
    assert_eq!(
        read(&mock),
        ["id=11"],
        "two callbacks of an invoice, one read"
    );
}

#[tokio::test]
async fn a_callback_of_another_s_invoice_changes_nothing() {
    let (batch, [one, other]) = lost().await;
    let unknown = counts(&[(State::Unknown, 2)]);
    let mut unnamed: Value = serde_json::from_str(&callback(13, &one)).unwrap();
    unnamed["callbackJson"] = Value::Null;
    // 12 has a reference of another shop, 13 says nothing.
    let mock = gateway(vec![(12, "another".to_owned()), (13, "another".to_owned())]);
    let lines = [callback(12, "another"), unnamed.to_string()];
    let result = reconcile(&batch, &mock, &lines).await.unwrap();
    assert_eq!((&result.counts, result.found), (&unknown, 0));
    assert_eq!(read(&mock), ["id=13"], "only what can be a row's is read");

    // Forged ones: with a row's reference and another's invoice, or one that does not exist. The other row's invoice
    // is found in spite of them.
    let mock = gateway(vec![(12, "another".to_owned()), (21, other.clone())]);
    let lines = [callback(12, &one), callback(14, &one), callback(21, &one)];
    let result = reconcile(&batch, &mock, &lines).await.unwrap();
    assert_eq!((result.found, result.refused, result.infos), (1, 1, 2));
    let journal = batch.open().await.unwrap();
    let still = journal.rows(&[State::Unknown], 0, 10).await.unwrap();
    let references: Vec<_> = still.iter().flat_map(|row| &row.reference).collect();
    assert_eq!(references.len(), 1);
    assert_eq!(references[0].as_str(), one);
}

#[tokio::test]
async fn an_account_that_is_refused_and_hints_that_cannot_be_read_end_it() {
    let (batch, [one, _]) = lost().await;
    let refused = MockTransport::from_fn(|_| {
        let body = r#"{"errorCode":50007,"errorMessage":"invalid API-KEY"}"#;
        Ok(response(body))
    });
    let result = reconcile(&batch, &refused, &[callback(11, &one)]).await;
    assert!(matches!(result, Err(ReconcileError::Read(_))), "{result:?}");

    // What was named before is read and stored.
    let config = Config::new("https://gateway.example", ApiKey::new("key").unwrap());
    let client = Client::with_transport(config, gateway(vec![(11, one)])).unwrap();
    let journal = batch.open().await.unwrap();
    let named = Hint::from("11".parse::<nft_invoice::InvoiceId>().unwrap());
    let hints = [Ok(named), Err(std::io::Error::other("gone"))];
    let result = Reconciler::new(client, Arc::clone(&journal), ReconcileOptions::default())
        .with_hints(hints)
        .run()
        .await;
    assert!(
        matches!(result, Err(ReconcileError::Hints(_))),
        "{result:?}"
    );
    assert_eq!(journal.counts().await.unwrap().accepted, 1);
}
