//! Reading the rows of an input: NDJSON or CSV, a row at a time.

mod lines;
mod row;
mod rows;
mod source;
mod table;

pub use lines::{LIMIT, Line, Lines};
pub use row::{Fault, Row, RowContent, ValidRow};
pub use rows::{Format, RowOptions, Rows};
pub use source::{InputSource, Kept};
pub use table::{Table, TableRow};
