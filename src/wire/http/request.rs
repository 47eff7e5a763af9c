//! The head of a request: its first line and its headers.

use super::target::percent_decode;
use super::{MAX_BODY, MAX_HEADERS};
use httparse::{EMPTY_HEADER, Status, parse_headers};

/// The version of a request, as far as it matters to the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Version {
    /// 1.0, or a request line without a version.
    Http10,
    /// 1.1, or a later 1.x.
    Http11,
}

/// What the answer must know of its request. Small, so that it can be kept until the answer is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Exchange {
    /// The version that the status line repeats.
    pub version: Version,
    /// The client would like to send another request on this connection.
    pub keep_alive: bool,
    /// The client asks for a head without a body.
    pub head_only: bool,
}

/// First line and headers of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// Everything, without the empty line at the end.
    text: String,
    /// Where the first line ends.
    line: usize,
    path: String,
    exchange: Exchange,
}

/// A whole request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// First line and headers.
    pub head: Head,
    /// The body, at most [`MAX_BODY`] bytes.
    pub body: Vec<u8>,
}

/// How the end of a body is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    /// So many bytes.
    Length(usize),
    /// By the last chunk.
    Chunked,
}

/// Why a head is not accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HeadError {
    /// Not HTTP: the connection is closed without an answer, as the original does.
    Silent,
    /// Answered with this status.
    Status(u16),
}

impl Head {
    /// Reads a head, `block` ending with its empty line.
    pub(super) fn parse(block: &[u8]) -> Result<Self, HeadError> {
        let text = std::str::from_utf8(block).map_err(|_| HeadError::Silent)?;
        // Some clients send an empty line after the body of their last request.
        let text = text.trim_start_matches("\r\n");
        let (first, rest) = text.split_once("\r\n").ok_or(HeadError::Silent)?;
        let (version, keeps_by_itself) = check_first_line(first)?;
        // What one reader takes for the end of a line and another does not is how headers are smuggled past a proxy.
        if rest.split("\r\n").any(|line| line.contains('\n')) {
            return Err(HeadError::Status(400));
        }
        let mut headers = [EMPTY_HEADER; MAX_HEADERS];
        match parse_headers(rest.as_bytes(), &mut headers) {
            Ok(Status::Complete((length, _))) if length == rest.len() => {}
            Ok(_) => return Err(HeadError::Status(400)),
            Err(httparse::Error::TooManyHeaders) => return Err(HeadError::Status(431)),
            Err(_) => return Err(HeadError::Status(400)),
        }
        let target = first.split(' ').nth(1).unwrap_or_default();
        let path = target.split(['?', '#']).next().unwrap_or_default();
        let exchange =
            Exchange { version, keep_alive: keeps_by_itself, head_only: first.starts_with("HEAD ") };
        let mut head = Self {
            path: percent_decode(path).into_owned(),
            text: text.trim_end_matches("\r\n").to_owned(),
            line: first.len(),
            exchange,
        };
        head.exchange.keep_alive = head.wants_keep_alive(keeps_by_itself);
        Ok(head)
    }

    /// The first line, for a log.
    #[must_use]
    pub fn first_line(&self) -> &str {
        self.text.get(..self.line).unwrap_or_default()
    }

    /// The method as sent; methods are case-sensitive.
    #[must_use]
    pub fn method(&self) -> &str {
        self.first_line().split(' ').next().unwrap_or_default()
    }

    /// The path with its percent encoding undone, without query and fragment. Usually begins with a slash, but that is
    /// not checked, and it may hold any character.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// What stands between `?` and `#`, as sent; see [`super::form_pairs`].
    #[must_use]
    pub fn query(&self) -> Option<&str> {
        let target = self.first_line().split(' ').nth(1)?;
        let target = target.split('#').next()?;
        target.split_once('?').map(|(_, query)| query)
    }

