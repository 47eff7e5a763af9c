//! States of a process and moods of the daemon, with the numbers that clients compare (`supervisor/states.py`).

use std::fmt;

/// State of one process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// Never started, or stopped on request.
    Stopped = 0,
    /// Spawned (or about to be), not up for `startsecs` yet.
    Starting = 10,
    /// Up.
    Running = 20,
    /// A start failed; waiting to try again.
    Backoff = 30,
    /// The stop signal was sent.
    Stopping = 40,
    /// Ended by itself.
    Exited = 100,
    /// Gave up starting.
    Fatal = 200,
    /// Cannot be signalled; nobody knows.
    Unknown = 1000,
}

impl State {
    /// All states.
    pub const ALL: [State; 8] = [
        State::Stopped,
        State::Starting,
        State::Running,
        State::Backoff,
        State::Stopping,
        State::Exited,
        State::Fatal,
        State::Unknown,
    ];

    /// The number that clients see.
    #[must_use]
    pub fn code(self) -> i32 {
        self as i32
    }

    /// `STOPPED_STATES` of the original: nothing runs and nothing will by itself.
    #[must_use]
    pub fn is_stopped(self) -> bool {
        matches!(self, State::Stopped | State::Exited | State::Fatal | State::Unknown)
    }

    /// `RUNNING_STATES` of the original; back-off counts.
    #[must_use]
    pub fn is_running(self) -> bool {
        matches!(self, State::Running | State::Backoff | State::Starting)
    }

    /// `SIGNALLABLE_STATES` of the original.
    #[must_use]
    pub fn is_signallable(self) -> bool {
        matches!(self, State::Running | State::Starting | State::Stopping)
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            State::Stopped => "STOPPED",
            State::Starting => "STARTING",
            State::Running => "RUNNING",
            State::Backoff => "BACKOFF",
            State::Stopping => "STOPPING",
            State::Exited => "EXITED",
            State::Fatal => "FATAL",
            State::Unknown => "UNKNOWN",
        })
    }
}

/// What the daemon as a whole is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mood {
    /// Supervising.
    Running = 1,
    /// Stopping everything in order to start anew.
    Restarting = 0,
    /// Stopping everything in order to leave.
    Shutdown = -1,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_names_and_sets_are_the_originals() {
        let table = [
            (State::Stopped, 0, "STOPPED", "stopped"),
            (State::Starting, 10, "STARTING", "running signallable"),
            (State::Running, 20, "RUNNING", "running signallable"),
            (State::Backoff, 30, "BACKOFF", "running"),
            (State::Stopping, 40, "STOPPING", "signallable"),
            (State::Exited, 100, "EXITED", "stopped"),
            (State::Fatal, 200, "FATAL", "stopped"),
            (State::Unknown, 1000, "UNKNOWN", "stopped"),
        ];
        assert_eq!(table.map(|(state, ..)| state), State::ALL);
        for (state, code, name, sets) in table {
            assert_eq!((state.code(), state.to_string().as_str()), (code, name));
            assert_eq!(state.is_stopped(), sets.contains("stopped"), "{state}");
            assert_eq!(state.is_running(), sets.contains("running"), "{state}");
            assert_eq!(state.is_signallable(), sets.contains("signallable"), "{state}");
        }
    }

    #[test]
    fn moods_have_the_originals_numbers() {
        assert_eq!([Mood::Running as i32, Mood::Restarting as i32, Mood::Shutdown as i32], [1, 0, -1]);
    }
}
