use std::fmt;
use std::sync::Arc;

use nft_invoice_core::{
    Call, Created, HistoryPage, HistoryQuery, Info, Invoice, InvoiceId, StatusReport,
    decode_history, decode_info, decode_status,
};
use nft_invoice_transport::{SendGate, Transport};

use crate::exchange::Exchange;
use crate::observe::Observation;
use crate::paging::Paging;
use crate::{Config, Error};

/// Talks to the gateway, async. Clones are cheap and share one transport.
///
/// A call is one request, never repeated. **Dropping the future of a [`create`](Self::create) in flight** (a
/// `select!`, a timeout around it, a closing program) leaves it unknown whether the invoice was created:
/// look it up, do not repeat it. Reads may be dropped and repeated at will.
#[derive(Clone)]
pub struct Client {
    exchange: Arc<Exchange>,
    transport: Arc<dyn Transport>,
}

impl Client {
    /// On reqwest. A tokio runtime must be running when a call is made.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] when a setting cannot be used.
    #[cfg(feature = "reqwest")]
    pub fn new(config: Config) -> Result<Self, Error> {
        let transport = nft_invoice_reqwest::ReqwestTransport::new(config.settings.clone())
            .map_err(crate::ConfigError::from)?;
        Self::with_transport(config, transport)
    }

    /// On a transport of your own, or a mock. The timeouts, certificates and proxy of `config` are the
    /// transport's own affair then.
    ///
    /// # Errors
    ///
    /// [`Error::Config`] when a setting cannot be used.
    pub fn with_transport(
        config: Config,
        transport: impl Transport + 'static,
    ) -> Result<Self, Error> {
        Ok(Self {
            exchange: Arc::new(Exchange::new(config)?),
            transport: Arc::new(transport),
        })
    }

    /// Creates `invoice`, at most once.
    ///
    /// # Errors
    ///
    /// Ask the error whether it [is safe to resend](Error::is_safe_to_resend); if not, look the invoice up
    /// by its reference. A future that was dropped is to be treated as unknown too.
    pub async fn create(&self, invoice: &Invoice) -> Result<Created, Error> {
        self.create_latched(invoice, &SendGate::default()).await
    }

    /// [`create`](Self::create) that can be given up: drop the future, and if the [`SendGate`] can
    /// still be [taken](SendGate::take), nothing was sent and nothing will be.
    ///
    /// # Errors
    ///
    /// As [`create`](Self::create).
    pub async fn create_latched(
        &self,
        invoice: &Invoice,
        latch: &SendGate,
    ) -> Result<Created, Error> {
        let request = self.exchange.create(invoice, latch);
        let call = Observation::start(Call::Create);
        let sent = call.around(self.transport.send(request)).await;
        self.exchange.created(call, sent, invoice)
    }

    /// How far the invoice `id` is.
    ///
    /// # Errors
    ///
    /// When there is no answer, a refusal, or none that can be understood. It is safe to ask again.
    pub async fn status(&self, id: &InvoiceId) -> Result<StatusReport, Error> {
        let request = self.exchange.status(id)?;
        let call = Observation::start(Call::Status);
        let sent = call.around(self.transport.send(request)).await;
        self.exchange.interpret(call, sent, decode_status)
    }

    /// What the gateway knows of the invoice `id`, the merchant's own data with it.
    ///
    /// # Errors
    ///
    /// When there is no answer, a refusal, or none that can be understood. It is safe to ask again.
    pub async fn info(&self, id: &InvoiceId) -> Result<Info, Error> {
        let request = self.exchange.info(id)?;
        let call = Observation::start(Call::Info);
        let sent = call.around(self.transport.send(request)).await;
        self.exchange.interpret(call, sent, decode_info)
    }

    /// The pages of the history, from that of `query` on. Nothing is sent before the first is asked for.
    #[must_use]
    pub fn history(&self, query: HistoryQuery) -> History {
        History {
            client: self.clone(),
            paging: Paging::new(query),
        }
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
}

impl History {
    /// The next page; `None` after the last one, and after an error.
    pub async fn next(&mut self) -> Option<Result<HistoryPage, Error>> {
        let query = self.paging.next()?;
        let page = self.page(&query).await;
        self.paging.came(page.as_ref().ok());
        Some(page)
    }

    async fn page(&self, query: &HistoryQuery) -> Result<HistoryPage, Error> {
        let Client {
            exchange,
            transport,
        } = &self.client;
        let request = exchange.history(query)?;
        let call = Observation::start(Call::History);
        let sent = call.around(transport.send(request)).await;
        exchange.interpret(call, sent, decode_history)
    }
}

impl fmt::Debug for History {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("History")
            .field("next", &self.paging.next())
            .finish_non_exhaustive()
    }
}
