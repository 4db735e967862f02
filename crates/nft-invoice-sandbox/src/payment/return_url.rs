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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parses_the_origin_of_web_urls() {
        for (text, origin) in [
            (
                "https://shop.example/thanks?a=1&b=2",
                "https://shop.example",
            ),
            ("http://127.0.0.1:8080/x", "http://127.0.0.1:8080"),
            ("https://user@shop.example:444/", "https://shop.example:444"),
            ("http://[::1]:3000/", "http://[::1]:3000"),
        ] {
            let url = ReturnUrl::parse(text).unwrap_or_else(|| panic!("{text} is rejected"));
            assert_eq!(url.origin, origin, "origin of {text}");
        }
    }

    #[test]
    fn rejects_other_urls() {
        for text in [
            "",
            "/thanks",
            "shop.example",
            "javascript:alert(1)",
            "ftp://shop.example/",
            "https://",
            "https://shop.example:65536/",
            "https://a;script-src/",
            "https://a'b/",
            "https://shop.example/\r\nSet-Cookie: a=b",
            "https://shöp.example/",
        ] {
            assert_eq!(ReturnUrl::parse(text), None, "{text:?} is accepted");
        }
    }
}
