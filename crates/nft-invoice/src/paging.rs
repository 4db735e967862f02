use nft_invoice_core::{HistoryPage, HistoryQuery, InvoiceId, Received};

/// The most invoices that the gateway puts on a page.
const PAGE: u64 = 50;

/// The position of a walk through the history.
#[derive(Clone, Debug)]
pub(crate) struct Paging {
    next: Option<HistoryQuery>,
    seen: u64,
    /// The first id of the page before.
    before: Option<Received<InvoiceId>>,
}

impl Paging {
    pub(crate) fn new(first: HistoryQuery) -> Self {
        Self {
            next: Some(first),
            seen: u64::from(first.page.saturating_sub(1)) * PAGE,
            before: None,
        }
    }

    /// What to ask for next; `None` after the last page.
    pub(crate) fn next(&self) -> Option<HistoryQuery> {
        self.next
    }

    /// Goes on behind `page`.
    pub(crate) fn advance(&mut self, page: &HistoryPage) {
        self.next = self.next.and_then(|query| self.after(page, query));
    }

    fn after(&mut self, page: &HistoryPage, query: HistoryQuery) -> Option<HistoryQuery> {
        let entries = page.entries.len() as u64;
        self.seen += entries;
        let first = page.entries.first().and_then(|entry| entry.id.clone());
        // A gateway that does not support pages returns the same one forever.
        let is_same = first.is_some() && first == self.before;
        self.before = first;
        // The total decides where there is one: a gateway can have smaller pages than documented.
        let has_more = match page.total.as_ref().and_then(Received::value) {
            _ if entries == 0 || is_same => false,
            Some(total) => self.seen < *total,
            None => entries >= PAGE,
        };
        let page = query.page.max(1).checked_add(1)?;
        has_more.then_some(HistoryQuery { page, ..query })
    }
}
