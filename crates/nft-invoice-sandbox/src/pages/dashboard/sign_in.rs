use axum::http::HeaderValue;
use axum::http::header::SET_COOKIE;
use axum::response::Response;

use super::view::View;
use crate::admin::{Answer, Problem, cookie_name, is_token};
use crate::http::see_other;

/// Moves the token from the URL into a cookie: URLs are visible on screen and kept in browser histories.
pub(super) fn sign_in(view: &View, token: &str) -> Answer {
    if !is_token(&view.app, token) {
        return Err(Problem::unauthorized(
            "the token is invalid; open the dashboard URL that the sandbox prints at startup",
        ));
    }
    let name = cookie_name(&view.app);
    let cookie = format!("{name}={token}; Path=/_sbx; HttpOnly; SameSite=Strict");
    let mut response: Response = see_other("/_sbx");
    let cookie = HeaderValue::from_str(&cookie).expect("a token is hex digits");
    response.headers_mut().insert(SET_COOKIE, cookie);
    Ok(response)
}
