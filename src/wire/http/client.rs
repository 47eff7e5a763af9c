//! The client's side: a request as text, and a reader of answers.

use super::chunked::Decoder;
use super::response::reason;
use httparse::{EMPTY_HEADER, Status};
use std::fmt;

/// Bytes of a head, as far as we read one.
const MAX_HEAD: usize = 64 * 1024;

/// Headers of an answer, as far as we read them.
const MAX_HEADERS: usize = 100;

/// A request as HTTP/1.1. `Content-Length` is added for a body, and nothing else to the headers given.
///
/// Target, names and values are the caller's and hold no line ends.
#[must_use]
pub fn request(method: &str, target: &str, headers: &[(&str, &str)], body: Option<&[u8]>) -> Vec<u8> {
    let mut out = Vec::with_capacity(256 + body.map_or(0, <[u8]>::len));
    for piece in [method, " ", target, " HTTP/1.1\r\n"] {
        out.extend_from_slice(piece.as_bytes());
    }
    for (name, value) in headers {
        for piece in [*name, ": ", *value, "\r\n"] {
            out.extend_from_slice(piece.as_bytes());
        }
    }
    if let Some(body) = body {
        out.extend_from_slice(format!("Content-Length: {}\r\n\r\n", body.len()).as_bytes());
        out.extend_from_slice(body);
    } else {
        out.extend_from_slice(b"\r\n");
    }
    out
}

/// Why an answer cannot be read. The connection is of no more use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplyError {
    /// The connection ended where the answer did not.
    Ended,
    /// What came is not an answer.
    Malformed,
}

impl fmt::Display for ReplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Ended => "the server closed the connection before its answer was complete",
            Self::Malformed => "the server's answer is not HTTP",
        })
    }
}

impl std::error::Error for ReplyError {}

/// Status and headers of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReplyHead {
    /// The status code, 200 to 999.
    pub status: u16,
    /// What the server says about it; our own words where it says nothing.
    pub reason: String,
    headers: Vec<(String, String)>,
    /// The minor version: 0 or 1.
    minor: u8,
}

impl ReplyHead {
    /// The first header of that name, in whatever case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    fn keeps_connection(&self) -> bool {
        let says = |option: &str| {
            let value = self.header("connection").unwrap_or_default();
            value.split(',').any(|one| one.trim().eq_ignore_ascii_case(option))
        };
        if self.minor == 0 { says("keep-alive") } else { !says("close") }
    }

    fn framing(&self, head_only: bool) -> Result<Place, ReplyError> {
        if head_only || matches!(self.status, 204 | 304) {
            return Ok(Place::Done);
        }
        if let Some(encoding) = self.header("transfer-encoding") {
            let chunked = encoding.trim().eq_ignore_ascii_case("chunked");
            return if chunked { Ok(Place::Chunks(Decoder::default())) } else { Err(ReplyError::Malformed) };
        }
        match self.header("content-length") {
            Some(length) if length.bytes().all(|b| b.is_ascii_digit()) => match length.parse() {
                Ok(0) => Ok(Place::Done),
                Ok(left) => Ok(Place::Length(left)),
                Err(_) => Err(ReplyError::Malformed),
            },
            Some(_) => Err(ReplyError::Malformed),
            None => Ok(Place::UntilEnd),
        }
    }
}

/// Where in an answer the input stands.
#[derive(Debug, Default)]
enum Place {
    #[default]
    Head,
    Length(u64),
    Chunks(Decoder),
    /// The body ends with the connection.
    UntilEnd,
    Done,
}

/// Reads one answer, cut anywhere. The body comes out as it goes in, so this serves both calls and log streams.
///
/// The size of the body is not bounded: the server is one that the user chose, and a log may be long.
#[derive(Debug, Default)]
pub struct Reader {
    input: Vec<u8>,
    head: Option<ReplyHead>,
    place: Place,
    head_only: bool,
    /// Something came behind the answer.
    surplus: bool,
}

