use nft_invoice_contract::Contract;
use nft_invoice_ureq::UreqTransport;

#[test]
fn keeps_the_contract() {
    let contract = Contract::new().environment("contract::keeps_the_contract");
    let contract = if cfg!(feature = "rustls") {
        contract
    } else {
        contract.http_only()
    };
    let report = contract.run_blocking(|config| UreqTransport::new(config).unwrap());
    println!("{report}");
    report.assert();
}
