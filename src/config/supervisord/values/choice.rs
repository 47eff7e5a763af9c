//! Values that are one of a few words: booleans, log levels, signals, `autorestart`.

use crate::base::Signal;
use crate::base::text::python_repr;
use crate::config::supervisord::python::strip;
use crate::config::supervisord::values::integer;
use crate::model::{AutoRestart, ChildOutput, LogFormat, LogLevel};

fn truth(lower: &str) -> Option<bool> {
    match lower {
        "yes" | "true" | "on" | "1" => Some(true),
        "no" | "false" | "off" | "0" => Some(false),
        _ => None,
    }
}

/// Yes or no.
///
/// # Errors
/// `not a valid boolean value: 'maybe'`.
pub fn boolean(text: &str) -> Result<bool, String> {
    truth(&text.to_lowercase()).ok_or_else(|| format!("not a valid boolean value: {}", python_repr(text)))
}

/// When to start again.
///
/// # Errors
/// `invalid 'autorestart' value 'always'`, the value in lower case.
pub fn auto_restart(text: &str) -> Result<AutoRestart, String> {
    let lower = text.to_lowercase();
    match truth(&lower) {
        Some(true) => Ok(AutoRestart::Always),
        Some(false) => Ok(AutoRestart::Never),
        None if lower == "unexpected" => Ok(AutoRestart::Unexpected),
        None => Err(format!("invalid 'autorestart' value {}", python_repr(&lower))),
    }
}

/// A level of the activity log.
///
/// # Errors
/// `bad logging level name 'warning'`.
pub fn log_level(text: &str) -> Result<LogLevel, String> {
    LogLevel::from_name(text).ok_or_else(|| format!("bad logging level name {}", python_repr(text)))
}

/// How lines of programs appear on the daemon's output. An option of ours, in [supervisord] and in a program.
///
/// # Errors
/// `invalid value 'xml' for the output of programs: it is one of none, raw, prefix, json`.
pub fn child_output(text: &str) -> Result<ChildOutput, String> {
    one_of(text, "the output of programs", &ChildOutput::NAMES)
}

/// How lines of the activity log look. An option of ours.
///
/// # Errors
/// `invalid value 'xml' for the format of the activity log: it is one of text, json`.
pub fn log_format(text: &str) -> Result<LogFormat, String> {
    one_of(text, "the format of the activity log", &LogFormat::NAMES)
}

fn one_of<T: Copy>(text: &str, what: &str, names: &[(&str, T)]) -> Result<T, String> {
    let lower = strip(text).to_lowercase();
    names.iter().find(|(name, _)| *name == lower).map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<&str> = names.iter().map(|(name, _)| *name).collect();
        format!("invalid value {} for {what}: it is one of {}", python_repr(text), names.join(", "))
    })
}

/// A signal by number or name.
///
/// # Errors
/// `value 'FOO' is not a valid signal name`, `value '99' is not a valid signal number`.
pub fn signal(text: &str) -> Result<Signal, String> {
    let shown = || python_repr(text);
    let number = match integer(text) {
        Ok(number) => i32::try_from(number.value).unwrap_or(-1),
        Err(_) => named(text).ok_or_else(|| format!("value {} is not a valid signal name", shown()))?.0,
    };
    let known = number == 0 || Signal::names().any(|(_, signal)| signal.0 == number);
    if known { Ok(Signal(number)) } else { Err(format!("value {} is not a valid signal number", shown())) }
}

/// A signal's name, and the constants that Python's `signal` module keeps beside them.
fn named(text: &str) -> Option<Signal> {
    let upper = strip(text).to_uppercase();
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
    fn booleans_come_in_any_case() {
        for text in ["yes", "True", "ON", "1"] {
            assert_eq!(boolean(text), Ok(true));
            assert_eq!(auto_restart(text), Ok(AutoRestart::Always));
        }
        for text in ["no", "False", "OFF", "0"] {
            assert_eq!(boolean(text), Ok(false));
            assert_eq!(auto_restart(text), Ok(AutoRestart::Never));
        }
        assert_eq!(boolean("Maybe"), Err("not a valid boolean value: 'Maybe'".to_owned()));
        assert_eq!(boolean(""), Err("not a valid boolean value: ''".to_owned()));
        assert_eq!(auto_restart("Unexpected"), Ok(AutoRestart::Unexpected));
        assert_eq!(auto_restart("ALWAYS"), Err("invalid 'autorestart' value 'always'".to_owned()));
    }

    #[test]
    fn every_signal_that_python_knows_is_a_signal() {
        for (name, number) in Signal::names() {
            assert_eq!(signal(name), Ok(number));
            assert_eq!(signal(&number.0.to_string()), Ok(number));
        }
        for (text, number) in [("0", 0), (" term ", 15), ("sigRTMIN", 34), ("64", 64), ("cld", 17)] {
            assert_eq!(signal(text), Ok(Signal(number)), "{text}");
        }
        for text in ["FOO", "RTMIN+1", "", "1.5"] {
            assert_eq!(signal(text), Err(format!("value '{text}' is not a valid signal name")));
        }
        for text in ["99", "-1", "32", "33", "35", "99999999999999999999"] {
            assert_eq!(signal(text), Err(format!("value '{text}' is not a valid signal number")));
        }
    }

    #[test]
    fn levels_have_exactly_seven_names() {
        for name in ["critical", "error", "warn", "info", "debug", "trace", "BLATHER"] {
            assert!(log_level(name).is_ok(), "{name}");
        }
        for name in ["warning", "crit", "", "20"] {
            assert_eq!(log_level(name), Err(format!("bad logging level name '{name}'")));
        }
    }
}
