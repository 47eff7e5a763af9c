//! What happens to processes and to the daemon, as event listeners will be told (`supervisor/events.py`).

use crate::base::{Pid, ServiceId};
use crate::engine::State;

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
}
