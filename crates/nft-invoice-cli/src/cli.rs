use clap::{Parser, Subcommand};

use crate::commands::{
    bulk, callback, completions, create, explain, find, history, info, man, sandbox, status,
    validate, wait,
};
use crate::options::settings::Settings;

/// Validate, create and find NFT invoices, and run a local test gateway
#[derive(Parser)]
#[command(name = "nft-invoice", version, after_help = HELP)]
pub struct Cli {
    #[command(flatten)]
    pub settings: Settings,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Subcommand)]
pub enum Command {
    Validate(validate::Args),
    Create(create::Args),
    Status(status::Args),
    Info(info::Args),
    History(history::Args),
    Find(find::Args),
    Wait(wait::Args),
    Bulk(bulk::Args),
    Callback(callback::Args),
    Sandbox(Box<sandbox::Args>),
    Explain(explain::Args),
    Completions(completions::Args),
    Man(man::Args),
}

const HELP: &str = "\
Environment (an option takes precedence over its variable, and both over the file of --config):
  NFT_INVOICE_API_KEY         API key, unless --api-key-file is given
  NFT_INVOICE_BASE_URL        URL of the gateway, unless --base-url is given
  NFT_INVOICE_INSECURE_HOSTS  hosts that may use plain http, unless --insecure-host is given
  NFT_INVOICE_PROXY           proxy, unless --proxy is given
  NFT_INVOICE_HISTORY_PATH    path of the history, unless --history-path is given
  SSL_CERT_FILE               certificate authorities (PEM) to trust instead of the usual ones
  NFT_INVOICE_JOURNAL         journal of `bulk`, unless --journal is given
  NFT_INVOICE_JOURNAL_KEY_FILE
                              key of a PostgreSQL journal, unless --journal-key-file is given
  NFT_INVOICE_SANDBOX_URL, NFT_INVOICE_SANDBOX_TOKEN
                              the running sandbox that `sandbox trigger` and others control
  BROWSER                     browser that `create --sandbox --open` starts
  NO_COLOR                    no colours, even on a terminal

Exit codes (`nft-invoice explain exit-5` shows what to do):
  0  done: valid, accepted, found
  1  the input is invalid or contains no invoice; nothing was sent
  2  usage, configuration or file error; nothing was sent
  3  the gateway rejected the call; `find` found nothing; the sandbox declined the card;
     `wait`: the invoice ended in another status
  4  certainly not sent, or a read without a usable response: safe to repeat
  5  outcome unknown: it may have been created; find it, do not repeat
  6, 7, 8
     `bulk`: a row has two invoices; the journal failed; the run ended before every row was sent
  141  the reader of the output ended early, such as `head`

Example, without an account or a key:
  nft-invoice create --sandbox order.json";

#[cfg(test)]
mod tests {
    use clap::{Command, CommandFactory};

    use super::*;
    use crate::options::gateway_settings::GatewaySettings;

    /// Every command, with its path.
    fn commands() -> Vec<(String, Command)> {
        let mut root = Cli::command();
        root.build();
        let mut left = vec![("nft-invoice".to_owned(), root)];
        let mut all = Vec::new();
        while let Some((path, command)) = left.pop() {
            for one in command
                .get_subcommands()
                .filter(|one| one.get_name() != "help")
            {
                left.push((format!("{path} {}", one.get_name()), one.clone()));
            }
            all.push((path, command));
        }
        all
    }

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_help_begins_with_an_imperative_line_and_ends_with_an_example() {
        for (path, command) in commands() {
            let about = command.get_about().map(ToString::to_string);
            let about = about.unwrap_or_default();
            let verb = about.split([' ', ',']).next().unwrap_or_default();
            assert!(VERBS.contains(&verb), "{path}: {about}");
            let end = command.get_after_help().map(ToString::to_string);
            let end = end.unwrap_or_default();
            assert!(end.contains("Example"), "{path}: {end}");
            let (last, call) = (end.lines().last().unwrap_or_default(), format!("  {path} "));
            let piped = last.contains(&format!(" | {}", call.trim_start()));
            assert!(last.starts_with(&call) || piped, "{path}: {last}");
        }
    }

    const VERBS: [&str; 15] = [
        "Check", "Copy", "Create", "Explain", "Find", "List", "Move", "Print", "Receive", "Run",
        "Send", "Show", "Validate", "Wait", "Write",
    ];

    #[test]
    fn only_commands_that_talk_to_a_gateway_have_its_options() {
        let with: Vec<_> = commands()
            .into_iter()
            .filter(|(_, command)| {
                command
                    .get_arguments()
                    .any(|one| one.get_id() == "base_url")
            })
            .map(|(path, _)| path.replace("nft-invoice ", ""))
            .collect();
        assert_eq!(
            with,
            [
                "bulk doctor",
                "bulk reconcile",
                "bulk run",
                "wait",
                "find",
                "history",
                "info",
                "status",
                "create"
            ]
        );
        for (path, command) in commands() {
            let heading = command
                .get_arguments()
                .any(|one| one.get_help_heading() == Some("Gateway options"));
            assert_eq!(
                heading,
                with.contains(&path.replace("nft-invoice ", "")),
                "{path}"
            );
        }
    }

    #[test]
    fn every_setting_is_in_the_readme() {
        let readme = include_str!("../README.md");
        let options = <GatewaySettings as clap::Args>::augment_args(Command::new("settings"));
        for option in options.get_arguments() {
            let name = option.get_long().unwrap_or_default();
            assert!(readme.contains(&format!("`--{name}")), "{name}");
            let entry = option.get_id().as_str();
            assert!(readme.contains(&format!("\n{entry} = ")), "{entry}");
        }
    }
}
