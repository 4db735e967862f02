use std::net::IpAddr;

use crate::TransportError;

/// Rejects a URI that would send the API key or a card over a network unencrypted.
///
/// `https` may go to any host. `http` may go to this machine (`localhost`, 127.0.0.0/8 and `::1`) and to the
/// hosts in `insecure_hosts`, which are compared exactly, ignoring case. A transport calls this before it does
/// anything else, so the error is [`NotSent`](crate::Delivery::NotSent).
///
/// # Errors
///
/// When the URI has no host, has another scheme, or is plain `http` to a host that is not allowed.
pub fn check_uri(uri: &http::Uri, insecure_hosts: &[String]) -> Result<(), TransportError> {
    let host = uri.host().unwrap_or_default();
    let refusal = match uri.scheme_str() {
        _ if host.is_empty() => "the URI has no host",
        Some("https") => return Ok(()),
        Some("http") if is_this_machine(host) || is_listed(host, insecure_hosts) => return Ok(()),
        Some("http") => {
            "plain http is allowed only for this machine and the hosts in insecure_hosts; use https"
        }
        _ => "the URI's scheme must be https or http",
    };
    Err(TransportError::not_sent(refusal))
}

/// Whether `entry` is a host name or an IP address, without scheme, port or path.
pub(crate) fn is_host(entry: &str) -> bool {
    let is_name = entry
        .bytes()
        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_'));
    !entry.is_empty() && is_name || address(entry).is_some()
}

/// Whether `host` is this machine: `localhost`, 127.0.0.0/8 or `::1`, with or without brackets. Plain http may go there,
/// and a proxy is not used for it.
#[must_use]
pub fn is_this_machine(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || address(host).is_some_and(|ip| ip.is_loopback())
}

fn is_listed(host: &str, allowed: &[String]) -> bool {
    allowed.iter().any(|entry| {
        let same_address = || address(entry).is_some_and(|ip| address(host) == Some(ip));
        entry.eq_ignore_ascii_case(host) || same_address()
    })
}

/// An IP address, IPv6 with or without its brackets.
fn address(host: &str) -> Option<IpAddr> {
    let bare = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    bare.unwrap_or(host).parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Delivery;

    #[test]
    fn accepts_https_to_any_host_and_http_to_this_machine() {
        for allowed in [
            "https://gateway.example/create",
            "https://10.0.0.1:8443/",
            "http://localhost:8080/create",
            "http://LocalHost/",
            "http://127.0.0.1/",
            "http://127.9.9.9:1/",
            "http://[::1]:8080/",
        ] {
            assert!(
                check_uri(&allowed.parse().unwrap(), &[]).is_ok(),
                "{allowed}"
            );
        }
    }

    #[test]
    fn rejects_http_to_other_machines_and_other_schemes() {
        for (refused, because) in [
            ("http://gateway.example/create", "plain http"),
            ("http://127.0.0.1.gateway.example/", "plain http"),
            ("http://localhost.gateway.example/", "plain http"),
            ("http://localhost@gateway.example/", "plain http"),
            ("http://128.0.0.1/", "plain http"),
            ("http://127.1/", "plain http"),
            ("http://0.0.0.0/", "plain http"),
            ("http://[::]/", "plain http"),
            ("http://[::ffff:10.0.0.1]/", "plain http"),
            ("ftp://localhost/", "scheme"),
            ("localhost:80", "scheme"),
            ("https://:443/", "no host"),
            ("/create", "no host"),
        ] {
            let error = check_uri(&refused.parse().unwrap(), &[]).expect_err(refused);
            assert_eq!(error.delivery(), Delivery::NotSent, "{refused}");
            assert!(error.to_string().contains(because), "{refused}: {error}");
        }
    }

    #[test]
    fn accepts_http_to_exactly_the_listed_hosts() {
        let hosts = ["sandbox".to_owned(), "10.0.0.7".into(), "fd00::7".into()];
        for (uri, accepted) in [
            ("http://sandbox:8080/create", true),
            ("http://SANDBOX/", true),
            ("http://10.0.0.7/", true),
            ("http://[fd00::7]:8080/", true),
            ("http://[FD00:0::7]/", true),
            ("http://sandbox.example/", false),
            ("http://a.sandbox/", false),
            ("http://sandbox@other/", false),
            ("http://10.0.0.70/", false),
            ("ftp://sandbox/", false),
        ] {
            let checked = check_uri(&uri.parse().unwrap(), &hosts);
            assert_eq!(checked.is_ok(), accepted, "{uri}");
        }
    }
}
