//! Whole runs over a scripted transport, with an SQLite journal and, of hosted rows, with one in PostgreSQL.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use nft_invoice::mock::MockTransport;
use nft_invoice::transport::{Body, Request, Response, Transport, TransportError};
use nft_invoice::{ApiKey, Client, Config, Date, Mode, Reference, Rules};
use nft_invoice_bulk::input::{Format, InputSource, RowOptions, Rows};
use nft_invoice_bulk::journal::sqlite::SqliteJournal;
use nft_invoice_bulk::journal::{
    Counts, Journal, JournalError, Loaded, Source, StoredRow, Timeline, Transaction, Written,
};
use nft_invoice_bulk::lifecycle::{Outcome, State};
use nft_invoice_bulk::report::report;
use nft_invoice_bulk::run::{Halt, RunOptions, Runner, Secrets, Stop, Summary};
use nft_invoice_bulk::{Decision, DecisionError, JournalKey, decide, export};
use tempfile::TempDir;
use tokio::sync::Semaphore;

#[cfg(feature = "postgres")]
use crate::postgres::PostgresStore;

pub(crate) struct Batch {
    folder: TempDir,
    mode: Mode,
    store: Store,
}

/// Where the journal is.
pub(crate) enum Store {
    Sqlite,
    #[cfg(feature = "postgres")]
    Postgres(PostgresStore),
}

pub(crate) fn rules() -> Rules {
    Rules::on(Date::new(2026, 1, 31).unwrap())
}

pub(crate) fn hosted(n: usize) -> String {
    format!(
        r#"{{"email":"a{n}@b.example","amount":"{n}.50","devise":"USD","checkoutMode":"nft","callbackJson":{{"order":{n}}}}}"#
    )
}

impl Batch {
    pub(crate) fn new(mode: Mode) -> Self {
        Self::with(mode, Store::Sqlite)
    }

    pub(crate) fn with(mode: Mode, store: Store) -> Self {
        let folder = TempDir::new().unwrap();
        Self {
            folder,
            mode,
            store,
        }
    }

    pub(crate) fn journal_path(&self) -> PathBuf {
        self.folder.path().join("drop.journal")
    }

    pub(crate) async fn open(&self) -> Result<Arc<dyn Journal>, JournalError> {
        Ok(match &self.store {
            Store::Sqlite => Arc::new(SqliteJournal::open(&self.journal_path(), self.mode)?),
            #[cfg(feature = "postgres")]
            Store::Postgres(store) => Arc::new(store.open().await?),
        })
    }

    pub(crate) async fn load(
        &self,
        journal: &Arc<dyn Journal>,
        lines: &[String],
        allow_missing: bool,
    ) -> Result<(Loaded, Secrets), JournalError> {
        self.load_from("drop.ndjson", journal, lines, allow_missing)
            .await
    }

    pub(crate) async fn load_from(
        &self,
        name: &str,
        journal: &Arc<dyn Journal>,
        lines: &[String],
        allow_missing: bool,
    ) -> Result<(Loaded, Secrets), JournalError> {
        let source = self.source(name, &**journal, lines);
        let kept = source.kept();
        let loaded = journal.load(Box::new(source), allow_missing).await?;
        Ok((loaded, kept.take()))
    }

    pub(crate) fn source(
        &self,
        name: &str,
        journal: &dyn Journal,
        lines: &[String],
    ) -> InputSource {
        let path = self.folder.path().join(name);
        std::fs::write(&path, lines.join("\n")).unwrap();
        let options = RowOptions {
            rules: rules(),
            mode: self.mode,
            wraps_callback_data: false,
        };
        let rows = Rows::open(&path, Format::Ndjson, options, journal.key().clone()).unwrap();
        InputSource::new(name, rows)
    }

    /// Loads a file beside the input.
    async fn add(&self, journal: &Arc<dyn Journal>, lines: &[String]) -> (Loaded, Secrets) {
        self.load_from("fix.ndjson", journal, lines, true)
            .await
            .unwrap()
    }

    /// Loads three rows and sends them; the gateway rejects the last one. Returns its reference as a note.
    pub(crate) async fn with_a_rejected_row(&self, journal: &Arc<dyn Journal>) -> String {
        let row = if self.mode == Mode::S2s { s2s } else { hosted };
        let lines: Vec<_> = [1, 2, 9].map(row).into();
        let (_, secrets) = self.load(journal, &lines, false).await.unwrap();
        let summary = self.run(Arc::clone(journal), &limited(), secrets).await;
        let expected = counts(&[(State::Accepted, 2), (State::Rejected, 1)]);
        assert_eq!(summary.counts, expected);
        let rejected = journal.rows(&[State::Rejected], 0, 10).await.unwrap();
        format!("# replaces {}", rejected[0].reference.clone().unwrap())
    }

    pub(crate) async fn run(
        &self,
        journal: Arc<dyn Journal>,
        mock: &MockTransport,
        secrets: Secrets,
    ) -> Summary {
        let config = Config::new("https://gateway.example", ApiKey::new("key").unwrap());
        let client = Client::with_transport(config, mock.clone()).unwrap();
        let options = RunOptions {
            concurrency: 4,
            rules: rules(),
            ..RunOptions::default()
        };
        Runner::with_secrets(client, journal, options, secrets)
            .run(&Stop::new(), |_| ())
            .await
            .unwrap()
    }
}

/// Tests of hosted rows, over each journal.
macro_rules! over_each_journal {
    ($($test:ident,)*) => {
        mod sqlite {
            use super::{Batch, Mode};

            $(
                #[tokio::test]
                async fn $test() {
                    super::$test(Batch::new(Mode::Hosted)).await;
                }
            )*
        }

        #[cfg(feature = "postgres")]
        mod postgres {
            use super::{Batch, Mode, PostgresStore, Store};

            $(
                #[tokio::test]
                #[ignore = "needs PostgreSQL"]
                async fn $test() {
                    let store = Store::Postgres(PostgresStore::new());
                    super::$test(Batch::with(Mode::Hosted, store)).await;
                }
            )*
        }
    };
}

pub(crate) use over_each_journal;

over_each_journal! {
    sends_every_row_once_and_reports_the_invalid_ones,
    the_same_input_again_sends_nothing_again,
    a_missing_row_stops_and_stores_nothing,
    a_corrected_row_replaces_the_invalid_one,
    an_invalid_row_that_was_replaced_is_not_counted_again,
    invalid_rows_of_several_inputs_are_counted_together,
    an_invalid_row_that_was_corrected_in_its_input_stays_replaced,
    a_correction_that_is_invalid_is_still_the_rejected_row,
    a_corrected_row_replaces_the_one_that_the_gateway_rejected,
    a_row_that_is_corrected_in_its_input_replaces_the_rejected_one,
    a_rejected_row_is_sent_again_if_a_note_says_so,
    only_a_row_that_the_gateway_has_rejected_is_replaced,
    no_row_that_was_sent_before_takes_a_place,
    a_correction_that_was_rejected_can_be_changed_back,
    rows_with_the_same_content_are_sent_again_in_any_order,
    a_hosted_row_with_an_unknown_outcome_is_sent_again_by_the_next_run,
    an_account_that_is_not_active_halts_the_run,
    a_gateway_that_cannot_be_reached_for_a_moment_delays_the_rows,
    a_code_that_is_not_documented_is_unknown,
    a_stop_sends_nothing_more,
    a_stop_after_the_last_row_has_stopped_nothing,
    a_link_is_released_before_it_is_written,
}

