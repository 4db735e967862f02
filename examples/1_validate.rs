//! Validates a checkout form with nothing but `nft-invoice-core`: no network, no clock, no async.

use nft_invoice_core::{Date, Draft, Rules, ValueError};

fn main() -> Result<(), ValueError> {
    // The pairs of a form, as a web framework provides them.
    let form = [
        ("email", "customer@@shop.example"),
        ("amount", "15,04"),
        ("country", "UK"),
        ("success_url", "http://localhost:3000/thanks"),
    ];

    // The day is given; the limits are those of your account at the gateway.
    let today = Date::new(2026, 1, 31).expect("this day exists");
    let rules = Rules::on(today).max_amount("5000".parse()?);
    let checked = Draft::from_pairs(form).check(&rules);

    // Every error at once, each with the field that it belongs to.
    let errors = checked.invoice.expect_err("this form has mistakes");
    for error in &errors {
        println!(
            "{:<14} {:<14} {}",
            error.path(),
            error.code(),
            error.message()
        );
    }
    // Warnings never prevent sending.
    for warning in &checked.warnings {
        println!(
            "{:<14} {:<14} {}",
            warning.path(),
            warning.code(),
            warning.message()
        );
    }

    let paths: Vec<_> = errors.iter().map(|error| error.path()).collect();
    assert_eq!(paths, ["/email", "/amount", "/country"]);
    Ok(())
}
