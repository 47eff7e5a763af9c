//! Names of processes as they are typed and shown, and what the daemon tells about a process.

use crate::wire::xmlrpc::Value;

/// `group:process`, or the name alone where both are the same (`make_namespec` of the original).
pub(super) fn join(group: &str, name: &str) -> String {
    if group == name { name.to_owned() } else { format!("{group}:{name}") }
}

/// Group and process; no process where the whole group is meant (`split_namespec` of the original).
pub(super) fn split(namespec: &str) -> (&str, Option<&str>) {
    match namespec.split_once(':') {
        Some((group, "" | "*")) => (group, None),
        Some((group, name)) => (group, Some(name)),
        None => (namespec, Some(namespec)),
    }
}

/// States with these codes are those of a process that does not run (`STOPPED_STATES` of the original).
const STOPPED_STATES: &[i64] = &[0, 100, 200, 1000];

/// The codes that matter here (`ProcessStates` of the original).
pub(super) mod state {
    pub(in super::super) const RUNNING: i64 = 20;
    pub(in super::super) const EXITED: i64 = 100;
    pub(in super::super) const FATAL: i64 = 200;
}

/// What the daemon tells about a process.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Info {
    pub(super) group: String,
    pub(super) name: String,
    pub(super) state: i64,
    pub(super) state_name: String,
    pub(super) description: String,
    pub(super) pid: i64,
    /// Everything, for JSON.
    pub(super) all: Value,
}

impl Info {
    /// Reads one struct of `getAllProcessInfo`.
    pub(super) fn new(all: Value) -> Self {
        let text = |name: &str| all.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let number = |name: &str| all.get(name).and_then(Value::as_int).unwrap_or_default();
        Self {
            group: text("group"),
            name: text("name"),
            state: number("state"),
            state_name: text("statename"),
            description: text("description"),
            pid: number("pid"),
            all,
        }
    }

    /// As people name it.
    pub(super) fn namespec(&self) -> String {
        join(&self.group, &self.name)
    }

    /// Whether it does not run and nothing is about to start it.
    pub(super) fn is_stopped(&self) -> bool {
        STOPPED_STATES.contains(&self.state)
    }

    /// Whether a typed name means this process.
    pub(super) fn is_meant(&self, namespec: &str) -> bool {
        let (group, name) = split(namespec);
        self.group == group && name.is_none_or(|name| self.name == name)
    }
}

/// What one process of a batch came to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Outcome {
    pub(super) group: String,
    pub(super) name: String,
    pub(super) code: i32,
    pub(super) text: String,
}

impl Outcome {
    /// Reads one struct of a batch's result.
    pub(super) fn new(value: &Value) -> Self {
        let text = |name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let code = value.get("status").and_then(Value::as_int).and_then(|code| i32::try_from(code).ok());
        Self {
            group: text("group"),
            name: text("name"),
            code: code.unwrap_or_default(),
            text: text("description"),
        }
    }

    /// As people name it.
    pub(super) fn namespec(&self) -> String {
        join(&self.group, &self.name)
    }
}

/// Codes of faults and of results (`Faults` in `supervisor/xmlrpc.py`).
pub(super) mod code {
    pub(in super::super) const UNKNOWN_METHOD: i32 = 1;
    pub(in super::super) const SHUTDOWN_STATE: i32 = 6;
    pub(in super::super) const BAD_NAME: i32 = 10;
    pub(in super::super) const BAD_SIGNAL: i32 = 11;
    pub(in super::super) const NO_FILE: i32 = 20;
    pub(in super::super) const NOT_EXECUTABLE: i32 = 21;
    pub(in super::super) const FAILED: i32 = 30;
    pub(in super::super) const ABNORMAL_TERMINATION: i32 = 40;
    pub(in super::super) const SPAWN_ERROR: i32 = 50;
    pub(in super::super) const ALREADY_STARTED: i32 = 60;
    pub(in super::super) const NOT_RUNNING: i32 = 70;
    pub(in super::super) const SUCCESS: i32 = 80;
    pub(in super::super) const ALREADY_ADDED: i32 = 90;
    pub(in super::super) const STILL_RUNNING: i32 = 91;
    pub(in super::super) const CANT_REREAD: i32 = 92;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_there_and_back() {
        for (typed, group, name) in [
            ("a", "a", Some("a")),
            ("a:b", "a", Some("b")),
            ("a:b:c", "a", Some("b:c")),
            ("a:*", "a", None),
            ("a:", "a", None),
            (":b", "", Some("b")),
        ] {
            assert_eq!(split(typed), (group, name), "{typed}");
        }
        assert_eq!((join("a", "a"), join("a", "b")), ("a".to_owned(), "a:b".to_owned()));
    }

    #[test]
    fn a_name_alone_means_the_process_of_that_name_in_the_group_of_that_name() {
        let info = |group: &str, name: &str| Info {
            group: group.to_owned(),
            name: name.to_owned(),
            ..Info::default()
        };
        assert!(info("a", "a").is_meant("a"));
        assert!(!info("g", "a").is_meant("a"));
        assert!(info("g", "a").is_meant("g:a") && info("g", "a").is_meant("g:*"));
    }
}
