//! Waiting for a handful of descriptors with poll(2), for the command-line tools. The daemon has its `poller`; this one
//! also takes regular files and `/dev/null`, which epoll refuses and which standard input may well be.

use nix::errno::Errno;
use nix::poll::{PollFd, PollFlags, PollTimeout, poll};
use std::io;
use std::os::fd::BorrowedFd;
use std::time::Duration;

/// Sleeps until one of the descriptors can be read without waiting (data, end or error), a signal comes, or the time is
/// up. Answers which can be read, in the order given; none after a signal.
///
/// # Errors
/// Those of `poll(2)` except EINTR.
pub fn readable(fds: &[BorrowedFd<'_>], limit: Option<Duration>) -> io::Result<Vec<bool>> {
    let mut set: Vec<PollFd<'_>> = fds.iter().map(|fd| PollFd::new(*fd, PollFlags::POLLIN)).collect();
    match poll(&mut set, timeout(limit)) {
        Ok(_) => Ok(set.iter().map(|fd| fd.any().unwrap_or(false)).collect()),
        Err(Errno::EINTR) => Ok(vec![false; fds.len()]),
        Err(error) => Err(error.into()),
    }
}

/// Sleeps until one of the descriptors can be written without waiting (or has nobody left to read), a signal comes, or the
/// time is up. Whether one can.
///
/// # Errors
/// Those of `poll(2)` except EINTR.
pub fn writable(fds: &[BorrowedFd<'_>], limit: Duration) -> io::Result<bool> {
    let mut set: Vec<PollFd<'_>> = fds.iter().map(|fd| PollFd::new(*fd, PollFlags::POLLOUT)).collect();
    match poll(&mut set, timeout(Some(limit))) {
        Ok(count) => Ok(count > 0),
        Err(Errno::EINTR) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

/// Does nothing for that long; less where a signal comes.
pub fn pause(time: Duration) {
    // Can fail only for EINTR, since there are no descriptors.
    let _ = poll(&mut [], timeout(Some(time)));
}

/// Rounded up, so that nobody wakes up just before a deadline.
fn timeout(limit: Option<Duration>) -> PollTimeout {
    let Some(limit) = limit else { return PollTimeout::NONE };
    let millis = limit.as_nanos().div_ceil(1_000_000);
    i32::try_from(millis).ok().and_then(|ms| PollTimeout::try_from(ms).ok()).unwrap_or(PollTimeout::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::os::fd::AsFd;
    use std::os::unix::net::UnixStream;

    #[test]
    fn says_which_can_be_read() {
        let (mut a, b) = UnixStream::pair().unwrap();
        let (c, _d) = UnixStream::pair().unwrap();
        let null = std::fs::File::open("/dev/null").unwrap();
        a.write_all(b"x").unwrap();
        assert_eq!(readable(&[b.as_fd(), c.as_fd(), null.as_fd()], None).unwrap(), [true, false, true]);
        assert_eq!(readable(&[c.as_fd()], Some(Duration::ZERO)).unwrap(), [false]);
        assert!(writable(&[c.as_fd()], Duration::ZERO).unwrap());
        assert!(!writable(&[], Duration::ZERO).unwrap());
        pause(Duration::from_nanos(1));
    }
}
