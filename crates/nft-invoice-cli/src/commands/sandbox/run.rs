use std::fs;
use std::io::ErrorKind;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

use nft_invoice_sandbox::{
    Assumption, CallbackOrder, DatabaseError, Sandbox, SandboxBuilder, StartError,
};
use serde_json::json;

use crate::commands::{block_on, no_signals};
use crate::exit::{Exit, Failure};
use crate::options::arguments::whole_number;
use crate::options::settings::{Settings, secret_in};
use crate::sandbox::plan;
use crate::sandbox::printer::Printer;
use crate::terminal::interrupt::interrupted;
use crate::terminal::output::{self, Format, chain, note, plain, quoted};

/// The options of starting a sandbox.
#[derive(clap::Args, Default, PartialEq)]
pub struct Options {
    /// Address to listen on [default: a free port of 127.0.0.1]
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<SocketAddr>,
    /// Allow --listen to take an address that other machines can reach
    #[arg(long)]
    allow_remote: bool,
    /// URL at which others reach the sandbox, such as http://sandbox:8080: in the links of invoices [default: the
    /// address that a request came to]
    #[arg(long, value_name = "URL")]
    public_url: Option<String>,
    /// Host name at which others reach the sandbox, beside localhost, IP addresses and the host of --public-url
    /// (repeatable)
    #[arg(long, value_name = "NAME")]
    allow_host: Vec<String>,
    /// Derive all tokens from N, the admin token included: the same each time, and easy to guess [default: random]
    #[arg(long, value_name = "N")]
    #[arg(value_parser = whole_number(0..=u64::MAX), allow_negative_numbers = true)]
    seed: Option<u64>,
    /// Name of the shop on the checkout page [default: Example Shop]
    #[arg(long, value_name = "NAME")]
    merchant_name: Option<String>,
    /// URL for callbacks, http or https, such as http://127.0.0.1:3000/callback [default: none]
    #[arg(long, value_name = "URL")]
    callback: Option<String>,
    /// File with the secret that signs callbacks, `-` for standard input [default: random]
    #[arg(long, value_name = "FILE")]
    callback_secret_file: Option<PathBuf>,
    /// Host of another machine that callbacks may be sent to; a live shop would accept them (repeatable)
    #[arg(long, value_name = "HOST")]
    allow_callback: Vec<String>,
    /// Order of callbacks that are due at the same time: fifo, unordered or reverse. With fifo, a failing callback blocks
    /// the later ones of its invoice [default: fifo]
    #[arg(long, value_name = "ORDER")]
    callback_order: Option<CallbackOrder>,
    /// File with certificates (PEM) to trust for https callbacks, too: an authority's, or the receiver's own
    #[arg(long, value_name = "FILE")]
    callback_ca: Option<PathBuf>,
    /// Fault plan, such as create->after.reset@n=1, or @FILE with one
    #[arg(long, value_name = "PLAN|@FILE")]
    faults: Option<String>,
    /// Switch a behaviour that the gateway does not document, such as error-status=400 (repeatable)
    #[arg(long, value_name = "ID=OPTION", value_parser = assumption)]
    assume: Vec<(String, String)>,
    /// Keep invoices and callbacks in this file, and begin with those in it [default: in memory]
    #[arg(long, value_name = "FILE")]
    db: Option<PathBuf>,
}

pub fn run(options: &Options, settings: &Settings) -> Result<Exit, Failure> {
    let secret = options.callback_secret()?;
    let builder = options.builder(&secret)?;
    block_on(async {
        let interrupt = interrupted().map_err(no_signals)?;
        let sandbox = builder.start_blocking().map_err(|error| refused(&error))?;
        let events = sandbox.subscribe();
        options.announce(&sandbox, &secret, settings.format)?;
        let printer = Printer::to_output(settings.format, events);
        interrupt.await;
        sandbox.shutdown();
        match printer.end().await {
            // A reader that has ended does not stop the sandbox.
            Err(error) if error.kind() != ErrorKind::BrokenPipe => {
                note(format_args!("The events could not be written: {error}"));
            }
            _ => {}
        }
        note("The sandbox has stopped.");
        Ok(Exit::Done)
    })
}

/// A seed that cannot be guessed.
pub fn random_seed() -> Result<u64, Failure> {
    getrandom::u64().map_err(no_random_numbers)
}

fn no_random_numbers(error: getrandom::Error) -> Failure {
    Failure::usage(format!(
        "the operating system provides no random numbers: {error}"
    ))
}

