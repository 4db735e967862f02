use std::fmt;
use std::io;
use std::path::Path;

use nft_invoice::Callback;

use super::Hint;
use crate::input::{InputFile, Line, is_note};

/// Callbacks that a merchant has stored: one body as the gateway has sent it a line, a JSON object. Blank lines and
/// lines that begin with `#` are ignored.
///
/// One line at a time is in memory, at most 1 MiB.
pub struct Callbacks {
    input: InputFile,
    line: u64,
}

/// A line that was read.
#[derive(Debug, PartialEq, Eq)]
pub struct CallbackLine {
    /// Its number in the file, from 1.
    pub line: u64,
    /// Its hint, `None` if it is of another invoice than a row's; or why it cannot be read, without anything that it
    /// contains.
    pub hint: Result<Option<Hint>, String>,
}

impl Callbacks {
    /// Opens a file, or standard input for `-`.
    ///
    /// # Errors
    ///
    /// If it cannot be opened.
    pub fn open(path: &Path) -> io::Result<Self> {
        let input = InputFile::open(path)?;
        Ok(Self { input, line: 0 })
    }

    /// Returns the next line; `None` after the last.
    ///
    /// # Errors
    ///
    /// If it cannot be read any further.
    pub fn read_line(&mut self) -> io::Result<Option<CallbackLine>> {
        loop {
            self.line += 1;
            let hint = match self.input.read_line()? {
                None => return Ok(None),
                Some(Line::Text(text)) if is_note(text) => continue,
                Some(Line::Text(text)) => read(text),
                Some(Line::TooLong) => Err("it is longer than 1 MiB, the maximum".to_owned()),
            };
            return Ok(Some(CallbackLine {
                line: self.line,
                hint,
            }));
        }
    }
}

fn read(text: &[u8]) -> Result<Option<Hint>, String> {
    let callback = Callback::from_json(text).map_err(|error| match error.at() {
        "/status" => format!("it is not a callback: its status is {}", error.reason()),
        // The position is that in the line.
        _ => format!("it is not a callback: {}", error.reason()),
    })?;
    match callback.id.as_ref().map(|id| id.value()) {
        None => Err("it names no invoice: its id is missing or repeated".to_owned()),
        Some(None) => Err("it names no invoice: its id cannot be read".to_owned()),
        Some(Some(_)) => Ok(Hint::of(&callback)),
    }
}

impl fmt::Debug for Callbacks {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Callbacks")
            .field("line", &self.line)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use nft_invoice::Reference;

    use super::*;

    #[test]
    fn reads_hints_and_reports_other_lines_without_their_content() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("callbacks.ndjson");
        let lines = [
            r#"{"id":7,"status":"invoice:paid","callbackJson":"{\"nftInvoiceReference\":\"r\",\"nftInvoiceAttempt\":1}"}"#,
            "# a note",
            "",
            r#"{"id":"8","status":"invoice:paid","callbackJson":null}"#,
            r#"{"id":9,"status":"invoice:paid","callbackJson":"{\"order\":7}"}"#,
            "status=invoice%3Apaid&id=7&s3cret=s3cret",
            r#"{"id":7,"s3cret":"https://gateway.example/widget/sale/create/?token=s3cret"}"#,
            r#"{"status":"invoice:paid","s3cret":"s3cret"}"#,
            r#"{"id":"s3cret s3cret","status":"invoice:paid"}"#,
            r#"["s3cret"]"#,
            r#"{"s3cret":"#,
        ];
        std::fs::write(&path, lines.join("\r\n")).unwrap();
        let mut callbacks = Callbacks::open(&path).unwrap();
        let mut read = Vec::new();
        while let Some(line) = callbacks.read_line().unwrap() {
            read.push((line.line, line.hint));
        }
        let named = Hint {
            id: "7".parse().unwrap(),
            reference: Some(Reference::new("r").unwrap()),
        };
        let unnamed = Hint::from("8".parse::<nft_invoice::InvoiceId>().unwrap());
        let wrong = |line, reason: &str| (line, Err(reason.to_owned()));
        assert_eq!(
            read,
            [
                (1, Ok(Some(named))),
                (4, Ok(Some(unnamed))),
                (5, Ok(None)),
                wrong(6, "it is not a callback: not JSON"),
                wrong(7, "it is not a callback: its status is missing"),
                wrong(8, "it names no invoice: its id is missing or repeated"),
                wrong(9, "it names no invoice: its id cannot be read"),
                wrong(10, "it is not a callback: not a JSON object"),
                wrong(11, "it is not a callback: not JSON"),
            ]
        );
        assert!(!format!("{read:?} {callbacks:?}").contains("s3cret"));
    }
}
