//! Pipes to and from children, and reading them without ever waiting.

use crate::base::{Gid, Uid};
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::unistd::pipe2;
use std::io;
use std::os::fd::{AsFd, OwnedFd};

/// Which end of a pipe stays with the daemon.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// The reading end: a child's output.
    Read,
    /// The writing end: a child's input.
    Write,
}

/// A pipe with one end for each side.
#[derive(Debug)]
pub struct ChildPipe {
    /// The daemon's end; non-blocking. The child's end is another open file, so it stays blocking.
    pub ours: OwnedFd,
    /// The child's end.
    pub theirs: OwnedFd,
}

/// Makes a pipe; both ends close on exec.
///
/// # Errors
/// Those of `pipe2(2)`: EMFILE, ENFILE.
pub fn child_pipe(kept: Kept) -> io::Result<ChildPipe> {
    let (read, write) = pipe2(OFlag::O_CLOEXEC)?;
    let (ours, theirs) = match kept {
        Kept::Read => (read, write),
        Kept::Write => (write, read),
    };
    fcntl(&ours, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
    Ok(ChildPipe { ours, theirs })
}

/// Gives a pipe to a user, who can then also open it by name, as `/dev/stdout`. Without the right to do so nothing changes,
/// and what is inherited works all the same.
pub fn give_to(pipe: &ChildPipe, uid: Uid, gid: Gid) {
    let (uid, gid) = (nix::unistd::Uid::from_raw(uid.0), nix::unistd::Gid::from_raw(gid.0));
    let _ = nix::unistd::fchown(&pipe.theirs, Some(uid), Some(gid));
}

/// What a read from a pipe gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Read {
    /// This many bytes.
    Bytes(usize),
    /// Nothing now.
    Empty,
    /// Every writer is gone (or the descriptor is unreadable for good).
    End,
}

/// Reads what is there.
pub fn read(fd: impl AsFd, buffer: &mut [u8]) -> Read {
    loop {
        return match nix::unistd::read(&fd, buffer) {
            Ok(0) => Read::End,
            Ok(count) => Read::Bytes(count),
            Err(Errno::EINTR) => continue,
            Err(Errno::EAGAIN) => Read::Empty,
            Err(_) => Read::End,
        };
    }
}
