use axum::http::header::{ACCEPT, AUTHORIZATION, COOKIE, HOST, ORIGIN, REFERER};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderName, Method};
use subtle::ConstantTimeEq;

use crate::http::origin::Origin;

const ROOT: &str = "/_sbx";
pub(crate) const API: &str = "/_sbx/api";

/// Access control: the Host of every request, and the token and Origin of those to the dashboard and the admin API. It
/// keeps out pages of other sites that are open in the same browser, including DNS rebinding.
pub(crate) struct Gate {
    /// The port that the sandbox listens on.
    port: u16,
    token: String,
    /// Where others reach the sandbox, if it is not the address that it listens on.
    public: Option<Origin>,
    /// In lower case.
    allowed_hosts: Vec<String>,
}

/// Why a request is not admitted.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Denied {
    /// The token is missing or wrong.
    Unauthorized(&'static str),
    /// The request comes from another site.
    Forbidden(&'static str),
}

/// A program has to send the token.
pub(crate) const TOKEN_REQUIRED: &str = "authentication required: send the admin token as `Authorization: Bearer …`; the sandbox prints it at startup";

/// The request's Host header names no allowed host.
pub(crate) const UNKNOWN_HOST: &str =
    "unknown Host header; use an IP address, or allow the name with `allow_host` or `--allow-host`";

/// The access level of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Visitor {
    /// Has the token: may read and change everything.
    Owner,
    /// Has no token: may read what is not secret.
    Guest,
}

impl Gate {
    pub(crate) const fn new(
        port: u16,
        token: String,
        public: Option<Origin>,
        allowed_hosts: Vec<String>,
    ) -> Self {
        Self {
            port,
            token,
            public,
            allowed_hosts,
        }
    }

    pub(crate) fn token(&self) -> &str {
        &self.token
    }

    /// Returns the address that a request came to, if its host is allowed. Rebinding requires a name, so any IP address is.
    pub(crate) fn address(&self, parts: &Parts) -> Option<Origin> {
        let authority = match parts.uri.authority() {
            Some(authority) => Some(authority.clone()),
            None => single(&parts.headers, HOST).and_then(|host| host.parse().ok()),
        };
        let authority = authority.filter(|authority| !authority.as_str().contains('@'));
        Origin::at(false, &authority?).filter(|address| self.is_allowed(address))
    }

    /// Returns where others reach the sandbox if it was set, otherwise the address that the request came to.
    pub(crate) fn public<'a>(&'a self, address: &'a Origin) -> &'a Origin {
        self.public.as_ref().unwrap_or(address)
    }

    pub(crate) const fn has_public(&self) -> bool {
        self.public.is_some()
    }