    /// The first header of that name, in whatever case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Name and value of each header, without white space around the value.
    pub fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        let lines = self.text.get(self.line..).unwrap_or_default().split("\r\n");
        lines.filter_map(|line| line.split_once(':')).map(|(name, value)| (name, trim(value)))
    }

    /// What the answer must know.
    #[must_use]
    pub fn exchange(&self) -> Exchange {
        self.exchange
    }

    /// Whether the client waits for a word before it sends the body.
    pub(super) fn expects_continue(&self) -> bool {
        let expects =
            || self.header("expect").is_some_and(|value| value.eq_ignore_ascii_case("100-continue"));
        self.exchange.version == Version::Http11 && expects()
    }

    /// How the end of the body is found, or the status that refuses it.
    pub(super) fn framing(&self) -> Result<Framing, u16> {
        let mut length = None;
        let mut chunked = false;
        for (name, value) in self.headers() {
            if name.eq_ignore_ascii_case("content-length") {
                for value in value.split(',') {
                    let one = parse_length(trim(value))?;
                    if length.is_some_and(|other| other != one) {
                        return Err(400);
                    }
                    length = Some(one);
                }
            } else if name.eq_ignore_ascii_case("transfer-encoding") {
                if chunked
                    || !value.eq_ignore_ascii_case("chunked")
                    || self.exchange.version == Version::Http10
                {
                    return Err(501);
                }
                chunked = true;
            }
        }
        match (length, chunked) {
            // Two readers who disagree about the end is how requests are smuggled past a proxy.
            (Some(_), true) => Err(400),
            (None, true) => Ok(Framing::Chunked),
            (Some(length), false) if length > MAX_BODY => Err(413),
            (Some(length), false) => Ok(Framing::Length(length)),
            (None, false) if self.method() == "POST" => Err(411),
            (None, false) => Ok(Framing::Length(0)),
        }
    }

    fn wants_keep_alive(&self, by_itself: bool) -> bool {
        let mut options = self
            .headers()
            .filter(|(name, _)| name.eq_ignore_ascii_case("connection"))
            .flat_map(|(_, value)| value.split(','))
            .map(trim);
        match self.exchange.version {
            Version::Http11 => by_itself && !options.any(|option| option.eq_ignore_ascii_case("close")),
            Version::Http10 => {
                options.any(|option| option.eq_ignore_ascii_case("keep-alive")) && self.has_version()
            }
        }
    }

    fn has_version(&self) -> bool {
        self.first_line().split(' ').nth(2).is_some()
    }
}

/// The version, and whether it keeps connections without being asked to.
///
/// Method, target and version are parted by single spaces and hold none; a version may be missing. The original closes
/// the connection on everything else.
fn check_first_line(line: &str) -> Result<(Version, bool), HeadError> {
    let mut words = line.split(' ');
    let (method, target, version, more) = (words.next(), words.next(), words.next(), words.next());
    let is_word = |word: Option<&str>| word.is_some_and(|word| !word.is_empty());
    if !is_word(method) || !is_word(target) || more.is_some() || line.contains(['\r', '\n']) {
        return Err(HeadError::Silent);
    }
    let Some(version) = version else { return Ok((Version::Http10, false)) };
    let number = version.strip_prefix("HTTP/").ok_or(HeadError::Silent)?;
    if number.is_empty() || !number.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return Err(HeadError::Silent);
    }
    match number.strip_prefix("1.") {
        Some("0") => Ok((Version::Http10, false)),
        Some(minor) if !minor.is_empty() && !minor.contains('.') => Ok((Version::Http11, true)),
        Some(_) | None => Err(HeadError::Status(505)),
    }
}

/// A value without the white space that HTTP knows. Unicode knows more, which belongs to the value.
fn trim(value: &str) -> &str {
    value.trim_matches([' ', '\t'])
}

