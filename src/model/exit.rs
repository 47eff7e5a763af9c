//! When the daemon ends by itself, and with which exit status.

use crate::base::Signal;
use std::path::PathBuf;

/// How the daemon ends.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ExitPolicy {
    /// What makes it end by itself.
    pub when: ExitWhen,
    /// How the status that it would have becomes the one that it has; the first rule that fits counts.
    pub rules: Vec<ExitRule>,
    /// Where the reason is written.
    pub termination_log: TerminationLog,
    /// Seconds that a shutdown may take before everything that is left is killed; 0 or less waits as long as it takes.
    pub shutdown_timeout: i64,
}

/// `exit_when=`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ExitWhen {
    /// Only when it is told to, or for an essential program.
    #[default]
    Never,
    /// When a program cannot be started for good.
    AnyFatal,
    /// When a program has ended and is not started again by itself, or cannot be started.
    AnyExit,
    /// When no program runs any more, and none will by itself.
    AllExited,
}

impl ExitWhen {
    /// The words of the configuration.
    pub const NAMES: [(&'static str, ExitWhen); 4] = [
        ("never", ExitWhen::Never),
        ("any_fatal", ExitWhen::AnyFatal),
        ("any_exit", ExitWhen::AnyExit),
        ("all_exited", ExitWhen::AllExited),
    ];

    /// Its word in the configuration.
    #[must_use]
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(_, when)| *when == self).map_or("never", |(name, _)| name)
    }
}

/// One rule of `exit_status=`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ExitRule {
    /// Which ends it is for.
    pub of: EndKind,
    /// The status instead, 0 to 255; `None` leaves it.
    pub status: Option<u8>,
}

/// A kind of end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndKind {
    /// This exit status.
    Status(u8),
    /// The program was ended by this signal; `None` by any.
    Signal(Option<Signal>),
    /// The program could not be started for good.
    Fatal,
    /// Nobody ended: the daemon was told to stop.
    Stopped,
    /// Any end.
    Any,
}

/// `termination_log=`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum TerminationLog {
    /// Where Kubernetes looks, if somebody has put a file there.
    #[default]
    WhereExpected,
    /// This file.
    Path(PathBuf),
    /// Nowhere.
    None,
}
