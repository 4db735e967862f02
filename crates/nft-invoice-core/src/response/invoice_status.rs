use std::convert::Infallible;
use std::fmt;
use std::str::FromStr;

use crate::value::is_hidden;

/// The status of an invoice, as callbacks and the calls for its status and infos report it.
///
/// Read from the gateway's `invoice:paid`, in any case and (an assumption that costs nothing) also without the
/// prefix. The history uses words of its own: [`HistoryStatus`](crate::HistoryStatus).
///
/// The order in which callbacks arrive is not documented, so a status can be older than one that was already received.
///
/// ```
/// use nft_invoice_core::InvoiceStatus;
///
/// let status: InvoiceStatus = "invoice:awaiting_approval".parse().unwrap();
/// assert_eq!(status.label(), "WAITING SETTLEMENT");
/// assert!(status.may_credit() && !status.is_final());
/// ```
#[derive(Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum InvoiceStatus {
    /// The transaction was created.
    Created,
    /// The customer was redirected to the payment page.
    Opened,
    /// The customer's payment succeeded: the merchant may already credit it.
    AwaitingApproval,
    /// Settled to the merchant's wallet.
    Paid,
    /// An error occurred.
    Failed,
    /// The payment was charged back. The gateway does not document it further.
    Chargeback,
    /// The payment is withheld. The gateway does not document it further.
    Withheld,
    /// Created or opened for more than 14 days.
    Expired,
    /// A status that the gateway does not document, without control characters and cut to 64 characters.
    Other(String),
}

impl InvoiceStatus {
    /// Every status that the gateway documents.
    pub const DOCUMENTED: [Self; 8] = [
        Self::Created,
        Self::Opened,
        Self::AwaitingApproval,
        Self::Paid,
        Self::Failed,
        Self::Chargeback,
        Self::Withheld,
        Self::Expired,
    ];

    /// Returns the gateway's name, such as `invoice:paid`; an undocumented one as it was read.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Created => "invoice:created",
            Self::Opened => "invoice:opened",
            Self::AwaitingApproval => "invoice:awaiting_approval",
            Self::Paid => "invoice:paid",
            Self::Failed => "invoice:failed",
            Self::Chargeback => "invoice:chargeback",
            Self::Withheld => "invoice:withheld",
            Self::Expired => "invoice:expired",
            Self::Other(text) => text,
        }
    }

    /// Returns the gateway's label for people, such as `WAITING SETTLEMENT`; an undocumented status as it was read.
    #[must_use]
    pub fn label(&self) -> &str {
        match self {
            Self::Created => "CREATED",
            Self::Opened => "OPENED",
            Self::AwaitingApproval => "WAITING SETTLEMENT",
            Self::Paid => "PAID",
            Self::Failed => "FAILED",
            Self::Chargeback => "CHARGEBACK",
            Self::Withheld => "WITHHELD",
            Self::Expired => "EXPIRED",
            Self::Other(text) => text,
        }
    }

    /// Returns whether the customer has paid, so that the merchant may deliver: `awaiting_approval` (documented) and
    /// `paid`. An undocumented status never credits.
    #[must_use]
    pub fn may_credit(&self) -> bool {
        matches!(self, Self::AwaitingApproval | Self::Paid)
    }

    /// Returns whether no other status is expected to follow: `failed`, `chargeback` and `expired`.
    ///
    /// `paid` is not final, because a chargeback can follow; nor is `withheld`, whose end is not documented.
    /// The gateway documents no order of its statuses, so this is an assumption for ending a poll: believe a later
    /// callback that reports another status.
    #[must_use]
    pub fn is_final(&self) -> bool {
        matches!(self, Self::Failed | Self::Chargeback | Self::Expired)
    }
}

impl FromStr for InvoiceStatus {
    type Err = Infallible;

    /// Never fails: what the gateway does not document is `Other`.
    fn from_str(text: &str) -> Result<Self, Infallible> {
        let lower = text.to_ascii_lowercase();
        Ok(match lower.strip_prefix("invoice:").unwrap_or(&lower) {
            "created" => Self::Created,
            "opened" => Self::Opened,
            "awaiting_approval" => Self::AwaitingApproval,
            "paid" => Self::Paid,
            "failed" => Self::Failed,
            "chargeback" => Self::Chargeback,
            "withheld" => Self::Withheld,
            "expired" => Self::Expired,
            _ => Self::Other(plain(text)),
        })
    }
}

/// The gateway's name, without control characters and with at most 64 characters.
impl fmt::Display for InvoiceStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&plain(self.as_str()))
    }
}

serde_as_text!(InvoiceStatus);

impl fmt::Debug for InvoiceStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// An undocumented word, fit for a log.
pub(crate) fn plain(text: &str) -> String {
    text.chars().filter(|c| !is_hidden(*c)).take(64).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(text: &str) -> InvoiceStatus {
        text.parse().unwrap()
    }

    #[test]
    fn reads_every_documented_status() {
        for (name, label, may_credit, is_final) in [
            ("created", "CREATED", false, false),
            ("opened", "OPENED", false, false),
            ("awaiting_approval", "WAITING SETTLEMENT", true, false),
            ("paid", "PAID", true, false),
            ("failed", "FAILED", false, true),
            ("chargeback", "CHARGEBACK", false, true),
            ("withheld", "WITHHELD", false, false),
            ("expired", "EXPIRED", false, true),
        ] {
            let full = format!("invoice:{name}");
            let read = status(&full);
            assert_eq!(read.as_str(), full);
            assert_eq!(read.to_string(), full);
            assert_eq!(read.label(), label);
            assert_eq!(read.may_credit(), may_credit, "{name}");
            assert_eq!(read.is_final(), is_final, "{name}");
            assert_eq!(status(name), read);
            assert_eq!(status(&full.to_uppercase()), read);
        }
    }

    #[test]
    fn keeps_another_status_and_never_credits_it() {
        for text in [
            "invoice:refunded",
            "",
            "paid ",
            "invoice:invoice:paid",
            "unpaid",
        ] {
            let read = status(text);
            assert_eq!(read, InvoiceStatus::Other(text.to_owned()));
            assert!(!read.may_credit() && !read.is_final(), "{text}");
        }
    }

    #[test]
    fn shows_another_status_without_control_characters_and_cut() {
        let hostile = format!("\u{1b}[31m\r\n\u{9b}{}", "x".repeat(500));
        let made = InvoiceStatus::Other(hostile.clone());
        for shown in [
            status(&hostile).as_str().to_owned(),
            made.to_string(),
            format!("{made:?}"),
        ] {
            assert!(!shown.contains(char::is_control), "{shown:?}");
            assert_eq!(shown.chars().count(), 64);
        }
    }
}
