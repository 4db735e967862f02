use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use zeroize::Zeroize;

/// The largest invoice that is read: a file, or a line of NDJSON.
pub const LIMIT: usize = 1024 * 1024;

/// An input: a file, or `-` for standard input.
///
/// They can contain cards, so there is one buffer, which never moves, and what was used of it is wiped at the end.
pub struct InputFile {
    reader: Box<dyn Read + Send>,
    buffer: Vec<u8>,
    /// What was read and not yet returned.
    start: usize,
    end: usize,
    /// The part of the buffer that was ever read into.
    used: usize,
}

/// A line of NDJSON.
#[derive(Debug, PartialEq, Eq)]
pub enum Line<'a> {
    /// Its bytes.
    Text(&'a [u8]),
    /// Longer than can be read. It was skipped.
    TooLong,
}

impl InputFile {
    /// Opens a file, or standard input for `-`.
    ///
    /// # Errors
    ///
    /// If it cannot be opened.
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(if path == Path::new("-") {
            Self::new(io::stdin())
        } else {
            Self::file(path)?
        })
    }

    /// Opens a file, whatever its name.
    ///
    /// # Errors
    ///
    /// If it cannot be opened.
    pub fn file(path: &Path) -> io::Result<Self> {
        File::open(path).map(Self::new)
    }

    fn new(reader: impl Read + Send + 'static) -> Self {
        // There is always room for 64 KiB: reads of that size bypass the buffer of standard input, which
        // would not be wiped.
        Self {
            reader: Box::new(reader),
            buffer: vec![0; LIMIT + 64 * 1024],
            start: 0,
            end: 0,
            used: 0,
        }
    }

    /// Returns all of it.
    ///
    /// # Errors
    ///
    /// If it cannot be read, or is larger than [`LIMIT`].
    pub fn whole(&mut self) -> io::Result<&[u8]> {
        while self.read()? > 0 {
            if self.end > LIMIT {
                let message = "it is larger than 1 MiB, the maximum";
                return Err(io::Error::new(io::ErrorKind::InvalidData, message));
            }
        }
        Ok(&self.buffer[..self.end])
    }

    /// Returns the next line, without its end; `None` after the last.
    ///
    /// # Errors
    ///
    /// If it cannot be read.
    pub fn read_line(&mut self) -> io::Result<Option<Line<'_>>> {
        let mut searched = self.start;
        loop {
            let found = self.buffer[searched..self.end]
                .iter()
                .position(|&byte| byte == b'\n');
            if let Some(length) = found {
                let line = self.start..searched + length;
                self.start = line.end + 1;
                return Ok(Some(Line::Text(&self.buffer[line])));
            }
            if self.end - self.start > LIMIT {
                self.skip()?;
                return Ok(Some(Line::TooLong));
            }
            self.buffer.copy_within(self.start..self.end, 0);
            (self.start, self.end) = (0, self.end - self.start);
            searched = self.end;
            if self.read()? == 0 {
                let rest = 0..self.end;
                self.start = self.end;
                return Ok((!rest.is_empty()).then(|| Line::Text(&self.buffer[rest])));
            }
        }
    }

    /// Returns whether everything that was read has been returned: the next line has to be waited for.
    #[must_use]
    pub fn is_drained(&self) -> bool {
        self.start == self.end
    }

    /// Drops what is left of a line.
    fn skip(&mut self) -> io::Result<()> {
        loop {
            (self.start, self.end) = (0, 0);
            if self.read()? == 0 {
                return Ok(());
            }
            let end = self.buffer[..self.end].iter().position(|&b| b == b'\n');
            if let Some(end) = end {
                self.start = end + 1;
                return Ok(());
            }
        }
    }

    fn read(&mut self) -> io::Result<usize> {
        loop {
            match self.reader.read(&mut self.buffer[self.end..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => {
                    return read.inspect(|read| {
                        self.end += read;
                        self.used = self.used.max(self.end);
                    });
                }
            }
        }
    }
}

impl Drop for InputFile {
    fn drop(&mut self) {
        self.buffer[..self.used].zeroize();
    }
}

impl std::fmt::Debug for InputFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("InputFile").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns a few bytes at a time.
    struct Slow(io::Cursor<Vec<u8>>, usize);

    impl Read for Slow {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            let most = self.1.min(buffer.len());
            self.0.read(&mut buffer[..most])
        }
    }

    fn lines(text: &[u8], chunk: usize) -> Vec<Option<Vec<u8>>> {
        let mut input = InputFile::new(Slow(io::Cursor::new(text.to_vec()), chunk));
        let mut lines = Vec::new();
        while let Some(line) = input.read_line().unwrap() {
            lines.push(match line {
                Line::Text(text) => Some(text.to_vec()),
                Line::TooLong => None,
            });
        }
        lines
    }

    #[test]
    fn reads_whole_lines_in_any_chunks() {
        let text = b"one\n\ntwo\r\nthree";
        for chunk in [1, 2, 3, 100] {
            let lines: Vec<_> = lines(text, chunk).into_iter().flatten().collect();
            assert_eq!(lines, [&b"one"[..], b"", b"two\r", b"three"], "{chunk}");
        }
        assert!(lines(b"", 1).is_empty());
        assert_eq!(lines(b"\n", 1).len(), 1);
    }

    #[test]
    fn is_drained_when_the_next_line_has_to_be_waited_for() {
        let mut input = InputFile::new(Slow(io::Cursor::new(b"one\ntwo\nthree\n".to_vec()), 8));
        for is_drained in [false, true, true] {
            input.read_line().unwrap();
            assert_eq!(input.is_drained(), is_drained);
        }
    }

    #[test]
    fn skips_a_line_that_is_too_long() {
        let mut text = b"first\n".to_vec();
        text.extend(vec![b'x'; 3 * LIMIT]);
        text.extend(b"\nlast\n");
        for chunk in [1000, 65_536, 10 * LIMIT] {
            let lines = lines(&text, chunk);
            assert_eq!(
                lines,
                [Some(b"first".to_vec()), None, Some(b"last".to_vec())]
            );
        }
        let unfinished = lines(&vec![b'x'; 2 * LIMIT], LIMIT);
        assert_eq!(unfinished, [None]);
    }

    #[test]
    fn rejects_a_file_that_is_too_large() {
        let mut fits = InputFile::new(io::Cursor::new(vec![b' '; LIMIT]));
        assert_eq!(fits.whole().unwrap().len(), LIMIT);
        let mut too_large = InputFile::new(io::Cursor::new(vec![b' '; LIMIT + 1]));
        assert!(too_large.whole().unwrap_err().to_string().contains("1 MiB"));
        let mut endless = InputFile::new(io::repeat(b' '));
        assert!(endless.whole().is_err());
    }
}
