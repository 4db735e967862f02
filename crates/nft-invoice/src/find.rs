//! Finding an invoice by its reference, when the response to its creation was lost.

use std::collections::{HashSet, VecDeque};
use std::fmt;

use nft_invoice_core::{
    Amount, Date, HistoryEntry, HistoryPage, HistoryQuery, Info, Invoice, InvoiceId, Received,
    Reference, SortOrder,
};

use crate::paging::Paging;

/// What [`find`](crate::Client::find) searches.
///
/// The gateway cannot search by reference, so a search reads pages of the history and then the infos of each invoice
/// that can be the one. Amount, e-mail and days save most of these reads: [`of`](Self::of) takes the first two from an
/// invoice.
///
/// ```
/// use nft_invoice::FindOptions;
///
/// let options = FindOptions { amount: "15.04".parse().ok(), ..FindOptions::default() };
/// ```
#[derive(Clone)]
pub struct FindOptions {
    /// The first day. Its time zone is not documented: choose a day earlier. Default: none.
    pub from: Option<Date>,
    /// The last day. Its time zone is not documented: choose a day later. Default: none.
    pub to: Option<Date>,
    /// Reads the infos only of invoices with this amount. Default: of all.
    pub amount: Option<Amount>,
    /// Reads the infos only of invoices with this e-mail address, in any case. Default: of all.
    pub email: Option<String>,
    /// The direction of the walk. Default: newest first. Oldest first misses no invoice that is created meanwhile.
    pub order: SortOrder,
    /// The page to begin with, from 1, to continue an earlier search. Default: 1.
    pub page: u32,
    /// The maximum number of infos to read. Default: 1000.
    pub limit: usize,
}

impl FindOptions {
    /// Returns options with the amount and the e-mail address of `invoice`, and otherwise the defaults.
    ///
    /// Also set [`from`](Self::from) to the day before the create: it saves reading older pages. If nothing is found,
    /// search again with the defaults: the gateway may show another amount or address.
    #[must_use]
    pub fn of(invoice: &Invoice) -> Self {
        Self {
            amount: Some(*invoice.amount()),
            email: Some(invoice.email().to_string()),
            ..Self::default()
        }
    }
}

impl Default for FindOptions {
    fn default() -> Self {
        Self {
            from: None,
            to: None,
            amount: None,
            email: None,
            order: SortOrder::Desc,
            page: 1,
            limit: 1000,
        }
    }
}

/// Does not show the e-mail address.
impl fmt::Debug for FindOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FindOptions")
            .field("from", &self.from)
            .field("to", &self.to)
            .field("amount", &self.amount)
            .field("has_email", &self.email.is_some())
            .field("order", &self.order)
            .field("page", &self.page)
            .field("limit", &self.limit)
            .finish()
    }
}

/// An invoice that carries the reference.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Match {
    /// Its id in the history, with which the infos were read. Pass it to `status`, too. [`Info::id`] can be another one.
    pub id: InvoiceId,
    /// What the gateway knows of it.
    pub info: Info,
}

/// The result of [`find`](crate::Client::find).
#[derive(Clone, Debug)]
pub enum FindResult {
    /// The invoice was found.
    Found(Box<Match>),
    /// No invoice with the reference was found among those that were searched.
    ///
    /// **This is weak evidence.** A history can lag behind, leave out invoices, or count its days in another time
    /// zone, and a create whose response was lost can still arrive. Search again later, and do
    /// not create the invoice again because of it.
    NotFound(Searched),
}

/// What a search has read so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Searched {
    /// Pages of the history.
    pub pages: u32,
    /// Invoices on these pages.
    pub invoices: usize,
    /// Infos that were read.
    pub infos: usize,
    /// Invoices without an id that can be read.
    pub without_id: usize,
    /// The page on which the search ended before the end of the history; `None` if it is complete.
    pub continue_at: Option<u32>,
}

/// The steps of a search, without I/O.
#[derive(Debug)]
pub(crate) struct Search {
    reference: Reference,
    options: FindOptions,
    paging: Paging,
    /// The page of the candidates.
    page: u32,
    candidates: VecDeque<InvoiceId>,
    /// Ids that were candidates: pages move while invoices are created.
    seen: HashSet<InvoiceId>,
    searched: Searched,
}

/// What a search reads next.
pub(crate) enum Step {
    History(HistoryQuery),
    Info(InvoiceId),
    Done,
}

impl Search {
    pub(crate) fn new(reference: Reference, options: FindOptions) -> Self {
        let query = HistoryQuery {
            from: options.from,
            to: options.to,
            order: options.order,
            page: options.page.max(1),
            ..HistoryQuery::default()
        };
        Self {
            reference,
            paging: Paging::new(query),
            page: query.page,
            options,
            candidates: VecDeque::new(),
            seen: HashSet::new(),
            searched: Searched::default(),
        }
    }

    /// The next read. A step that failed comes again.
    pub(crate) fn step(&self) -> Step {
        match self.candidates.front() {
            Some(_) if self.searched.infos >= self.options.limit => Step::Done,
            Some(id) => Step::Info(id.clone()),
            None => self.paging.next().map_or(Step::Done, Step::History),
        }
    }

    /// Takes the page that was read.
    pub(crate) fn page(&mut self, page: &HistoryPage) {
        self.page = self.paging.next().map_or(self.page, |query| query.page);
        self.searched.pages += 1;
        self.searched.invoices += page.entries.len();
        for entry in &page.entries {
            match entry.id.as_ref().and_then(Received::value) {
                Some(id) if self.is_candidate(entry) && self.seen.insert(id.clone()) => {
                    self.candidates.push_back(id.clone());
                }
                Some(_) => {}
                None => self.searched.without_id += 1,
            }
        }
        self.paging.advance(page);
    }

    /// Takes the infos that were read; returns them if they carry the reference.
    pub(crate) fn info(&mut self, info: Info) -> Option<Match> {
        let id = self.candidates.pop_front()?;
        self.searched.infos += 1;
        (info.reference().as_ref() == Some(&self.reference)).then_some(Match { id, info })
    }

    pub(crate) fn searched(&self) -> Searched {
        let is_behind = !self.candidates.is_empty();
        let next = self.paging.next().map(|query| query.page);
        Searched {
            continue_at: if is_behind { Some(self.page) } else { next },
            ..self.searched.clone()
        }
    }

    /// What cannot be read does not exclude an invoice.
    fn is_candidate(&self, entry: &HistoryEntry) -> bool {
        let amount = entry.amount.as_ref().and_then(Received::value);
        let has_amount = self
            .options
            .amount
            .zip(amount)
            .is_none_or(|(wanted, amount)| *amount == wanted);
        let emails = self.options.email.as_ref().zip(entry.email.as_ref());
        has_amount && emails.is_none_or(|(wanted, email)| wanted.eq_ignore_ascii_case(email))
    }
}
