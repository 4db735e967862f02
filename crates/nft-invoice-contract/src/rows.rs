mod connecting;
mod connection;
mod dropped;
mod response;
mod timeout;

use crate::row::Row;

pub(crate) use connecting::FAR;
pub(crate) use response::PLAIN;

/// Returns every row of the contract, in the order of a run.
#[must_use]
pub fn rows() -> Vec<Row> {
    [
        connecting::rows(),
        response::rows(),
        timeout::rows(),
        connection::rows(),
        dropped::rows(),
    ]
    .concat()
}

/// A complete response.
pub(crate) const OK: &[u8] = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}";
const MIB: usize = 1024 * 1024;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique() {
        let names: BTreeSet<_> = rows().iter().map(Row::name).collect();
        assert_eq!(names.len(), rows().len());
    }
}
