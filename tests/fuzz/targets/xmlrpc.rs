//! XML-RPC: what is read can be written and read again, and is the same then.
#![no_main]

use libfuzzer_sys::fuzz_target;
use onevisor::wire::json;
use onevisor::wire::xmlrpc::{self, Call, DEPTH, DecodeError, ELEMENTS, Reply, Value};
use std::borrow::Cow;

/// How deep its text nests, and of how many elements it is, each at least.
fn measure(value: &Value) -> (usize, usize) {
    let (depth, elements) = match value {
        Value::Array(items) => items.iter().map(measure).fold((2, 2), larger(0)),
        Value::Struct(members) => members.iter().map(|(_, value)| measure(value)).fold((1, 1), larger(2)),
        _ => (1, 1),
    };
    (depth + 1, elements + 1)
}

/// Adds up elements and keeps the greatest depth; `around` elements stand around each value.
fn larger(around: usize) -> impl Fn((usize, usize), (usize, usize)) -> (usize, usize) {
    move |(deep, many), (depth, elements)| (deep.max(depth + 2 + around), many + elements + around)
}

fn is_writable(values: &[Value]) -> bool {
    let (depth, elements) = values.iter().map(measure).fold((0, 8), larger(1));
    depth + 8 < DEPTH && elements + 8 < ELEMENTS
}

/// A carriage return is written as it is, and XML makes a newline of it. What base64 may hold and XML does not know becomes
/// U+FFFD.
fn plain(text: &str) -> String {
    let unknown =
        |c: char| (c < ' ' && !matches!(c, '\t' | '\n' | '\r')) || matches!(c, '\u{fffe}' | '\u{ffff}');
    let text: String = text.chars().map(|c| if unknown(c) { '\u{fffd}' } else { c }).collect();
    text.replace("\r\n", "\n").replace('\r', "\n")
}

/// What is left of a value after having been written. An empty element is nil to the reader of calls, and a number that is
/// none is not equal to itself.
fn written(value: &Value) -> Value {
    match value {
        Value::Text(text) => Value::Text(plain(text)),
        Value::Array(items) => Value::Array(items.iter().map(written).collect()),
        Value::Struct(members) => {
            let mut kept: Vec<(Cow<'static, str>, Value)> = Vec::new();
            for (name, value) in members {
                let (name, value) = (Cow::Owned(plain(name)), written(value));
                match kept.iter_mut().find(|(known, _)| *known == name) {
                    Some(member) => member.1 = value,
                    None => kept.push((name, value)),
                }
            }
            Value::Struct(kept)
        }
        Value::Double(number) if number.is_nan() => Value::Text("nan".to_owned()),
        other => other.clone(),
    }
}

fn read_again(text: &str, call: bool) -> Result<Vec<Value>, DecodeError> {
    if call {
        xmlrpc::decode_call(text.as_bytes()).map(|call| call.params)
    } else {
        xmlrpc::decode_response(text.as_bytes()).map(|reply| match reply {
            Reply::Value(value) => vec![value],
            Reply::Fault(fault) => vec![fault.text.into()],
        })
    }
}

/// Writes, reads, compares.
fn there_and_back(values: &[Value], text: &str, call: bool) {
    if is_writable(values) {
        let again = read_again(text, call).expect("our own text can be read");
        let (again, wanted): (Vec<_>, Vec<_>) =
            (again.iter().map(written).collect(), values.iter().map(written).collect());
        assert_eq!(again, wanted, "{text}");
    }
}

fuzz_target!(|input: &[u8]| {
    if let Ok(Call { method, params }) = xmlrpc::decode_call(input) {
        assert!(!method.is_empty());
        if let Ok(text) = xmlrpc::call(&method, &params) {
            there_and_back(&params, &text, true);
            if is_writable(&params) {
                assert_eq!(xmlrpc::decode_call(text.as_bytes()).map(|call| call.method), Ok(plain(&method)));
            }
        }
        for value in params {
            let _ = json::from_value(value).to_string();
        }
    }
    match xmlrpc::decode_response(input) {
        Ok(Reply::Value(value)) => {
            if let Ok(text) = xmlrpc::response(&value) {
                there_and_back(&[value], &text, false);
            }
        }
        Ok(Reply::Fault(fault)) => {
            let text = xmlrpc::fault(fault.code, &fault.text);
            there_and_back(&[fault.text.into()], &text, false);
        }
        Err(_) => {}
    }
});
