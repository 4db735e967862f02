//! Values from a fixed list.

use std::fmt::Display;

use crate::payment::state::InvoiceState;

pub(super) fn state(label: &str) -> Result<InvoiceState, String> {
    one_of(&InvoiceState::ALL, label)
}

pub(super) fn one_of<T: Copy + Display>(all: &[T], word: &str) -> Result<T, String> {
    let found = all.iter().find(|one| one.to_string() == word);
    found.copied().ok_or_else(|| unknown(word))
}

pub(super) fn unknown(word: &str) -> String {
    format!("unknown value {word:?}")
}
