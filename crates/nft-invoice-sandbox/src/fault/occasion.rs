use crate::gateway::route::Route;
use crate::payment::amount::Amount;
use crate::payment::state::Mode;

/// A request or delivery that a rule may match, with its known attributes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Occasion {
    /// Never [`Route::Other`]; `None` is a delivery.
    pub(crate) route: Option<Route>,
    pub(crate) amount: Option<Amount>,
    pub(crate) currency: Option<String>,
    pub(crate) email: Option<String>,
    pub(crate) id: Option<u64>,
    pub(crate) mode: Option<Mode>,
    /// From 1.
    pub(crate) merchant: Option<u64>,
    pub(crate) status: Option<String>,
    pub(crate) attempt: Option<u64>,
}

impl Occasion {
    /// The `attempt`th, from 1, to deliver the callback of an invoice with `status`, such as `invoice:paid`.
    pub(crate) fn delivery(invoice: u64, status: &str, attempt: u64) -> Self {
        Self {
            id: Some(invoice),
            status: Some(status.to_owned()),
            attempt: Some(attempt),
            ..Self::default()
        }
    }

    /// A call without other attributes.
    #[cfg(test)]
    pub(super) fn on(route: Route) -> Self {
        Self {
            route: Some(route),
            ..Self::default()
        }
    }
}
