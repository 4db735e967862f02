use std::net::{Ipv4Addr, Ipv6Addr};

use crate::advice::{Remark, unusual};
use crate::problem::{Fault, ProblemCode};
use crate::text::{not_blank, opaque_debug};

/// The customer's e-mail address.
///
/// Refuses what no mail system could deliver to, and nothing more. Non-ASCII addresses (RFC 6531), quoted
/// local parts and address literals are accepted.
pub struct Email(String);

opaque_debug!(Email);

impl Email {
    /// Takes `text` as it is.
    ///
    /// # Errors
    ///
    /// `required` when blank; `malformed`; `too_long` when the part before the `@` is over 64 octets, or
    /// the whole over 254.
    pub fn new(text: &str) -> Result<Self, Fault> {
        not_blank(text)?;
        if let Some(message) = malformed(text) {
            return Err(Fault::new(ProblemCode::Malformed, message));
        }
        if split(text).is_some_and(|(local, _)| local.len() > 64) {
            return Err(Fault::new(
                ProblemCode::TooLong,
                "at most 64 octets before the @",
            ));
        }
        if text.len() > 254 {
            return Err(Fault::new(ProblemCode::TooLong, "at most 254 octets"));
        }
        Ok(Self(text.to_owned()))
    }

    /// The address.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub(crate) fn remark(&self) -> Option<Remark> {
        let (local, domain) = split(&self.0)?;
        let message = if !self.0.is_ascii() {
            "an address outside ASCII (RFC 6531): not every mail system takes it"
        } else if local.starts_with('"') {
            "a quoted local part: not every mail system takes it"
        } else if domain.starts_with('[') {
            "an address literal in place of a domain"
        } else if !domain.contains('.') {
            "a domain of one label only"
        } else {
            return None;
        };
        Some(unusual(message))
    }
}

/// The local part and the domain, cut at the first `@` outside quotes.
fn split(text: &str) -> Option<(&str, &str)> {
    if !text.starts_with('"') {
        return text.split_once('@');
    }
    let mut escaped = false;
    let closing = text[1..].find(|c| {
        let closes = c == '"' && !escaped;
        escaped = c == '\\' && !escaped;
        closes
    })?;
    let (local, rest) = text.split_at(closing + 2);
    Some((local, rest.strip_prefix('@')?))
}

/// What stands in an address only within quotes or as a literal's brackets.
const SPECIAL: [char; 11] = ['(', ')', '<', '>', '[', ']', ':', ';', ',', '\\', '"'];

/// Whether `domain` is an IP address in brackets, `[192.0.2.1]` or `[IPv6:2001:db8::1]`.
fn is_literal(domain: &str) -> bool {
    let inside = domain
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    inside.is_some_and(|inside| match inside.strip_prefix("IPv6:") {
        Some(address) => address.parse::<Ipv6Addr>().is_ok(),
        None => inside.parse::<Ipv4Addr>().is_ok(),
    })
}

fn malformed(text: &str) -> Option<&'static str> {
    if !text.contains('@') {
        return Some("an e-mail address has an @");
    }
    if text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Some("just the address: no white space, no display name");
    }
    let Some((local, domain)) = split(text) else {
        return Some("the quoted part before the @ does not end");
    };
    if local.is_empty() || domain.is_empty() {
        return Some("something is needed on both sides of the @");
    }
    let quoted = local.starts_with('"');
    if !quoted && local.contains(SPECIAL) {
        return Some(r#"just the address: none of ( ) < > [ ] : ; , \ " before the @"#);
    }
    if !quoted && local.split('.').any(str::is_empty) {
        return Some("no dot at an edge of the part before the @, and no two in a row");
    }
    if domain.contains('@') {
        return Some("one @ only");
    }
    if is_literal(domain) {
        return None;
    }
    if domain.contains(SPECIAL) {
        return Some(r#"just the address: none of ( ) < > [ ] : ; , \ " after the @"#);
    }
    let bad_label = |label: &str| {
        label.is_empty() || label.len() > 63 || label.starts_with('-') || label.ends_with('-')
    };
    domain
        .split('.')
        .any(bad_label)
        .then_some("each part of the domain has 1 to 63 octets and no - at an edge")
}

#[cfg(test)]
mod tests {
    use email_address::EmailAddress;
    use proptest::prelude::*;

    use super::*;

    fn code(text: &str) -> Option<ProblemCode> {
        Email::new(text).err().map(|fault| fault.code())
    }

    #[test]
    fn accepted() {
        for text in [
            "aaaaaa@domain.fr",
            "a+b.c_d-e'f!#$%&*/=?^`{|}~@x-y.co",
            r#""a@b"@c.d"#,
            r#""a\"b"@c.d"#,
            "user@[192.0.2.1]",
            "user@[IPv6:2001:db8::1]",
            "user@localhost",
            "用户@例え.jp",
            "a@under_score.com",
        ] {
            assert_eq!(code(text), None, "{text}");
        }
    }

    #[test]
    fn refused() {
        let label = "x".repeat(64);
        for text in [
            "a",
            "@b.c",
            "a@",
            "a b@c.d",
            "a@b c.d",
            "a\u{a0}b@c.d",
            "a@b.c\n",
            "John <a@b.c>",
            "<a@b.c>",
            "John<a@b.c>",
            "a@b..c",
            "a@.b",
            "a@b.",
            "a@-b.c",
            "a@b-.c",
            ".a@b.c",
            "a.@b.c",
            "a..b@c.d",
            "a@b@c.d",
            r#""a@b.c"#,
            r#""a"b@c.d"#,
            r#""a\"@c.d"#,
            r"a\b@c.d",
            "a,b@c.d",
            "a:b@c.d",
            "a;b@c.d",
            "mailto:a@b.c",
            "a@b.c@",
            "a@b,c.d",
            "a@b.c>",
            "a@b.c;d@e.f",
            "a@[foo]",
            "a@[300.1.1.1]",
            "a@[192.0.2.1",
            &format!("a@{label}.com"),
        ] {
            assert_eq!(code(text), Some(ProblemCode::Malformed), "{text}");
        }
        let domain = ["x".repeat(63).as_str(); 3].join(".");
        for (text, expected) in [
            (format!("{}@b.c", "a".repeat(64)), None),
            (
                format!("{}@b.c", "a".repeat(65)),
                Some(ProblemCode::TooLong),
            ),
            (format!("{}@{domain}", "a".repeat(62)), None),
            (
                format!("{}@{domain}", "a".repeat(63)),
                Some(ProblemCode::TooLong),
            ),
            ("   ".into(), Some(ProblemCode::Required)),
        ] {
            assert_eq!(code(&text), expected, "{} octets", text.len());
        }
    }

    #[test]
    fn remarked_on() {
        for (text, remarked) in [
            ("a@b.c", false),
            ("a@localhost", true),
            ("é@b.c", true),
            (r#""a"@b.c"#, true),
            ("a@[192.0.2.1]", true),
        ] {
            assert_eq!(
                Email::new(text).unwrap().remark().is_some(),
                remarked,
                "{text}"
            );
        }
    }

    proptest! {
        /// Accepted differences: we take more of what a domain's label may hold, and count 254 octets.
        #[test]
        fn takes_what_email_address_takes(text in r#"[a-c."@\\\-+é\[ ]{1,12}"#) {
            if EmailAddress::is_valid(&text) && !text.contains(' ') {
                prop_assert_eq!(code(&text), None, "{}", text);
            }
        }
    }
}
