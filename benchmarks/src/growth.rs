//! How the time of validation grows with the input, in shapes that make parsers slow.

use std::hint::black_box;
use std::time::Duration;

use nft_invoice_core::{Date, Draft, Rules};

use crate::measure::Subject;
use crate::table::{Effort, Limit, Measure, Samples, Table, Target};

/// KiB, and the column of each.
const SIZES: [(usize, Measure); 6] = [
    (1, Measure::Bytes1Kib),
    (4, Measure::Bytes4Kib),
    (16, Measure::Bytes16Kib),
    (64, Measure::Bytes64Kib),
    (256, Measure::Bytes256Kib),
    (1024, Measure::Bytes1Mib),
];
/// Of the least-squares line: 1 is linear, 2 quadratic.
const LIMIT: f64 = 1.1;

pub fn table(effort: Effort) -> Table {
    let shapes = shapes();
    let rounds = effort.rounds.min(5);
    let rows = shapes.into_iter().map(|(name, input)| {
        let mut samples = Samples::new();
        let mut subjects: Vec<_> = SIZES
            .iter()
            .map(|(kib, _)| subject(input(kib * 1024)))
            .collect();
        let round = effort.round.min(Duration::from_millis(20));
        let times: Vec<_> = subjects
            .iter_mut()
            .map(|one| one.repetitions(round, 1))
            .collect();
        for _ in 0..rounds {
            let mut points = Vec::new();
            for ((kib, measure), (subject, times)) in
                SIZES.iter().zip(subjects.iter_mut().zip(&times))
            {
                let bytes = (kib * 1024) as f64;
                let seconds = subject.cost(*times).cpu_seconds;
                samples
                    .entry(*measure)
                    .or_default()
                    .push(seconds * 1e9 / bytes);
                points.push((bytes.ln(), seconds.ln()));
            }
            // Below, what an empty invoice costs hides the growth.
            let exponent = slope(&points[2..]);
            samples.entry(Measure::Exponent).or_default().push(exponent);
        }
        (name.to_owned(), samples)
    });
    let rows: Vec<_> = rows.collect();
    let targets = rows
        .iter()
        .map(|(name, _)| Target::absolute(Limit::AtMost(LIMIT), Measure::Exponent, name));
    let targets = targets.collect();
    Table::new(
        "growth with the input's size".to_owned(),
        "CPU time in ns a byte from JSON (or form pairs) to the result, errors and warnings included, at each size, and the \
         exponent of growth from 16 KiB on: 1 is linear.",
        rows,
        targets,
    )
    .without_ratios()
}

enum Input {
    Json(String),
    Pairs(Vec<(String, String)>),
}

fn subject(input: Input) -> Subject {
    let rules = Rules::on(Date::new(2026, 1, 31).expect("a day"));
    Subject::new("", move |times| {
        for _ in 0..times {
            let draft = match black_box(&input) {
                Input::Json(text) => Draft::from_json(text).expect("JSON"),
                Input::Pairs(pairs) => {
                    Draft::from_pairs(pairs.iter().map(|(name, value)| (name, value)))
                }
            };
            black_box(draft.check(&rules));
        }
    })
}

type Shape = (&'static str, fn(usize) -> Input);

fn shapes() -> Vec<Shape> {
    vec![
        ("one long text", |size| {
            field("nftDescription", &text("long words ", size))
        }),
        ("text of many bytes a character", |size| {
            field("nftDescription", &text("größe€😀 ", size))
        }),
        ("text of escapes", |size| {
            field("nftDescription", &text(r"\u00e9\n", size))
        }),
        ("one long run of digits", |size| {
            field("nftDescription", &text("4", size))
        }),
        ("repeated groups of digits", |size| {
            field("nftDescription", &text("4242 4242 ", size))
        }),
        ("groups of digits in merchant data", |size| {
            value(
                "callbackJson",
                &format!(r#"{{"note":"{}"}}"#, text("4242-4242 ", size)),
            )
        }),
        ("many numbers in merchant data", |size| {
            value(
                "callbackJson",
                &format!("[{}0]", text("424242424242,", size)),
            )
        }),
        ("many members of merchant data", |size| {
            value(
                "callbackJson",
                &format!("{{{}}}", list(|n| format!(r#""key{n}":"value{n}""#), size)),
            )
        }),
        ("deep merchant data", |size| {
            let depth = size / 2;
            value("callbackJson", &("[".repeat(depth) + &"]".repeat(depth)))
        }),
        ("attributes of the metadata", |size| {
            let attributes = list(|n| format!(r#"{{"trait_type":"t{n}","value":{n}}}"#), size);
            value(
                "ipfsMetadata",
                &format!(r#"{{"attributes":[{attributes}]}}"#),
            )
        }),
        ("many images", |size| {
            let images = list(
                |n| format!(r#""https://cdn.shop.example/nft/{n}.png""#),
                size,
            );
            value("nftImageUrls", &format!("[{images}]"))
        }),
        ("one field repeated", |size| {
            members(&list(|_| r#""email":"a@b.example""#.to_owned(), size))
        }),
        ("unknown fields", |size| {
            members(&list(|n| format!(r#""unknown{n}":"value""#), size))
        }),
        ("unknown fields of the same name", |size| {
            members(&list(|_| r#""unknown":"value""#.to_owned(), size))
        }),
        ("white space", |size| {
            members(&format!(r#""email":{}"a@b.example""#, " ".repeat(size)))
        }),
        ("long URL", |size| {
            field(
                "success_url",
                &("https://shop.example/".to_owned() + &text("a%20/", size)),
            )
        }),
        ("long e-mail address", |size| {
            field("email", &text("a.", size))
        }),
        ("form pairs", |size| {
            let pair = |n| (format!("unknown{n}"), "value".to_owned());
            Input::Pairs((0..size / 16).map(pair).collect())
        }),
    ]
}

fn field(name: &str, text: &str) -> Input {
    value(name, &format!("\"{text}\""))
}

fn value(name: &str, json: &str) -> Input {
    members(&format!("\"{name}\":{json}"))
}

fn members(members: &str) -> Input {
    Input::Json(format!(
        r#"{{"amount":"15.04","devise":"USD","checkoutMode":"nft",{members}}}"#
    ))
}

/// `part` again and again, about `size` bytes.
fn text(part: &str, size: usize) -> String {
    part.repeat(size / part.len())
}

/// Different parts with commas between them, about `size` bytes.
fn list(part: impl Fn(usize) -> String, size: usize) -> String {
    let mut list = part(0);
    let mut n = 1;
    while list.len() < size {
        list += ",";
        list += &part(n);
        n += 1;
    }
    list
}

/// The slope of the least-squares line.
fn slope(points: &[(f64, f64)]) -> f64 {
    let count = points.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| points.iter().map(of).sum::<f64>() / count;
    let (x, y) = (mean(|point| point.0), mean(|point| point.1));
    let above: f64 = points
        .iter()
        .map(|point| (point.0 - x) * (point.1 - y))
        .sum();
    let below: f64 = points.iter().map(|point| (point.0 - x).powi(2)).sum();
    above / below
}
