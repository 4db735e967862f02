use std::borrow::Cow;
use std::env;
use std::error::Error;
use std::fmt::Display;
use std::io::{self, IsTerminal, Write};
use std::path::Path;

use serde::Serialize;
use serde_json::Value;

/// The format of standard output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    Text,
    Json,
}

/// A line of the result, on standard output.
pub fn line(text: impl Display) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{text}")
}

/// An object of the result, as one line of standard output.
pub fn json(object: &Value) -> io::Result<()> {
    line(escaped(object))
}

/// `object` as one line, with every character escaped that a terminal could obey or hide.
pub fn escaped(object: &impl Serialize) -> String {
    // Enough for most objects.
    let mut text = Vec::with_capacity(512);
    serde_json::to_writer(&mut text, object).expect("objects of the program are JSON");
    let text = String::from_utf8(text).expect("JSON is UTF-8");
    if is_visible_ascii(&text) || !text.contains(is_hidden) {
        return text;
    }
    let mut line = String::with_capacity(text.len() + 64);
    for c in text.chars() {
        if is_hidden(c) {
            for unit in c.encode_utf16(&mut [0; 2]) {
                line.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            line.push(c);
        }
    }
    line
}

/// A whole document of the result, on standard output.
pub fn document(bytes: &[u8]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(bytes)?;
    out.flush()
}

/// Anything but the result, on standard error. A closed standard error does not end the program.
pub fn note(text: impl Display) {
    let _ = writeln!(io::stderr().lock(), "{text}");
}

/// A file name or an address as a word of a shell command.
pub fn quoted(name: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "/._-:@".contains(c);
    match name.chars().all(plain) {
        true => name.to_owned(),
        false => format!("'{}'", name.replace('\'', r"'\''")),
    }
}

/// The causes of an error, the nearest first, on standard error.
pub fn causes(error: &dyn Error) {
    for cause in sources(error) {
        note(format_args!("  caused by: {cause}"));
    }
}

/// An error with all its causes, in one line.
pub fn chain(error: &dyn Error) -> String {
    let text = error.to_string();
    let first = plain(&text).into_owned();
    sources(error)
        .into_iter()
        .fold(first, |chain, cause| format!("{chain}: {cause}"))
}

/// The causes of an error, the nearest first, fit for a terminal.
fn sources(error: &dyn Error) -> Vec<String> {
    let mut causes = Vec::new();
    let mut next = error.source();
    while let Some(error) = next {
        causes.push(plain(&error.to_string()).into_owned());
        next = error.source();
    }
    causes
}

/// `text` from outside, fit for a terminal: hidden characters are escaped.
pub fn plain(text: &str) -> Cow<'_, str> {
    if is_visible_ascii(text) || !text.contains(is_hidden) {
        return Cow::Borrowed(text);
    }
    let shown = |c: char| {
        if is_hidden(c) {
            format!("\\u{{{:x}}}", u32::from(c))
        } else {
            c.to_string()
        }
    };
    Cow::Owned(text.chars().map(shown).collect())
}

/// The name of an input, fit for a terminal.
pub fn input_name(path: &Path) -> String {
    match path == Path::new("-") {
        true => "standard input".to_owned(),
        false => plain(&path.display().to_string()).into_owned(),
    }
}

/// Almost every text is, and this is checked many times faster than its characters: it reads all bytes, many at a time.
fn is_visible_ascii(text: &str) -> bool {
    let is_visible = |all, byte| all & matches!(byte, b' '..=b'~');
    text.bytes().fold(true, is_visible)
}

/// Control characters, and those that reorder or hide what is around them.
fn is_hidden(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{e0000}'..='\u{e007f}')
}

/// The colours of a stream, if it has any.
#[derive(Clone, Copy, Debug)]
pub struct Paint(bool);

impl Paint {
    /// The colours of standard output.
    pub fn detect() -> Self {
        Self::on(&io::stdout())
    }

    /// Colours on a terminal, unless `NO_COLOR` is set.
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
    fn the_causes_of_an_error_are_fit_for_a_terminal() {
        #[derive(Debug)]
        struct Handshake(io::Error);

        impl Display for Handshake {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("the handshake failed")
            }
        }

        impl Error for Handshake {
            fn source(&self) -> Option<&(dyn Error + 'static)> {
                Some(&self.0)
            }
        }

        let tls = Handshake(io::Error::other("issued for \u{1b}[31m\u{202e}"));
        let text = r"issued for \u{1b}[31m\u{202e}";
        assert_eq!(sources(&tls), [text]);
        assert!(chain(&tls).ends_with(text), "{}", chain(&tls));
    }

    #[test]
    fn hidden_characters_are_escaped_in_text_and_json() {
        assert_eq!(plain("a\u{1b}[31mb\n\u{9b}"), r"a\u{1b}[31mb\u{a}\u{9b}");
        assert_eq!(plain("ä\u{202e}x\u{200b}"), r"ä\u{202e}x\u{200b}");
        let object = serde_json::json!({"a": "\u{9b}31m\u{85}\u{7f}\u{202e}\u{e0041}ä"});
        let line = escaped(&object);
        assert_eq!(line, r#"{"a":"\u009b31m\u0085\u007f\u202e\udb40\udc41ä"}"#);
        assert_eq!(serde_json::from_str::<Value>(&line).unwrap(), object);
    }
}
