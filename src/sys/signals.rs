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

/// Opens the signal mask: whoever started us may have left signals blocked.
pub fn unblock_all() {
    let none = nix::sys::signal::SigSet::empty();
    // Fails only for a bad `how`, which this is not.
    let _ = none.thread_set_mask();
}