fn parse_length(text: &str) -> Result<usize, u16> {
    if text.is_empty() || !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(400);
    }
    // Too many digits for a number are too many bytes for us.
    Ok(text.parse().unwrap_or(usize::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(text: &str) -> Result<Head, HeadError> {
        Head::parse(format!("{text}\r\n\r\n").replace('|', "\r\n").as_bytes())
    }

    #[test]
    fn parts_of_a_head() {
        let head = head("|GET /a%3Ab/c?x=%20&y#z HTTP/1.1|Host: h|X-A:  b \t|x-a: c").unwrap();
        assert_eq!(head.first_line(), "GET /a%3Ab/c?x=%20&y#z HTTP/1.1");
        assert_eq!(head.method(), "GET");
        assert_eq!(head.path(), "/a:b/c");
        assert_eq!(head.query(), Some("x=%20&y"));
        assert_eq!(head.header("HOST"), Some("h"));
        assert_eq!(head.header("x-a"), Some("b"));
        assert_eq!(head.header("x"), None);
        assert_eq!(head.headers().count(), 3);
        let exchange = Exchange { version: Version::Http11, keep_alive: true, head_only: false };
        assert_eq!(head.exchange(), exchange);
    }

    #[test]
    fn first_lines() {
        for line in
            ["FOO", "GET", "GET ", "GET  / HTTP/1.1", " GET / HTTP/1.1", "GET / http/1.1", "GET / HTTP/"]
        {
            assert_eq!(head(line), Err(HeadError::Silent), "{line:?}");
        }
        for line in
            ["GET / HTTP/1.1 ", "GET / HTTP/1.1 x", "GET / HTTP/1.x", "GET / ", "GET / HTTP/1.1\n", "|", ""]
        {
            assert_eq!(head(line), Err(HeadError::Silent), "{line:?}");
        }
        for line in [
            "GET / HTTP/2.0",
            "GET / HTTP/1.1.1",
            "GET / HTTP/1.",
            "GET / HTTP/1",
            "GET / HTTP/0.9",
            "GET / HTTP/11",
        ] {
            assert_eq!(head(line), Err(HeadError::Status(505)), "{line:?}");
        }
        assert_eq!(head("GET / HTTP/1.2").unwrap().exchange().version, Version::Http11);
        assert_eq!(head("GET /").unwrap().exchange().version, Version::Http10);
        // White space that only Unicode knows is a part of the target, also at the end.
        for line in ["GET /\u{2003}", "POST /\u{c}"] {
            assert_eq!(head(line).unwrap().first_line(), line);
        }
        assert!(head("HEAD / HTTP/1.1").unwrap().exchange().head_only);
        assert!(!head("head / HTTP/1.1").unwrap().exchange().head_only);
    }

    #[test]
    fn who_keeps_the_connection() {
        let keeps = |text: &str| head(text).unwrap().exchange().keep_alive;
        assert!(keeps("GET / HTTP/1.1"));
        assert!(keeps("GET / HTTP/1.1|Connection: keep-alive"));
        assert!(!keeps("GET / HTTP/1.1|Connection: Close"));
        assert!(!keeps("GET / HTTP/1.1|Connection:close"));
        assert!(!keeps("GET / HTTP/1.1|connection: TE, close"));
        assert!(!keeps("GET / HTTP/1.1|connection: TE|connection: close"));
        assert!(!keeps("GET / HTTP/1.0"));
        assert!(keeps("GET / HTTP/1.0|Connection: Keep-Alive"));
        assert!(!keeps("GET /|Connection: Keep-Alive"));
    }

    #[test]
    fn where_the_body_ends() {
        let framing = |text: &str| head(text).unwrap().framing();
        assert_eq!(framing("GET / HTTP/1.1"), Ok(Framing::Length(0)));
        assert_eq!(framing("POST / HTTP/1.1"), Err(411));
        assert_eq!(framing("POST / HTTP/1.1|Content-Length:  5 "), Ok(Framing::Length(5)));
        assert_eq!(
            framing("POST / HTTP/1.1|Content-Length: 5|content-length: 5, 05"),
            Ok(Framing::Length(5))
        );
        assert_eq!(framing("POST / HTTP/1.1|Content-Length: 5|Content-Length: 6"), Err(400));
        for wrong in ["", "x", "-1", "+1", "1_0", "5,", "5 5", "0x5", "٣", "5\u{a0}", "5,\u{2003}5"] {
            assert_eq!(framing(&format!("POST / HTTP/1.1|Content-Length: {wrong}")), Err(400), "{wrong:?}");
        }
        assert_eq!(framing("POST / HTTP/1.1|Content-Length: 99999999999999999999999"), Err(413));
        assert_eq!(
            framing(&format!("POST / HTTP/1.1|Content-Length: {MAX_BODY}")),
            Ok(Framing::Length(MAX_BODY))
        );
        assert_eq!(framing(&format!("POST / HTTP/1.1|Content-Length: {}", MAX_BODY + 1)), Err(413));
        assert_eq!(framing("POST / HTTP/1.1|Transfer-Encoding: Chunked"), Ok(Framing::Chunked));
        assert_eq!(framing("POST / HTTP/1.1|Transfer-Encoding: gzip, chunked"), Err(501));
        assert_eq!(
            framing("POST / HTTP/1.1|Transfer-Encoding: chunked|Transfer-Encoding: chunked"),
            Err(501)
        );
        assert_eq!(framing("POST / HTTP/1.0|Transfer-Encoding: chunked"), Err(501));
        assert_eq!(framing("POST / HTTP/1.1|Transfer-Encoding: chunked|Content-Length: 5"), Err(400));
    }

    #[test]
    fn headers_are_well_formed() {
        for wrong in
            ["foo", " foo: bar", "a: b| c", "a : b", ": b", "a b: c", "a: b\0", "a: b\rc: d", "a: b\n\nc: d"]
        {
            assert_eq!(head(&format!("GET / HTTP/1.1|{wrong}")), Err(HeadError::Status(400)), "{wrong:?}");
        }
        // A line end of another kind is none.
        for wrong in ["a: b\nc: d", "a: b\n", "\na: b", "a: b|c: d\n", "a:\n b"] {
            assert_eq!(head(&format!("GET / HTTP/1.1|{wrong}")), Err(HeadError::Status(400)), "{wrong:?}");
        }
        let headers = |n: usize| head(&format!("GET / HTTP/1.1{}", "|a: b".repeat(n)));
        assert_eq!(headers(MAX_HEADERS).unwrap().headers().count(), MAX_HEADERS);
        assert_eq!(
            head("GET / HTTP/1.1|a: \u{a0}b\t |c:|d: e").unwrap().headers().collect::<Vec<_>>(),
            [("a", "\u{a0}b"), ("c", ""), ("d", "e")]
        );
        assert_eq!(headers(MAX_HEADERS + 1), Err(HeadError::Status(431)));
        assert_eq!(Head::parse(b"GET / HTTP/1.1\r\nX: \xff\r\n\r\n"), Err(HeadError::Silent));
    }
}
