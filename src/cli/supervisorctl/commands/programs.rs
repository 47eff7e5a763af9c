//! Acting on programs: `start`, `stop`, `restart`, `signal`.

use super::refuse;
use crate::cli::supervisorctl::line::words;
use crate::cli::supervisorctl::names::{self, Outcome, code};
use crate::cli::supervisorctl::output::{self, Did};
use crate::cli::supervisorctl::session::{Done, Failure, Flow, Session, status};
use crate::cli::supervisorctl::{help, wait};
use crate::runtime::client::CallError;
use crate::wire::xmlrpc::Value;

/// `start name…|group:*|all`; ours: `--wait[=SECONDS]`, `--no-wait`.
pub(super) fn start(session: &mut Session, arg: &str) -> Done {
    with_names(session, arg, &["start"])
}

/// `stop name…|group:*|all`; ours as above.
pub(super) fn stop(session: &mut Session, arg: &str) -> Done {
    with_names(session, arg, &["stop"])
}

/// `restart name…|group:*|all`: everything is stopped before anything is started.
pub(super) fn restart(session: &mut Session, arg: &str) -> Done {
    with_names(session, arg, &["restart", "stop", "start"])
}

/// The first word is the action that the user typed; the last ones are what is to be done.
fn with_names(session: &mut Session, arg: &str, actions: &[&str]) -> Done {
    let mut names = words(arg);
    let patience = match wait::take(&mut names) {
        Ok(patience) => patience,
        Err(why) => {
            session.say(&why);
            session.status = status::INVALID_ARGS;
            return Ok(Flow::Stay);
        }
    };
    if !session.upcheck()? {
        return Ok(Flow::Stay);
    }
    let name = actions.first().copied().unwrap_or_default();
    if names.is_empty() {
        let (usage, code) = match name {
            "start" => (help::START, status::INVALID_ARGS),
            "stop" => (help::STOP, status::GENERIC),
            _ => (help::RESTART, status::GENERIC),
        };
        return refuse(session, &output::needs_name(name), usage, code);
    }
    for action in actions {
        match (*action, patience) {
            ("start", None) => act(session, &START, &names, None)?,
            ("stop", None) => act(session, &STOP, &names, None)?,
            ("start", Some(patience)) => wait::start(session, &names, patience)?,
            ("stop", Some(patience)) => wait::stop(session, &names, patience)?,
            _ => {}
        }
    }
    Ok(Flow::Stay)
}

/// `signal SIGNAL name…|group:*|all`.
pub(super) fn signal(session: &mut Session, arg: &str) -> Done {
    if !session.upcheck()? {
        return Ok(Flow::Stay);
    }
    let words = words(arg);
    match words.split_first() {
        Some((signal, names)) if !names.is_empty() => {
            act(session, &SIGNAL, names, Some(signal))?;
            Ok(Flow::Stay)
        }
        _ => refuse(session, output::SIGNAL_NEEDS, help::SIGNAL, status::GENERIC),
    }
}

/// One thing that can be done to processes: the methods for all, for a group and for one.
struct Deed {
    did: Did,
    all: &'static str,
    group: &'static str,
    one: &'static str,
    /// The fault that does not count as a failure.
    ignored: Option<i32>,
    /// The exit status for a group that does not exist.
    no_group: u8,
}

const START: Deed = Deed {
    did: Did::Start,
    all: "startAllProcesses",
    group: "startProcessGroup",
    one: "startProcess",
    ignored: Some(code::ALREADY_STARTED),
    no_group: status::INVALID_ARGS,
};

const STOP: Deed = Deed {
    did: Did::Stop,
    all: "stopAllProcesses",
    group: "stopProcessGroup",
    one: "stopProcess",
    ignored: Some(code::NOT_RUNNING),
    no_group: status::GENERIC,
};

const SIGNAL: Deed = Deed {
    did: Did::Signal,
    all: "signalAllProcesses",
    group: "signalProcessGroup",
    one: "signalProcess",
    ignored: None,
    no_group: status::GENERIC,
};

fn act(session: &mut Session, deed: &Deed, names: &[String], extra: Option<&str>) -> Result<(), Failure> {
    let extra = extra.map(Value::from);
    if names.iter().any(|name| name == "all") {
        let results = session.call(deed.all, extra.as_slice())?;
        return print_all(session, deed, &results);
    }
    for typed in names {
        let (group, process) = names::split(typed);
        let target = if process.is_some() { typed.as_str() } else { group };
        let params: Vec<Value> = std::iter::once(target.into()).chain(extra.clone()).collect();
        let Some(process) = process else {
            match session.call(deed.group, &params) {
                Ok(results) => print_all(session, deed, &results)?,
                Err(CallError::Fault(fault)) if fault.code == code::BAD_NAME => {
                    session.say(&output::error_of(group, output::NO_GROUP));
                    session.status = deed.no_group;
                }
                Err(error) => return Err(error.into()),
            }
            continue;
        };
        let (code, text) = match session.call(deed.one, &params) {
            Ok(_) => (code::SUCCESS, String::new()),
            Err(CallError::Fault(fault)) => (fault.code, fault.text),
            Err(error) => return Err(error.into()),
        };
        let outcome = Outcome { group: group.to_owned(), name: process.to_owned(), code, text };
        print_outcome(session, deed.did, &outcome, deed.ignored)?;
    }
    Ok(())
}

fn print_all(session: &mut Session, deed: &Deed, results: &Value) -> Result<(), Failure> {
    for result in results.as_array().unwrap_or_default() {
        print_outcome(session, deed.did, &Outcome::new(result), deed.ignored)?;
    }
    Ok(())
}

/// Prints the line for one process and lets it count for the exit status.
pub(in super::super) fn print_outcome(
    session: &mut Session,
    did: Did,
    outcome: &Outcome,
    ignored: Option<i32>,
) -> Result<(), Failure> {
    let line = output::outcome(did, outcome).map_err(|text| Failure::Exception("ValueError", text))?;
    session.say(&line);
    session.judge(outcome.code, ignored);
    Ok(())
}
