//! Going into the background: one fork, a session of its own, /dev/null for the three standard descriptors.

use nix::errno::Errno;
use nix::unistd::{ForkResult, fork, setsid};
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, OwnedFd};

/// Tells the waiting parent that the daemon is up.
#[derive(Debug)]
pub struct ParentWaits {
    write: File,
}

impl ParentWaits {
    /// Lets the parent leave. Dropping without calling this lets it leave too.
    pub fn release(mut self) {
        // A parent that is gone already does not need to be told.
        let _ = self.write.write_all(b".");
    }
}

/// Who this process is after the fork.
#[derive(Debug)]
pub enum Side {
    /// The one that was started: leave with status 0. It has waited until the daemon was up.
    Parent,
    /// The daemon.
    Daemon(ParentWaits),
}

/// Forks once. The daemon must call `leave_terminal` next.
///
/// # Errors
/// Those of `pipe2(2)` and `fork(2)`.
pub fn split() -> io::Result<Side> {
    let (read, write): (OwnedFd, OwnedFd) = nix::unistd::pipe2(nix::fcntl::OFlag::O_CLOEXEC)?;
    // SAFETY: the daemon has no other threads at this point (it never has), so the child may go on as it likes.
    match unsafe { fork() }? {
        ForkResult::Parent { .. } => {
            drop(write);
            let mut byte = [0_u8; 1];
            // End of file means that the daemon is gone already; its log says why.
            let _ = File::from(read).read(&mut byte);
            Ok(Side::Parent)
        }
        ForkResult::Child => Ok(Side::Daemon(ParentWaits { write: File::from(write) })),
    }
}

/// Leaves the terminal and its session; standard descriptors become /dev/null.
///
/// # Errors
/// Those of opening /dev/null, as in an image that has none; the descriptors stay as they are then.
pub fn leave_terminal() -> io::Result<()> {
    // Fails only for a process group leader, which a fresh child is not.
    let _ = setsid();
    let null = OpenOptions::new().read(true).write(true).open("/dev/null")?;
    for number in 0..=2 {
        // SAFETY: dup2 replaces one of the three standard descriptors, which no owner in this program holds.
        let result = unsafe { nix::libc::dup2(null.as_raw_fd(), number) };
        Errno::result(result)?;
    }
    if null.as_raw_fd() <= 2 {
        // It took the place of a closed standard descriptor and must stay open.
        std::mem::forget(null);
    }
    Ok(())
}

/// Makes sure that descriptors 0 to 2 are open, so that no pipe or log file takes their numbers.
pub fn fill_standard_descriptors() {
    loop {
        let Ok(null) = OpenOptions::new().read(true).write(true).open("/dev/null") else { return };
        if null.as_raw_fd() > 2 {
            return;
        }
        std::mem::forget(null);
    }
}
