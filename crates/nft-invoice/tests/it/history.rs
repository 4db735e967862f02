use nft_invoice::{HistoryQuery, SortOrder};
use nft_invoice_mock::MockTransport;

use crate::clients;

/// Page `number` of `entries` invoices, with the total if there is one.
fn page(number: usize, entries: usize, total: Option<u64>) -> String {
    let list = vec![format!(r#"{{"id":"{number}"}}"#); entries].join(",");
    let total = total
        .map(|total| format!(r#","total":"{total}""#))
        .unwrap_or_default();
    format!(r#"{{"errorCode":0,"list":[{list}]{total}}}"#)
}

fn script(pages: &[(usize, Option<u64>)]) -> MockTransport {
    let start = MockTransport::new();
    let numbered = pages.iter().enumerate();
    numbered.fold(start, |mock, (number, &(entries, total))| {
        mock.respond_with(200, page(number, entries, total))
    })
}

/// How many entries the pages had, from both clients; the script must be used up and no more asked for.
async fn walk(pages: &[(usize, Option<u64>)], first: u32) -> Vec<usize> {
    let query = HistoryQuery {
        page: first,
        ..HistoryQuery::default()
    };
    let mock = script(pages);
    let (client, _) = clients(&mock);
    let mut history = client.history(query);
    let mut seen = Vec::new();
    while let Some(page) = history.next().await {
        seen.push(page.unwrap().entries.len());
    }
    assert!(history.next().await.is_none());
    assert_eq!(history.next_query(), None);
    assert_eq!(mock.requests().len(), pages.len());
    for (number, request) in (first..).zip(mock.requests()) {
        let query = request.uri().query().unwrap().to_owned();
        assert!(query.ends_with(&format!("&page={number}")), "{query}");
    }

    let mock = script(pages);
    let (_, client) = clients(&mock);
    let blocking: Vec<_> = client
        .history(query)
        .map(|page| page.unwrap().entries.len())
        .collect();
    assert_eq!(blocking, seen);
    assert_eq!(mock.requests().len(), pages.len());
    seen
}

#[tokio::test]
async fn the_total_ends_the_walk() {
    for pages in [
        &[(0, Some(0))][..],
        &[(50, Some(50))],
        &[(50, Some(51)), (1, Some(51))],
        &[(50, Some(101)), (50, Some(101)), (1, Some(101))],
        // Pages smaller than documented lose nothing.
        &[(20, Some(51)), (20, Some(51)), (11, Some(51))],
        // A total that is never reached ends at an empty page.
        &[(50, Some(90)), (0, Some(90))],
    ] {
        let expected: Vec<_> = pages.iter().map(|page| page.0).collect();
        assert_eq!(walk(pages, 1).await, expected);
    }
    assert_eq!(walk(&[(50, Some(151)), (1, Some(151))], 3).await, [50, 1]);
}

#[tokio::test]
async fn without_a_total_a_short_page_ends_the_walk() {
    for pages in [
        &[(0, None)][..],
        &[(49, None)],
        &[(50, None), (0, None)],
        &[(50, None), (7, None)],
    ] {
        let expected: Vec<_> = pages.iter().map(|page| page.0).collect();
        assert_eq!(walk(pages, 1).await, expected);
    }
}

#[tokio::test]
async fn an_error_ends_the_walk_and_its_query_continues_it() {
    let script = || {
        script(&[(50, Some(60))])
            .unknown("cut")
            .respond_with(200, page(2, 10, Some(60)))
    };
    let ascending = HistoryQuery {
        order: SortOrder::Asc,
        ..HistoryQuery::default()
    };
    let failed = HistoryQuery {
        page: 2,
        ..ascending
    };

    let mock = script();
    let (client, _) = clients(&mock);
    let mut history = client.history(ascending);
    assert!(history.next().await.unwrap().is_ok());
    let error = history.next().await.unwrap().unwrap_err();
    assert!(error.is_safe_to_resend());
    assert!(history.next().await.is_none());
    assert_eq!(mock.requests().len(), 2);
    assert_eq!(history.next_query(), Some(failed));
    let mut rest = client.history(history.next_query().unwrap());
    assert_eq!(rest.next().await.unwrap().unwrap().entries.len(), 10);
    assert_eq!(rest.next_query(), None);

    let mock = script();
    let (_, client) = clients(&mock);
    let mut history = client.history(ascending);
    let pages: Vec<_> = history.by_ref().collect();
    assert!(matches!(&pages[..], [Ok(_), Err(_)]));
    assert_eq!(mock.requests().len(), 2);
    assert_eq!(history.next_query(), Some(failed));
    let mut rest = client.history(history.next_query().unwrap());
    assert_eq!(rest.next().unwrap().unwrap().entries.len(), 10);
    assert_eq!(rest.next_query(), None);
}

#[tokio::test]
async fn a_page_that_was_dropped_in_flight_is_asked_for_again() {
    let mock = MockTransport::new()
        .hang()
        .respond_with(200, page(1, 1, Some(1)));
    let (client, _) = clients(&mock);
    let mut history = client.history(HistoryQuery::default());
    tokio::select! {
        biased;
        _ = history.next() => unreachable!("the script hangs"),
        () = std::future::ready(()) => {}
    }
    assert_eq!(history.next().await.unwrap().unwrap().entries.len(), 1);
    assert!(history.next().await.is_none());
    let uris: Vec<_> = mock.requests().iter().map(|r| r.uri().clone()).collect();
    assert_eq!(uris[0], uris[1]);
}

#[test]
fn a_gateway_that_gives_one_page_for_ever_ends_the_walk() {
    let mock = (0..9).fold(MockTransport::new(), |mock, _| {
        mock.respond_with(200, page(1, 50, Some(999_999)))
    });
    let (_, client) = clients(&mock);
    let pages = client.history(HistoryQuery::default());
    let lengths: Vec<_> = pages.map(|page| page.unwrap().entries.len()).collect();
    assert_eq!(lengths, [50, 50]);
    assert_eq!(mock.requests().len(), 2);
}
