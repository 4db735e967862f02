use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::word::{state, unknown};
use crate::payment::card::CardSummary;
use crate::payment::charge::Charge;
use crate::payment::reason::Reason;

#[derive(Serialize, Deserialize)]
pub(super) struct ChargeRow {
    to: String,
    reason: Option<String>,
    later: Option<LaterRow>,
}

#[derive(Serialize, Deserialize)]
pub(super) struct LaterRow {
    after: Duration,
    to: String,
}

/// The stored part of a card.
#[derive(Serialize, Deserialize)]
pub(super) struct CardRow {
    brand: String,
    masked: String,
}

impl From<&Charge> for ChargeRow {
    fn from(charge: &Charge) -> Self {
        Self {
            to: charge.to.to_string(),
            reason: charge.reason.map(|reason| reason.as_str().to_owned()),
            later: charge.later.map(|(after, to)| LaterRow {
                after,
                to: to.to_string(),
            }),
        }
    }
}

impl ChargeRow {
    pub(super) fn charge(self) -> Result<Charge, String> {
        let reason = |word: String| Reason::from_word(&word).ok_or_else(|| unknown(&word));
        let later = |later: LaterRow| Ok::<_, String>((later.after, state(&later.to)?));
        Ok(Charge {
            to: state(&self.to)?,
            reason: self.reason.map(reason).transpose()?,
            later: self.later.map(later).transpose()?,
        })
    }
}

impl From<&CardSummary> for CardRow {
    fn from(card: &CardSummary) -> Self {
        Self {
            brand: card.brand().to_owned(),
            masked: card.masked().to_owned(),
        }
    }
}

impl CardRow {
    pub(super) fn summary(self) -> Result<CardSummary, String> {
        CardSummary::kept(&self.brand, self.masked).ok_or_else(|| unknown(&self.brand))
    }
}
