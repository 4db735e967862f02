use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use zeroize::Zeroizing;

use super::unicode::is_word_outside_ascii;
use crate::error::{MessageTemplate, Notes, ValueError, catalog};

text_field! {
    /// An absolute http or https URL that the customer's browser is sent to, of at most 2048 octets.
    WebUrl, Url, text,
    check: check,
    warn: warn,
}

impl WebUrl {
    /// The maximum length in octets.
    pub const MAX: usize = 2048;
}

fn check(text: &str) -> Result<(), ValueError> {
    let (scheme, rest) = scheme(text)?;
    if !is_web(scheme) {
        return Err(ValueError::new(&catalog::URL_NOT_WEB));
    }
    has_url_characters(text)?;
    host(rest)?;
    is_short_enough(text)
}

fn warn(text: &str, notes: &mut Notes<'_>) {
    let Ok((scheme, rest)) = scheme(text) else {
        return;
    };
    warn_web(scheme, rest, notes);
    warn_text(text, notes);
}

/// Reports what is unusual about the scheme and host of an http or https URL.
pub(super) fn warn_web(scheme: &str, rest: &str, notes: &mut Notes<'_>) {
    if is_insecure(scheme) {
        notes.warn(&catalog::INSECURE_URL);
    }
    let Ok(host) = host(rest) else {
        return;
    };
    if is_local(host) {
        notes.warn(&catalog::LOCAL_ADDRESS);
    }
    if authority(rest).is_some_and(|authority| authority.contains('@')) {
        notes.warn(&catalog::URL_USER_INFO);
    }
    if !host.trim_end_matches('.').contains(['.', ':']) {
        notes.warn(&catalog::URL_ONE_LABEL);
    }
}

/// Reports what is unusual about the text of a URL, whatever its scheme.
pub(super) fn warn_text(text: &str, notes: &mut Notes<'_>) {
    let after_scheme = text.split_once("://").map_or("", |(_, rest)| rest);
    if !text.is_ascii() {
        notes.warn(&catalog::URL_NOT_ASCII);
    }
    if has_placeholder(text) {
        notes.warn(&catalog::URL_PLACEHOLDER);
    }
    if after_scheme.contains("://") {
        notes.warn(&catalog::URL_TWO);
    }
    if text.contains("&amp;") {
        notes.warn(&catalog::URL_ENTITY);
    }
}

/// Refuses characters that no URL contains.
pub(crate) fn has_url_characters(text: &str) -> Result<(), ValueError> {
    let is_refused = |c: char| c.is_control() || matches!(c, ' ' | '\\' | '<' | '>' | '"');
    if !text.bytes().all(|b| PLAIN[usize::from(b)]) && text.contains(is_refused) {
        return Err(ValueError::new(&catalog::URL_CHARACTER));
    }
    Ok(())
}

/// Which bytes are characters that every URL may contain.
const PLAIN: [bool; 256] = {
    let mut plain = [false; 256];
    let mut byte = b'!';
    while byte <= b'~' {
        plain[byte as usize] = !matches!(byte, b'\\' | b'<' | b'>' | b'"');
        byte += 1;
    }
    plain
};

/// The scheme, and what follows its colon. A first colon that is followed by a digit is that of a port.
pub(crate) fn scheme(text: &str) -> Result<(&str, &str), ValueError> {
    let bytes = text.as_bytes();
    let is_scheme = |b: &u8| b.is_ascii_alphanumeric() || b"+-.".contains(b);
    let end = bytes.iter().take_while(|b| is_scheme(b)).count();
    let is_known = bytes.first().is_some_and(u8::is_ascii_alphabetic)
        && bytes.get(end) == Some(&b':')
        && !bytes.get(end + 1).is_some_and(u8::is_ascii_digit);
    if is_known {
        Ok((&text[..end], &text[end + 1..]))
    } else {
        Err(ValueError::new(&catalog::URL_SCHEME))
    }
}

/// Whether `scheme` is http or https.
pub(crate) fn is_web(scheme: &str) -> bool {
    is_insecure(scheme) || scheme.eq_ignore_ascii_case("https")
}

/// Whether `scheme` is http.
pub(crate) fn is_insecure(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("http")
}