impl Reader {
    /// A reader for the answer to a request; `head_only` for one with method HEAD.
    #[must_use]
    pub fn new(head_only: bool) -> Self {
        Self { head_only, ..Self::default() }
    }

    /// Takes what was read and appends what it holds of the body to `body`. Answers whether the answer is complete.
    ///
    /// # Errors
    ///
    /// What came is not an answer.
    pub fn feed(&mut self, data: &[u8], body: &mut Vec<u8>) -> Result<bool, ReplyError> {
        if matches!(self.place, Place::Head) {
            self.input.extend_from_slice(data);
            while matches!(self.place, Place::Head) {
                if !self.read_head()? {
                    return Ok(false);
                }
            }
            let rest = std::mem::take(&mut self.input);
            self.read_body(&rest, body)?;
        } else {
            self.read_body(data, body)?;
        }
        Ok(self.is_done())
    }

    /// The server has closed the connection.
    ///
    /// # Errors
    ///
    /// The answer was not complete.
    pub fn finish(&mut self) -> Result<(), ReplyError> {
        match self.place {
            Place::Done | Place::UntilEnd => {
                self.place = Place::Done;
                self.surplus = true;
                Ok(())
            }
            Place::Head | Place::Length(_) | Place::Chunks(_) => Err(ReplyError::Ended),
        }
    }

    /// Status and headers, once they are there.
    #[must_use]
    pub fn head(&self) -> Option<&ReplyHead> {
        self.head.as_ref()
    }

    /// Whether the answer is complete.
    #[must_use]
    pub fn is_done(&self) -> bool {
        matches!(self.place, Place::Done)
    }

    /// Whether another request may be sent on this connection.
    #[must_use]
    pub fn is_reusable(&self) -> bool {
        self.is_done() && !self.surplus && self.head.as_ref().is_some_and(ReplyHead::keeps_connection)
    }

    /// Whether a head was complete. That of an interim answer (1xx) is dropped.
    fn read_head(&mut self) -> Result<bool, ReplyError> {
        let mut headers = [EMPTY_HEADER; MAX_HEADERS];
        let mut parsed = httparse::Response::new(&mut headers);
        let length = match parsed.parse(&self.input) {
            Ok(Status::Complete(length)) => length,
            Ok(Status::Partial) if self.input.len() < MAX_HEAD => return Ok(false),
            Ok(Status::Partial) | Err(_) => return Err(ReplyError::Malformed),
        };
        let (Some(status), Some(minor)) = (parsed.code, parsed.version) else {
            return Err(ReplyError::Malformed);
        };
        if status < 100 {
            return Err(ReplyError::Malformed);
        }
        if status >= 200 {
            let words = parsed.reason.unwrap_or_default();
            let words = if words.is_empty() { reason(status) } else { words };
            let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
            let headers =
                parsed.headers.iter().map(|header| (header.name.to_owned(), text(header.value))).collect();
            let head = ReplyHead { status, reason: words.to_owned(), headers, minor };
            self.place = head.framing(self.head_only)?;
            self.head = Some(head);
        }
        self.input.drain(..length.min(self.input.len()));
        Ok(true)
    }