pub(crate) const CREATED: &str =
    r#"{"errorCode":0,"redirectUrl":"https://gateway.example/pay?token=1"}"#;

pub(crate) fn response(body: &'static str) -> Response {
    Response::new(Body::from_static(body.as_bytes()))
}

async fn sends_every_row_once_and_reports_the_invalid_ones(batch: Batch) {
    let journal = batch.open().await.unwrap();
    let mut lines: Vec<_> = (1..=20).map(hosted).collect();
    lines.insert(3, "{\"email\":1}".to_owned());
    lines.insert(7, "no JSON".to_owned());
    let (loaded, _) = batch.load(&journal, &lines, false).await.unwrap();
    assert_eq!(
        loaded,
        Loaded {
            input: "drop.ndjson".to_owned(),
            new: 20,
            invalid: 2,
            ..Loaded::default()
        }
    );
    let mock = MockTransport::from_fn(|_| Ok(response(CREATED)));
    let summary = batch.run(Arc::clone(&journal), &mock, Secrets::new()).await;
    let expected = Counts {
        total: 22,
        accepted: 20,
        rejected: 2,
        ..Counts::default()
    };
    assert_eq!((summary.counts, summary.halt), (expected, None));
    let invalid = journal.rows(&[State::Rejected], 0, 10).await.unwrap();
    let lines: Vec<_> = invalid.iter().map(|row| row.line).collect();
    assert_eq!(lines, [4, 8]);
    assert_eq!(invalid[0].faults[0].path, "/email");
    let timeline = journal.timeline().await.unwrap();
    let ends = timeline.parts.iter().flat_map(|part| &part.steps);
    assert_eq!(ends.map(|ends| ends.created).sum::<u64>(), 20);
    assert!(report(&*journal).await.unwrap().contains("<svg"));
}

/// The counts of the states that are named.
pub(crate) fn counts(states: &[(State, u64)]) -> Counts {
    let json: serde_json::Map<String, serde_json::Value> = State::ALL
        .iter()
        .map(|state| {
            let named = states.iter().find(|(name, _)| name == state);
            (
                state.to_string(),
                named.map_or(0, |(_, count)| *count).into(),
            )
        })
        .chain([(
            "total".to_owned(),
            states.iter().map(|(_, count)| count).sum::<u64>().into(),
        )])
        .collect();
    serde_json::from_value(json.into()).unwrap()
}

pub(crate) fn s2s(n: usize) -> String {
    format!(
        r#"{{"email":"a{n}@b.example","amount":"{n}.50","devise":"USD","callbackJson":{{"order":"A-1002"}},"name":"John Smith","address1":"1000 Lombard St","address2":"Flat 2","city":"San Francisco","country":"US","postcode":"94109","date_of_birth":"1990-12-31","card_number":"4242 4242 4242 4242","card_expiry_date":"12/2030","card_ccv":"000","nftImageUrls":["https://cdn.shop.example/nft/7.png","https://cdn.shop.example/nft/7-back.png"],"ipfsMetadata":{{"name":"Lighthouse #7","attributes":[{{"trait_type":"sky","value":"dawn"}}]}},"nftDescription":"A lighthouse at dawn, number 7 of 50","checkoutMode":"nft","customer_ip":"8.8.8.8","phone":"+1 415 555 0100"}}"#
    )
}

async fn the_same_input_again_sends_nothing_again(batch: Batch) {
    let mut lines: Vec<_> = (1..=5).map(hosted).collect();
    // The same row twice is two invoices.
    lines.push(hosted(5));
    let mock = MockTransport::from_fn(|_| Ok(response(CREATED)));
    for (order, known, new) in [(0, 0, 6), (3, 6, 0)] {
        let journal = batch.open().await.unwrap();
        lines.rotate_left(order);
        let (loaded, _) = batch.load(&journal, &lines, false).await.unwrap();
        assert_eq!((loaded.known, loaded.new, loaded.missing), (known, new, 0));
        let summary = batch.run(journal, &mock, Secrets::new()).await;
        assert_eq!(summary.counts, counts(&[(State::Accepted, 6)]));
    }
    let mut bodies: Vec<_> = mock
        .requests()
        .iter()
        .map(|request| request.body().to_vec())
        .collect();
    assert_eq!(bodies.len(), 6);
    bodies.sort();
    bodies.dedup();
    assert_eq!(bodies.len(), 6, "each has a reference of its own");
}

async fn a_missing_row_stops_and_stores_nothing(batch: Batch) {
    let journal = batch.open().await.unwrap();
    let lines: Vec<_> = (1..=3).map(hosted).collect();
    batch.load(&journal, &lines, false).await.unwrap();
    let changed = [hosted(1), hosted(2), hosted(4)];
    match batch.load(&journal, &changed, false).await.unwrap_err() {
        JournalError::RowsMissing(loaded) => {
            assert_eq!((loaded.known, loaded.new, loaded.missing), (2, 1, 1));
        }
        error => panic!("{error}"),
    }
    assert_eq!(journal.counts().await.unwrap().total, 3);
    let (loaded, _) = batch.load(&journal, &changed, true).await.unwrap();
    assert_eq!((loaded.known, loaded.new, loaded.missing), (2, 1, 1));
    assert_eq!(journal.counts().await.unwrap().total, 4);
}

async fn a_corrected_row_replaces_the_invalid_one(batch: Batch) {
    let journal = batch.open().await.unwrap();
    let (loaded, _) = batch
        .load(&journal, &[hosted(1), "{}".to_owned()], false)
        .await
        .unwrap();
    assert_eq!((loaded.new, loaded.invalid), (1, 1));
    let (loaded, _) = batch
        .load(&journal, &[hosted(1), hosted(2)], false)
        .await
        .unwrap();
    assert_eq!((loaded.known, loaded.new, loaded.missing), (1, 1, 0));
    assert_eq!(
        journal.counts().await.unwrap(),
        counts(&[(State::Prepared, 2)])
    );
}

/// A row that is invalid, and another one with the same reason.
pub(crate) fn invalid(n: usize) -> String {
    hosted(n).replace("@b.example", "")
}

