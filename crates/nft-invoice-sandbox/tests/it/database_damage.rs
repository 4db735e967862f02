//! Random damage to the files of killed processes. A long run, not part of the usual tests:
//!
//! `cargo test -p nft-invoice-sandbox --test it -- --ignored --nocapture database_damage`
//!
//! `NFT_INVOICE_SANDBOX_TEST_DATABASES` sets the number of databases, and `NFT_INVOICE_SANDBOX_TEST_SEED` the seed.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::mpsc::channel;
use std::time::Duration;

use nft_invoice_sandbox::{CallbackSink, Sandbox, StartError, recover_database};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use tempfile::tempdir;

use crate::database_killed::{hammer, spawn};

/// How often each file of a database is damaged.
const FLIPS: usize = 20;
const CUTS: usize = 8;

type Files = Vec<(PathBuf, Vec<u8>)>;

#[derive(Debug, Default)]
struct Count {
    complete: usize,
    rejected: usize,
    /// Databases whose process was killed in the middle of a write.
    interrupted: usize,
    recovered: usize,
}

#[test]
#[ignore = "a long run; see the head of this file"]
fn every_start_is_complete_or_rejected() {
    let number = |name, default| std::env::var(name).map_or(default, |text| text.parse().unwrap());
    let databases = number("NFT_INVOICE_SANDBOX_TEST_DATABASES", 60);
    let seed = number("NFT_INVOICE_SANDBOX_TEST_SEED", 1);
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut count = Count::default();
    for database in 0..databases {
        // On a disk: most of the time is spent in writes, so the kill hits many of them.
        let folder = tempdir().unwrap();
        let path = folder.path().join("sandbox.db");
        let until = 1 + random.next_u32() as usize % 40;
        let moment = Duration::from_micros(u64::from(random.next_u32() % 20_000));
        let acknowledged = kill(&path, until, moment);
        let files = read(&path);
        count.interrupted += usize::from(files.iter().any(|(_, bytes)| is_interrupted(bytes)));

        // The invoices as they are without damage.
        let expected = invoices(&path).unwrap_or_else(|why| panic!("database {database}: {why}"));
        let expected: Vec<_> = expected
            .into_iter()
            .filter(|(reference, _)| acknowledged.contains(reference))
            .collect();
        assert_eq!(expected.len(), acknowledged.len(), "database {database}");

        for damaged in variants(&files, &path, &mut random) {
            write(&files, &damaged);
            match invoices(&path) {
                Ok(found) => {
                    for invoice in &expected {
                        assert!(found.contains(invoice), "database {database}: {invoice:?}");
                    }
                    count.complete += 1;
                }
                Err(message) => {
                    count.rejected += 1;
                    check_message(&message);
                    let copy = folder.path().join("copy.db");
                    if recover_database(&path, &copy).is_ok() {
                        let kept = invoices(&copy).unwrap();
                        let kept = format!(" ({} invoice", kept.len());
                        // A damaged header can look like that of another version.
                        let says = message.contains(&kept) || message.contains("has version");
                        assert!(says, "{message}: {kept}");
                        count.recovered += 1;
                    }
                }
            }
            for file in names(&path) {
                fs::remove_file(file).unwrap();
            }
        }
    }
    assert!(count.interrupted > 0 && count.rejected > 0 && count.complete > 0);
    println!("{databases} databases with seed {seed}: {count:?}");
}

