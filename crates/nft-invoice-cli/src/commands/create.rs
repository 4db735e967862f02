use std::future::pending;
use std::path::{Path, PathBuf};
use std::pin::{Pin, pin};
use std::sync::Arc;

use nft_invoice::transport::SendGate;
use nft_invoice::{
    Advice, ApiKey, Call, Created, Draft, Error, Invoice, Problems, Reference, Rules,
};
use nft_invoice_sandbox::Sandbox;

use super::sandbox::run::{happenings, random_seed, refused};
use super::{block_on, no_signals};
use crate::browser;
use crate::cli::RuleArgs;
use crate::exit::{Exit, Failure};
use crate::gateway::{Gateway, TransportArg, lost, not_begun, rehearse};
use crate::input::Input;
use crate::interrupt::interrupted;
use crate::outcome::Teller;
use crate::output::{note, plain};
use crate::printer::Printer;
use crate::settings::Settings;

/// Check one invoice and create it at the gateway, at most once
///
/// The invoice gets an opaque random reference in its callbackJson, unless that is no object or has one. It
/// is printed before anything is sent: if the answer is lost (exit 5), look the invoice up by it.
#[derive(clap::Args)]
#[command(after_help = "\
Examples:
  nft-invoice create --sandbox order.json
  nft-invoice create --sandbox --open order.json
  nft-invoice create --base-url https://gateway.example --api-key-file key.txt order.json
  nft-invoice create --dry-run --base-url https://gateway.example order.json")]
pub struct Args {
    #[command(flatten)]
    rules: RuleArgs,
    /// Start a sandbox, send to it over real HTTP, and stop it; needs no account and no key
    #[arg(long)]
    sandbox: bool,
    /// Leave the sandbox running until Ctrl-C
    #[arg(long, requires = "sandbox")]
    keep: bool,
    /// Open the payment page in the browser, and leave the sandbox running until Ctrl-C
    #[arg(long, requires = "sandbox")]
    open: bool,
    /// Show the request, its card redacted, and send nothing; needs no key
    #[arg(long, conflicts_with = "sandbox")]
    dry_run: bool,
    /// The HTTP stack to send with
    #[arg(long, value_enum, default_value_t = TransportArg::Reqwest)]
    transport: TransportArg,
    /// A file with one JSON object; `-` for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
}

/// Where the invoice goes.
enum Destination {
    Gateway(Gateway),
    Sandbox,
    /// A dry run: the base URL is shown.
    Nowhere(String),
}

pub fn run(args: &Args, settings: &Settings) -> Result<Exit, Failure> {
    // Settled before anything is read, so that a wrong setting is the first thing one hears of.
    let destination = args.destination(settings)?;
    block_on(create(args, settings, destination))
}

async fn create(
    args: &Args,
    settings: &Settings,
    destination: Destination,
) -> Result<Exit, Failure> {
    let mut interrupt = pin!(interrupted().map_err(no_signals)?);
    let mut teller = Teller::new(settings.format);
    let (file, rules) = (args.file.clone(), args.rules.rules());
    let reading = tokio::task::spawn_blocking(move || read(&file, &rules));
    let (invoice, advice) = tokio::select! {
        biased;
        read = reading => read.map_err(|_| Failure::usage("the check has a bug"))??,
        () = &mut interrupt => return Ok(teller.outcome(&Err(not_begun("interrupted")))),
    };
    teller.advice(&advice);
    let invoice = match invoice {
        Ok(invoice) => invoice,
        Err(problems) => return Ok(teller.invalid(&problems)),
    };
    teller.reference(invoice.reference());
    match destination {
        Destination::Nowhere(base_url) => {
            teller.rehearsal(&rehearse(settings, base_url, &invoice)?, &invoice)?;
            Ok(Exit::Done)
        }
        Destination::Gateway(gateway) => {
            let outcome = send(&gateway, invoice, interrupt).await;
            Ok(teller.outcome(&outcome))
        }
        Destination::Sandbox => {
            let sandbox = args.start_sandbox()?;
            let gateway = args.gateway_in(&sandbox, settings)?;
            note(format_args!(
                "Sending to a sandbox at {}: no money moves.",
                sandbox.base_url()
            ));
            let keep = args.keep || args.open;
            let printer = keep.then(|| Printer::to_notes(happenings(&sandbox)));
            let outcome = send(&gateway, invoice, interrupt.as_mut()).await;
            let exit = teller.outcome(&outcome);
            if let (true, Ok(created)) = (keep, &outcome) {
                note(format_args!(
                    "The sandbox keeps running; Ctrl-C stops it. Its dashboard: {}",
                    sandbox.dashboard_url()
                ));
                tokio::select! {
                    () = interrupt => {}
                    // Some browsers end long after they have opened a page.
                    never = async { args.open_page(created).await; pending().await } => never,
                }
            }
            sandbox.shutdown();
            if let Some(printer) = printer {
                printer.end().await?;
            }
            note(if keep {
                "The sandbox has stopped."
            } else {
                "The sandbox has stopped, and its pages with it; --keep leaves it running."
            });
            Ok(exit)
        }
    }
}

