//! Signals as a readable file descriptor. Handlers only set a flag and write a byte (signal-hook's self-pipe); which signals
//! came is read in the loop. A flag is no counter: one SIGCHLD may stand for many deaths.

use crate::base::Signal;
use nix::libc;
use signal_hook::iterator::backend::SignalDelivery;
use signal_hook::iterator::exfiltrator::SignalOnly;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;

/// The signals that the loop is told of.
#[derive(Debug)]
pub struct SignalInbox {
    delivery: SignalDelivery<UnixStream, SignalOnly>,
}

impl SignalInbox {
    /// Installs handlers for `signals`.
    ///
    /// # Errors
    /// Those of `socketpair(2)` and `sigaction(2)`.
    pub fn new(signals: &[Signal]) -> io::Result<SignalInbox> {
        let (read, write) = UnixStream::pair()?;
        let numbers = signals.iter().map(|signal| signal.0);
        Ok(SignalInbox { delivery: SignalDelivery::with_pipe(read, write, SignalOnly, numbers)? })
    }

    /// What came since the last call, each signal once, lowest number first.
    pub fn take(&mut self) -> Vec<Signal> {
        self.delivery.pending().map(Signal).collect()
    }
}

impl AsFd for SignalInbox {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.delivery.get_read().as_fd()
    }
}

/// While this lives, SIGINT ends the process at once with status 0, on a fresh line: how an interactive shell is left from
/// within a command.
#[derive(Debug)]
pub struct LeaveOnInterrupt {
    id: signal_hook::SigId,
}

impl LeaveOnInterrupt {
    /// Installs the handler.
    ///
    /// # Errors
    /// Those of `sigaction(2)`.
    pub fn new() -> io::Result<LeaveOnInterrupt> {
        let leave = || {
            // SAFETY: write(2) and _exit(2) may be called in a signal handler (signal-safety(7)), and the byte outlives
            // the call.
            unsafe {
                libc::write(1, b"\n".as_ptr().cast(), 1);
                libc::_exit(0);
            }
        };
        // SAFETY: the handler only makes the two calls above.
        let id = unsafe { signal_hook::low_level::register(libc::SIGINT, leave)? };
        Ok(LeaveOnInterrupt { id })
    }
}

impl Drop for LeaveOnInterrupt {
    fn drop(&mut self) {
        signal_hook::low_level::unregister(self.id);
    }
}

/// Makes writing to a closed pipe, and writing beyond a file size limit, an error instead of the daemon's end.
/// Children get both signals at their defaults again.
pub fn ignore_write_signals() {
    for signal in [libc::SIGPIPE, libc::SIGXFSZ] {
        // SAFETY: SIG_IGN is a valid disposition, and no Rust code relies on these signals' handlers.
        unsafe {
            libc::signal(signal, libc::SIG_IGN);
        }
    }
}

/// From now on signals wait, also those that would be lost since nobody catches them yet: the kernel drops what the first
/// process of a namespace does not catch, unless it is blocked. [`unblock_all`] delivers them.
pub fn hold_all() {
    // Fails only for a bad `how`, which this is not.
    let _ = nix::sys::signal::SigSet::all().thread_set_mask();
}

/// Opens the signal mask: whoever started us may have left signals blocked. Handlers must be there by then.
pub fn unblock_all() {
    let none = nix::sys::signal::SigSet::empty();
    // Fails only for a bad `how`, which this is not.
    let _ = none.thread_set_mask();
}
