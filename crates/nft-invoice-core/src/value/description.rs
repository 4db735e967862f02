use super::line::at_most;
use crate::error::{Notes, catalog};

text_field! {
    /// The description of an NFT: up to 4096 characters, line breaks allowed.
    Description, Around, text,
    check: |text: &str| at_most(text, Description::MAX),
    warn: |text: &str, notes: &mut Notes<'_>| {
        if text.contains(|c: char| c.is_control() && c != '\n' && c != '\t') {
            notes.warn(&catalog::DESCRIPTION_CONTROL);
        }
    },
}

impl Description {
    /// The maximum length in characters.
    pub const MAX: usize = 4096;
}
