//! The client for code without an async runtime: the same methods, on the caller's thread.

use std::fmt;
use std::sync::Arc;

use nft_invoice_core::{
    Callback, Created, HistoryPage, HistoryQuery, Info, Invoice, InvoiceId, Reference, StatusReport,
};
use nft_invoice_transport::BlockingTransport;

use crate::confirm::{self, Confirmation, Expected};
use crate::find::{FindOptions, FindResult, Match, Search, Searched, Step};
use crate::gateway::{Gateway, Prepared};
use crate::observe::Observation;
use crate::paging::Paging;
use crate::{Cancellation, Config, ConfigError, Error};

/// A blocking client of the gateway. Clones are cheap and share one transport.
///
/// Each call sends one request and never repeats it. [`Client`](crate::Client) has the same methods for async code.
#[derive(Clone)]
pub struct Client {
    gateway: Arc<Gateway>,
    transport: Arc<dyn BlockingTransport>,
}

impl Client {
    /// Creates a client on ureq, with the feature `ureq`.
    ///
    /// # Errors
    ///
    /// If a setting cannot be used.
    #[cfg(feature = "ureq")]
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        let transport = nft_invoice_ureq::UreqTransport::new(config.transport.clone())?;
        Self::with_transport(config, transport)
    }

    /// Creates a client on a transport of your own, or a mock.
    ///
    /// # Errors
    ///
    /// If a setting cannot be used.
    pub fn with_transport(
        config: Config,
        transport: impl BlockingTransport + 'static,
    ) -> Result<Self, ConfigError> {
        Ok(Self {
            gateway: Arc::new(Gateway::new(config)?),
            transport: Arc::new(transport),
        })
    }

    /// Creates `invoice`, at most once. Created is not paid: the outcome arrives through a callback.
    ///
    /// That holds for S2S, too: the card may have been declined, and if there is a
    /// [`redirect_url`](Created::redirect_url), send the customer there, probably for 3-D Secure.
    ///
    /// # Errors
    ///
    /// If the error says that the invoice [may have been created](Error::may_have_created), [find](Self::find) it by its
    /// reference. Otherwise correct what the error says, or send it again.
    pub fn create(&self, invoice: &Invoice) -> Result<Created, Error> {
        self.send(self.gateway.create(invoice))
    }

    /// As [`create`](Self::create), and can be cancelled with proof of whether it was sent.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create).
    pub fn create_with_cancellation(
        &self,
        invoice: &Invoice,
        cancellation: &Cancellation,
    ) -> Result<Created, Error> {
        self.send(self.gateway.create(invoice).cancelled_by(cancellation))
    }

    /// Reads the status of the invoice `id`.
    ///
    /// # Errors
    ///
    /// If no response arrives, the gateway rejects the call, or the response is unreadable. It is safe to repeat.
    pub fn status(&self, id: &InvoiceId) -> Result<StatusReport, Error> {
        self.send(self.gateway.status(id))
    }

    /// Reads what the gateway knows of the invoice `id`, with the merchant's own data.
    ///
    /// # Errors
    ///
    /// As [`status`](Self::status).
    pub fn info(&self, id: &InvoiceId) -> Result<Info, Error> {
        self.send(self.gateway.info(id))
    }

    /// Returns the pages of the history, beginning with the page of `query`. Each is read when it is asked for.
    #[must_use]
    pub fn history(&self, query: HistoryQuery) -> History {
        History {
            client: self.clone(),
            paging: Paging::new(query),
            has_failed: false,
        }
    }

    /// Finds the invoice that carries `reference`, when the response to its creation was lost.
    ///
    /// Reads the history, which needs its [path](Config::history_path), and the infos of the invoices in it, until
    /// the first match. To repeat a read that failed, or to find every match, use [`finder`](Self::finder).
    ///
    /// # Errors
    ///
    /// The first read that fails.
    pub fn find(&self, reference: &Reference, options: FindOptions) -> Result<FindResult, Error> {
        let mut finder = self.finder(reference, options);
        Ok(match finder.next()? {
            Some(found) => FindResult::Found(Box::new(found)),
            None => FindResult::NotFound(finder.searched()),
        })
    }

    /// Returns a search for `reference` that continues after an error and after a match.
    #[must_use]
    pub fn finder(&self, reference: &Reference, options: FindOptions) -> Finder {
        Finder {
            client: self.clone(),
            search: Search::new(reference.clone(), options),
        }
    }

    /// Confirms a callback: reads the invoice's infos and compares id, amount, currency and reference.
    ///
    /// Deliver only after this returns [`Paid`](Confirmation::Paid): a callback can be forged, because how the gateway
    /// signs it is not public. The [crate's
    /// documentation](crate#receiving-callbacks) has an example, with the response to each result.
    ///
    /// # Errors
    ///
    /// If the infos cannot be read. Respond to the callback with a 5xx status, so that it may be sent again.
    pub fn confirm(&self, callback: &Callback, expected: &Expected) -> Result<Confirmation, Error> {
        match confirm::id(callback) {
            Some(id) => Ok(confirm::compare(id, self.info(id)?, expected)),
            None => Ok(Confirmation::WithoutId),
        }
    }

    fn send<T>(&self, prepared: Prepared<'_, T>) -> Result<T, Error> {
        let (request, decoder) = prepared.into_parts();
        let observation = Observation::start(decoder.call());
        let sent = observation.around_blocking(|| self.transport.send(request));
        observation.end(sent, &decoder)
    }
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("transport", &self.transport)
            .finish_non_exhaustive()
    }
}

