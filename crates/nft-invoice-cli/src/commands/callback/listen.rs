use std::net::SocketAddr;
use std::path::PathBuf;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderName, StatusCode, Uri};
use axum::routing::post;
use nft_invoice::transport::TransportConfig;
use nft_invoice::{Callback, CallbackError, Verifier};
use nft_invoice_sandbox::Origin;
use reqwest::Client;
use serde_json::json;
use tokio::net::TcpListener;

use super::{object, verifier};
use crate::commands::{block_on, no_signals};
use crate::exit::{Exit, Failure};
use crate::gateway::http_client::{cause, http_client};
use crate::options::settings::Settings;
use crate::terminal::interrupt::interrupted;
use crate::terminal::output::{self, Format, note, plain};
use nft_invoice_bulk::input::LIMIT;

/// Receive callbacks until Ctrl-C, and print them
///
/// Checks the signature of each if a secret is given, and rejects it with 403 if it is wrong. Passes the others on,
/// byte for byte, to the URL of --forward-to, and responds with its response; without one, it responds with 200.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  nft-invoice callback listen --secret-file secret.txt
  nft-invoice callback listen --listen 127.0.0.1:8081 --forward-to http://127.0.0.1:3000/callback --format json")]
pub struct Args {
    /// Address to listen at; port 0 is a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// File with the secret; its line end is dropped. Without it, no signature is checked
    #[arg(long, value_name = "FILE")]
    secret_file: Option<PathBuf>,
    /// URL to pass callbacks on to, such as http://127.0.0.1:3000/callback; plain http only
    #[arg(long, value_name = "URL", value_parser = target)]
    forward_to: Option<Uri>,
}

struct Receiver {
    client: Client,
    verifier: Option<Verifier>,
    forward_to: Option<Uri>,
    format: Format,
}

/// The time limit for passing a callback on.
const PATIENCE: Duration = Duration::from_secs(15);

pub fn run(args: &Args, settings: &Settings) -> Result<Exit, Failure> {
    let receiver = Receiver {
        client: http_client(&TransportConfig::default())?,
        verifier: args.secret_file.as_deref().map(verifier).transpose()?,
        forward_to: args.forward_to.clone(),
        format: settings.format,
    };
    block_on(async {
        let interrupt = pin!(interrupted().map_err(no_signals)?);
        let unusable = |error| Failure::usage(format!("cannot listen at {}: {error}", args.listen));
        let listener = TcpListener::bind(args.listen).await.map_err(unusable)?;
        let url = format!("http://{}/", listener.local_addr().map_err(unusable)?);
        match receiver.format {
            Format::Json => output::json(&json!({"url": url}))?,
            Format::Text => {
                output::line(format_args!(
                    "Callbacks are received at {url} and below it."
                ))?;
                if let Some(target) = &receiver.forward_to {
                    output::line(format_args!("They are passed on to {}.", shown(target)))?;
                }
                output::line("Ctrl-C stops it.\n")?;
            }
        }
        if receiver.verifier.is_none() {
            note("No signature is checked: give --secret-file to check them.");
        }
        let router = Router::new()
            .route("/", post(receive))
            .route("/{*path}", post(receive))
            .layer(DefaultBodyLimit::max(LIMIT))
            .with_state(Arc::new(receiver));
        tokio::select! {
            ended = async { axum::serve(listener, router).await } => ended.map_err(unusable)?,
            () = interrupt => {}
        }
        Ok(Exit::Done)
    })
}

async fn receive(
    State(receiver): State<Arc<Receiver>>,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let read = match &receiver.verifier {
        Some(verifier) => verifier.receive(&headers, &body),
        None => Callback::from_json(&body).map_err(CallbackError::Unreadable),
    };
    let valid = receiver.verifier.is_some().then_some(read.is_ok());
    let status = match &read {
        Ok(_) => match &receiver.forward_to {
            Some(target) => pass_on(&receiver.client, target, &headers, body).await,
            None => StatusCode::OK,
        },
        Err(CallbackError::Unreadable(_)) => StatusCode::BAD_REQUEST,
        Err(_) => StatusCode::FORBIDDEN,
    };
    // If nobody reads the output, the callback still has its response.
    let _ = match (receiver.format, read) {
        (Format::Json, Ok(callback)) => {
            let mut object = object(&callback, valid);
            object["response"] = status.as_u16().into();
            output::json(&object)
        }
        (Format::Json, Err(error)) => {
            let error = error.to_string();
            output::json(&json!({"valid": false, "error": error, "response": status.as_u16()}))
        }
        (Format::Text, Ok(callback)) => {
            let id = callback
                .id
                .as_ref()
                .map_or("without an id".to_owned(), ToString::to_string);
            let mut line = format!(
                "{} of invoice {id}: responded with {status}",
                callback.status
            );
            if let Some(reference) = callback.reference() {
                line.push_str(&format!(", reference {reference}"));
            }
            output::line(plain(&line))
        }
        (Format::Text, Err(error)) => {
            let line = format!("rejected with {status}: {error}");
            output::line(plain(&line))
        }
    };
    status
}

/// Passes a callback on with its content type and its signature, and returns the status of the response.
async fn pass_on(client: &Client, target: &Uri, headers: &HeaderMap, body: Bytes) -> StatusCode {
    let mut request = client.post(target.to_string()).timeout(PATIENCE).body(body);
    for name in [CONTENT_TYPE, HeaderName::from_static("x-signature")] {
        if let Some(value) = headers.get(&name) {
            request = request.header(name, value);
        }
    }
    match request.send().await {
        Ok(response) => response.status(),
        Err(error) => {
            let text = cause(&error);
            note(format_args!(
                "cannot pass the callback on to {}: {}. Check that the shop is running there.",
                shown(target),
                plain(&text)
            ));
            StatusCode::BAD_GATEWAY
        }
    }
}

/// The URL without its query, which can contain a secret.
fn shown(target: &Uri) -> String {
    let host = target.authority().map_or("", |host| host.as_str());
    plain(&format!("http://{host}{}", target.path())).into_owned()
}

fn target(text: &str) -> Result<Uri, String> {
    let message = "Enter an http URL with a host, such as http://127.0.0.1:3000/callback.";
    let uri: Uri = text.parse().map_err(|_| message.to_owned())?;
    // `Uri` takes a port above 65535 for none.
    let origin = uri
        .authority()
        .and_then(|authority| format!("http://{authority}").parse::<Origin>().ok());
    match origin {
        Some(_) if uri.scheme_str() == Some("http") => Ok(uri),
        _ => Err(message.to_owned()),
    }
}
