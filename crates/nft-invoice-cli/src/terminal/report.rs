//! Validation errors and warnings, as lines for people. For programs they serialize by themselves.

use nft_invoice::{ValidationError, Warning};

use crate::terminal::output::{Paint, plain};

/// `  /devise: Enter USD in upper case. (unsupported, gateway code 50009)`
pub fn error_line(error: &ValidationError, paint: Paint) -> String {
    let code = match error.gateway_code() {
        Some(gateway) => format!("{}, gateway code {gateway}", error.code()),
        None => error.code().to_string(),
    };
    let place = paint.bad(place(error.path()));
    format!("  {place}: {} ({code})", plain(&error.message()))
}

/// `  warning: /name: … (unusual)`
pub fn warning_line(warning: &Warning, paint: Paint) -> String {
    let label = paint.minor("warning");
    let place = place(warning.path());
    format!(
        "  {label}: {place}: {} ({})",
        plain(&warning.message()),
        warning.code()
    )
}

/// `1 error`, `2 errors`
pub fn count_of_errors(count: usize) -> String {
    if count == 1 {
        "1 error".to_owned()
    } else {
        format!("{count} errors")
    }
}

fn place(path: &str) -> String {
    match path {
        "" => "input".to_owned(),
        path => plain(path).into_owned(),
    }
}
