//! What is known about processes: `getProcessInfo` and `getAllProcessInfo`.

use crate::api::arguments;
use crate::api::dispatch::Call;
use crate::api::methods::names;
use crate::api::{Host, Outcome, Reply};
use crate::base::{Now, Wall};
use crate::engine::{GroupView, ServiceView, State};
use crate::model::OutputChannel;
use crate::wire::xmlrpc::Value;
use std::path::PathBuf;
use std::time::Duration;

pub(in crate::api) fn one(call: &mut Call<'_>) -> Outcome {
    let name = arguments::name(call.param(0))?;
    let id = names::find_one(call.host.engine(), name)?;
    let now = call.host.now();
    let info = call.host.engine().service(id).map(|view| info(call.host, now, view));
    Ok(Reply::Now(info.unwrap_or_default()))
}

pub(in crate::api) fn all(call: &mut Call<'_>) -> Outcome {
    let host: &dyn Host = call.host;
    let (views, now) = (in_lexical_order(host), host.now());
    Ok(Reply::Now(Value::Array(views.into_iter().map(|view| info(host, now, view)).collect())))
}

/// All processes, sorted by the name of their group and then by their own.
pub(in crate::api) fn in_lexical_order(host: &dyn Host) -> Vec<ServiceView<'_>> {
    let mut views: Vec<ServiceView<'_>> = host.engine().groups().flat_map(GroupView::services).collect();
    views.sort_unstable_by(|a, b| (a.group_name(), a.name()).cmp(&(b.group_name(), b.name())));
    views
}

fn info(host: &dyn Host, now: Now, view: ServiceView<'_>) -> Value {
    let state = view.state();
    let stdout = log_text(host.log_path(view.id(), OutputChannel::Stdout));
    let stderr = log_text(host.log_path(view.id(), OutputChannel::Stderr));
    Value::record([
        ("name", view.name().into()),
        ("group", view.group_name().into()),
        ("start", seconds(view.started())),
        ("stop", seconds(view.stopped())),
        ("now", seconds(Some(now.wall))),
        ("state", state.code().into()),
        ("statename", state.to_string().into()),
        ("spawnerr", view.spawn_error().map(ToString::to_string).unwrap_or_default().into()),
        ("exitstatus", view.exit_code().unwrap_or(0).into()),
        ("logfile", stdout.clone().into()),
        ("stdout_logfile", stdout.into()),
        ("stderr_logfile", stderr.into()),
        ("pid", view.pid().map_or(0, |pid| pid.0).into()),
        ("description", description(host, now, view).into()),
    ])
}

fn log_text(path: Option<PathBuf>) -> String {
    path.map(|path| {
        path.into_os_string().into_string().unwrap_or_else(|raw| raw.to_string_lossy().into_owned())
    })
    .unwrap_or_default()
}

/// A time as the interface has it: whole seconds, capped at what XML-RPC can say, 0 for never.
fn seconds(wall: Option<Wall>) -> Value {
    Value::capped(whole_seconds(wall))
}

fn whole_seconds(wall: Option<Wall>) -> i64 {
    wall.map_or(0, |wall| i64::try_from(wall.epoch_seconds()).unwrap_or(i64::MAX))
}

/// What `supervisorctl status` shows behind the state (`_interpretProcessInfo`).
pub(in crate::api) fn description(host: &dyn Host, now: Now, view: ServiceView<'_>) -> String {
    match view.state() {
        State::Running => {
            let pid = view.pid().map_or(0, |pid| pid.0);
            format!("pid {pid}, uptime {}", time_delta(uptime(now, view).as_secs()))
        }
        State::Fatal | State::Backoff => match view.spawn_error() {
            Some(error) => error.to_string(),
            None => format!("unknown error (try \"tail {}\")", view.name()),
        },
        State::Stopped | State::Exited if view.started().is_none() => "Not started".to_owned(),
        State::Stopped | State::Exited => host.short_date(view.stopped().unwrap_or(Wall(Duration::ZERO))),
        State::Starting | State::Stopping | State::Unknown => String::new(),
    }
}

/// For how long it has been up. What the wall clock says, as in the original, so that it is `now` less `start`; but where
/// that clock was set meanwhile, what really passed.
pub(in crate::api) fn uptime(now: Now, view: ServiceView<'_>) -> Duration {
    let Some(start) = view.process().last_start() else { return Duration::ZERO };
    let passed = now.mono.since(start.mono);
    let shown = now.wall.epoch_seconds().checked_sub(start.wall.epoch_seconds()).map(Duration::from_secs);
    match shown {
        Some(shown) if shown.abs_diff(passed) <= Duration::from_secs(2) => shown,
        _ => passed,
    }
}

/// `str(datetime.timedelta(seconds=…))`.
pub(in crate::api) fn time_delta(seconds: u64) -> String {
    let (days, rest) = (seconds / 86_400, seconds % 86_400);
    let clock = format!("{}:{:02}:{:02}", rest / 3_600, rest / 60 % 60, rest % 60);
    match days {
        0 => clock,
        1 => format!("1 day, {clock}"),
        days => format!("{days} days, {clock}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_deltas_read_as_pythons() {
        let table = [
            (0, "0:00:00"),
            (4, "0:00:04"),
            (3_599, "0:59:59"),
            (36_000, "10:00:00"),
            (86_400 + 7_384, "1 day, 2:03:04"),
            (3 * 86_400 + 1, "3 days, 0:00:01"),
        ];
        for (seconds, text) in table {
            assert_eq!(time_delta(seconds), text);
        }
    }
}
