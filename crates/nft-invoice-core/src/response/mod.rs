//! The gateway's responses. Success or rejection is decided by `errorCode` alone, because the HTTP status of a
//! rejection is not documented.

mod call;
pub(crate) mod created;
mod gateway_code;
pub(crate) mod history;
pub(crate) mod history_query;
pub(crate) mod info;
mod invoice_id;
mod invoice_status;
pub(crate) mod message;
pub(crate) mod object;
mod received;
pub(crate) mod status;

use std::error::Error;
use std::fmt;

pub use call::Call;
pub use created::{Created, decode_create};
pub use gateway_code::{CodeSource, GatewayCode, documented_codes};
pub use history::{HistoryEntry, HistoryPage, HistoryStatus, decode_history};
pub use history_query::{HistoryFilter, HistoryQuery, SortOrder};
pub use info::{Info, decode_info};
pub use invoice_id::InvoiceId;
pub use invoice_status::InvoiceStatus;
pub use message::redact_secret;
use object::Object;
pub use received::Received;
pub use status::{StatusReport, decode_status};

/// Why a complete response is not a success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResponseError {
    /// The gateway rejected the call.
    Rejected(Rejection),
    /// The response cannot be understood, so it is unknown what the gateway did. After [`Call::Create`], look the
    /// invoice up and do not send it again.
    Unreadable(Unreadable),
}

/// A rejection: a response whose `errorCode` is an integer (or a string with one) other than 0.
///
/// `Debug` does not show the gateway's message, which can repeat what the request contained.
#[derive(Clone, PartialEq, Eq)]
pub struct Rejection {
    call: Call,
    code: i64,
    message: Option<String>,
}

impl Rejection {
    /// Returns the call that was rejected. The same code means different things on different calls.
    #[must_use]
    pub fn call(&self) -> Call {
        self.call
    }

    /// Returns the response's `errorCode`, documented or not.
    #[must_use]
    pub fn code(&self) -> i64 {
        self.code
    }

    /// Returns what the code means on this call, if the gateway documents it.
    #[must_use]
    pub fn documented(&self) -> Option<&'static GatewayCode> {
        GatewayCode::find(self.call, self.code)
    }

    /// Returns the response's `errorMessage`, fit for a log: one line of at most 200 characters, in which URLs,
    /// e-mail addresses, numbers of 8 or more digits and tokens of 16 or more letters and digits are masked and hidden
    /// characters removed.
    #[must_use]
    pub fn message(&self) -> Option<String> {
        self.message_redacted(str::to_owned)
    }

    /// As [`message`](Self::message), after `redact` has removed the caller's own secrets from the whole text.
    #[must_use]
    pub fn message_redacted(&self, redact: impl FnOnce(&str) -> String) -> Option<String> {
        message::masked(&redact(self.message.as_deref()?))
    }
}

impl fmt::Debug for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rejection")
            .field("call", &self.call)
            .field("code", &self.code)
            .field("message", &Hidden::of(&self.message))
            .finish()
    }
}

/// A response or a callback that cannot be understood. It says where and why, and never what is there, which can
/// be a token or what the request contained.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unreadable {
    at: String,
    reason: &'static str,
}

impl Unreadable {
    pub(crate) fn new(at: impl Into<String>, reason: &'static str) -> Self {
        Self {
            at: at.into(),
            reason,
        }
    }

    /// Returns where: an RFC 6901 JSON Pointer in the gateway's names (`/redirectUrl`, `""` for the whole), or
    /// `line 1, column 1` where the body is not JSON.
    #[must_use]
    pub fn at(&self) -> &str {
        &self.at
    }

    /// Returns why, for people.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        self.reason
    }
}

impl From<Unreadable> for ResponseError {
    fn from(unreadable: Unreadable) -> Self {
        Self::Unreadable(unreadable)
    }
}

impl fmt::Display for ResponseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rejected(rejection) => rejection.fmt(f),
            Self::Unreadable(unreadable) => unreadable.fmt(f),
        }
    }
}

impl Error for ResponseError {}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let meaning = self.documented().map_or("undocumented", |row| row.meaning);
        write!(
            f,
            "{}: rejected with code {} ({meaning})",
            self.call, self.code
        )?;
        match self.message() {
            Some(message) => write!(f, "; the gateway's message: {message}"),
            None => Ok(()),
        }
    }
}

