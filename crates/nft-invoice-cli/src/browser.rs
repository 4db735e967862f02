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

fn commands(browser: Option<OsString>, url: &str) -> Vec<Vec<String>> {
    let Some(browser) = browser.filter(|value| !value.is_empty()) else {
        let command: &[&str] = if cfg!(windows) {
            // The empty one is the window's title.
            &["cmd", "/c", "start", "", url]
        } else if cfg!(target_os = "macos") {
            &["open", url]
        } else {
            &["xdg-open", url]
        };
        return vec![command.iter().copied().map(str::to_owned).collect()];
    };
    let all = env::split_paths(&browser);
    all.map(|one| with_url(&one.to_string_lossy(), url))
        .collect()
}

fn with_url(command: &str, url: &str) -> Vec<String> {
    let mut words: Vec<_> = command.split_whitespace().map(str::to_owned).collect();
    match words.iter_mut().skip(1).find(|word| word.contains("%s")) {
        Some(word) => *word = word.replace("%s", url),
        None => words.push(url.to_owned()),
    }
    words
}

/// Waits until it has ended, which most do at once: they pass the URL to a running browser.
fn start(command: Vec<String>) -> io::Result<ExitStatus> {
    let (program, arguments) = command.split_first().ok_or(io::ErrorKind::NotFound)?;
    let mut command = Command::new(program);
    command.args(arguments);
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
        let commands_of = |browser| commands(browser, url);
        assert_eq!(
            commands_of(Some(several)),
            [
                &["first", url][..],
                &["second", "--tab", url, "--new"],
                &["third", "-x", url],
            ]
        );
        for nothing in [None, Some(OsString::new())] {
            let [command] = <[_; 1]>::try_from(commands_of(nothing)).unwrap();
            assert_eq!(command.last().map(String::as_str), Some(url));
        }
    }
}
