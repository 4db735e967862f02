//! JSON text: checked and cut into values without a copy of what it holds.
//!
//! Written here because card data passes through it: values stay where they were written, and what has to be
//! copied to undo escapes is wiped. `serde_json` is the oracle of its tests.

mod position;
mod scan;
mod string;
mod tokens;

pub(crate) use position::Position;
pub(crate) use scan::{Kind, Member, NotAnObject, depth, elements, kind, members, value};
pub(crate) use string::{Text, is_decodable, is_plain, unescape, write_string};
pub(crate) use tokens::{Token, tokens};
