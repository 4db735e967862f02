use std::fmt;
use std::net::Ipv4Addr;

use crate::answer::object::scalar;
use crate::answer::{AnswerError, Hidden, Unreadable, success};
use crate::call::Call;
use crate::mode::Mode;
use crate::web_url::{clean, host, is_insecure, is_web, scheme};

/// An invoice that the gateway has created.
///
/// `Debug` shows only which members are there: the URL carries a token that opens the payment page.
#[derive(Clone, PartialEq, Eq)]
pub struct Created {
    redirect_url: Option<String>,
    html: Option<String>,
    extra: Vec<(String, String)>,
}

impl Created {
    /// The page to open in the customer's browser: an absolute https URL, or http on this machine. Always there
    /// for a hosted invoice; server to server it may be missing (assumed).
    #[must_use]
    pub fn redirect_url(&self) -> Option<&str> {
        self.redirect_url.as_deref()
    }

    /// The gateway's link to embed, not checked in any way. Missing server to server.
    #[must_use]
    pub fn html(&self) -> Option<&str> {
        self.html.as_deref()
    }

    /// The members that are not documented or not of their type: name and JSON text.
    #[must_use]
    pub fn extra(&self) -> &[(String, String)] {
        &self.extra
    }
}

impl fmt::Debug for Created {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Created")
            .field("redirect_url", &Hidden::of(&self.redirect_url))
            .field("html", &Hidden::of(&self.html))
            .field("extra", &self.extra.len())
            .finish()
    }
}

/// Reads the answer to [`Call::Create`], whatever its HTTP status.
///
/// # Errors
///
/// `Rejected` for an `errorCode` other than 0. `Unreadable` for what has none, for a hosted invoice without a
/// `redirectUrl`, and in both modes for one that is dangerous to open: the rule of
/// [`redirect_url`](Created::redirect_url), without user name, in ASCII. `null` and `""` are no URL.
pub fn decode_create(mode: Mode, body: &[u8]) -> Result<Created, AnswerError> {
    let mut answer = success(Call::Create, body)?;
    let unreadable = |reason| Unreadable::new("/redirectUrl", reason);
    let redirect_url = match answer.take_raw("redirectUrl")? {
        None | Some(r#""""#) if mode == Mode::Hosted => return Err(unreadable("missing").into()),
        None | Some(r#""""#) => None,
        Some(raw) => {
            let url = scalar(raw).filter(|url: &String| is_safe_to_open(url));
            Some(url.ok_or_else(|| unreadable("not an absolute https URL"))?)
        }
    };
    Ok(Created {
        redirect_url,
        html: answer.take("html"),
        extra: answer.rest(),
    })
}

fn is_safe_to_open(url: &str) -> bool {
    let (Ok(()), Ok((scheme, rest))) = (clean(url), scheme(url)) else {
        return false;
    };
    let has_user = rest
        .split(['/', '?', '#'])
        .nth(2)
        .is_some_and(|authority| authority.contains('@'));
    let is_allowed = |host: &str| !is_insecure(scheme) || is_loopback(host);
    is_web(scheme) && url.is_ascii() && !has_user && host(rest).is_ok_and(is_allowed)
}

fn is_loopback(host: &str) -> bool {
    let ip = host.parse::<Ipv4Addr>();
    host.eq_ignore_ascii_case("localhost") || host == "::1" || ip.is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(redirect_url: &str) -> Vec<u8> {
        format!(r#"{{"errorCode":0,"redirectUrl":{redirect_url},"html":null}}"#).into_bytes()
    }

    fn at(result: Result<Created, AnswerError>) -> String {
        match result.unwrap_err() {
            AnswerError::Unreadable(unreadable) => unreadable.at().to_owned(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn the_documented_success_gives_the_page_and_the_link() {
        let body = br#"{"errorCode":0,"redirectUrl":"https:\/\/gateway.example\/widget\/sale\/create\/?token=t0ken","html":"<a href='https://gateway.example/?t0ken'></a>","sale":{"t0ken":7}}"#;
        let created = decode_create(Mode::Hosted, body).unwrap();
        let url = "https://gateway.example/widget/sale/create/?token=t0ken";
        assert_eq!(created.redirect_url(), Some(url));
        assert_eq!(
            created.html(),
            Some("<a href='https://gateway.example/?t0ken'></a>")
        );
        assert_eq!(
            created.extra(),
            [("sale".to_owned(), r#"{"t0ken":7}"#.to_owned())]
        );
        assert_eq!(
            format!("{created:?}"),
            "Created { redirect_url: Some(..), html: Some(..), extra: 1 }"
        );
    }

    #[test]
    fn only_a_hosted_success_needs_the_page() {
        for body in [
            br#"{"errorCode":0}"#.to_vec(),
            br#"{"errorCode":"0","html":null}"#.to_vec(),
            answer("null"),
            answer(r#""""#),
        ] {
            assert_eq!(at(decode_create(Mode::Hosted, &body)), "/redirectUrl");
            let created = decode_create(Mode::S2s, &body).unwrap();
            assert_eq!((created.redirect_url(), created.html()), (None, None));
        }
    }

    #[test]
    fn pages_that_are_opened_and_pages_that_are_not() {
        for url in [
            "https://gateway.example/a?token=b#c",
            "HTTPS://gateway.example",
            "https://192.0.2.1:8443/",
            "http://localhost:3000/",
            "http://127.0.0.1/",
            "http://127.9.9.9:80/",
            "http://[::1]:3000/",
            "https://gateway.example/?mail=a@b.example",
        ] {
            for mode in [Mode::Hosted, Mode::S2s] {
                let created = decode_create(mode, &answer(&format!("\"{url}\"")));
                assert_eq!(created.unwrap().redirect_url(), Some(url));
            }
        }
        for raw in [
            r#""http://gateway.example/""#,
            r#""http://localhost.example/""#,
            r#""http://128.0.0.1/""#,
            r#""http://0.0.0.0/""#,
            r#""http://127.1/""#,
            r#""http://[::2]/""#,
            r#""http://localhost@gateway.example/""#,
            r#""https://gateway.example@other.example/""#,
            r#""https://""#,
            r#""https:///a""#,
            r#""https:gateway.example""#,
            r#""//gateway.example/a""#,
            r#""/widget/sale""#,
            r#""gateway.example""#,
            r#""javascript:alert(1)""#,
            r#""data:text/html,a""#,
            r#"" https://gateway.example/""#,
            r#""https://gateway.example/\n""#,
            r#""https://gateway.example\\@other.example/""#,
            r#""https://gateway.example/\"><script>""#,
            r#""https://gåteway.example/""#,
            r#""https://gateway.example:99999/""#,
            r#""\ud800""#,
            " \" \"",
            "false",
            "5",
            "[]",
            r#"{"url":"https://gateway.example/"}"#,
        ] {
            for mode in [Mode::Hosted, Mode::S2s] {
                assert_eq!(
                    at(decode_create(mode, &answer(raw))),
                    "/redirectUrl",
                    "{raw}"
                );
            }
        }
    }

    #[test]
    fn two_pages_are_none() {
        let body = br#"{"errorCode":0,"redirectUrl":"https://a.example/","redirectUrl":"https://b.example/"}"#;
        assert_eq!(at(decode_create(Mode::S2s, body)), "/redirectUrl");
    }
}
