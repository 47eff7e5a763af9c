//! Compares what we say on the wire with what Supervisor 4.3.0 said when `tests/compat/golden/make` asked it.
//!
//! The files hold the original's own words. A case in which we differ on purpose says why, and what we do instead.

use onevisor::wire::http::auth::{self, Secret, Verdict};
use onevisor::wire::http::{Connection, Event, Head, Refusal, Request, Response, date};
use onevisor::wire::xmlrpc::{self, Reply, Value};
use serde_json::Value as Json;
use std::borrow::Cow;
use std::fs;
use std::path::Path;

fn golden(name: &str) -> Json {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/compat/golden").join(name);
    serde_json::from_str(&fs::read_to_string(path).expect("a golden file")).expect("JSON")
}

fn list(json: &Json) -> &[Json] {
    json.as_array().expect("a list")
}

fn text(json: &Json) -> &str {
    json.as_str().expect("text")
}

/// A value as `make` writes it: its kind and what it holds.
fn value(json: &Json) -> Value {
    let held = &json[1];
    match text(&json[0]) {
        "nil" => Value::Nil,
        "bool" => Value::Bool(held.as_bool().expect("a truth value")),
        "int" => Value::Int(held.as_i64().expect("a number")),
        "double" => Value::Double(text(held).parse().expect("a number")),
        "text" => text(held).into(),
        "date" => Value::DateTime(text(held).to_owned()),
        "array" => Value::Array(list(held).iter().map(value).collect()),
        "struct" => Value::Struct(
            list(held).iter().map(|m| (Cow::Owned(text(&m[0]).to_owned()), value(&m[1]))).collect(),
        ),
        other => unreachable!("a value of kind {other}"),
    }
}

/// Equality that takes NaN for itself.
fn same(left: &Value, right: &Value) -> bool {
    format!("{left:?}") == format!("{right:?}")
}

#[test]
fn answers_are_written_byte_for_byte() {
    let golden = golden("encodings.json");
    for case in list(&golden["responses"]) {
        let value = value(&case[0]);
        assert_eq!(xmlrpc::response(&value).as_deref(), Ok(text(&case[1])));
        // And read back, but for carriage returns, which every reader of XML takes for newlines.
        let Ok(Reply::Value(read)) = xmlrpc::decode_response(text(&case[1]).as_bytes()) else {
            panic!("cannot read {case}");
        };
        let written = xmlrpc::response(&read).expect("what was read can be written");
        assert_eq!(written, text(&case[1]).replace("\r\n", "\n").replace('\r', "\n"));
    }
    for case in list(&golden["faults"]) {
        let code = i32::try_from(case[0].as_i64().expect("a code")).expect("a small code");
        assert_eq!(xmlrpc::fault(code, text(&case[1])), text(&case[2]));
    }
    for case in list(&golden["calls"]) {
        let params: Vec<Value> = list(&case[1]).iter().map(value).collect();
        assert_eq!(xmlrpc::call(text(&case[0]), &params).as_deref(), Ok(text(&case[2])));
        let read = xmlrpc::decode_call(text(&case[2]).as_bytes()).expect("a call");
        assert_eq!((read.method.as_str(), read.params), (text(&case[0]), params));
    }
}

