use std::future::pending;
use std::path::{Path, PathBuf};
use std::pin::{Pin, pin};

use nft_invoice::{
    ApiKey, Call, Cancellation, Checked, Client, Created, Draft, Error, Gateway, Invoice,
    Reference, Rules, ValidationErrors, Warning,
};
use nft_invoice_sandbox::{InvoiceState, Sandbox};

use super::sandbox::run::{random_seed, refused};
use super::{block_on, no_signals};
use crate::exit::{Exit, Failure};
use crate::gateway::outcome::{Charge, Reporter};
use crate::gateway::{self, TransportArg, lost, not_begun};
use crate::options::arguments::new_reference;
use crate::options::gateway_settings::{GatewayArgs, GatewaySettings, unusable};
use crate::options::rule_args::RuleArgs;
use crate::options::settings::Settings;
use crate::sandbox::printer::Printer;
use crate::terminal::browser;
use crate::terminal::interrupt::interrupted;
use crate::terminal::output::{input_name, note, plain};
use nft_invoice_bulk::input::InputFile;

/// Validate one invoice and create it at the gateway, at most once
///
/// The invoice gets a random reference in its callbackJson, unless that is not an object or already contains one.
/// The reference is printed before anything is sent: if the response is lost (exit 5), find the invoice with it.
///
/// Created is not paid: the outcome arrives through a callback.
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
    /// Start a local test gateway, send to it over HTTP, and stop it; needs no account and no key
    #[arg(long, conflicts_with = "base_url")]
    sandbox: bool,
    /// Keep the sandbox running until Ctrl-C
    #[arg(long, requires = "sandbox")]
    keep: bool,
    /// Open the payment page in the browser and keep the sandbox running until Ctrl-C
    #[arg(long, requires = "sandbox")]
    open: bool,
    /// Show the request, with the card fields redacted, and send nothing; needs no key
    #[arg(long, conflicts_with_all = ["keep", "open"])]
    dry_run: bool,
    /// Reference to put into callbackJson, such as order-7f3a; no card number [default: a random one]
    #[arg(long, value_parser = new_reference)]
    reference: Option<Reference>,
    /// HTTP library to send with
    #[arg(long, value_enum, default_value_t = TransportArg::Reqwest)]
    transport: TransportArg,
    /// File with one JSON object; `-` for standard input
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    gateway: GatewayArgs,
}

/// Where the invoice is sent.
enum Destination {
    Gateway(Client),
    Sandbox,
    /// A dry run.
    Nowhere(Box<Gateway>),
}

pub fn run(args: &Args, settings: &Settings) -> Result<Exit, Failure> {
    // Before anything is read, so that a wrong setting is reported first.
    let gateway = args.gateway.settings()?;
    let destination = args.destination(&gateway)?;
    block_on(create(args, settings, gateway, destination))
}

