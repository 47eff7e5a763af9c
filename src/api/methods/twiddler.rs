//! Members of groups that come and go while the daemon runs, which the configuration does not know of. Mirrors
//! `supervisor_twiddler/rpcinterface.py` of `supervisor_twiddler` 1.0.0.
//!
//! Wanted difference: numbers and truth values as options are read as their text; lists and structs are refused. Some of them
//! end the original.

use crate::api::arguments;
use crate::api::dispatch::Call;
use crate::api::fault::Code;
use crate::api::{Host, Outcome, Refusal, Reply};
use crate::engine::{GroupView, Input, Note};
use crate::model::LogLevel;
use crate::wire::xmlrpc::Value;
use std::sync::Arc;

const API_VERSION: &str = "1.0";

/// Names and numbers of levels.
const LEVELS: &[(&str, i64, LogLevel)] = &[
    ("CRIT", 50, LogLevel::Critical),
    ("ERRO", 40, LogLevel::Error),
    ("WARN", 30, LogLevel::Warn),
    ("INFO", 20, LogLevel::Info),
    ("DEBG", 10, LogLevel::Debug),
    ("TRAC", 5, LogLevel::Trace),
    ("BLAT", 3, LogLevel::Blather),
];

pub(in crate::api) fn api_version(_: &mut Call<'_>) -> Outcome {
    Ok(Reply::Now(API_VERSION.into()))
}

pub(in crate::api) fn groups(call: &mut Call<'_>) -> Outcome {
    let names = call.host.engine().groups().map(|group| group.name().into());
    Ok(Reply::Now(Value::Array(names.collect())))
}

pub(in crate::api) fn log(call: &mut Call<'_>) -> Outcome {
    let level = match call.optional(1) {
        None => LogLevel::Info,
        Some(value) => level(value).ok_or_else(|| Code::IncorrectParameters.bare())?,
    };
    let text = arguments::text_of(call.param(0));
    call.host.note(Note::Client { level, text });
    Ok(Reply::Now(true.into()))
}

fn level(value: &Value) -> Option<LogLevel> {
    let found = match value {
        Value::Text(text) => LEVELS.iter().find(|(name, ..)| *name == text.to_uppercase()),
        Value::Int(wanted) => LEVELS.iter().find(|(_, number, _)| number == wanted),
        Value::Double(wanted) => LEVELS
            .iter()
            .find(|(_, number, _)| i32::try_from(*number).is_ok_and(|it| f64::from(it) == *wanted)),
        Value::Nil | Value::Bool(_) | Value::DateTime(_) | Value::Array(_) | Value::Struct(_) => None,
    };
    found.map(|(.., level)| *level)
}

pub(in crate::api) fn add(call: &mut Call<'_>) -> Outcome {
    let group = group(call)?;
    let options = options(call.param(2))?;
    let program = arguments::text_of(call.param(1));
    let lowered = call.host.lower(&group, &program, &options);
    let services = lowered.map_err(|why| Code::IncorrectParameters.with(why))?;
    let engine = call.host.engine();
    if let Some(twin) = services.iter().find(|service| engine.find(&group, &service.name).is_some()) {
        return Err(Code::BadName.with(&twin.name).into());
    }
    change(call.host, &group, Input::AddServices(group.clone(), services));
    Ok(Reply::Now(true.into()))
}

pub(in crate::api) fn remove(call: &mut Call<'_>) -> Outcome {
    let group = group(call)?;
    let name = arguments::key(call.param(1))?;
    let view = call.host.engine().find(&group, name).ok_or_else(|| Code::BadName.with(name))?;
    if view.pid().is_some() || !view.state().is_stopped() {
        return Err(Code::StillRunning.with(name).into());
    }
    let id = view.id();
    change(call.host, &group, Input::RemoveService(id));
    Ok(Reply::Now(true.into()))
}

/// The name of the group that the first parameter means.
fn group(call: &Call<'_>) -> Result<String, Refusal> {
    let bad = |name: &str| Code::BadName.with(format!("group: {name}"));
    match call.param(0) {
        Value::Text(name) if call.host.engine().group(name).is_some() => Ok(name.clone()),
        Value::Array(_) | Value::Struct(_) => Err(Code::IncorrectParameters.bare().into()),
        other => Err(bad(&arguments::text_of(other)).into()),
    }
}

/// Options as texts. Python's `dict()` makes one of a list of pairs as well, and of an empty text.
fn options(value: &Value) -> Result<Vec<(String, String)>, Refusal> {
    let none = || Refusal::from(Code::IncorrectParameters.bare());
    let mut options = Vec::new();
    match value {
        Value::Struct(members) => {
            for (key, value) in members {
                options.extend(option(key, value)?);
            }
        }
        Value::Array(pairs) => {
            for pair in pairs {
                let Value::Array(pair) = pair else { return Err(none()) };
                let [Value::Text(key), value] = pair.as_slice() else { return Err(none()) };
                options.extend(option(key, value)?);
            }
        }
        Value::Text(text) if text.is_empty() => {}
        Value::Text(_)
        | Value::Nil
        | Value::Int(_)
        | Value::Bool(_)
        | Value::Double(_)
        | Value::DateTime(_) => return Err(none()),
    }
    Ok(options)
}

