//! Reaping: learns which children ended, and how.

use crate::base::{ExitStatus, Pid, Signal};
use nix::errno::Errno;
use nix::libc;

/// What one look at the dead found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reaped {
    /// This child ended and is gone now.
    Child(Pid, ExitStatus),
    /// No more dead children for the time being.
    Nothing,
    /// `waitpid(2)` failed with something other than ECHILD and EINTR.
    Failed(i32),
}

/// Reaps one dead child, any, without waiting. Call until it finds nothing: one SIGCHLD may stand for many deaths.
#[must_use]
pub fn reap() -> Reaped {
    // nix's waitpid answers EINVAL for a child that a real-time signal ended, after it was reaped: that death would be
    // lost. So the plain call, and our own reading of the status.
    let mut status = 0;
    loop {
        // SAFETY: `status` is a valid place for one int for the length of the call.
        let pid = unsafe { libc::waitpid(-1, &raw mut status, libc::WNOHANG) };
        match pid {
            0 => return Reaped::Nothing,
            -1 => match Errno::last() {
                Errno::EINTR => {}
                Errno::ECHILD => return Reaped::Nothing,
                error => return Reaped::Failed(error as i32),
            },
            pid => return Reaped::Child(Pid(pid), decode(status)),
        }
    }
}

/// Whether we have no children at all, dead or alive. Reaps nobody.
#[must_use]
pub fn is_childless() -> bool {
    loop {
        // SAFETY: a zeroed siginfo is a valid place for the answer.
        let result = unsafe {
            let mut info: libc::siginfo_t = std::mem::zeroed();
            libc::waitid(libc::P_ALL, 0, &raw mut info, libc::WEXITED | libc::WNOHANG | libc::WNOWAIT)
        };
        match Errno::result(result) {
            Err(Errno::EINTR) => {}
            Err(Errno::ECHILD) => return true,
            Ok(_) | Err(_) => return false,
        }
    }
}

/// Reads a wait status of a child that ended; stops and continues are not asked for.
pub(super) fn decode(status: i32) -> ExitStatus {
    if libc::WIFSIGNALED(status) {
        let signal = Signal(libc::WTERMSIG(status));
        ExitStatus::Signaled { signal, core_dumped: libc::WCOREDUMP(status) }
    } else {
        ExitStatus::Exited(libc::WEXITSTATUS(status))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_exit_code_and_signal_is_read() {
        for code in 0..=255 {
            assert_eq!(decode(code << 8), ExitStatus::Exited(code));
        }
        for signal in 1..=64 {
            let plain = ExitStatus::Signaled { signal: Signal(signal), core_dumped: false };
            let core = ExitStatus::Signaled { signal: Signal(signal), core_dumped: true };
            assert_eq!(decode(signal), plain);
            assert_eq!(decode(signal | 0x80), core);
        }
    }
}