async fn create(
    args: &Args,
    settings: &Settings,
    gateway: GatewaySettings,
    destination: Destination,
) -> Result<Exit, Failure> {
    let mut interrupt = pin!(interrupted().map_err(no_signals)?);
    let mut reporter = Reporter::new(settings.format, settings.verbose);
    let (file, rules, reference) = (
        args.file.clone(),
        args.rules.rules(),
        args.reference.clone(),
    );
    let reading = tokio::task::spawn_blocking(move || read(&file, &rules, reference));
    let (invoice, warnings) = tokio::select! {
        biased;
        read = reading => read.map_err(|_| Failure::usage("the validation has a bug"))??,
        () = &mut interrupt => return Ok(reporter.outcome(&Err(not_begun("interrupted")))),
    };
    reporter.warnings(&warnings);
    let invoice = match invoice {
        Ok(invoice) => invoice,
        Err(errors) => return Ok(reporter.invalid(&errors)),
    };
    reporter.reference(invoice.reference());
    match destination {
        Destination::Nowhere(gateway) => {
            reporter.dry_run(gateway.create(&invoice).request(), &invoice)?;
            Ok(Exit::Done)
        }
        Destination::Gateway(gateway) => {
            let outcome = send(&gateway, invoice, interrupt).await;
            Ok(reporter.outcome(&outcome))
        }
        Destination::Sandbox => {
            let sandbox = args.start_sandbox()?;
            let is_s2s = invoice.as_s2s().is_some();
            let gateway = args.gateway_in(&sandbox, &gateway)?;
            note(format_args!(
                "Sending to a sandbox at {}. No money moves.",
                sandbox.base_url()
            ));
            let keep = args.keep || args.open;
            let printer = keep.then(|| Printer::to_notes(sandbox.subscribe()));
            let outcome = send(&gateway, invoice, interrupt.as_mut()).await;
            let charge = match &outcome {
                Ok(_) if is_s2s => charge(&sandbox),
                _ => None,
            };
            let exit = reporter.sandbox_outcome(&outcome, charge);
            if let (true, Ok(created)) = (keep, &outcome) {
                note(format_args!(
                    "The sandbox keeps running until Ctrl-C. Dashboard: {}",
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
                "The sandbox has stopped, so its pages are gone. To keep it running, add --keep."
            });
            Ok(exit)
        }
    }
}

/// What became of the card of the only invoice in `sandbox`.
fn charge(sandbox: &Sandbox) -> Option<Charge> {
    let invoices = sandbox.invoices();
    let invoice = invoices.first()?;
    let reason = invoice.failure_reason;
    Some(Charge {
        status: invoice.state.wire_name(),
        reason: reason.map(|reason| (reason.as_str(), reason.to_string())),
        is_declined: invoice.state == InvoiceState::Failed,
    })
}

/// Sends `invoice` once. After Ctrl-C the cancellation tells whether anything was sent.
async fn send(
    client: &Client,
    invoice: Invoice,
    mut interrupt: Pin<&mut impl Future<Output = ()>>,
) -> Result<Created, Error> {
    tokio::select! {
        biased;
        () = &mut interrupt => return Err(not_begun("interrupted")),
        () = std::future::ready(()) => {}
    }
    let cancellation = Cancellation::new();
    tokio::select! {
        biased;
        outcome = client.create_with_cancellation(&invoice, &cancellation) => outcome,
        () = interrupt => Err(if cancellation.cancel() {
            not_begun("interrupted before it was sent")
        } else {
            lost(Call::Create, "interrupted")
        }),
    }
}

impl Args {
    fn destination(&self, settings: &GatewaySettings) -> Result<Destination, Failure> {
        if self.sandbox && !self.dry_run {
            return Ok(Destination::Sandbox);
        }
        let base_url = if self.sandbox {
            // A sandbox listens at a port that is free when it starts.
            "http://127.0.0.1".to_owned()
        } else {
            settings.base_url()?
        };
        if self.dry_run {
            // The key is not shown, so any will do.
            let key = ApiKey::new("dry-run").map_err(|error| Failure::usage(error.to_string()))?;
            let gateway = Gateway::new(settings.config(base_url, key)?).map_err(unusable)?;
            return Ok(Destination::Nowhere(Box::new(gateway)));
        }
        if settings.key_from_stdin() && self.file == Path::new("-") {
            return Err(Failure::usage(
                "the invoice and the API key cannot both come from standard input",
            ));
        }
        let key = settings.api_key()?;
        gateway::client(self.transport, 0, settings, base_url, key).map(Destination::Gateway)
    }

    /// With --today the sandbox's clock stands still on that day, so that documented examples stay valid.
    fn start_sandbox(&self) -> Result<Sandbox, Failure> {
        let builder = Sandbox::builder().seed(random_seed()?);
        match self.rules.day() {
            Some(day) => builder.clock_frozen_at(format!("{day}T00:00:00Z")),
            None => builder.real_time(),
        }
        .start_blocking()
        .map_err(|error| refused(&error))
    }

    /// Opens the payment page, if that was asked for.
    async fn open_page(&self, created: &Created) {
        match created.redirect_url() {
            _ if !self.open => {}
            None => note("There is no page to open: the card was sent."),
            Some(url) => {
                if !browser::open(url).await {
                    let url = plain(url);
                    note(format_args!(
                        "No browser could be started. Open this page: {url}"
                    ));
                }
            }
        }
    }

    fn gateway_in(&self, sandbox: &Sandbox, settings: &GatewaySettings) -> Result<Client, Failure> {
        let key = ApiKey::new(sandbox.api_key()).map_err(|e| Failure::usage(e.to_string()))?;
        gateway::client(
            self.transport,
            0,
            settings,
            sandbox.base_url().to_owned(),
            key,
        )
    }
}

/// The invoice, or its errors; and warnings.
type Read = (Result<Invoice, ValidationErrors>, Vec<Warning>);

/// Reads and validates the invoice, with `reference` or a random one.
fn read(path: &Path, rules: &Rules, reference: Option<Reference>) -> Result<Read, Failure> {
    let failed = |error| Failure::usage(format!("cannot read {}: {error}", input_name(path)));
    let mut input = InputFile::open(path).map_err(failed)?;
    let draft = match Draft::from_json(input.whole().map_err(failed)?) {
        Ok(draft) => draft,
        Err(errors) => return Ok((Err(errors), Vec::new())),
    };
    let draft = match reference {
        Some(reference) => draft.reference(reference),
        None => draft.reference_if_possible(Reference::random()),
    };
    let Checked {
        invoice, warnings, ..
    } = draft.check(rules);
    Ok((invoice, warnings))
}
