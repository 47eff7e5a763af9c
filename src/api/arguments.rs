//! Parameters as Python's code takes them: clients send a number where text is wanted and the like, and what the original
//! makes of it is part of the interface.

use crate::api::Refusal;
use crate::api::fault::Code;
use crate::base::Signal;
use crate::base::text::python_repr;
use crate::wire::xmlrpc::{Fault, Value};

/// `bool(value)`.
pub(super) fn is_true(value: &Value) -> bool {
    match value {
        Value::Nil => false,
        Value::Int(number) => *number != 0,
        Value::Bool(truth) => *truth,
        Value::Double(number) => *number != 0.0,
        Value::Text(text) => !text.is_empty(),
        Value::DateTime(_) => true,
        Value::Array(items) => !items.is_empty(),
        Value::Struct(members) => !members.is_empty(),
    }
}

/// `str(value)`.
pub(super) fn text_of(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        other => repr(other),
    }
}

/// `repr(value)`.
fn repr(value: &Value) -> String {
    match value {
        Value::Nil => "None".to_owned(),
        Value::Int(number) => number.to_string(),
        Value::Bool(true) => "True".to_owned(),
        Value::Bool(false) => "False".to_owned(),
        Value::Double(number) => format!("{number:?}"),
        Value::Text(text) | Value::DateTime(text) => python_repr(text),
        Value::Array(items) => format!("[{}]", items.iter().map(repr).collect::<Vec<_>>().join(", ")),
        Value::Struct(members) => {
            let members =
                members.iter().map(|(name, value)| format!("{}: {}", python_repr(name), repr(value)));
            format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
        }
    }
}

/// The name of the value's type in Python.
fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Nil => "NoneType",
        Value::Int(_) => "int",
        Value::Bool(_) => "bool",
        Value::Double(_) => "float",
        Value::Text(_) => "str",
        Value::DateTime(_) => "datetime.datetime",
        Value::Array(_) => "list",
        Value::Struct(_) => "dict",
    }
}

/// What Python says of `value.method()` where values of that type have no such method.
pub(super) fn without_method(value: &Value, method: &str) -> Refusal {
    let kind = type_name(value);
    Refusal::Broken(format!("<class 'AttributeError'>:'{kind}' object has no attribute '{method}'"))
}

/// A process name, which is split at once: anything but text breaks.
pub(super) fn name(value: &Value) -> Result<&str, Refusal> {
    value.as_str().ok_or_else(|| without_method(value, "split"))
}

/// A key that is looked up among names: lists and structs cannot be looked up, anything else is just not there.
pub(super) fn key(value: &Value) -> Result<&str, Refusal> {
    match value {
        Value::Text(text) => Ok(text),
        Value::Array(_) | Value::Struct(_) => Err(Code::IncorrectParameters.bare().into()),
        Value::Nil | Value::Int(_) | Value::Bool(_) | Value::Double(_) | Value::DateTime(_) => {
            Err(bad_name(value).into())
        }
    }
}

/// The fault for a name that is not there; nothing at all is not shown.
pub(super) fn bad_name(value: &Value) -> Fault {
    if *value == Value::Nil { Code::BadName.bare() } else { Code::BadName.with(text_of(value)) }
}

/// `int(value)`.
pub(super) fn whole(value: &Value) -> Result<i64, Refusal> {
    let broken = |kind: &str, text: String| Refusal::Broken(format!("<class '{kind}'>:{text}"));
    match value {
        Value::Int(number) => Ok(*number),
        Value::Bool(truth) => Ok(i64::from(*truth)),
        Value::Double(number) if number.is_nan() => {
            Err(broken("ValueError", "cannot convert float NaN to integer".to_owned()))
        }
        Value::Double(number) if number.is_infinite() => {
            Err(broken("OverflowError", "cannot convert float infinity to integer".to_owned()))
        }
        #[expect(clippy::cast_possible_truncation, reason = "saturates, and no file is that long")]
        Value::Double(number) => Ok(number.trunc() as i64),
        Value::Text(text) => text.trim().parse().map_err(|_| {
            broken("ValueError", format!("invalid literal for int() with base 10: {}", python_repr(text)))
        }),
        Value::Nil | Value::DateTime(_) | Value::Array(_) | Value::Struct(_) => {
            Err(Code::IncorrectParameters.bare().into())
        }
    }
}

