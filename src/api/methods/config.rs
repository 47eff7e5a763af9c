//! The configuration: reading it anew, adding and removing groups, and telling what it says.

use crate::api::arguments;
use crate::api::dispatch::Call;
use crate::api::fault::Code;
use crate::api::{Host, Outcome, Reply};
use crate::engine::reload::difference;
use crate::engine::{GroupView, Input, ServiceView};
use crate::model::{ChannelLog, Group, LogFile, OutputChannel, Service};
use crate::wire::xmlrpc::Value;
use std::borrow::Cow;
use std::path::Path;

pub(in crate::api) fn reload(call: &mut Call<'_>) -> Outcome {
    call.host.reread().map_err(|why| Code::CantReread.with(why))?;
    let host: &dyn Host = call.host;
    let difference = difference(host.engine().groups().map(GroupView::config), host.available());
    let names = |names: Vec<String>| Value::Array(names.into_iter().map(Value::Text).collect());
    let lists = [difference.added, difference.changed, difference.removed].map(names);
    Ok(Reply::Now(Value::Array(vec![Value::Array(lists.into())])))
}

pub(in crate::api) fn add_group(call: &mut Call<'_>) -> Outcome {
    let bad = || arguments::bad_name(call.param(0));
    let name = call.param(0).as_str().ok_or_else(bad)?;
    let group = call.host.available().iter().find(|group| group.name == name).ok_or_else(bad)?.clone();
    if call.host.engine().group(name).is_some() {
        return Err(Code::AlreadyAdded.with(name).into());
    }
    call.host.check_group(&group).map_err(|why| Code::Failed.with(&why))?;
    call.host.apply(Input::AddGroup(group));
    Ok(Reply::Now(true.into()))
}

pub(in crate::api) fn remove_group(call: &mut Call<'_>) -> Outcome {
    let name = arguments::key(call.param(0))?;
    let group = call.host.engine().group(name).ok_or_else(|| Code::BadName.with(name))?;
    if !group.is_stopped() {
        return Err(Code::StillRunning.with(name).into());
    }
    call.host.apply(Input::RemoveGroup(name.to_owned()));
    Ok(Reply::Now(true.into()))
}

/// Sorted by process name; equals stay in the order of the configuration.
pub(in crate::api) fn info(call: &mut Call<'_>) -> Outcome {
    let host: &dyn Host = call.host;
    let mut found: Vec<(&str, Value)> = Vec::new();
    for group in host.available() {
        let services = group.services.iter();
        found.extend(services.map(|service| (service.name.as_str(), service_info(host, group, service))));
    }
    found.sort_by_key(|(name, _)| *name);
    Ok(Reply::Now(Value::Array(found.into_iter().map(|(_, info)| info).collect())))
}

/// The keys of 4.3.0 in its order.
fn service_info(host: &dyn Host, group: &Group, service: &Service) -> Value {
    let active = host.engine().group(&group.name).is_some();
    let Service { name, priority, exec, start, stop, redirect_stderr, .. } = service;
    let uid = exec.identity.as_ref().map_or_else(|| "none".into(), |identity| int(identity.uid.0.into()));
    let directory = exec.directory.as_deref().map_or_else(|| "none".into(), path_text);
    let mut info = Vec::with_capacity(30);
    info.extend([
        ("autostart", start.autostart.into()),
        ("directory", directory),
        ("uid", uid),
        ("command", exec.command.text.as_str().into()),
        ("exitcodes", Value::Array(start.exit_codes.iter().map(|&code| code.into()).collect())),
        ("group", group.name.as_str().into()),
        ("group_prio", int(group.priority)),
        ("inuse", active.into()),
        ("killasgroup", stop.kill_as_group.into()),
        ("name", name.as_str().into()),
        ("process_prio", int(*priority)),
        ("redirect_stderr", (*redirect_stderr).into()),
        ("startretries", int(start.retries)),
        ("startsecs", int(start.start_seconds)),
    ]);
    info.extend(channel_info(host, group, service, OutputChannel::Stdout));
    info.extend([("stopsignal", stop.signal.0.into()), ("stopwaitsecs", int(stop.wait_seconds))]);
    info.extend(channel_info(host, group, service, OutputChannel::Stderr));
    info.push(("serverurl", exec.server_url.as_deref().unwrap_or("none").into()));
    Value::Struct(info.into_iter().map(|(key, value)| (Cow::Borrowed(key), value)).collect())
}

fn channel_info(
    host: &dyn Host,
    group: &Group,
    service: &Service,
    channel: OutputChannel,
) -> [(&'static str, Value); 6] {
    let keys: [&'static str; 6] = match channel {
        OutputChannel::Stdout => [
            "stdout_capture_maxbytes",
            "stdout_events_enabled",
            "stdout_logfile",
            "stdout_logfile_backups",
            "stdout_logfile_maxbytes",
            "stdout_syslog",
        ],
        OutputChannel::Stderr => [
            "stderr_capture_maxbytes",
            "stderr_events_enabled",
            "stderr_logfile",
            "stderr_logfile_backups",
            "stderr_logfile_maxbytes",
            "stderr_syslog",
        ],
    };
    let ChannelLog { file, max_bytes, backups, syslog, capture_max_bytes, events } = channel.of(service);
    let file = match file {
        LogFile::None => "none".into(),
        LogFile::Path(path) => path_text(path),
        LogFile::Auto => automatic_log(host, group, service, channel),
    };
    let values =
        [int(*capture_max_bytes), (*events).into(), file, int(*backups), int(*max_bytes), (*syslog).into()];
    let [k0, k1, k2, k3, k4, k5] = keys;
    let [v0, v1, v2, v3, v4, v5] = values;
    [(k0, v0), (k1, v1), (k2, v2), (k3, v3), (k4, v4), (k5, v5)]
}

/// The name of an automatic log file, or `auto` where this configuration has none yet: from a reread on until the group is
/// added anew (`options.process_group_configs` of the original).
fn automatic_log(host: &dyn Host, group: &Group, service: &Service, channel: OutputChannel) -> Value {
    let is_active = |view: &ServiceView<'_>| std::ptr::eq(view.group(), group);
    let view = host.engine().find(&group.name, &service.name).filter(is_active);
    let path = view.and_then(|view| host.log_path(view.id(), channel));
    path.map_or_else(|| "auto".into(), |path| path_text(&path))
}

fn path_text(path: &Path) -> Value {
    path.to_string_lossy().into_owned().into()
}

/// A number of the configuration. The original cannot say one that is out of range: it answers 500.
fn int(number: i64) -> Value {
    Value::capped(number)
}
