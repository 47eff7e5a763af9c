//! The server's side of a connection: bytes in, whole requests out, one after the other.
//!
//! The owner of the socket calls [`Connection::feed`] with what it read and then [`Connection::next`] until that gives
//! nothing. While it works on a request it neither reads nor calls `next`: so answers keep the order of their requests, and
//! what is buffered never exceeds one request and one read.

use super::chunked::Decoder;
use super::request::{Exchange, Framing, Head, HeadError, Request, Version};
use super::response::Response;
use super::{MAX_BODY, MAX_HEAD};
use memchr::memmem;

/// What to write for [`Event::Continue`].
pub const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

/// The end of a head.
const END: &[u8] = b"\r\n\r\n";

/// A buffer that grew beyond this for a large request is given back after it.
const KEPT: usize = 64 * 1024;

/// What came in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A whole request.
    Request(Request),
    /// The client waits for [`CONTINUE`] before it sends its body. At most once for each request.
    Continue,
    /// The connection is of no more use. Comes once; whatever is fed afterwards is dropped.
    ///
    /// The client may still be sending. Who closes the socket at once makes the kernel reset the connection, and the
    /// answer may be lost with it: shut down the sending side, then read on for a while.
    Refused(Refusal),
}

/// How to end a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// With this answer.
    Answer(Exchange, Response),
    /// Without any, as the original does with a first line that it cannot read.
    Silent,
}

/// One connection.
#[derive(Debug, Default)]
pub struct Connection {
    /// What was read and is not used up yet.
    input: Vec<u8>,
    /// How much of `input` cannot be the start of the end of a head.
    searched: usize,
    state: State,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Head,
    /// Head read; so many bytes of body belong to it.
    Body { head: Head, length: usize, told: bool },
    /// Head read; the body comes in chunks.
    Chunks { head: Head, decoder: Decoder, body: Vec<u8>, told: bool },
    /// Nothing more is expected.
    Over,
}

impl Connection {
    /// Takes what was read. Looks at nothing yet.
    pub fn feed(&mut self, data: &[u8]) {
        if !matches!(self.state, State::Over) {
            self.input.extend_from_slice(data);
        }
    }

    /// Whether a request has begun and is not complete, for a time limit.
    #[must_use]
    pub fn is_mid_request(&self) -> bool {
        !self.input.is_empty() || matches!(self.state, State::Body { .. } | State::Chunks { .. })
    }

    /// Bytes of memory that are kept for what was read.
    #[must_use]
    pub fn held(&self) -> usize {
        let body = match &self.state {
            State::Chunks { body, .. } => body.capacity(),
            State::Head | State::Body { .. } | State::Over => 0,
        };
        self.input.capacity() + body
    }

    /// The next thing that came in, if it is complete.
    ///
    /// `admit` is asked as soon as a head is complete, before a byte of the body is kept, so that a stranger cannot make us
    /// store anything: its answer to a head that it does not let in ends the connection.
    pub fn next(&mut self, admit: impl FnOnce(&Head) -> Result<(), Response>) -> Option<Event> {
        if matches!(self.state, State::Head) {
            match self.read_head(admit) {
                Ok(true) => {}
                Ok(false) => return None,
                Err(refusal) => return Some(self.refuse(refusal)),
            }
        }
        match std::mem::take(&mut self.state) {
            State::Body { head, length, told } => self.read_body(head, length, told),
            State::Chunks { head, decoder, body, told } => self.read_chunks(head, decoder, body, told),
            State::Over => {
                self.state = State::Over;
                None
            }
            // `read_head` leaves another state behind when it succeeds.
            State::Head => None,
        }
    }

    fn refuse(&mut self, refusal: Refusal) -> Event {
        self.state = State::Over;
        self.input = Vec::new();
        Event::Refused(refusal)
    }