/// The host of what follows `https:`, without the brackets of an IPv6 address. Checks its port, too.
pub(crate) fn host(rest: &str) -> Result<&str, ValueError> {
    let invalid = |template: &'static MessageTemplate| ValueError::new(template);
    let authority = rest.strip_prefix("//").unwrap_or_default();
    // One look at each byte: behind the last `@`, up to the first `:`.
    let (mut start, mut colon, mut end) = (0, None, authority.len());
    for (at, byte) in authority.bytes().enumerate() {
        match byte {
            b'/' | b'?' | b'#' => {
                end = at;
                break;
            }
            b'@' => (start, colon) = (at + 1, None),
            b':' if colon.is_none() => colon = Some(at),
            _ => {}
        }
    }
    let place = &authority[start..end];
    let (host, port) = match place.strip_prefix('[') {
        Some(literal) => {
            let (address, after) = literal.split_once(']').ok_or(invalid(&catalog::URL_HOST))?;
            if address.parse::<Ipv6Addr>().is_err() || !(after.is_empty() || after.starts_with(':'))
            {
                return Err(invalid(&catalog::URL_HOST));
            }
            (address, after)
        }
        None => {
            let (host, after) = place.split_at(colon.unwrap_or(end) - start);
            if host.is_empty() {
                return Err(invalid(&catalog::URL_HOST_MISSING));
            }
            if !is_host_name(host) {
                return Err(invalid(&catalog::URL_HOST));
            }
            (host, after)
        }
    };
    if is_port(port.strip_prefix(':').unwrap_or_default()) {
        Ok(host)
    } else {
        Err(invalid(&catalog::URL_PORT))
    }
}

/// Whether `port` is 0 to 65535, or empty.
fn is_port(port: &str) -> bool {
    let digits = port.trim_start_matches('0');
    port.bytes().all(|b| b.is_ascii_digit()) && (digits.is_empty() || digits.parse::<u16>().is_ok())
}

/// Whether `host` is an IPv4 address or a DNS name. Its name ends in digits only if it is an address.
fn is_host_name(host: &str) -> bool {
    let name = host.strip_suffix('.').unwrap_or(host);
    let (mut length, mut has_letter) = (0, false);
    for byte in name.bytes() {
        match byte {
            b'.' if (1..=63).contains(&length) => (length, has_letter) = (0, false),
            b'0'..=b'9' => length += 1,
            b'a'..=b'z' | b'A'..=b'Z' | b'-' | b'_' | 0x80.. => {
                (length, has_letter) = (length + 1, true);
            }
            _ => return false,
        }
    }
    if !has_letter && length > 0 {
        return name.parse::<Ipv4Addr>().is_ok();
    }
    let is_word = |c: char| c.is_ascii() || is_word_outside_ascii(c);
    (1..=63).contains(&length)
        && name.len() <= 253
        && (name.is_ascii() || name.chars().all(is_word))
}

/// Refuses what is over 2048 octets.
pub(super) fn is_short_enough(text: &str) -> Result<(), ValueError> {
    if text.len() > WebUrl::MAX {
        return Err(ValueError::new(&catalog::TOO_MANY_OCTETS).with(WebUrl::MAX));
    }
    Ok(())
}

/// User info, host and port of what follows a scheme's colon.
pub(crate) fn authority(rest: &str) -> Option<&str> {
    let rest = rest.strip_prefix("//")?;
    let end = rest.bytes().position(|b| matches!(b, b'/' | b'?' | b'#'));
    Some(&rest[..end.unwrap_or(rest.len())])
}

fn is_local(host: &str) -> bool {
    let name = host.strip_suffix('.').unwrap_or(host);
    if let Ok(ip) = name.parse::<IpAddr>() {
        return match ip.to_canonical() {
            IpAddr::V4(ip) => {
                ip.is_loopback() || ip.is_private() || ip.is_link_local() || ip.is_unspecified()
            }
            IpAddr::V6(ip) => {
                ip.is_loopback()
                    || ip.is_unspecified()
                    || ip.is_unique_local()
                    || ip.is_unicast_link_local()
            }
        };
    }
    let name = name.to_ascii_lowercase();
    let top = name.rsplit('.').next().unwrap_or_default();
    matches!(top, "localhost" | "local" | "internal") || name.ends_with(".home.arpa")
}

/// `text` as the query of a URL means it, in memory that is wiped.
pub(crate) fn percent_decoded(text: &str) -> Zeroizing<String> {
    let mut decoded = Zeroizing::new(String::with_capacity(text.len()));
    let mut rest = text;
    while let Some(at) = rest.find(['%', '+']) {
        decoded.push_str(&rest[..at]);
        let after = &rest[at + 1..];
        // Only what is ASCII matters to its caller.
        let escaped = after
            .get(..2)
            .and_then(|hex| u8::from_str_radix(hex, 16).ok())
            .filter(u8::is_ascii);
        match escaped {
            Some(byte) if rest.as_bytes()[at] == b'%' => {
                decoded.push(char::from(byte));
                rest = &after[2..];
            }
            _ => {
                decoded.push(if rest.as_bytes()[at] == b'+' {
                    ' '
                } else {
                    '%'
                });
                rest = after;
            }
        }
    }
    decoded.push_str(rest);
    decoded
}

