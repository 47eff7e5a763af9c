//! Answers, written as the original writes them.

use super::request::{Exchange, Version};
use std::borrow::Cow;
use std::io::Write;

/// What the original calls itself. Kept, since nobody reads it but those who compare bytes.
const SERVER: &str = "Medusa/1.12";

/// A body from this size on is not copied behind its head.
const LARGE: usize = 16 * 1024;

/// An answer: status, headers in the order in which they are written, body.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    status: u16,
    headers: Vec<(&'static str, Cow<'static, str>)>,
    body: Body,
}

/// What follows the head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// These bytes.
    Bytes(Cow<'static, [u8]>),
    /// What the caller sends bit by bit; see [`Delivery::chunked`].
    Stream,
}

/// What the owner of the socket must know once the answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Delivery {
    /// Each piece of the stream goes through [`super::chunked::write`], and [`super::chunked::END`] ends it.
    pub chunked: bool,
    /// The connection is closed behind the answer.
    pub close: bool,
}

impl Response {
    /// An answer without headers and body; add them in the order in which they shall be written.
    #[must_use]
    pub fn new(status: u16) -> Self {
        Self { status, headers: Vec::with_capacity(4), body: Body::Bytes(Cow::Borrowed(&[])) }
    }

    /// The answer to an XML-RPC call.
    #[must_use]
    pub fn xml(text: String) -> Self {
        Self::new(200).with("Content-Type", "text/xml").with_body(text.into_bytes())
    }

    /// The page that says what went wrong.
    #[must_use]
    pub fn error(status: u16) -> Self {
        Self::new(status).with_error_page()
    }

    /// 401, asking for name and password.
    #[must_use]
    pub fn unauthorized() -> Self {
        Self::new(401)
            .with("Connection", "close")
            .with("WWW-Authenticate", "Basic realm=\"default\"")
            .with_error_page()
    }

    /// Sets a header: in place of one of that name, else behind all others, as the original's dictionary does. The name
    /// is compared as it is.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.set(name, value.into());
        self
    }

    /// Sets body and `Content-Length`.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Cow<'static, [u8]>>) -> Self {
        let body = body.into();
        self.set("Content-Length", Cow::Owned(body.len().to_string()));
        self.body = Body::Bytes(body);
        self
    }

    /// Sets the page that says what went wrong: body, `Content-Length`, `Content-Type`, in this order.
    #[must_use]
    pub fn with_error_page(self) -> Self {
        let page = error_page(self.status);
        self.with_body(page.into_bytes()).with("Content-Type", "text/html")
    }

    /// The body is sent by the caller, bit by bit.
    #[must_use]
    pub fn with_stream(mut self) -> Self {
        self.body = Body::Stream;
        self
    }

    /// The status code.
    #[must_use]
    pub fn status(&self) -> u16 {
        self.status
    }

    /// The value of a header; the name is compared as it is.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| *key == name).map(|(_, value)| value.as_ref())
    }

    /// The body.
    #[must_use]
    pub fn body(&self) -> &Body {
        &self.body
    }

    /// Appends head and body to `out`, for a client as `exchange` tells, at the time `date` (see [`super::date::format`]).
    ///
    /// The rules for keeping the connection are those of `deferring_http_request.done` in `supervisor/http.py`: a 1.0 client
    /// must ask for it and be told the length; for a 1.1 client without a length the body is chunked, unless it wants the
    /// connection closed.
    pub fn write(&self, exchange: Exchange, date: &str, out: &mut Vec<u8>) -> Delivery {
        let bodiless = self.is_bodiless();
        let has_length = self.header("Content-Length").is_some();
        let mut extra = None;
        let delivery = match exchange.version {
            Version::Http10 => {
                let keep = exchange.keep_alive && has_length;
                extra = keep.then_some(("Connection", "Keep-Alive"));
                Delivery { chunked: false, close: !keep }
            }
            Version::Http11 if !exchange.keep_alive => Delivery { chunked: false, close: true },
            Version::Http11 => {
                let chunked = !has_length && !bodiless;
                extra = chunked.then_some(("Transfer-Encoding", "chunked"));
                Delivery { chunked, close: false }
            }
        };
        self.write_head(exchange.version, date, extra, out);
        if let (Body::Bytes(bytes), false) = (&self.body, exchange.head_only || bodiless) {
            if delivery.chunked {
                super::chunked::write(bytes, out);
                out.extend_from_slice(super::chunked::END);
            } else {
                out.extend_from_slice(bytes);
            }
        }
        delivery
    }

    /// As [`Response::write`], but a large body is not copied: it is given back, and goes out behind `out`.
    pub fn deliver(mut self, exchange: Exchange, date: &str, out: &mut Vec<u8>) -> (Delivery, Vec<u8>) {
        let has_length = self.header("Content-Length").is_some();
        let body = match &mut self.body {
            Body::Bytes(Cow::Owned(bytes)) if has_length && bytes.len() >= LARGE => std::mem::take(bytes),
            Body::Bytes(_) | Body::Stream => Vec::new(),
        };
        let delivery = self.write(exchange, date, out);
        let goes_out = !exchange.head_only && !self.is_bodiless();
        (delivery, if goes_out { body } else { Vec::new() })
    }

    /// Whether the status never comes with a body.
    fn is_bodiless(&self) -> bool {
        matches!(self.status, 100..200 | 204 | 304)
    }

    fn write_head(&self, version: Version, date: &str, extra: Option<(&str, &str)>, out: &mut Vec<u8>) {
        let minor = match version {
            Version::Http10 => 0,
            Version::Http11 => 1,
        };
        out.reserve(256 + if let Body::Bytes(bytes) = &self.body { bytes.len() } else { 0 });
        // Writing to a Vec cannot fail.
        let _ = write!(out, "HTTP/1.{minor} {} {}\r\n", self.status, reason(self.status));
        write_header("Server", SERVER, out);
        write_header("Date", date, out);
        for (name, value) in &self.headers {
            write_header(name, value, out);
        }
        if let Some((name, value)) = extra {
            write_header(name, value, out);
        }
        out.extend_from_slice(b"\r\n");
    }

    fn set(&mut self, name: &'static str, value: Cow<'static, str>) {
        match self.headers.iter_mut().find(|(key, _)| *key == name) {
            Some(header) => header.1 = value,
            None => self.headers.push((name, value)),
        }
    }
}

