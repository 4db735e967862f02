use nft_invoice::InvoiceId;
use serde::{Deserialize, Serialize};

/// An invoice at the gateway that carries the row's reference.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Sighting {
    /// The epoch whose request created it: the `nftInvoiceAttempt` of its `callbackJson`.
    pub epoch: u32,
    /// Its id.
    pub id: InvoiceId,
    /// Whether a customer has opened or paid it.
    pub is_used: bool,
}

/// What is known about the invoices that carry a row's reference. It only grows.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Evidence {
    /// Epochs with a response that the invoice was created, in ascending order.
    pub responses: Vec<u32>,
    /// Invoices that infos have shown, by id.
    pub sightings: Vec<Sighting>,
}

impl Evidence {
    /// Adds a response; returns whether it was new.
    pub(super) fn add_response(&mut self, epoch: u32) -> bool {
        match self.responses.binary_search(&epoch) {
            Ok(_) => false,
            Err(at) => {
                self.responses.insert(at, epoch);
                true
            }
        }
    }

    /// Adds an invoice; returns whether it was new or is used now.
    pub(super) fn add_sighting(&mut self, seen: Sighting) -> bool {
        match self
            .sightings
            .binary_search_by(|known| known.id.cmp(&seen.id))
        {
            Ok(at) => {
                let is_new = seen.is_used && !self.sightings[at].is_used;
                self.sightings[at].is_used |= seen.is_used;
                is_new
            }
            Err(at) => {
                self.sightings.insert(at, seen);
                true
            }
        }
    }

    /// Returns whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.responses.is_empty() && self.sightings.is_empty()
    }

    /// Returns whether the request of `epoch` created an invoice.
    #[must_use]
    pub fn is_of(&self, epoch: u32) -> bool {
        self.responses.contains(&epoch) || self.sightings.iter().any(|seen| seen.epoch == epoch)
    }

    /// Returns how many invoices there are at least.
    #[must_use]
    pub fn invoices(&self) -> usize {
        let unseen = self
            .responses
            .iter()
            .filter(|epoch| !self.sightings.iter().any(|seen| seen.epoch == **epoch));
        self.sightings.len() + unseen.count()
    }
}
