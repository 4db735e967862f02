use std::net::SocketAddr;

use nft_invoice_sandbox::Sandbox;
use serde_json::json;

use super::{block_on, no_signals};
use crate::exit::{Exit, Failure};
use crate::interrupt::interrupted;
use crate::output::{self, Format, chain, note};
use crate::settings::Settings;

/// Run a local gateway until Ctrl-C: the four calls, test cards, a checkout page; no money moves
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  nft-invoice sandbox
  nft-invoice sandbox --listen 127.0.0.1:8080 --seed 7")]
pub struct Args {
    /// The address to listen on; port 0 is a free one
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    /// Let --listen take an address that other machines can reach
    #[arg(long)]
    allow_remote: bool,
    /// Make the tokens of payment pages from N, the same each time [default: random]
    #[arg(long, value_name = "N")]
    seed: Option<u64>,
}

pub fn run(args: &Args, settings: &Settings) -> Result<Exit, Failure> {
    block_on(async {
        let interrupt = interrupted().map_err(no_signals)?;
        let seed = args.seed.map_or_else(random_seed, Ok)?;
        let sandbox = Sandbox::builder()
            .listen(args.listen)
            .allow_remote(args.allow_remote)
            .seed(seed)
            .real_time()
            .start_blocking()
            .map_err(|error| Failure::usage(chain(&error)))?;
        announce(&sandbox, settings.format)?;
        let events = sandbox.subscribe();
        let printing = std::thread::spawn(move || events.for_each(note));
        interrupt.await;
        sandbox.shutdown();
        // It ends with the sandbox's channel; a panic of its own has been reported.
        let _ = printing.join();
        note("The sandbox has stopped.");
        Ok(Exit::Done)
    })
}

/// A seed that nobody can guess.
pub fn random_seed() -> Result<u64, Failure> {
    getrandom::u64()
        .map_err(|error| Failure::usage(format!("the system gives no random numbers: {error}")))
}

fn announce(sandbox: &Sandbox, format: Format) -> std::io::Result<()> {
    let (url, key, path) = (
        sandbox.base_url(),
        sandbox.api_key(),
        sandbox.history_path(),
    );
    match format {
        Format::Json => output::json(&json!({
            "base_url": url,
            "api_key": key,
            "history_path": path,
        })),
        Format::Text => output::line(format_args!(
            "A sandbox listens at {url}; no money moves. In another terminal:\n\n  \
             export NFT_INVOICE_BASE_URL={url}\n  \
             export NFT_INVOICE_API_KEY={key}\n  \
             export NFT_INVOICE_HISTORY_PATH={path}\n\n\
             Ctrl-C stops it. What happens is told here, a line each:"
        )),
    }
}
