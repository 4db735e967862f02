//! Who may read and change what under `/_sbx`. It keeps out the pages of other sites that are open in the same browser.

use axum::http::header::{ACCEPT, AUTHORIZATION, COOKIE, ORIGIN, REFERER};
use axum::http::request::Parts;
use axum::http::{HeaderMap, Method};
use subtle::ConstantTimeEq;

use crate::admin::problem::Problem;
use crate::app::{App, BaseUrl};
use crate::http::{Origin, UNKNOWN_HOST, single};

const ROOT: &str = "/_sbx";
pub(super) const API: &str = "/_sbx/api";

/// The access level of a request.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Visitor {
    /// Has the token: may read and change everything.
    Owner,
    /// Has no token: may read what is not secret.
    Guest,
}

/// A program has to send the token.
pub(super) const TOKEN_REQUIRED: &str = "authentication required: send the admin token as `Authorization: Bearer …`; the sandbox prints it at startup";

/// Whether a request is for the dashboard or the admin API, not for the gateway. A browser that opens the root is.
pub(crate) fn owns(parts: &Parts) -> bool {
    is_under(parts.uri.path(), ROOT)
        || parts.uri.path() == "/" && reads(parts) && accepts_html(parts)
}

/// Checks the access to the admin API, with `Authorization: Bearer`.
pub(crate) fn admit_program(app: &App, parts: &mut Parts) -> Result<(), Problem> {
    let address = address(app, parts)?;
    let visitor = program(app, parts)?;
    admit(app, parts, visitor, &address);
    Ok(())
}

/// Checks the access to the dashboard, with a cookie.
pub(crate) fn admit_browser(app: &App, parts: &mut Parts) -> Result<(), Problem> {
    let address = address(app, parts)?;
    let visitor = browser(app, parts, &address)?;
    admit(app, parts, visitor, &address);
    Ok(())
}

fn admit(app: &App, parts: &mut Parts, visitor: Visitor, address: &Origin) {
    parts.extensions.insert(visitor);
    let base_url = BaseUrl::new(app.hosts.public(address));
    parts.extensions.insert(base_url);
}

/// Returns the address that a request came to, if it does not come from the page of another site.
fn address(app: &App, parts: &Parts) -> Result<Origin, Problem> {
    let address = app.hosts.address(parts);
    let address = address.ok_or_else(|| Problem::forbidden(UNKNOWN_HOST))?;
    let mut origins = parts.headers.get_all(ORIGIN).iter();
    match origins.all(|origin| is_own(app, origin.to_str().unwrap_or_default(), &address)) {
        true => Ok(address),
        false => Err(Problem::forbidden(
            "the Origin header must be the sandbox's own origin",
        )),
    }
}

fn is_own(app: &App, origin: &str, address: &Origin) -> bool {
    let origin: Option<Origin> = origin.parse().ok();
    origin.is_some_and(|origin| origin == *address || app.hosts.public == Some(origin))
}

fn program(app: &App, parts: &Parts) -> Result<Visitor, Problem> {
    let is_bearer = |shown: &str| {
        let token = shown.split_once(' ');
        token.is_some_and(|(scheme, token)| {
            scheme.eq_ignore_ascii_case("bearer") && is_token(app, token.trim())
        })
    };
    match single(&parts.headers, AUTHORIZATION) {
        Some(shown) if is_bearer(shown) => Ok(Visitor::Owner),
        None if reads(parts) => Ok(Visitor::Guest),
        _ => Err(Problem::unauthorized(TOKEN_REQUIRED)),
    }
}

fn browser(app: &App, parts: &Parts, address: &Origin) -> Result<Visitor, Problem> {
    let headers = &parts.headers;
    let is_owner = cookie(app, headers).is_some_and(|shown| is_token(app, shown));
    // An Origin has been checked already.
    let is_from_here = || {
        headers.contains_key(ORIGIN)
            || referer(headers).is_some_and(|origin| is_own(app, origin, address))
    };
    match is_owner {
        false if reads(parts) => Ok(Visitor::Guest),
        false => Err(Problem::unauthorized(
            "authentication required: open the dashboard URL that the sandbox prints at startup",
        )),
        true if reads(parts) || is_from_here() => Ok(Visitor::Owner),
        true => Err(Problem::forbidden(
            "the form must be sent from a page of this sandbox",
        )),
    }
}

/// Whether `shown` is the token, in constant time.
pub(crate) fn is_token(app: &App, shown: &str) -> bool {
    shown.as_bytes().ct_eq(app.admin_token.as_bytes()).into()
}

/// The cookie's name contains the port, because browsers share cookies between the ports of a host.
pub(crate) fn cookie_name(app: &App) -> String {
    format!("sbx-{}", app.port)
}

fn cookie<'a>(app: &App, headers: &'a HeaderMap) -> Option<&'a str> {
    let name = cookie_name(app);
    let lines = headers.get_all(COOKIE).iter();
    let mut cookies = lines
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'));
    cookies.find_map(|cookie| cookie.trim().strip_prefix(&*name)?.strip_prefix('='))
}

/// The origin of the page that sent a form.
fn referer(headers: &HeaderMap) -> Option<&str> {
    let page = single(headers, REFERER)?;
    let path = page.match_indices('/').nth(2);
    page.get(..path.map_or(page.len(), |(place, _)| place))
}

fn reads(parts: &Parts) -> bool {
    matches!(parts.method, Method::GET | Method::HEAD)
}

fn is_under(path: &str, root: &str) -> bool {
    let rest = path.strip_prefix(root);
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

fn accepts_html(parts: &Parts) -> bool {
    let mut accepted = parts.headers.get_all(ACCEPT).iter();
    accepted.any(|value| {
        value
            .to_str()
            .is_ok_and(|value| value.contains("text/html"))
    })
}
