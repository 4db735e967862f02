use std::net::{Ipv4Addr, Ipv6Addr};

use crate::advice::{AdviceCode, Remark};
use crate::problem::{Fault, ProblemCode};
use crate::text::{not_blank, opaque_debug};

/// The customer's IPv4 address. The gateway documents no way to send an IPv6 address.
pub struct CustomerIp(Ipv4Addr);

opaque_debug!(CustomerIp);

impl CustomerIp {
    /// Reads four decimal octets, as in `198.51.100.7`.
    ///
    /// # Errors
    ///
    /// `required` when blank; `malformed`, also for leading zeros, which some systems read as octal;
    /// `unsupported` for IPv6; `out_of_range` for 0.0.0.0/8, 224.0.0.0/4 and 240.0.0.0/4.
    pub fn new(text: &str) -> Result<Self, Fault> {
        not_blank(text)?;
        if let Ok(ip) = text.parse::<Ipv4Addr>() {
            return Self::from_addr(ip);
        }
        let bare = text.split('%').next().unwrap_or_default();
        Err(
            match bare.parse::<Ipv6Addr>().map(|ip| ip.to_ipv4_mapped()) {
                Ok(Some(_)) => Fault::new(
                    ProblemCode::Unsupported,
                    "an IPv4 address written as IPv6: leave out the ::ffff: before it",
                ),
                Ok(None) => Fault::new(
                    ProblemCode::Unsupported,
                    "the gateway takes IPv4 only; for a customer on IPv6 create a hosted invoice",
                ),
                Err(_) => Fault::new(
                    ProblemCode::Malformed,
                    "four numbers from 0 to 255 without leading zeros: 198.51.100.7",
                ),
            },
        )
    }

    /// Takes an address.
    ///
    /// # Errors
    ///
    /// `out_of_range` for 0.0.0.0/8, 224.0.0.0/4 and 240.0.0.0/4, from which no customer comes.
    pub fn from_addr(ip: Ipv4Addr) -> Result<Self, Fault> {
        match ip.octets()[0] {
            1..=223 => Ok(Self(ip)),
            _ => Err(Fault::new(
                ProblemCode::OutOfRange,
                "no customer has an address in 0.0.0.0/8, 224.0.0.0/4 or 240.0.0.0/4",
            )),
        }
    }

    /// The address.
    #[must_use]
    pub fn addr(&self) -> Ipv4Addr {
        self.0
    }

    pub(crate) fn remark(&self) -> Option<Remark> {
        let shared = matches!(self.0.octets(), [100, 64..=127, _, _]);
        let benchmark = matches!(self.0.octets(), [198, 18 | 19, _, _]);
        let ip = self.0;
        let reserved =
            ip.is_loopback() || ip.is_private() || ip.is_link_local() || ip.is_documentation();
        (reserved || shared || benchmark).then_some(Remark {
            code: AdviceCode::ReservedIp,
            message: "no customer on the internet has this address: is a proxy's address taken for the customer's?",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn refused_and_accepted() {
        use ProblemCode::{Malformed, OutOfRange, Required, Unsupported};
        for (text, expected) in [
            ("127.0.0.1", None),
            ("223.255.255.255", None),
            ("", Some(Required)),
            ("1.2.3", Some(Malformed)),
            ("1.2.3.4.5", Some(Malformed)),
            ("1.2.3.256", Some(Malformed)),
            ("01.2.3.4", Some(Malformed)),
            ("1.2.3.4 ", Some(Malformed)),
            ("0x7f.0.0.1", Some(Malformed)),
            ("1.2.3.4:80", Some(Malformed)),
            ("localhost", Some(Malformed)),
            ("2001:db8::1", Some(Unsupported)),
            ("fe80::1%eth0", Some(Unsupported)),
            ("::ffff:1.2.3.4", Some(Unsupported)),
            ("0.0.0.0", Some(OutOfRange)),
            ("0.1.2.3", Some(OutOfRange)),
            ("224.0.0.1", Some(OutOfRange)),
            ("255.255.255.255", Some(OutOfRange)),
        ] {
            assert_eq!(
                CustomerIp::new(text).err().map(|f| f.code()),
                expected,
                "{text}"
            );
        }
        assert!(
            CustomerIp::new("::ffff:1.2.3.4")
                .unwrap_err()
                .message()
                .contains("::ffff:")
        );
    }

    #[test]
    fn remarked_on() {
        for (text, reserved) in [
            ("8.8.8.8", false),
            ("127.0.0.1", true),
            ("10.0.0.1", true),
            ("172.31.0.1", true),
            ("172.32.0.1", false),
            ("192.168.1.1", true),
            ("169.254.0.1", true),
            ("100.64.0.1", true),
            ("100.128.0.1", false),
            ("192.0.2.1", true),
            ("198.51.100.1", true),
            ("203.0.113.1", true),
            ("198.18.0.1", true),
            ("198.20.0.1", false),
        ] {
            assert_eq!(
                CustomerIp::new(text).unwrap().remark().is_some(),
                reserved,
                "{text}"
            );
        }
    }
}
