//! reqwest keeps the contract.

use nft_invoice_contract::Contract;
use nft_invoice_reqwest::ReqwestTransport;

#[test]
fn contract() {
    let suite = Contract::new().environment("contract");
    let suite = if cfg!(feature = "rustls") {
        suite
    } else {
        suite.http_only()
    };
    let report = suite.run(|settings| ReqwestTransport::new(settings).unwrap());
    println!("{report}");
    report.assert();
}