/// Why a sandbox does not start.
pub fn refused(error: &StartError) -> Failure {
    Failure::usage(match error {
        StartError::Listen { .. } => format!(
            "{}. To use a free port, give --listen 127.0.0.1:0",
            chain(error)
        ),
        StartError::CallbackCa => format!("cannot use --callback-ca: {}", chain(error)),
        StartError::Database {
            path,
            source: DatabaseError::Damaged(left),
        } if left.events > 0 => {
            let name = plain(&path.display().to_string()).into_owned();
            let (from, to) = (quoted(&name), quoted(&format!("{name}-recovered")));
            format!(
                "cannot open the database {name}: the file is damaged; intact before the damage: {left}. To keep them, copy \
                 them to a new file:\n\n  nft-invoice sandbox recover {from} {to}"
            )
        }
        StartError::Assumption { id, option, .. } => {
            let known = Assumption::all().iter().find(|one| one.id == id);
            match known {
                Some(known) => format!(
                    "--assume {id} has no option {}. Its options: {}. {}",
                    plain(option),
                    options(known),
                    known.reason
                ),
                None => {
                    let lines = Assumption::all()
                        .iter()
                        .map(|one| format!("  {:<24} {}", one.id, options(one)));
                    format!(
                        "--assume knows no {}. It knows, with the default first:\n{}",
                        plain(id),
                        lines.collect::<Vec<_>>().join("\n")
                    )
                }
            }
        }
        error => chain(error),
    })
}

fn certificates(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| {
        let name = path.display().to_string();
        Failure::usage(format!(
            "cannot read --callback-ca {}: {error}",
            plain(&name)
        ))
    })
}

fn options(assumption: &Assumption) -> String {
    assumption.options.join(", ")
}

fn assumption(text: &str) -> Result<(String, String), &'static str> {
    let (id, option) = text
        .split_once('=')
        .ok_or("enter ID=OPTION, such as error-status=400")?;
    Ok((id.to_owned(), option.to_owned()))
}

impl Options {
    fn callback_secret(&self) -> Result<String, Failure> {
        if let Some(path) = &self.callback_secret_file {
            let secret = secret_in(path, "--callback-secret-file")?;
            if secret.is_empty() {
                return Err(Failure::usage(
                    "the file of --callback-secret-file is empty",
                ));
            }
            return Ok(secret);
        }
        let mut bytes = [0_u8; 16];
        getrandom::fill(&mut bytes).map_err(no_random_numbers)?;
        Ok(bytes.iter().map(|byte| format!("{byte:02x}")).collect())
    }

    fn builder(&self, secret: &str) -> Result<SandboxBuilder, Failure> {
        let mut builder = Sandbox::builder()
            .allow_remote(self.allow_remote)
            .seed(self.seed.map_or_else(random_seed, Ok)?)
            .callback_secret(secret)
            .real_time();
        if let Some(address) = self.listen {
            builder = builder.listen(address);
        }
        if let Some(url) = &self.public_url {
            builder = builder.public_url(url);
        }
        for name in &self.allow_host {
            builder = builder.allow_host(name);
        }
        if let Some(name) = &self.merchant_name {
            builder = builder.merchant_name(name);
        }
        if let Some(url) = &self.callback {
            builder = builder.callback(url);
        }
        for host in &self.allow_callback {
            builder = builder.allow_callback_host(host);
        }
        if let Some(path) = &self.callback_ca {
            builder = builder.callback_ca(certificates(path)?);
        }
        if let Some(order) = self.callback_order {
            builder = builder.callback_order(order);
        }
        for (id, option) in &self.assume {
            builder = builder.assume(id, option);
        }
        if let Some(path) = &self.db {
            builder = builder.database(path);
        }
        let Some(faults) = &self.faults else {
            return Ok(builder);
        };
        let plan = plan::text(faults)?;
        builder.faults(&plan).map_err(|error| {
            let place = plan::pointed_at(&plan, error.line, error.column);
            Failure::usage(format!("the fault plan is invalid: {error}\n\n{place}"))
        })
    }

    fn announce(&self, sandbox: &Sandbox, secret: &str, format: Format) -> std::io::Result<()> {
        let dashboard = sandbox.dashboard_url();
        if format == Format::Json {
            return output::json(&json!({
                "base_url": sandbox.base_url(),
                "dashboard_url": dashboard,
                "admin_token": sandbox.admin_token(),
                "api_key": sandbox.api_key(),
                "callback_secret": secret,
                "history_path": sandbox.history_path(),
            }));
        }
        let secret = self.callback_secret_file.is_none().then_some(secret);
        let exports = [
            ("BASE_URL", Some(sandbox.base_url())),
            ("API_KEY", Some(sandbox.api_key())),
            ("HISTORY_PATH", Some(sandbox.history_path())),
            ("CALLBACK_SECRET", secret),
            ("SANDBOX_URL", Some(sandbox.local_url())),
            ("SANDBOX_TOKEN", Some(sandbox.admin_token())),
        ];
        let exports = exports.map(|(name, value)| match value {
            Some(value) => format!("  export NFT_INVOICE_{name}={value}\n"),
            // A secret from a file is not shown.
            None => String::new(),
        });
        let callbacks = match &self.callback {
            Some(url) => format!("Callbacks are sent to {}.", plain(url)),
            None => "No callbacks are sent. To receive them, give --callback URL.".to_owned(),
        };
        output::line(format_args!(
            "A sandbox listens at {}. No money moves. Its dashboard:\n\n  {dashboard}\n\n\
             In another terminal:\n\n{}\n{callbacks}\n\
             Ctrl-C stops it. Events follow, one per line, in the time of the sandbox (UTC):\n",
            sandbox.base_url(),
            exports.concat()
        ))
    }
}
