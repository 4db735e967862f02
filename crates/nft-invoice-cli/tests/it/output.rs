//! Standard output that cannot be written to.
use std::fs::OpenOptions;
use std::io;
use std::path::Path;

use crate::Files;
use crate::{HOSTED, program};

/// Commands that print a result without a gateway.
fn commands(files: &Files) -> [Vec<String>; 6] {
    let order = files.write("order.json", HOSTED);
    [
        vec!["validate".to_owned(), order],
        words("explain exit-5"),
        words("completions bash"),
        words("man create"),
        words("--version"),
        words("create --help"),
    ]
}

fn words(line: &str) -> Vec<String> {
    line.split(' ').map(str::to_owned).collect()
}

#[test]
fn a_reader_that_has_ended_ends_the_program_quietly_with_141() {
    let files = Files::new();
    for command in commands(&files) {
        let (reader, writer) = io::pipe().unwrap();
        drop(reader);
        let command: Vec<_> = command.iter().map(String::as_str).collect();
        let output = program(&command).stdout(writer).output().unwrap();
        assert_eq!(output.status.code(), Some(141), "{command:?}: {output:?}");
        assert!(output.stderr.is_empty(), "{command:?}: {output:?}");
    }
}

#[test]
fn a_full_disk_is_reported_and_ends_with_2() {
    // Other systems have no such file.
    if !Path::new("/dev/full").exists() {
        return;
    }
    let files = Files::new();
    for command in commands(&files) {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let command: Vec<_> = command.iter().map(String::as_str).collect();
        let output = program(&command).stdout(full).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{command:?}: {output:?}");
        let text = String::from_utf8(output.stderr).unwrap();
        assert!(
            text.starts_with("error: cannot write the output: "),
            "{command:?}: {text}"
        );
    }
}
