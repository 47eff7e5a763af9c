//! When a process counts as started, when it is started again, how it is stopped.

use crate::base::Signal;

/// Rules for starting.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartPolicy {
    /// Start without being asked.
    pub autostart: bool,
    /// Seconds that a process must stay up to count as running. Negative counts as zero, as in the original.
    pub start_seconds: i64,
    /// Attempts after the first failed one before giving up; negative gives up at once.
    pub retries: i64,
    /// Whether a process that ran and ended is started again.
    pub auto_restart: AutoRestart,
    /// Exit codes, 0 to 255, that are expected.
    pub exit_codes: Vec<i32>,
}

/// `autorestart=`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AutoRestart {
    /// `false`.
    Never,
    /// `unexpected`: only after an exit code that is not in the list, or a signal.
    Unexpected,
    /// `true`.
    Always,
}

/// Rules for stopping.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StopPolicy {
    /// Sent first.
    pub signal: Signal,
    /// Seconds until SIGKILL, and between repeated ones. Negative counts as zero.
    pub wait_seconds: i64,
    /// Send the stop signal to the whole process group.
    pub as_group: bool,
    /// Send SIGKILL to the whole process group.
    pub kill_as_group: bool,
}
