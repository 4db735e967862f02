use std::fmt;
use std::net::{Ipv4Addr, Ipv6Addr};

use super::field_value::{FieldValue, ValueWriter, only_text};
use super::input::{Cleaning, Content};
use super::rules::Rules;
use crate::error::{Notes, ValueError, catalog};

/// The customer's IPv4 address, such as `198.51.100.7`. The gateway documents no way to send an IPv6 address.
///
/// Addresses in 0.0.0.0/8 and 224.0.0.0/4 and 255.255.255.255 are invalid. Those in 240.0.0.0/4 are accepted,
/// because Cloudflare's Pseudo IPv4 assigns them to visitors with an IPv6 address.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CustomerIp(Ipv4Addr);

opaque_debug!(CustomerIp);
parses!(CustomerIp);
serde_as_text!(CustomerIp);

impl CustomerIp {
    /// Returns the address.
    #[must_use]
    pub const fn addr(self) -> Ipv4Addr {
        self.0
    }

    fn read(text: &str) -> Result<Self, ValueError> {
        if let Ok(ip) = text.parse::<Ipv4Addr>() {
            return Self::try_from(ip);
        }
        let without_zone = text.split('%').next().unwrap_or_default();
        Err(
            match without_zone
                .parse::<Ipv6Addr>()
                .map(|ip| ip.to_ipv4_mapped())
            {
                Ok(Some(_)) => ValueError::new(&catalog::IPV6_MAPPED),
                Ok(None) => ValueError::new(&catalog::IPV6),
                Err(_) => ValueError::new(&catalog::IP_FORM),
            },
        )
    }
}

impl TryFrom<Ipv4Addr> for CustomerIp {
    type Error = ValueError;

    fn try_from(ip: Ipv4Addr) -> Result<Self, ValueError> {
        match ip.octets() {
            [0 | 224..=239, ..] | [255, 255, 255, 255] => Err(ValueError::new(&catalog::IP_RANGE)),
            _ => Ok(Self(ip)),
        }
    }
}

impl FieldValue for CustomerIp {
    type Checked<'a> = Self;
    const CLEANING: Cleaning = Cleaning::Inside;

    fn check(content: Content<'_>, _: usize, notes: &mut Notes<'_>) -> Option<Self> {
        let read = only_text(content).and_then(|text| Self::read(&text));
        notes.keep(read)
    }

    fn warn(ip: &Self, _: &Rules, notes: &mut Notes<'_>) {
        let ip = ip.0;
        let is_shared = matches!(ip.octets(), [100, 64..=127, ..]);
        let is_benchmark = matches!(ip.octets(), [198, 18 | 19, ..]);
        let is_class_e = ip.octets()[0] >= 240;
        let is_known =
            ip.is_loopback() || ip.is_private() || ip.is_link_local() || ip.is_documentation();
        if is_known || is_shared || is_benchmark || is_class_e {
            notes.warn(&catalog::RESERVED_IP);
        }
    }

    fn view(&self) -> Self {
        *self
    }

    fn build(ip: Self) -> Self {
        ip
    }

    fn write(&self, out: &mut dyn ValueWriter) {
        out.text(self.digits(&mut [0; 15]));
    }
}

impl CustomerIp {
    /// The address as `Display` shows it, without an allocation.
    fn digits(self, buffer: &mut [u8; 15]) -> &str {
        let mut length = 0;
        let mut put = |byte| {
            buffer[length] = byte;
            length += 1;
        };
        for (at, octet) in self.0.octets().into_iter().enumerate() {
            if at > 0 {
                put(b'.');
            }
            if octet >= 100 {
                put(b'0' + octet / 100);
            }
            if octet >= 10 {
                put(b'0' + octet / 10 % 10);
            }
            put(b'0' + octet % 10);
        }
        std::str::from_utf8(&buffer[..length]).unwrap_or_default()
    }
}

impl fmt::Display for CustomerIp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.digits(&mut [0; 15]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorCode;

    #[test]
    fn accepts_four_octets_of_a_possible_customer() {
        use ErrorCode::{Malformed, OutOfRange, Unsupported};
        for (text, code) in [
            ("8.8.8.8", None),
            ("127.0.0.1", None),
            ("240.0.0.1", None),
            ("255.255.255.254", None),
            ("198.51.100.7\u{200b}", None),
            ("::1", Some(Unsupported)),
            ("fe80::1%eth0", Some(Unsupported)),
            ("::ffff:8.8.8.8", Some(Unsupported)),
            ("8.8.8", Some(Malformed)),
            ("08.8.8.8", Some(Malformed)),
            ("8.8.8.256", Some(Malformed)),
            ("8.8.8.8:80", Some(Malformed)),
            ("0.1.2.3", Some(OutOfRange)),
            ("224.0.0.1", Some(OutOfRange)),
            ("239.255.255.255", Some(OutOfRange)),
            ("255.255.255.255", Some(OutOfRange)),
        ] {
            assert_eq!(
                text.parse::<CustomerIp>().err().map(|error| error.code()),
                code,
                "{text}"
            );
        }
    }
    #[test]
    fn shows_what_it_was_read_from() {
        for text in ["1.20.255.100", "109.9.10.99", "8.0.200.1"] {
            assert_eq!(text.parse::<CustomerIp>().unwrap().to_string(), text);
        }
    }
}
