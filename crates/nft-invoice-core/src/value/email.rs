use std::net::{Ipv4Addr, Ipv6Addr};

use super::unicode::is_word_outside_ascii;
use crate::error::{MessageTemplate, Notes, ValueError, catalog};

text_field! {
    /// The customer's e-mail address.
    ///
    /// Rejects only what no mail system could deliver to. Addresses outside ASCII (RFC 6531), quoted local parts
    /// and `[ip]` literals are accepted. At most 64 octets before the `@` and 254 in all (RFC 5321).
    Email, Inside, text,
    check: check,
    warn: warn,
}

fn check(text: &str) -> Result<(), ValueError> {
    if let Some(template) = malformed(text) {
        return Err(ValueError::new(template));
    }
    if split(text).is_some_and(|(local, _)| local.len() > 64) {
        return Err(ValueError::new(&catalog::EMAIL_LOCAL_TOO_LONG).with(64_usize));
    }
    if text.len() > 254 {
        return Err(ValueError::new(&catalog::TOO_MANY_OCTETS).with(254_usize));
    }
    Ok(())
}

fn warn(text: &str, notes: &mut Notes<'_>) {
    let Some((local, domain)) = split(text) else {
        return;
    };
    if !text.is_ascii() {
        notes.warn(&catalog::EMAIL_NOT_ASCII);
    } else if local.starts_with('"') {
        notes.warn(&catalog::EMAIL_QUOTED);
    } else if domain.starts_with('[') {
        notes.warn(&catalog::EMAIL_LITERAL);
    } else if !domain.contains('.') {
        notes.warn(&catalog::EMAIL_ONE_LABEL);
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

fn malformed(text: &str) -> Option<&'static MessageTemplate> {
    if !text.contains('@') {
        return Some(&catalog::EMAIL_NO_AT);
    }
    let is_plain = text.bytes().all(|b| b.is_ascii_graphic());
    if !is_plain && text.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Some(&catalog::EMAIL_SPACE);
    }
    let Some((local, domain)) = split(text) else {
        return Some(&catalog::EMAIL_QUOTE);
    };
    if local.is_empty() || local == "\"\"" || domain.is_empty() {
        return Some(&catalog::EMAIL_PART);
    }
    if !local.starts_with('"') {
        let is_special = |b: u8| {
            matches!(
                b,
                b'(' | b')' | b'<' | b'>' | b'[' | b']' | b':' | b';' | b',' | b'\\' | b'"'
            )
        };
        if local.bytes().any(is_special) {
            return Some(&catalog::EMAIL_SPECIAL);
        }
        if local.as_bytes().split(is_dot).any(<[u8]>::is_empty) {
            return Some(&catalog::EMAIL_DOT);
        }
    }
    if is_literal(domain) {
        return None;
    }
    if domain.contains('@') {
        return Some(&catalog::EMAIL_TWO_AT);
    }
    let mut labels = domain.as_bytes().split(is_dot);
    let is_valid = labels.clone().all(is_label)
        && !labels
            .next_back()
            .is_some_and(|last| last.iter().all(u8::is_ascii_digit))
        && (is_plain
            || domain
                .chars()
                .all(|c| c.is_ascii() || is_word_outside_ascii(c)));
    (!is_valid).then_some(&catalog::EMAIL_LABEL)
}

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

fn is_dot(byte: &u8) -> bool {
    *byte == b'.'
}

fn is_label(label: &[u8]) -> bool {
    let is_allowed = |b: &u8| b.is_ascii_alphanumeric() || *b == b'-' || !b.is_ascii();
    (1..=63).contains(&label.len())
        && !label.starts_with(b"-")
        && !label.ends_with(b"-")
        && label.iter().all(is_allowed)
}

#[cfg(test)]
mod tests {
    use email_address::EmailAddress;
    use proptest::prelude::*;

    use super::*;
    use crate::error::ErrorCode;

    fn code(text: &str) -> Option<ErrorCode> {
        text.parse::<Email>().err().map(|error| error.code())
    }

    #[test]
    fn accepts_what_a_mail_system_can_deliver_to() {
        for text in [
            "aaaaaa@domain.fr",
            "a+b.c_d-e'f!#$%&*/=?^`{|}~@x-y.co",
            r#""a@b"@c.d"#,
            r#""a\"b"@c.d"#,
            "user@[192.0.2.1]",
            "user@[IPv6:2001:db8::1]",
            "user@localhost",
            "用户@例え.jp",
            "a@xn--r8jz45g.jp",
            "a@क्ष.भारत",
            "cust\u{200b}omer@shop.example\u{a0}",
        ] {
            assert_eq!(code(text), None, "{text}");
        }
    }

    #[test]
    fn rejects_what_is_not_one_address() {
        let label = "x".repeat(64);
        for text in [
            "a",
            "@b.c",
            "a@",
            "a b@c.d",
            "a@b c.d",
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
            r#"""@b.c"#,
            r#""a"b@c.d"#,
            r#""a\"@c.d"#,
            r"a\b@c.d",
            "a,b@c.d",
            "mailto:a@b.c",
            "a@b.c@",
            "a@b,c.d",
            "a@b.c'",
            "a@b.c>",
            "a@under_score.com",
            "a@b.123",
            "a@😀.jp",
            "é@é+a",
            "a@[foo]",
            "a@[300.1.1.1]",
            "a@[192.0.2.1",
            &format!("a@{label}.com"),
        ] {
            assert_eq!(code(text), Some(ErrorCode::Malformed), "{text}");
        }
        let domain = ["x".repeat(63).as_str(); 3].join(".");
        for (text, expected) in [
            (format!("{}@b.c", "a".repeat(64)), None),
            (format!("{}@b.c", "a".repeat(65)), Some(ErrorCode::TooLong)),
            (format!("{}@{domain}", "a".repeat(62)), None),
            (
                format!("{}@{domain}", "a".repeat(63)),
                Some(ErrorCode::TooLong),
            ),
            ("   ".into(), Some(ErrorCode::Required)),
        ] {
            assert_eq!(code(&text), expected, "{} octets", text.len());
        }
    }

    proptest! {
        /// Accepted differences: a domain's last label may be digits there, and one outside ASCII may contain a plus.
        #[test]
        fn accepts_what_email_address_accepts(text in r#"[a-c."@\\\-+é\[ ]{1,12}"#) {
            let has_plus = text.rsplit('@').next().is_some_and(|domain| domain.contains('+'));
            if EmailAddress::is_valid(&text) && !text.contains(' ') && !has_plus {
                prop_assert_eq!(code(&text), None, "{}", text);
            }
        }
    }
}
