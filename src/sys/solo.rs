//! What an init for one command asks of the kernel: all signals as a queue, one child with or without a terminal of its own,
//! and everybody else's orphans.

use crate::base::{ExitStatus, Pid, Signal};
use crate::sys::rest;
use nix::errno::Errno;
use nix::libc;
use nix::unistd::{ForkResult, fork, getpgrp, getpid, setpgid, setsid};
use std::ffi::CString;
use std::io;
use std::os::fd::BorrowedFd;
use std::ptr;
use std::time::Duration;

/// A set of signals as the kernel takes it. The C library's own calls leave out two signals (32 and 33) that it keeps to itself.
type KernelSet = u64;
const ALL: KernelSet = KernelSet::MAX;

/// Every signal that comes waits here until it is taken; nothing of it reaches this process in another way. A mistake of our own
/// (SIGSEGV and the like) ends us all the same: the kernel does not let a fault wait.
#[derive(Debug)]
pub struct SignalQueue {
    before: KernelSet,
}

impl SignalQueue {
    /// From now on signals wait. SIGCHLD is what it is by default, whatever it was: else the dead would be lost.
    ///
    /// # Errors
    /// Those of `sigprocmask(2)`.
    pub fn new() -> io::Result<SignalQueue> {
        // SAFETY: SIG_DFL is a valid disposition.
        unsafe { libc::signal(libc::SIGCHLD, libc::SIG_DFL) };
        Ok(SignalQueue { before: set_mask(ALL)? })
    }

    /// Waits for the next signal; `None` when `patience` is over first.
    #[must_use]
    pub fn next(&self, patience: Option<Duration>) -> Option<Signal> {
        let all = ALL;
        loop {
            let time = patience.map(|patience| libc::timespec {
                tv_sec: libc::time_t::try_from(patience.as_secs()).unwrap_or(libc::time_t::MAX),
                tv_nsec: libc::c_long::from(patience.subsec_nanos().cast_signed()),
            });
            let limit = time.as_ref().map_or(ptr::null(), ptr::from_ref);
            // SAFETY: the set is alive for the call and as long as the size says, and so is the time, if there is one; without
            // one the kernel waits for ever. Nobody asks for the signal's details.
            let number = unsafe {
                libc::syscall(
                    libc::SYS_rt_sigtimedwait,
                    &raw const all,
                    ptr::null_mut::<libc::siginfo_t>(),
                    limit,
                    size_of::<KernelSet>(),
                )
            };
            match Errno::result(number) {
                Ok(number) => return i32::try_from(number).ok().map(Signal),
                Err(Errno::EAGAIN) => return None,
                // A stop and its continuation interrupt the wait.
                Err(_) => {}
            }
        }
    }

    /// Waits for the next signal, however long that takes, and keeps next to nothing in memory meanwhile.
    #[must_use]
    pub fn next_at_rest(&self) -> Signal {
        rest::wait(ALL)
    }
}

/// Blocks these signals and no others; gives those that were blocked before.
fn set_mask(mask: KernelSet) -> io::Result<KernelSet> {
    let mut before: KernelSet = 0;
    // SAFETY: both sets are alive for the call and as long as the size says.
    let result = unsafe {
        libc::syscall(
            libc::SYS_rt_sigprocmask,
            libc::SIG_SETMASK,
            &raw const mask,
            &raw mut before,
            size_of::<KernelSet>(),
        )
    };
    Errno::result(result)?;
    Ok(before)
}

/// How the child begins.
#[derive(Debug)]
pub struct Start<'a> {
    /// The command and its arguments; never empty.
    pub argv: &'a [CString],
    /// A session of its own, with the terminal; else a process group of its own, with the terminal's foreground.
    pub session: bool,
    /// The variable to set to the child's own number, as `LISTEN_PID=`, if sockets were passed to us.
    pub listen: bool,
}

/// Creates the child.
///
/// # Errors
/// Those of `fork(2)`. What goes wrong later the child tells by its end: 127 where the command does not exist, 126 where it
/// cannot be executed.
pub fn spawn(start: &Start<'_>, signals: &SignalQueue) -> io::Result<Pid> {
    // SAFETY: the process has one thread, so the child may do whatever it likes.
    match unsafe { fork() }? {
        ForkResult::Child => become_command(start, signals),
        ForkResult::Parent { child } => {
            if !start.session {
                // Whoever comes first: the child does the same. It may have executed already (EACCES).
                let _ = setpgid(child, child);
            }
            Ok(Pid(child.as_raw()))
        }
    }
}

