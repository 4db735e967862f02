use std::ops::Range;
use std::path::Path;

use clap::{Args, Command};
use serde::Deserialize;
use toml::de::{DeTable, Error};

use crate::exit::Failure;
use crate::options::gateway_settings::GatewaySettings;
use crate::options::spelling::similar;
use crate::terminal::output::plain;
use nft_invoice_bulk::input::InputFile;

/// Reads the settings in a configuration file. Relative paths in it are relative to its folder.
///
/// Messages name the entry, its line and its column, and never show a value: it can be a password.
pub fn read(path: &Path) -> Result<GatewaySettings, Failure> {
    let failed = |reason: String| {
        let name = path.display().to_string();
        Failure::usage(format!("cannot use --config {}: {reason}", plain(&name)))
    };
    let mut input = InputFile::file(path).map_err(|error| failed(error.to_string()))?;
    let bytes = input.whole().map_err(|error| failed(error.to_string()))?;
    let text = str::from_utf8(bytes).map_err(|_| failed("it is not UTF-8 text".to_owned()))?;
    let settings = parse(text).map_err(failed)?;
    Ok(settings.relative_to(path.parent().unwrap_or(Path::new(""))))
}

fn parse(text: &str) -> Result<GatewaySettings, String> {
    let table = DeTable::parse(text).map_err(|error| {
        let message = plain(error.message()).into_owned();
        at(text, error.span(), &format!("this is not TOML: {message}"))
    })?;
    for name in table.get_ref().keys() {
        check_name(name.get_ref()).map_err(|wrong| at(text, Some(name.span()), &wrong))?;
    }
    let entries = table.get_ref().iter();
    let places: Vec<_> = entries
        .map(|(name, value)| (name.get_ref().to_string(), value.span()))
        .collect();
    GatewaySettings::deserialize(toml::Deserializer::from(table)).map_err(|error| {
        let span = error.span().unwrap_or_default();
        let of = places.iter().find(|(_, place)| place.contains(&span.start));
        let name = of.map_or("", |(name, _)| name);
        at(
            text,
            error.span(),
            &format!("{name}: enter {}", expected(&error)),
        )
    })
}

/// What is accepted. The rest of serde's message shows the value.
fn expected(error: &Error) -> &str {
    match error.message().rsplit("expected ").next() {
        Some("a string") => "a text in quotes, such as \"https://gateway.example\"",
        Some("path string") => "a path in quotes, such as \"key.txt\"",
        Some("a boolean") => "true or false",
        Some("a sequence") => "a list of texts, such as [\"sandbox\"]",
        Some(other) => other,
        None => "another value",
    }
}

/// Checks the name of an entry.
fn check_name(name: &str) -> Result<(), String> {
    let options = GatewaySettings::augment_args(Command::new("settings"));
    let known: Vec<_> = options
        .get_arguments()
        .map(|option| option.get_id().as_str())
        .collect();
    if known.contains(&name) {
        return Ok(());
    }
    let letters = name.chars().filter(char::is_ascii_alphanumeric);
    let letters = letters.collect::<String>().to_ascii_lowercase();
    if letters == "key" || letters.ends_with("apikey") {
        return Err(
            "the API key itself must not be in this file, which others may read. Put it into a file of its own and \
             name that here: api_key_file = \"key.txt\""
                .to_owned(),
        );
    }
    let near = similar(&name.to_ascii_lowercase().replace('-', "_"), &known);
    let hint = match near.as_slice() {
        [] => format!("Known entries: {}.", known.join(", ")),
        near => format!("Did you mean {}?", near.join(" or ")),
    };
    Err(format!("unknown entry {}. {hint}", plain(name)))
}

/// `message` with the line and the column, both counted from 1.
fn at(text: &str, span: Option<Range<usize>>, message: &str) -> String {
    let before = span.and_then(|span| text.get(..span.start)).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let start = before.rfind('\n').map_or(0, |end| end + 1);
    let column = before[start..].chars().count() + 1;
    format!("line {line}, column {column}: {message}")
}
