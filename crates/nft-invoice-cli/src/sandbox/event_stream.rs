/// A parser of server-sent events that arrive in pieces.
#[derive(Default)]
pub struct EventStream {
    /// The line that has not ended yet.
    line: Vec<u8>,
    data: String,
}

/// The longest line of a sandbox.
const LIMIT: usize = 1024 * 1024;

impl EventStream {
    /// Returns the data of the events that `bytes` complete, in order. A sandbox repeats an event's name in its data.
    pub fn feed(&mut self, bytes: &[u8]) -> Vec<String> {
        let mut events = Vec::new();
        for &byte in bytes {
            match byte {
                b'\n' => events.extend(self.end_line()),
                b'\r' => {}
                _ if self.line.len() < LIMIT => self.line.push(byte),
                _ => {}
            }
        }
        events
    }

    fn end_line(&mut self) -> Option<String> {
        let line = std::mem::take(&mut self.line);
        let line = String::from_utf8_lossy(&line);
        if line.is_empty() {
            return Some(std::mem::take(&mut self.data)).filter(|data| !data.is_empty());
        }
        // A line that begins with a colon is a comment: its name is empty.
        let (name, value) = line.split_once(':').unwrap_or((&line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match name {
            "data" if self.data.is_empty() => value.clone_into(&mut self.data),
            "data" if self.data.len() < LIMIT => self.data.extend(["\n", value]),
            _ => {}
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_come_whole_however_they_are_cut() {
        let text = ": listening\n\nevent: invoice\ndata: {\"text\":\"ä\"}\n\nid: 7\nevent:clock\r\ndata: a\r\n\
                    data:b\r\n\r\nevent: nothing\n\nevent: unfinished\ndata: x\n";
        let expected = ["{\"text\":\"ä\"}", "a\nb"];
        for size in [1, 2, 3, 7, text.len()] {
            let mut stream = EventStream::default();
            let pieces = text.as_bytes().chunks(size);
            let events: Vec<_> = pieces.flat_map(|piece| stream.feed(piece)).collect();
            assert_eq!(events, expected, "in pieces of {size}");
        }
    }

    #[test]
    fn an_endless_line_does_not_fill_the_memory() {
        let mut stream = EventStream::default();
        for _ in 0..4 {
            assert!(stream.feed(&vec![b'x'; LIMIT]).is_empty());
        }
        assert!(stream.line.capacity() <= 2 * LIMIT);
    }
}