fn become_command(start: &Start<'_>, signals: &SignalQueue) -> ! {
    if start.session {
        if setsid().is_ok() {
            // SAFETY: an ioctl that takes an integer. Without a terminal it fails, which is fine.
            unsafe { libc::ioctl(0, libc::TIOCSCTTY, 0) };
        }
    } else {
        let _ = setpgid(getpid(), getpid());
        take_terminal(Pid(getpid().as_raw()));
    }
    if start.listen {
        // SAFETY: the process has one thread.
        unsafe { std::env::set_var("LISTEN_PID", getpid().to_string()) };
    }
    // SAFETY: SIG_DFL is a valid disposition. Rust ignores SIGPIPE before main; the command knows nothing of that.
    unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
    let _ = set_mask(signals.before);
    let error = match start.argv.first() {
        Some(file) => nix::unistd::execvp(file, start.argv).err().unwrap_or(Errno::ENOENT),
        None => Errno::ENOENT,
    };
    let name = start.argv.first().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    eprintln!("cannot execute '{name}': {}", error.desc());
    let status = if matches!(error, Errno::ENOENT | Errno::ENOTDIR) { 127 } else { 126 };
    // SAFETY: _exit ends this process without running anything of the parent's.
    unsafe { libc::_exit(status) }
}

/// Makes that process group the terminal's foreground, if standard input is our terminal.
pub fn take_terminal(group: Pid) {
    // SAFETY: descriptor 0 is only borrowed for the call; a closed one gives EBADF.
    let stdin = unsafe { BorrowedFd::borrow_raw(0) };
    // Fails without a terminal. SIGTTOU, which a background process would get, is blocked.
    let _ = nix::unistd::tcsetpgrp(stdin, nix::unistd::Pid::from_raw(group.0));
}

/// Whether our own process group has the terminal.
#[must_use]
pub fn has_terminal() -> bool {
    // SAFETY: as above.
    let stdin = unsafe { BorrowedFd::borrow_raw(0) };
    nix::unistd::tcgetpgrp(stdin).is_ok_and(|group| group == getpgrp())
}

/// Our own process group.
#[must_use]
pub fn own_group() -> Pid {
    Pid(getpgrp().as_raw())
}

/// What a look at the children found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seen {
    /// It ended, and is gone.
    Ended(Pid, ExitStatus),
    /// It was stopped by a signal.
    Stopped(Pid, Signal),
    /// There are children, and nothing happened to them.
    Quiet,
    /// There are no children.
    Alone,
}

/// Looks at one child, any, without waiting.
#[must_use]
pub fn look() -> Seen {
    let mut status = 0;
    loop {
        // SAFETY: `status` is a valid place for one int for the length of the call.
        let pid = unsafe { libc::waitpid(-1, &raw mut status, libc::WNOHANG | libc::WUNTRACED) };
        match pid {
            0 => return Seen::Quiet,
            -1 if Errno::last() == Errno::EINTR => {}
            -1 => return Seen::Alone,
            pid if libc::WIFSTOPPED(status) => {
                return Seen::Stopped(Pid(pid), Signal(libc::WSTOPSIG(status)));
            }
            pid => return Seen::Ended(Pid(pid), super::wait::decode(status)),
        }
    }
}

/// Sends a signal to every process of our pid namespace but ourselves. Only as its init.
pub fn signal_everybody(signal: Signal) {
    // SAFETY: two integers.
    unsafe { libc::kill(-1, signal.0) };
}

/// Stops ourselves, until somebody continues us.
pub fn stop_self() {
    // SAFETY: two integers.
    unsafe { libc::kill(libc::getpid(), libc::SIGSTOP) };
}

/// Orphans of our descendants come to us (`PR_SET_CHILD_SUBREAPER`).
///
/// # Errors
/// EINVAL before Linux 3.4.
pub fn become_subreaper() -> io::Result<()> {
    Ok(nix::sys::prctl::set_child_subreaper(true)?)
}

/// This signal comes to us when our parent ends (`PR_SET_PDEATHSIG`).
///
/// # Errors
/// EINVAL for a number that is no signal.
pub fn signal_at_parents_end(signal: Signal) -> io::Result<()> {
    // SAFETY: prctl with this option takes an integer.
    let result =
        unsafe { libc::prctl(libc::PR_SET_PDEATHSIG, libc::c_ulong::try_from(signal.0).unwrap_or(0)) };
    Errno::result(result).map(drop).map_err(io::Error::from)
}
