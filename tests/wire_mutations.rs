//! Feeds the parsers of the wire layer with damaged input: none may panic, none may care where its input was cut, and
//! what is meant to exhaust them is refused at once. The random numbers come from a fixed seed, so a failure repeats.

use onevisor::wire::http::{Connection, Event, Reader, chunked};
use onevisor::wire::xmlrpc::{self, DEPTH, DecodeError, ELEMENTS};
use std::fs;
use std::path::Path;

/// Xorshift: enough to damage things with.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 16).expect("48 bits") % limit.max(1)
    }

    /// Changes, removes, doubles or inserts a few bytes, once or twice.
    fn damage(&mut self, bytes: &mut Vec<u8>, words: &[&[u8]]) {
        for _ in 0..=self.below(2) {
            let at = self.below(bytes.len() + 1);
            let until = (at + self.below(12)).min(bytes.len());
            match self.below(5) {
                0 if at < bytes.len() => bytes[at] = u8::try_from(self.below(256)).expect("a byte"),
                1 => drop(bytes.drain(at..until)),
                2 => {
                    let copy = bytes[at..until].to_vec();
                    bytes.splice(at..at, copy);
                }
                3 => bytes.truncate(at),
                _ => {
                    let word = words[self.below(words.len())];
                    bytes.splice(at..at, word.iter().copied());
                }
            }
        }
    }

    fn cut<'a>(&mut self, bytes: &'a [u8]) -> Vec<&'a [u8]> {
        let mut pieces = Vec::new();
        let mut rest = bytes;
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(1 + self.below(rest.len().min(40)));
            pieces.push(piece);
            rest = after;
        }
        pieces
    }
}

fn golden(name: &str) -> serde_json::Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compat/golden").join(name);
    serde_json::from_str(&fs::read_to_string(path).expect("a golden file")).expect("JSON")
}

const XML: &[&[u8]] = &[
    b"<",
    b">",
    b"/",
    b"&",
    b"&amp;",
    b"&#x41;",
    b"<![CDATA[",
    b"]]>",
    b"<!--",
    b"-->",
    b"<?",
    b"?>",
    b"<!DOCTYPE",
    b"<value>",
    b"</value>",
    b"<int>",
    b"<struct>",
    b"<member>",
    b"<name>",
    b"\xff",
    b"\xef\xbf\xbe",
    b"\0",
    b"\r\n",
];

const HTTP: &[&[u8]] = &[
    b"\r\n",
    b"\r\n\r\n",
    b" ",
    b":",
    b"%",
    b"%4",
    b"?",
    b"#",
    b"HTTP/1.0",
    b"POST",
    b"0\r\n\r\n",
    b"\n",
    b"\xc3",
    b"Content-Length: 5\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Connection: close\r\n",
    b"Expect: 100-continue\r\n",
];

#[test]
fn damaged_calls_and_answers() {
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    let (calls, responses) = (golden("calls.json"), golden("encodings.json"));
    let calls = calls.as_array().expect("a list").iter().filter_map(|case| case[0].as_str());
    let responses =
        responses["responses"].as_array().expect("a list").iter().filter_map(|case| case[1].as_str());
    let mut read = 0;
    for text in calls.chain(responses) {
        for _ in 0..60 {
            let mut bytes = text.as_bytes().to_vec();
            random.damage(&mut bytes, XML);
            read += usize::from(xmlrpc::decode_call(&bytes).is_ok());
            if let Ok(xmlrpc::Reply::Value(value)) = xmlrpc::decode_response(&bytes) {
                read += 1;
                // Whatever is read can be written, unless a number is too big.
                let _ = xmlrpc::response(&value);
            }
        }
    }
    // The damage must leave something over, or the test says nothing.
    assert!(read > 500, "{read}");
}

fn events(pieces: &[&[u8]]) -> Vec<Event> {
    let mut connection = Connection::default();
    let mut found = Vec::new();
    for piece in pieces {
        connection.feed(piece);
        while let Some(event) = connection.next(|_| Ok(())) {
            if event != Event::Continue {
                found.push(event);
            }
        }
    }
    found
}

