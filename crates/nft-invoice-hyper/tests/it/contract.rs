use nft_invoice_contract::Contract;
use nft_invoice_hyper::{Connections, HyperTransport};
use nft_invoice_transport::TransportConfig;

fn contract() -> Contract {
    if cfg!(feature = "rustls") {
        Contract::new()
    } else {
        Contract::new().http_only()
    }
}

fn keeps(contract: Contract, make: impl Fn(TransportConfig) -> HyperTransport) {
    let report = contract.run(make);
    println!("{report}");
    report.assert();
}

#[test]
fn keeps_the_contract() {
    let contract = contract()
        .opens_ahead()
        .environment("contract::keeps_the_contract");
    keeps(contract, |config| HyperTransport::new(config).unwrap());
}

#[test]
fn keeps_the_contract_without_connections_opened_ahead() {
    let connections = Connections {
        preopened: 0,
        ..Connections::default()
    };
    keeps(contract(), |config| {
        HyperTransport::with_connections(config, connections.clone()).unwrap()
    });
}
