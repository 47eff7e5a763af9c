//! Signal numbers and their names on Linux, as Python's `signal` module names them (Supervisor prints those).

use std::fmt;

/// A signal number, 0 to 64. Zero only asks whether a process exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Signal(pub i32);

/// Every name that `signal(7)` gives on Linux. Where a number has two names the one that Supervisor prints comes first.
const NAMES: &[(i32, &str)] = &[
    (1, "SIGHUP"),
    (2, "SIGINT"),
    (3, "SIGQUIT"),
    (4, "SIGILL"),
    (5, "SIGTRAP"),
    (6, "SIGABRT"),
    (6, "SIGIOT"),
    (7, "SIGBUS"),
    (8, "SIGFPE"),
    (9, "SIGKILL"),
    (10, "SIGUSR1"),
    (11, "SIGSEGV"),
    (12, "SIGUSR2"),
    (13, "SIGPIPE"),
    (14, "SIGALRM"),
    (15, "SIGTERM"),
    (16, "SIGSTKFLT"),
    (17, "SIGCHLD"),
    (17, "SIGCLD"),
    (18, "SIGCONT"),
    (19, "SIGSTOP"),
    (20, "SIGTSTP"),
    (21, "SIGTTIN"),
    (22, "SIGTTOU"),
    (23, "SIGURG"),
    (24, "SIGXCPU"),
    (25, "SIGXFSZ"),
    (26, "SIGVTALRM"),
    (27, "SIGPROF"),
    (28, "SIGWINCH"),
    (29, "SIGPOLL"),
    (29, "SIGIO"),
    (30, "SIGPWR"),
    (31, "SIGSYS"),
    (34, "SIGRTMIN"),
    (64, "SIGRTMAX"),
];

impl Signal {
    /// Hang-up; asks supervisord to reload.
    pub const HUP: Signal = Signal(1);
    /// Interrupt, Ctrl-C.
    pub const INT: Signal = Signal(2);
    /// Quit, Ctrl-\.
    pub const QUIT: Signal = Signal(3);
    /// The signal that no process can catch.
    pub const KILL: Signal = Signal(9);
    /// Left at its default by supervisord: ends it.
    pub const USR1: Signal = Signal(10);
    /// Asks supervisord to reopen its logs.
    pub const USR2: Signal = Signal(12);
    /// Continues what was stopped.
    pub const CONT: Signal = Signal(18);
    /// SIGRTMIN+3 to +5: how podman, nspawn and systemd tell an init to halt, to power off, to reboot (`systemd(1)`).
    pub const HALT: Signal = Signal(37);
    /// See `HALT`.
    pub const POWER_OFF: Signal = Signal(38);
    /// See `HALT`.
    pub const REBOOT: Signal = Signal(39);
    /// Termination, the default `stopsignal`.
    pub const TERM: Signal = Signal(15);
    /// Power failure; how LXC tells an init to halt.
    pub const PWR: Signal = Signal(30);
    /// A child changed state.
    pub const CHLD: Signal = Signal(17);

    /// The signal of that name, with or without `SIG`, in any case; `None` for a name that Linux does not have.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Signal> {
        let upper = name.trim().to_uppercase();
        let bare = upper.strip_prefix("SIG").unwrap_or(&upper);
        NAMES.iter().find(|(_, known)| known.get(3..) == Some(bare)).map(|&(number, _)| Signal(number))
    }

    /// Whether a process can be sent this number: 0 to 64 without 32 and 33, which the C library keeps for itself.
    #[must_use]
    pub fn is_valid(self) -> bool {
        matches!(self.0, 0..=31 | 34..=64)
    }

    /// All names, each with its number.
    pub fn names() -> impl Iterator<Item = (&'static str, Signal)> {
        NAMES.iter().map(|&(number, name)| (name, Signal(number)))
    }
}

impl fmt::Display for Signal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match NAMES.iter().find(|(number, _)| *number == self.0) {
            Some((_, name)) => f.write_str(name),
            None => write!(f, "signal {}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_come_in_any_form() {
        for name in ["TERM", "SIGTERM", "sigterm", " term "] {
            assert_eq!(Signal::from_name(name), Some(Signal::TERM));
        }
        assert_eq!(Signal::from_name("CLD"), Some(Signal::CHLD));
        assert_eq!(Signal::from_name("RTMIN"), Some(Signal(34)));
        assert_eq!(Signal::from_name("RTMIN+1"), None);
        assert_eq!(Signal::from_name(""), None);
    }

    #[test]
    fn numbers_print_as_supervisor_prints_them() {
        assert_eq!(Signal(29).to_string(), "SIGPOLL");
        assert_eq!(Signal(35).to_string(), "signal 35");
    }
}
