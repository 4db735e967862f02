use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::advice::{AdviceCode, Remark, unusual};
use crate::problem::{Fault, ProblemCode};
use crate::text::{not_blank, opaque_debug};

/// An absolute http or https URL that the customer's browser is sent to.
pub struct WebUrl(String);

opaque_debug!(WebUrl);

impl WebUrl {
    /// The longest, in octets.
    pub const MAX: usize = 2048;

    /// Takes `text` as it is.
    ///
    /// # Errors
    ///
    /// `required` when blank; `malformed` without a scheme or host, with a port over 65535, a space, a
    /// control character or any of `\ < > "`; `unsupported` for a scheme other than http and https;
    /// `too_long` over 2048 octets.
    pub fn new(text: &str) -> Result<Self, Fault> {
        not_blank(text)?;
        clean(text)?;
        let (scheme, rest) = scheme(text)?;
        if !is_web(scheme) {
            return Err(Fault::new(
                ProblemCode::Unsupported,
                "an address that starts with https://",
            ));
        }
        host(rest)?;
        short_enough(text)?;
        Ok(Self(text.to_owned()))
    }

    /// The URL.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn remarks(&self) -> Vec<Remark> {
        let Ok((scheme, rest)) = scheme(&self.0) else {
            return Vec::new();
        };
        let mut remarks = Vec::new();
        if is_insecure(scheme) {
            remarks.push(INSECURE);
        }
        if host(rest).is_ok_and(is_local) {
            remarks.push(Remark {
                code: AdviceCode::LocalAddress,
                message: "only this machine or its network can reach this address; a customer cannot",
            });
        }
        if !self.0.is_ascii() {
            remarks.push(unusual(
                "characters outside ASCII: write them percent-encoded",
            ));
        } else if authority(rest).is_some_and(|authority| authority.contains('@')) {
            remarks.push(unusual("a user name or password in a URL"));
        } else if has_placeholder(&self.0) {
            remarks.push(unusual(
                "this looks like a template whose placeholder was not filled in",
            ));
        }
        remarks
    }
}

/// The remark about plain http.
pub(crate) const INSECURE: Remark = Remark {
    code: AdviceCode::InsecureUrl,
    message: "plain http: anybody on the way can read and change it; use https",
};

/// Refuses characters that stand in no URL.
pub(crate) fn clean(text: &str) -> Result<(), Fault> {
    if text.contains(|c: char| c.is_control() || matches!(c, ' ' | '\\' | '<' | '>' | '"')) {
        return Err(malformed(
            r#"no space, control character, \ < > or " in a URL"#,
        ));
    }
    Ok(())
}

/// The scheme, and what follows its colon.
pub(crate) fn scheme(text: &str) -> Result<(&str, &str), Fault> {
    text.split_once(':')
        .filter(|(scheme, _)| {
            scheme.starts_with(|c: char| c.is_ascii_alphabetic())
                && scheme
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b"+-.".contains(&b))
        })
        .ok_or_else(|| malformed("the whole address, from https:// on"))
}

/// Whether `scheme` is http or https.
pub(crate) fn is_web(scheme: &str) -> bool {
    is_insecure(scheme) || scheme.eq_ignore_ascii_case("https")
}

/// Whether `scheme` is http.
pub(crate) fn is_insecure(scheme: &str) -> bool {
    scheme.eq_ignore_ascii_case("http")
}

/// The host of what follows `https:`, checked together with its port.
pub(crate) fn host(rest: &str) -> Result<&str, Fault> {
    let authority = authority(rest).unwrap_or_default();
    let place = authority
        .rsplit_once('@')
        .map_or(authority, |(_, place)| place);
    let (host, port) = match place.strip_prefix('[') {
        Some(literal) => {
            let (address, after) = literal
                .split_once(']')
                .filter(|(address, after)| {
                    address.parse::<Ipv6Addr>().is_ok()
                        && (after.is_empty() || after.starts_with(':'))
                })
                .ok_or_else(|| {
                    malformed("an IPv6 address in brackets, as in https://[2001:db8::1]/")
                })?;
            (address, after.strip_prefix(':'))
        }
        None => match place.split_once(':') {
            Some((host, port)) => (host, Some(port)),
            None => (place, None),
        },
    };
    if host.is_empty() {
        return Err(malformed("a host is missing: https://shop.example/paid"));
    }
    let port = port.unwrap_or_default();
    let digits = port.trim_start_matches('0');
    if !port.bytes().all(|b| b.is_ascii_digit())
        || (!digits.is_empty() && digits.parse::<u16>().is_err())
    {
        return Err(malformed("a port is a number up to 65535"));
    }
    Ok(host)
}

/// Refuses what is over 2048 octets.
pub(crate) fn short_enough(text: &str) -> Result<(), Fault> {
    if text.len() > WebUrl::MAX {
        return Err(Fault::new(ProblemCode::TooLong, "at most 2048 octets"));
    }
    Ok(())
}

fn malformed(message: &'static str) -> Fault {
    Fault::new(ProblemCode::Malformed, message)
}

fn authority(rest: &str) -> Option<&str> {
    rest.strip_prefix("//")?.split(['/', '?', '#']).next()
}

