use std::env;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use super::chromium::PATIENCE;

/// chromedriver on a port of its own choice.
pub struct Driver {
    process: Child,
    pub port: u16,
    // Held open: it may still print.
    _output: BufReader<ChildStdout>,
}

impl Driver {
    /// Starts one that keeps what it needs for a while in `folder`: not all of that is cleared away by itself.
    pub fn start(folder: &Path) -> Self {
        let mut process = Command::new(on_path("chromedriver"))
            .arg("--port=0")
            .env("TMPDIR", folder)
            .stdout(Stdio::piped())
            .spawn()
            .expect("chromedriver starts");
        let mut output = BufReader::new(process.stdout.take().expect("it is piped"));
        let (mut said, mut port) = (String::new(), None);
        while port.is_none() {
            let start = said.len();
            let read = output
                .read_line(&mut said)
                .expect("chromedriver prints text");
            assert!(read > 0, "chromedriver ended and said only: {said}");
            port = said[start..]
                .split_once("successfully on port ")
                .and_then(|(_, port)| port.trim().trim_end_matches('.').parse().ok());
        }
        Self {
            process,
            port: port.expect("the loop ends with one"),
            _output: output,
        }
    }

    /// Has chromedriver end its browsers and itself; killing it would leave the browsers.
    fn shut_down(&self) -> io::Result<()> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port))?;
        stream.set_read_timeout(Some(PATIENCE))?;
        write!(
            stream,
            "GET /shutdown HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
        )?;
        stream.read_to_end(&mut Vec::new()).map(drop)
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        if let Err(error) = self.shut_down() {
            eprintln!("chromedriver does not end by itself: {error}");
        }
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Where a program is; a test that needs it fails without it.
pub fn on_path(program: &str) -> PathBuf {
    let path = env::var_os("PATH").unwrap_or_default();
    let found = env::split_paths(&path)
        .map(|folder| folder.join(program))
        .find(|file| file.is_file());
    found.unwrap_or_else(|| {
        panic!("{program} is not on the PATH; Debian has it in the packages chromium and chromium-driver")
    })
}
