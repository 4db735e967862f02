use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread::{self, JoinHandle};

/// A gateway that treats its first connection as it likes.
pub struct Server {
    pub base_url: String,
    thread: JoinHandle<String>,
}

impl Server {
    /// `treat` gives back what it has read of the request.
    pub fn new(treat: impl FnOnce(TcpStream) -> String + Send + 'static) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let base_url = format!("http://{}", listener.local_addr().unwrap());
        let thread = thread::spawn(move || treat(listener.accept().unwrap().0));
        Self { base_url, thread }
    }

    /// Reads the request and answers with `answer`, byte for byte.
    pub fn answering(answer: impl Into<String>) -> Self {
        let answer = answer.into();
        Self::new(move |mut stream| {
            let request = read_request(&stream);
            stream.write_all(answer.as_bytes()).unwrap();
            request
        })
    }

    /// The request, once it has been treated.
    pub fn request(self) -> String {
        self.thread.join().unwrap()
    }
}

/// A complete HTTP answer.
pub fn http(status: &str, content_type: &str, body: &str) -> String {
    let length = body.len();
    format!(
        "HTTP/1.1 {status}\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\
         Connection: close\r\n\r\n{body}"
    )
}

/// A complete JSON answer.
pub fn json(body: &str) -> String {
    http("200 OK", "application/json", body)
}

/// A base URL where nobody listens: the first port is given to no program that asks for a free one.
pub const NOBODY: &str = "http://127.0.0.1:1";

/// The head and the body of a request.
pub fn read_request(stream: impl Read) -> String {
    let mut reader = BufReader::new(stream);
    let mut request = String::new();
    let mut length = 0;
    while !request.ends_with("\r\n\r\n") {
        let start = request.len();
        assert_ne!(reader.read_line(&mut request).unwrap(), 0, "{request}");
        let line = request[start..].to_ascii_lowercase();
        if let Some(value) = line.strip_prefix("content-length:") {
            length = value.trim().parse().unwrap();
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body).unwrap();
    request + &String::from_utf8(body).unwrap()
}
