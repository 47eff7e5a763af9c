//! Lines of the activity log that decisions give rise to: their levels and their exact texts, which people grep for.
//! Mirrors `supervisor/process.py` and `supervisor/supervisord.py` of 4.3.0.

use crate::base::{ExitStatus, Pid, Signal};
use crate::engine::{ListenerNote, SpawnError};
use crate::model::LogLevel;
use std::fmt;

/// One line for the activity log. `name` is always the process name without its group, as the original logs it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Note {
    /// A start attempt failed.
    SpawnFailed(SpawnError),
    /// A child exists.
    Spawned {
        /// Process name.
        name: String,
        /// Its pid.
        pid: Pid,
    },
    /// Asked to start what already has a pid.
    AlreadyRunning {
        /// Process name.
        name: String,
    },
    /// It stayed up for `startsecs`.
    EnteredRunning {
        /// Process name.
        name: String,
        /// `startsecs` as configured.
        start_seconds: i64,
    },
    /// Too many retries.
    GaveUp {
        /// Process name.
        name: String,
    },
    /// It ended by itself (or too quickly).
    Exited {
        /// Process name.
        name: String,
        /// How.
        status: ExitStatus,
        /// Whether that was expected.
        expected: bool,
    },
    /// It ended after a stop request.
    Stopped {
        /// Process name.
        name: String,
        /// How.
        status: ExitStatus,
        /// Whether the exit code is in `exitcodes`; decides the level.
        expected: bool,
    },
    /// A signal is about to be sent in order to stop it.
    Killing {
        /// Process name.
        name: String,
        /// Its pid.
        pid: Pid,
        /// To the whole group.
        as_group: bool,
        /// Which.
        signal: Signal,
    },
    /// The stop signal did not work in time.
    KillingHard {
        /// Process name.
        name: String,
        /// Its pid.
        pid: Pid,
    },
    /// An operator's signal is about to be sent.
    Sending {
        /// Process name.
        name: String,
        /// Its pid.
        pid: Pid,
        /// Which.
        signal: Signal,
    },
    /// Stop request in BACKOFF.
    KilledInBackoff {
        /// Process name.
        name: String,
    },
    /// Stop request without a process.
    KillNotRunning {
        /// Process name.
        name: String,
        /// The signal that was meant.
        signal: Signal,
    },
    /// Signal request without a process.
    SendNotRunning {
        /// Process name.
        name: String,
        /// The signal that was meant.
        signal: Signal,
    },
    /// kill(2) failed although the process exists.
    KillFailed {
        /// Process name.
        name: String,
        /// Its pid.
        pid: Pid,
        /// The error's text.
        error: String,
    },
    /// kill(2) failed for an operator's signal although the process exists.
    SendFailed {
        /// Process name.
        name: String,
        /// Its pid.
        pid: Pid,
        /// The error's text.
        error: String,
    },
    /// Still waiting for one process to stop.
    WaitingToStop {
        /// Process name.
        name: String,
    },
    /// Still waiting for these during shutdown.
    WaitingToDie {
        /// Process names.
        names: Vec<String>,
    },
    /// Something about event listeners.
    Listener(ListenerNote),
    /// What a client wants to be in the log.
    Client {
        /// As important as this.
        level: LogLevel,
        /// Its words.
        text: String,
    },
}

impl Note {
    /// The level at which the original logs it.
    #[must_use]
    pub fn level(&self) -> LogLevel {
        match self {
            Note::SpawnFailed(_)
            | Note::Spawned { .. }
            | Note::EnteredRunning { .. }
            | Note::GaveUp { .. }
            | Note::Exited { expected: true, .. }
            | Note::Stopped { expected: true, .. }
            | Note::WaitingToStop { .. }
            | Note::WaitingToDie { .. } => LogLevel::Info,
            Note::AlreadyRunning { .. }
            | Note::Exited { expected: false, .. }
            | Note::Stopped { expected: false, .. }
            | Note::KillingHard { .. } => LogLevel::Warn,
            Note::Killing { .. }
            | Note::Sending { .. }
            | Note::KilledInBackoff { .. }
            | Note::KillNotRunning { .. }
            | Note::SendNotRunning { .. } => LogLevel::Debug,
            Note::KillFailed { .. } | Note::SendFailed { .. } => LogLevel::Critical,
            Note::Listener(note) => note.level(),
            Note::Client { level, .. } => *level,
        }
    }
}

