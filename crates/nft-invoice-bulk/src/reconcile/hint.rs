use std::io;

use nft_invoice::{Callback, InvoiceId, Reference};

use crate::tag;

/// An invoice that can be a row's. A hint is no evidence: it starts a read of the invoice's infos, and only they
/// count.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    pub(super) id: InvoiceId,
    /// The row that it is said to be of.
    pub(super) reference: Option<Reference>,
}

/// Hints, which are read as they are needed.
pub(super) type Hints = Box<dyn Iterator<Item = io::Result<Hint>> + Send>;

impl Hint {
    /// Returns the hint of a callback; `None` if its data is not that of a row, or it names no invoice.
    ///
    /// Its signature need not be valid: a forged callback only costs a read.
    #[must_use]
    pub fn of(callback: &Callback) -> Option<Self> {
        let reference = match callback.callback_data() {
            None => None,
            Some(data) => Some(tag::read(data)?.0),
        };
        Some(Self {
            id: callback.id.as_ref()?.value()?.clone(),
            reference,
        })
    }
}

impl From<InvoiceId> for Hint {
    fn from(id: InvoiceId) -> Self {
        Self {
            id,
            reference: None,
        }
    }
}
