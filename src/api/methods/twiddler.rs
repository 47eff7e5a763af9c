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
