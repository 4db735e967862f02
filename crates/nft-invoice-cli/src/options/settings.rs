use std::env;
use std::path::Path;

use crate::exit::Failure;
use crate::terminal::output::Format;
use nft_invoice_bulk::input::InputFile;

/// The options of every command, before or after its name.
#[derive(clap::Args)]
pub struct Settings {
    /// Format of the output: text for people, json for programs (one object a line)
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Show the chain of causes of a failure
    #[arg(short, long, global = true)]
    pub verbose: bool,
}

/// The value of an environment variable, if it is set and not empty.
pub fn variable(name: &str) -> Result<Option<String>, Failure> {
    let value = env::var_os(name).filter(|value| !value.is_empty());
    let text = value.map(|value| value.into_string()).transpose();
    text.map_err(|_| Failure::usage(format!("cannot use {name}: it is not UTF-8 text")))
}

/// The first and only line of the file that `option` names. What is read is wiped by [`InputFile`].
pub fn secret_in(path: &Path, option: &str) -> Result<String, Failure> {
    let read = |reason: &str| Failure::usage(format!("cannot read {option}: {reason}"));
    let mut input = InputFile::open(path).map_err(|error| read(&error.to_string()))?;
    let bytes = input.whole().map_err(|error| read(&error.to_string()))?;
    let text = str::from_utf8(bytes).map_err(|_| read("it is not UTF-8 text"))?;
    Ok(text.trim_start_matches('\u{feff}').trim().to_owned())
}
