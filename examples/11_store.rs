//! Stores an invoice and its outcome with serde, and reads them again.

use std::error::Error;
use std::time::SystemTime;

use nft_invoice::mock::MockTransport;
use nft_invoice::{ApiKey, Config, Created, Draft, Info, Mode, Reference, Rules, blocking};
use serde::{Deserialize, Serialize};

/// A row of the shop's own table.
#[derive(Serialize, Deserialize)]
struct Order {
    reference: Reference,
    /// A hosted invoice is stored as its fields. The card of an S2S invoice is never stored.
    invoice: serde_json::Value,
    /// Without it, an S2S invoice would be read again as a hosted one.
    mode: Mode,
    /// Contains the token of the payment page: as confidential as a password.
    created: Option<Created>,
    info: Option<Info>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let rules = Rules::at(SystemTime::now());
    let reference = Reference::random();
    let draft = Draft::new()
        .email("customer@shop.example")
        .amount("15.04")
        .reference(reference.clone());
    let invoice = draft.validate(&rules)?;
    let mut order = Order {
        reference,
        invoice: serde_json::to_value(&invoice)?,
        mode: invoice.mode(),
        created: None,
        info: None,
    };

    let transport = MockTransport::new()
        .respond_with(
            200,
            r#"{"errorCode":0,"redirectUrl":"https://gateway.example/pay?token=t"}"#,
        )
        .respond_with(
            200,
            r#"{"errorCode":0,"data":{"id":7,"status":"invoice:paid","amount":"15.04"}}"#,
        );
    let config = Config::new("https://gateway.example", ApiKey::new("key")?);
    let client = blocking::Client::with_transport(config, transport)?;
    order.created = Some(client.create(&invoice)?);
    order.info = Some(client.info(&"7".parse()?)?);

    let stored = serde_json::to_string(&order)?;
    let read: Order = serde_json::from_str(&stored)?;
    let draft: Draft = serde_json::from_value(read.invoice)?;
    let again = draft.validate(&rules.mode(read.mode))?;
    assert_eq!(again.reference().as_ref(), Some(&read.reference));
    assert_eq!(again.amount(), invoice.amount());
    assert_eq!(read.created, order.created);
    assert!(read.info.is_some_and(|info| info.status.may_credit()));
    println!("stored and read again: order {}", read.reference);
    Ok(())
}
