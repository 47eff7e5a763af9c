//! One process slot: a `[program:x]` has one for each of its `numprocs`.

use crate::model::{ChannelLog, ChildOutput, Exec, FastCgiSocket, StartPolicy, StopPolicy};
use std::sync::Arc;

/// What is known about a process before it runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// The process name, unique in its group.
    pub name: String,
    /// Start order among equals of a batch; lower first.
    pub priority: i64,
    /// What to execute.
    pub exec: Exec,
    /// When and how often to start.
    pub start: StartPolicy,
    /// How to stop.
    pub stop: StopPolicy,
    /// Everything stops when it cannot be kept up.
    pub essential: bool,
    /// Where standard output goes.
    pub stdout: ChannelLog,
    /// Where standard error goes; unused when `redirect_stderr` is set.
    pub stderr: ChannelLog,
    /// Standard error joins standard output.
    pub redirect_stderr: bool,
    /// How its lines appear on the daemon's own standard output and error; `None` is as the daemon's settings say.
    pub shown: Option<ChildOutput>,
    /// The listening socket that takes the place of standard input, for every FastCGI process, also one in a
    /// `[group:x]`.
    pub socket: Option<Arc<FastCgiSocket>>,
}