/// Sends `invoice` once. After Ctrl-C the latch tells whether anything was sent.
async fn send(
    gateway: &Gateway,
    invoice: Invoice,
    mut interrupt: Pin<&mut impl Future<Output = ()>>,
) -> Result<Created, Error> {
    tokio::select! {
        biased;
        () = &mut interrupt => return Err(not_begun("interrupted")),
        () = std::future::ready(()) => {}
    }
    let latch = SendGate::default();
    tokio::select! {
        biased;
        outcome = gateway.create(Arc::new(invoice), latch.clone()) => outcome,
        () = interrupt => Err(if latch.take() {
            not_begun("interrupted before it was sent")
        } else {
            lost(Call::Create, "interrupted")
        }),
    }
}

impl Args {
    fn destination(&self, settings: &Settings) -> Result<Destination, Failure> {
        if self.sandbox {
            return match settings.base_url {
                Some(_) => Err(Failure::usage(
                    "--base-url and --sandbox exclude each other: the sandbox is the gateway then",
                )),
                None => Ok(Destination::Sandbox),
            };
        }
        let base_url = settings.base_url()?;
        if self.dry_run {
            return Ok(Destination::Nowhere(base_url));
        }
        if settings.key_from_stdin() && self.file == Path::new("-") {
            return Err(Failure::usage(
                "the invoice and the API key cannot both come from standard input",
            ));
        }
        let key = settings.api_key()?;
        Gateway::new(self.transport, settings, base_url, key).map(Destination::Gateway)
    }

    /// On the day asked for the sandbox's clock stands still, so that documented examples stay valid.
    fn start_sandbox(&self) -> Result<Sandbox, Failure> {
        let builder = Sandbox::builder().seed(random_seed()?);
        match self.rules.day() {
            Some(day) => builder.clock_frozen_at(format!("{day}T00:00:00Z")),
            None => builder.real_time(),
        }
        .start_blocking()
        .map_err(|error| refused(&error))
    }

    /// Opens the page that was created, if that was asked for.
    async fn open_page(&self, created: &Created) {
        match created.redirect_url() {
            _ if !self.open => {}
            None => note("There is no page to open: the card has been charged."),
            Some(url) => {
                if !browser::open(url).await {
                    let url = plain(url);
                    note(format_args!(
                        "No browser could be started. Open this page yourself: {url}"
                    ));
                }
            }
        }
    }

    fn gateway_in(&self, sandbox: &Sandbox, settings: &Settings) -> Result<Gateway, Failure> {
        let key = ApiKey::new(sandbox.api_key()).map_err(|e| Failure::usage(e.to_string()))?;
        Gateway::new(self.transport, settings, sandbox.base_url().to_owned(), key)
    }
}

/// What a check finds.
type Found = (Result<Invoice, Problems>, Vec<Advice>);

/// Reads and checks the invoice, with a new reference for it.
fn read(path: &Path, rules: &Rules) -> Result<Found, Failure> {
    let failed = |error| {
        let name = path.display().to_string();
        Failure::usage(format!("cannot read {}: {error}", plain(&name)))
    };
    let mut input = Input::open(path).map_err(failed)?;
    let draft = match Draft::from_json(input.whole().map_err(failed)?) {
        Ok(draft) => draft.with_reference(new_reference()?),
        Err(problems) => return Ok((Err(problems), Vec::new())),
    };
    let checked = draft.check(rules);
    Ok((checked.invoice, checked.advice))
}

/// `ref-` and 130 random bits: nobody can guess it, and it says nothing of the customer.
fn new_reference() -> Result<Reference, Failure> {
    const BASE32: &[u8; 32] = b"abcdefghijklmnopqrstuvwxyz234567";
    let mut bytes = [0_u8; 26];
    getrandom::fill(&mut bytes)
        .map_err(|error| Failure::usage(format!("the system gives no random numbers: {error}")))?;
    let letters = bytes.map(|byte| char::from(BASE32[usize::from(byte % 32)]));
    let text = format!("ref-{}", String::from_iter(letters));
    Reference::new(&text).map_err(|error| Failure::usage(error.to_string()))
}
