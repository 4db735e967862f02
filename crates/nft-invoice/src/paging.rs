use nft_invoice_core::{HistoryPage, HistoryQuery, InvoiceId};

/// The most entries that the gateway puts on a page.
const PAGE: u64 = 50;

/// Where a walk through the history stands.
pub(crate) struct Paging {
    next: Option<HistoryQuery>,
    seen: u64,
    /// What the page before began with.
    before: Option<InvoiceId>,
}

impl Paging {
    pub(crate) fn new(first: HistoryQuery) -> Self {
        Self {
            next: Some(first),
            seen: u64::from(first.page.saturating_sub(1)) * PAGE,
            before: None,
        }
    }

    /// What to ask for next, until the last page has come.
    pub(crate) fn next(&self) -> Option<HistoryQuery> {
        self.next
    }

    /// Takes note of what came: a page, or an error. After an error nothing follows, for a walk with a gap
    /// would look complete.
    pub(crate) fn came(&mut self, page: Option<&HistoryPage>) {
        self.next = page
            .zip(self.next)
            .and_then(|(page, query)| self.after(page, query));
    }

    fn after(&mut self, page: &HistoryPage, query: HistoryQuery) -> Option<HistoryQuery> {
        let entries = page.list.len() as u64;
        self.seen += entries;
        let first = page.list.first().and_then(|entry| entry.id.clone());
        // A gateway that knows no pages gives the same one for ever.
        let repeats = first.is_some() && first == self.before;
        self.before = first;
        // The total decides where there is one: a gateway may have smaller pages than documented.
        let more = match page.total {
            _ if entries == 0 || repeats => false,
            Some(total) => self.seen < total,
            None => entries >= PAGE,
        };
        let page = query.page.max(1).checked_add(1)?;
        more.then_some(HistoryQuery { page, ..query })
    }
}
