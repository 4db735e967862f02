//! How inputs and their rows are recognized, with each journal.

use std::collections::HashSet;
use std::sync::Arc;

use nft_invoice::Mode;
use nft_invoice::mock::MockTransport;
use nft_invoice_bulk::input::{Format, InputSource, RowContent, RowOptions, Rows};
use nft_invoice_bulk::journal::{Journal, JournalError, Loaded, StoredRow};
use nft_invoice_bulk::lifecycle::State;
use nft_invoice_bulk::run::Secrets;

#[cfg(feature = "postgres")]
use crate::postgres::PostgresStore;
#[cfg(feature = "postgres")]
use crate::runs::Store;
use crate::runs::{
    Batch, CREATED, counts, hosted, invalid, limited, over_each_journal, response, rules, s2s,
};

over_each_journal! {
    two_inputs_of_one_name_are_told_apart,
    an_input_that_was_loaded_before_resumes_beside_others,
    an_input_is_the_same_after_it_was_sorted_extended_or_corrected,
    an_input_that_misses_rows_of_its_own_is_another_one,
    a_file_to_correct_can_have_the_name_of_its_input,
    a_row_that_moves_to_another_input_is_named_by_that,
    the_same_row_in_two_inputs_is_one_invoice,
    rows_with_different_ids_are_different_rows,
    an_input_in_which_every_row_was_invalid_can_be_corrected,
    an_input_without_an_id_of_the_invalid_one_is_another,
    lines_that_cannot_be_read_are_kept_apart_by_their_inputs,
    a_replaced_row_in_its_input_again_is_not_sent,
    many_rows_with_the_same_content_are_known_again,
    any_inputs_in_any_order_lose_no_row,
}

const DROP: &str = "drop.ndjson";
const SECOND: &str = "drop.ndjson (2)";

/// Loads an input with the name of every other one.
async fn load(
    batch: &Batch,
    journal: &Arc<dyn Journal>,
    lines: &[String],
) -> Result<Loaded, JournalError> {
    let loaded = batch.load(journal, lines, false).await;
    loaded.map(|(loaded, _)| loaded)
}

/// The same, beside the other rows of the journal.
async fn add(batch: &Batch, journal: &Arc<dyn Journal>, lines: &[String]) -> Loaded {
    batch.load(journal, lines, true).await.unwrap().0
}

fn missing(loaded: Result<Loaded, JournalError>) -> Loaded {
    match loaded {
        Err(JournalError::RowsMissing(loaded)) => loaded,
        other => panic!("{other:?}"),
    }
}

/// Where the rows are that are counted.
async fn places(journal: &Arc<dyn Journal>) -> Vec<(String, u64)> {
    let rows = journal.rows(&State::ALL, 0, 1000).await.unwrap();
    let counted = |row: &StoredRow| row.state != State::Replaced;
    let rows = rows.into_iter().filter(counted);
    let mut places: Vec<_> = rows.map(|row| (row.input, row.line)).collect();
    places.sort();
    places
}

fn in_lines(input: &str, lines: impl IntoIterator<Item = u64>) -> Vec<(String, u64)> {
    lines
        .into_iter()
        .map(|line| (input.to_owned(), line))
        .collect()
}

