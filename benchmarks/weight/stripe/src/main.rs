//! Creates a payment intent at Stripe.

use stripe::{Client, CreatePaymentIntent, Currency, PaymentIntent};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = Client::new(std::env::var("STRIPE_KEY")?);
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let intent = CreatePaymentIntent::new(1504, Currency::USD);
    println!(
        "{:?}",
        runtime.block_on(PaymentIntent::create(&client, intent))?.id
    );
    Ok(())
}
