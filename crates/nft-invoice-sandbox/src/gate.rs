use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use axum::http::header::{AUTHORIZATION, COOKIE, HOST, ORIGIN, REFERER};
use axum::http::request::Parts;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderName, Method};
use subtle::ConstantTimeEq;

use crate::problem::Problem;

const ROOT: &str = "/_sbx";
pub(crate) const API: &str = "/_sbx/api";

/// Access control for the dashboard and the admin API: token, Host and Origin. It keeps out pages of other sites that are
/// open in the same browser, including DNS rebinding.
pub(crate) struct Gate {
    listening: SocketAddr,
    token: String,
}

/// The access level of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Visitor {
    /// Has the token: may read and change everything.
    Owner,
    /// Has no token: may read what is not secret.
    Guest,
}

impl Gate {
    pub(crate) const fn new(listening: SocketAddr, token: String) -> Self {
        Self { listening, token }
    }

    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// Determines the access level. Programs send the token as `Authorization: Bearer`, browsers as a cookie.
    pub(crate) fn admit(&self, parts: &Parts) -> Result<Visitor, Problem> {
        let authority = self.authority(parts)?;
        self.check_origin(parts, &authority)?;
        let reads = matches!(parts.method, Method::GET | Method::HEAD);
        if is_api(parts.uri.path()) {
            return match single(&parts.headers, AUTHORIZATION) {
                Some(shown) if self.is_bearer(shown) => Ok(Visitor::Owner),
                None if reads => Ok(Visitor::Guest),
                _ => Err(Problem::Unauthorized(
                    "authentication required: send the admin token as `Authorization: Bearer …`; the sandbox prints it at startup",
                )),
            };
        }
        let visitor = match self.cookie(&parts.headers) {
            Some(shown) if self.knows(shown) => Visitor::Owner,
            _ => Visitor::Guest,
        };
        match visitor {
            Visitor::Guest if !reads => Err(Problem::Unauthorized(
                "authentication required: open the dashboard URL that the sandbox prints at startup",
            )),
            Visitor::Owner if !reads && !from_here(&parts.headers, &authority) => Err(
                Problem::Forbidden("the form must be sent from a page of this sandbox"),
            ),
            visitor => Ok(visitor),
        }
    }

    /// Whether `shown` is the token, in constant time.
    pub(crate) fn knows(&self, shown: &str) -> bool {
        shown.as_bytes().ct_eq(self.token.as_bytes()).into()
    }

    /// The cookie's name contains the port, because browsers share cookies between the ports of a host.
    pub(crate) fn cookie_name(&self) -> String {
        format!("sbx-{}", self.listening.port())
    }

    fn is_bearer(&self, shown: &str) -> bool {
        let token = shown
            .split_once(' ')
            .filter(|(scheme, _)| scheme.eq_ignore_ascii_case("bearer"));
        token.is_some_and(|(_, token)| self.knows(token.trim()))
    }

    fn cookie<'a>(&self, headers: &'a HeaderMap) -> Option<&'a str> {
        let name = self.cookie_name();
        let texts = headers
            .get_all(COOKIE)
            .into_iter()
            .filter_map(|one| one.to_str().ok());
        let mut cookies = texts.flat_map(|text| text.split(';'));
        cookies.find_map(|cookie| cookie.trim().strip_prefix(&*name)?.strip_prefix('='))
    }

    /// The requested authority, if it is one of the sandbox's names.
    fn authority(&self, parts: &Parts) -> Result<Authority, Problem> {
        let named = match parts.uri.authority() {
            Some(authority) => Some(authority.clone()),
            None => single(&parts.headers, HOST).and_then(|host| host.parse().ok()),
        };
        named
            .filter(|authority| {
                !authority.as_str().contains('@') && self.is_called(authority.host())
            })
            .ok_or(Problem::Forbidden(
                "unknown Host header; use the address that the sandbox listens on",
            ))
    }

    fn is_called(&self, host: &str) -> bool {
        if host.eq_ignore_ascii_case("localhost") {
            return true;
        }
        let Ok(ip) = host
            .trim_start_matches('[')
            .trim_end_matches(']')
            .parse::<IpAddr>()
        else {
            return false;
        };
        let here = [
            IpAddr::from(Ipv4Addr::LOCALHOST),
            Ipv6Addr::LOCALHOST.into(),
            self.listening.ip(),
        ];
        // A sandbox that listens on every address can be reached at any IP address. Rebinding requires a name.
        here.contains(&ip) || self.listening.ip().is_unspecified()
    }

    /// Rejects browser requests from other origins.
    fn check_origin(&self, parts: &Parts, authority: &Authority) -> Result<(), Problem> {
        let mut origins = parts.headers.get_all(ORIGIN).iter();
        let own =
            |origin: &axum::http::HeaderValue| is_own(origin.to_str().unwrap_or(""), authority);
        match origins.all(own) {
            true => Ok(()),
            false => Err(Problem::Forbidden(
                "the Origin header must be the sandbox's own origin",
            )),
        }
    }
}

/// Whether a path belongs to the dashboard or the admin API.
pub(crate) fn owns(path: &str) -> bool {
    is_under(path, ROOT)
}

