use std::error::Error;
use std::iter;

use nft_invoice::transport::TransportConfig;
use reqwest::redirect::Policy;
use reqwest::{Client, retry};

use crate::exit::Failure;
use crate::terminal::output::chain;

/// A client that sends a request once, to its URL: no redirects, no proxy.
pub fn http_client(config: &TransportConfig) -> Result<Client, Failure> {
    let tls = config
        .tls()
        .map_err(|error| Failure::usage(chain(&error)))?;
    let client = Client::builder()
        .redirect(Policy::none())
        .retry(retry::never())
        .no_proxy()
        .http1_only()
        .connect_timeout(config.connect_timeout())
        .tls_backend_preconfigured(tls);
    client
        .build()
        .map_err(|error| Failure::usage(chain(&error)))
}

/// The first cause of an error, without the URL.
pub fn cause(error: &reqwest::Error) -> String {
    let causes = iter::successors(error.source(), |error| (*error).source());
    let first = causes.last().map(ToString::to_string);
    first.unwrap_or_else(|| "the request failed".to_owned())
}