/// The rejected rows of the journal as a file to correct: the note and the line of each.
async fn to_correct(journal: &Arc<dyn Journal>, lines: &[String]) -> Vec<[String; 2]> {
    let rejected = journal.rows(&[State::Rejected], 0, 10).await.unwrap();
    let noted = rejected.iter().map(|row| {
        let reference = row.reference.as_ref().unwrap();
        let line = lines[row.line as usize - 1].clone();
        [format!("# replaces {reference}"), line]
    });
    noted.collect()
}

async fn an_invalid_row_that_was_replaced_is_not_counted_again(batch: Batch) {
    let journal = batch.open().await.unwrap();
    let first = [hosted(1), invalid(2), hosted(3), invalid(4), invalid(4)];
    let (loaded, _) = batch.load(&journal, &first, false).await.unwrap();
    assert_eq!((loaded.new, loaded.invalid), (2, 3));
    let mut fix = to_correct(&journal, &first).await;
    // The last of the three stays as it is.
    fix[0][1] = hosted(2);
    fix[1][1] = hosted(4);
    let fix = fix.concat();
    let expected = counts(&[(State::Prepared, 4), (State::Rejected, 1)]);
    // Each of them again, in any order and under any name, with its lines in another order.
    let mut turned = first.clone();
    turned.reverse();
    for (name, lines, replaced, outdated) in [
        ("fix.ndjson", &fix[..], 2, 0),
        ("drop.ndjson", &first, 0, 2),
        ("drop.ndjson", &turned, 0, 2),
        ("other.ndjson", &first, 0, 2),
        ("fix.ndjson", &fix, 0, 0),
        ("fix.ndjson", &fix, 0, 0),
        ("drop.ndjson", &first, 0, 2),
    ] {
        let (loaded, _) = batch.load_from(name, &journal, lines, true).await.unwrap();
        assert_eq!(
            (loaded.replaced, loaded.outdated, loaded.dropped),
            (replaced, outdated, 0),
            "{name}"
        );
        assert_eq!(journal.counts().await.unwrap(), expected, "{name}");
    }
    // It stays as a record.
    let replaced = journal.rows(&[State::Replaced], 0, 10).await.unwrap();
    assert_eq!(replaced.len(), 2);
    assert!(replaced.iter().all(|row| row.faults[0].path == "/email"));
    // The last one is corrected as well.
    let mut last = to_correct(&journal, &first).await.concat();
    last[1] = hosted(5);
    batch.add(&journal, &last).await;
    let expected = counts(&[(State::Prepared, 5)]);
    for lines in [&fix[..], &first, &last] {
        let (loaded, _) = batch
            .load_from("again.ndjson", &journal, lines, true)
            .await
            .unwrap();
        assert_eq!((loaded.new, loaded.retried), (0, 0));
        assert_eq!(journal.counts().await.unwrap(), expected);
    }
}

async fn invalid_rows_of_several_inputs_are_counted_together(batch: Batch) {
    let journal = batch.open().await.unwrap();
    let first = [hosted(1), invalid(2), invalid(2), invalid(3)];
    let (loaded, _) = batch.load(&journal, &first, false).await.unwrap();
    assert_eq!((loaded.invalid, loaded.dropped), (3, 0));
    let second = [invalid(4), hosted(5)];
    let missing = batch.load_from("b.ndjson", &journal, &second, false).await;
    match missing.err() {
        Some(JournalError::RowsMissing(loaded)) => assert_eq!(loaded.missing, 4),
        other => panic!("{other:?}"),
    }
    let expected = counts(&[(State::Prepared, 2), (State::Rejected, 4)]);
    for (name, lines) in [("b.ndjson", &second[..]), ("drop.ndjson", &first)].repeat(2) {
        batch.load_from(name, &journal, lines, true).await.unwrap();
        assert_eq!(journal.counts().await.unwrap(), expected, "{name}");
    }
    // A file is corrected in place: one row is valid now, one still there, and one removed.
    let edited = [hosted(1), hosted(2), invalid(3)];
    let (loaded, _) = batch.load(&journal, &edited, true).await.unwrap();
    assert_eq!((loaded.new, loaded.invalid, loaded.dropped), (1, 1, 2));
    let expected = counts(&[(State::Prepared, 3), (State::Rejected, 2)]);
    assert_eq!(journal.counts().await.unwrap(), expected);
}

async fn an_invalid_row_that_was_corrected_in_its_input_stays_replaced(batch: Batch) {
    let row = if batch.mode == Mode::S2s { s2s } else { hosted };
    let no_address = |n| row(n).replace("@b.example", "");
    let journal = batch.open().await.unwrap();
    let first = [row(1), no_address(2), row(3), no_address(4)];
    let corrected = [row(1), row(2), row(3), row(4)];
    batch.load(&journal, &first, false).await.unwrap();
    // One that is changed and still invalid is only another invalid row.
    let changed = [row(1), no_address(7), row(3), no_address(4)];
    let (loaded, _) = batch.load(&journal, &changed, false).await.unwrap();
    assert_eq!((loaded.replaced, loaded.dropped), (0, 1));
    let (loaded, _) = batch.load(&journal, &first, false).await.unwrap();
    assert_eq!((loaded.outdated, loaded.dropped), (0, 1));
    let (loaded, _) = batch.load(&journal, &corrected, false).await.unwrap();
    assert_eq!((loaded.replaced, loaded.dropped), (2, 0));
    let expected = counts(&[(State::Prepared, 4)]);
    for (lines, outdated) in [(&first, 2), (&corrected, 0), (&first, 2)] {
        let (loaded, _) = batch.load(&journal, lines, true).await.unwrap();
        assert_eq!((loaded.outdated, loaded.replaced), (outdated, 0));
        assert_eq!(journal.counts().await.unwrap(), expected);
    }
}

async fn a_correction_that_is_invalid_is_still_the_rejected_row(batch: Batch) {
    let journal = batch.open().await.unwrap();
    let first = [hosted(1), hosted(9), invalid(2)];
    batch.load(&journal, &first, false).await.unwrap();
    let mock = limited();
    batch.run(Arc::clone(&journal), &mock, Secrets::new()).await;
    let expected = counts(&[(State::Accepted, 1), (State::Rejected, 2)]);
    let fix = to_correct(&journal, &first).await;
    let edited = |ninth: String, second: String| {
        let [mut one, mut other] = [fix[0].clone(), fix[1].clone()];
        (one[1], other[1]) = (ninth, second);
        [one, other].concat()
    };
    for lines in [
        edited(invalid(9), invalid(3)),
        edited(invalid(7), invalid(2)),
        edited(invalid(9), invalid(3)),
    ] {
        let (loaded, _) = batch.add(&journal, &lines).await;
        assert_eq!((loaded.invalid, loaded.replaced), (2, 0));
        assert_eq!(journal.counts().await.unwrap(), expected);
        let rejected = journal.rows(&[State::Rejected], 0, 10).await.unwrap();
        assert!(rejected.iter().all(|row| row.input == "fix.ndjson"));
        assert!(rejected.iter().all(|row| row.faults[0].path == "/email"));
    }
    // The input itself is what it was.
    let (loaded, _) = batch.load(&journal, &first, true).await.unwrap();
    assert_eq!((loaded.known, loaded.invalid), (2, 1));
    let rejected = journal.rows(&[State::Rejected], 0, 10).await.unwrap();
    let faults: Vec<_> = rejected.iter().map(|row| row.faults.len()).collect();
    assert_eq!(faults, [0, 1]);
    assert_eq!(journal.counts().await.unwrap(), expected);
    let (loaded, _) = batch.add(&journal, &edited(hosted(3), hosted(2))).await;
    assert_eq!((loaded.new, loaded.replaced), (2, 2));
    for lines in [edited(invalid(9), invalid(3)), first.to_vec()] {
        let (loaded, _) = batch.add(&journal, &lines).await;
        assert_eq!((loaded.outdated, loaded.new), (2, 0));
    }
    let summary = batch.run(Arc::clone(&journal), &mock, Secrets::new()).await;
    assert_eq!(summary.counts, counts(&[(State::Accepted, 3)]));
}

