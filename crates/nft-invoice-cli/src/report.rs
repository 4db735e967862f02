//! Problems and advice, as objects for programs and as lines for people.

use nft_invoice::{Advice, Problem};
use serde_json::{Value, json};

use crate::output::{Paint, plain};

pub fn problems_json<'a>(problems: impl IntoIterator<Item = &'a Problem>) -> Value {
    let object = |problem: &Problem| {
        json!({
            "path": problem.path(),
            "code": problem.code().as_str(),
            "message": problem.message(),
            "gateway_code": problem.gateway_code(),
        })
    };
    problems.into_iter().map(object).collect()
}

pub fn advice_json<'a>(advice: impl IntoIterator<Item = &'a Advice>) -> Value {
    let object = |advice: &Advice| {
        json!({
            "path": advice.path(),
            "code": advice.code().as_str(),
            "message": advice.message(),
        })
    };
    advice.into_iter().map(object).collect()
}

/// `  /devise: set it to USD (unsupported, gateway code 50009)`
pub fn problem_line(problem: &Problem, paint: Paint) -> String {
    let code = match problem.gateway_code() {
        Some(gateway) => format!("{}, gateway code {gateway}", problem.code()),
        None => problem.code().to_string(),
    };
    let place = paint.bad(place(problem.path()));
    format!("  {place}: {} ({code})", plain(problem.message()))
}

/// `  advice: /name: … (unusual)`
pub fn advice_line(advice: &Advice, paint: Paint) -> String {
    let label = paint.minor("advice");
    let (place, message) = (place(advice.path()), plain(advice.message()));
    format!("  {label}: {place}: {message} ({})", advice.code())
}

fn place(path: &str) -> String {
    match path {
        "" => "the input".to_owned(),
        path => plain(path).into_owned(),
    }
}
