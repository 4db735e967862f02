//! Reading the rows of an input: NDJSON or CSV, a row at a time.

mod file;
mod header;
mod rejected;
mod row;
mod rows;
mod source;
mod start;
mod table;

pub use file::{InputFile, LIMIT, Line};
pub use rejected::{RejectedRow, write_rejected};
pub use row::{Fault, InvalidRow, Row, RowContent, ValidRow, take_id};
pub use rows::{Format, RowOptions, Rows, is_note};
pub use source::{InputSource, Kept};
pub use table::{Table, TableRow};
