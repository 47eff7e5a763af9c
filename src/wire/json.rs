//! XML-RPC values as JSON and back, for `/api/v1`.

use crate::wire::xmlrpc::Value;
use serde_json::{Map, Number, Value as Json};
use std::borrow::Cow;

/// A value as JSON. Infinities and NaN, which JSON does not know, become null; a date becomes text.
#[must_use]
pub fn from_value(value: Value) -> Json {
    match value {
        Value::Nil => Json::Null,
        Value::Int(number) => Json::from(number),
        Value::Bool(truth) => Json::Bool(truth),
        Value::Double(number) => Number::from_f64(number).map_or(Json::Null, Json::Number),
        Value::Text(text) | Value::DateTime(text) => Json::String(text),
        Value::Array(items) => Json::Array(items.into_iter().map(from_value).collect()),
        Value::Struct(members) => {
            let members = members.into_iter().map(|(name, value)| (name.into_owned(), from_value(value)));
            Json::Object(members.collect::<Map<_, _>>())
        }
    }
}

/// Commas and opening brackets that a text may have outside of its strings: so many values it has at most. Each takes some 100
/// bytes while it is read, so this bounds what a small but hostile text can make us allocate, as `xmlrpc::ELEMENTS` does.
pub const ELEMENTS: usize = 1 << 16;

/// Reads JSON.
///
/// # Errors
///
/// Why the text is none, or that it has more than [`ELEMENTS`] values.
pub fn read(text: &[u8]) -> Result<Value, String> {
    if elements(text) > ELEMENTS {
        return Err(format!("more than {ELEMENTS} values"));
    }
    serde_json::from_slice(text).map(to_value).map_err(|why| why.to_string())
}

/// Counts what begins a value, as far as the text is JSON.
fn elements(text: &[u8]) -> usize {
    let (mut count, mut in_string, mut escaped) = (0, false, false);
    for byte in text {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b',' | b'[' | b'{' if !in_string => count += 1,
            _ => {}
        }
    }
    count
}

/// JSON as a value. A number that is not whole, or too big to be, becomes a double.
///
/// Recurses as deep as the JSON nests; `serde_json` reads no more than 128 levels.
#[must_use]
pub fn to_value(json: Json) -> Value {
    match json {
        Json::Null => Value::Nil,
        Json::Bool(truth) => Value::Bool(truth),
        Json::Number(number) => number
            .as_i64()
            .map_or_else(|| Value::Double(number.as_f64().unwrap_or(f64::INFINITY)), Value::Int),
        Json::String(text) => Value::Text(text),
        Json::Array(items) => Value::Array(items.into_iter().map(to_value).collect()),
        Json::Object(members) => Value::Struct(
            members.into_iter().map(|(name, value)| (Cow::Owned(name), to_value(value))).collect(),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        let value = Value::record([
            ("a", Value::Array(vec![1.into(), true.into(), "x".into(), Value::Nil])),
            ("b", Value::Double(1.5)),
            ("c", Value::Struct(Vec::new())),
        ]);
        assert_eq!(to_value(from_value(value.clone())), value);
        assert_eq!(from_value(value).to_string(), r#"{"a":[1,true,"x",null],"b":1.5,"c":{}}"#);
    }

    #[test]
    fn the_number_of_values_is_bounded() {
        let zeros = |count: usize| format!("[{}0]", "0,".repeat(count - 1));
        assert_eq!(
            read(zeros(ELEMENTS - 1).as_bytes()).map(|value| value.as_array().map(<[_]>::len)),
            Ok(Some(ELEMENTS - 1))
        );
        assert!(read(zeros(ELEMENTS + 1).as_bytes()).is_err());
        assert!(read("[".repeat(1 << 20).as_bytes()).is_err());
        let text = r#"\",[{"#.repeat(ELEMENTS);
        assert_eq!(
            read(format!("[\"{text}\"]").as_bytes()),
            Ok(Value::Array(vec![r#"",[{"#.repeat(ELEMENTS).into()]))
        );
    }

    #[test]
    fn what_one_side_does_not_know() {
        assert_eq!(from_value(Value::Double(f64::NAN)), Json::Null);
        assert_eq!(from_value(Value::DateTime("20200102T03:04:05".into())), Json::from("20200102T03:04:05"));
        assert_eq!(to_value(Json::from(u64::MAX)), Value::Double(18_446_744_073_709_551_615.0));
    }
}
