//! Fault plans on the command line, and where one is invalid.

use std::path::Path;

use crate::exit::Failure;
use crate::terminal::output::plain;
use nft_invoice_bulk::input::InputFile;

/// The plan itself, or the content of the file after `@`.
pub fn text(argument: &str) -> Result<String, Failure> {
    let Some(path) = argument.strip_prefix('@') else {
        return Ok(argument.to_owned());
    };
    let failed = |reason: &str| {
        Failure::usage(format!(
            "cannot read the fault plan in {}: {reason}",
            plain(path)
        ))
    };
    let mut input = InputFile::open(Path::new(path)).map_err(|error| failed(&error.to_string()))?;
    let bytes = input.whole().map_err(|error| failed(&error.to_string()))?;
    let text = str::from_utf8(bytes).map_err(|_| failed("it is not UTF-8 text"))?;
    Ok(text.to_owned())
}

/// The line of `plan` with a caret under the column; both are counted from 1.
pub fn pointed_at(plan: &str, line: usize, column: usize) -> String {
    let line = plan.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    // As it is shown: a tab would move the caret.
    let line = plain(line);
    let before = column.saturating_sub(1).min(line.chars().count());
    format!("  {line}\n  {}^", " ".repeat(before))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_caret_is_under_the_column() {
        for (plan, line, column, shown) in [
            ("create->x", 1, 9, "  create->x\n          ^"),
            ("a\nä->x", 2, 4, "  ä->x\n     ^"),
            ("a->", 1, 4, "  a->\n     ^"),
            ("a", 9, 99, "  \n  ^"),
            ("", 0, 0, "  \n  ^"),
            ("\tb", 1, 3, "  \\u{9}b\n    ^"),
        ] {
            assert_eq!(pointed_at(plan, line, column), shown, "{plan:?}");
        }
    }
}
