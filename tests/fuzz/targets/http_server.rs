//! Requests to the server: the same whatever the cuts, bounded, and every accessor holds.
#![no_main]

use libfuzzer_sys::fuzz_target;
use onevisor::wire::http::auth::{Secret, Verdict, judge};
use onevisor::wire::http::{
    Connection, Event, Head, MAX_BODY, MAX_HEADERS, Reader, Refusal, Request, Response, date, form_pairs,
};

fn admit(head: &Head) -> Result<(), Response> {
    match head.header("authorization").map(|value| judge(Some(value), "user", Secret::Clear("word"))) {
        None | Some(Verdict::Granted) => Ok(()),
        Some(Verdict::Denied) => Err(Response::unauthorized()),
        Some(Verdict::Malformed) => Err(Response::error(400)),
    }
}

/// What comes out, without what depends on the cuts.
fn events(pieces: &[&[u8]]) -> Vec<Event> {
    let mut connection = Connection::default();
    let mut found = Vec::new();
    for piece in pieces {
        connection.feed(piece);
        let mut told = 0;
        while let Some(event) = connection.next(admit) {
            match event {
                Event::Continue => told += 1,
                other => found.push(other),
            }
            assert!(told <= found.len() + 1, "Continue comes once a request");
        }
    }
    found
}

fn check_request(request: &Request) {
    let head = &request.head;
    assert!(request.body.len() <= MAX_BODY);
    assert!(head.headers().count() <= MAX_HEADERS);
    assert!(!head.first_line().contains(['\r', '\n']));
    assert!(head.first_line().starts_with(head.method()) && !head.method().is_empty());
    for (name, value) in head.headers() {
        assert!(
            !name.is_empty() && !name.contains(|c: char| c.is_whitespace() || c.is_control()),
            "{name:?}"
        );
        assert!(!value.contains(['\r', '\n', '\0']), "{value:?}");
        assert!(head.header(name).is_some());
    }
    let _ = head.path();
    let _ = form_pairs(head.query().unwrap_or_default()).count();
    let _ = form_pairs(&String::from_utf8_lossy(&request.body)).count();
}

/// A refusal is an answer that our own client can read.
fn check_refusal(refusal: &Refusal) {
    let Refusal::Answer(exchange, response) = refusal else { return };
    assert!(!exchange.keep_alive, "a refusal ends the connection");
    let mut out = Vec::new();
    assert!(response.write(*exchange, &date::format(0), &mut out).close);
    let (mut reader, mut body) = (Reader::new(exchange.head_only), Vec::new());
    assert_eq!(reader.feed(&out, &mut body), Ok(true));
    assert_eq!(reader.head().map(|head| head.status), Some(response.status()));
}

fuzz_target!(|input: &[u8]| {
    let (stream, pieces) = onevisor_fuzz::stream_and_pieces(input);
    let whole = events(&[stream]);
    assert_eq!(events(&pieces), whole);
    for (at, event) in whole.iter().enumerate() {
        match event {
            Event::Request(request) => check_request(request),
            Event::Refused(refusal) => {
                check_refusal(refusal);
                assert_eq!(at + 1, whole.len(), "nothing comes after a refusal");
            }
            Event::Continue => {}
        }
    }
});