/// Each file with changed bits, cut, and missing; the database itself is never missing.
fn variants(files: &Files, path: &Path, random: &mut ChaCha8Rng) -> Vec<Files> {
    let mut all = Vec::new();
    for (place, (file, bytes)) in files.iter().enumerate() {
        let mut add = |damaged: Option<Vec<u8>>| {
            let mut files = files.clone();
            match damaged {
                Some(bytes) => files[place].1 = bytes,
                None => drop(files.remove(place)),
            }
            all.push(files);
        };
        if file != path {
            add(None);
        }
        add(Some(Vec::new()));
        let mut below = |limit: usize| (random.next_u64() % limit.max(1) as u64) as usize;
        for _ in 0..FLIPS {
            let bit = below(bytes.len() * 8);
            let mut bytes = bytes.clone();
            if let Some(byte) = bytes.get_mut(bit / 8) {
                *byte ^= 1 << (bit % 8);
            }
            add(Some(bytes));
        }
        for _ in 0..CUTS {
            add(Some(bytes[..below(bytes.len())].to_vec()));
        }
    }
    all
}

/// Creates invoices until so many are acknowledged, kills the process a moment later, and returns the acknowledged
/// references. Without the moment, it would be killed at the beginning of a write each time.
fn kill(path: &Path, until: usize, moment: Duration) -> Vec<String> {
    let sink = CallbackSink::start().unwrap();
    let (process, address) = spawn(path, &sink.url(), "umask 000");
    let (answered, answers) = channel();
    let mut process = Some(process);
    std::thread::scope(|scope| {
        for thread in 0..3 {
            let (address, answered) = (&address, answered.clone());
            scope.spawn(move || hammer(address, &thread.to_string(), &answered));
        }
        drop(answered);
        let mut acknowledged = Vec::new();
        for (reference, _) in answers {
            acknowledged.push(reference);
            if acknowledged.len() == until {
                std::thread::sleep(moment);
                drop(process.take());
            }
        }
        acknowledged
    })
}

/// Whether there is a row, or a part of one, that was not acknowledged.
fn is_interrupted(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let number = |head: &str| head.split(' ').nth(4).unwrap().parse().unwrap();
    let acknowledged: usize = text.lines().take(2).map(number).max().unwrap();
    text.split('\n')
        .skip(2)
        .filter(|row| !row.is_empty())
        .count()
        > acknowledged
}

fn read(path: &Path) -> Files {
    let read = |file: PathBuf| {
        let bytes = fs::read(&file).unwrap();
        (file, bytes)
    };
    names(path).into_iter().map(read).collect()
}

/// The files of a database, and its copy.
fn names(path: &Path) -> Vec<PathBuf> {
    let files = fs::read_dir(path.parent().unwrap()).unwrap();
    let files: Vec<_> = files.map(|file| file.unwrap().path()).collect();
    for file in &files {
        let name = file.file_name().unwrap().to_str().unwrap();
        let known = name.starts_with("sandbox.db") || name == "copy.db";
        assert!(known, "{name}");
    }
    files
}

fn write(files: &Files, damaged: &Files) {
    for (file, _) in files {
        let _ = fs::remove_file(file);
    }
    for (file, bytes) in damaged {
        fs::write(file, bytes).unwrap();
    }
}

/// Starts, and returns the reference of each invoice with all its data; or the message.
fn invoices(path: &Path) -> Result<Vec<(String, String)>, String> {
    let started = Sandbox::builder().database(path).start_blocking();
    let sandbox = started.map_err(|error| match error {
        StartError::Database { source, .. } => source.to_string(),
        other => panic!("{other}"),
    })?;
    let invoices = sandbox.invoices();
    let invoices = invoices.iter().map(|invoice| {
        let reference = serde_json::from_str(invoice.callback_json().unwrap()).unwrap();
        let card = invoice.card.as_ref().map(|card| card.masked().to_owned());
        (reference, format!("{:?} {card:?}", **invoice))
    });
    Ok(invoices.collect())
}

#[track_caller]
fn check_message(message: &str) {
    let known = [
        "the file is damaged; intact before the damage: ",
        "the file is damaged; no event in it is intact; delete it",
        "the file is empty; delete it",
        // Bits of the header that say so.
        "the file is not a sandbox database",
        "the database has version ",
        "the file cannot be opened",
    ];
    let says = known.iter().any(|start| message.starts_with(start));
    assert!(says, "{message}");
}
