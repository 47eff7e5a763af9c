//! How a process ended, and the words Supervisor has for it (`supervisor/options.py`, `decode_wait_status`).

use crate::base::Signal;
use std::fmt;

/// The end of a process as `waitpid(2)` tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExitStatus {
    /// It called `exit` with this code, 0 to 255.
    Exited(i32),
    /// A signal ended it.
    Signaled {
        /// The signal.
        signal: Signal,
        /// Whether the kernel wrote a core file.
        core_dumped: bool,
    },
}

impl ExitStatus {
    /// The exit code as Supervisor counts it: −1 where a signal ended the process.
    #[must_use]
    pub fn code(self) -> i32 {
        match self {
            ExitStatus::Exited(code) => code,
            ExitStatus::Signaled { .. } => -1,
        }
    }
}

impl fmt::Display for ExitStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExitStatus::Exited(code) => write!(f, "exit status {code}"),
            ExitStatus::Signaled { signal, core_dumped } => {
                write!(f, "terminated by {signal}")?;
                if *core_dumped { f.write_str(" (core dumped)") } else { Ok(()) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_as_supervisor_writes_it() {
        assert_eq!(ExitStatus::Exited(3).to_string(), "exit status 3");
        let killed = ExitStatus::Signaled { signal: Signal(11), core_dumped: true };
        assert_eq!(killed.to_string(), "terminated by SIGSEGV (core dumped)");
        assert_eq!(killed.code(), -1);
    }
}
