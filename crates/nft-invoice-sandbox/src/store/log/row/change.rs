use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::charge::{CardRow, ChargeRow};
use super::order::OrderRow;
use crate::payment::event::Change;

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum ChangeRow {
    Created(Box<OrderRow>),
    Moved {
        charge: ChargeRow,
        card: Option<CardRow>,
    },
    Challenged {
        then: ChargeRow,
        card: CardRow,
    },
    Promised {
        at: Timestamp,
        charge: ChargeRow,
        card: CardRow,
    },
    Cancelled {},
}

impl From<&Change> for ChangeRow {
    fn from(change: &Change) -> Self {
        match change {
            Change::Created(order) => Self::Created(Box::new(OrderRow::from(&**order))),
            Change::Moved { charge, card } => Self::Moved {
                charge: charge.into(),
                card: card.as_ref().map(CardRow::from),
            },
            Change::Challenged { then, card } => Self::Challenged {
                then: then.into(),
                card: card.into(),
            },
            Change::Promised { at, charge, card } => Self::Promised {
                at: *at,
                charge: charge.into(),
                card: card.into(),
            },
            Change::Cancelled => Self::Cancelled {},
        }
    }
}

impl ChangeRow {
    pub(super) fn change(self) -> Result<Change, String> {
        Ok(match self {
            Self::Created(order) => Change::Created(Arc::new(order.order()?)),
            Self::Moved { charge, card } => Change::Moved {
                charge: charge.charge()?,
                card: card.map(|card| card.summary()).transpose()?,
            },
            Self::Challenged { then, card } => Change::Challenged {
                then: then.charge()?,
                card: card.summary()?,
            },
            Self::Promised { at, charge, card } => Change::Promised {
                at,
                charge: charge.charge()?,
                card: card.summary()?,
            },
            Self::Cancelled {} => Change::Cancelled,
        })
    }
}
