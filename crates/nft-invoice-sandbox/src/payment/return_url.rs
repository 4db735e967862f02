use axum::http::HeaderValue;

use crate::http::origin::Origin;

/// A merchant's return URL that is safe to redirect to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ReturnUrl {
    /// Scheme, host and port, for the page's content security policy.
    pub(crate) origin: String,
}

impl ReturnUrl {
    /// Parses an absolute http or https URL in ASCII. Other URLs are ignored.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let origin = Origin::of(&text.parse().ok()?)?;
        HeaderValue::from_str(text).ok()?;
        Some(Self {
            origin: origin.to_string(),
        })
    }
}