#[test]
fn calls_are_read_as_the_original_reads_them() {
    let mut wrong = Vec::new();
    for case in list(&golden("calls.json")) {
        let ours = xmlrpc::decode_call(text(&case[0]).as_bytes());
        let agree = match (&ours, &case[1]) {
            (Err(_), Json::Null) => true,
            (Ok(call), Json::Array(theirs)) => {
                let params = Value::Array(list(&theirs[1]).iter().map(value).collect());
                call.method == text(&theirs[0]) && same(&Value::Array(call.params.clone()), &params)
            }
            (Ok(_) | Err(_), _) => false,
        };
        // A known difference that went away should lose its reason.
        if agree != case[2].is_null() {
            wrong.push(format!("{case}\n   we read {ours:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn answers_are_read_as_pythons_client_reads_them() {
    for case in list(&golden("responses.json")) {
        let ours = xmlrpc::decode_response(text(&case[0]).as_bytes());
        let agree = match (&ours, case[1].as_array().map(Vec::as_slice)) {
            (Err(_), None) => true,
            (Ok(Reply::Value(ours)), Some([_, theirs])) => same(ours, &value(theirs)),
            (Ok(Reply::Fault(fault)), Some([_, code, theirs])) => {
                Some(i64::from(fault.code)) == code.as_i64() && fault.text == text(theirs)
            }
            (Ok(_) | Err(_), _) => false,
        };
        assert!(agree, "{case}: we read {ours:?}");
    }
}

/// Just enough of a server for the conversations.
struct Server {
    secret: bool,
}

impl Server {
    fn admit(&self, head: &Head) -> Result<(), Response> {
        if !self.secret {
            return Ok(());
        }
        match auth::judge(head.header("authorization"), "user", Secret::Clear("pa:ss")) {
            Verdict::Granted => Ok(()),
            Verdict::Denied => Err(Response::unauthorized()),
            Verdict::Malformed => Err(Response::error(400)),
        }
    }

    fn serve(request: &Request) -> Response {
        match (request.head.method(), request.head.path()) {
            ("POST", "/RPC2") => match xmlrpc::decode_call(&request.body) {
                Ok(_) => {
                    let state = Value::record([("statecode", 1.into()), ("statename", "RUNNING".into())]);
                    Response::xml(xmlrpc::response(&state).expect("small numbers"))
                }
                Err(_) => Response::error(400),
            },
            ("GET" | "POST", "/ok.html") => {
                Response::new(200).with("Content-Type", "text/plain").with_body(b"OK".as_slice())
            }
            ("GET", "/logtail/cat") => Response::new(200)
                .with("Last-Modified", "then")
                .with("Content-Type", "text/plain;charset=utf-8")
                .with("X-Accel-Buffering", "no")
                .with_stream(),
            ("GET" | "HEAD", "/stylesheets/supervisor.css") => {
                let since = request.head.header("if-modified-since").unwrap_or_default();
                if date::not_modified(since, 0) {
                    return Response::new(304);
                }
                Response::new(200)
                    .with("Last-Modified", "then")
                    .with_body(vec![b'x'; 3430])
                    .with("Content-Type", "text/css")
            }
            (_, "/RPC2") => Response::error(400),
            ("GET" | "HEAD", _) => Response::error(404),
            _ => Response::error(400),
        }
    }

    /// What goes back, and whether the connection is closed.
    fn converse(&self, sent: &[u8], piece: usize) -> (String, bool) {
        let mut connection = Connection::default();
        let mut out = Vec::new();
        for data in sent.chunks(piece) {
            connection.feed(data);
            while let Some(event) = connection.next(|head| self.admit(head)) {
                let delivery = match event {
                    Event::Request(request) => {
                        Self::serve(&request).write(request.head.exchange(), "then", &mut out)
                    }
                    Event::Refused(Refusal::Answer(exchange, response)) => {
                        response.write(exchange, "then", &mut out)
                    }
                    Event::Refused(Refusal::Silent) => return (String::from_utf8(out).expect("text"), true),
                    Event::Continue => continue,
                };
                if delivery.close {
                    return (String::from_utf8(out).expect("text"), true);
                }
            }
        }
        (String::from_utf8(out).expect("text"), false)
    }
}

fn statuses(answer: &str) -> Vec<u64> {
    let lines = answer.split('\n').filter_map(|line| line.find("HTTP/1.").and_then(|at| line.get(at..)));
    lines.filter_map(|line| line.split(' ').nth(1)?.parse().ok()).collect()
}

#[test]
fn conversations_are_those_of_the_original() {
    let mut wrong = Vec::new();
    for case in list(&golden("conversations.json")) {
        let server = Server { secret: case["secret"].as_bool().expect("a truth value") };
        let sent: Vec<u8> = text(&case["sent"]).chars().map(|c| u8::try_from(c).expect("a byte")).collect();
        let (answer, closed) = server.converse(&sent, sent.len());
        assert_eq!(server.converse(&sent, 1), (answer.clone(), closed), "{case}, byte by byte");
        let agree = answer == text(&case["answer"]) && Some(closed) == case["closed"].as_bool();
        let as_we_say = || {
            let wanted: Vec<u64> = list(&case["statuses"]).iter().filter_map(Json::as_u64).collect();
            statuses(&answer) == wanted && Some(closed) == case["closes"].as_bool()
        };
        let right = if case["differs"].is_null() { agree } else { !agree && as_we_say() };
        if !right {
            wrong.push(format!("{case}\n   we answer {answer:?}, close: {closed}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}