/// Whether a path belongs to the admin API.
pub(crate) fn is_api(path: &str) -> bool {
    is_under(path, API)
}

fn is_under(path: &str, root: &str) -> bool {
    path.strip_prefix(root)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Whether a form was sent from the sandbox's own page, by its Origin or Referer.
fn from_here(headers: &HeaderMap, authority: &Authority) -> bool {
    if headers.contains_key(ORIGIN) {
        return true; // It has been checked already.
    }
    let referer = single(headers, REFERER).and_then(|page| {
        let end = page
            .match_indices('/')
            .nth(2)
            .map_or(page.len(), |(place, _)| place);
        page.get(..end)
    });
    referer.is_some_and(|origin| is_own(origin, authority))
}

fn is_own(origin: &str, authority: &Authority) -> bool {
    origin
        .strip_prefix("http://")
        .is_some_and(|named| named.eq_ignore_ascii_case(authority.as_str()))
}

/// The value of a header; `None` if it is missing or repeated.
fn single(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    let mut values = headers.get_all(name).into_iter();
    let value = values.next()?.to_str().ok();
    value.filter(|_| values.next().is_none())
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::Request;

    fn gate(listening: &str) -> Gate {
        Gate::new(listening.parse().unwrap(), "0123456789abcdef".to_owned())
    }

    fn admit(
        gate: &Gate,
        method: &str,
        target: &str,
        headers: &[(&str, &str)],
    ) -> Result<Visitor, u16> {
        let mut request = Request::builder().method(method).uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let (parts, ()) = request.body(()).unwrap().into_parts();
        gate.admit(&parts)
            .map_err(|problem| problem.status().as_u16())
    }

    #[test]
    fn accepts_only_its_own_host_names() {
        let local = gate("127.0.0.1:8080");
        for (host, expected) in [
            ("127.0.0.1:8080", Ok(Visitor::Guest)),
            ("127.0.0.1", Ok(Visitor::Guest)),
            ("LOCALHOST:8080", Ok(Visitor::Guest)),
            ("[::1]:8080", Ok(Visitor::Guest)),
            ("evil.example:8080", Err(403)),
            ("127.0.0.1.evil.example", Err(403)),
            ("localhost.evil.example", Err(403)),
            ("evil.example@127.0.0.1", Err(403)),
            ("192.168.1.5:8080", Err(403)),
            ("0.0.0.0:8080", Err(403)),
            ("", Err(403)),
        ] {
            let met = admit(&local, "GET", "/_sbx/api/clock", &[("host", host)]);
            assert_eq!(met, expected, "{host:?}");
        }
        assert_eq!(
            admit(&local, "GET", "/_sbx", &[]),
            Err(403),
            "no host at all"
        );
        let twice = [("host", "127.0.0.1"), ("host", "evil.example")];
        assert_eq!(admit(&local, "GET", "/_sbx", &twice), Err(403));
        let absolute = "http://evil.example/_sbx";
        let met = admit(&local, "GET", absolute, &[("host", "127.0.0.1")]);
        assert_eq!(met, Err(403), "the target's own host counts");

        let remote = gate("192.168.1.5:8080");
        let met = admit(&remote, "GET", "/_sbx", &[("host", "192.168.1.5:8080")]);
        assert_eq!(met, Ok(Visitor::Guest));
        let everywhere = gate("0.0.0.0:8080");
        let met = admit(&everywhere, "GET", "/_sbx", &[("host", "192.168.1.5:8080")]);
        assert_eq!(met, Ok(Visitor::Guest));
        let met = admit(&everywhere, "GET", "/_sbx", &[("host", "evil.example")]);
        assert_eq!(met, Err(403));
    }

    #[test]
    fn requires_the_cookie_and_an_own_page_for_changes() {
        let gate = gate("127.0.0.1:8080");
        let cookie = ("cookie", "a=b; sbx-8080=0123456789abcdef");
        for (headers, expected) in [
            (vec![], Err(401)),
            (vec![("origin", "http://127.0.0.1:8080")], Err(401)),
            (vec![("cookie", "sbx-8080=nonsense")], Err(401)),
            (vec![("cookie", "sbx-8081=0123456789abcdef")], Err(401)),
            (vec![cookie], Err(403)),
            (vec![cookie, ("origin", "null")], Err(403)),
            (vec![cookie, ("origin", "http://127.0.0.1:3000")], Err(403)),
            (vec![cookie, ("origin", "https://127.0.0.1:8080")], Err(403)),
            (
                vec![cookie, ("referer", "http://127.0.0.1:8080.evil.example/")],
                Err(403),
            ),
            (
                vec![
                    cookie,
                    ("referer", "http://evil.example/http://127.0.0.1:8080/"),
                ],
                Err(403),
            ),
            (
                vec![cookie, ("origin", "http://127.0.0.1:8080")],
                Ok(Visitor::Owner),
            ),
            (
                vec![cookie, ("referer", "http://127.0.0.1:8080/_sbx")],
                Ok(Visitor::Owner),
            ),
        ] {
            let mut all = vec![("host", "127.0.0.1:8080")];
            all.extend(&headers);
            let met = admit(&gate, "POST", "/_sbx/clock", &all);
            assert_eq!(met, expected, "{headers:?}");
        }
    }
}
