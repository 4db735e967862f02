use std::collections::HashSet;

use nft_invoice::Field;

use super::rejected::REPLACES;
use super::row::ID;

/// The names of a table's columns, spelled as the gateway does.
pub(super) struct Header(Vec<String>);

/// How many names a column's name can be made of.
const DEPTH: usize = 32;

/// What can separate the cells.
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];

/// The longest name that a message shows.
const SHOWN: usize = 64;

/// Of how many columns a message shows the errors.
const LISTED: usize = 10;

impl Header {
    /// Takes the cells of a header.
    ///
    /// # Errors
    ///
    /// Every column that cannot be meant, and what would be accepted. A file without a header begins with an invoice,
    /// so what is no name is not shown.
    pub(super) fn new<'a>(cells: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let written: Vec<_> = cells.into_iter().map(str::trim).collect();
        if !written.iter().any(|name| field(name).is_some()) {
            return Err(
                "its first line names no field of an invoice. Begin with a header, such as email,amount"
                    .to_owned(),
            );
        }
        let names: Vec<_> = written.iter().map(|name| spelled(name)).collect();
        let all: HashSet<&str> = names.iter().map(String::as_str).collect();
        let mut before = HashSet::new();
        let mut errors = Vec::new();
        for (at, name) in names.iter().enumerate().filter(|(_, name)| !is_note(name)) {
            let is_repeated = !before.insert(name);
            let checked = check(name).and_then(|()| match outer(name, &all) {
                _ if is_repeated => Err("is repeated. Remove one of the two".to_owned()),
                Some(outer) => Err(format!(
                    "is inside of the column {outer}. Remove one of the two"
                )),
                None => Ok(()),
            });
            if let Err(reason) = checked {
                errors.push(Column(at + 1, written[at]).error(&reason));
            }
        }
        if errors.is_empty() {
            Ok(Self(names))
        } else {
            Err(sentences(&errors))
        }
    }

    pub(super) fn names(&self) -> &[String] {
        &self.0
    }
}

/// What separates the cells of a file that begins with `start`: that with which most names are fields.
pub(super) fn separator(start: &[u8]) -> u8 {
    let fields = |separator: &u8| {
        let mut reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .delimiter(*separator)
            .from_reader(start);
        let mut header = csv::ByteRecord::new();
        let is_read = reader.read_byte_record(&mut header).unwrap_or(false);
        let names = header
            .iter()
            .filter_map(|name| std::str::from_utf8(name).ok());
        let fields = names.filter(|name| field(name.trim()).is_some()).count();
        if is_read { fields } else { 0 }
    };
    // The last of equal ones is taken.
    let best = SEPARATORS.iter().rev().max_by_key(|one| fields(one));
    best.copied().unwrap_or(b',')
}

/// Whether a line that is read as something else is a header.
pub(super) fn is_header(line: &[u8]) -> bool {
    let separator = char::from(separator(line));
    let names = std::str::from_utf8(line).unwrap_or_default();
    names
        .split(separator)
        .any(|name| field(name.trim().trim_matches('"')).is_some())
}

/// Whether a column is not the gateway's.
pub(super) fn is_note(name: &str) -> bool {
    name.starts_with('#')
}

/// The field that a column fills in, or fills in a part of. Upper and lower case make no difference: no two fields
/// differ in nothing else.
fn field(name: &str) -> Option<Field> {
    let name = name.split('.').next()?;
    let mut all = Field::ALL.iter().copied();
    all.find(|field| field.name().eq_ignore_ascii_case(name))
}

/// A column's name with the gateway's spelling of its field, or ours of a note. The names inside of an object are the
/// customer's.
fn spelled(name: &str) -> String {
    let mut notes = [ID, REPLACES].into_iter();
    if let Some(note) = notes.find(|note| note.eq_ignore_ascii_case(name)) {
        return note.to_owned();
    }
    match field(name) {
        Some(field) => {
            let inside = name.find('.').map_or("", |at| &name[at..]);
            format!("{}{inside}", field.name())
        }
        None => name.to_owned(),
    }
}

/// The column that contains another one.
fn outer<'a>(name: &'a str, all: &HashSet<&str>) -> Option<&'a str> {
    let ends = name.rmatch_indices('.').map(|(at, _)| &name[..at]);
    ends.into_iter().find(|outer| all.contains(outer))
}

/// The errors of a header in one line.
fn sentences(errors: &[String]) -> String {
    let mut text = String::new();
    for error in errors.iter().take(LISTED) {
        let mut letters = error.chars();
        match letters.next() {
            Some(first) if !text.is_empty() => {
                let end = if text.ends_with(['.', '?']) { "" } else { "." };
                text.extend([end, " "]);
                text.extend(first.to_uppercase());
            }
            first => text.extend(first),
        }
        text += letters.as_str();
    }
    if let more @ 1.. = errors.len().saturating_sub(LISTED) {
        text += &format!(". {more} more cannot be read");
    }
    text
}

fn check(name: &str) -> Result<(), String> {
    if name.is_empty() {
        return Err("has no name. Name it, or remove it".to_owned());
    }
    let Some(field) = field(name) else {
        return Err(match Field::similar(name) {
            Some(field) => format!("is not a field. Did you mean {field}?"),
            None => "is not a field of an invoice. Begin its name with # to leave it out; other fields can be sent \
                     from NDJSON"
                .to_owned(),
        });
    };
    let is_object = matches!(field, Field::Metadata | Field::CallbackData);
    match name.split('.').count() {
        1 => Ok(()),
        2..=DEPTH if is_object && name.split('.').all(|part| !part.is_empty()) => Ok(()),
        2..=DEPTH if is_object => Err("has a part without a name".to_owned()),
        _ if is_object => Err(format!(
            "is made of more than {DEPTH} names, the maximum. Use NDJSON"
        )),
        _ => Err(format!(
            "is inside of {field}, which is one value. Name the column {field}"
        )),
    }
}

