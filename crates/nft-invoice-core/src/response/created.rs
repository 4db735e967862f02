use std::fmt;
use std::net::Ipv4Addr;

use zeroize::Zeroizing;

use super::object::{MISSING, scalar};
use super::{Call, Hidden, ResponseError, Unreadable, success};
use crate::Invoice;
use crate::value::Mode;
use crate::value::url::{authority, has_url_characters, host, is_insecure, is_web, scheme};

/// An invoice that the gateway has created. Created is not paid: the outcome arrives through a callback. That holds for
/// S2S, too: the card may have been declined, or the customer may have to confirm the payment first.
///
/// `Debug` shows only which fields are there, because the URL contains a token that opens the payment page. **With the
/// feature `serde` it serializes with that token**: store it as confidentially as a password, and do not log it.
#[derive(Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Created {
    redirect_url: Option<String>,
    html: Option<String>,
    extra: Vec<(String, String)>,
}

impl Created {
    /// Returns the page to open in the customer's browser: an absolute https URL, or http to this machine or to a
    /// host that was allowed for it. Always there for a hosted invoice; in S2S it may be missing (assumption). If it is
    /// there, send the customer to it, probably for 3-D Secure.
    #[must_use]
    pub fn redirect_url(&self) -> Option<&str> {
        self.redirect_url.as_deref()
    }

    /// Returns the gateway's link to embed, which is not checked in any way. Missing in S2S.
    #[must_use]
    pub fn html(&self) -> Option<&str> {
        self.html.as_deref()
    }

    /// Rejects links that contain the API key, or the card number of `invoice`: they would be stored and handed out. A key
    /// of less than 8 characters can be in any link, and is not looked for.
    ///
    /// # Errors
    ///
    /// `Unreadable` at the link.
    pub fn without_secrets(self, invoice: &Invoice, api_key: &str) -> Result<Self, ResponseError> {
        let card = invoice.card().map(|card| card.number.expose());
        let key = Some(api_key.as_bytes()).filter(|key| key.len() >= 8);
        let repeats = |link: &Option<String>| {
            let link = link.as_deref().unwrap_or_default();
            card.is_some_and(|card| digits(link).contains(card))
                || key.is_some_and(|key| {
                    let is_key = |part: &[u8]| {
                        let mut pairs = part.iter().zip(key);
                        pairs.all(|(own, other)| own.eq_ignore_ascii_case(other))
                    };
                    link.as_bytes().windows(key.len()).any(is_key)
                })
        };
        for (at, link) in [("/redirectUrl", &self.redirect_url), ("/html", &self.html)] {
            if repeats(link) {
                return Err(Unreadable::new(at, "contains the API key or the card number").into());
            }
        }
        Ok(self)
    }

    /// Returns the fields that are not documented: names, and values as JSON.
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

/// Reads the response to [`Call::Create`], whatever its HTTP status.
///
/// `insecure_hosts` are the hosts that may use plain http beside this machine.
///
/// # Errors
///
/// `Rejected` for an `errorCode` other than 0. `Unreadable` without an `errorCode`, for a hosted invoice without a
/// `redirectUrl`, and in both modes for one that is dangerous to open: not https (see
/// [`redirect_url`](Created::redirect_url)), with a user name, or not ASCII. `null` and `""` are no URL.
pub fn decode_create(
    body: &[u8],
    mode: Mode,
    insecure_hosts: &[String],
) -> Result<Created, ResponseError> {
    let mut response = success(Call::Create, body)?;
    let unreadable = |reason| Unreadable::new("/redirectUrl", reason);
    let redirect_url = match response.take_raw("redirectUrl")? {
        None | Some(r#""""#) if mode == Mode::Hosted => return Err(unreadable(MISSING).into()),
        None | Some(r#""""#) => None,
        Some(raw) => {
            let url = scalar(raw).filter(|url: &String| is_safe_to_open(url, insecure_hosts));
            Some(url.ok_or_else(|| unreadable("not an absolute https URL"))?)
        }
    };
    Ok(Created {
        redirect_url,
        html: response.take_text("html"),
        extra: response.rest(),
    })
}

/// The digits of `link`, whatever separates them.
fn digits(link: &str) -> Zeroizing<String> {
    Zeroizing::new(link.chars().filter(char::is_ascii_digit).collect())
}

fn is_safe_to_open(url: &str, insecure_hosts: &[String]) -> bool {
    let (Ok(()), Ok((scheme, rest))) = (has_url_characters(url), scheme(url)) else {
        return false;
    };
    let has_user = authority(rest).is_some_and(|authority| authority.contains('@'));
    let may_be_insecure = |host: &str| {
        is_loopback(host)
            || insecure_hosts
                .iter()
                .any(|allowed| allowed.eq_ignore_ascii_case(host))
    };
    let is_allowed = |host: &str| !is_insecure(scheme) || may_be_insecure(host);
    is_web(scheme) && url.is_ascii() && !has_user && host(rest).is_ok_and(is_allowed)
}

fn is_loopback(host: &str) -> bool {
    let ip = host.parse::<Ipv4Addr>();
    host.eq_ignore_ascii_case("localhost") || host == "::1" || ip.is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response(redirect_url: &str) -> Vec<u8> {
        format!(r#"{{"errorCode":0,"redirectUrl":{redirect_url},"html":null}}"#).into_bytes()
    }

    fn at(result: Result<Created, ResponseError>) -> String {
        match result.unwrap_err() {
            ResponseError::Unreadable(unreadable) => unreadable.at().to_owned(),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn reads_the_documented_success() {
        let body = br#"{"errorCode":0,"redirectUrl":"https:\/\/gateway.example\/widget\/sale\/create\/?token=t0ken","html":"<a href='https://gateway.example/?t0ken'></a>","sale":{"t0ken":7}}"#;
        let created = decode_create(body, Mode::Hosted, &[]).unwrap();
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
            response("null"),
            response(r#""""#),
        ] {
            assert_eq!(at(decode_create(&body, Mode::Hosted, &[])), "/redirectUrl");
            let created = decode_create(&body, Mode::S2s, &[]).unwrap();
            assert_eq!((created.redirect_url(), created.html()), (None, None));
        }
    }

    #[test]
    fn accepts_only_pages_that_are_safe_to_open() {
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
                let created = decode_create(&response(&format!("\"{url}\"")), mode, &[]);
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
                    at(decode_create(&response(raw), mode, &[])),
                    "/redirectUrl",
                    "{raw}"
                );
            }
        }
    }

    #[test]
    fn rejects_two_pages() {
        let body = br#"{"errorCode":0,"redirectUrl":"https://a.example/","redirectUrl":"https://b.example/"}"#;
        assert_eq!(at(decode_create(body, Mode::S2s, &[])), "/redirectUrl");
    }

    #[test]
    fn plain_http_needs_a_host_that_was_allowed() {
        let body = response(r#""http://Sandbox:8080/pay""#);
        let allowed = ["sandbox".to_owned()];
        assert!(decode_create(&body, Mode::Hosted, &allowed).is_ok());
        assert!(decode_create(&body, Mode::Hosted, &["box".to_owned()]).is_err());
    }
}
