//! What the checkout page and the dashboard share: the document around a page, its headers, fields of forms and icons.

mod field;
mod icon;

pub(crate) use field::Field;
pub(crate) use icon::Icon;

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::Response;
use maud::{DOCTYPE, Markup, html};

use crate::http::typed;

/// The style that all pages share, to be followed by their own.
macro_rules! style {
    ($own:literal) => {
        concat!(include_str!("../html/base.css"), include_str!($own))
    };
}
pub(crate) use style;

/// A page: the content of `<body>`, in a document. `reload`: the seconds after which the browser loads it again.
pub(crate) fn document(title: &str, style: &str, reload: Option<u32>, body: &Markup) -> String {
    let document = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                @if let Some(seconds) = reload { meta http-equiv="refresh" content=(seconds); }
                title { (title) " · Sandbox" }
                // Without one a browser requests /favicon.ico, which is not a gateway route.
                link rel="icon" href=(Icon::PICTURE.tab());
                link rel="stylesheet" href=(style);
            }
            body { (body) }
        }
    };
    document.into_string()
}

/// The response with a page. `policy` is its content security policy.
pub(crate) fn response(
    status: StatusCode,
    page: String,
    policy: &str,
    referrer: &'static str,
) -> Response {
    let mut response = typed(status, "text/html; charset=utf-8", Body::from(page));
    let policy = HeaderValue::from_str(policy).expect("a policy is plain ASCII");
    for (name, value) in [
        ("content-security-policy", policy),
        ("referrer-policy", HeaderValue::from_static(referrer)),
        (
            "x-content-type-options",
            HeaderValue::from_static("nosniff"),
        ),
    ] {
        let name = HeaderName::from_static(name);
        response.headers_mut().insert(name, value);
    }
    response
}

/// The response with a style sheet.
pub(crate) fn style_sheet(css: &'static str) -> Response {
    typed(StatusCode::OK, "text/css; charset=utf-8", Body::from(css))
}
