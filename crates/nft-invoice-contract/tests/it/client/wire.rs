use std::io::{self, BufRead, BufReader, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use http::{HeaderName, HeaderValue};
use nft_invoice_transport::{Body, MAX_RESPONSE_SIZE, Request, Response};

/// A connection with a deadline.
#[derive(Debug)]
pub struct Wire {
    reader: BufReader<Timed>,
    pub accepts_truncated: bool,
    pub accepts_any_size: bool,
    pub chunks: bool,
}

impl Wire {
    pub fn new(tcp: TcpStream, end: Instant) -> Self {
        Self {
            reader: BufReader::new(Timed { tcp, end }),
            accepts_truncated: false,
            accepts_any_size: false,
            chunks: false,
        }
    }

    /// Sends a request and reads the whole response.
    pub fn exchange(&mut self, request: &Request) -> io::Result<Response> {
        self.write(request)?;
        let mut response = self.head()?;
        while response.status().is_informational() {
            response = self.head()?;
        }
        *response.body_mut() = self.body(&response)?.into();
        Ok(response)
    }

    fn write(&mut self, request: &Request) -> io::Result<()> {
        let bytes = encode(request, self.chunks)?;
        let mut rest = bytes.as_slice();
        while !rest.is_empty() {
            let timed = self.reader.get_mut();
            timed.tcp.set_write_timeout(Some(timed.left()?))?;
            rest = &rest[timed.tcp.write(rest)?..];
        }
        Ok(())
    }

    fn head(&mut self) -> io::Result<Response> {
        let mut response = Response::new(Body::empty());
        let first = self.line()?;
        let status = first
            .strip_prefix("HTTP/1.")
            .and_then(|rest| rest.get(2..5));
        let status: u16 = status.and_then(|s| s.parse().ok()).ok_or_else(invalid)?;
        *response.status_mut() = status.try_into().map_err(|_| invalid())?;
        for _ in 0..100 {
            let line = self.line()?;
            if line.is_empty() {
                return Ok(response);
            }
            let (name, value) = line.split_once(':').ok_or_else(invalid)?;
            let name: HeaderName = name.parse().map_err(|_| invalid())?;
            let value: HeaderValue = value.trim().parse().map_err(|_| invalid())?;
            response.headers_mut().append(name, value);
        }
        Err(invalid())
    }

    fn body(&mut self, response: &Response) -> io::Result<Vec<u8>> {
        let most = if self.accepts_any_size {
            usize::MAX
        } else {
            MAX_RESPONSE_SIZE
        };
        let mut body = Vec::new();
        let lengths: Vec<_> = response
            .headers()
            .get_all("content-length")
            .iter()
            .collect();
        if response.headers().contains_key("transfer-encoding") {
            loop {
                let line = match self.line() {
                    Err(_) if self.accepts_truncated => return Ok(body),
                    line => line?,
                };
                let size = usize::from_str_radix(&line, 16).map_err(|_| invalid())?;
                let mut chunk = vec![0; size.min(most) + 2];
                let read = self.reader.read_exact(&mut chunk);
                if !self.accepts_truncated {
                    read?;
                }
                if size == 0 {
                    return Ok(body);
                }
                body.extend_from_slice(&chunk[..size]);
            }
        }
        match *lengths {
            _ if response.status() == 204 => {}
            [length] => {
                let length: u64 = length.to_str().unwrap().parse().map_err(|_| invalid())?;
                if length > most as u64 {
                    return Err(invalid());
                }
                let read = self.reader.by_ref().take(length).read_to_end(&mut body);
                if !self.accepts_truncated && read? as u64 != length {
                    return Err(ErrorKind::UnexpectedEof.into());
                }
            }
            // Without a size limit the body still has to end.
            [] => {
                let most = most.min(20 * MAX_RESPONSE_SIZE) as u64;
                let read = self.reader.by_ref().take(most + 1).read_to_end(&mut body);
                if !self.accepts_truncated {
                    read?;
                }
                if body.len() > MAX_RESPONSE_SIZE && !self.accepts_any_size {
                    return Err(invalid());
                }
            }
            _ => return Err(invalid()),
        }
        Ok(body)
    }

    /// Reads a line and returns it without its CRLF.
    fn line(&mut self) -> io::Result<String> {
        let mut line = String::new();
        if self.reader.by_ref().take(1000).read_line(&mut line)? == 1000 {
            return Err(invalid());
        }
        let whole = line.strip_suffix("\r\n").ok_or(ErrorKind::UnexpectedEof)?;
        Ok(whole.to_owned())
    }
}

/// Encodes a request.
pub fn encode(request: &Request, chunks: bool) -> io::Result<Vec<u8>> {
    let uri = request.uri();
    let target = uri.path_and_query().ok_or_else(invalid)?;
    let host = uri.authority().ok_or_else(invalid)?;
    let body = request.body().as_bytes();
    let length = body.len();
    let mut bytes = Vec::new();
    write!(
        bytes,
        "{} {target} HTTP/1.1\r\nhost: {host}\r\n",
        request.method()
    )?;
    for (name, value) in request.headers() {
        bytes.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    if chunks && length > 0 {
        write!(bytes, "transfer-encoding: chunked\r\n\r\n{length:x}\r\n")?;
        bytes.extend([body, b"\r\n0\r\n\r\n"].concat());
    } else {
        write!(bytes, "content-length: {length}\r\n\r\n")?;
        bytes.extend(body);
    }
    Ok(bytes)
}

#[derive(Debug)]
struct Timed {
    tcp: TcpStream,
    end: Instant,
}

impl Timed {
    fn left(&self) -> io::Result<Duration> {
        let left = self.end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        Ok(left)
    }
}

impl Read for Timed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.tcp.set_read_timeout(Some(self.left()?))?;
        self.tcp.read(buffer)
    }
}

fn invalid() -> io::Error {
    ErrorKind::InvalidData.into()
}
