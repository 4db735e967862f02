use std::net::IpAddr;

use crate::TransportError;

/// Refuses a URI that would put the key or a card on a network in the clear.
///
/// `https` may go anywhere, `http` only to this machine: `localhost`, 127.0.0.0/8 and `::1`. A transport
/// calls this before it does anything else, so the error is [`NotSent`](crate::Delivery::NotSent) and not
/// even a name was looked up.
///
/// # Errors
///
/// When the URI has no host, another scheme, or is plain `http` to another machine.
pub fn check_uri(uri: &http::Uri, insecure_hosts: &[String]) -> Result<(), TransportError> {
    let host = uri.host().unwrap_or_default();
    let refusal = match uri.scheme_str() {
        _ if host.is_empty() => "the URI has no host",
        Some("https") => return Ok(()),
        Some("http") if is_loopback(host) => return Ok(()),
        Some("http") if insecure_hosts.iter().any(|allowed| allowed.eq_ignore_ascii_case(host)) => {
            return Ok(());
        }
        Some("http") => "plain http is allowed to this machine only; use https",
        _ => "the URI is neither https nor http",
    };
    Err(TransportError::not_sent(refusal))
}

fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    host.eq_ignore_ascii_case("localhost")
        || bare.parse::<IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use super::*;
    use crate::Delivery;

    #[test]
    fn https_goes_anywhere_and_http_stays_here() {
        for allowed in [
            "https://gateway.example/create",
            "https://10.0.0.1:8443/",
            "http://localhost:8080/create",
            "http://LocalHost/",
            "http://127.0.0.1/",
            "http://127.9.9.9:1/",
            "http://[::1]:8080/",
        ] {
            assert!(check_uri(&allowed.parse().unwrap(), &[]).is_ok(), "{allowed}");
        }
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
            ("ftp://localhost/", "neither"),
            ("localhost:80", "neither"),
            ("https://:443/", "no host"),
            ("/create", "no host"),
        ] {
            let error = check_uri(&refused.parse().unwrap(), &[]).expect_err(refused);
            assert_eq!(error.delivery(), Delivery::NotSent, "{refused}");
            let reason = error.source().unwrap().to_string();
            assert!(reason.contains(because), "{refused}: {reason}");
        }
    }
}