impl Error for Rejection {}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("unreadable")?;
        if !self.at.is_empty() {
            write!(f, " at {}", self.at)?;
        }
        write!(f, ": {}", self.reason)
    }
}

impl Error for Unreadable {}

/// The fields of a successful response without its `errorCode`.
pub(crate) fn success(call: Call, body: &[u8]) -> Result<Object<'_>, ResponseError> {
    let mut response = Object::read(body)?;
    match response.need::<ErrorCode>("errorCode")?.0 {
        0 => Ok(response),
        code => {
            let message = response.take_text("errorMessage");
            Err(ResponseError::Rejected(Rejection {
                call,
                code,
                message,
            }))
        }
    }
}

/// The response's `errorCode`: an integer without a `+`, leading zeros or a negative zero.
struct ErrorCode(i64);

impl std::str::FromStr for ErrorCode {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let digits = text.strip_prefix('-').unwrap_or(text);
        let is_plain = text == "0" || digits.starts_with(|c: char| matches!(c, '1'..='9'));
        if is_plain {
            text.parse().map(Self).map_err(drop)
        } else {
            Err(())
        }
    }
}

/// Shown by `Debug` in place of a value that is hidden.
pub(crate) struct Hidden;

impl Hidden {
    /// Whether `value` is there.
    pub(crate) fn of<T>(value: &Option<T>) -> Option<Self> {
        value.as_ref().map(|_| Self)
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("..")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::value::Mode;

    /// The error that each call makes of one body, in the order of `Call::ALL`.
    fn errors(body: &[u8]) -> [Option<ResponseError>; 4] {
        [
            decode_create(body, Mode::Hosted, &[]).err(),
            decode_status(body).err(),
            decode_info(body).err(),
            decode_history(body).err(),
        ]
    }

    #[test]
    fn any_integer_but_zero_is_a_rejection_on_every_call() {
        for (written, code) in [
            ("50003", 50003),
            (r#""50003""#, 50003),
            (r#""\u0035""#, 5),
            ("1", 1),
            ("-1", -1),
            ("99999999999", 99_999_999_999),
        ] {
            let body = format!(r#"{{"errorCode":{written},"redirectUrl":"https://a.example/"}}"#);
            for (call, error) in Call::ALL.into_iter().zip(errors(body.as_bytes())) {
                let Some(ResponseError::Rejected(rejection)) = error else {
                    panic!("{call}, {written}: {error:?}");
                };
                assert_eq!((rejection.call(), rejection.code()), (call, code));
                assert_eq!(rejection.message(), None);
            }
        }
    }

    #[test]
    fn a_code_means_what_its_call_documents() {
        let body = br#"{"errorCode":50003,"errorMessage":"amount required"}"#;
        let texts = errors(body).map(|error| error.unwrap().to_string());
        assert_eq!(
            texts[0],
            "create: rejected with code 50003 (amount required); the gateway's message: amount required"
        );
        assert_eq!(
            texts[1],
            "status: rejected with code 50003 (undocumented); the gateway's message: amount required"
        );
    }

    #[test]
    fn an_unreadable_response_names_place_and_reason() {
        for (body, at, reason) in [
            ("", "line 1, column 1", "not JSON"),
            ("<html>4242</html>", "line 1, column 1", "not JSON"),
            ("{\"errorCode\":0,\n!}", "line 2, column 1", "not JSON"),
            ("{} {}", "line 1, column 4", "not JSON"),
            ("[]", "", "not a JSON object"),
            ("null", "", "not a JSON object"),
            ("\"4242\"", "", "not a JSON object"),
            ("{}", "/errorCode", "missing"),
            (r#"{"errorCode":null}"#, "/errorCode", "missing"),
            (r#"{"errorcode":0}"#, "/errorCode", "missing"),
            (r#"{"errorCode":0,"errorCode":0}"#, "/errorCode", "repeated"),
            (
                r#"{"errorCode":0,"error\u0043ode":1}"#,
                "/errorCode",
                "repeated",
            ),
            (
                r#"{"errorCode":false}"#,
                "/errorCode",
                "of another type or format",
            ),
            (r#"{"errorCode":""}"#, "/errorCode", "missing"),
            (
                r#"{"errorCode":-0}"#,
                "/errorCode",
                "of another type or format",
            ),
            (
                r#"{"errorCode":"+0"}"#,
                "/errorCode",
                "of another type or format",
            ),
            (
                r#"{"errorCode":"00"}"#,
                "/errorCode",
                "of another type or format",
            ),
            (
                r#"{"errorCode":0.0}"#,
                "/errorCode",
                "of another type or format",
            ),
            (
                r#"{"errorCode":5e4}"#,
                "/errorCode",
                "of another type or format",
            ),
            (
                r#"{"errorCode":[0]}"#,
                "/errorCode",
                "of another type or format",
            ),
            (
                r#"{"errorCode":"\ud800"}"#,
                "/errorCode",
                "of another type or format",
            ),
            (
                r#"{"errorCode":99999999999999999999}"#,
                "/errorCode",
                "of another type or format",
            ),
        ] {
            for (call, error) in Call::ALL.into_iter().zip(errors(body.as_bytes())) {
                let expected = ResponseError::Unreadable(Unreadable::new(at, reason));
                assert_eq!(error, Some(expected), "{call}: {body}");
            }
        }
        let latin_1 = errors(b"{\"errorCode\":0,\n\"a\":\"\xe9\"}");
        assert_eq!(
            latin_1[0].as_ref().unwrap().to_string(),
            "unreadable at line 2, column 6: not UTF-8"
        );
    }

    #[test]
    fn an_error_of_the_whole_body_names_no_place() {
        let error = decode_status(b"[]").unwrap_err().to_string();
        assert_eq!(error, "unreadable: not a JSON object");
    }

    #[test]
    fn accepts_a_byte_order_mark_and_white_space_around() {
        let body = "\u{feff} \r\n{\"errorCode\":0,\"list\":[]}\n\n";
        assert!(decode_history(body.as_bytes()).is_ok());
    }

    #[test]
    fn accepts_deep_nesting() {
        let deep = format!("{}{}", "[".repeat(300_000), "]".repeat(300_000));
        let body = format!(r#"{{"errorCode":0,"list":[],"a":{deep}}}"#);
        assert_eq!(decode_history(body.as_bytes()).unwrap().extra[0].1, deep);
        let body = format!(r#"{{"errorCode":{deep},"list":{deep},"data":{deep}}}"#);
        assert!(errors(body.as_bytes()).iter().all(Option::is_some));
    }

    /// One success of every call in one body, as documented.
    const DOCUMENTED: &str = r#"{"errorCode":0,"redirectUrl":"https://a.example/widget/sale/create/?token=t0ken","html":"<a href='t0ken'></a>","invoice":{"id":"1689","devise":"USD","amount":"4","status":"invoice:created"},"merchant_id":"1","invoice_id":"1689","data":{"status":"invoice:paid","id":1736,"devise":"USD","amount":5,"description":"t0ken","callbackJson":null,"fiat_amount":409.71},"status":"PAID","from":"2023-06-01","page":2,"order":"DESC","list":[{"id":"1932","email":"t0ken","status":"PAID","success_url":null}],"total":"51"}"#;

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(body: Vec<u8>) {
            prop_assert!(errors(&body).iter().all(Option::is_some));
        }

        #[test]
        fn a_mutated_response_never_panics_and_is_never_quoted(
            at in 0..DOCUMENTED.len(),
            cut in 0_usize..40,
            inserted in prop::sample::select(vec!["", "\"", "{", "}", "[", "]", ",", "null", "0", "-", "\\", "\\ud800", "\"a\":", "\u{0}", "é"]),
        ) {
            prop_assert!(errors(DOCUMENTED.as_bytes()).iter().all(Option::is_none));
            let end = (at + cut).min(DOCUMENTED.len());
            let body = [&DOCUMENTED.as_bytes()[..at], inserted.as_bytes(), &DOCUMENTED.as_bytes()[end..]].concat();
            for error in errors(&body).into_iter().flatten() {
                let shown = format!("{error} {error:?}");
                prop_assert!(!shown.contains("t0ken"), "{}", shown);
            }
            let created = format!("{:?}", decode_create(&body, Mode::Hosted, &[]));
            prop_assert!(!created.contains("t0ken"), "{}", created);
        }
    }
}
