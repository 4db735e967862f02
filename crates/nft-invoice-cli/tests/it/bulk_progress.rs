//! The progress of `bulk run`, on a terminal and elsewhere.
use std::fs::{File, OpenOptions};
use std::io::{ErrorKind, Read};
use std::process::{Command, Stdio};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{Winsize, tcsetwinsize};

use crate::running::Running;
use crate::{Files, end};

/// The terminal's side of a pseudo-terminal, and the program's.
fn terminal() -> (File, File) {
    let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
    grantpt(&master).unwrap();
    unlockpt(&master).unwrap();
    let size = Winsize {
        ws_row: 24,
        ws_col: 80,
        ws_xpixel: 0,
        ws_ypixel: 0,
    };
    tcsetwinsize(&master, size).unwrap();
    let name = ptsname(&master, Vec::new()).unwrap();
    let program = OpenOptions::new()
        .read(true)
        .write(true)
        .open(name.to_str().unwrap())
        .unwrap();
    (File::from(master), program)
}

/// Runs `command` with its output and its notes on a terminal; returns all that it has written.
fn on_a_terminal(command: &mut Command) -> (Option<i32>, String) {
    let (mut screen, program) = terminal();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(program.try_clone().unwrap())
        .stderr(program)
        .spawn()
        .unwrap();
    // The command keeps copies of the program's side, and the terminal ends when the last one is closed.
    command.stdout(Stdio::null()).stderr(Stdio::null());
    let (mut written, mut bytes) = (Vec::new(), [0; 4096]);
    loop {
        match screen.read(&mut bytes) {
            Ok(0) => break,
            Ok(count) => written.extend_from_slice(&bytes[..count]),
            // Linux reports the end so.
            Err(error) if error.raw_os_error() == Some(5) => break,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => panic!("{error}"),
        }
    }
    let code = child.wait().unwrap().code();
    (code, String::from_utf8(written).unwrap())
}

struct Setup {
    files: Files,
    sandbox: Running,
    input: String,
}

impl Setup {
    fn new(rows: usize) -> Self {
        let files = Files::new();
        let mut input = "email,amount\n".to_owned();
        for n in 0..rows {
            input += &format!(
                "{},1.50\n",
                if n == 1 { "nobody" } else { "c@shop.example" }
            );
        }
        let input = files.write("drop.csv", input);
        Self {
            files,
            sandbox: Running::start(&["--faults", "create->after.reset@n=3"]),
            input,
        }
    }

    fn run(&self, arguments: &[&str]) -> Command {
        let mut command = self.sandbox.client(&["bulk", "run", &self.input]);
        let journal = self.files.path("drop.journal");
        command.arg("--journal").arg(journal).args(arguments);
        command
    }
}

#[test]
fn a_terminal_shows_a_bar_that_is_gone_before_the_summary() {
    let setup = Setup::new(60);
    let mut run = setup.run(&["--rate", "40", "--concurrency", "1"]);
    let (code, text) = on_a_terminal(run.env("TERM", "xterm"));
    assert_eq!(code, Some(5), "{text}");
    let (bar, summary) = text.split_once("60 rows: ").expect(&text);
    for part in [
        " of 60",
        " rows/s, ",
        "s left: ",
        " accepted, 1 rejected, 0 unknown",
        " accepted, 1 rejected, 1 unknown",
    ] {
        assert!(bar.contains(part), "{part}: {text}");
    }
    // Its two lines, which fill the terminal and have no line end.
    let mut numbers = bar.split(" of 60").skip(1);
    assert!(numbers.all(|rest| rest.starts_with(", ")), "{bar:?}");
    // The last that happened to the bar's two lines.
    assert!(bar.ends_with("\r\x1b[2K\x1b[1B\r\x1b[2K\x1b[1A"), "{bar:?}");
    assert!(
        summary.starts_with("58 accepted, 1 rejected, 1 unknown\r\n"),
        "{summary}"
    );
    assert!(!summary.contains(['\x1b', '█']), "{summary:?}");
}

#[test]
fn elsewhere_lines_are_written_without_control_characters() {
    for terminal in [false, true] {
        // Long enough for one line.
        let setup = Setup::new(140);
        let mut run = setup.run(&["--rate", "25", "--concurrency", "1"]);
        let (code, text) = if terminal {
            on_a_terminal(run.env("TERM", "dumb"))
        } else {
            let ended = end(run.env("TERM", "xterm"), "");
            assert_eq!(ended.out, "140 rows: 138 accepted, 1 rejected, 1 unknown\n");
            (ended.code, ended.err)
        };
        assert_eq!(code, Some(5), "{text}");
        let hidden = |c: char| c.is_control() && c != '\n' && c != '\r';
        assert!(!text.contains(hidden), "{text:?}");
        let lines: Vec<_> = text
            .lines()
            .filter(|line| line.contains("rows/s"))
            .collect();
        // A busy machine writes more of them, and lower rates.
        assert!(!lines.is_empty(), "{text}");
        for line in lines {
            let is_whole = [" of 140, ", "left: ", " accepted"].map(|part| line.contains(part));
            assert_eq!(is_whole, [true; 3], "{text}");
        }
    }
}