impl fmt::Display for Note {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Note::SpawnFailed(error) => write!(f, "spawnerr: {error}"),
            Note::Spawned { name, pid } => write!(f, "spawned: '{name}' with pid {pid}"),
            Note::AlreadyRunning { name } => write!(f, "process '{name}' already running"),
            Note::EnteredRunning { name, start_seconds } => write!(
                f,
                "success: {name} entered RUNNING state, process has stayed up for > than {start_seconds} seconds \
                 (startsecs)"
            ),
            Note::GaveUp { name } => {
                write!(f, "gave up: {name} entered FATAL state, too many start retries too quickly")
            }
            Note::Exited { name, status, expected: true } => write!(f, "exited: {name} ({status}; expected)"),
            Note::Exited { name, status, expected: false } => {
                write!(f, "exited: {name} ({status}; not expected)")
            }
            Note::Stopped { name, status, .. } => write!(f, "stopped: {name} ({status})"),
            Note::Killing { name, pid, as_group, signal } => {
                let group = if *as_group { "process group " } else { "" };
                write!(f, "killing {name} (pid {pid}) {group}with signal {signal}")
            }
            Note::KillingHard { name, pid } => write!(f, "killing '{name}' ({pid}) with SIGKILL"),
            Note::Sending { name, pid, signal } => write!(f, "sending {name} (pid {pid}) sig {signal}"),
            Note::KilledInBackoff { name } => {
                write!(f, "Attempted to kill {name}, which is in BACKOFF state.")
            }
            Note::KillNotRunning { name, signal } => {
                write!(f, "attempted to kill {name} with sig {signal} but it wasn't running")
            }
            Note::SendNotRunning { name, signal } => {
                write!(f, "attempted to send {name} sig {signal} but it wasn't running")
            }
            Note::KillFailed { name, pid, error } => {
                write!(f, "unknown problem killing {name} ({pid}):{error}")
            }
            // The original has the name where one expects the signal.
            Note::SendFailed { name, pid, error } => {
                write!(f, "unknown problem sending sig {name} ({pid}):{error}")
            }
            Note::WaitingToStop { name } => write!(f, "waiting for {name} to stop"),
            Note::WaitingToDie { names } => write!(f, "waiting for {} to die", names.join(", ")),
            Note::Listener(note) => note.fmt(f),
            Note::Client { text, .. } => f.write_str(text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_as_the_original_writes_it() {
        let name = || "web_00".to_owned();
        let pid = Pid(12);
        let ok = ExitStatus::Exited(0);
        let segv = ExitStatus::Signaled { signal: Signal(11), core_dumped: true };
        let term = ExitStatus::Signaled { signal: Signal::TERM, core_dumped: false };
        let error = || "EPERM".to_owned();
        let table = [
            (
                Note::SpawnFailed(SpawnError::CommandNotFound("/no".to_owned())),
                "INFO spawnerr: can't find command '/no'",
            ),
            (Note::Spawned { name: name(), pid }, "INFO spawned: 'web_00' with pid 12"),
            (Note::AlreadyRunning { name: name() }, "WARN process 'web_00' already running"),
            (
                Note::EnteredRunning { name: name(), start_seconds: 10 },
                "INFO success: web_00 entered RUNNING state, process has stayed up for > than 10 seconds (startsecs)",
            ),
            (
                Note::GaveUp { name: name() },
                "INFO gave up: web_00 entered FATAL state, too many start retries too quickly",
            ),
            (
                Note::Exited { name: name(), status: ok, expected: true },
                "INFO exited: web_00 (exit status 0; expected)",
            ),
            (
                Note::Exited { name: name(), status: segv, expected: false },
                "WARN exited: web_00 (terminated by SIGSEGV (core dumped); not expected)",
            ),
            (
                Note::Stopped { name: name(), status: ok, expected: true },
                "INFO stopped: web_00 (exit status 0)",
            ),
            (
                Note::Stopped { name: name(), status: term, expected: false },
                "WARN stopped: web_00 (terminated by SIGTERM)",
            ),
            (
                Note::Killing { name: name(), pid, as_group: false, signal: Signal::TERM },
                "DEBG killing web_00 (pid 12) with signal SIGTERM",
            ),
            (
                Note::Killing { name: name(), pid, as_group: true, signal: Signal::KILL },
                "DEBG killing web_00 (pid 12) process group with signal SIGKILL",
            ),
            (Note::KillingHard { name: name(), pid }, "WARN killing 'web_00' (12) with SIGKILL"),
            (
                Note::Sending { name: name(), pid, signal: Signal::HUP },
                "DEBG sending web_00 (pid 12) sig SIGHUP",
            ),
            (
                Note::KilledInBackoff { name: name() },
                "DEBG Attempted to kill web_00, which is in BACKOFF state.",
            ),
            (
                Note::KillNotRunning { name: name(), signal: Signal::TERM },
                "DEBG attempted to kill web_00 with sig SIGTERM but it wasn't running",
            ),
            (
                Note::SendNotRunning { name: name(), signal: Signal::HUP },
                "DEBG attempted to send web_00 sig SIGHUP but it wasn't running",
            ),
            (
                Note::KillFailed { name: name(), pid, error: error() },
                "CRIT unknown problem killing web_00 (12):EPERM",
            ),
            (
                Note::SendFailed { name: name(), pid, error: error() },
                "CRIT unknown problem sending sig web_00 (12):EPERM",
            ),
            (Note::WaitingToStop { name: name() }, "INFO waiting for web_00 to stop"),
            (
                Note::WaitingToDie { names: vec!["a".to_owned(), "b".to_owned()] },
                "INFO waiting for a, b to die",
            ),
        ];
        for (note, expected) in table {
            assert_eq!(format!("{} {note}", note.level()), expected);
        }
    }
}
