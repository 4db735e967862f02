use std::collections::HashSet;

use nft_invoice::Field;

/// The names of a table's columns.
pub(super) struct Header(Vec<String>);

/// How many names a column's name can be made of.
const DEPTH: usize = 32;

/// What can separate the cells.
const SEPARATORS: [u8; 3] = [b',', b';', b'\t'];

/// The longest name that a message shows.
const SHOWN: usize = 64;

impl Header {
    /// Takes the cells of a header.
    ///
    /// # Errors
    ///
    /// The first column that cannot be meant, and what would be accepted. A file without a header begins with an
    /// invoice, so what is no name is not shown.
    pub(super) fn new<'a>(cells: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let names = cells.into_iter().map(|cell| cell.trim().to_owned());
        let header = Self(names.collect());
        if header.0.iter().any(|name| name.contains('\0')) {
            return Err("it is UTF-16. Save the file as UTF-8".to_owned());
        }
        if !header.0.iter().any(|name| field(name).is_some()) {
            return Err(
                "its first line names no field of an invoice. Begin with a header, such as email,amount"
                    .to_owned(),
            );
        }
        let mut before: HashSet<&str> = HashSet::new();
        for (at, name) in header.0.iter().enumerate() {
            let column = Column(at + 1, name);
            check(name).map_err(|reason| column.error(&reason))?;
            if !is_note(name) && !before.insert(name) {
                return Err(column.error("is repeated. Remove one of the two"));
            }
        }
        for (at, name) in header.0.iter().enumerate() {
            let column = Column(at + 1, name);
            let mut outer = name.as_str();
            while let Some((shorter, _)) = outer.rsplit_once('.').filter(|_| !is_note(name)) {
                if before.contains(shorter) {
                    return Err(column.error(&format!(
                        "is inside of the column {shorter}. Remove one of the two"
                    )));
                }
                outer = shorter;
            }
        }
        Ok(header)
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

/// Whether a column is ignored.
pub(super) fn is_note(name: &str) -> bool {
    name.starts_with('#')
}

/// The field that a column fills in, or fills in a part of.
fn field(name: &str) -> Option<Field> {
    Field::from_name(name.split('.').next()?)
}

fn check(name: &str) -> Result<(), String> {
    if is_note(name) {
        return Ok(());
    }
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
                "Email,amount",
                "the column Email (1) is not a field. Did you mean email?",
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
            ("e\0m\0a\0i\0l\0,\0", "it is UTF-16. Save the file as UTF-8"),
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
