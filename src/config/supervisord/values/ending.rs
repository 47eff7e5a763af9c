//! When and how the daemon ends: `exit_when=` and `exit_status=`. Both are ours; the original has neither.

use crate::base::text::python_repr;
use crate::config::supervisord::python::strip;
use crate::config::supervisord::values::{integer, signal};
use crate::model::{EndKind, ExitRule, ExitWhen};

/// What makes the daemon end by itself.
///
/// # Errors
/// `invalid exit_when value 'x': ...`.
pub fn exit_when(text: &str) -> Result<ExitWhen, String> {
    let lower = text.to_lowercase();
    let found = ExitWhen::NAMES.iter().find(|(name, _)| *name == lower).map(|(_, when)| *when);
    let names = || ExitWhen::NAMES.map(|(name, _)| name).join(", ");
    found.ok_or_else(|| format!("invalid exit_when value {}: it is one of {}", python_repr(text), names()))
}

/// Rules `WHAT:STATUS` between commas.
///
/// # Errors
/// What is wrong with the first bad rule.
pub fn exit_rules(text: &str) -> Result<Vec<ExitRule>, String> {
    if strip(text).is_empty() {
        return Ok(Vec::new());
    }
    text.split(',').map(|rule| rule_of(strip(rule))).collect()
}

fn rule_of(text: &str) -> Result<ExitRule, String> {
    let wrong = |why: &str| format!("invalid exit_status rule {}: {why}", python_repr(text));
    let (what, status) = text.split_once(':').ok_or_else(|| wrong("it has the form WHAT:STATUS"))?;
    let of = kind_of(strip(what)).ok_or_else(|| {
        wrong("WHAT is a status from 0 to 255, the name of a signal, signal, fatal, stopped or *")
    })?;
    let status = match strip(status) {
        "same" => None,
        number => Some(byte(number).ok_or_else(|| wrong("STATUS is a number from 0 to 255, or same"))?),
    };
    Ok(ExitRule { of, status })
}

fn kind_of(what: &str) -> Option<EndKind> {
    match what.to_lowercase().as_str() {
        "*" => Some(EndKind::Any),
        "fatal" => Some(EndKind::Fatal),
        "stopped" => Some(EndKind::Stopped),
        "signal" => Some(EndKind::Signal(None)),
        _ if integer(what).is_ok() => byte(what).map(EndKind::Status),
        _ => signal(what).ok().map(|signal| EndKind::Signal(Some(signal))),
    }
}

fn byte(text: &str) -> Option<u8> {
    integer(text).ok().and_then(|number| u8::try_from(number.value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Signal;

    #[test]
    fn rules_are_read_in_order() {
        let rule = |of, status| ExitRule { of, status };
        assert_eq!(
            exit_rules(" 143:0, SIGKILL:9,signal:1, fatal : 70,stopped:same, *:2 "),
            Ok(vec![
                rule(EndKind::Status(143), Some(0)),
                rule(EndKind::Signal(Some(Signal::KILL)), Some(9)),
                rule(EndKind::Signal(None), Some(1)),
                rule(EndKind::Fatal, Some(70)),
                rule(EndKind::Stopped, None),
                rule(EndKind::Any, Some(2)),
            ])
        );
        assert_eq!(exit_rules(""), Ok(vec![]));
        for bad in ["1", "1:", "1:256", "300:0", "foo:1", "1:2,", ":1"] {
            let error = exit_rules(bad).expect_err(bad);
            assert!(error.starts_with("invalid exit_status rule '"), "{error}");
        }
    }

    #[test]
    fn moments_have_names() {
        assert_eq!(exit_when("Any_Fatal"), Ok(ExitWhen::AnyFatal));
        assert_eq!(
            exit_when("sometimes"),
            Err("invalid exit_when value 'sometimes': it is one of never, any_fatal, any_exit, all_exited"
                .to_owned())
        );
    }
}