    /// Determines the access level of a request to `address`. Programs send the token as `Authorization: Bearer`, browsers
    /// as a cookie.
    pub(crate) fn admit(&self, parts: &Parts, address: &Origin) -> Result<Visitor, Denied> {
        self.check_origin(parts, address)?;
        let reads = matches!(parts.method, Method::GET | Method::HEAD);
        if is_api(parts.uri.path()) {
            return match single(&parts.headers, AUTHORIZATION) {
                Some(shown) if self.is_bearer(shown) => Ok(Visitor::Owner),
                None if reads => Ok(Visitor::Guest),
                _ => Err(Denied::Unauthorized(TOKEN_REQUIRED)),
            };
        }
        let visitor = match self.cookie(&parts.headers) {
            Some(shown) if self.knows(shown) => Visitor::Owner,
            _ => Visitor::Guest,
        };
        match visitor {
            Visitor::Guest if !reads => Err(Denied::Unauthorized(
                "authentication required: open the dashboard URL that the sandbox prints at startup",
            )),
            Visitor::Owner if !reads && !self.is_from_here(&parts.headers, address) => Err(
                Denied::Forbidden("the form must be sent from a page of this sandbox"),
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
        format!("sbx-{}", self.port)
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

    fn is_allowed(&self, address: &Origin) -> bool {
        let host = address.host();
        let public = self.public.as_ref().map(Origin::host);
        address.ip().is_some()
            || host == "localhost"
            || public == Some(host)
            || self.allowed_hosts.iter().any(|name| name == host)
    }

    /// Rejects browser requests from other origins.
    fn check_origin(&self, parts: &Parts, address: &Origin) -> Result<(), Denied> {
        let mut origins = parts.headers.get_all(ORIGIN).iter();
        match origins.all(|origin| self.is_own(origin.to_str().unwrap_or(""), address)) {
            true => Ok(()),
            false => Err(Denied::Forbidden(
                "the Origin header must be the sandbox's own origin",
            )),
        }
    }

    /// Whether a form was sent from the sandbox's own page, by its Origin or Referer.
    fn is_from_here(&self, headers: &HeaderMap, address: &Origin) -> bool {
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
        referer.is_some_and(|origin| self.is_own(origin, address))
    }

    fn is_own(&self, origin: &str, address: &Origin) -> bool {
        let origin: Option<Origin> = origin.parse().ok();
        origin.is_some_and(|origin| origin == *address || Some(&origin) == self.public.as_ref())
    }
}

/// Whether a request is for the dashboard or the admin API, not for the gateway. A browser that opens the root is.
pub(crate) fn owns(parts: &Parts) -> bool {
    let reads = matches!(parts.method, Method::GET | Method::HEAD);
    is_under(parts.uri.path(), ROOT) || parts.uri.path() == "/" && reads && accepts_html(parts)
}

/// Whether a path belongs to the admin API.
pub(crate) fn is_api(path: &str) -> bool {
    is_under(path, API)
}

fn is_under(path: &str, root: &str) -> bool {
    path.strip_prefix(root)
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn accepts_html(parts: &Parts) -> bool {
    let mut accepted = parts.headers.get_all(ACCEPT).into_iter();
    accepted.any(|value| {
        value
            .to_str()
            .is_ok_and(|value| value.contains("text/html"))
    })
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

    fn gate(public: Option<&str>, allowed_hosts: &[&str]) -> Gate {
        let hosts = allowed_hosts.iter().map(|host| (*host).to_owned());
        let public = public.map(|url| url.parse().unwrap());
        Gate::new(8080, "0123456789abcdef".to_owned(), public, hosts.collect())
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
        let address = gate.address(&parts).ok_or(403_u16)?;
        gate.admit(&parts, &address).map_err(|denied| match denied {
            Denied::Unauthorized(_) => 401,
            Denied::Forbidden(_) => 403,
        })
    }

    #[test]
    fn accepts_ip_addresses_localhost_and_allowed_names_on_any_port() {
        let gate = gate(Some("https://public.example:8443"), &["sandbox"]);
        for (host, expected) in [
            ("127.0.0.1:8080", Ok(Visitor::Guest)),
            ("127.0.0.1", Ok(Visitor::Guest)),
            ("LOCALHOST:1", Ok(Visitor::Guest)),
            ("[::1]:8080", Ok(Visitor::Guest)),
            ("192.168.1.5:8080", Ok(Visitor::Guest)),
            ("sandbox", Ok(Visitor::Guest)),
            ("Sandbox:9", Ok(Visitor::Guest)),
            ("public.example", Ok(Visitor::Guest)),
            ("evil.example:8080", Err(403)),
            ("127.0.0.1.evil.example", Err(403)),
            ("localhost.evil.example", Err(403)),
            ("sandbox.evil.example", Err(403)),
            ("evilsandbox", Err(403)),
            ("evil.sandbox", Err(403)),
            ("evil.public.example", Err(403)),
            ("sandbox@evil.example", Err(403)),
            ("evil.example@127.0.0.1", Err(403)),
            ("127.0.0.1:65536", Err(403)),
            ("", Err(403)),
        ] {
            let met = admit(&gate, "GET", "/_sbx/api/clock", &[("host", host)]);
            assert_eq!(met, expected, "{host:?}");
        }
        let met = admit(&gate, "GET", "/_sbx", &[]);
        assert_eq!(met, Err(403), "no host at all");
        let twice = [("host", "127.0.0.1"), ("host", "evil.example")];
        assert_eq!(admit(&gate, "GET", "/_sbx", &twice), Err(403));
        let absolute = "http://evil.example/_sbx";
        let met = admit(&gate, "GET", absolute, &[("host", "127.0.0.1")]);
        assert_eq!(met, Err(403), "the target's own host counts");
    }

    #[test]
    fn the_admin_api_requires_the_token_for_changes_and_accepts_no_wrong_one() {
        let gate = gate(None, &[]);
        assert_eq!(gate.token(), "0123456789abcdef");
        for (authorization, read, change) in [
            (None, Ok(Visitor::Guest), Err(401)),
            (
                Some("Bearer 0123456789abcdef"),
                Ok(Visitor::Owner),
                Ok(Visitor::Owner),
            ),
            (
                Some("bearer  0123456789abcdef "),
                Ok(Visitor::Owner),
                Ok(Visitor::Owner),
            ),
            (Some("Bearer 0123456789abcdeF"), Err(401), Err(401)),
            (Some("Bearer 0123456789abcde"), Err(401), Err(401)),
            (Some("Bearer"), Err(401), Err(401)),
            (Some("Basic 0123456789abcdef"), Err(401), Err(401)),
            (Some("0123456789abcdef"), Err(401), Err(401)),
            (Some(""), Err(401), Err(401)),
        ] {
            let mut headers = vec![("host", "127.0.0.1:8080")];
            headers.extend(authorization.map(|shown| ("authorization", shown)));
            for (method, expected) in [
                ("GET", read),
                ("HEAD", read),
                ("POST", change),
                ("PATCH", change),
                ("DELETE", change),
            ] {
                let met = admit(&gate, method, "/_sbx/api/clock", &headers);
                assert_eq!(met, expected, "{method} with {authorization:?}");
            }
            // The cookie is for browsers.
            headers.push(("cookie", "sbx-8080=0123456789abcdef"));
            let met = admit(&gate, "POST", "/_sbx/api/clock", &headers);
            assert_eq!(met, change, "{authorization:?} and the cookie");
        }
    }

    #[test]
    fn the_dashboard_shows_secrets_only_with_the_cookie() {
        let gate = gate(None, &[]);
        for (cookie, expected) in [
            ("sbx-8080=0123456789abcdef", Visitor::Owner),
            ("sbx-8080=0123456789abcdeF", Visitor::Guest),
            ("sbx-8080=", Visitor::Guest),
            ("sbx-80800=0123456789abcdef", Visitor::Guest),
            ("sbx-8081=0123456789abcdef", Visitor::Guest),
        ] {
            let headers = [("host", "127.0.0.1:8080"), ("cookie", cookie)];
            for method in ["GET", "HEAD"] {
                let met = admit(&gate, method, "/_sbx", &headers);
                assert_eq!(met, Ok(expected), "{method} with {cookie}");
            }
        }
        let headers = [
            ("host", "127.0.0.1:8080"),
            ("authorization", "Bearer 0123456789abcdef"),
        ];
        let met = admit(&gate, "GET", "/_sbx", &headers);
        assert_eq!(met, Ok(Visitor::Guest), "the header is for programs");
    }

    #[test]
    fn a_browser_at_the_root_and_everything_below_sbx_belong_to_the_sandbox() {
        for (method, target, accept, expected) in [
            ("GET", "/_sbx", "*/*", true),
            ("POST", "/_sbx/", "*/*", true),
            ("POST", "/_sbx/api/clock", "*/*", true),
            ("GET", "/_sbxx", "text/html", false),
            ("GET", "/", "text/html,*/*;q=0.8", true),
            ("HEAD", "/", "text/html", true),
            ("GET", "/", "*/*", false),
            ("POST", "/", "text/html", false),
            ("GET", "/index", "text/html", false),
        ] {
            let request = Request::builder().method(method).uri(target);
            let request = request.header("accept", accept).body(()).unwrap();
            let (parts, ()) = request.into_parts();
            assert_eq!(owns(&parts), expected, "{method} {target} of {accept}");
        }
        assert!(is_api("/_sbx/api") && is_api("/_sbx/api/clock"));
        assert!(!is_api("/_sbx/apix") && !is_api("/_sbx"));
    }

    #[test]
    fn others_reach_it_at_the_public_url_if_there_is_one() {
        let address: Origin = "http://10.0.0.1:8080".parse().unwrap();
        let public: Origin = "https://public.example".parse().unwrap();
        let (without, with) = (gate(None, &[]), gate(Some("https://public.example"), &[]));
        assert_eq!(
            (without.public(&address), without.has_public()),
            (&address, false)
        );
        assert_eq!((with.public(&address), with.has_public()), (&public, true));
    }

    #[test]
    fn accepts_forms_from_the_public_origin() {
        let cookie = ("cookie", "sbx-8080=0123456789abcdef");
        let gate = gate(Some("https://public.example"), &[]);
        for (origin, expected) in [
            ("https://public.example", Ok(Visitor::Owner)),
            ("https://public.example:443", Ok(Visitor::Owner)),
            ("http://10.0.0.1:8080", Ok(Visitor::Owner)),
            ("http://public.example", Err(403)),
            ("https://public.example:8443", Err(403)),
            ("https://10.0.0.1:8080", Err(403)),
        ] {
            let headers = [("host", "10.0.0.1:8080"), cookie, ("origin", origin)];
            let met = admit(&gate, "POST", "/_sbx/clock", &headers);
            assert_eq!(met, expected, "{origin}");
        }
    }

    #[test]
    fn requires_the_cookie_and_an_own_page_for_changes() {
        let gate = gate(None, &[]);
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
