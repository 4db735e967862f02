use std::env;
use std::ffi::OsString;
use std::io;
use std::process::{Command, ExitStatus, Stdio};

use tokio::task::spawn_blocking;

/// Opens `url` in the browser; false if none could be started.
///
/// The variable `BROWSER` lists commands to try, as for other programs: separated as in `PATH`, with `%s` for the URL.
pub async fn open(url: &str) -> bool {
    let commands = commands(env::var_os("BROWSER"), url);
    let opened = spawn_blocking(move || {
        let mut commands = commands.into_iter();
        commands.any(|command| start(command).is_ok_and(|ended| ended.success()))
    });
    opened.await.unwrap_or(false)
}

fn commands(browser: Option<OsString>, url: &str) -> Vec<Command> {
    let Some(browser) = browser.filter(|value| !value.is_empty()) else {
        return open::commands(url);
    };
    let all = env::split_paths(&browser);
    all.filter_map(|one| with_url(&one.to_string_lossy(), url))
        .collect()
}

fn with_url(command: &str, url: &str) -> Option<Command> {
    let mut words = command.split_whitespace();
    let mut command = Command::new(words.next()?);
    let arguments: Vec<_> = words.map(|word| word.replace("%s", url)).collect();
    let has_url = arguments.iter().any(|word| word.contains(url));
    command.args(arguments);
    if !has_url {
        command.arg(url);
    }
    Some(command)
}

/// Waits until it has ended, which most do at once: they pass the URL to a running browser.
fn start(mut command: Command) -> io::Result<ExitStatus> {
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    // Ctrl-C ends this program, not the browser.
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(&mut command, 0);
    command.status()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_come_from_the_variable_or_are_the_system_s() {
        let url = "http://127.0.0.1:1/p?token=t";
        let several = env::join_paths(["first", "second --tab %s --new", "third -x"]).unwrap();
        let commands_of = |browser| {
            let words = |command: Command| {
                let words = [command.get_program()]
                    .into_iter()
                    .chain(command.get_args());
                let words = words.map(|word| word.to_string_lossy().into_owned());
                words.collect::<Vec<_>>()
            };
            let commands = commands(browser, url).into_iter().map(words);
            commands.collect::<Vec<_>>()
        };
        assert_eq!(
            commands_of(Some(several)),
            [
                &["first", url][..],
                &["second", "--tab", url, "--new"],
                &["third", "-x", url],
            ]
        );
        for nothing in [None, Some(OsString::new())] {
            let commands = commands_of(nothing);
            assert!(!commands.is_empty());
            for command in commands {
                assert!(command.last().unwrap().contains(url), "{command:?}");
            }
        }
    }
}