    /// Whether a head was complete.
    fn read_head(&mut self, admit: impl FnOnce(&Head) -> Result<(), Response>) -> Result<bool, Refusal> {
        let unseen = self.input.get(self.searched..).unwrap_or_default();
        let Some(end) = memmem::find(unseen, END).map(|at| self.searched + at) else {
            self.searched = self.input.len().saturating_sub(END.len() - 1);
            return if self.input.len() < MAX_HEAD + END.len() { Ok(false) } else { Err(answer(None, 431)) };
        };
        if end > MAX_HEAD {
            return Err(answer(None, 431));
        }
        let length = end + END.len();
        let block = self.input.get(..length).unwrap_or_default();
        let head = Head::parse(block).map_err(|error| match error {
            HeadError::Silent => Refusal::Silent,
            HeadError::Status(status) => answer(None, status),
        })?;
        self.use_up(length);
        admit(&head).map_err(|response| Refusal::Answer(last(head.exchange()), response))?;
        let told = !head.expects_continue();
        self.state = match head.framing().map_err(|status| answer(Some(head.exchange()), status))? {
            Framing::Length(length) => State::Body { head, length, told },
            Framing::Chunked => State::Chunks { head, decoder: Decoder::default(), body: Vec::new(), told },
        };
        Ok(true)
    }

    fn read_body(&mut self, head: Head, length: usize, told: bool) -> Option<Event> {
        if self.input.len() < length {
            self.state = State::Body { head, length, told: true };
            return (!told).then_some(Event::Continue);
        }
        let body = match length {
            0 => Vec::new(),
            length => {
                let rest = self.input.split_off(length);
                std::mem::replace(&mut self.input, rest)
            }
        };
        Some(Event::Request(Request { head, body }))
    }

    fn read_chunks(
        &mut self,
        head: Head,
        mut decoder: Decoder,
        mut body: Vec<u8>,
        told: bool,
    ) -> Option<Event> {
        let Ok(used) = decoder.feed(&self.input, &mut body) else {
            return Some(self.refuse(answer(Some(head.exchange()), 400)));
        };
        self.use_up(used);
        if body.len() > MAX_BODY {
            return Some(self.refuse(answer(Some(head.exchange()), 413)));
        }
        if decoder.is_done() {
            return Some(Event::Request(Request { head, body }));
        }
        self.state = State::Chunks { head, decoder, body, told: true };
        (!told).then_some(Event::Continue)
    }

    /// Forgets the first bytes of the input.
    fn use_up(&mut self, length: usize) {
        self.searched = 0;
        self.input.drain(..length.min(self.input.len()));
        if self.input.is_empty() && self.input.capacity() > KEPT {
            self.input = Vec::new();
        }
    }
}

/// The same exchange, with no other to follow.
fn last(exchange: Exchange) -> Exchange {
    Exchange { keep_alive: false, ..exchange }
}

