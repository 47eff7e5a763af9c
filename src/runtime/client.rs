//! The client's end of the control plane, for the command-line tools: one connection, blocking, over a unix socket or TCP.
//! Knows XML-RPC calls and log streams; what they mean is the caller's business.

use crate::wire::base64;
use crate::wire::http::{Reader, ReplyError, request};
use crate::wire::xmlrpc::{self, Fault, IntOutOfRange, Reply, Value};
use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::path::PathBuf;
use std::time::Duration;

/// How long a TCP connection may take to come about. Answers may take as long as they like: a start waits for its program.
const CONNECT_TIME: Duration = Duration::from_secs(30);

/// Why a call gave no result.
#[derive(Debug)]
pub enum CallError {
    /// The server answered with a fault.
    Fault(Fault),
    /// The server answered with another status than 200.
    Status {
        /// Which.
        status: u16,
        /// What it says about it.
        reason: String,
    },
    /// The connection failed.
    Io(io::Error),
    /// The name of the host is unknown, or nobody can be asked.
    NoHost(String),
    /// The URL is none that we can use.
    Url(String),
    /// A number in the call does not fit.
    Range(IntOutOfRange),
    /// The server hung up before it answered.
    HungUp,
    /// What came is no answer.
    Unreadable(String),
}

impl From<io::Error> for CallError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<ReplyError> for CallError {
    fn from(error: ReplyError) -> Self {
        match error {
            ReplyError::Ended => Self::HungUp,
            ReplyError::Malformed => Self::Unreadable(error.to_string()),
        }
    }
}

/// Where the server is.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Address {
    Unix(PathBuf),
    Tcp { host: String, port: u16 },
}

/// One server, and the connection to it while there is one.
#[derive(Debug)]
pub struct Client {
    address: Address,
    authorization: Option<String>,
    patience: Option<Duration>,
    connection: Option<Stream>,
}

impl Client {
    /// A client for `http://host:port` or `unix:///path`. Connects with the first call.
    ///
    /// # Errors
    /// [`CallError::Url`] for anything else.
    pub fn new(url: &str, username: Option<&str>, password: Option<&str>) -> Result<Self, CallError> {
        let address = parse_url(url).map_err(CallError::Url)?;
        let authorization = username
            .zip(password)
            .map(|(name, word)| format!("Basic {}", base64::encode(format!("{name}:{word}").as_bytes())));
        Ok(Self { address, authorization, patience: None, connection: None })
    }

    /// Makes reads and writes fail when they take longer.
    pub fn set_patience(&mut self, patience: Duration) {
        self.patience = Some(patience);
    }

    /// Closes the connection; the next call makes a new one.
    pub fn disconnect(&mut self) {
        self.connection = None;
    }

    /// Calls a method and waits for its result.
    ///
    /// # Errors
    /// Every [`CallError`]. The call may have had its effect unless the error is a fault.
    pub fn call(&mut self, method: &str, params: &[Value]) -> Result<Value, CallError> {
        let body = xmlrpc::call(method, params).map_err(CallError::Range)?;
        let message = self.message("POST", "/RPC2", Some(body.as_bytes()));
        let mut stream = match self.connection.take() {
            Some(stream) => stream,
            None => self.connect()?,
        };
        stream.write_all(&message)?;
        let mut reader = Reader::new(false);
        let mut answer = Vec::new();
        let mut buffer = vec![0; 64 * 1024];
        loop {
            let count = stream.read(&mut buffer)?;
            let got = buffer.get(..count).unwrap_or_default();
            if got.is_empty() {
                reader.finish()?;
                break;
            }
            if reader.feed(got, &mut answer)? {
                break;
            }
            if reader.head().is_some_and(|head| head.status != 200) {
                break;
            }
        }
        match reader.head() {
            Some(head) if head.status != 200 => {
                return Err(CallError::Status { status: head.status, reason: head.reason.clone() });
            }
            Some(_) if reader.is_reusable() => self.connection = Some(stream),
            Some(_) | None => {}
        }
        match xmlrpc::decode_response(&answer) {
            Ok(Reply::Value(value)) => Ok(value),
            Ok(Reply::Fault(fault)) => Err(CallError::Fault(fault)),
            Err(error) => Err(CallError::Unreadable(error.to_string())),
        }
    }

    /// Asks for a log stream, on a connection of its own.
    ///
    /// # Errors
    /// Those of connecting and sending; what the server answers is told by [`Stream::read_some`].
    pub fn follow(&self, path: &str) -> Result<LogStream, CallError> {
        let message = self.message("GET", &escape(path), None);
        let mut stream = self.connect()?;
        stream.write_all(&message)?;
        Ok(LogStream { stream, reader: Reader::new(false), buffer: vec![0; 64 * 1024] })
    }