/// One option as text; `None` for nothing at all, which counts as not given.
fn option(key: &str, value: &Value) -> Result<Option<(String, String)>, Refusal> {
    match value {
        Value::Text(_) | Value::Int(_) | Value::Bool(_) | Value::Double(_) => {
            Ok(Some((key.to_owned(), arguments::text_of(value))))
        }
        Value::Nil => Ok(None),
        Value::DateTime(_) | Value::Array(_) | Value::Struct(_) => {
            Err(Code::IncorrectParameters.with(format!("option {key} must be text")).into())
        }
    }
}

/// Has the engine change the members of a group. Where `available` holds the very group that is active, it shows the change
/// too: the original keeps one object in both places.
fn change(host: &mut dyn Host, group: &str, input: Input) {
    let active = host.engine().group(group).map(GroupView::shared);
    let at = active.and_then(|active| host.available().iter().position(|known| Arc::ptr_eq(known, &active)));
    // Let go of meanwhile, so that the engine need not copy it.
    let held = at.map(|at| host.available_mut().remove(at));
    drop(held);
    host.apply(input);
    let active = host.engine().group(group).map(GroupView::shared);
    if let (Some(at), Some(active)) = (at, active) {
        host.available_mut().insert(at, active);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::fake::FakeHost;
    use crate::api::{Namespaces, json};
    use crate::engine::{Mood, ServiceView};
    use crate::model::{RpcFactory, RpcInterface};
    use indexmap::IndexMap;

    /// `FakeHost::usual` whose namespaces are `t`, and `w` with a whitelist.
    fn host() -> FakeHost {
        let interface = |namespace: &str, whitelist: &[&str]| RpcInterface {
            namespace: namespace.to_owned(),
            factory: RpcFactory::Twiddler {
                whitelist: whitelist.iter().map(|&name| name.to_owned()).collect(),
            },
            options: IndexMap::new(),
        };
        let mut host = FakeHost::usual();
        let main = RpcInterface { factory: RpcFactory::Main, ..interface("supervisor", &[]) };
        host.namespaces =
            Namespaces::new(&[main, interface("t", &[]), interface("w", &["log", "getAPIVersion"])]);
        host
    }

    fn told(host: &mut FakeHost, name: &str, params: &[Value]) -> String {
        match host.call(name, params) {
            Ok(Reply::Now(value)) => crate::wire::json::from_value(value).to_string(),
            Ok(Reply::Later(_)) => "later".to_owned(),
            Err(Refusal::Fault(fault)) => format!("{} {}", fault.code, fault.text),
            Err(Refusal::Broken(why)) => why,
        }
    }

    fn cat() -> Value {
        Value::record([("command", "/bin/cat".into()), ("autostart", false.into())])
    }

    fn names(host: &FakeHost) -> Vec<String> {
        host.engine.services().map(|view| format!("{}:{}", view.group_name(), view.name())).collect()
    }

    #[test]
    fn programs_are_added_and_removed() {
        let mut host = host();
        let started = Value::record([("command", "/bin/cat".into())]);
        assert_eq!(told(&mut host, "t.addProgramToGroup", &["web".into(), "n".into(), started]), "true");
        assert_eq!(told(&mut host, "t.addProgramToGroup", &["cat".into(), 7.into(), cat()]), "true");
        assert_eq!(names(&host), ["cat:cat", "cat:7", "web:b", "web:a", "web:n"]);
        let pid = |host: &FakeHost, name| host.engine.find("web", name).and_then(ServiceView::pid);
        assert!(pid(&host, "n").is_some());
        let remove = |host: &mut FakeHost, group: &str, name: Value| {
            told(host, "t.removeProcessFromGroup", &[group.into(), name])
        };
        assert_eq!(remove(&mut host, "web", "n".into()), "91 STILL_RUNNING: n");
        assert_eq!(remove(&mut host, "cat", "7".into()), "true");
        assert_eq!(remove(&mut host, "cat", "7".into()), "10 BAD_NAME: 7");
        assert_eq!(remove(&mut host, "none", "7".into()), "10 BAD_NAME: group: none");
        assert_eq!(remove(&mut host, "cat", Value::Nil), "10 BAD_NAME");
        assert_eq!(remove(&mut host, "cat", Value::Array(vec![])), "2 INCORRECT_PARAMETERS");
        assert_eq!(names(&host), ["cat:cat", "web:b", "web:a", "web:n"]);
    }

    #[test]
    fn what_the_configuration_knows_changes_with_the_group_until_it_is_read_anew() {
        let mut host = host();
        let add = ["cat".into(), "n".into(), cat()];
        assert_eq!(told(&mut host, "t.addProgramToGroup", &add), "true");
        let known =
            |host: &FakeHost| host.available.iter().map(|group| group.services.len()).collect::<Vec<_>>();
        assert_eq!(known(&host), [2, 2]);
        assert_eq!(told(&mut host, "supervisor.reloadConfig", &[]), r#"[[[],["cat"],[]]]"#);
        assert_eq!(known(&host), [1, 2]);
        assert_eq!(told(&mut host, "t.removeProcessFromGroup", &["cat".into(), "n".into()]), "true");
        assert_eq!(told(&mut host, "supervisor.reloadConfig", &[]), "[[[],[],[]]]");
        assert_eq!(known(&host), [1, 2]);
    }

    #[test]
    fn what_cannot_be_added_is_refused() {
        let mut host = host();
        let mut add = |group: Value, options: Value| {
            told(&mut host, "t.addProgramToGroup", &[group, "cat".into(), options])
        };
        assert_eq!(add("none".into(), cat()), "10 BAD_NAME: group: none");
        assert_eq!(add(Value::Nil, cat()), "10 BAD_NAME: group: None");
        assert_eq!(add(Value::Array(vec![]), cat()), "2 INCORRECT_PARAMETERS");
        assert_eq!(add("cat".into(), cat()), "10 BAD_NAME: cat");
        assert_eq!(add("web".into(), "text".into()), "2 INCORRECT_PARAMETERS");
        assert_eq!(add("web".into(), 5.into()), "2 INCORRECT_PARAMETERS");
        let odd = |value| Value::record([("x", value)]);
        assert_eq!(add("web".into(), odd("y".into())), "2 INCORRECT_PARAMETERS: no option x here");
        assert_eq!(
            add("web".into(), odd(Value::Array(vec![]))),
            "2 INCORRECT_PARAMETERS: option x must be text"
        );
        assert_eq!(add("web".into(), odd(Value::Nil)), "true");
        let pair = Value::Array(vec!["command".into(), "/bin/cat".into()]);
        assert_eq!(
            told(&mut host, "t.addProgramToGroup", &["web".into(), "p".into(), Value::Array(vec![pair])]),
            "true"
        );
    }

    #[test]
    fn lines_are_logged_at_their_level() {
        let mut host = host();
        for (level, known) in [
            ("WARN".into(), true),
            ("blat".into(), true),
            (50.into(), true),
            (Value::Double(20.0), true),
            ("warning".into(), false),
            (51.into(), false),
            (true.into(), false),
            (Value::Nil, false),
        ] {
            let expected = if known { "true" } else { "2 INCORRECT_PARAMETERS" };
            assert_eq!(told(&mut host, "t.log", &["x".into(), level]), expected);
        }
        assert_eq!(told(&mut host, "t.log", &["hello".into()]), "true");
        let lines: Vec<String> = host.notes.iter().map(|note| format!("{} {note}", note.level())).collect();
        assert_eq!(lines, ["WARN x", "BLAT x", "CRIT x", "INFO x", "INFO hello"]);
    }

    #[test]
    fn a_whitelist_keeps_the_others_out() {
        let mut host = host();
        assert_eq!(told(&mut host, "w.getAPIVersion", &[]), r#""1.0""#);
        assert_eq!(told(&mut host, "w.getGroupNames", &[]), "230 UNKNOWN: getGroupNames");
        assert_eq!(told(&mut host, "w.getGroupNames", &[1.into()]), "2 INCORRECT_PARAMETERS");
        assert_eq!(told(&mut host, "t.getGroupNames", &[]), r#"["cat","web"]"#);
        assert!(told(&mut host, "system.listMethods", &[]).contains("w.getGroupNames"));
        assert_eq!(
            told(&mut host, "system.methodSignature", &["w.log".into()]),
            r#"["boolean","string","string|int"]"#
        );
    }

    #[test]
    fn while_leaving_only_a_restart_lets_it_work() {
        let mut host = host();
        host.apply(Input::Start(crate::base::ServiceId(0)));
        host.apply(Input::Restart);
        assert_eq!(host.engine.mood(), Mood::Restarting);
        assert_eq!(told(&mut host, "t.addProgramToGroup", &["web".into(), "n".into(), cat()]), "true");
        host.apply(Input::Shutdown);
        assert_eq!(told(&mut host, "t.getAPIVersion", &[]), "6 SHUTDOWN_STATE");
    }

    #[test]
    fn json_says_what_is_left_out() {
        let host = host();
        let request = json::Request {
            verb: "POST",
            path: "/api/v1/t.log",
            content_type: Some("application/json"),
            body: br#"{"message":"x"}"#,
            ..json::Request::default()
        };
        let expected =
            json::Route::Call { name: "t.log".to_owned(), params: vec!["x".into(), "INFO".into()] };
        assert_eq!(json::route(&host.namespaces, &request), expected);
    }
}
