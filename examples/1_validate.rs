//! Checks a checkout form with nothing but `nft-invoice-core`: no network, no clock, no async.

use nft_invoice_core::{Draft, Rules};

fn main() {
    // What a web framework gives you of a form, as it was typed.
    let form = [
        ("email", "customer@@shop.example"),
        ("amount", "15,04"),
        ("devise", "USD"),
        ("country", "UK"),
        ("success_url", "http://localhost:3000/thanks"),
        ("checkoutMode", "nft"),
    ];

    // The day is yours to give; the limits are those of your account at the gateway.
    let mut rules = Rules::new("2026-01-31".parse().expect("a day"));
    rules.max = Some("5000".parse().expect("an amount"));

    let checked = Draft::from_pairs(form).check(&rules);

    // Every problem at once: mark each box of the form by its path.
    let problems = checked.invoice.expect_err("this form has mistakes");
    for problem in &problems {
        println!(
            "{:<14} {:<12} {}",
            problem.path(),
            problem.code(),
            problem.message()
        );
    }
    // Advice never blocks.
    for advice in &checked.advice {
        println!(
            "{:<14} {:<12} {}",
            advice.path(),
            advice.code(),
            advice.message()
        );
    }

    let paths: Vec<_> = problems.iter().map(|problem| problem.path()).collect();
    assert_eq!(paths, ["/email", "/amount", "/country"]);
}