/// A value may repeat what a client sent; a control character in it would let the client write headers of its own.
fn write_header(name: &str, value: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(name.as_bytes());
    out.extend_from_slice(b": ");
    out.extend(value.bytes().map(|byte| if byte < b' ' || byte == 0x7f { b' ' } else { byte }));
    out.extend_from_slice(b"\r\n");
}

/// `DEFAULT_ERROR_MESSAGE` of `supervisor/medusa/http_server.py`.
fn error_page(status: u16) -> String {
    let reason = reason(status);
    format!(
        "<head>\r\n<title>Error response</title>\r\n</head>\r\n<body>\r\n<h1>Error response</h1>\r\n\
         <p>Error code {status}.\r\n<p>Message: {reason}.\r\n</body>\r\n"
    )
}

/// The words behind a status code, as the original has them; those that it does not have, as RFC 9110 and 6585.
#[must_use]
pub fn reason(status: u16) -> &'static str {
    match status {
        100 => "Continue",
        200 => "OK",
        201 => "Created",
        202 => "Accepted",
        204 => "No Content",
        206 => "Partial Content",
        301 => "Moved Permanently",
        302 => "Moved Temporarily",
        303 => "See Other",
        304 => "Not Modified",
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        408 => "Request Time-out",
        409 => "Conflict",
        410 => "Gone",
        411 => "Length Required",
        413 => "Request Entity Too Large",
        414 => "Request-URI Too Large",
        415 => "Unsupported Media Type",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        500 => "Internal Server Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Gateway Time-out",
        505 => "HTTP Version not supported",
        _ => "Unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: &str = "Sun, 06 Nov 1994 08:49:37 GMT";

    fn written(
        response: &Response,
        version: Version,
        keep_alive: bool,
        head_only: bool,
    ) -> (String, Delivery) {
        let mut out = Vec::new();
        let delivery = response.write(Exchange { version, keep_alive, head_only }, NOW, &mut out);
        (String::from_utf8(out).unwrap(), delivery)
    }

    #[test]
    fn an_answer_with_a_length() {
        let response = Response::xml("<a/>".to_owned());
        let (text, delivery) = written(&response, Version::Http11, true, false);
        assert_eq!(delivery, Delivery { chunked: false, close: false });
        let wanted = "HTTP/1.1 200 OK\r\nServer: Medusa/1.12\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\n\
            Content-Type: text/xml\r\nContent-Length: 4\r\n\r\n<a/>";
        assert_eq!(text, wanted);
        assert!(written(&response, Version::Http11, false, false).1.close);
        let (text, delivery) = written(&response, Version::Http10, true, false);
        assert!(
            text.starts_with("HTTP/1.0 200 OK\r\n") && text.contains("4\r\nConnection: Keep-Alive\r\n\r\n")
        );
        assert!(!delivery.close);
        let (text, delivery) = written(&response, Version::Http10, false, false);
        assert!(!text.contains("Connection") && delivery.close);
        let (text, _) = written(&response, Version::Http11, true, true);
        assert!(text.ends_with("Content-Length: 4\r\n\r\n"));
    }

    #[test]
    fn a_large_body_goes_out_behind_its_head() {
        for size in [0, 10, LARGE - 1, LARGE, 4 * LARGE] {
            for (status, version, head_only) in [
                (200, Version::Http11, false),
                (200, Version::Http10, false),
                (200, Version::Http11, true),
                (304, Version::Http11, false),
            ] {
                let response = Response::new(status).with_body(vec![b'x'; size]);
                let exchange = Exchange { version, keep_alive: true, head_only };
                let (mut whole, mut start) = (Vec::new(), Vec::new());
                let delivery = response.write(exchange, NOW, &mut whole);
                let (delivered, rest) = response.deliver(exchange, NOW, &mut start);
                assert!(start.len() < LARGE + 512 && delivered == delivery);
                assert!([start, rest].concat() == whole, "{status} of {size}");
            }
        }
    }

    #[test]
    fn an_answer_without_a_length() {
        let response = Response::new(200).with("Content-Type", "text/plain;charset=utf-8").with_stream();
        let (text, delivery) = written(&response, Version::Http11, true, false);
        assert!(text.ends_with("utf-8\r\nTransfer-Encoding: chunked\r\n\r\n"));
        assert_eq!(delivery, Delivery { chunked: true, close: false });
        for (version, keep_alive) in
            [(Version::Http11, false), (Version::Http10, true), (Version::Http10, false)]
        {
            let (text, delivery) = written(&response, version, keep_alive, false);
            assert!(text.ends_with("utf-8\r\n\r\n"));
            assert_eq!(delivery, Delivery { chunked: false, close: true });
        }
    }

    #[test]
    fn an_answer_without_a_body() {
        let (text, delivery) = written(&Response::new(304), Version::Http11, true, false);
        assert!(text.ends_with("GMT\r\n\r\n") && !delivery.close);
        assert!(written(&Response::new(304), Version::Http10, true, false).1.close);
        let (text, _) = written(&Response::new(200), Version::Http11, true, false);
        assert!(text.ends_with("Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n"));
    }

    #[test]
    fn errors_keep_the_headers_that_were_set() {
        let response =
            Response::new(301).with("Location", "http://h/").with("Content-Type", "x").with_error_page();
        let (text, _) = written(&response, Version::Http11, true, false);
        let head = "Location: http://h/\r\nContent-Type: text/html\r\nContent-Length: 142\r\n\r\n<head>\r\n";
        assert!(text.contains(head), "{text}");
        assert!(text.ends_with("<p>Error code 301.\r\n<p>Message: Moved Permanently.\r\n</body>\r\n"));
    }

    #[test]
    fn a_value_cannot_become_a_header() {
        let response = Response::new(301).with("Location", "x\r\nSet-Cookie: a=b\0\u{7f}ü");
        let (text, _) = written(&response, Version::Http11, false, false);
        assert!(text.ends_with("Location: x  Set-Cookie: a=b  ü\r\n\r\n"));
    }
}
