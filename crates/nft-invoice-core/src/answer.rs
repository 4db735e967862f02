//! What the gateway answers. Success or refusal is told by `errorCode` alone, because the HTTP status of a
//! refusal is not documented.

use std::error::Error;
use std::fmt;

use crate::call::Call;
use crate::gateway_code::GatewayCode;

pub(crate) mod created;
pub(crate) mod history;
pub(crate) mod info;
pub(crate) mod message;
pub(crate) mod object;
pub(crate) mod status;

use object::Object;

/// Why a complete answer is no success.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AnswerError {
    /// The gateway refused the call.
    Rejected(Rejection),
    /// The answer cannot be understood, so nobody knows what the gateway did: after [`Call::Create`], look the
    /// invoice up and do not send it again.
    Unreadable(Unreadable),
}

/// A refusal: an answer whose `errorCode` is a whole number (or one in a string) other than 0.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    call: Call,
    code: i64,
    message: Option<String>,
}

impl Rejection {
    /// The call that was refused, which the code's meaning depends on.
    #[must_use]
    pub fn call(&self) -> Call {
        self.call
    }

    /// The answer's `errorCode`, documented or not.
    #[must_use]
    pub fn code(&self) -> i64 {
        self.code
    }

    /// What the code means on this call, if the gateway documents it.
    #[must_use]
    pub fn documented(&self) -> Option<&'static GatewayCode> {
        GatewayCode::find(self.call, u32::try_from(self.code).ok()?)
    }

    /// The answer's `errorMessage`, fit for a log: URLs, e-mail addresses and numbers of 8 or more digits are
    /// masked, control characters taken out, and no more than 200 characters left.
    #[must_use]
    pub fn message(&self) -> Option<&str> {
        self.message.as_deref()
    }
}

/// An answer or a callback that cannot be understood. It says where and why, and never what stands there: that
/// may be a token or what the request held.
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

    /// Where: an RFC 6901 JSON Pointer in the gateway's names (`/redirectUrl`, `` for the whole), or
    /// `line 1, column 1` where the body is not JSON.
    #[must_use]
    pub fn at(&self) -> &str {
        &self.at
    }

    /// Why, for people.
    #[must_use]
    pub fn reason(&self) -> &'static str {
        self.reason
    }
}

impl From<Unreadable> for AnswerError {
    fn from(unreadable: Unreadable) -> Self {
        Self::Unreadable(unreadable)
    }
}

impl fmt::Display for AnswerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rejected(rejection) => rejection.fmt(f),
            Self::Unreadable(unreadable) => unreadable.fmt(f),
        }
    }
}

impl Error for AnswerError {}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let meaning = self.documented().map_or("undocumented", |row| row.meaning);
        write!(
            f,
            "the {} call was refused: {} ({meaning})",
            self.call, self.code
        )?;
        match &self.message {
            Some(message) => write!(f, "; the gateway says: {message}"),
            None => Ok(()),
        }
    }
}

impl Error for Rejection {}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the body cannot be understood")?;
        if !self.at.is_empty() {
            write!(f, " at {}", self.at)?;
        }
        write!(f, ": {}", self.reason)
    }
}

impl Error for Unreadable {}

/// The members of a successful answer, less its `errorCode`.
pub(crate) fn success(call: Call, body: &[u8]) -> Result<Object<'_>, AnswerError> {
    let mut answer = Object::read(body)?;
    match answer.need("errorCode")? {
        0 => Ok(answer),
        code => Err(AnswerError::Rejected(Rejection {
            call,
            code,
            message: answer
                .take::<String>("errorMessage")
                .and_then(|text| message::masked(&text)),
        })),
    }
}

/// Stands in `Debug` for what is there and not shown.
pub(crate) struct Hidden;

impl Hidden {
    /// Whether `member` is there.
    pub(crate) fn of<T>(member: &Option<T>) -> Option<Self> {
        member.as_ref().map(|_| Self)
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

    use super::created::decode_create;
    use super::history::decode_history;
    use super::info::decode_info;
    use super::status::decode_status;
    use super::*;
    use crate::mode::Mode;

    /// The error that each call makes of one body, in the order of `Call::ALL`.
    fn errors(body: &[u8]) -> [Option<AnswerError>; 4] {
        [
            decode_create(Mode::Hosted, body).err(),
            decode_status(body).err(),
            decode_info(body).err(),
            decode_history(body).err(),
        ]
    }

    #[test]
    fn any_whole_number_but_zero_is_a_refusal_on_every_call() {
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
                let Some(AnswerError::Rejected(rejection)) = error else {
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
            "the create call was refused: 50003 (amount required); the gateway says: amount required"
        );
        assert_eq!(
            texts[1],
            "the status call was refused: 50003 (undocumented); the gateway says: amount required"
        );
    }

    #[test]
    fn what_cannot_be_understood_says_where_and_why() {
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
            (
                r#"{"errorCode":0,"errorCode":0}"#,
                "/errorCode",
                "there more than once",
            ),
            (
                r#"{"errorCode":0,"error\u0043ode":1}"#,
                "/errorCode",
                "there more than once",
            ),
            (
                r#"{"errorCode":false}"#,
                "/errorCode",
                "of another type or form",
            ),
            (r#"{"errorCode":""}"#, "/errorCode", "missing"),
            (
                r#"{"errorCode":0.0}"#,
                "/errorCode",
                "of another type or form",
            ),
            (
                r#"{"errorCode":5e4}"#,
                "/errorCode",
                "of another type or form",
            ),
            (
                r#"{"errorCode":[0]}"#,
                "/errorCode",
                "of another type or form",
            ),
            (
                r#"{"errorCode":"\ud800"}"#,
                "/errorCode",
                "of another type or form",
            ),
            (
                r#"{"errorCode":99999999999999999999}"#,
                "/errorCode",
                "of another type or form",
            ),
        ] {
            for (call, error) in Call::ALL.into_iter().zip(errors(body.as_bytes())) {
                let expected = AnswerError::Unreadable(Unreadable::new(at, reason));
                assert_eq!(error, Some(expected), "{call}: {body}");
            }
        }
        let latin_1 = errors(b"{\"errorCode\":0,\n\"a\":\"\xe9\"}");
        assert_eq!(
            latin_1[0].as_ref().unwrap().to_string(),
            "the body cannot be understood at line 2, column 6: not UTF-8"
        );
    }

    #[test]
    fn an_error_of_the_whole_body_names_no_place() {
        let error = decode_status(b"[]").unwrap_err().to_string();
        assert_eq!(error, "the body cannot be understood: not a JSON object");
    }

    #[test]
    fn a_byte_order_mark_and_space_around_are_let_pass() {
        let body = "\u{feff} \r\n{\"errorCode\":0,\"list\":[]}\n\n";
        assert!(decode_history(body.as_bytes()).is_ok());
    }

    #[test]
    fn deep_nesting_is_no_matter() {
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
        fn arbitrary_bytes_are_answered_without_a_panic(body: Vec<u8>) {
            prop_assert!(errors(&body).iter().all(Option::is_some));
        }

        #[test]
        fn a_mutated_answer_neither_panics_nor_is_quoted(
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
            let created = format!("{:?}", decode_create(Mode::Hosted, &body));
            prop_assert!(!created.contains("t0ken"), "{}", created);
        }
    }
}
