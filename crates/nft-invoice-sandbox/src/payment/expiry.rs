use jiff::{SignedDuration, Timestamp};

use crate::assumption::ExpiryCountsFrom;
use crate::payment::charge::Charge;
use crate::payment::invoice::Invoice;
use crate::payment::state::InvoiceState;

/// How long an invoice can be paid.
const LIFETIME: SignedDuration = SignedDuration::from_hours(14 * 24);

/// The next scheduled change of an invoice and its time: its expiry, or an outcome that was promised.
pub(super) fn upcoming(invoice: &Invoice, counts: ExpiryCountsFrom) -> Option<(Timestamp, Charge)> {
    let since = match counts {
        ExpiryCountsFrom::LastChange => invoice.changed_at,
        ExpiryCountsFrom::Creation => invoice.created_at,
    };
    let expiry = since.saturating_add(LIFETIME).unwrap_or(Timestamp::MAX);
    let expiry = (expiry, Charge::to(InvoiceState::Expired));
    let expires = invoice.state.is_open().then_some(expiry);
    // A promised outcome takes precedence over an expiry at the same time.
    match (invoice.promised, expires) {
        (Some(promised), Some(expires)) if promised.0 > expires.0 => Some(expires),
        (promised, expires) => promised.or(expires),
    }
}
