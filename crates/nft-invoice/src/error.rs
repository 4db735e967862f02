use std::fmt;

use nft_invoice_core::{Call, GatewayCode, Unreadable};
use nft_invoice_transport::{Delivery, Phase, TransportError};

use crate::ConfigError;

/// Why a call had no result, and what is known about its request.
///
/// Before a `create` is repeated, ask [`is_safe_to_resend`](Self::is_safe_to_resend): the gateway has no idempotency
/// key, so a second request can be a second charge.
///
/// `Display` is one line with the call, what is known of the request, and the cause, such as
/// `create: outcome unknown: connection reset while waiting for the response`. It contains no URL, key, card or part
/// of a response but the gateway's own message, in which secrets are redacted.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A setting that only this call needs is missing. Nothing was sent.
    #[error("{call}: not sent: {source}")]
    Config {
        /// The call.
        call: Call,
        /// The setting.
        source: ConfigError,
    },
    /// The transport obtained no complete response. Its [`delivery`](TransportError::delivery) tells whether the
    /// gateway can have received the request.
    #[error("{call}: {}: {source}", delivery_text(*call, source))]
    Transport {
        /// The call.
        call: Call,
        /// What happened.
        source: TransportError,
    },
    /// The gateway rejected the call with an error code.
    #[error("{call}: rejected with code {code}: {}", rejection_text(*.documented, .message.as_deref()))]
    Rejected {
        /// The call. A code means something only together with it.
        call: Call,
        /// The gateway's `errorCode`.
        code: i64,
        /// What the code means, if the gateway documents it for this call.
        documented: Option<&'static GatewayCode>,
        /// The gateway's own message: at most 200 characters, with secrets, URLs and long numbers redacted.
        message: Option<Box<str>>,
        /// The HTTP status of the response. The code decides, not the status.
        http_status: u16,
    },
    /// A complete response came that cannot be understood. A `create` may have been carried out: look it up and do
    /// not send it again.
    #[error("{call}: {response}")]
    Unreadable {
        /// The call.
        call: Call,
        /// The response, without its text.
        response: Box<UnreadableResponse>,
    },
}

/// What is known about a response that cannot be understood.
#[derive(Debug)]
#[non_exhaustive]
pub struct UnreadableResponse {
    /// The HTTP status.
    pub http_status: u16,
    /// The media type in lower case, if it is a plain one.
    pub content_type: Option<Box<str>>,
    /// The charset, if the media type names one other than UTF-8.
    pub charset: Option<Box<str>>,
    /// The length of the body in bytes.
    pub length: usize,
    /// Scheme, host and port to which a redirect leads, if it leads to another web address. Redirects are not followed.
    pub redirect: Option<Box<str>>,
    /// The value of `Retry-After`, if it is a number of seconds or an HTTP date.
    pub retry_after: Option<Box<str>>,
    /// Where and why the body is unreadable.
    pub source: Unreadable,
}

impl Error {
    /// Returns the call that failed.
    #[must_use]
    pub fn call(&self) -> Call {
        match self {
            Self::Config { call, .. }
            | Self::Transport { call, .. }
            | Self::Rejected { call, .. }
            | Self::Unreadable { call, .. } => *call,
        }
    }

    /// Returns what is known about the request: not sent, outcome unknown, or responded to.
    #[must_use]
    pub fn delivery(&self) -> Delivery {
        match self {
            Self::Config { .. } => Delivery::NotSent,
            Self::Transport { source, .. } => source.delivery(),
            Self::Rejected { .. } | Self::Unreadable { .. } => Delivery::Responded,
        }
    }

    /// Returns whether sending the same request again cannot charge twice: true for a read, and for a create that
    /// certainly was not sent; false for a missing setting, because sending again does not help.
    ///
    /// It speaks of the call in [`call`](Self::call) only: after a create whose outcome is unknown, do not return the
    /// error of a read in its place, since whoever repeats the whole would send the create again.
    #[must_use]
    pub fn is_safe_to_resend(&self) -> bool {
        match self {
            Self::Config { .. } => false,
            _ => self.call() != Call::Create || self.delivery() == Delivery::NotSent,
        }
    }

    /// Returns whether the gateway may have created the invoice: a create without a complete response that was not
    /// certainly unsent, or with a response that cannot be understood. [Find](crate::Client::find) the invoice, and do
    /// not send it again.
    ///
    /// If this is false, no invoice was created: correct what the error says, or send the create again.
    #[must_use]
    pub fn may_have_created(&self) -> bool {
        self.call() == Call::Create
            && match self {
                Self::Config { .. } | Self::Rejected { .. } => false,
                Self::Transport { .. } => self.delivery() != Delivery::NotSent,
                Self::Unreadable { .. } => true,
            }
    }

    /// Returns whether sending the same request again can help: it [is safe](Self::is_safe_to_resend), and the
    /// gateway did not reject it.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        let is_on_the_way = matches!(self, Self::Transport { .. } | Self::Unreadable { .. });
        is_on_the_way && self.is_safe_to_resend()
    }
}

