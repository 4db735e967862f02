use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use crate::app::App;
use crate::headless::{Checkout, NotPossible};
use crate::invoice::Invoice;
use crate::state::InvoiceState;

/// All invoices of a sandbox as they stood when this was asked for, oldest first. It is a slice.
#[derive(Clone, Debug)]
pub struct Invoices {
    pub(crate) list: Vec<FoundInvoice>,
    pub(crate) forgotten: u64,
}

/// An invoice as it stood, and a way to its checkout. It is an [`Invoice`].
#[derive(Clone)]
pub struct FoundInvoice {
    pub(crate) invoice: Invoice,
    pub(crate) app: Arc<App>,
}

impl Invoices {
    /// The one invoice there is.
    ///
    /// # Panics
    ///
    /// When there is none, or more than one.
    #[must_use]
    #[track_caller]
    pub fn only(mut self) -> FoundInvoice {
        assert!(
            self.list.len() == 1,
            "expected exactly one invoice in the sandbox, found {}: {:?}",
            self.list.len(),
            self.list
        );
        self.list.remove(0)
    }

    /// The invoice with this number.
    #[must_use]
    pub fn get(&self, id: u64) -> Option<&FoundInvoice> {
        self.list.iter().find(|found| found.id() == id)
    }

    /// How many of the oldest are no longer kept.
    #[must_use]
    pub const fn forgotten(&self) -> u64 {
        self.forgotten
    }
}

impl FoundInvoice {
    /// Its checkout page, without a browser.
    #[must_use]
    pub fn checkout(&self) -> Checkout {
        Checkout::new(Arc::clone(&self.app), self.invoice.id)
    }

    /// Moves the invoice, as it stands now, to a state that may follow: to a chargeback, say, weeks after it was paid.
    ///
    /// # Errors
    ///
    /// When the state cannot follow, with those that can; when the database cannot be written.
    pub fn move_to(&self, state: InvoiceState) -> Result<(), NotPossible> {
        self.transition(state, false)
    }

    /// The same for any state but CREATED, whether or not it may follow.
    ///
    /// # Errors
    ///
    /// When the state is CREATED; when the database cannot be written.
    pub fn force_to(&self, state: InvoiceState) -> Result<(), NotPossible> {
        self.transition(state, true)
    }

    fn transition(&self, to: InvoiceState, force: bool) -> Result<(), NotPossible> {
        let mut store = self.app.store();
        let Some(invoice) = store.ledger().get(self.invoice.id).cloned() else {
            return Err(NotPossible::unknown());
        };
        store.transition(self.app.now(), &invoice, to, force)?;
        Ok(())
    }
}

impl Deref for Invoices {
    type Target = [FoundInvoice];

    fn deref(&self) -> &[FoundInvoice] {
        &self.list
    }
}

impl IntoIterator for Invoices {
    type Item = FoundInvoice;
    type IntoIter = std::vec::IntoIter<FoundInvoice>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.into_iter()
    }
}

impl Deref for FoundInvoice {
    type Target = Invoice;

    fn deref(&self) -> &Invoice {
        &self.invoice
    }
}

impl fmt::Debug for FoundInvoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.invoice.fmt(f)
    }
}