fn is_local(host: &str) -> bool {
    if let Ok(ip) = host.parse::<IpAddr>() {
        return match ip.to_canonical() {
            IpAddr::V4(ip) => is_local_v4(ip),
            IpAddr::V6(ip) => {
                ip.is_loopback()
                    || ip.is_unspecified()
                    || ip.is_unique_local()
                    || ip.is_unicast_link_local()
            }
        };
    }
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let top = host.rsplit('.').next().unwrap_or_default();
    matches!(top, "localhost" | "local" | "internal") || host.ends_with(".home.arpa")
}

fn is_local_v4(ip: Ipv4Addr) -> bool {
    ip.is_loopback() || ip.is_private() || ip.is_link_local() || ip.is_unspecified()
}

/// `{id}`, `${id}`, `{{id}}` and, where no escape stands, `%s`.
fn has_placeholder(text: &str) -> bool {
    let stray_percent = text.match_indices('%').any(|(at, _)| {
        let hex = text.as_bytes().get(at + 1..at + 3);
        !hex.is_some_and(|hex| hex.iter().all(u8::is_ascii_hexdigit))
    });
    stray_percent || text.contains(['{', '}'])
}

#[cfg(test)]
mod tests {
    use iri_string::types::IriStr;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn refused_and_accepted() {
        use ProblemCode::{Malformed, TooLong, Unsupported};
        let long = format!("https://x.y/{}", "a".repeat(2037));
        for (text, expected) in [
            ("https://shop.example/paid?id=1#top", None),
            ("HTTPS://SHOP.EXAMPLE", None),
            ("http://localhost:3000/", None),
            ("https://user:pw@shop.example:8443/", None),
            ("https://[2001:db8::1]:443/", None),
            ("https://shop.example:/", None),
            ("https://shop.example:065535/", None),
            ("https://例え.jp/é", None),
            ("https://x.y/{id}", None),
            ("shop.example/paid", Some(Malformed)),
            ("//shop.example", Some(Malformed)),
            ("/paid", Some(Malformed)),
            ("https://", Some(Malformed)),
            ("https:shop.example", Some(Malformed)),
            ("https:///paid", Some(Malformed)),
            ("https://:443/", Some(Malformed)),
            ("https://user@/", Some(Malformed)),
            ("https://shop.example:65536/", Some(Malformed)),
            ("https://shop.example:http/", Some(Malformed)),
            ("https://[::1/", Some(Malformed)),
            ("https://[::1]x/", Some(Malformed)),
            ("https://shop.example/a b", Some(Malformed)),
            ("https://shop.example/\t", Some(Malformed)),
            (r"https:\\shop.example", Some(Malformed)),
            ("https://shop.example/<id>", Some(Malformed)),
            ("https://shop.example/\"", Some(Malformed)),
            ("mailto:x", Some(Unsupported)),
            ("ftp://", Some(Unsupported)),
            ("ftp://host:99999/", Some(Unsupported)),
            ("javascript:alert(1)", Some(Unsupported)),
            (&long[..2048], None),
            (&long, Some(TooLong)),
        ] {
            assert_eq!(
                WebUrl::new(text).err().map(|f| f.code()),
                expected,
                "{text}"
            );
        }
    }

    #[test]
    fn remarked_on() {
        use AdviceCode::{InsecureUrl, LocalAddress, Unusual};
        for (text, expected) in [
            ("https://shop.example/a%20b", vec![]),
            ("http://shop.example/", vec![InsecureUrl]),
            ("http://localhost/", vec![InsecureUrl, LocalAddress]),
            ("https://a.localhost./", vec![LocalAddress]),
            ("https://10.1.2.3/", vec![LocalAddress]),
            ("https://172.16.0.1/", vec![LocalAddress]),
            ("https://172.32.0.1/", vec![]),
            ("https://[::1]/", vec![LocalAddress]),
            ("https://[fd00::1]/", vec![LocalAddress]),
            ("https://[::ffff:192.168.0.1]/", vec![LocalAddress]),
            ("https://printer.local/", vec![LocalAddress]),
            ("https://u:p@shop.example/", vec![Unusual]),
            ("https://shop.example/?mail=a@b", vec![]),
            ("https://shop.example/é", vec![Unusual]),
            ("https://shop.example/{id}", vec![Unusual]),
            ("https://shop.example/%s", vec![Unusual]),
        ] {
            let remarks = WebUrl::new(text).unwrap().remarks();
            let codes: Vec<_> = remarks.iter().map(|remark| remark.code).collect();
            assert_eq!(codes, expected, "{text}");
        }
    }

    proptest! {
        /// Accepted differences: iri-string knows schemes without hosts and ports of any size, and we
        /// leave stray `%`, `{` and the like to advice.
        #[test]
        fn takes_what_iri_string_takes(text in r"https?://[a-c.:@\[\]1%/?#é{]{1,12}") {
            let theirs = IriStr::new(&text).ok().and_then(|iri| iri.authority_components().map(|a| {
                let port = a.port().unwrap_or_default();
                !a.host().trim_matches(['[', ']']).is_empty() && port.len() < 5 && !a.host().starts_with("[v")
            }));
            if theirs == Some(true) {
                prop_assert!(WebUrl::new(&text).is_ok(), "{}", text);
            }
        }
    }
}