    fn message(&self, method: &str, target: &str, body: Option<&[u8]>) -> Vec<u8> {
        let host = match &self.address {
            Address::Unix(_) => "localhost".to_owned(),
            Address::Tcp { host, port } if host.contains(':') => format!("[{host}]:{port}"),
            Address::Tcp { host, port } => format!("{host}:{port}"),
        };
        let mut headers = vec![("Host", host.as_str()), ("User-Agent", "onevisor"), ("Accept", "*/*")];
        if body.is_some() {
            headers.push(("Content-Type", "text/xml"));
        }
        if let Some(authorization) = &self.authorization {
            headers.push(("Authorization", authorization));
        }
        request(method, target, &headers, body)
    }

    fn connect(&self) -> Result<Stream, CallError> {
        let stream = match &self.address {
            Address::Unix(path) => Stream::Unix(UnixStream::connect(path)?),
            Address::Tcp { host, port } => Stream::Tcp(connect_tcp(host, *port)?),
        };
        if let Some(patience) = self.patience {
            stream.set_patience(patience)?;
        }
        Ok(stream)
    }
}

/// An answer that goes on as long as there is something to tell.
#[derive(Debug)]
pub struct LogStream {
    stream: Stream,
    reader: Reader,
    buffer: Vec<u8>,
}

impl LogStream {
    /// Reads once, and appends what came to `text`. Answers whether more may come.
    ///
    /// # Errors
    /// [`CallError::Status`] where the server refuses; those of the connection.
    pub fn read_some(&mut self, text: &mut Vec<u8>) -> Result<bool, CallError> {
        let count = self.stream.read(&mut self.buffer)?;
        let got = self.buffer.get(..count).unwrap_or_default();
        if got.is_empty() {
            // Streams end with the server, at whatever point that is.
            return Ok(false);
        }
        let before = text.len();
        let done = self.reader.feed(got, text)?;
        match self.reader.head() {
            Some(head) if head.status != 200 => {
                text.truncate(before);
                Err(CallError::Status { status: head.status, reason: head.reason.clone() })
            }
            Some(_) | None => Ok(!done),
        }
    }
}

impl AsFd for LogStream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.stream.as_fd()
    }
}

#[derive(Debug)]
enum Stream {
    Unix(UnixStream),
    Tcp(TcpStream),
}

impl Stream {
    fn set_patience(&self, patience: Duration) -> io::Result<()> {
        match self {
            Self::Unix(stream) => stream
                .set_read_timeout(Some(patience))
                .and_then(|()| stream.set_write_timeout(Some(patience))),
            Self::Tcp(stream) => stream
                .set_read_timeout(Some(patience))
                .and_then(|()| stream.set_write_timeout(Some(patience))),
        }
    }

    /// A signal in between is no reason to stop.
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let result = match self {
                Self::Unix(stream) => stream.read(buffer),
                Self::Tcp(stream) => stream.read(buffer),
            };
            match result {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                result => return result,
            }
        }
    }

    fn write_all(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Self::Unix(stream) => stream.write_all(bytes),
            Self::Tcp(stream) => stream.write_all(bytes),
        }
    }
}

impl AsFd for Stream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Unix(stream) => stream.as_fd(),
            Self::Tcp(stream) => stream.as_fd(),
        }
    }
}

fn connect_tcp(host: &str, port: u16) -> Result<TcpStream, CallError> {
    let mut failed = None;
    for address in addresses(host, port)? {
        match TcpStream::connect_timeout(&address, CONNECT_TIME) {
            Ok(stream) => {
                // Only costs time where it fails.
                let _ = stream.set_nodelay(true);
                return Ok(stream);
            }
            Err(error) => failed = Some(error),
        }
    }
    Err(failed.map_or_else(|| CallError::NoHost("Name or service not known".to_owned()), CallError::Io))
}

/// `localhost` needs no look-up (RFC 6761), and in an image without files could have none.
fn addresses(host: &str, port: u16) -> Result<Vec<SocketAddr>, CallError> {
    if host == "localhost" {
        let both: [IpAddr; 2] = [Ipv6Addr::LOCALHOST.into(), Ipv4Addr::LOCALHOST.into()];
        return Ok(both.map(|address| SocketAddr::new(address, port)).to_vec());
    }
    if let Ok(address) = host.parse::<IpAddr>() {
        return Ok(vec![SocketAddr::new(address, port)]);
    }
    let found = (host, port).to_socket_addrs();
    let why = |error: io::Error| {
        let text = error.to_string();
        text.rsplit(": ").next().unwrap_or(&text).to_owned()
    };
    Ok(found.map_err(|error| CallError::NoHost(why(error)))?.collect())
}

