//! Configuration and its groups: `reread`, `update`, `add`, `remove`.

use super::refuse_arguments;
use crate::cli::supervisorctl::line::words;
use crate::cli::supervisorctl::names::{Outcome, code};
use crate::cli::supervisorctl::session::{Done, Failure, Flow, Session, status};
use crate::cli::supervisorctl::{help, output};
use crate::runtime::client::CallError;
use crate::wire::xmlrpc::Value;
use std::collections::BTreeMap;

/// Names of groups that a reread found added, changed and removed.
#[derive(Debug, Default, PartialEq, Eq)]
struct Changes {
    added: Vec<String>,
    changed: Vec<String>,
    removed: Vec<String>,
}

impl Changes {
    /// Reads the result of `reloadConfig`, which is one deeper than it needs to be.
    fn new(result: &Value) -> Self {
        let lists = result.as_array().and_then(|outer| outer.first()).and_then(Value::as_array);
        let names = |index: usize| {
            let list = lists.and_then(|lists| lists.get(index)).and_then(Value::as_array).unwrap_or_default();
            list.iter().filter_map(Value::as_str).map(str::to_owned).collect()
        };
        Self { added: names(0), changed: names(1), removed: names(2) }
    }

    /// What `reread` prints: every name once, sorted; the last thing said of it counts.
    fn lines(&self) -> Vec<String> {
        let mut words = BTreeMap::new();
        for (names, word) in
            [(&self.added, "available"), (&self.changed, "changed"), (&self.removed, "disappeared")]
        {
            words.extend(names.iter().map(|name| (name, word)));
        }
        words.iter().map(|(name, word)| format!("{name}: {word}")).collect()
    }
}

/// `reread`.
pub(super) fn reread(session: &mut Session, arg: &str) -> Done {
    if refuse_arguments(session, arg, "reread", help::REREAD) {
        return Ok(Flow::Stay);
    }
    match session.call("reloadConfig", &[]) {
        Ok(result) => {
            let lines = Changes::new(&result).lines();
            if lines.is_empty() {
                session.say(output::NO_UPDATES);
            }
            lines.iter().for_each(|line| session.say(line));
        }
        Err(CallError::Fault(fault)) if fault.code == code::SHUTDOWN_STATE => {
            session.say(output::SUPERVISOR_DOWN);
            session.status = status::GENERIC;
        }
        Err(CallError::Fault(fault)) if fault.code == code::CANT_REREAD => {
            session.say(&format!("ERROR: {}", fault.text));
            session.status = status::GENERIC;
        }
        Err(error) => return Err(error.into()),
    }
    Ok(Flow::Stay)
}

/// `update [all|group…]`.
pub(super) fn update(session: &mut Session, arg: &str) -> Done {
    let changes = match session.call("reloadConfig", &[]) {
        Ok(result) => Changes::new(&result),
        Err(CallError::Fault(fault)) if fault.code == code::SHUTDOWN_STATE => {
            session.say(output::ALREADY_SHUTTING_DOWN);
            session.status = status::GENERIC;
            return Ok(Flow::Stay);
        }
        Err(error) => return Err(error.into()),
    };
    let mut wanted = words(arg);
    if wanted.iter().any(|name| name == "all") {
        wanted.clear();
    }
    if !wanted.is_empty() {
        say_unknown(session, &changes, &wanted)?;
    }
    let is_wanted = |name: &&String| wanted.is_empty() || wanted.contains(name);
    for name in changes.removed.iter().filter(is_wanted) {
        take_away(session, name)?;
    }
    for name in changes.changed.iter().filter(is_wanted) {
        session.call("stopProcessGroup", &[name.as_str().into()])?;
        session.say(&format!("{name}: stopped"));
        session.call("removeProcessGroup", &[name.as_str().into()])?;
        session.call("addProcessGroup", &[name.as_str().into()])?;
        session.say(&format!("{name}: updated process group"));
    }
    for name in changes.added.iter().filter(is_wanted) {
        session.call("addProcessGroup", &[name.as_str().into()])?;
        session.say(&format!("{name}: added process group"));
    }
    Ok(Flow::Stay)
}

fn say_unknown(session: &mut Session, changes: &Changes, wanted: &[String]) -> Result<(), Failure> {
    let there = session.processes()?;
    for (at, name) in wanted.iter().enumerate() {
        let known = there.iter().any(|info| info.group == *name) || changes.added.contains(name);
        let said = wanted.iter().take(at).any(|earlier| earlier == name);
        if !known && !said {
            session.say(&output::no_group(name));
            session.status = status::GENERIC;
        }
    }
    Ok(())
}

fn take_away(session: &mut Session, name: &str) -> Result<(), Failure> {
    let results = session.call("stopProcessGroup", &[name.into()])?;
    session.say(&format!("{name}: stopped"));
    let failed = |result: &Value| Outcome::new(result).code == code::FAILED;
    if results.as_array().unwrap_or_default().iter().any(failed) {
        session.say(&format!("{name}: has problems; not removing"));
        session.status = status::GENERIC;
        return Ok(());
    }
    session.call("removeProcessGroup", &[name.into()])?;
    session.say(&format!("{name}: removed process group"));
    Ok(())
}

/// `add group…`.
pub(super) fn add(session: &mut Session, arg: &str) -> Done {
    for name in &words(arg) {
        match session.call("addProcessGroup", &[name.as_str().into()]) {
            Ok(_) => session.say(&format!("{name}: added process group")),
            Err(CallError::Fault(fault)) if fault.code == code::ALREADY_ADDED => {
                session.say(output::ALREADY_ACTIVE);
            }
            Err(CallError::Fault(fault)) if fault.code == code::SHUTDOWN_STATE => {
                session.say(output::SHUTTING_DOWN);
                session.status = status::GENERIC;
            }
            Err(CallError::Fault(fault)) if fault.code == code::BAD_NAME => {
                session.say(&output::no_process_or_group(name));
                session.status = status::GENERIC;
            }
            Err(error) => return Err(error.into()),
        }
    }
    Ok(Flow::Stay)
}

/// `remove group…`.
pub(super) fn remove(session: &mut Session, arg: &str) -> Done {
    for name in &words(arg) {
        let Err(error) = session.call("removeProcessGroup", &[name.as_str().into()]) else {
            session.say(&format!("{name}: removed process group"));
            continue;
        };
        session.status = status::GENERIC;
        match &error {
            CallError::Fault(fault) if fault.code == code::STILL_RUNNING => {
                session.say(&output::still_running(name));
            }
            CallError::Fault(fault) if fault.code == code::BAD_NAME => {
                session.say(&output::no_process_or_group(name));
            }
            _ => return Err(error.into()),
        }
    }
    Ok(Flow::Stay)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn changes_are_printed_sorted() {
        let list = |names: &[&str]| Value::Array(names.iter().map(|&name| name.into()).collect());
        let inner = Value::Array(vec![list(&["c", "a"]), list(&["b"]), list(&["d"])]);
        let changes = Changes::new(&Value::Array(vec![inner]));
        assert_eq!(changes.lines(), ["a: available", "b: changed", "c: available", "d: disappeared"]);
        assert_eq!(Changes::new(&Value::Nil), Changes::default());
    }
}
