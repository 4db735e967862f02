//! Every call of the SDK against the sandbox, over a real socket and both transports.

use nft_invoice::transport::Delivery;
use nft_invoice::{
    Amount, Call, Error, HistoryFilter, HistoryQuery, InvoiceStatus, Reference, SortOrder,
};
use nft_invoice_sandbox::{InvoiceState, Mode, Route, Sandbox, TestCard};

use crate::support::{HOSTED, S2S, TODAY, invoice, over_clients, over_each};

#[test]
fn a_hosted_invoice_is_created_once_and_found_again() {
    over_each(Sandbox::builder, |transport, client, sandbox| {
        let created = client.create(&invoice(HOSTED, "ref-1")).expect(transport);
        let page = created.redirect_url().expect("a payment page");
        assert!(
            page.starts_with(sandbox.base_url()),
            "{transport}: the page is the sandbox's own"
        );
        assert!(
            created.html().is_some(),
            "{transport}: a hosted answer has a link to embed"
        );

        let made = sandbox.invoices().only();
        assert_eq!(
            (made.mode(), made.state),
            (Mode::Hosted, InvoiceState::Created),
            "{transport}"
        );
        assert_eq!(
            (made.amount().as_str(), made.currency()),
            ("15.04", "USD"),
            "{transport}"
        );

        let id = made.id.to_string().parse().expect("an id");
        let report = client.status(&id).expect(transport);
        assert_eq!(report.status, InvoiceStatus::Created, "{transport}");
        let info = client.info(&id).expect(transport);
        assert_eq!(
            info.reference(),
            Some(Reference::new("ref-1").unwrap()),
            "{transport}: it is found by its reference"
        );
        assert!(
            info.amount
                .is_some_and(|amount| amount == "15.04".parse::<Amount>().unwrap()),
            "{transport}"
        );
    });
}

#[test]
fn each_test_card_has_its_documented_outcome() {
    over_each(Sandbox::builder, |transport, client, sandbox| {
        for (at, card) in TestCard::all().iter().enumerate() {
            let number = card.number;
            let amex = number.len() == 15;
            let json = S2S
                .replace("4242 4242 4242 4242", number)
                .replace("\"000\"", if amex { "\"0000\"" } else { "\"000\"" });
            let created = client
                .create(&invoice(&json, &format!("card-{at}")))
                .unwrap_or_else(|error| {
                    panic!(
                        "{transport}, the card that is {}: {error}",
                        card.description()
                    )
                });
            assert_eq!(
                created.html(),
                None,
                "{transport}: direct S2S has no link to embed"
            );
            assert_eq!(
                created.redirect_url().is_some(),
                card.requires_challenge(),
                "{transport}: {}",
                card.description()
            );
            if !card.requires_challenge() {
                let state = sandbox.invoices().last().expect("an invoice").state;
                assert_eq!(
                    state,
                    card.resulting_state(),
                    "{transport}: {}",
                    card.description()
                );
            }
        }
        let requests = sandbox.requests().to(Route::Create);
        assert_eq!(
            requests.len(),
            TestCard::all().len(),
            "{transport}: one request a create"
        );
    });
}

#[test]
fn the_history_is_read_completely_page_by_page() {
    over_each(Sandbox::builder, |transport, client, _| {
        for number in 0..120 {
            client
                .create(&invoice(HOSTED, &format!("n-{number}")))
                .expect(transport);
        }
        client.create(&invoice(S2S, "paid")).expect(transport);
        let today = TODAY.parse().unwrap();
        let all = HistoryQuery {
            order: SortOrder::Asc,
            from: Some(today),
            to: Some(today),
            ..HistoryQuery::default()
        };
        let ids: Vec<String> = client
            .history(all)
            .expect(transport)
            .iter()
            .filter_map(|entry| entry.id.as_ref().map(|id| id.to_string()))
            .collect();
        let expected: Vec<String> = (1..=121).map(|id| id.to_string()).collect();
        assert_eq!(ids, expected, "{transport}");
        let paid = HistoryQuery {
            status: HistoryFilter::Paid,
            ..HistoryQuery::default()
        };
        assert_eq!(
            client.history(paid).expect(transport).len(),
            1,
            "{transport}"
        );
    });
}

#[test]
fn a_rejection_keeps_its_call_and_meaning() {
    over_each(
        || Sandbox::builder().wallet_active(false),
        |transport, client, sandbox| {
            let error = client
                .create(&invoice(HOSTED, "no"))
                .expect_err("the wallet is not active");
            assert!(
                matches!(
                    error,
                    Error::Rejected {
                        call: Call::Create,
                        code: 50008,
                        documented: Some(_),
                        http_status: 200,
                        ..
                    }
                ),
                "{transport}: {error:?}"
            );
            assert_eq!(error.delivery(), Delivery::Responded, "{transport}");
            assert!(!error.is_safe_to_resend(), "{transport}");
            assert!(sandbox.invoices().is_empty(), "{transport}");
        },
    );
    over_each(
        || Sandbox::builder().assume("error-status", "400"),
        |transport, client, _| {
            let error = client
                .status(&"77".parse().unwrap())
                .expect_err("there is no such invoice");
            assert!(
                matches!(
                    error,
                    Error::Rejected {
                        call: Call::Status,
                        http_status: 400,
                        ..
                    }
                ),
                "{transport}: {error:?}"
            );
            assert!(
                error.is_safe_to_resend(),
                "{transport}: a read may be repeated"
            );
        },
    );
}

#[test]
fn a_closed_port_is_reported_as_not_sent() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port");
    let base_url = format!("http://{}", listener.local_addr().expect("an address"));
    drop(listener);
    over_clients(&base_url, |transport, client| {
        let error = client
            .create(&invoice(HOSTED, "ref"))
            .expect_err("nobody listens");
        assert_eq!(
            error.delivery(),
            Delivery::NotSent,
            "{transport}: {error:?}"
        );
        assert!(error.is_safe_to_resend(), "{transport}");
        assert!(
            !format!("{error:?}").contains("/api/"),
            "{transport}: no URL in {error:?}"
        );
    });
}
