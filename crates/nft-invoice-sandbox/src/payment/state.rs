use std::fmt;

use serde::{Deserialize, Serialize};

/// The status of an invoice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum InvoiceState {
    /// The invoice was created.
    Created,
    /// The customer has opened the payment page.
    Opened,
    /// The payment is awaiting approval.
    AwaitingApproval,
    /// Settled to the merchant's wallet.
    Paid,
    /// An error occurred, or the card was declined.
    Failed,
    /// The customer's bank took the money back.
    Chargeback,
    /// The gateway is holding the payment.
    Withheld,
    /// The invoice was not paid within 14 days.
    Expired,
}

use InvoiceState::{
    AwaitingApproval, Chargeback, Created, Expired, Failed, Opened, Paid, Withheld,
};

impl InvoiceState {
    /// All statuses.
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

    /// The statuses that can be forced: all except CREATED.
    pub(crate) const FORCED: &'static [Self] = Self::ALL.split_at(1).1;

    /// Parses `paid`, `PAID` or `invoice:paid`.
    pub(crate) fn read(text: &str) -> Option<Self> {
        let word = text.strip_prefix("invoice:").unwrap_or(text);
        let named = |state: &Self| state.word().eq_ignore_ascii_case(word);
        Self::ALL.into_iter().find(named)
    }

    /// Returns the status as the gateway sends it, such as `invoice:created`.
    #[must_use]
    pub const fn wire_name(self) -> &'static str {
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

    /// The name in URLs and CSS classes, such as `awaiting_approval`.
    pub(crate) const fn word(self) -> &'static str {
        self.wire_name().split_at("invoice:".len()).1
    }

    /// Whether the invoice waits for the customer.
    pub(crate) const fn is_open(self) -> bool {
        matches!(self, Created | Opened)
    }

    /// The allowed next statuses.
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
    /// Writes the label, such as `CREATED`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.word().to_uppercase())
    }
}

/// The integration mode, which determines who collects the card details.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Mode {
    /// The gateway collects the card details on its checkout page.
    #[serde(rename = "hosted")]
    Hosted,
    /// The merchant collects the card details and sends them server to server.
    #[serde(rename = "S2S")]
    S2s,
}

impl Mode {
    /// The name for programs, such as `s2s`.
    pub(crate) const fn word(self) -> &'static str {
        match self {
            Self::Hosted => "hosted",
            Self::S2s => "s2s",
        }
    }
}

impl fmt::Display for Mode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Hosted => "hosted",
            Self::S2s => "S2S",
        })
    }
}
