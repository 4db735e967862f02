use std::borrow::Cow;
use std::env;
use std::error::Error;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};

use serde_json::Value;

/// Who reads standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    Text,
    Json,
}

/// A line of the result, on standard output.
pub fn line(text: impl Display) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{text}")
}

/// An object of the result, in a line of standard output.
///
/// JSON leaves DEL and the C1 controls as they are, and a terminal may obey them: they are escaped.
pub fn json(object: &Value) -> io::Result<()> {
    let text = object.to_string();
    if !text.contains(char::is_control) {
        return line(text);
    }
    let escaped = |c: char| match c {
        _ if c.is_control() => format!("\\u{:04x}", u32::from(c)),
        _ => c.to_string(),
    };
    line(text.chars().map(escaped).collect::<String>())
}

/// A whole document of the result, on standard output.
pub fn document(bytes: &[u8]) -> io::Result<()> {
    io::stdout().lock().write_all(bytes)
}

/// Anything that is not the result, on standard error. If nobody listens, that is no reason to stop.
pub fn note(text: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// An error with all its causes, in one line.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    plain(&text).into_owned()
}

/// A text from outside as it may stand on a terminal: without control characters.
pub fn plain(text: &str) -> Cow<'_, str> {
    if !text.contains(char::is_control) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace(char::is_control, "\u{fffd}"))
}

/// Colours of a stream, where there are any.
#[derive(Clone, Copy, Debug)]
pub struct Paint(bool);

impl Paint {
    /// Those of standard output.
    pub fn detect() -> Self {
        Self::on(&io::stdout())
    }

    /// On a terminal, unless `NO_COLOR` is set.
    pub fn on(stream: &impl IsTerminal) -> Self {
        let refused = env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        Self(!refused && stream.is_terminal())
    }

    pub fn off() -> Self {
        Self(false)
    }

    #[cfg(test)]
    pub fn on_any_stream() -> Self {
        Self(true)
    }

    pub fn good(self, text: impl Display) -> String {
        self.paint("32", text)
    }

    pub fn bad(self, text: impl Display) -> String {
        self.paint("31", text)
    }

    pub fn minor(self, text: impl Display) -> String {
        self.paint("33", text)
    }

    fn paint(self, colour: &str, text: impl Display) -> String {
        if self.0 {
            format!("\x1b[{colour}m{text}\x1b[0m")
        } else {
            text.to_string()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        assert_eq!(
            plain("a\u{1b}[31mb\n\u{9b}"),
            "a\u{fffd}[31mb\u{fffd}\u{fffd}"
        );
        assert_eq!(plain("ä"), "ä");
    }

    #[test]
    fn a_chain_is_one_line() {
        let inner = io::Error::other("refused\n");
        let outer = nft_invoice::transport::TransportError::not_sent(inner);
        assert_eq!(chain(&outer), "the request was not sent: refused\u{fffd}");
    }
}
