use std::pin::pin;

use tokio::sync::mpsc::{Sender, channel};

use super::failed;
use crate::commands::{block_on, no_signals};
use crate::exit::{Exit, Failure};
use crate::options::settings::Settings;
use crate::sandbox::admin::{Admin, AdminError, Ask, Target};
use crate::sandbox::event_lines::Event;
use crate::sandbox::event_stream::EventStream;
use crate::sandbox::printer::Printer;
use crate::terminal::interrupt::interrupted;
use crate::terminal::output::{Format, note};

/// Show the events of a running sandbox, a line each, until Ctrl-C
#[derive(clap::Args)]
#[command(after_help = "\
Example:
  nft-invoice sandbox tail --format json")]
pub struct Args {
    #[command(flatten)]
    target: Target,
}

pub fn run(args: &Args, settings: &Settings) -> Result<Exit, Failure> {
    let admin = Admin::new(&args.target)?.with_token()?;
    let ask = Ask::get("/events");
    block_on(async {
        let interrupt = pin!(interrupted().map_err(no_signals)?);
        let (sender, receiver) = channel(WAITING);
        let printer = Printer::to_output(settings.format, receiver);
        let told = tokio::select! {
            biased;
            () = interrupt => Ok(()),
            told = tell(&admin, &ask, settings.format, sender) => told,
        };
        // The reader of the output may have ended.
        printer.end().await?;
        match told {
            Ok(()) => Ok(Exit::Done),
            Err(error) => failed(&error, &ask, settings.format),
        }
    })
}

/// How many events wait to be printed before the sandbox has to.
const WAITING: usize = 1000;

async fn tell(
    admin: &Admin,
    ask: &Ask,
    format: Format,
    events: Sender<Event>,
) -> Result<(), AdminError> {
    let mut response = admin.stream(ask).await?;
    note("Showing the sandbox's events. Ctrl-C ends.");
    let mut stream = EventStream::default();
    while let Ok(Some(bytes)) = response.chunk().await {
        for data in stream.feed(&bytes) {
            let Some(event) = Event::read(&data, format) else {
                continue;
            };
            if events.send(event).await.is_err() {
                return Ok(());
            }
        }
    }
    note("The sandbox has stopped, or the connection to it was lost.");
    Ok(())
}