fn answer(exchange: Option<Exchange>, status: u16) -> Refusal {
    let unknown = Exchange { version: Version::Http11, keep_alive: false, head_only: false };
    let exchange = exchange.map_or(unknown, last);
    Refusal::Answer(exchange, Response::error(status).with("Connection", "close"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn events(pieces: &[&[u8]]) -> Vec<Event> {
        let mut connection = Connection::default();
        let mut found = Vec::new();
        for piece in pieces {
            connection.feed(piece);
            while let Some(event) = connection.next(|head| {
                if head.header("x-stranger").is_some() { Err(Response::unauthorized()) } else { Ok(()) }
            }) {
                found.push(event);
            }
        }
        found
    }

    /// Without what depends on how the bytes arrived.
    fn lasting(events: Vec<Event>) -> Vec<Event> {
        events.into_iter().filter(|event| *event != Event::Continue).collect()
    }

    fn bodies(events: &[Event]) -> Vec<String> {
        let show = |event: &Event| match event {
            Event::Request(request) => {
                format!("{} {}", request.head.path(), String::from_utf8_lossy(&request.body))
            }
            Event::Continue => "continue".to_owned(),
            Event::Refused(Refusal::Silent) => "silent".to_owned(),
            Event::Refused(Refusal::Answer(_, response)) => response.status().to_string(),
        };
        events.iter().map(show).collect()
    }

    const STREAMS: &[(&[u8], &[&str])] = &[
        (
            b"POST /a HTTP/1.1\r\nContent-Length: 3\r\n\r\nabcGET /b HTTP/1.1\r\n\r\nGET /c",
            &["/a abc", "/b "],
        ),
        (b"POST /a HTTP/1.1\r\nContent-Length: 0\r\n\r\n\r\nGET /b HTTP/1.0\r\n\r\n", &["/a ", "/b "]),
        (
            b"GET /a HTTP/1.1\r\nContent-Length: 19\r\n\r\nGET / HTTP/1.1\r\n\r\nx",
            &["/a GET / HTTP/1.1\r\n\r\nx"],
        ),
        (
            b"PUT /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\nGET /b\r\n\r\n",
            &["/a abc", "/b "],
        ),
        (b"PUT /a HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz", &["400"]),
        (b"POST /a HTTP/1.1\r\nExpect: 100-Continue\r\nContent-Length: 2\r\n\r\nok", &["/a ok"]),
        (b"\r\n\r\nGET / HTTP/1.1\r\n\r\n", &["silent"]),
        (b"nonsense\r\n\r\nGET / HTTP/1.1\r\n\r\n", &["silent"]),
        (b"POST / HTTP/1.1\r\n\r\nGET / HTTP/1.1\r\n\r\n", &["411"]),
        (b"GET / HTTP/1.1\r\nx\r\n\r\nGET / HTTP/1.1\r\n\r\n", &["400"]),
        (b"GET / HTTP/3.0\r\n\r\nGET / HTTP/1.1\r\n\r\n", &["505"]),
        (b"POST / HTTP/1.1\r\nX-Stranger: 1\r\nContent-Length: 9999\r\n\r\nabc", &["401"]),
        (b"GET / HTTP/1.1\n\n", &[]),
    ];

    #[test]
    fn cuts_do_not_matter() {
        for (stream, wanted) in STREAMS {
            let whole = lasting(events(&[stream]));
            assert_eq!(bodies(&whole), *wanted);
            for cut in 0..=stream.len() {
                let (left, right) = stream.split_at(cut);
                assert_eq!(lasting(events(&[left, right])), whole, "cut at {cut}");
            }
            let bytes: Vec<&[u8]> = stream.chunks(1).collect();
            assert_eq!(lasting(events(&bytes)), whole);
        }
    }

    #[test]
    fn a_client_that_waits_is_told_once() {
        let head = b"POST /a HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
        assert_eq!(bodies(&events(&[head, b"o", b"k"])), ["continue", "/a ok"]);
        let head = b"POST /a HTTP/1.1\r\nExpect: 100-continue\r\nTransfer-Encoding: chunked\r\n\r\n";
        assert_eq!(bodies(&events(&[head, b"1\r\n", b"k\r\n0\r\n\r\n"])), ["continue", "/a k"]);
        let head = b"POST /a HTTP/1.0\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
        assert_eq!(bodies(&events(&[head, b"o", b"k"])), ["/a ok"]);
    }

    #[test]
    fn heads_are_bounded() {
        let start = b"GET /";
        let end = b" HTTP/1.1\r\n\r\n";
        for (extra, wanted) in [(0, "ok"), (1, "431")] {
            let path = vec![b'x'; MAX_HEAD - start.len() - (end.len() - 4) + extra];
            let text = [start.as_slice(), &path, end].concat();
            for pieces in [vec![text.as_slice()], text.chunks(1000).collect(), text.chunks(1).collect()] {
                let found = events(&pieces);
                let got = match found.as_slice() {
                    [Event::Request(_)] => "ok".to_owned(),
                    other => bodies(other).join(" "),
                };
                assert_eq!(got, wanted);
            }
        }
        assert_eq!(bodies(&events(&[&vec![b'x'; MAX_HEAD * 2]])), ["431"]);
    }

    #[test]
    fn bodies_are_bounded() {
        let text = format!("POST / HTTP/1.1\r\nContent-Length: {}\r\n\r\n", MAX_BODY + 1);
        assert_eq!(bodies(&events(&[text.as_bytes()])), ["413"]);
        let mut text = b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
        for _ in 0..=MAX_BODY / 65_536 {
            super::super::chunked::write(&[b'x'; 65_536], &mut text);
        }
        assert_eq!(bodies(&events(&text.chunks(65_536).collect::<Vec<_>>())), ["413"]);
    }

    #[test]
    fn a_large_buffer_is_given_back() {
        let mut connection = Connection::default();
        connection.feed(format!("POST / HTTP/1.1\r\nContent-Length: {MAX_BODY}\r\n\r\n").as_bytes());
        connection.feed(&vec![b'x'; MAX_BODY]);
        assert!(connection.held() >= MAX_BODY);
        assert!(matches!(connection.next(|_| Ok(())), Some(Event::Request(_))));
        assert!(connection.held() <= KEPT);
        assert!(!connection.is_mid_request());
    }
}
