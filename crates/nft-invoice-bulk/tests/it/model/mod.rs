//! An exhaustive check of the life cycle: two workers, three sends, three crashes, a network that loses and delays.
//!
//! The rules are those that the runner uses. Two of them can be switched off: the search then finds the double charges
//! that each of them prevents.

mod search;
mod world;

use nft_invoice::Mode;

use search::explore;
use world::{Rules, World};

#[test]
fn charges_nobody_twice_and_loses_no_invoice() {
    for mode in [Mode::Hosted, Mode::S2s] {
        let worlds = explore(World::new(mode), Rules::default()).expect("no invariant is violated");
        println!("{mode}: {worlds} worlds");
        assert!(worlds > 10_000, "{mode}: only {worlds} worlds were reached");
    }
}

#[test]
fn finds_the_double_charge_of_a_queue_that_requeues_after_a_crash() {
    let rules = Rules {
        requeues_after_a_crash: true,
        ..Rules::default()
    };
    let violation = explore(World::new(Mode::S2s), rules).unwrap_err();
    assert_eq!(violation.invariant, "an S2S row is created at most once");
    println!("{violation}");
    assert!(violation.steps.len() <= 8, "{violation}");
}

#[test]
fn finds_the_double_charge_of_a_late_write_without_an_epoch() {
    let rules = Rules {
        ignores_epochs: true,
        ..Rules::default()
    };
    let violation = explore(World::new(Mode::S2s), rules).unwrap_err();
    assert_eq!(violation.invariant, "an S2S row is created at most once");
    println!("{violation}");
}

#[test]
fn finds_the_second_request_of_a_retry_after_an_unknown_outcome() {
    let rules = Rules {
        resends_unknown: true,
        ..Rules::default()
    };
    let violation = explore(World::new(Mode::S2s), rules).unwrap_err();
    assert_eq!(violation.invariant, "an S2S row is created at most once");
}