fn with_id(id: &str, row: String) -> String {
    row.replacen('{', &format!(r##"{{"#id":"{id}","##), 1)
}

async fn two_inputs_of_one_name_are_told_apart(batch: Batch) {
    let journal = batch.open().await.unwrap();
    let one = [hosted(1), invalid(2), hosted(3)];
    let other = [hosted(4), invalid(5)];
    let third = [hosted(6)];
    assert_eq!(load(&batch, &journal, &one).await.unwrap().input, DROP);
    let stopped = missing(load(&batch, &journal, &other).await);
    assert_eq!((stopped.known, stopped.new, stopped.missing), (0, 1, 3));
    assert_eq!(stopped.input, SECOND);
    let loaded = add(&batch, &journal, &other).await;
    assert_eq!(loaded.input, SECOND);
    assert_eq!((loaded.new, loaded.invalid, loaded.dropped), (1, 1, 0));
    let expected = [in_lines(DROP, 1..=3), in_lines(SECOND, 1..=2)].concat();
    let states = counts(&[(State::Prepared, 3), (State::Rejected, 2)]);
    // Each is found again by its rows.
    for (lines, name) in [(&other[..], SECOND), (&one, DROP), (&other, SECOND)] {
        for loaded in [
            load(&batch, &journal, lines).await.unwrap(),
            add(&batch, &journal, lines).await,
        ] {
            assert_eq!(loaded.input, name);
            assert_eq!((loaded.new, loaded.dropped, loaded.replaced), (0, 0, 0));
        }
        assert_eq!(places(&journal).await, expected);
        assert_eq!(journal.counts().await.unwrap(), states);
    }
    let loaded = add(&batch, &journal, &third).await;
    assert_eq!(loaded.input, "drop.ndjson (3)");
    let fix = [hosted(7)];
    let elsewhere = batch.load_from("fix.ndjson", &journal, &fix, true).await;
    assert_eq!(elsewhere.unwrap().0.input, "fix.ndjson");
}

async fn an_input_that_was_loaded_before_resumes_beside_others(batch: Batch) {
    let journal = batch.open().await.unwrap();
    let one = [hosted(1), invalid(2), hosted(3)].to_vec();
    load(&batch, &journal, &one).await.unwrap();
    let fix = [hosted(4)];
    let name = "fix.ndjson";
    batch.load_from(name, &journal, &fix, true).await.unwrap();
    let (again, _) = batch.load_from(name, &journal, &fix, false).await.unwrap();
    assert_eq!((again.known, again.missing), (1, 3));
    let again = load(&batch, &journal, &one).await.unwrap();
    assert_eq!((again.known, again.invalid, again.missing), (2, 1, 1));
    // With another row, without one of its own, and without any.
    let grown = [one.clone(), vec![hosted(5)]].concat();
    let edited = [one[0].clone(), invalid(6), one[2].clone()];
    for (lines, known, new) in [
        (&grown[..], 2, 1),
        (&edited, 2, 0),
        (&one[..2], 1, 0),
        (&[], 0, 0),
    ] {
        let stopped = missing(load(&batch, &journal, lines).await);
        assert_eq!((stopped.known, stopped.new), (known, new));
    }
    assert_eq!(journal.counts().await.unwrap().total, 4);
}

async fn an_input_is_the_same_after_it_was_sorted_extended_or_corrected(batch: Batch) {
    let journal = batch.open().await.unwrap();
    let one = [hosted(1), invalid(2), hosted(3)];
    load(&batch, &journal, &one).await.unwrap();
    add(&batch, &journal, &[hosted(7)]).await;
    for (lines, new, replaced, dropped) in [
        (vec![hosted(3), invalid(2), hosted(1)], 0, 0, 0),
        (vec![hosted(4), hosted(3), invalid(2), hosted(1)], 1, 0, 0),
        (vec![hosted(4), hosted(3), hosted(2), hosted(1)], 1, 1, 0),
        (
            vec![invalid(5), hosted(4), hosted(3), hosted(2), hosted(1)],
            0,
            0,
            0,
        ),
        (vec![hosted(1), hosted(2), hosted(3), hosted(4)], 0, 0, 1),
    ] {
        let loaded = add(&batch, &journal, &lines).await;
        assert_eq!(loaded.input, DROP);
        assert_eq!(
            (loaded.new, loaded.replaced, loaded.dropped),
            (new, replaced, dropped)
        );
        let own = in_lines(DROP, 1..=lines.len() as u64);
        let expected = [own, in_lines(SECOND, [1])].concat();
        assert_eq!(places(&journal).await, expected);
    }
}

async fn an_input_that_misses_rows_of_its_own_is_another_one(batch: Batch) {
    let journal = batch.open().await.unwrap();
    let whole = [hosted(1), invalid(2), hosted(3), hosted(4)];
    load(&batch, &journal, &whole).await.unwrap();
    let cut = [hosted(4), hosted(1)];
    let stopped = missing(load(&batch, &journal, &cut).await);
    assert_eq!((stopped.known, stopped.new, stopped.missing), (2, 0, 2));
    let loaded = add(&batch, &journal, &cut).await;
    assert_eq!((&loaded.input[..], loaded.dropped), (SECOND, 0));
    // No two rows are named alike, and the invalid one is still counted.
    let expected = [in_lines(DROP, [2, 3]), in_lines(SECOND, [1, 2])].concat();
    assert_eq!(places(&journal).await, expected);
    assert_eq!(load(&batch, &journal, &cut).await.unwrap().input, SECOND);
    // The whole one takes its rows back.
    let loaded = load(&batch, &journal, &whole).await.unwrap();
    assert_eq!((&loaded.input[..], loaded.missing), (DROP, 0));
    assert_eq!(places(&journal).await, in_lines(DROP, 1..=4));
}

async fn a_file_to_correct_can_have_the_name_of_its_input(batch: Batch) {
    let journal = batch.open().await.unwrap();
    let note = batch.with_a_rejected_row(&journal).await;
    let whole = [1, 2, 9].map(hosted);
    let fix = [note, hosted(3)];
    missing(load(&batch, &journal, &fix).await);
    let loaded = add(&batch, &journal, &fix).await;
    assert_eq!((&loaded.input[..], loaded.replaced), (SECOND, 1));
    let expected = [in_lines(DROP, [1, 2]), in_lines(SECOND, [2])].concat();
    for (lines, name) in [(&fix[..], SECOND), (&whole, DROP), (&fix, SECOND)] {
        assert_eq!(load(&batch, &journal, lines).await.unwrap().input, name);
        assert_eq!(places(&journal).await, expected);
    }
    // One that was still invalid, and is corrected again in its file, keeps its name.
    let journal_rows = [hosted(1), hosted(2), hosted(9), invalid(5)];
    let loaded = add(&batch, &journal, &journal_rows).await;
    assert_eq!((&loaded.input[..], loaded.invalid), (DROP, 1));
    let rejected = journal.rows(&[State::Rejected], 0, 10).await.unwrap();
    let note = format!("# replaces {}", rejected[0].reference.clone().unwrap());
    for row in [invalid(6), hosted(6)] {
        let lines = [note.clone(), row];
        let loaded = batch.load_from("fix.ndjson", &journal, &lines, true).await;
        assert_eq!(loaded.unwrap().0.input, "fix.ndjson");
    }
    assert_eq!(journal.counts().await.unwrap().rejected, 0);
}

async fn a_row_that_moves_to_another_input_is_named_by_that(batch: Batch) {
    let journal = batch.open().await.unwrap();
    let (one, other) = ([hosted(1), hosted(2)], [hosted(3), invalid(4)]);
    load(&batch, &journal, &one).await.unwrap();
    add(&batch, &journal, &other).await;
    let all = [&one[..], &other].concat();
    let loaded = batch.load_from("all.ndjson", &journal, &all, false).await;
    let (loaded, _) = loaded.unwrap();
    assert_eq!((loaded.new, loaded.missing), (0, 0));
    assert_eq!(places(&journal).await, in_lines("all.ndjson", 1..=4));
    // The parts are known, too.
    let loaded = load(&batch, &journal, &other).await.unwrap();
    assert_eq!((loaded.known, loaded.missing), (1, 2));
    let expected = [in_lines("all.ndjson", [1, 2]), in_lines(DROP, [1, 2])].concat();
    assert_eq!(places(&journal).await, expected);
    assert_eq!(journal.counts().await.unwrap().total, 4);
}

async fn the_same_row_in_two_inputs_is_one_invoice(batch: Batch) {
    let journal = batch.open().await.unwrap();
    let one = [hosted(1), hosted(2), invalid(3)];
    load(&batch, &journal, &one).await.unwrap();
    // In another input, it is the same row; twice in one input, it is two.
    let loaded = add(&batch, &journal, &[hosted(5), hosted(2), hosted(2)]).await;
    assert_eq!((loaded.known, loaded.new, loaded.dropped), (1, 2, 0));
    assert_eq!(loaded.input, SECOND);
    let expected = [in_lines(DROP, [1, 3]), in_lines(SECOND, 1..=3)].concat();
    assert_eq!(places(&journal).await, expected);
    let again = load(&batch, &journal, &one).await.unwrap();
    assert_eq!((&again.input[..], again.known), (DROP, 2));
    let expected = [in_lines(DROP, 1..=3), in_lines(SECOND, [1, 3])].concat();
    assert_eq!(places(&journal).await, expected);
}

async fn rows_with_different_ids_are_different_rows(batch: Batch) {
    let journal = batch.open().await.unwrap();
    let long = "ä".repeat(100);
    let ids = ["A-1", "A-2", "", &long];
    let mut lines = ids.map(|id| with_id(id, hosted(1))).to_vec();
    lines.push(with_id("A-3", invalid(1)));
    let loaded = load(&batch, &journal, &lines).await.unwrap();
    assert_eq!((loaded.new, loaded.invalid), (4, 1));
    let ids = async || -> Vec<_> {
        let rows = journal.rows(&State::ALL, 0, 10).await.unwrap();
        rows.into_iter().map(|row| (row.id, row.line)).collect()
    };
    let id = |id: &str| Some(id.to_owned());
    let expected = [
        (id("A-1"), 1),
        (id("A-2"), 2),
        (None, 3),
        (Some(long.clone()), 4),
        (id("A-3"), 5),
    ];
    assert_eq!(ids().await, expected);
    // In any order. A row without an id is the one whose id is empty.
    lines.reverse();
    lines[2] = hosted(1);
    let loaded = load(&batch, &journal, &lines).await.unwrap();
    assert_eq!((loaded.known, loaded.new, loaded.missing), (4, 0, 0));
    let expected = expected.map(|(id, line)| (id, 6 - line));
    assert_eq!(ids().await, expected);
    // None is sent.
    let mock = MockTransport::from_fn(|_| Ok(response(CREATED)));
    batch.run(Arc::clone(&journal), &mock, Secrets::new()).await;
    assert_eq!(mock.requests().len(), 4);
    for request in mock.requests() {
        let body = String::from_utf8(request.body().to_vec()).unwrap();
        assert!(
            !body.contains("#id") && !body.contains("A-") && !body.contains(&long),
            "{body}"
        );
    }
    // Another id makes another row.
    lines[4] = with_id("A-9", hosted(1));
    let stopped = missing(load(&batch, &journal, &lines).await);
    assert_eq!((stopped.known, stopped.new, stopped.missing), (3, 1, 1));
}

async fn an_input_without_an_id_of_the_invalid_one_is_another(batch: Batch) {
    let journal = batch.open().await.unwrap();
    let of_one_shop = [with_id("A-1", invalid(1)), with_id("A-2", invalid(2))];
    load(&batch, &journal, &of_one_shop).await.unwrap();
    let of_another = [with_id("B-1", hosted(1)), with_id("B-2", hosted(2))];
    let stopped = missing(load(&batch, &journal, &of_another).await);
    assert_eq!((stopped.new, stopped.missing), (2, 2));
    let corrected = [with_id("A-2", hosted(2)), with_id("A-3", hosted(1))];
    let loaded = load(&batch, &journal, &corrected).await.unwrap();
    assert_eq!((&loaded.input[..], loaded.new), (DROP, 2));
    assert_eq!(add(&batch, &journal, &of_another).await.input, SECOND);
    let expected = counts(&[(State::Prepared, 4)]);
    assert_eq!(journal.counts().await.unwrap(), expected);
}

async fn an_input_in_which_every_row_was_invalid_can_be_corrected(batch: Batch) {
    let journal = batch.open().await.unwrap();
    let wrong = [invalid(1), invalid(2)];
    let right = [hosted(1), hosted(2), hosted(3)];
    load(&batch, &journal, &wrong).await.unwrap();
    let (loaded, _) = batch.load(&journal, &right, false).await.unwrap();
    assert_eq!((&loaded.input[..], loaded.new), (DROP, 3));
    assert_eq!(loaded.replaced, 2);
    let expected = counts(&[(State::Prepared, 3)]);
    assert_eq!(journal.counts().await.unwrap(), expected);
    // The older version of it misses rows.
    missing(load(&batch, &journal, &wrong).await);
    add(&batch, &journal, &wrong).await;
    let loaded = load(&batch, &journal, &right).await.unwrap();
    assert_eq!((&loaded.input[..], loaded.known), (DROP, 3));
    assert_eq!(journal.counts().await.unwrap(), expected);
    // What is added takes no places.
    for (n, total) in [(7, 4), (8, 5)] {
        let lines = [invalid(n)];
        let loaded = batch.load_from("b.ndjson", &journal, &lines, true).await;
        assert_eq!(loaded.unwrap().0.dropped, 0);
        assert_eq!(journal.counts().await.unwrap().total, total);
    }
    let lines = [hosted(9)];
    let loaded = batch.load_from("b.ndjson", &journal, &lines, true).await;
    assert_eq!(loaded.unwrap().0.input, "b.ndjson (3)");
    let expected = counts(&[(State::Prepared, 4), (State::Rejected, 2)]);
    assert_eq!(journal.counts().await.unwrap(), expected);
}

async fn lines_that_cannot_be_read_are_kept_apart_by_their_inputs(batch: Batch) {
    let journal = batch.open().await.unwrap();
    // Of a card no hash is stored.
    let broken = r#"{"card_ccv":"000""#.to_owned();
    let one = [broken.clone(), hosted(1), broken.clone()];
    let other = [broken.clone(), hosted(2)];
    load(&batch, &journal, &one).await.unwrap();
    let loaded = add(&batch, &journal, &other).await;
    assert_eq!((&loaded.input[..], loaded.dropped), (SECOND, 0));
    let numbers = async || -> Vec<_> {
        let rows = journal.rows(&State::ALL, 0, 10).await.unwrap();
        rows.iter().map(|row| row.number).collect()
    };
    let before = numbers().await;
    let expected = [in_lines(DROP, 1..=3), in_lines(SECOND, 1..=2)].concat();
    for lines in [&one[..], &other, &one] {
        let loaded = load(&batch, &journal, lines).await.unwrap();
        assert_eq!((loaded.new, loaded.dropped), (0, 0));
        assert_eq!(places(&journal).await, expected);
        assert_eq!(numbers().await, before);
    }
    // It is corrected in its input.
    let corrected = [hosted(3), hosted(1), broken.clone()];
    let loaded = add(&batch, &journal, &corrected).await;
    assert_eq!(
        (&loaded.input[..], loaded.new, loaded.dropped),
        (DROP, 1, 1)
    );
    // If nothing but its line is known, that is enough.
    for name in ["a.ndjson", "a.ndjson"] {
        let lines = [broken.clone()];
        let (loaded, _) = batch.load_from(name, &journal, &lines, true).await.unwrap();
        assert_eq!((&loaded.input[..], loaded.invalid), (name, 1));
        assert_eq!(journal.counts().await.unwrap().total, 6);
    }
}

async fn a_replaced_row_in_its_input_again_is_not_sent(batch: Batch) {
    let journal = batch.open().await.unwrap();
    let note = batch.with_a_rejected_row(&journal).await;
    let fix = [note, hosted(3)];
    let (loaded, _) = batch
        .load_from("fix.ndjson", &journal, &fix, true)
        .await
        .unwrap();
    assert_eq!(loaded.replaced, 1);
    let mut input = [1, 2, 9].map(hosted).to_vec();
    let loaded = load(&batch, &journal, &input).await.unwrap();
    assert_eq!((loaded.known, loaded.new, loaded.outdated), (3, 0, 1));
    // With an id, it is a row of its own.
    input.push(with_id("once more", hosted(9)));
    let loaded = add(&batch, &journal, &input).await;
    assert_eq!((loaded.new, loaded.outdated), (1, 1));
    let mock = limited();
    let summary = batch.run(Arc::clone(&journal), &mock, Secrets::new()).await;
    let expected = counts(&[(State::Accepted, 3), (State::Rejected, 1)]);
    assert_eq!(summary.counts, expected);
}

async fn many_rows_with_the_same_content_are_known_again(batch: Batch) {
    const ROWS: usize = 3500;
    let journal = batch.open().await.unwrap();
    let mut lines = vec![hosted(1); ROWS];
    let loaded = load(&batch, &journal, &lines).await.unwrap();
    assert_eq!(loaded.new, ROWS as u64);
    lines.push(hosted(1));
    let loaded = load(&batch, &journal, &lines).await.unwrap();
    assert_eq!((loaded.known, loaded.new), (ROWS as u64, 1));
}

/// Loads what a person could, and looks for a row that is lost or has the name of another one.
async fn any_inputs_in_any_order_lose_no_row(batch: Batch) {
    let journal = batch.open().await.unwrap();
    let mut random = 0x5eed_u64;
    let mut below = |limit: usize| {
        random = random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (random >> 33) as usize % limit
    };
    let broken = r#"{"card_ccv":"000""#;
    let mut inputs: Vec<(&str, Vec<String>)> = Vec::new();
    let mut valid = HashSet::new();
    for _ in 0..120 {
        let name = [DROP, "b.ndjson"][below(2)];
        // An input from before, perhaps changed, or a new one.
        let mut lines = match below(3) {
            0 if !inputs.is_empty() => inputs[below(inputs.len())].1.clone(),
            1 if !inputs.is_empty() => {
                let mut lines = inputs[below(inputs.len())].1.clone();
                let at = below(lines.len());
                match below(4) {
                    0 => lines.reverse(),
                    1 => lines.insert(at, hosted(below(60))),
                    2 => lines[at] = hosted(below(60)),
                    _ => drop(lines.remove(at)),
                }
                lines
            }
            _ => (0..=below(5))
                .map(|_| match below(5) {
                    0 => invalid(below(60)),
                    1 => broken.to_owned(),
                    _ => hosted(below(60)),
                })
                .collect(),
        };
        if lines.is_empty() {
            lines.push(hosted(below(60)));
        }
        let before = journal.counts().await.unwrap();
        let (loaded, _) = batch.load_from(name, &journal, &lines, true).await.unwrap();
        let after = journal.counts().await.unwrap();
        assert_eq!(after.prepared, before.prepared + loaded.new, "{loaded:?}");
        let gone = loaded.dropped + loaded.replaced;
        assert!(after.rejected + gone >= before.rejected, "{loaded:?}");
        // The same one again needs no permission, and changes nothing.
        let named = places(&journal).await;
        let (again, _) = batch
            .load_from(name, &journal, &lines, false)
            .await
            .unwrap();
        assert_eq!((again.new, again.dropped, again.replaced), (0, 0, 0));
        assert_eq!(journal.counts().await.unwrap(), after);
        let different: HashSet<_> = named.iter().collect();
        assert_eq!(different.len(), named.len(), "{loaded:?} {named:?}");
        valid.extend(lines.iter().filter(|line| line.contains("@b.")).cloned());
        inputs.push((name, lines));
    }
    // Each row is there, and once for each time that one input has it at most.
    let most = |row: &String| {
        let counts = inputs
            .iter()
            .map(|(_, lines)| lines.iter().filter(|line| *line == row));
        counts.map(Iterator::count).max().unwrap_or_default() as u64
    };
    let expected = valid.iter().map(most).sum::<u64>();
    assert_eq!(journal.counts().await.unwrap().prepared, expected);
}

#[tokio::test]
async fn cards_of_several_pipes_resume_without_permission() {
    let batch = Batch::new(Mode::S2s);
    let journal = batch.open().await.unwrap();
    let folder = tempfile::TempDir::new().unwrap();
    let pipe = async |rows: &[String], allow_missing| {
        let path = folder.path().join("pipe.ndjson");
        std::fs::write(&path, rows.join("\n")).unwrap();
        let options = RowOptions {
            rules: rules(),
            mode: Mode::S2s,
            wraps_callback_data: false,
        };
        let key = journal.key().clone();
        let rows = Rows::open(&path, Format::Ndjson, options, key).unwrap();
        let source = InputSource::new("-", rows);
        let kept = source.kept();
        let loaded = journal.load(Box::new(source), allow_missing).await;
        loaded.map(|loaded| (loaded, kept.take()))
    };
    let (one, other) = ([s2s(1), s2s(2)], [s2s(3)]);
    assert_eq!(pipe(&one, false).await.unwrap().0.input, "-");
    assert!(pipe(&other, false).await.is_err());
    assert_eq!(pipe(&other, true).await.unwrap().0.input, "- (2)");
    let mock = MockTransport::from_fn(|_| Ok(response(CREATED)));
    for (rows, name, sent) in [(&one[..], "-", 2), (&other, "- (2)", 3)] {
        let (loaded, secrets) = pipe(rows, false).await.unwrap();
        assert_eq!((&loaded.input[..], loaded.new), (name, 0));
        batch.run(Arc::clone(&journal), &mock, secrets).await;
        assert_eq!(mock.requests().len(), sent);
    }
}

#[test]
fn an_id_is_short_text_without_a_card_number() {
    let folder = tempfile::TempDir::new().unwrap();
    let key = nft_invoice_bulk::JournalKey::random().unwrap();
    let read = |name: &str, text: String, mode| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        let options = RowOptions {
            rules: rules(),
            mode,
            wraps_callback_data: false,
        };
        let format = Format::of(&path).unwrap();
        let mut rows = Rows::open(&path, format, options, key.clone()).unwrap();
        rows.read_row().unwrap().unwrap()
    };
    let csv = |id: &str| {
        let text = format!("#ID,email,amount\n\"{id}\",ada@shop.example,1\n");
        read("a.csv", text, Mode::Hosted)
    };
    let json = |id: &str, mode| {
        let row = if mode == Mode::S2s { s2s(1) } else { hosted(1) };
        read("a.ndjson", with_id(id, row), mode)
    };
    let long = "x".repeat(101);
    for (id, code) in [
        (" A-1 ", None),
        ("4242424242424242", Some("card_data")),
        ("4242.4242.4242.4242", Some("card_data")),
        (&long, Some("too_long")),
    ] {
        for row in [csv(id), json(id, Mode::Hosted), json(id, Mode::S2s)] {
            match (code, &row.content) {
                (None, RowContent::Valid(_)) => assert_eq!(row.id.as_deref(), Some("A-1")),
                (Some(code), RowContent::Invalid(invalid)) => {
                    let [fault] = &invalid.faults[..] else {
                        panic!("{invalid:?}")
                    };
                    assert_eq!((&fault.path[..], &fault.code[..]), ("/#id", code));
                    assert!(!format!("{row:?}").contains(id), "{row:?}");
                    assert_eq!(row.id, None);
                }
                (_, content) => panic!("{id}: {content:?}"),
            }
        }
    }
    // In JSON every other field would be sent.
    for name in ["#ID", "# id", "#comment"] {
        let row = hosted(1).replacen('{', &format!(r##"{{"{name}":"A-1","##), 1);
        match read("a.ndjson", row, Mode::Hosted).content {
            RowContent::Invalid(row) => assert_eq!(row.faults[0].code, "unknown_note"),
            RowContent::Valid(_) => panic!("{name} is sent"),
        }
    }
    assert!(matches!(csv("a\nb").content, RowContent::Invalid(_)));
    let twice = "#id,email,amount,#id\na,ada@shop.example,1,b\n".to_owned();
    let RowContent::Invalid(twice) = read("a.csv", twice, Mode::Hosted).content else {
        panic!("accepted")
    };
    assert_eq!(twice.faults[0].code, "duplicate");
}
