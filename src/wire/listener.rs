//! The event listener protocol (`supervisor/dispatchers.py`, `PEventListenerDispatcher`): what a listener writes is cut into
//! tokens, and what it is sent gets its header. As strict as the original: one byte out of turn ends the trust.
//!
//! Bounded, other than the original: a result line has at most [`LONGEST_LINE`] bytes, and of a result only the first
//! [`LONGEST_RESULT`] bytes are kept.

use memchr::memchr;

/// What a listener says when it wants an event.
const READY: &[u8] = b"READY\n";

/// Bytes in front of the number in a result line. Which ones they are does not matter, as in the original.
const RESULT_START: usize = b"RESULT ".len();

/// A result line that is longer than this is a bad one.
pub const LONGEST_LINE: usize = 4096;

/// Bytes of a result that are kept; what is beyond is read and thrown away.
pub const LONGEST_RESULT: usize = 1024 * 1024;

/// What a listener is expected to say next, as far as its state tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// That it is ready.
    Ready,
    /// Nothing: it was told nothing that it could answer.
    Nothing,
    /// The result of its work on an event.
    Result,
    /// Anything: nobody listens to it any more.
    Anything,
}

/// One thing that a listener said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Token {
    /// It is ready for an event.
    Ready,
    /// Something else than what was expected.
    OutOfTurn,
    /// The first line of its answer, which announces no result.
    BadResult(Vec<u8>),
    /// Its answer.
    Result(Vec<u8>),
}

impl Token {
    /// What is expected of a listener who has just said this.
    #[must_use]
    pub fn then(&self) -> Expected {
        match self {
            Token::Ready => Expected::Nothing,
            Token::Result(_) => Expected::Ready,
            Token::OutOfTurn | Token::BadResult(_) => Expected::Anything,
        }
    }
}

/// What a listener has written and what is not a whole token yet.
#[derive(Debug, Default)]
pub struct Tokens {
    pending: Vec<u8>,
    result: Option<Announced>,
}

/// A result whose length is known.
#[derive(Debug)]
struct Announced {
    /// Bytes that are still to come.
    missing: u64,
    kept: Vec<u8>,
}

impl Tokens {
    /// Takes one read and gives out the tokens that are whole by now. `expected` is what the listener was to say when the
    /// read came; what it is to say after each token follows from that.
    pub fn feed(&mut self, mut expected: Expected, data: &[u8]) -> Vec<Token> {
        self.pending.extend_from_slice(data);
        let mut tokens = Vec::new();
        while let Some(token) = self.next(expected) {
            expected = token.then();
            tokens.push(token);
        }
        tokens
    }

    fn next(&mut self, expected: Expected) -> Option<Token> {
        match expected {
            Expected::Anything => {
                self.forget();
                None
            }
            Expected::Nothing if self.pending.is_empty() => None,
            Expected::Ready if self.pending.len() < READY.len() => None,
            Expected::Ready if self.pending.starts_with(READY) => {
                self.pending.drain(..READY.len());
                Some(Token::Ready)
            }
            Expected::Nothing | Expected::Ready => {
                self.forget();
                Some(Token::OutOfTurn)
            }
            Expected::Result => self.next_of_result(),
        }
    }

    fn next_of_result(&mut self) -> Option<Token> {
        if self.result.is_none() {
            let end = match memchr(b'\n', &self.pending) {
                Some(end) => end,
                None if self.pending.len() <= LONGEST_LINE => return None,
                None => return Some(self.bad_line(LONGEST_LINE)),
            };
            let line = self.pending.get(..end).unwrap_or_default();
            let Some(missing) = line.get(RESULT_START..).and_then(length) else {
                return Some(self.bad_line(end.min(LONGEST_LINE)));
            };
            self.pending.drain(..=end);
            self.result = Some(Announced { missing, kept: Vec::new() });
        }
        let result = self.result.as_mut()?;
        let here = usize::try_from(result.missing).unwrap_or(usize::MAX).min(self.pending.len());
        let room = LONGEST_RESULT.saturating_sub(result.kept.len());
        result.kept.extend(self.pending.drain(..here).take(room));
        result.missing -= here as u64;
        if result.missing > 0 {
            return None;
        }
        self.result.take().map(|result| Token::Result(result.kept))
    }

    fn bad_line(&mut self, length: usize) -> Token {
        let line = self.pending.get(..length).unwrap_or_default().to_vec();
        self.forget();
        Token::BadResult(line)
    }

    fn forget(&mut self) {
        *self = Tokens::default();
    }
}

