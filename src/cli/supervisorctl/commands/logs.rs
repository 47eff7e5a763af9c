//! Log files: `tail`, `maintail`, `clear`.

use super::{print_outcome, refuse};
use crate::cli::supervisorctl::line::words;
use crate::cli::supervisorctl::names::{self, Outcome, code};
use crate::cli::supervisorctl::output::{self, Did};
use crate::cli::supervisorctl::session::{Done, Failure, Flow, Session, status};
use crate::cli::supervisorctl::{follow, help};
use crate::config::supervisord::values;
use crate::runtime::client::CallError;
use crate::wire::xmlrpc::Value;

/// Bytes that are shown when nobody says how many.
const USUAL: i64 = 1600;

/// How much of a log is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Amount {
    Follow,
    Bytes(i64),
}

/// `-f` or `-N`, where N is whatever Python takes for a number.
fn amount(word: &str) -> Option<Amount> {
    match word.strip_prefix('-')? {
        "f" => Some(Amount::Follow),
        digits => values::integer(digits).ok().map(|number| Amount::Bytes(number.value)),
    }
}

/// What `tail` is to show.
#[derive(Debug, PartialEq, Eq)]
struct Wanted {
    name: String,
    channel: &'static str,
    amount: Amount,
}

/// Takes the arguments of `tail` apart. An error is what to say; with it whether the usage follows.
fn wanted(arg: &str) -> Result<Wanted, (String, bool)> {
    let words = words(arg);
    match words.len() {
        0 => return Err((output::TOO_FEW.to_owned(), true)),
        1..=3 => {}
        _ => return Err((output::TOO_MANY.to_owned(), true)),
    }
    let (modifier, rest) = match words.split_first() {
        Some((first, rest)) if first.starts_with('-') => (Some(first), rest),
        _ => (None, words.as_slice()),
    };
    let (name, channel) = match rest {
        [] => return Err((output::TAIL_NEEDS.to_owned(), false)),
        [name] => (name, "stdout"),
        [name, .., channel] => match channel.to_lowercase().as_str() {
            "stdout" => (name, "stdout"),
            "stderr" => (name, "stderr"),
            other => return Err((output::bad_channel(other), false)),
        },
    };
    let amount = match modifier {
        None => Amount::Bytes(USUAL),
        Some(word) => amount(word).ok_or_else(|| (output::bad_argument(word), false))?,
    };
    Ok(Wanted { name: name.clone(), channel, amount })
}

/// `tail [-f|-N] name [stdout|stderr]`.
pub(super) fn tail(session: &mut Session, arg: &str) -> Done {
    if !session.upcheck()? {
        return Ok(Flow::Stay);
    }
    let Wanted { name, channel, amount } = match wanted(arg) {
        Ok(wanted) => wanted,
        Err((why, true)) => return refuse(session, &why, help::TAIL, status::GENERIC),
        Err((why, false)) => {
            session.say(&why);
            session.status = status::GENERIC;
            return Ok(Flow::Stay);
        }
    };
    let Amount::Bytes(bytes) = amount else {
        return follow::tail(session, &format!("/logtail/{name}/{channel}"));
    };
    let method = if channel == "stdout" { "readProcessStdoutLog" } else { "readProcessStderrLog" };
    let result = session.call(method, &[name.as_str().into(), Value::Int(bytes.saturating_neg()), 0.into()]);
    print_log(session, &name, result)
}

/// `maintail [-f|-N]`.
pub(super) fn maintail(session: &mut Session, arg: &str) -> Done {
    if !session.upcheck()? {
        return Ok(Flow::Stay);
    }
    let bytes = match words(arg).as_slice() {
        [] => USUAL,
        [word] => match amount(word) {
            Some(Amount::Bytes(bytes)) => bytes,
            Some(Amount::Follow) => return follow::tail(session, "/mainlogtail"),
            None => {
                session.say(&output::bad_argument(word));
                session.status = status::GENERIC;
                return Ok(Flow::Stay);
            }
        },
        _ => return refuse(session, output::TOO_MANY, help::MAINTAIL, status::GENERIC),
    };
    let result = session.call("readLog", &[Value::Int(bytes.saturating_neg()), 0.into()]);
    print_log(session, "supervisord", result)
}