/// As `SupervisorTransport` of the original takes a URL apart; its words for what it cannot.
fn parse_url(url: &str) -> Result<Address, String> {
    if let Some(path) = url.strip_prefix("unix://") {
        return Ok(Address::Unix(PathBuf::from(path)));
    }
    let Some(rest) = url.strip_prefix("http://") else {
        return Err(format!("Unknown protocol for serverurl {url}"));
    };
    let place = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let place = place.rsplit_once('@').map_or(place, |(_, place)| place);
    let (host, port) = match place.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
        Some((host, after)) => (host, after.strip_prefix(':').unwrap_or_default()),
        None => place.split_once(':').unwrap_or((place, "")),
    };
    let port = match port {
        "" => 80,
        digits if digits.bytes().all(|b| b.is_ascii_digit()) => {
            digits.parse().map_err(|_| "Port out of range 0-65535".to_owned())?
        }
        other => return Err(format!("Port could not be cast to integer value as '{other}'")),
    };
    if host.is_empty() {
        return Err(format!("No host in serverurl {url}"));
    }
    Ok(Address::Tcp { host: host.to_lowercase(), port })
}

/// What may not stand in a request line as it is, as `%..`.
fn escape(path: &str) -> String {
    let mut out = String::with_capacity(path.len());
    for byte in path.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => out.push(char::from(byte)),
            b'-' | b'.' | b'_' | b'~' | b'/' | b':' | b'*' | b'@' | b'+' | b',' | b'=' => {
                out.push(char::from(byte));
            }
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_are_taken_apart_as_the_original_does() {
        let tcp = |host: &str, port| Ok(Address::Tcp { host: host.to_owned(), port });
        for (url, wanted) in [
            ("unix:///run/x.sock", Ok(Address::Unix("/run/x.sock".into()))),
            ("unix://x.sock", Ok(Address::Unix("x.sock".into()))),
            ("http://LocalHost:9001", tcp("localhost", 9001)),
            ("http://localhost:9001/", tcp("localhost", 9001)),
            ("http://a.b", tcp("a.b", 80)),
            ("http://user:word@a.b:1/RPC2?x#y", tcp("a.b", 1)),
            ("http://[::1]:9001", tcp("::1", 9001)),
            ("http://[::1]", tcp("::1", 80)),
            ("https://a", Err("Unknown protocol for serverurl https://a".to_owned())),
            ("", Err("Unknown protocol for serverurl ".to_owned())),
            ("http://a:x", Err("Port could not be cast to integer value as 'x'".to_owned())),
            ("http://a:65536", Err("Port out of range 0-65535".to_owned())),
            ("http://", Err("No host in serverurl http://".to_owned())),
        ] {
            assert_eq!(parse_url(url), wanted, "{url}");
        }
    }

    #[test]
    fn paths_are_escaped() {
        assert_eq!(escape("/logtail/a:b_1/stdout"), "/logtail/a:b_1/stdout");
        assert_eq!(escape("/logtail/ä b?%/x"), "/logtail/%C3%A4%20b%3F%25/x");
    }

    /// A server for one connection: answers what it is given, piece by piece, one for each request.
    fn serve(answers: &'static [&'static str]) -> (tempfile::TempDir, String, std::thread::JoinHandle<()>) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s");
        let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
        let server = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            for answer in answers {
                let mut seen = Vec::new();
                let mut buffer = [0; 4096];
                while !seen.ends_with(b"</methodCall>\n") && !seen.ends_with(b"\r\n\r\n") {
                    let count = stream.read(&mut buffer).unwrap();
                    seen.extend_from_slice(&buffer[..count]);
                }
                stream.write_all(answer.as_bytes()).unwrap();
            }
        });
        (folder, format!("unix://{}", path.display()), server)
    }

    #[test]
    fn several_calls_take_one_connection() {
        const ONE: &str = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n72\r\n<methodResponse><params>\
            <param><value><string>3.0</string></value></param>            </params></methodResponse>  \r\n0\r\n\r\n";
        let (_folder, url, server) = serve(&[ONE, ONE, "HTTP/1.1 401 Unauthorized\r\n\r\n"]);
        let mut client = Client::new(&url, Some("u"), Some("p")).unwrap();
        for _ in 0..2 {
            assert_eq!(client.call("supervisor.getVersion", &[]).unwrap(), "3.0".into());
        }
        let error = client.call("x", &[]).unwrap_err();
        assert!(matches!(&error, CallError::Status { status: 401, reason } if reason == "Unauthorized"));
        assert!(client.connection.is_none());
        server.join().unwrap();
    }

    #[test]
    fn streams_end_with_the_connection() {
        let (_folder, url, server) =
            serve(&["HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n"]);
        let client = Client::new(&url, None, None).unwrap();
        let mut stream = client.follow("/logtail/x").unwrap();
        let mut text = Vec::new();
        while stream.read_some(&mut text).unwrap() {}
        assert_eq!(text, b"abc");
        server.join().unwrap();
    }

    #[test]
    fn nobody_there() {
        let mut client = Client::new("unix:///nonexistent/s", None, None).unwrap();
        let error = client.call("x", &[]).unwrap_err();
        assert!(matches!(error, CallError::Io(error) if error.kind() == io::ErrorKind::NotFound));
    }
}
