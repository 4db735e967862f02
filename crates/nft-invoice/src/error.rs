use nft_invoice_core::{AnswerError, Call, GatewayCode, Problems};
use nft_invoice_transport::{Delivery, TransportError};

use crate::ConfigError;

/// Why a call brought no result, and with it what is known about the request.
///
/// Before a `create` is repeated, ask [`is_safe_to_resend`](Self::is_safe_to_resend): the gateway has no
/// idempotency key, so a second request may be a second charge. `Display` is one level, `source()` the
/// rest; neither holds a URL, a key, a card or any part of an answer but the gateway's own message, masked.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The invoice breaks rules. Nothing was sent. Comes from checking a draft, by `?`.
    #[error("the invoice is not valid; nothing was sent")]
    Invalid(#[from] Problems),
    /// A setting cannot be used. Nothing was sent.
    #[error("a setting cannot be used; nothing was sent")]
    Config(#[from] ConfigError),
    /// The transport got no complete answer. Its [`delivery`](TransportError::delivery) says whether the
    /// request can have been received.
    #[error("`{call}` failed")]
    Transport {
        /// What was asked.
        call: Call,
        /// What happened.
        source: TransportError,
    },
    /// The gateway answered with an error code.
    #[error(
        "the gateway refused `{call}` with code {code}: {}",
        refusal(*.documented, .message.as_deref())
    )]
    Rejected {
        /// What was asked: a code means something only together with its call.
        call: Call,
        /// The gateway's `errorCode`.
        code: i64,
        /// What the code means, if that is documented for this call.
        documented: Option<&'static GatewayCode>,
        /// The gateway's own words, cut to 200 characters, with control characters, URLs, long runs of
        /// digits and the API key masked.
        message: Option<Box<str>>,
        /// The HTTP status of the answer. The code decides, not this.
        http_status: u16,
    },
    /// A complete answer came and cannot be understood. A `create` may have been carried out: look it up,
    /// do not resend.
    #[error(
        "the answer to `{call}` is not one of the gateway's (HTTP {http_status}, {length} bytes of {})",
        .content_type.as_deref().unwrap_or("an unnamed type")
    )]
    Unreadable {
        /// What was asked.
        call: Call,
        /// The HTTP status of the answer.
        http_status: u16,
        /// Its media type, if it named a plain one.
        content_type: Option<Box<str>>,
        /// How many bytes it has.
        length: usize,
        /// Where it stopped making sense, and why. None of its text.
        source: AnswerError,
    },
}

impl Error {
    /// What is known about the request: never sent, perhaps received, or answered.
    #[must_use]
    pub fn delivery(&self) -> Delivery {
        match self {
            Self::Invalid(_) | Self::Config(_) => Delivery::NotSent,
            Self::Transport { source, .. } => source.delivery(),
            Self::Rejected { .. } | Self::Unreadable { .. } => Delivery::Responded,
        }
    }

    /// Whether asking again can charge nobody twice: the request was certainly not sent, or it only reads.
    #[must_use]
    pub fn is_safe_to_resend(&self) -> bool {
        let reads = match self {
            Self::Invalid(_) | Self::Config(_) => false,
            Self::Transport { call, .. }
            | Self::Rejected { call, .. }
            | Self::Unreadable { call, .. } => *call != Call::Create,
        };
        reads || self.delivery() == Delivery::NotSent
    }

    /// Whether repeating the very same call can help: it [is safe](Self::is_safe_to_resend), and what failed
    /// was the way there and back. A gateway that refused will refuse again.
    #[must_use]
    pub fn is_worth_repeating(&self) -> bool {
        let on_the_way = matches!(self, Self::Transport { .. } | Self::Unreadable { .. });
        on_the_way && self.is_safe_to_resend()
    }
}

/// What the code means where that is documented, else what the gateway said.
fn refusal<'a>(documented: Option<&'a GatewayCode>, message: Option<&'a str>) -> &'a str {
    documented
        .map(|row| row.meaning)
        .or(message)
        .unwrap_or("not documented, and without a message")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_says_what_is_documented_else_what_the_gateway_said() {
        for (code, message, says) in [
            (50002, Some("no"), "email required"),
            (99999, Some("no"), "no"),
            (99999, None, "not documented, and without a message"),
        ] {
            let error = Error::Rejected {
                call: Call::Create,
                code: code.into(),
                documented: GatewayCode::find(Call::Create, code),
                message: message.map(Into::into),
                http_status: 400,
            };
            let whole = format!("the gateway refused `create` with code {code}: {says}");
            assert_eq!(error.to_string(), whole);
        }
    }

    #[test]
    fn it_stays_small_and_crosses_threads() {
        fn crosses<T: Send + Sync + 'static>() {}
        crosses::<Error>();
        assert!(size_of::<Error>() <= 10 * size_of::<usize>());
    }
}