fn print_log(session: &mut Session, name: &str, result: Result<Value, CallError>) -> Done {
    let error = match result {
        Ok(text) => {
            session.say(text.as_str().unwrap_or_default());
            return Ok(Flow::Stay);
        }
        Err(error) => error,
    };
    let CallError::Fault(fault) = &error else { return Err(error.into()) };
    let why = match fault.code {
        code::NO_FILE => output::NO_LOG,
        code::FAILED => output::LOG_UNREADABLE,
        code::BAD_NAME if name != "supervisord" => output::NO_PROCESS_NAME,
        _ => return Err(error.into()),
    };
    session.say(&output::error_of(name, why));
    session.status = status::GENERIC;
    Ok(Flow::Stay)
}

/// `clear name…|all`; unlike in the original, `group:*` too.
pub(super) fn clear(session: &mut Session, arg: &str) -> Done {
    if !session.upcheck()? {
        return Ok(Flow::Stay);
    }
    let names = words(arg);
    if names.is_empty() {
        return refuse(session, &output::needs_name("clear"), help::CLEAR, status::GENERIC);
    }
    if names.iter().any(|name| name == "all") {
        let results = session.call("clearAllProcessLogs", &[])?;
        for result in results.as_array().unwrap_or_default() {
            print_outcome(session, Did::Clear, &Outcome::new(result), None)?;
        }
        return Ok(Flow::Stay);
    }
    for typed in &names {
        match names::split(typed) {
            (group, Some(name)) => clear_one(session, group, name, typed)?,
            (group, None) => clear_group(session, group)?,
        }
    }
    Ok(Flow::Stay)
}

fn clear_one(session: &mut Session, group: &str, name: &str, typed: &str) -> Result<(), Failure> {
    let (code, text) = match session.call("clearProcessLogs", &[typed.into()]) {
        Ok(_) => (code::SUCCESS, String::new()),
        Err(CallError::Fault(fault)) => (fault.code, fault.text),
        Err(error) => return Err(error.into()),
    };
    let outcome = Outcome { group: group.to_owned(), name: name.to_owned(), code, text };
    print_outcome(session, Did::Clear, &outcome, None)
}

fn clear_group(session: &mut Session, group: &str) -> Result<(), Failure> {
    let members = session.processes()?.into_iter().filter(|info| info.group == group);
    let names: Vec<String> = members.map(|info| info.name).collect();
    if names.is_empty() {
        session.say(&output::error_of(group, output::NO_GROUP));
        session.status = status::GENERIC;
    }
    for name in names {
        clear_one(session, group, &name, &format!("{group}:{name}"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arguments_of_tail() {
        let all = |name: &str, channel, amount| Ok(Wanted { name: name.to_owned(), channel, amount });
        let said = |text: &str, usage| Err((text.to_owned(), usage));
        for (arg, expected) in [
            ("x", all("x", "stdout", Amount::Bytes(1600))),
            ("x stderr", all("x", "stderr", Amount::Bytes(1600))),
            ("x STDERR", all("x", "stderr", Amount::Bytes(1600))),
            ("x y stderr", all("x", "stderr", Amount::Bytes(1600))),
            ("-f x", all("x", "stdout", Amount::Follow)),
            ("-100 g:x stdout", all("g:x", "stdout", Amount::Bytes(100))),
            ("--5 x", all("x", "stdout", Amount::Bytes(-5))),
            ("-1_0 x", all("x", "stdout", Amount::Bytes(10))),
            ("", said("Error: too few arguments", true)),
            ("a b c d", said("Error: too many arguments", true)),
            ("x foo", said("Error: bad channel 'foo'", false)),
            ("x -f", said("Error: bad channel '-f'", false)),
            ("-f", said("Error: tail requires process name", false)),
            ("-x y", said("Error: bad argument -x", false)),
            ("- y", said("Error: bad argument -", false)),
        ] {
            assert_eq!(wanted(arg), expected, "{arg}");
        }
    }
}