    fn read_body(&mut self, data: &[u8], body: &mut Vec<u8>) -> Result<(), ReplyError> {
        let used = match &mut self.place {
            Place::Head => 0,
            Place::Done => 0,
            Place::UntilEnd => {
                body.extend_from_slice(data);
                data.len()
            }
            Place::Chunks(decoder) => {
                let used = decoder.feed(data, body).map_err(|_| ReplyError::Malformed)?;
                if decoder.is_done() {
                    self.place = Place::Done;
                }
                used
            }
            Place::Length(left) => {
                let (taken, _) = data.split_at(usize::try_from(*left).unwrap_or(usize::MAX).min(data.len()));
                body.extend_from_slice(taken);
                *left -= taken.len() as u64;
                if *left == 0 {
                    self.place = Place::Done;
                }
                taken.len()
            }
        };
        self.surplus |= used < data.len();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Read = Result<(u16, String, bool, bool), ReplyError>;

    /// Status, body, complete, reusable.
    fn read(pieces: &[&[u8]], ends: bool) -> Read {
        let mut reader = Reader::new(false);
        let mut body = Vec::new();
        for piece in pieces {
            reader.feed(piece, &mut body)?;
        }
        if ends {
            reader.finish()?;
        }
        let status = reader.head().map_or(0, |head| head.status);
        Ok((status, String::from_utf8_lossy(&body).into_owned(), reader.is_done(), reader.is_reusable()))
    }

    #[test]
    fn cuts_do_not_matter() {
        let answers: &[(&[u8], bool, Read)] = &[
            (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", false, Ok((200, "abc".into(), true, true))),
            (
                b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabcd",
                false,
                Ok((200, "abc".into(), true, false)),
            ),
            (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", true, Err(ReplyError::Ended)),
            (
                b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
                false,
                Ok((404, String::new(), true, true)),
            ),
            (b"HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\na", false, Ok((200, "a".into(), true, false))),
            (
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n2\r\nbc\r\n0\r\n\r\n",
                false,
                Ok((200, "abc".into(), true, true)),
            ),
            (
                b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n",
                true,
                Err(ReplyError::Ended),
            ),
            (b"HTTP/1.1 200 OK\r\n\r\nabc", true, Ok((200, "abc".into(), true, false))),
            (
                b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 304 Not Modified\r\n\r\n",
                false,
                Ok((304, String::new(), true, true)),
            ),
            (
                b"HTTP/1.1 401 Unauthorized\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx",
                false,
                Ok((401, "x".into(), true, false)),
            ),
            (b"HTTP/1.1 200\r\nContent-Length: x\r\n\r\n", false, Err(ReplyError::Malformed)),
            (b"SSH-2.0-OpenSSH\r\n", false, Err(ReplyError::Malformed)),
            (b"HTTP/1.1 099 Early\r\n\r\nHTTP/1.1 200 OK\r\n\r\n", true, Err(ReplyError::Malformed)),
            (b"", true, Err(ReplyError::Ended)),
        ];
        for (bytes, ends, wanted) in answers {
            assert_eq!(&read(&[bytes], *ends), wanted, "{}", String::from_utf8_lossy(bytes));
            for cut in 0..=bytes.len() {
                let (left, right) = bytes.split_at(cut);
                assert_eq!(&read(&[left, right], *ends), wanted, "cut at {cut}");
            }
            assert_eq!(&read(&bytes.chunks(1).collect::<Vec<_>>(), *ends), wanted);
        }
    }

    #[test]
    fn a_head_is_bounded() {
        let long = [b"HTTP/1.1 200 OK\r\nA: ".as_slice(), &vec![b'x'; MAX_HEAD]].concat();
        assert_eq!(read(&[&long], false), Err(ReplyError::Malformed));
    }

    #[test]
    fn an_answer_to_head_has_no_body() {
        let mut reader = Reader::new(true);
        assert_eq!(reader.feed(b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n", &mut Vec::new()), Ok(true));
        assert_eq!(reader.head().map(|head| head.header("content-length")), Some(Some("3")));
    }

    #[test]
    fn requests_are_read_by_our_own_server() {
        use crate::wire::http::{Connection, Event};
        let bytes =
            request("POST", "/RPC2", &[("Host", "localhost"), ("Content-Type", "text/xml")], Some(b"<a/>"));
        let mut connection = Connection::default();
        connection.feed(&bytes);
        let Some(Event::Request(read)) = connection.next(|_| Ok(())) else { panic!("no request") };
        assert_eq!(
            (read.head.method(), read.head.path(), read.body.as_slice()),
            ("POST", "/RPC2", b"<a/>".as_slice())
        );
        assert_eq!(request("GET", "/", &[], None), b"GET / HTTP/1.1\r\n\r\n");
    }
}
