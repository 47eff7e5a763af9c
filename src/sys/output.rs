//! Writing without waiting to descriptors that others share: standard output, a terminal, somebody's pipe.
//!
//! O_NONBLOCK belongs to the open file, which the container runtime, a shell and all children may share, so it is never
//! set here. Instead each write says for itself that it must not wait, and where the kernel cannot be told so, only as much
//! is written as poll(2) promises room for.

use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::libc;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, FromRawFd, OwnedFd};

/// What is behind a descriptor, as far as writing to it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    /// A regular file: a write never has to wait for a reader.
    Plain,
    /// `pwritev2` with RWF_NOWAIT; tried first for everything else.
    NoWait,
    /// `send` with MSG_DONTWAIT.
    Socket,
    /// poll, then at most this many bytes.
    Careful(usize),
}

/// A descriptor that is shared with others and is written to without ever waiting.
#[derive(Debug)]
pub struct SharedOutput {
    fd: OwnedFd,
    way: Way,
}

/// POLLOUT on a pipe promises room for this much (`pipe(7)`).
const PIPE_CHUNK: usize = 4096;
/// A terminal promises less; this is what its driver wakes writers up for.
const TERMINAL_CHUNK: usize = 256;

impl SharedOutput {
    /// Shares one of our own descriptors, by number.
    ///
    /// # Errors
    /// EBADF where the number is not open; EMFILE.
    pub fn inherit(number: i32) -> io::Result<SharedOutput> {
        // SAFETY: F_DUPFD_CLOEXEC takes integers; the number it answers is a new descriptor that nobody else owns.
        let fd = unsafe {
            let copy = Errno::result(libc::fcntl(number, libc::F_DUPFD_CLOEXEC, 3))?;
            OwnedFd::from_raw_fd(copy)
        };
        Ok(SharedOutput::new(fd))
    }

    /// Takes an open descriptor.
    #[must_use]
    pub fn new(fd: OwnedFd) -> SharedOutput {
        let way = match nix::sys::stat::fstat(&fd).map(|stat| stat.st_mode & libc::S_IFMT) {
            Ok(libc::S_IFREG) => Way::Plain,
            Ok(libc::S_IFSOCK) => Way::Socket,
            _ => Way::NoWait,
        };
        SharedOutput { fd, way }
    }

    /// Whether both lead to the same file, pipe, socket or terminal, so that the order of writes to one and the other shows.
    #[must_use]
    pub fn is_same(&self, other: &SharedOutput) -> bool {
        let place = |output: &SharedOutput| {
            nix::sys::stat::fstat(&output.fd).ok().map(|stat| (stat.st_dev, stat.st_ino))
        };
        place(self).is_some_and(|here| place(other) == Some(here))
    }

    /// Whether writing never has to wait, so that the descriptor need not (and cannot) be polled.
    #[must_use]
    pub fn never_waits(&self) -> bool {
        self.way == Way::Plain
    }

    /// Writes as much as goes without waiting.
    ///
    /// # Errors
    /// `WouldBlock` where there is no room now; others as of `write(2)`: EPIPE, ENOSPC, EIO.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        loop {
            let result = match self.way {
                Way::Plain => nix::unistd::write(&self.fd, bytes),
                Way::NoWait => write_no_wait(self.fd.as_fd(), bytes),
                Way::Socket => send_no_wait(self.fd.as_fd(), bytes),
                Way::Careful(most) => write_careful(self.fd.as_fd(), bytes, most),
            };
            match result {
                Err(Errno::EINTR) => {}
                Err(Errno::EOPNOTSUPP | Errno::ENOSYS | Errno::EINVAL | Errno::EPERM)
                    if self.way == Way::NoWait =>
                {
                    self.way = Way::Careful(self.chunk());
                }
                result => return Ok(result?),
            }
        }
    }

    fn chunk(&self) -> usize {
        if nix::unistd::isatty(&self.fd).unwrap_or(false) { TERMINAL_CHUNK } else { PIPE_CHUNK }
    }
}

impl AsFd for SharedOutput {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.fd.as_fd()
    }
}

fn write_no_wait(fd: BorrowedFd<'_>, bytes: &[u8]) -> nix::Result<usize> {
    let part = libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
    // SAFETY: one iovec that describes readable memory; the kernel does not write to it. Offset −1 means the current one.
    let result = unsafe { libc::pwritev2(fd.as_raw_fd(), &raw const part, 1, -1, libc::RWF_NOWAIT) };
    Errno::result(result).map(|count| usize::try_from(count).unwrap_or(0))
}

fn send_no_wait(fd: BorrowedFd<'_>, bytes: &[u8]) -> nix::Result<usize> {
    let flags = libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;
    // SAFETY: the slice describes readable memory.
    let result = unsafe { libc::send(fd.as_raw_fd(), bytes.as_ptr().cast(), bytes.len(), flags) };
    Errno::result(result).map(|count| usize::try_from(count).unwrap_or(0))
}

fn write_careful(fd: BorrowedFd<'_>, bytes: &[u8], most: usize) -> nix::Result<usize> {
    let mut entry = [PollFd::new(fd, PollFlags::POLLOUT)];
    if poll(&mut entry, PollTimeout::ZERO)? == 0 {
        return Err(Errno::EAGAIN);
    }
    nix::unistd::write(fd, bytes.get(..most).unwrap_or(bytes))
}

/// Makes an open file of our own non-blocking. Never for descriptors that others share.
///
/// # Errors
/// Those of `fcntl(2)`.
pub fn set_nonblocking(fd: impl AsFd) -> io::Result<()> {
    fcntl(fd, FcntlArg::F_SETFL(OFlag::O_NONBLOCK))?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_pipe_is_told_instead_of_waited_for() {
        let (_read, write) = nix::unistd::pipe().expect("a pipe");
        let mut output = SharedOutput::new(write);
        let chunk = [0_u8; 8192];
        let mut written = 0;
        let error = loop {
            match output.write(&chunk) {
                Ok(count) => written += count,
                Err(error) => break error,
            }
        };
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
        assert!(written >= 4096);
        let flags = fcntl(&output, FcntlArg::F_GETFL).expect("flags");
        assert!(
            !OFlag::from_bits_retain(flags).contains(OFlag::O_NONBLOCK),
            "the shared open file was changed"
        );
    }

    #[test]
    fn the_careful_way_does_not_wait_either() {
        let (_read, write) = nix::unistd::pipe().expect("a pipe");
        let mut output = SharedOutput { fd: write, way: Way::Careful(PIPE_CHUNK) };
        let chunk = [0_u8; 8192];
        let error = loop {
            if let Err(error) = output.write(&chunk) {
                break error;
            }
        };
        assert_eq!(error.kind(), io::ErrorKind::WouldBlock);
    }

    #[test]
    fn a_reader_that_left_is_an_error() {
        let (read, write) = nix::unistd::pipe().expect("a pipe");
        drop(read);
        let error = SharedOutput::new(write).write(b"x").expect_err("nobody reads");
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
    }
}