/// A signal by number or name, as `signal_number` of `supervisor/datatypes.py` reads it.
pub(super) fn signal(value: &Value) -> Result<Signal, Refusal> {
    let bad = || Refusal::from(Code::BadSignal.with(text_of(value)));
    let number = match whole(value) {
        Ok(number) => i32::try_from(number).map_err(|_| bad())?,
        Err(_) => match value {
            Value::Text(text) => named_signal(text).ok_or_else(bad)?.0,
            Value::Double(_) => return Err(bad()),
            other => return Err(without_method(other, "strip")),
        },
    };
    let known = number == 0 || Signal::names().any(|(_, signal)| signal.0 == number);
    if known { Ok(Signal(number)) } else { Err(bad()) }
}

/// A signal's name, and the constants that Python's `signal` module keeps beside them.
fn named_signal(text: &str) -> Option<Signal> {
    let upper = text.trim().to_uppercase();
    match upper.strip_prefix("SIG").unwrap_or(&upper) {
        "_DFL" | "_BLOCK" => Some(Signal(0)),
        "_IGN" | "_UNBLOCK" => Some(Signal(1)),
        "_SETMASK" => Some(Signal(2)),
        _ => Signal::from_name(&upper),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_read_as_python_shows_them() {
        let list = Value::Array(vec!["it's".into(), Value::Nil, true.into(), 3.into(), Value::Double(1.5)]);
        assert_eq!(text_of(&list), "[\"it's\", None, True, 3, 1.5]");
        assert_eq!(text_of(&Value::record([("a", "b".into())])), "{'a': 'b'}");
        assert_eq!(text_of(&"x".into()), "x");
        assert_eq!(text_of(&false.into()), "False");
    }

    #[test]
    fn truth_is_pythons() {
        let yes = [
            1.into(),
            true.into(),
            Value::Double(0.1),
            "0".into(),
            Value::Array(vec![Value::Nil]),
            Value::record([("", Value::Nil)]),
            Value::DateTime(String::new()),
        ];
        assert!(yes.iter().all(is_true));
        let no = [0.into(), false.into(), Value::Double(0.0), "".into(), Value::Nil];
        assert!(!no.iter().any(is_true));
        assert!(!is_true(&Value::Array(vec![])) && !is_true(&Value::Struct(vec![])));
    }

    #[test]
    fn numbers_are_made_of_many_things() {
        assert_eq!(whole(&" -5 ".into()), Ok(-5));
        assert_eq!(whole(&Value::Double(-1.9)), Ok(-1));
        assert_eq!(whole(&true.into()), Ok(1));
        assert_eq!(whole(&Value::Nil), Err(Code::IncorrectParameters.bare().into()));
        for broken in ["x".into(), Value::Double(f64::NAN), Value::Double(f64::INFINITY)] {
            assert!(matches!(whole(&broken), Err(Refusal::Broken(_))), "{broken:?}");
        }
    }

    #[test]
    fn signals_come_in_many_forms() {
        let table: [(Value, i32); 8] = [
            ("HUP".into(), 1),
            ("sigterm".into(), 15),
            (" usr1 ".into(), 10),
            ("15".into(), 15),
            (9.into(), 9),
            (true.into(), 1),
            (0.into(), 0),
            ("SIG_DFL".into(), 0),
        ];
        for (value, number) in table {
            assert_eq!(signal(&value), Ok(Signal(number)), "{value:?}");
        }
        for value in ["FOO".into(), "99".into(), 99.into(), (-1).into(), 32.into(), 35.into(), "".into()] {
            assert_eq!(signal(&value), Err(Code::BadSignal.with(text_of(&value)).into()));
        }
        for value in [Value::Nil, Value::Array(vec![])] {
            assert!(matches!(signal(&value), Err(Refusal::Broken(_))));
        }
    }
}
