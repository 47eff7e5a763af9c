//! What the web page shows, as JSON for server-sent events: always everything, so that a lost event cannot leave it wrong.

use crate::api::methods::info::{description, uptime};
use crate::api::methods::names::full_name;
use crate::api::metrics::{Figures, Usage};
use crate::api::{Host, SUPERVISOR_VERSION};
use crate::base::Wall;
use crate::engine::{Event, GroupView, Mood, ServiceView, State};
use crate::model::OutputChannel;
use serde_json::{Value as Json, json};

/// What an operator may do with a process in its present state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Action {
    /// Start it.
    Start,
    /// Stop it.
    Stop,
    /// Stop it and start it.
    Restart,
    /// Empty its logs.
    Clear,
    /// Follow its logs.
    Tail,
}

impl Action {
    /// The name in JSON and in requests of the page.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Action::Start => "start",
            Action::Stop => "stop",
            Action::Restart => "restart",
            Action::Clear => "clear",
            Action::Tail => "tail",
        }
    }
}

/// What is possible with a process. Other than in the original's page, one that is starting can be stopped.
#[must_use]
pub fn actions(host: &dyn Host, view: ServiceView<'_>) -> Vec<Action> {
    let mut actions = match view.state() {
        State::Running => vec![Action::Restart, Action::Stop],
        State::Starting | State::Backoff => vec![Action::Stop],
        State::Stopped | State::Exited | State::Fatal => vec![Action::Start],
        State::Stopping | State::Unknown => Vec::new(),
    };
    if OutputChannel::BOTH.into_iter().any(|channel| host.log_of(view.id(), channel).is_some()) {
        actions.extend([Action::Clear, Action::Tail]);
    }
    actions
}

/// Everything: the daemon, and all groups with all processes, by name.
#[must_use]
pub fn snapshot(host: &dyn Host, figures: &Figures) -> Json {
    let mut groups: Vec<GroupView<'_>> = host.engine().groups().collect();
    groups.sort_unstable_by_key(|group| group.name());
    json!({
        "daemon": daemon(host),
        "groups": groups.into_iter().map(|view| group(host, figures, view)).collect::<Vec<_>>(),
    })
}

/// Whether what the page shows may have changed with this event.
#[must_use]
pub fn shows(event: &Event) -> bool {
    match event {
        Event::ProcessState { .. }
        | Event::GroupAdded(_)
        | Event::GroupRemoved(_)
        | Event::SupervisorRunning
        | Event::SupervisorStopping => true,
        Event::RemoteCommunication { .. }
        | Event::ProcessLog { .. }
        | Event::ProcessCommunication { .. }
        | Event::Tick { .. } => false,
    }
}

/// A server-sent event. JSON has no line ends, so one line of data does.
#[must_use]
pub fn frame(event: &str, data: &Json) -> String {
    format!("event: {event}\ndata: {data}\n\n")
}

fn daemon(host: &dyn Host) -> Json {
    let state = match host.engine().mood() {
        Mood::Running => "RUNNING",
        Mood::Restarting => "RESTARTING",
        Mood::Shutdown => "SHUTDOWN",
    };
    json!({
        "identifier": host.settings().identifier,
        "version": env!("CARGO_PKG_VERSION"),
        "supervisor": SUPERVISOR_VERSION,
        "pid": host.pid().0,
        "state": state,
        "now": host.now().wall.epoch_seconds(),
    })
}

fn group(host: &dyn Host, figures: &Figures, view: GroupView<'_>) -> Json {
    let mut members: Vec<ServiceView<'_>> = view.services().collect();
    members.sort_unstable_by_key(|view| view.name());
    let processes: Vec<Json> = members.into_iter().map(|view| process(host, figures, view)).collect();
    json!({ "name": view.name(), "priority": view.priority(), "processes": processes })
}

fn process(host: &dyn Host, figures: &Figures, view: ServiceView<'_>) -> Json {
    let state = view.state();
    let usage: Option<Usage> = view.pid().and_then(|pid| figures.usage.get(&pid).copied());
    let logs = |channel| host.log_of(view.id(), channel).is_some();
    json!({
        "id": full_name(view),
        "name": view.name(),
        "group": view.group_name(),
        "state": state.to_string(),
        "description": description(host, host.now(), view),
        "pid": view.pid().map(|pid| pid.0),
        "start": view.started().map(Wall::epoch_seconds),
        "stop": view.stopped().map(Wall::epoch_seconds),
        "uptime": (state == State::Running).then(|| uptime(host.now(), view).as_secs()),
        "restarts": view.restarts(),
        "exitstatus": view.exit_code(),
        "spawnerr": view.spawn_error().map(ToString::to_string),
        "cpu": usage.map(|usage| usage.cpu.as_secs_f64()),
        "memory": usage.map(|usage| usage.memory),
        "processes": usage.map(|usage| usage.processes),
        "stdout": logs(OutputChannel::Stdout),
        "stderr": logs(OutputChannel::Stderr),
        "actions": actions(host, view).into_iter().map(Action::name).collect::<Vec<_>>(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::fake::{FakeHost, figures};
    use crate::base::ServiceId;
    use crate::engine::Input;

    #[test]
    fn a_snapshot_is_sorted_and_complete() {
        let mut host = FakeHost::usual();
        host.apply(Input::Start(ServiceId(0)));
        host.stay_up(0);
        let shown = snapshot(&host, &figures());
        let group = |at: usize| &shown["groups"][at];
        assert_eq!((&group(0)["name"], &group(1)["name"]), (&json!("cat"), &json!("web")));
        assert_eq!(group(1)["processes"][0]["id"], json!("web:a"));
        assert_eq!(shown["daemon"]["state"], json!("RUNNING"));
        assert_eq!(
            group(0)["processes"][0],
            json!({
                "id": "cat", "name": "cat", "group": "cat", "state": "RUNNING", "pid": 100, "start": 1_700_000_000,
                "description": "pid 100, uptime 0:00:01", "stop": null, "uptime": 1, "restarts": 0, "exitstatus": null,
                "spawnerr": null, "cpu": 1.5, "memory": 8192, "processes": 2, "stdout": true, "stderr": true,
                "actions": ["restart", "stop", "clear", "tail"],
            })
        );
    }

    #[test]
    fn what_an_event_changes_is_shown_next() {
        let mut host = FakeHost::usual();
        let told = |host: &FakeHost| {
            let event = host.events.last().expect("an event");
            shows(event).then(|| frame("snapshot", &snapshot(host, &figures())))
        };
        host.apply(Input::Start(ServiceId(0)));
        let started = told(&host).expect("a change");
        assert!(started.starts_with("event: snapshot\ndata: {") && started.ends_with("}\n\n"), "{started}");
        assert!(started.contains(r#""actions":["stop","clear","tail"]"#), "{started}");
        assert!(started.contains(r#""name":"web""#), "{started}");
        host.apply(Input::RemoveGroup("web".to_owned()));
        let removed = told(&host).expect("a change");
        assert!(!removed.contains(r#""name":"web""#), "{removed}");
        host.emit(Event::RemoteCommunication { kind: String::new(), data: String::new() });
        assert_eq!(told(&host), None);
        host.apply(Input::Shutdown);
        assert!(
            told(&host)
                .is_some_and(|text| text.contains(r#""state":"STOPPING""#) || text.contains("SHUTDOWN"))
        );
    }
}
