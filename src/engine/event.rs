//! What happens to processes and to the daemon, as event listeners are told it: names and payloads mirror
//! `supervisor/events.py` to the letter.

use crate::base::text::python_bytes_repr;
use crate::base::{Pid, ServiceId};
use crate::engine::State;
use crate::model::OutputChannel;

/// One event. Values are those of the moment at which it happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// A process changed state.
    ProcessState {
        /// Which one.
        id: ServiceId,
        /// The state left.
        from: State,
        /// The state entered.
        to: State,
        /// The process id, where there is one.
        pid: Option<Pid>,
        /// Failed attempts so far (STARTING and BACKOFF tell it).
        tries: u32,
        /// For EXITED: whether the exit code was an expected one.
        expected: bool,
    },
    /// A process wrote something, and its events are enabled.
    ProcessLog {
        /// Which one.
        id: ServiceId,
        /// Where.
        channel: OutputChannel,
        /// Its process id; `None` once the process is gone and somebody else still holds its output open.
        pid: Option<Pid>,
        /// One read of its output.
        data: Vec<u8>,
    },
    /// A process wrote something between the capture tags.
    ProcessCommunication {
        /// Which one.
        id: ServiceId,
        /// Where.
        channel: OutputChannel,
        /// Its process id, as for `ProcessLog`.
        pid: Option<Pid>,
        /// What stood between the tags, as far as `*_capture_maxbytes` keeps it.
        data: Vec<u8>,
    },
    /// A group was added.
    GroupAdded(String),
    /// A group was removed.
    GroupRemoved(String),
    /// The daemon is up.
    SupervisorRunning,
    /// The daemon began to stop everything.
    SupervisorStopping,
    /// A client sent an event of its own (`sendRemoteCommEvent`).
    RemoteCommunication {
        /// What the client calls it.
        kind: String,
        /// What it says.
        data: String,
    },
    /// A slice of the wall clock's time has begun.
    Tick {
        /// How long slices are.
        period: Period,
        /// When it began: seconds since the epoch, a multiple of the period.
        when: u64,
    },
}

/// How often a TICK comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Period {
    /// `TICK_5`.
    FiveSeconds,
    /// `TICK_60`.
    Minute,
    /// `TICK_3600`.
    Hour,
}

impl Period {
    /// All, in the order in which ticks of the same moment are sent.
    pub const ALL: [Period; 3] = [Period::FiveSeconds, Period::Minute, Period::Hour];

    /// Its length in seconds.
    #[must_use]
    pub fn seconds(self) -> u64 {
        match self {
            Period::FiveSeconds => 5,
            Period::Minute => 60,
            Period::Hour => 3600,
        }
    }

    /// The name of its event.
    #[must_use]
    pub fn event_name(self) -> &'static str {
        match self {
            Period::FiveSeconds => "TICK_5",
            Period::Minute => "TICK_60",
            Period::Hour => "TICK_3600",
        }
    }
}

impl Event {
    /// The name under which it is subscribed to and sent.
    #[must_use]
    pub fn name(&self) -> &'static str {
        match self {
            Event::ProcessState { to, .. } => state_event(*to),
            Event::ProcessLog { channel, .. } => log_event(*channel),
            Event::ProcessCommunication { channel, .. } => communication_event(*channel),
            Event::GroupAdded(_) => "PROCESS_GROUP_ADDED",
            Event::GroupRemoved(_) => "PROCESS_GROUP_REMOVED",
            Event::SupervisorRunning => "SUPERVISOR_STATE_CHANGE_RUNNING",
            Event::SupervisorStopping => "SUPERVISOR_STATE_CHANGE_STOPPING",
            Event::RemoteCommunication { .. } => "REMOTE_COMMUNICATION",
            Event::Tick { period, .. } => period.event_name(),
        }
    }

    /// What listeners get. `who` tells a service's process name and group name.
    #[must_use]
    pub fn payload<'a>(&self, who: impl Fn(ServiceId) -> (&'a str, &'a str)) -> String {
        match self {
            Event::ProcessState { id, from, to, pid, tries, expected } => {
                let (process, group) = who(*id);
                let pid = number(*pid);
                let more = match to {
                    State::Starting | State::Backoff => format!(" tries:{tries}"),
                    State::Running | State::Stopping | State::Stopped => format!(" pid:{pid}"),
                    State::Exited => format!(" expected:{} pid:{pid}", u8::from(*expected)),
                    State::Fatal | State::Unknown => String::new(),
                };
                format!("processname:{process} groupname:{group} from_state:{from}{more}")
            }
            Event::ProcessLog { id, channel, pid, data } => {
                let (process, group) = who(*id);
                let (pid, channel) = (number(*pid), channel.name());
                let text = readable(data);
                format!("processname:{process} groupname:{group} pid:{pid} channel:{channel}\n{text}")
            }
            Event::ProcessCommunication { id, pid, data, .. } => {
                let (process, group) = who(*id);
                format!("processname:{process} groupname:{group} pid:{}\n{}", number(*pid), readable(data))
            }
            Event::GroupAdded(name) | Event::GroupRemoved(name) => format!("groupname:{name}\n"),
            Event::SupervisorRunning | Event::SupervisorStopping => String::new(),
            Event::RemoteCommunication { kind, data } => format!("type:{kind}\n{data}"),
            Event::Tick { when, .. } => format!("when:{when}"),
        }
    }
}

/// Whether somebody who subscribed to `subscribed` gets the event of that name: types are named by the path from the
/// general to the special.
#[must_use]
pub fn is_a(name: &str, subscribed: &str) -> bool {
    subscribed == "EVENT"
        || name.strip_prefix(subscribed).is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
}