/// `{id}`, and the words that JavaScript puts where a value was missing.
fn has_placeholder(text: &str) -> bool {
    let is_word = |word: &str| {
        let is_part =
            |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '-' || c == '_');
        text.match_indices(word).any(|(at, _)| {
            !is_part(text[..at].chars().next_back())
                && !is_part(text[at + word.len()..].chars().next())
        })
    };
    text.contains(['{', '}']) || text.contains("[object") || is_word("undefined") || is_word("null")
}

#[cfg(test)]
mod tests {
    use iri_string::types::IriStr;
    use proptest::prelude::*;

    use super::*;
    use crate::error::ErrorCode;

    #[test]
    fn accepts_absolute_web_urls_only() {
        use ErrorCode::{Malformed, TooLong, Unsupported};
        let long = format!("https://x.y/{}", "a".repeat(2037));
        let label = "x".repeat(63);
        let name = format!("https://{label}.{label}.{label}.{}/", "x".repeat(61));
        for (text, expected) in [
            ("https://shop.example/paid?id=1#top", None),
            ("HTTPS://SHOP.EXAMPLE", None),
            ("http://localhost:3000/", None),
            ("https://user:pw@shop.example:8443/", None),
            ("https://[2001:db8::1]:443/", None),
            ("https://shop.example:/", None),
            ("https://shop.example./", None),
            ("https://shop.example:065535/", None),
            ("https://例え.jp/é", None),
            ("https://under_score.example/", None),
            ("https://192.0.2.1/", None),
            ("https://0x7f.0x1/", None),
            ("https://x.y/{id}", None),
            ("https://shop.example/\u{200b}a–b", None),
            (&name, None),
            (&name.replace("x.x", "x.xxx.x"), Some(Malformed)),
            ("shop.example/paid", Some(Malformed)),
            ("localhost:3000/paid", Some(Malformed)),
            ("//shop.example", Some(Malformed)),
            ("/paid", Some(Malformed)),
            ("https://", Some(Malformed)),
            ("https:shop.example", Some(Malformed)),
            ("https:///paid", Some(Malformed)),
            ("https://:443/", Some(Malformed)),
            ("https://user@/", Some(Malformed)),
            ("https://shop..example/", Some(Malformed)),
            ("https://shop.example,x/", Some(Malformed)),
            ("https://shop%2eexample/", Some(Malformed)),
            ("https://127.1/", Some(Malformed)),
            ("https://shop.1/", Some(Malformed)),
            ("https://😀.example/", Some(Malformed)),
            (&format!("https://{label}x.example/"), Some(Malformed)),
            ("https://shop.example:65536/", Some(Malformed)),
            ("https://shop.example:http/", Some(Malformed)),
            ("https://[::1/", Some(Malformed)),
            ("https://[::1]x/", Some(Malformed)),
            ("https://shop.example/a b", Some(Malformed)),
            (r"https:\\shop.example", Some(Malformed)),
            ("https://shop.example/<id>", Some(Malformed)),
            ("https://shop.example/\"", Some(Malformed)),
            ("mailto:x", Some(Unsupported)),
            ("ftp://", Some(Unsupported)),
            ("javascript:alert(1)", Some(Unsupported)),
            (&long[..2048], None),
            (&long, Some(TooLong)),
        ] {
            let code = text.parse::<WebUrl>().err().map(|error| error.code());
            assert_eq!(code, expected, "{text}");
        }
    }

    proptest! {
        /// Accepted differences: iri-string knows schemes without hosts, any host and ports of any size, and we
        /// leave stray `%`, `{` and the like to warnings.
        #[test]
        fn accepts_what_iri_string_accepts(text in r"https?://[a-c.:@\[\]1/?#é{]{1,12}") {
            let theirs = IriStr::new(&text).ok().and_then(|iri| iri.authority_components().map(|a| {
                let port = a.port().unwrap_or_default();
                let host = a.host();
                let is_address = host.starts_with('[') && !host.starts_with("[v");
                port.len() < 5 && (is_address || is_host_name(host))
            }));
            if theirs == Some(true) {
                prop_assert!(text.parse::<WebUrl>().is_ok(), "{}", text);
            }
        }
    }
}
