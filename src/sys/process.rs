//! Small facts about and orders to processes.

use crate::base::{Gid, Pid, Signal, Uid};
use nix::errno::Errno;
use nix::libc;
use std::ffi::OsString;
use std::path::Path;

/// Whom a signal reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// One process.
    Process,
    /// The process group that it leads.
    Group,
}

/// What came of a signal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sent {
    /// It was sent.
    Delivered,
    /// There is no such process (ESRCH).
    Gone,
    /// Another error, as text.
    Failed(String),
}

/// Sends a signal. Only for children that are not reaped yet, so the pid cannot have been used again.
#[must_use]
pub fn send(pid: Pid, signal: Signal, reach: Reach) -> Sent {
    let target = match reach {
        Reach::Process => pid.0,
        Reach::Group => -pid.0,
    };
    // SAFETY: kill(2) takes two integers and touches no memory of ours. nix's wrapper has no real-time signals.
    let result = unsafe { libc::kill(target, signal.0) };
    match Errno::result(result) {
        Ok(_) => Sent::Delivered,
        Err(Errno::ESRCH) => Sent::Gone,
        Err(error) => Sent::Failed(error.desc().to_owned()),
    }
}

/// Does something in a process of its own, which then ends.
///
/// # Errors
/// Those of `fork(2)`.
pub fn aside(work: impl FnOnce()) -> std::io::Result<Pid> {
    // SAFETY: the process has one thread, so the child may do whatever it likes.
    match unsafe { nix::unistd::fork() }? {
        nix::unistd::ForkResult::Parent { child } => Ok(Pid(child.as_raw())),
        nix::unistd::ForkResult::Child => {
            work();
            // SAFETY: _exit ends this process without running anything of the parent's.
            unsafe { libc::_exit(0) }
        }
    }
}

/// Our own process id.
#[must_use]
pub fn own_pid() -> Pid {
    Pid(nix::unistd::getpid().as_raw())
}

/// Our real user id.
#[must_use]
pub fn real_uid() -> Uid {
    Uid(nix::unistd::getuid().as_raw())
}

/// Our effective user id.
#[must_use]
pub fn effective_uid() -> Uid {
    Uid(nix::unistd::geteuid().as_raw())
}

/// Our real group id.
#[must_use]
pub fn real_gid() -> Gid {
    Gid(nix::unistd::getgid().as_raw())
}

/// The host's name as `uname -n` prints it.
#[must_use]
pub fn node_name() -> OsString {
    nix::sys::utsname::uname().map(|names| names.nodename().to_owned()).unwrap_or_default()
}

/// Sets the file mode mask.
pub fn set_umask(mask: u32) {
    nix::sys::stat::umask(nix::sys::stat::Mode::from_bits_truncate(mask));
}

/// Whether our real user may execute the file (`access(2)`).
#[must_use]
pub fn may_execute(path: &Path) -> bool {
    nix::unistd::access(path, nix::unistd::AccessFlags::X_OK).is_ok()
}

/// Whether our real user may write the file or folder (`access(2)`).
#[must_use]
pub fn may_write(path: &Path) -> bool {
    nix::unistd::access(path, nix::unistd::AccessFlags::W_OK).is_ok()
}

/// The symbolic name of an error, such as `EACCES`; the number where it has none.
#[must_use]
pub fn errno_name(error: &std::io::Error) -> String {
    match error.raw_os_error() {
        Some(number) if Errno::from_raw(number) != Errno::UnknownErrno => {
            format!("{:?}", Errno::from_raw(number))
        }
        Some(number) => number.to_string(),
        None => error.to_string(),
    }
}

/// EMFILE: this process may not open more files.
#[must_use]
pub fn is_out_of_descriptors(error: &std::io::Error) -> bool {
    error.raw_os_error() == Some(Errno::EMFILE as i32)
}
