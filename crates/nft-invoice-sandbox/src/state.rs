use std::fmt;

/// Where an invoice stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum InvoiceState {
    /// The transaction was created.
    Created,
    /// The customer was sent to the payment page.
    Opened,
    /// The payment succeeded and waits for settlement.
    AwaitingApproval,
    /// Settled to the merchant's wallet.
    Paid,
    /// An error occurred, or the card was declined.
    Failed,
    /// The customer's bank took the money back.
    Chargeback,
    /// The gateway keeps the money for now.
    Withheld,
    /// Created or opened for more than 14 days.
    Expired,
}

use InvoiceState::{
    AwaitingApproval, Chargeback, Created, Expired, Failed, Opened, Paid, Withheld,
};

impl InvoiceState {
    /// Every state there is.
    pub const ALL: [Self; 8] = [
        Created,
        Opened,
        AwaitingApproval,
        Paid,
        Failed,
        Chargeback,
        Withheld,
        Expired,
    ];

    /// Those that an invoice can be forced into: all but the first, which is its creation.
    pub(crate) const FORCED: &'static [Self] = Self::ALL.split_at(1).1;

    /// The state that is called so: `paid`, `PAID` or `invoice:paid`.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let word = text.strip_prefix("invoice:").unwrap_or(text);
        let named = |state: &Self| state.to_string().eq_ignore_ascii_case(word);
        Self::ALL.into_iter().find(named)
    }

    /// The gateway's word for it, such as `invoice:created`.
    #[must_use]
    pub const fn wire(self) -> &'static str {
        match self {
            Created => "invoice:created",
            Opened => "invoice:opened",
            AwaitingApproval => "invoice:awaiting_approval",
            Paid => "invoice:paid",
            Failed => "invoice:failed",
            Chargeback => "invoice:chargeback",
            Withheld => "invoice:withheld",
            Expired => "invoice:expired",
        }
    }

    /// The states that may follow.
    pub(crate) const fn next(self, mode: Mode, failed_reopens: bool) -> &'static [Self] {
        match (self, mode) {
            (Created, Mode::Hosted) => &[Opened, Expired],
            (Created, Mode::S2s) => &[Opened, Paid, Failed, AwaitingApproval, Expired],
            (Opened, _) => &[Paid, Failed, AwaitingApproval, Expired],
            (AwaitingApproval, _) => &[Paid, Failed, Withheld],
            (Paid, _) => &[Chargeback, Withheld],
            (Withheld, _) => &[Paid, Chargeback],
            (Failed, _) if failed_reopens => &[Opened],
            (Failed | Chargeback | Expired, _) => &[],
        }
    }
}

impl fmt::Display for InvoiceState {
    /// The label, such as `CREATED`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Created => "CREATED",
            Opened => "OPENED",
            AwaitingApproval => "AWAITING_APPROVAL",
            Paid => "PAID",
            Failed => "FAILED",
            Chargeback => "CHARGEBACK",
            Withheld => "WITHHELD",
            Expired => "EXPIRED",
        })
    }
}

/// Who collects the card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mode {
    /// The gateway, on its own page.
    Hosted,
    /// The merchant, who sends it server to server.
    S2s,
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hosted => "hosted",
            Self::S2s => "S2S",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gateways_word_is_the_label_in_lower_case() {
        for state in InvoiceState::ALL {
            let label = state.to_string().to_lowercase();
            assert_eq!(
                state.wire(),
                format!("invoice:{label}"),
                "wire name of {state}"
            );
            for text in [&*label, &state.to_string(), state.wire()] {
                assert_eq!(InvoiceState::read(text), Some(state), "{text}");
            }
        }
    }
}