/// The number in a result line, as Python's `int(bytes)` reads it; one that is negative makes no sense.
fn length(digits: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(digits).ok()?;
    let text = text.trim_matches(|c: char| matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0b' | '\x0c'));
    let (is_negative, number) = match text.strip_prefix('-') {
        Some(number) => (true, number),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut value: u64 = 0;
    for group in number.split('_') {
        if group.is_empty() || !group.bytes().all(|byte| byte.is_ascii_digit()) {
            return None;
        }
        for byte in group.bytes() {
            value = value.saturating_mul(10).saturating_add(u64::from(byte - b'0'));
        }
    }
    (!is_negative || value == 0).then_some(value)
}

/// What a header says.
#[derive(Debug, Clone, Copy)]
pub struct Header<'a> {
    /// The daemon's `identifier`.
    pub server: &'a str,
    /// The event's number.
    pub serial: u64,
    /// The pool's name.
    pub pool: &'a str,
    /// The event's number in that pool.
    pub pool_serial: u64,
    /// The event's type.
    pub event: &'a str,
}

/// The event as it is sent: a header line, then the payload. `len` counts characters, as the original does, not bytes as its
/// manual says: the listeners that people have read text.
#[must_use]
pub fn envelope(header: Header<'_>, payload: &str) -> Vec<u8> {
    let Header { server, serial, pool, pool_serial, event } = header;
    let length = payload.chars().count();
    format!(
        "ver:3.0 server:{server} serial:{serial} pool:{pool} poolserial:{pool_serial} eventname:{event} len:{length}\n\
         {payload}"
    )
    .into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What comes out when the text is fed in one piece, which must be the same as byte by byte.
    fn tokens(expected: Expected, text: &[u8]) -> Vec<Token> {
        let whole = Tokens::default().feed(expected, text);
        let (mut bytewise, mut parts) = (Tokens::default(), Vec::new());
        let mut next = expected;
        for byte in text {
            for token in bytewise.feed(next, &[*byte]) {
                next = token.then();
                parts.push(token);
            }
        }
        assert_eq!(whole, parts, "{}", String::from_utf8_lossy(text));
        whole
    }

    fn result(text: &str) -> Token {
        Token::Result(text.as_bytes().to_vec())
    }

    #[test]
    fn a_conversation() {
        assert_eq!(tokens(Expected::Ready, b"READY\n"), [Token::Ready]);
        assert_eq!(tokens(Expected::Ready, b"READY"), []);
        assert_eq!(tokens(Expected::Result, b"RESULT 2\nOK"), [result("OK")]);
        assert_eq!(tokens(Expected::Result, b"RESULT 2\nOKREADY\n"), [result("OK"), Token::Ready]);
        assert_eq!(tokens(Expected::Result, b"RESULT 4\nFAIL"), [result("FAIL")]);
        assert_eq!(tokens(Expected::Result, b"RESULT 0\n"), [result("")]);
        // The word is not looked at.
        assert_eq!(tokens(Expected::Result, b"xxxxxx  +1_0 \n0123456789"), [result("0123456789")]);
    }

    #[test]
    fn out_of_turn_is_out_of_trust() {
        assert_eq!(tokens(Expected::Ready, b"hello\nREADY\n"), [Token::OutOfTurn]);
        assert_eq!(tokens(Expected::Ready, b"READY\nREADY\n"), [Token::Ready, Token::OutOfTurn]);
        assert_eq!(tokens(Expected::Nothing, b"x"), [Token::OutOfTurn]);
        assert_eq!(tokens(Expected::Result, b"RESULT 2\nOK\nREADY\n"), [result("OK"), Token::OutOfTurn]);
        assert_eq!(tokens(Expected::Anything, b"READY\n"), []);
    }

    #[test]
    fn bad_result_lines() {
        for line in ["RESULT", "RESULT ", "RESULT x", "RESULT 1.5", "RESULT -1", "RESULT 1__0", "OK"] {
            let text = format!("{line}\nREADY\n");
            assert_eq!(
                tokens(Expected::Result, text.as_bytes()),
                [Token::BadResult(line.as_bytes().to_vec())]
            );
        }
    }

    #[test]
    fn memory_is_bounded() {
        let mut tokens = Tokens::default();
        let mut said = Vec::new();
        let mut expected = Expected::Result;
        for _ in 0..1000 {
            said.extend(tokens.feed(expected, &[b'x'; 1000]));
            if !said.is_empty() {
                expected = Expected::Anything;
            }
            assert!(tokens.pending.len() <= LONGEST_LINE + 1000);
        }
        assert_eq!(said, [Token::BadResult(vec![b'x'; LONGEST_LINE])]);
        let mut tokens = Tokens::default();
        assert_eq!(tokens.feed(Expected::Result, b"RESULT 99999999999999999999999\n"), []);
        for _ in 0..100 {
            assert_eq!(tokens.feed(Expected::Result, &[0; 65536]), []);
            assert!(tokens.pending.is_empty());
            assert!(tokens.result.as_ref().is_some_and(|result| result.kept.len() <= LONGEST_RESULT));
        }
    }

    #[test]
    fn a_header_counts_characters() {
        let header = Header { server: "supervisor", serial: 21, pool: "p", pool_serial: 10, event: "TICK_5" };
        assert_eq!(
            String::from_utf8(envelope(header, "h\u{e9}")).expect("text"),
            "ver:3.0 server:supervisor serial:21 pool:p poolserial:10 eventname:TICK_5 len:2\nh\u{e9}"
        );
    }
}
