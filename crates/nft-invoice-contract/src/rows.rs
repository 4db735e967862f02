mod answer;
mod connecting;
mod connection;
mod dropped;
mod stall;

use crate::row::Row;

pub(crate) use answer::PLAIN;
pub(crate) use connecting::FAR;

/// Every row of the contract, in the order of a run.
#[must_use]
pub fn rows() -> Vec<Row> {
    [
        connecting::rows(),
        answer::rows(),
        stall::rows(),
        connection::rows(),
        dropped::rows(),
    ]
    .concat()
}

/// An answer that nothing is wrong with.
pub(crate) const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
const MIB: usize = 1024 * 1024;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn a_name_says_which_row_it_is() {
        let names: BTreeSet<_> = rows().iter().map(Row::name).collect();
        assert_eq!(names.len(), rows().len());
    }
}