/// The pages of the history, one request each. Ends after the last page and after an error.
pub struct History {
    client: Client,
    paging: Paging,
    has_failed: bool,
}

impl Iterator for History {
    type Item = Result<HistoryPage, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        let query = self.paging.next().filter(|_| !self.has_failed)?;
        let page = self
            .client
            .gateway
            .history(&query)
            .and_then(|prepared| self.client.send(prepared));
        match &page {
            Ok(page) => self.paging.advance(page),
            Err(_) => self.has_failed = true,
        }
        Some(page)
    }
}

impl History {
    /// Returns the query of the next page: after an error, [`history`](Client::history) continues with it.
    #[must_use]
    pub fn next_query(&self) -> Option<HistoryQuery> {
        self.paging.next()
    }
}

impl fmt::Debug for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("History")
            .field("next_query", &self.paging.next())
            .finish_non_exhaustive()
    }
}

/// A search for the invoices that carry a reference.
///
/// ```
/// use nft_invoice::{Error, FindOptions, Match, Reference, Retry, blocking};
///
/// fn find(client: &blocking::Client, order: &Reference) -> Result<Option<Match>, Error> {
///     // Goes on after a read that failed, where `client.find` would begin again.
///     let mut finder = client.finder(order, FindOptions::default());
///     Retry::default().run_blocking(std::thread::sleep, || finder.next())
/// }
/// ```
pub struct Finder {
    client: Client,
    search: Search,
}

impl Finder {
    /// Searches up to the next match; `None` at the end of the history or of the limit.
    ///
    /// # Errors
    ///
    /// A read that failed. The next call repeats it.
    #[expect(
        clippy::should_implement_trait,
        reason = "an iterator would end after an error"
    )]
    pub fn next(&mut self) -> Result<Option<Match>, Error> {
        loop {
            match self.search.step() {
                Step::Done => return Ok(None),
                Step::History(query) => {
                    let page = self.client.send(self.client.gateway.history(&query)?)?;
                    self.search.page(&page);
                }
                Step::Info(id) => {
                    let info = self.client.info(&id)?;
                    if let Some(found) = self.search.info(info) {
                        return Ok(Some(found));
                    }
                }
            }
        }
    }

    /// Returns what was read so far.
    #[must_use]
    pub fn searched(&self) -> Searched {
        self.search.searched()
    }
}

impl fmt::Debug for Finder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Finder")
            .field("searched", &self.search.searched())
            .finish_non_exhaustive()
    }
}
