use axum::http::{HeaderValue, Uri};

/// A merchant's return URL that is safe to redirect to.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ReturnUrl {
    /// Scheme, host and port, for the page's content security policy.
    pub(crate) origin: String,
}

impl ReturnUrl {
    /// Parses an absolute http or https URL in ASCII. Other URLs are ignored.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let uri: Uri = text.parse().ok()?;
        let scheme = uri
            .scheme_str()
            .filter(|s| matches!(*s, "http" | "https"))?;
        let host = uri.host()?;
        // The grammar of hosts allows `;` and `'`, which would break the content security policy.
        let plain = |b: u8| b.is_ascii_alphanumeric() || b"-._:[]".contains(&b);
        if !host.bytes().all(plain) {
            return None;
        }
        let port = uri
            .port_u16()
            .map_or(String::new(), |port| format!(":{port}"));
        HeaderValue::from_str(text).ok()?;
        Some(Self {
            origin: format!("{scheme}://{host}{port}"),
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
            "https://a;script-src/",
            "https://a'b/",
            "https://shop.example/\r\nSet-Cookie: a=b",
            "https://shöp.example/",
        ] {
            assert_eq!(ReturnUrl::parse(text), None, "{text:?} is accepted");
        }
    }
}
