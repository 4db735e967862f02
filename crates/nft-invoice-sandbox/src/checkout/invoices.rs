use std::fmt;
use std::ops::Deref;
use std::sync::Arc;

use crate::app::App;
use crate::checkout::headless::{Checkout, TransitionError};
use crate::payment::{Invoice, InvoiceState, Token};

/// A snapshot of all invoices, oldest first. Dereferences to a slice.
#[derive(Clone, Debug)]
pub struct Invoices {
    pub(crate) list: Vec<InvoiceHandle>,
    pub(crate) forgotten: u64,
}

/// A snapshot of an invoice, with access to its checkout page and transitions. Dereferences to [`Invoice`].
#[derive(Clone)]
pub struct InvoiceHandle {
    pub(crate) invoice: Invoice,
    pub(crate) app: Arc<App>,
}

impl Invoices {
    /// Returns the only invoice.
    ///
    /// # Panics
    ///
    /// Panics if there is none, or more than one.
    #[must_use]
    #[track_caller]
    pub fn only(mut self) -> InvoiceHandle {
        assert!(
            self.list.len() == 1,
            "expected exactly one invoice in the sandbox, found {}: {:?}",
            self.list.len(),
            self.list
        );
        self.list.remove(0)
    }

    /// Returns the invoice with this number.
    #[must_use]
    pub fn get(&self, id: u64) -> Option<&InvoiceHandle> {
        self.list.iter().find(|found| found.id == id)
    }

    /// Keeps the invoices with this [reference](Invoice::reference).
    ///
    /// ```
    /// # use nft_invoice_sandbox::{InvoiceState, Sandbox};
    /// # let sandbox = Sandbox::builder().start_blocking()?;
    /// let paid = sandbox.invoices().with_reference("order-7f3a").in_state(InvoiceState::Paid);
    /// # assert!(paid.is_empty());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[must_use]
    pub fn with_reference(self, reference: &str) -> Self {
        self.only_if(|invoice| invoice.reference() == Some(reference))
    }

    /// Keeps the invoices of the customer with this e-mail address; upper and lower case are the same.
    #[must_use]
    pub fn with_email(self, email: &str) -> Self {
        self.only_if(|invoice| invoice.has_email(email))
    }

    /// Keeps the invoice with this payment page: its URL, such as `redirectUrl`, or the token in the URL.
    #[must_use]
    pub fn with_token(self, token: &str) -> Self {
        let token = Token::in_text(token);
        self.only_if(|invoice| Some(invoice.order.token) == token)
    }

    /// Keeps the invoices with this status.
    #[must_use]
    pub fn in_state(self, state: InvoiceState) -> Self {
        self.only_if(|invoice| invoice.state == state)
    }

    /// Returns how many of the oldest invoices are no longer kept.
    #[must_use]
    pub const fn dropped(&self) -> u64 {
        self.forgotten
    }

    fn only_if(mut self, keeps: impl Fn(&Invoice) -> bool) -> Self {
        self.list.retain(|invoice| keeps(invoice));
        self
    }
}

impl InvoiceHandle {
    /// Returns the checkout page, to use without a browser.
    #[must_use]
    pub fn checkout(&self) -> Checkout {
        Checkout::new(Arc::clone(&self.app), self.invoice.id)
    }

    /// Changes the invoice's current status to one that the state table allows, for example to a chargeback.
    ///
    /// # Errors
    ///
    /// Returns an error that lists the allowed statuses if this one is not allowed, or if the database cannot be written.
    pub fn move_to(&self, state: InvoiceState) -> Result<(), TransitionError> {
        self.transition(state, false)
    }

    /// Changes the invoice's current status to any status except CREATED, ignoring the state table.
    ///
    /// # Errors
    ///
    /// Returns an error if the status is CREATED, or if the database cannot be written.
    pub fn force_to(&self, state: InvoiceState) -> Result<(), TransitionError> {
        self.transition(state, true)
    }

    fn transition(&self, to: InvoiceState, force: bool) -> Result<(), TransitionError> {
        let mut store = self.app.store();
        let Some(invoice) = store.ledger().get(self.invoice.id).cloned() else {
            return Err(TransitionError::unknown());
        };
        store.transition(self.app.now(), &invoice, to, force)?;
        Ok(())
    }
}

impl Deref for Invoices {
    type Target = [InvoiceHandle];

    fn deref(&self) -> &[InvoiceHandle] {
        &self.list
    }
}

impl IntoIterator for Invoices {
    type Item = InvoiceHandle;
    type IntoIter = std::vec::IntoIter<InvoiceHandle>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.into_iter()
    }
}

impl Deref for InvoiceHandle {
    type Target = Invoice;

    fn deref(&self) -> &Invoice {
        &self.invoice
    }
}

impl fmt::Debug for InvoiceHandle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.invoice.fmt(f)
    }
}
