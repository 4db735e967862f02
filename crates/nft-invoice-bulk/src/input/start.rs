use std::io;

use super::header;
use super::rows::{Format, is_note};

/// Rejects an input of another format than the one that it is read as. `start` is its beginning: its first line with
/// something in it, at least.
pub(super) fn check(start: &[u8], format: Format) -> io::Result<()> {
    let reason = match (packed(start).or_else(|| utf16(start)), format) {
        (Some(reason), _) => Some(reason),
        (None, Format::Ndjson) => no_lines(start),
        (None, Format::Csv) => no_table(start),
    };
    match reason {
        Some(reason) => Err(io::Error::new(io::ErrorKind::InvalidData, reason)),
        None => Ok(()),
    }
}

/// What is no text, whatever the format.
pub(super) fn packed(start: &[u8]) -> Option<&'static str> {
    match start {
        [0x1f, 0x8b, ..] => Some("it is compressed with gzip. Unpack it with gunzip first"),
        [b'P', b'K', 3, 4, ..] => {
            Some("it is a ZIP archive or a spreadsheet, such as .xlsx. Save the sheet as CSV")
        }
        [0xd0, 0xcf, 0x11, 0xe0, ..] => {
            Some("it is a spreadsheet of an old kind, such as .xls. Save the sheet as CSV")
        }
        _ => None,
    }
}

/// UTF-16 begins with its mark, or with a character of ASCII.
pub(super) fn utf16(start: &[u8]) -> Option<&'static str> {
    matches!(
        start,
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, _, ..] | [_, 0, ..]
    )
    .then_some("it is UTF-16. Save the file as UTF-8")
}

fn no_lines(start: &[u8]) -> Option<&'static str> {
    // A header can begin with a note such as `#id`. A note of NDJSON has a space there.
    let is_skipped =
        |line: &[u8]| is_note(line) && (line.starts_with(b"# ") || !header::is_header(line));
    match first_line(start, is_skipped) {
        [b'['] | [b'[', .., b'{' | b',' | b']'] => {
            Some("it is a JSON array. Write one invoice a line, as `jq -c '.[]' FILE` does")
        }
        [b'{'] => Some(
            "it is JSON of several lines. Write each invoice in one line, as `jq -c . FILE` does",
        ),
        line if !line.starts_with(b"{") && header::is_header(line) => Some(
            "its first line is the header of a CSV file, and it is read as NDJSON. Add --csv, or name it FILE.csv",
        ),
        _ => None,
    }
}

fn no_table(start: &[u8]) -> Option<&'static str> {
    matches!(first_line(start, <[u8]>::is_empty), [b'{' | b'[', ..]).then_some(
        "it is JSON, and is read as CSV. For one invoice a line leave --csv out, and name it FILE.ndjson",
    )
}

/// The first line that is not skipped, without a byte order mark.
fn first_line(start: &[u8], is_skipped: impl Fn(&[u8]) -> bool) -> &[u8] {
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start);
    let mut lines = start.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii);
    lines.find(|line| !is_skipped(line)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(start: &[u8], format: Format) -> String {
        match check(start, format) {
            Ok(()) => String::new(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn names_the_format_that_an_input_has_instead() {
        for (start, expected) in [
            (
                &b"email,amount\na@b.example,1\n"[..],
                "header of a CSV file",
            ),
            (b"\xef\xbb\xbfEmail;Amount\r\n", "header of a CSV file"),
            (
                b"#id,email,amount\n7,a@b.example,1\n",
                "header of a CSV file",
            ),
            (b"#comment;#id;email;amount\n", "header of a CSV file"),
            (b"[\n  {", "JSON array"),
            (b"[{\"email\":\"a@b.example\"},", "JSON array"),
            (b"[{\"email\":\"a@b.example\"}]", "JSON array"),
            (b"# a note\n\n{\r\n  \"email\"", "several lines"),
            (b"{\0\"\0", "UTF-16"),
            (b"\xff\xfe{\0", "UTF-16"),
            (b"\x1f\x8b\x08\0", "gzip"),
            (b"PK\x03\x04", "spreadsheet"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "spreadsheet"),
        ] {
            let error = error(start, Format::Ndjson);
            assert!(error.contains(expected), "{expected}: {error}");
        }
        for (start, expected) in [
            (&b"{\"email\":1}\n"[..], "JSON, and is read as CSV"),
            (b"\n[\n", "JSON, and is read as CSV"),
            (b"e\0m\0", "UTF-16"),
            (b"\x1f\x8b\x08\0", "gzip"),
            (b"PK\x03\x04", "spreadsheet"),
        ] {
            let error = error(start, Format::Csv);
            assert!(error.contains(expected), "{expected}: {error}");
        }
    }

    #[test]
    fn leaves_rows_that_are_only_invalid_to_their_reader() {
        for line in [
            "",
            "{\"email\":\"a@b.example\"}",
            "{\"email\":",
            "nobody",
            "# email,amount",
            "#note",
            "4242424242424242,12/2030",
        ] {
            assert_eq!(error(line.as_bytes(), Format::Ndjson), "", "{line}");
        }
        for line in ["", "email,amount", "#note,email\n{7},a", "a,b"] {
            assert_eq!(error(line.as_bytes(), Format::Csv), "", "{line}");
        }
    }
}
