use std::fmt;
use std::sync::Arc;

use nft_invoice_core::{
    Callback, Created, HistoryPage, HistoryQuery, Info, Invoice, InvoiceId, Reference, StatusReport,
};
use nft_invoice_transport::{Transport, TransportError};

use crate::confirm::{self, Confirmation, Expected};
use crate::find::{FindOptions, FindResult, Match, Search, Searched, Step};
use crate::gateway::{Gateway, Prepared};
use crate::observe::Observation;
use crate::paging::Paging;
use crate::{Cancellation, Config, ConfigError, Error};

/// An async client of the gateway. Clones are cheap and share one transport.
///
/// Each call sends one request and never repeats it. **Dropping the future of a [`create`](Self::create)** (in a
/// `select!`, by a timeout, at exit) leaves its outcome unknown: look the invoice up and do not send it again. Reads
/// may be dropped and repeated.
#[derive(Clone)]
pub struct Client {
    gateway: Arc<Gateway>,
    transport: Arc<dyn Transport>,
}

impl Client {
    /// Creates a client on reqwest, with the feature `reqwest`. Calls need a running tokio runtime.
    ///
    /// # Errors
    ///
    /// If a setting cannot be used.
    #[cfg(feature = "reqwest")]
    pub fn new(config: Config) -> Result<Self, ConfigError> {
        let transport = nft_invoice_reqwest::ReqwestTransport::new(config.transport.clone())?;
        Self::with_transport(config, transport)
    }

    /// Creates a client on hyper, with the feature `hyper`, which opens connections ahead: a create then takes one round
    /// trip, and still has a connection that has never carried a request. Calls need a running tokio runtime.
    ///
    /// # Errors
    ///
    /// If a setting cannot be used.
    #[cfg(feature = "hyper")]
    pub fn with_connections(
        config: Config,
        connections: crate::Connections,
    ) -> Result<Self, ConfigError> {
        let transport = config.transport.clone();
        let transport =
            nft_invoice_hyper::HyperTransport::with_connections(transport, connections)?;
        Self::with_transport(config, transport)
    }

    /// Creates a client on a transport of your own, or a mock.
    ///
    /// # Errors
    ///
    /// If a setting cannot be used.
    pub fn with_transport(
        config: Config,
        transport: impl Transport + 'static,
    ) -> Result<Self, ConfigError> {
        Ok(Self {
            gateway: Arc::new(Gateway::new(config)?),
            transport: Arc::new(transport),
        })
    }

    /// Opens connections for the creates of the next seconds, if the transport opens any ahead. Sends no request.
    ///
    /// # Errors
    ///
    /// If the gateway cannot be reached. A create may succeed nevertheless.
    pub async fn warm_up(&self) -> Result<(), TransportError> {
        self.transport.warm_up(self.gateway.create_uri()).await
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
    pub async fn create(&self, invoice: &Invoice) -> Result<Created, Error> {
        self.send(self.gateway.create(invoice)).await
    }

    /// As [`create`](Self::create), and can be cancelled with proof of whether it was sent.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create).
    pub async fn create_with_cancellation(
        &self,
        invoice: &Invoice,
        cancellation: &Cancellation,
    ) -> Result<Created, Error> {
        self.send(self.gateway.create(invoice).cancelled_by(cancellation))
            .await
    }

    /// Reads the status of the invoice `id`.
    ///
    /// # Errors
    ///
    /// If no response arrives, the gateway rejects the call, or the response is unreadable. It is safe to repeat.
    pub async fn status(&self, id: &InvoiceId) -> Result<StatusReport, Error> {
        self.send(self.gateway.status(id)).await
    }

    /// Reads what the gateway knows of the invoice `id`, with the merchant's own data.
    ///
    /// # Errors
    ///
    /// As [`status`](Self::status).
    pub async fn info(&self, id: &InvoiceId) -> Result<Info, Error> {
        self.send(self.gateway.info(id)).await
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
    pub async fn find(
        &self,
        reference: &Reference,
        options: FindOptions,
    ) -> Result<FindResult, Error> {
        let mut finder = self.finder(reference, options);
        Ok(match finder.next().await? {
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
    pub async fn confirm(
        &self,
        callback: &Callback,
        expected: &Expected,
    ) -> Result<Confirmation, Error> {
        match confirm::id(callback) {
            Some(id) => Ok(confirm::compare(id, self.info(id).await?, expected)),
            None => Ok(Confirmation::WithoutId),
        }
    }

    async fn send<T>(&self, prepared: Prepared<'_, T>) -> Result<T, Error> {
        let (request, decoder) = prepared.into_parts();
        let observation = Observation::start(decoder.call());
        let sent = observation.around(self.transport.send(request)).await;
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

/// The pages of the history, one request each.
pub struct History {
    client: Client,
    paging: Paging,
    has_failed: bool,
}

impl History {
    /// Reads the next page; `None` after the last one and after an error.
    pub async fn next(&mut self) -> Option<Result<HistoryPage, Error>> {
        let query = self.paging.next().filter(|_| !self.has_failed)?;
        let page = match self.client.gateway.history(&query) {
            Ok(prepared) => self.client.send(prepared).await,
            Err(error) => Err(error),
        };
        match &page {
            Ok(page) => self.paging.advance(page),
            Err(_) => self.has_failed = true,
        }
        Some(page)
    }

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

/// A search for the invoices that carry a reference. [`Retry::run`](crate::Retry::run) repeats a read that failed.
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
    pub async fn next(&mut self) -> Result<Option<Match>, Error> {
        loop {
            match self.search.step() {
                Step::Done => return Ok(None),
                Step::History(query) => {
                    let page = self
                        .client
                        .send(self.client.gateway.history(&query)?)
                        .await?;
                    self.search.page(&page);
                }
                Step::Info(id) => {
                    let info = self.client.info(&id).await?;
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
