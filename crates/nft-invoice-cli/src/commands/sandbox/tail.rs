use std::pin::pin;

use http_body_util::BodyExt;
use tokio::sync::mpsc::{Sender, channel};

use super::failed;
use crate::admin::{Admin, AdminError, Ask, Target};
use crate::commands::{block_on, no_signals};
use crate::event_stream::EventStream;
use crate::exit::{Exit, Failure};
use crate::happening::Happening;
use crate::interrupt::interrupted;
use crate::output::note;
use crate::printer::Printer;
use crate::settings::Settings;

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
        let (sender, mut receiver) = channel(WAITING);
        let happenings = std::iter::from_fn(move || receiver.blocking_recv());
        let printer = Printer::to_output(settings.format, happenings);
        let told = tokio::select! {
            biased;
            () = interrupt => Ok(()),
            told = tell(&admin, &ask, sender) => told,
        };
        // The reader of the output may have ended.
        printer.end().await?;
        match told {
            Ok(()) => Ok(Exit::Done),
            Err(error) => failed(&error, &ask, settings.format),
        }
    })
}

/// How many lines wait to be printed before the sandbox has to.
const WAITING: usize = 100;

async fn tell(admin: &Admin, ask: &Ask, lines: Sender<Happening>) -> Result<(), AdminError> {
    let mut body = admin.stream(ask).await?;
    note("Showing the sandbox's events. Ctrl-C ends.");
    let mut stream = EventStream::default();
    while let Some(Ok(frame)) = body.frame().await {
        let Ok(bytes) = frame.into_data() else {
            continue;
        };
        for event in stream.feed(&bytes) {
            let Some(happening) = Happening::told(&event.kind, &event.data) else {
                continue;
            };
            if lines.send(happening).await.is_err() {
                return Ok(());
            }
        }
    }
    note("The sandbox has stopped, or the connection to it was lost.");
    Ok(())
}