#[test]
fn damaged_requests() {
    let mut random = Random(0x2545_f491_4f6c_dd1d);
    let mut requests = 0;
    for case in golden("conversations.json").as_array().expect("a list") {
        let sent: Vec<u8> =
            case["sent"].as_str().expect("text").chars().map(|c| u8::try_from(c).expect("a byte")).collect();
        for _ in 0..150 {
            let mut bytes = sent.clone();
            random.damage(&mut bytes, HTTP);
            let whole = events(&[&bytes]);
            let pieces = random.cut(&bytes);
            assert_eq!(events(&pieces), whole, "{:?}", String::from_utf8_lossy(&bytes));
            requests += whole.iter().filter(|event| matches!(event, Event::Request(_))).count();
        }
    }
    assert!(requests > 1000, "{requests}");
}

#[test]
fn damaged_replies() {
    let read = |pieces: &[&[u8]]| {
        let (mut reader, mut body) = (Reader::new(false), Vec::new());
        for piece in pieces {
            reader.feed(piece, &mut body)?;
        }
        let done = reader.is_done();
        Ok::<_, onevisor::wire::http::ReplyError>((reader.head().cloned(), body, done, reader.is_reusable()))
    };
    let mut random = Random(0x1234_5678_9abc_def1);
    let mut chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
    for piece in ["one", "two and more", "\r\n"] {
        chunked::write(piece.as_bytes(), &mut chunks);
    }
    chunks.extend_from_slice(chunked::END);
    let plain = b"HTTP/1.1 200 OK\r\nServer: x\r\nContent-Length: 12\r\n\r\nhello, world".to_vec();
    let mut complete = 0;
    for sent in [chunks, plain] {
        for _ in 0..5000 {
            let mut bytes = sent.clone();
            random.damage(&mut bytes, HTTP);
            let whole = read(&[&bytes]);
            assert_eq!(read(&random.cut(&bytes)), whole, "{:?}", String::from_utf8_lossy(&bytes));
            complete += usize::from(whole.is_ok_and(|(_, _, done, _)| done));
        }
    }
    assert!(complete > 500, "{complete}");
}

fn refused(text: &str) -> bool {
    matches!(xmlrpc::decode_call(text.as_bytes()), Err(DecodeError::Unmarshallable(_)))
}

#[test]
fn what_would_exhaust_us_is_refused() {
    let value = |inner: &str| {
        format!("<methodCall><methodName>m</methodName><params><param>{inner}</param></params></methodCall>")
    };
    let nested = |depth: usize| value(&("<value>".repeat(depth) + &"</value>".repeat(depth)));
    // Three elements are open around the innermost parameter.
    assert!(!refused(&nested(DEPTH - 3)));
    assert!(refused(&nested(DEPTH - 2)));
    assert!(refused(&"<value>".repeat(1 << 20)));
    assert!(refused(&nested(1 << 20)));
    let flat = |elements: usize| {
        value(&format!("<value><array><data>{}</data></array></value>", "<i/>".repeat(elements)))
    };
    assert!(!refused(&flat(ELEMENTS - 7)));
    assert!(refused(&flat(ELEMENTS - 6)));
    let laughs: String =
        (1..10).map(|n| format!("<!ENTITY l{n} \"{}\">", format!("&l{};", n - 1).repeat(10))).collect();
    assert!(refused(&format!("<!DOCTYPE l [<!ENTITY l0 \"ha\">{laughs}]>{}", value("&l9;"))));
    assert!(refused(&format!("<!DOCTYPE m SYSTEM \"file:///etc/passwd\">{}", value("x"))));
    // Many names in a struct, the same one or not, take no more than a moment each.
    let member = |name: usize| format!("<member><name>{name}</name><value/></member>");
    let same: String = (0..20_000).map(|_| member(1)).collect();
    let different: String = (0..20_000).map(member).collect();
    for members in [same, different] {
        assert!(!refused(&value(&format!("<value><struct>{members}</struct></value>"))));
    }
}