impl fmt::Display for UnreadableResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = self.http_status;
        match (status, &self.redirect) {
            (_, Some(target)) => {
                return write!(
                    f,
                    "the gateway redirects to {target} (HTTP {status}). Is the base URL right?"
                );
            }
            (301..=303 | 307 | 308, None) => {
                return write!(
                    f,
                    "the gateway redirects (HTTP {status}). Is the base URL right?"
                );
            }
            (408, None) => {
                return f.write_str(
                    "the gateway reports that no whole request came in time (HTTP 408)",
                );
            }
            (429, None) => {
                f.write_str("too many requests (HTTP 429)")?;
                return self.write_wait(f);
            }
            (503, None) => {
                f.write_str("the gateway is unavailable (HTTP 503)")?;
                return self.write_wait(f);
            }
            _ => {}
        }
        let content_type = self.content_type.as_deref().unwrap_or("no content type");
        write!(
            f,
            "response unreadable (HTTP {status}, {} bytes, {content_type}",
            self.length
        )?;
        if let Some(charset) = &self.charset {
            write!(f, " in {charset}")?;
        }
        write!(f, "): {}", self.source.reason())?;
        match self.source.at() {
            "" => Ok(()),
            at => write!(f, " at {at}"),
        }
    }
}

impl UnreadableResponse {
    /// Not "retry after": a create is not to be repeated then either.
    fn write_wait(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.retry_after.as_deref() {
            Some(seconds) if seconds.bytes().all(|b| b.is_ascii_digit()) => {
                write!(f, "; the gateway asks to wait {seconds} s")
            }
            Some(date) => write!(f, "; the gateway asks to wait until {date}"),
            None => Ok(()),
        }
    }
}

/// What is known of the request. A read changes nothing, so nothing about its outcome is open.
fn delivery_text(call: Call, error: &TransportError) -> &'static str {
    match (error.delivery(), error.phase()) {
        (Delivery::NotSent, _) => "not sent",
        (_, Some(Phase::Preparing | Phase::Connecting)) if call != Call::Create => "not sent",
        _ if call != Call::Create => "no response",
        (Delivery::Unknown | Delivery::Responded, _) => "outcome unknown",
    }
}

/// What the code means where that is documented, else the gateway's message.
fn rejection_text<'a>(documented: Option<&'a GatewayCode>, message: Option<&'a str>) -> &'a str {
    documented
        .map(|row| row.meaning)
        .or(message)
        .unwrap_or("undocumented, and without a message")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rejection_shows_what_is_documented_else_the_gateway_s_message() {
        for (code, message, shown) in [
            (50002, Some("no"), "email required"),
            (99999, Some("no"), "no"),
            (99999, None, "undocumented, and without a message"),
        ] {
            let error = Error::Rejected {
                call: Call::Create,
                code,
                documented: GatewayCode::find(Call::Create, code),
                message: message.map(Into::into),
                http_status: 400,
            };
            assert_eq!(
                error.to_string(),
                format!("create: rejected with code {code}: {shown}")
            );
        }
    }

    #[test]
    fn a_transport_error_shows_call_delivery_and_cause_in_one_line() {
        for (call, source, shown, safe) in [
            (
                Call::Create,
                TransportError::not_sent("connection refused"),
                "create: not sent: connection refused",
                true,
            ),
            (
                Call::Create,
                TransportError::unknown("connection reset"),
                "create: outcome unknown: connection reset",
                false,
            ),
            (
                Call::Status,
                TransportError::unknown("connection reset"),
                "status: no response: connection reset",
                true,
            ),
            (
                Call::Status,
                TransportError::unknown("?")
                    .because("connection refused")
                    .during(Phase::Connecting),
                "status: not sent: connection refused while connecting",
                true,
            ),
            (
                Call::Create,
                TransportError::unknown("?")
                    .because("connection refused")
                    .during(Phase::Connecting),
                "create: outcome unknown: connection refused while connecting",
                false,
            ),
        ] {
            let error = Error::Transport { call, source };
            assert_eq!(
                (error.to_string().as_str(), error.is_safe_to_resend()),
                (shown, safe)
            );
        }
    }

    #[test]
    fn only_a_create_without_a_clear_outcome_may_have_created() {
        let transport = |call, source| Error::Transport { call, source };
        let rejected = |code| Error::Rejected {
            call: Call::Create,
            code,
            documented: None,
            message: None,
            http_status: 400,
        };
        let (unknown, not_sent) = (TransportError::unknown, TransportError::not_sent);
        for (error, may) in [
            (transport(Call::Create, unknown("reset")), true),
            (transport(Call::Create, not_sent("refused")), false),
            (transport(Call::Info, unknown("reset")), false),
            (rejected(50008), false),
        ] {
            assert_eq!(error.may_have_created(), may, "{error}");
            assert!(!(may && error.is_safe_to_resend()), "{error}");
        }
    }

    #[test]
    fn a_missing_setting_is_not_safe_to_resend() {
        let error = Error::Config {
            call: Call::History,
            source: ConfigError::NoHistoryPath,
        };
        assert!(!error.is_safe_to_resend() && !error.is_retryable());
        assert_eq!(error.delivery(), Delivery::NotSent);
    }

    #[test]
    fn it_stays_small_and_crosses_threads() {
        fn crosses<T: Send + Sync + 'static>() {}
        crosses::<Error>();
        assert!(size_of::<Error>() <= size_of::<[usize; 8]>());
    }
}