/// A gateway whose maximum is less than the amount of row 9.
pub(crate) fn limited() -> MockTransport {
    MockTransport::from_fn(|request| {
        let mut texts = request.body().as_bytes().windows(4);
        let is_nine = texts.any(|text| text == b"9.50");
        Ok(response(if is_nine {
            r#"{"errorCode":50011}"#
        } else {
            CREATED
        }))
    })
}

fn attempts(mock: &MockTransport) -> Vec<String> {
    let requests = mock.requests();
    let bodies = requests
        .iter()
        .map(|request| String::from_utf8(request.body().to_vec()).unwrap());
    bodies
        .map(|body| {
            let (_, attempt) = body.split_once(r#"nftInvoiceAttempt\":"#).unwrap();
            attempt.split([',', '}']).next().unwrap().to_owned()
        })
        .collect()
}

async fn a_corrected_row_replaces_the_one_that_the_gateway_rejected(batch: Batch) {
    let journal = batch.open().await.unwrap();
    let replaces = batch.with_a_rejected_row(&journal).await;
    let fix = [replaces, hosted(3)];
    let mock = limited();
    // The second time nothing happens.
    for (new, replaced) in [(1, 1), (0, 0)] {
        let (loaded, _) = batch.add(&journal, &fix).await;
        assert_eq!(
            (loaded.new, loaded.replaced, loaded.missing),
            (new, replaced, 2)
        );
        let summary = batch.run(Arc::clone(&journal), &mock, Secrets::new()).await;
        assert_eq!(summary.counts, counts(&[(State::Accepted, 3)]));
        assert_eq!(mock.requests().len(), 1);
    }
    // It stays as a record, of which nothing is handed out.
    let replaced = journal.rows(&[State::Replaced], 0, 10).await.unwrap();
    assert_eq!((replaced.len(), replaced[0].line), (1, 3));
    assert!(replaced[0].reason.as_ref().unwrap().contains("50011"));
    let mut exported = Vec::new();
    export(&*journal, |row| {
        exported.push(row.line);
        Ok(())
    })
    .await
    .unwrap();
    assert_eq!(exported, [1, 2, 2]);
    // The original input neither misses it nor brings it back.
    let (loaded, _) = batch
        .load(&journal, &[1, 2, 9].map(hosted), true)
        .await
        .unwrap();
    assert_eq!((loaded.known, loaded.outdated, loaded.missing), (3, 1, 1));
    let summary = batch.run(Arc::clone(&journal), &mock, Secrets::new()).await;
    assert_eq!(summary.counts, counts(&[(State::Accepted, 3)]));
    assert_eq!(mock.requests().len(), 1);
}

async fn a_row_that_is_corrected_in_its_input_replaces_the_rejected_one(batch: Batch) {
    let journal = batch.open().await.unwrap();
    batch.with_a_rejected_row(&journal).await;
    // A row that was only removed has no other in its place, and neither has one whose neighbour is gone, too.
    for lines in [vec![hosted(1), hosted(2)], vec![hosted(1), hosted(3)]] {
        let missing = batch.load(&journal, &lines, false).await.unwrap_err();
        assert!(matches!(missing, JournalError::RowsMissing(_)), "{missing}");
    }
    let lines = [hosted(3), hosted(1), hosted(2)];
    for replaced in [1, 0] {
        let (loaded, _) = batch.load(&journal, &lines, false).await.unwrap();
        assert_eq!((loaded.replaced, loaded.missing), (replaced, 0));
    }
    let expected = counts(&[(State::Accepted, 2), (State::Prepared, 1)]);
    assert_eq!(journal.counts().await.unwrap(), expected);
}

async fn a_rejected_row_is_sent_again_if_a_note_says_so(batch: Batch) {
    let journal = batch.open().await.unwrap();
    let replaces = batch.with_a_rejected_row(&journal).await;
    let fix = [replaces, hosted(9)];
    let mock = limited();
    let (loaded, _) = batch.add(&journal, &fix).await;
    assert_eq!((loaded.known, loaded.retried, loaded.replaced), (1, 1, 0));
    let summary = batch.run(Arc::clone(&journal), &mock, Secrets::new()).await;
    let expected = counts(&[(State::Accepted, 2), (State::Rejected, 1)]);
    assert_eq!(summary.counts, expected);
    assert_eq!(attempts(&mock), ["2"]);
    // The input itself has no note.
    let lines = [1, 2, 9].map(hosted);
    let (loaded, _) = batch.load(&journal, &lines, true).await.unwrap();
    assert_eq!((loaded.known, loaded.retried), (3, 0));
    let (loaded, _) = batch.add(&journal, &fix).await;
    assert_eq!(loaded.retried, 1);
    let raised = MockTransport::from_fn(|_| Ok(response(CREATED)));
    let summary = batch
        .run(Arc::clone(&journal), &raised, Secrets::new())
        .await;
    assert_eq!(summary.counts, counts(&[(State::Accepted, 3)]));
    assert_eq!(attempts(&raised), ["3"]);
    let body = String::from_utf8(raised.requests()[0].body().to_vec()).unwrap();
    assert!(body.contains(r#"\"order\":9"#), "{body}");
    let (loaded, _) = batch.add(&journal, &fix).await;
    assert_eq!(loaded.retried, 0);
}

async fn only_a_row_that_the_gateway_has_rejected_is_replaced(batch: Batch) {
    let journal = batch.open().await.unwrap();
    batch.load(&journal, &[hosted(1)], false).await.unwrap();
    let note = async || {
        let rows = journal.rows(&State::ALL, 0, 10).await.unwrap();
        format!("# replaces {}", rows[0].reference.clone().unwrap())
    };
    // A new row that names one of another state would be a second invoice beside it.
    let stops = async || {
        let lines = [note().await, hosted(2)];
        let stopped = batch.load_from("fix.ndjson", &journal, &lines, true).await;
        let Err(JournalError::Input(error)) = stopped else {
            panic!("it was loaded");
        };
        assert!(
            error.to_string().contains("note #replaces of line 2"),
            "{error}"
        );
        // The row itself, with its own note, is only known.
        let (loaded, _) = batch.add(&journal, &[note().await, hosted(1)]).await;
        assert_eq!((loaded.known, loaded.replaced, loaded.retried), (1, 0, 0));
    };
    stops().await;
    let lost = MockTransport::from_fn(|_| Err(TransportError::unknown("reset")));
    batch.run(Arc::clone(&journal), &lost, Secrets::new()).await;
    stops().await;
    let created = MockTransport::from_fn(|_| Ok(response(CREATED)));
    batch
        .run(Arc::clone(&journal), &created, Secrets::new())
        .await;
    stops().await;
    assert_eq!(
        journal.counts().await.unwrap(),
        counts(&[(State::Accepted, 1)])
    );
}

async fn no_row_that_was_sent_before_takes_a_place(batch: Batch) {
    let journal = batch.open().await.unwrap();
    let replaces = batch.with_a_rejected_row(&journal).await;
    let (loaded, _) = batch.add(&journal, &[replaces.clone(), hosted(1)]).await;
    assert_eq!((loaded.known, loaded.replaced, loaded.missing), (1, 0, 2));
    let expected = counts(&[(State::Accepted, 2), (State::Rejected, 1)]);
    assert_eq!(journal.counts().await.unwrap(), expected);
}

async fn a_correction_that_was_rejected_can_be_changed_back(batch: Batch) {
    let journal = batch.open().await.unwrap();
    let replaces = batch.with_a_rejected_row(&journal).await;
    let worse = [replaces, hosted(99)];
    batch.add(&journal, &worse).await;
    let mock = limited();
    let summary = batch.run(Arc::clone(&journal), &mock, Secrets::new()).await;
    let expected = counts(&[(State::Accepted, 2), (State::Rejected, 1)]);
    assert_eq!(summary.counts, expected);
    let rejected = journal.rows(&[State::Rejected], 0, 10).await.unwrap();
    let replaces = format!("# replaces {}", rejected[0].reference.clone().unwrap());
    let (loaded, _) = batch.add(&journal, &[replaces, hosted(9)]).await;
    assert_eq!((loaded.retried, loaded.replaced), (1, 1));
    let raised = MockTransport::from_fn(|_| Ok(response(CREATED)));
    let summary = batch
        .run(Arc::clone(&journal), &raised, Secrets::new())
        .await;
    assert_eq!(summary.counts, counts(&[(State::Accepted, 3)]));
    assert_eq!(attempts(&raised), ["2"]);
    // An older file changes nothing any more.
    let (loaded, _) = batch.add(&journal, &worse).await;
    assert_eq!(
        (loaded.outdated, loaded.retried, loaded.replaced),
        (1, 0, 0)
    );
}

async fn rows_with_the_same_content_are_sent_again_in_any_order(batch: Batch) {
    let journal = batch.open().await.unwrap();
    let lines = [hosted(9), hosted(9)];
    batch.load(&journal, &lines, false).await.unwrap();
    batch
        .run(Arc::clone(&journal), &limited(), Secrets::new())
        .await;
    let rejected = journal.rows(&[State::Rejected], 0, 10).await.unwrap();
    let notes = rejected.iter().rev().map(|row| {
        let reference = row.reference.as_ref().unwrap();
        format!("# replaces {reference}\n{}", hosted(9))
    });
    let (loaded, _) = batch.add(&journal, &notes.collect::<Vec<_>>()).await;
    assert_eq!((loaded.retried, loaded.replaced), (2, 0));
    let expected = counts(&[(State::Prepared, 2)]);
    assert_eq!(journal.counts().await.unwrap(), expected);
}

/// No hash of a card is stored: in another order, the first card would be charged for both rows.
#[tokio::test]
async fn rows_that_differ_only_in_their_card_need_ids() {
    let batch = Batch::new(Mode::S2s);
    let journal = batch.open().await.unwrap();
    let other_card = s2s(1).replace("4242 4242 4242 4242", "5555555555554444");
    for second in [other_card.clone(), s2s(1)] {
        match batch.load(&journal, &[s2s(1), s2s(2), second], false).await {
            Err(JournalError::Input(error)) => {
                assert!(error.to_string().starts_with("line 3 differs"), "{error}");
            }
            loaded => panic!("{:?}", loaded.map(|(loaded, _)| loaded)),
        }
    }
    assert_eq!(journal.counts().await.unwrap(), Counts::default());
    let named = |id: &str, row: String| row.replacen('{', &format!(r##"{{"#id":"{id}","##), 1);
    let rows = [named("a", s2s(1)), named("b", other_card)];
    let (loaded, secrets) = batch.load(&journal, &rows, false).await.unwrap();
    assert_eq!((loaded.new, secrets.len()), (2, 2));
    let turned = [rows[1].clone(), rows[0].clone()];
    let (loaded, again) = batch.load(&journal, &turned, false).await.unwrap();
    assert_eq!((loaded.known, loaded.new), (2, 0));
    let references = [&again[1].0, &again[0].0];
    assert_eq!([&secrets[0].0, &secrets[1].0], references);
}

#[tokio::test]
async fn a_card_that_was_rejected_is_sent_again_only_if_a_note_says_so() {
    let batch = Batch::new(Mode::S2s);
    let journal = batch.open().await.unwrap();
    let replaces = batch.with_a_rejected_row(&journal).await;
    let (loaded, secrets) = batch.add(&journal, &[s2s(9)]).await;
    assert_eq!((loaded.retried, secrets.len()), (0, 0));
    let (loaded, secrets) = batch.add(&journal, &[replaces, s2s(9)]).await;
    assert_eq!((loaded.retried, secrets.len()), (1, 1));
    let raised = MockTransport::from_fn(|_| Ok(response(CREATED)));
    let summary = batch.run(Arc::clone(&journal), &raised, secrets).await;
    assert_eq!(summary.counts, counts(&[(State::Accepted, 3)]));
    assert_eq!(attempts(&raised), ["2"]);
}

#[tokio::test]
async fn an_invalid_row_with_a_card_that_was_corrected_in_its_input_stays_replaced() {
    an_invalid_row_that_was_corrected_in_its_input_stays_replaced(Batch::new(Mode::S2s)).await;
}

#[tokio::test]
async fn a_card_that_is_corrected_in_its_input_replaces_the_rejected_row() {
    let batch = Batch::new(Mode::S2s);
    let journal = batch.open().await.unwrap();
    batch.with_a_rejected_row(&journal).await;
    let lines = [1, 2, 3].map(s2s);
    let (loaded, secrets) = batch.load(&journal, &lines, false).await.unwrap();
    assert_eq!((loaded.replaced, secrets.len()), (1, 1));
    let mock = limited();
    let summary = batch.run(Arc::clone(&journal), &mock, secrets).await;
    assert_eq!(summary.counts, counts(&[(State::Accepted, 3)]));
    assert_eq!(mock.requests().len(), 1);
}

async fn a_hosted_row_with_an_unknown_outcome_is_sent_again_by_the_next_run(batch: Batch) {
    let lost = MockTransport::from_fn(|_| Err(TransportError::unknown("reset")));
    let journal = batch.open().await.unwrap();
    batch.load(&journal, &[hosted(1)], false).await.unwrap();
    for run in 1..=5 {
        let summary = batch
            .run(Arc::clone(&journal) as _, &lost, Secrets::new())
            .await;
        assert_eq!(summary.counts, counts(&[(State::Unknown, 1)]), "run {run}");
    }
    assert_eq!(lost.requests().len(), 5);
    // Then it is parked, and the run after that begins to count again.
    let summary = batch
        .run(Arc::clone(&journal) as _, &lost, Secrets::new())
        .await;
    assert_eq!(summary.counts, counts(&[(State::Parked, 1)]));
    assert_eq!(lost.requests().len(), 5);
    let created = MockTransport::from_fn(|_| Ok(response(CREATED)));
    let summary = batch
        .run(Arc::clone(&journal) as _, &created, Secrets::new())
        .await;
    assert_eq!(summary.counts, counts(&[(State::Accepted, 1)]));
    let body = String::from_utf8(created.requests()[0].body().to_vec()).unwrap();
    assert!(
        body.contains(r#"\"nftInvoiceAttempt\":6,\"order\":1"#),
        "{body}"
    );
}

#[tokio::test]
async fn an_s2s_row_with_an_unknown_outcome_is_never_sent_again() {
    let batch = Batch::new(Mode::S2s);
    let lost = MockTransport::from_fn(|_| Err(TransportError::unknown("reset")));
    for _ in 0..3 {
        let journal = batch.open().await.unwrap();
        let (_, secrets) = batch.load(&journal, &[s2s(1)], false).await.unwrap();
        let summary = batch.run(journal, &lost, secrets).await;
        assert_eq!(summary.counts, counts(&[(State::Unknown, 1)]));
    }
    assert_eq!(lost.requests().len(), 1);
}

#[tokio::test]
async fn a_link_with_the_card_in_it_is_stored_nowhere() {
    const CARD: &[u8] = b"4242424242424242";
    let batch = Batch::new(Mode::S2s);
    let journal = batch.open().await.unwrap();
    let (_, secrets) = batch.load(&journal, &[s2s(1)], false).await.unwrap();
    let body =
        r#"{"errorCode":0,"redirectUrl":"https://gateway.example/3ds?card=4242424242424242"}"#;
    let mock = MockTransport::from_fn(move |_| Ok(response(body)));
    let summary = batch.run(Arc::clone(&journal), &mock, secrets).await;
    // It may have been created: a reconciliation finds it.
    assert_eq!(summary.counts, counts(&[(State::Unknown, 1)]));
    let rows = journal.rows(&[State::Unknown], 0, 1).await.unwrap();
    let reason = rows[0].reason.as_deref().unwrap();
    assert!(reason.contains("/redirectUrl"), "{reason}");
    drop(journal);
    for entry in std::fs::read_dir(batch.folder.path()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        let is_input = path.ends_with("drop.ndjson");
        let is_there = bytes.windows(CARD.len()).any(|window| window == CARD);
        assert!(is_input || !is_there, "{}", path.display());
    }
}

#[tokio::test]
async fn an_s2s_row_keeps_the_merchants_data() {
    let batch = Batch::new(Mode::S2s);
    let journal = batch.open().await.unwrap();
    let row = s2s(1);
    let lines = [
        row.clone(),
        row.replace(r#"{"order":"A-1002"}"#, r#""{\"order\":\"A-1003\"}""#),
    ];
    let (_, secrets) = batch.load(&journal, &lines, false).await.unwrap();
    let mock = MockTransport::from_fn(|_| Ok(response(CREATED)));
    batch.run(journal, &mock, secrets).await;
    let mut orders: Vec<_> = mock
        .requests()
        .iter()
        .map(|request| {
            let invoice: serde_json::Value = serde_json::from_slice(request.body()).unwrap();
            let data = invoice["callbackJson"].as_str().unwrap();
            let data: serde_json::Value = serde_json::from_str(data).unwrap();
            assert_eq!(data["nftInvoiceAttempt"], 1, "{data}");
            data["order"].to_string()
        })
        .collect();
    orders.sort();
    assert_eq!(orders, [r#""A-1002""#, r#""A-1003""#]);
}

#[tokio::test]
async fn three_unknown_outcomes_in_a_row_stop_an_s2s_run() {
    let batch = Batch::new(Mode::S2s);
    let journal = batch.open().await.unwrap();
    let lines: Vec<_> = (1..=50).map(s2s).collect();
    let (_, secrets) = batch.load(&journal, &lines, false).await.unwrap();
    let lost = MockTransport::from_fn(|_| Err(TransportError::unknown("reset")));
    let summary = batch.run(journal, &lost, secrets).await;
    assert_eq!(summary.halt, Some(Halt::Breaker));
    // Those that were under way, too.
    assert!((3..=8).contains(&summary.counts.unknown), "{summary:?}");
    assert_eq!(summary.counts.unknown + summary.counts.prepared, 50);
}

#[tokio::test]
async fn a_breaker_after_the_last_row_has_stopped_nothing() {
    let batch = Batch::new(Mode::S2s);
    let journal = batch.open().await.unwrap();
    let lines: Vec<_> = (1..=3).map(s2s).collect();
    let (_, secrets) = batch.load(&journal, &lines, false).await.unwrap();
    let lost = MockTransport::from_fn(|_| Err(TransportError::unknown("reset")));
    let summary = batch.run(journal, &lost, secrets).await;
    assert_eq!((summary.counts.unknown, summary.halt), (3, None));
}

/// Runs rows whose requests end like these, one after the other, and the rest with success. Returns for each request that
/// was not sent whether nothing could be sent.
async fn unreachable(ends: &'static [bool]) -> Vec<bool> {
    let batch = Batch::new(Mode::Hosted);
    let journal = batch.open().await.unwrap();
    let lines: Vec<_> = (1..=8).map(hosted).collect();
    batch.load(&journal, &lines, false).await.unwrap();
    let calls = AtomicUsize::new(0);
    let mock =
        MockTransport::from_fn(
            move |_| match ends.get(calls.fetch_add(1, Ordering::Relaxed)) {
                Some(false) => Err(TransportError::not_sent("refused")),
                _ => Ok(response(CREATED)),
            },
        );
    let config = Config::new("https://gateway.example", ApiKey::new("key").unwrap());
    let options = RunOptions {
        concurrency: 1,
        rules: rules(),
        ..RunOptions::default()
    };
    let client = Client::with_transport(config, mock).unwrap();
    let mut seen = Vec::new();
    let runner = Runner::new(client, journal, options);
    let stop = Stop::new();
    let summary = runner.run(&stop, |row| {
        if row.outcome == Outcome::NotSent {
            seen.push(row.is_unreachable);
        } else {
            assert!(!row.is_unreachable);
        }
    });
    assert_eq!(summary.await.unwrap().counts.accepted, 8);
    seen
}

#[tokio::test]
async fn a_gateway_is_unreachable_if_nothing_succeeds_between_two_failures() {
    let flickers = unreachable(&[false, true, false, true, true, false]).await;
    assert_eq!(flickers, [false; 3]);
    let is_away = unreachable(&[true, false, false, false, false]).await;
    assert_eq!(is_away.first().zip(is_away.last()), Some((&false, &true)));
}

/// Responds to nothing, and counts what was sent in permits.
#[derive(Debug)]
struct Silent(Arc<Semaphore>);

#[async_trait]
impl Transport for Silent {
    async fn send(&self, _: Request) -> Result<Response, TransportError> {
        self.0.add_permits(1);
        std::future::pending().await
    }
}

#[tokio::test]
async fn a_killed_s2s_run_leaves_only_cards_open_that_were_sent() {
    const PLACES: u32 = 2;
    let batch = Batch::new(Mode::S2s);
    let journal = batch.open().await.unwrap();
    let lines: Vec<_> = (1..=10).map(s2s).collect();
    let (_, secrets) = batch.load(&journal, &lines, false).await.unwrap();
    let sent = Arc::new(Semaphore::new(0));
    let config = Config::new("https://gateway.example", ApiKey::new("key").unwrap());
    let client = Client::with_transport(config, Silent(Arc::clone(&sent))).unwrap();
    let options = RunOptions {
        concurrency: PLACES as usize,
        rules: rules(),
        ..RunOptions::default()
    };
    let runner = Runner::with_secrets(client, journal, options, secrets);
    let stop = Stop::new();
    tokio::select! {
        _ = runner.run(&stop, |_| ()) => panic!("nothing was responded to"),
        all = sent.acquire_many(PLACES) => drop(all),
    }
    let journal = batch.open().await.unwrap();
    journal.begin().await.unwrap();
    let expected = counts(&[(State::Unknown, PLACES.into()), (State::Prepared, 8)]);
    assert_eq!(journal.counts().await.unwrap(), expected);
    let open = journal.rows(&[State::Unknown], 0, 1).await.unwrap();
    let reason = open[0].reason.as_deref();
    assert_eq!(reason, Some("its process ended before the response"));
}

#[tokio::test]
async fn no_card_reaches_a_file() {
    let batch = Batch::new(Mode::S2s);
    let journal = batch.open().await.unwrap();
    let lines: Vec<_> = (1..=3).map(s2s).collect();
    let (_, secrets) = batch.load(&journal, &lines, false).await.unwrap();
    std::fs::remove_file(batch.folder.path().join("drop.ndjson")).unwrap();
    let mock = MockTransport::from_fn(|_| Ok(response(r#"{"errorCode":0}"#)));
    let summary = batch.run(Arc::clone(&journal) as _, &mock, secrets).await;
    assert_eq!(summary.counts, counts(&[(State::Accepted, 3)]));
    let body = String::from_utf8(mock.requests()[0].body().to_vec()).unwrap();
    assert!(body.contains("4242424242424242"), "it is sent");
    for entry in std::fs::read_dir(batch.folder.path()).unwrap() {
        let path = entry.unwrap().path();
        let bytes = std::fs::read(&path).unwrap();
        for secret in [
            &b"4242424242424242"[..],
            b"card_ccv",
            b"card_number",
            b"424242",
        ] {
            let is_there = bytes.windows(secret.len()).any(|window| window == secret);
            assert!(!is_there, "{}", path.display());
        }
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            let mode = std::fs::metadata(&path).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{}", path.display());
        }
    }
}

async fn an_account_that_is_not_active_halts_the_run(batch: Batch) {
    let journal = batch.open().await.unwrap();
    let lines: Vec<_> = (1..=50).map(hosted).collect();
    batch.load(&journal, &lines, false).await.unwrap();
    let mock =
        MockTransport::from_fn(|_| Ok(response(r#"{"errorCode":50008,"errorMessage":"no"}"#)));
    let summary = batch
        .run(Arc::clone(&journal) as _, &mock, Secrets::new())
        .await;
    assert!(
        matches!(summary.halt, Some(Halt::Account { code: 50008, .. })),
        "{summary:?}"
    );
    assert_eq!(summary.counts, counts(&[(State::Prepared, 50)]));
    assert!(mock.requests().len() <= 8, "{}", mock.requests().len());
}

async fn a_gateway_that_cannot_be_reached_for_a_moment_delays_the_rows(batch: Batch) {
    let journal = batch.open().await.unwrap();
    let lines: Vec<_> = (1..=10).map(hosted).collect();
    batch.load(&journal, &lines, false).await.unwrap();
    let calls = AtomicUsize::new(0);
    let mock = MockTransport::from_fn(move |_| {
        if calls.fetch_add(1, Ordering::Relaxed) < 4 {
            Err(TransportError::not_sent("refused"))
        } else {
            Ok(response(CREATED))
        }
    });
    let summary = batch.run(journal, &mock, Secrets::new()).await;
    assert_eq!(summary.counts, counts(&[(State::Accepted, 10)]));
}

async fn a_code_that_is_not_documented_is_unknown(batch: Batch) {
    let journal = batch.open().await.unwrap();
    batch
        .load(&journal, &[hosted(1), hosted(2)], false)
        .await
        .unwrap();
    let mock = MockTransport::new()
        .respond_with(200, r#"{"errorCode":50099}"#)
        .respond_with(200, r#"{"errorCode":50011}"#);
    let summary = batch.run(journal, &mock, Secrets::new()).await;
    let expected = counts(&[(State::Unknown, 1), (State::Rejected, 1)]);
    assert_eq!(summary.counts, expected);
}

async fn a_stop_after_the_last_row_has_stopped_nothing(batch: Batch) {
    let journal = batch.open().await.unwrap();
    batch.load(&journal, &[hosted(1)], false).await.unwrap();
    let stop = Stop::new();
    let asked = stop.clone();
    let mock = MockTransport::from_fn(move |_| {
        asked.stop();
        Ok(response(CREATED))
    });
    let config = Config::new("https://gateway.example", ApiKey::new("key").unwrap());
    let client = Client::with_transport(config, mock);
    let options = RunOptions {
        rules: rules(),
        ..RunOptions::default()
    };
    let runner = Runner::new(client.unwrap(), journal, options);
    let summary = runner.run(&stop, |_| ()).await.unwrap();
    assert_eq!((summary.counts.accepted, summary.halt), (1, None));
}

async fn a_stop_sends_nothing_more(batch: Batch) {
    let journal = batch.open().await.unwrap();
    let lines: Vec<_> = (1..=100).map(hosted).collect();
    batch.load(&journal, &lines, false).await.unwrap();
    let stop = Stop::new();
    let asked = stop.clone();
    let mock = MockTransport::from_fn(move |_| {
        asked.stop();
        Ok(response(CREATED))
    });
    let config = Config::new("https://gateway.example", ApiKey::new("key").unwrap());
    let client = Client::with_transport(config, mock.clone()).unwrap();
    let mut observed = 0;
    let options = RunOptions {
        concurrency: 2,
        rules: rules(),
        ..RunOptions::default()
    };
    let summary = Runner::new(client, journal, options)
        .run(&stop, |_| observed += 1)
        .await
        .unwrap();
    assert_eq!(summary.halt, Some(Halt::Stopped));
    let sent = mock.requests().len() as u64;
    assert!(sent <= 4, "{sent}");
    let expected = counts(&[(State::Accepted, sent), (State::Prepared, 100 - sent)]);
    assert_eq!(summary.counts, expected);
    assert!(observed >= sent);
}

async fn a_link_is_released_before_it_is_written(batch: Batch) {
    let journal = batch.open().await.unwrap();
    let lines = [hosted(1), "{}".to_owned(), hosted(2)];
    batch.load(&journal, &lines, false).await.unwrap();
    let mock = MockTransport::new()
        .respond_with(200, CREATED)
        .unknown("reset");
    batch
        .run(Arc::clone(&journal) as _, &mock, Secrets::new())
        .await;
    for _ in 0..2 {
        let mut written = Vec::new();
        let write = |row: &StoredRow| {
            let link = row.link.as_ref().map(|(url, _)| url.clone());
            written.push((row.line, row.state, link));
            Ok(())
        };
        export(&*journal, write).await.unwrap();
        let link = Some("https://gateway.example/pay?token=1".to_owned());
        written.sort_by_key(|(line, ..)| *line);
        assert_eq!(
            written,
            [
                (1, State::Accepted, link),
                (2, State::Rejected, None),
                (3, State::Unknown, None)
            ]
        );
    }
    // What was written before an error is released; what follows is not.
    let mut written = 0;
    let failing = |_: &StoredRow| {
        written += 1;
        Err(std::io::Error::other("full"))
    };
    export(&*journal, failing).await.unwrap_err();
    assert_eq!(written, 1);
    let row = journal
        .rows(&[State::Accepted], 0, 1)
        .await
        .unwrap()
        .remove(0);
    assert!(row.progress.unwrap().is_released);
}

#[tokio::test]
async fn a_person_decides_about_what_stays_unknown() {
    let batch = Batch::new(Mode::S2s);
    let journal = batch.open().await.unwrap();
    let (_, secrets) = batch
        .load(&journal, &[s2s(1), s2s(2)], false)
        .await
        .unwrap();
    let lost = MockTransport::from_fn(|_| Err(TransportError::unknown("reset")));
    batch.run(Arc::clone(&journal) as _, &lost, secrets).await;
    let rows = journal.rows(&[State::Unknown], 0, 10).await.unwrap();
    let [one, other] = [0, 1].map(|at| rows[at].reference.clone().unwrap());
    let state = decide(&*journal, &one, Decision::NotCharged, "the bank says so").await;
    assert_eq!(state.unwrap(), State::Prepared);
    let state = decide(&*journal, &other, Decision::Resolved, "paid in cash").await;
    assert_eq!(state.unwrap(), State::Resolved);
    for reference in [other, Reference::new("nobody").unwrap()] {
        let again = decide(&*journal, &reference, Decision::Resolved, "again").await;
        assert!(
            matches!(again, Err(DecisionError::NotApplied(_))),
            "{again:?}"
        );
    }
    let (_, secrets) = batch
        .load(&journal, &[s2s(1), s2s(2)], false)
        .await
        .unwrap();
    let mock = MockTransport::from_fn(|_| Ok(response(CREATED)));
    let summary = batch.run(journal, &mock, secrets).await;
    assert_eq!(
        summary.counts,
        counts(&[(State::Accepted, 1), (State::Resolved, 1)])
    );
    assert_eq!(mock.requests().len(), 1);
}

/// A journal whose disk is full after a number of transactions.
#[derive(Debug)]
struct Failing {
    inner: Arc<dyn Journal>,
    left: AtomicUsize,
}

#[async_trait]
impl Journal for Failing {
    fn mode(&self) -> Mode {
        self.inner.mode()
    }

    fn key(&self) -> &JournalKey {
        self.inner.key()
    }

    async fn load(
        &self,
        source: Box<dyn Source>,
        allow_missing: bool,
    ) -> Result<Loaded, JournalError> {
        self.inner.load(source, allow_missing).await
    }

    async fn begin(&self) -> Result<(), JournalError> {
        self.inner.begin().await
    }

    async fn transact(&self, transaction: Transaction) -> Result<Written, JournalError> {
        if self.left.fetch_sub(1, Ordering::Relaxed) == 0 {
            return Err(JournalError::Failed);
        }
        self.inner.transact(transaction).await
    }

    async fn counts(&self) -> Result<Counts, JournalError> {
        self.inner.counts().await
    }

    async fn timeline(&self) -> Result<Timeline, JournalError> {
        self.inner.timeline().await
    }

    async fn rows(
        &self,
        states: &[State],
        after: i64,
        limit: usize,
    ) -> Result<Vec<StoredRow>, JournalError> {
        self.inner.rows(states, after, limit).await
    }
}

#[tokio::test]
async fn nothing_is_sent_after_the_journal_has_failed() {
    let batch = Batch::new(Mode::Hosted);
    let inner = batch.open().await.unwrap();
    let lines: Vec<_> = (1..=50).map(hosted).collect();
    batch.load(&inner, &lines, false).await.unwrap();
    let mock = MockTransport::from_fn(|_| Ok(response(CREATED)));
    let config = Config::new("https://gateway.example", ApiKey::new("key").unwrap());
    let client = Client::with_transport(config, mock.clone()).unwrap();
    let options = RunOptions {
        concurrency: 2,
        rules: rules(),
        ..RunOptions::default()
    };
    let journal = Failing {
        inner: Arc::clone(&inner),
        left: AtomicUsize::new(3),
    };
    let ended = Runner::new(client, Arc::new(journal), options)
        .run(&Stop::new(), |_| ())
        .await;
    assert!(matches!(ended, Err(JournalError::Failed)));
    let sent = mock.requests().len();
    tokio::task::yield_now().await;
    assert_eq!(mock.requests().len(), sent);
    // What was claimed and not stored may have been created.
    let counts = inner.counts().await.unwrap();
    assert!(
        sent as u64 <= counts.accepted + counts.in_flight,
        "{counts:?}"
    );
    inner.begin().await.unwrap();
    let reopened = inner.counts().await.unwrap();
    assert_eq!((reopened.in_flight, reopened.total), (0, 50));
}