/// A column in a message: its number, from 1, and its name.
struct Column<'a>(usize, &'a str);

impl Column<'_> {
    fn error(&self, reason: &str) -> String {
        let Self(number, name) = self;
        let digits = name.chars().filter(char::is_ascii_digit).count();
        let is_name = name.starts_with(char::is_alphabetic)
            && name.len() <= SHOWN
            && digits < 6
            && name
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | ' '));
        if is_name {
            format!("the column {name} ({number}) {reason}")
        } else {
            format!("column {number} {reason}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(names: &str) -> String {
        match Header::new(names.split(',')) {
            Ok(header) => panic!("accepted {:?}", header.names()),
            Err(error) => error,
        }
    }

    #[test]
    fn accepts_fields_parts_of_objects_and_notes() {
        for names in [
            "email",
            " email ,\tamount",
            "email,amount,devise,checkoutMode,card_ccv",
            "email,ipfsMetadata.name,ipfsMetadata.attributes.power,callbackJson.order",
            "email,#,#note,#note,#ipfsMetadata.name,# e-mail of ada@shop.example",
        ] {
            assert!(Header::new(names.split(',')).is_ok(), "{names}");
        }
    }

    #[test]
    fn names_the_column_and_what_would_be_accepted() {
        for (names, expected) in [
            (
                "emial,amount",
                "the column emial (1) is not a field. Did you mean email?",
            ),
            (
                "email,amount,EMAIL",
                "the column EMAIL (3) is repeated. Remove one of the two",
            ),
            (
                "emial,amount,,order,amonut",
                "the column emial (1) is not a field. Did you mean email? Column 3 has no name. Name it, or remove it. The \
                 column order (4) is not a field of an invoice. Begin its name with # to leave it out; other fields can \
                 be sent from NDJSON. The column amonut (5) is not a field. Did you mean amount?",
            ),
            (
                "e-mail,amount",
                "the column e-mail (1) is not a field. Did you mean email?",
            ),
            (
                "email,amount,currency",
                "the column currency (3) is not a field. Did you mean devise?",
            ),
            (
                "email,card_cvc",
                "the column card_cvc (2) is not a field. Did you mean card_ccv?",
            ),
            (
                "email,amount,order",
                "the column order (3) is not a field of an invoice. Begin its name with # to leave it out; other \
                 fields can be sent from NDJSON",
            ),
            (
                "email,amount, email",
                "the column email (3) is repeated. Remove one of the two",
            ),
            (
                "email,,amount",
                "column 2 has no name. Name it, or remove it",
            ),
            (
                "email,amount.value",
                "the column amount.value (2) is inside of amount, which is one value. Name the column amount",
            ),
            (
                "email,ipfsMetadata.name,ipfsMetadata",
                "the column ipfsMetadata.name (2) is inside of the column ipfsMetadata. Remove one of the two",
            ),
            (
                "email,ipfsMetadata.a,ipfsMetadata.a.b.c",
                "the column ipfsMetadata.a.b.c (3) is inside of the column ipfsMetadata.a. Remove one of the two",
            ),
            (
                "email,ipfsMetadata..a",
                "the column ipfsMetadata..a (2) has a part without a name",
            ),
            (
                "ada@shop.example,15.04",
                "its first line names no field of an invoice. Begin with a header, such as email,amount",
            ),
            (
                "",
                "its first line names no field of an invoice. Begin with a header, such as email,amount",
            ),
        ] {
            assert_eq!(error(names), expected, "{names}");
        }
        let deep = format!("email,ipfsMetadata{}", ".a".repeat(DEPTH));
        assert!(
            error(&deep)
                .ends_with("column 2 is made of more than 32 names, the maximum. Use NDJSON")
        );
    }

    #[test]
    fn upper_and_lower_case_make_no_difference_in_a_field() {
        let names = "Email,AMOUNT,checkoutmode,IPFSMetadata.Name,#Note,#ID,#Replaces";
        let header = Header::new(names.split(',')).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(
            header.names().join(","),
            "email,amount,checkoutMode,ipfsMetadata.Name,#Note,#id,#replaces"
        );
        let names: HashSet<_> = Field::ALL
            .iter()
            .map(|field| field.name().to_lowercase())
            .collect();
        assert_eq!(names.len(), Field::ALL.len());
    }

    #[test]
    fn a_message_has_no_end_of_errors() {
        let error = error(&format!("email{}", ",x".repeat(5000)));
        assert!(error.len() < 2000, "{error}");
        assert!(error.ends_with(". 4990 more cannot be read"), "{error}");
    }

    #[test]
    fn shows_nothing_that_is_no_name() {
        for cell in [
            "ada@shop.example",
            "4242424242424242",
            "card 4242424242424242",
            "\u{202e}x",
            "'email'",
        ] {
            let error = error(&format!("email,{cell}"));
            assert!(error.starts_with("column 2 is not a field"), "{error}");
        }
    }

    #[test]
    fn finds_what_separates_the_cells() {
        for (start, expected) in [
            ("email", b','),
            ("email,amount\n1;2;3,4\n", b','),
            ("email;amount\n1,2\n", b';'),
            ("\u{feff}\r\n\n\"email\"\tamount\r\n", b'\t'),
            ("email,amount,#a;b;c;email", b','),
            ("#a,b,c;email;amount", b';'),
            ("email;amount,devise", b','),
            ("a;b", b','),
            ("", b','),
        ] {
            assert_eq!(separator(start.as_bytes()), expected, "{start}");
        }
    }
}