/// The name of the event for entering a state.
fn state_event(to: State) -> &'static str {
    match to {
        State::Stopped => "PROCESS_STATE_STOPPED",
        State::Starting => "PROCESS_STATE_STARTING",
        State::Running => "PROCESS_STATE_RUNNING",
        State::Backoff => "PROCESS_STATE_BACKOFF",
        State::Stopping => "PROCESS_STATE_STOPPING",
        State::Exited => "PROCESS_STATE_EXITED",
        State::Fatal => "PROCESS_STATE_FATAL",
        State::Unknown => "PROCESS_STATE_UNKNOWN",
    }
}

/// The name of the event for output of a channel.
#[must_use]
pub fn log_event(channel: OutputChannel) -> &'static str {
    match channel {
        OutputChannel::Stdout => "PROCESS_LOG_STDOUT",
        OutputChannel::Stderr => "PROCESS_LOG_STDERR",
    }
}

/// The name of the event for captured text of a channel.
#[must_use]
pub fn communication_event(channel: OutputChannel) -> &'static str {
    match channel {
        OutputChannel::Stdout => "PROCESS_COMMUNICATION_STDOUT",
        OutputChannel::Stderr => "PROCESS_COMMUNICATION_STDERR",
    }
}

fn number(pid: Option<Pid>) -> i32 {
    pid.map_or(0, |pid| pid.0)
}

/// Output as text: what is not UTF-8 is shown as Python shows bytes.
fn readable(data: &[u8]) -> String {
    std::str::from_utf8(data)
        .map_or_else(|_| format!("Undecodable: {}", python_bytes_repr(data)), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(event: &Event) -> String {
        format!("{} {}", event.name(), event.payload(|_| ("cat_00", "web")))
    }

    fn state(from: State, to: State) -> Event {
        Event::ProcessState { id: ServiceId(1), from, to, pid: Some(Pid(7)), tries: 2, expected: false }
    }

    #[test]
    fn reads_as_the_original_writes_it() {
        let head = "processname:cat_00 groupname:web";
        let table = [
            (
                state(State::Backoff, State::Starting),
                format!("PROCESS_STATE_STARTING {head} from_state:BACKOFF tries:2"),
            ),
            (
                state(State::Starting, State::Backoff),
                format!("PROCESS_STATE_BACKOFF {head} from_state:STARTING tries:2"),
            ),
            (
                state(State::Starting, State::Running),
                format!("PROCESS_STATE_RUNNING {head} from_state:STARTING pid:7"),
            ),
            (
                state(State::Running, State::Stopping),
                format!("PROCESS_STATE_STOPPING {head} from_state:RUNNING pid:7"),
            ),
            (
                state(State::Stopping, State::Stopped),
                format!("PROCESS_STATE_STOPPED {head} from_state:STOPPING pid:7"),
            ),
            (
                state(State::Running, State::Exited),
                format!("PROCESS_STATE_EXITED {head} from_state:RUNNING expected:0 pid:7"),
            ),
            (state(State::Backoff, State::Fatal), format!("PROCESS_STATE_FATAL {head} from_state:BACKOFF")),
            (
                state(State::Running, State::Unknown),
                format!("PROCESS_STATE_UNKNOWN {head} from_state:RUNNING"),
            ),
            (Event::GroupAdded("g".to_owned()), "PROCESS_GROUP_ADDED groupname:g\n".to_owned()),
            (Event::GroupRemoved("g".to_owned()), "PROCESS_GROUP_REMOVED groupname:g\n".to_owned()),
            (Event::SupervisorRunning, "SUPERVISOR_STATE_CHANGE_RUNNING ".to_owned()),
            (Event::SupervisorStopping, "SUPERVISOR_STATE_CHANGE_STOPPING ".to_owned()),
            (
                Event::RemoteCommunication { kind: "t".to_owned(), data: "d\n".to_owned() },
                "REMOTE_COMMUNICATION type:t\nd\n".to_owned(),
            ),
            (Event::Tick { period: Period::Minute, when: 120 }, "TICK_60 when:120".to_owned()),
        ];
        for (event, expected) in table {
            assert_eq!(told(&event), expected);
        }
    }

    #[test]
    fn output_that_is_no_text_is_shown_as_python_shows_it() {
        let (id, channel) = (ServiceId(1), OutputChannel::Stderr);
        let log = Event::ProcessLog { id, channel, pid: None, data: b"\x88\n".to_vec() };
        assert_eq!(
            told(&log),
            "PROCESS_LOG_STDERR processname:cat_00 groupname:web pid:0 channel:stderr\nUndecodable: b'\\x88\\n'"
        );
        let said = Event::ProcessCommunication { id, channel, pid: Some(Pid(3)), data: "é".into() };
        assert_eq!(told(&said), "PROCESS_COMMUNICATION_STDERR processname:cat_00 groupname:web pid:3\né");
    }

    #[test]
    fn general_types_stand_for_special_ones() {
        for subscribed in ["EVENT", "PROCESS_STATE", "PROCESS_STATE_RUNNING"] {
            assert!(is_a("PROCESS_STATE_RUNNING", subscribed), "{subscribed}");
        }
        for subscribed in ["PROCESS_STATE_RUN", "PROCESS_LOG", "TICK", "PROCESS_STATE_STOPPED"] {
            assert!(!is_a("PROCESS_STATE_RUNNING", subscribed), "{subscribed}");
        }
        assert!(is_a("TICK_5", "TICK") && !is_a("TICK_60", "TICK_6"));
    }
}
