//! A child with a session of its own on a terminal, and our own session. For shells and logins; programs go through `spawn`.

use crate::base::Pid;
use nix::errno::Errno;
use nix::fcntl::{FcntlArg, OFlag, fcntl};
use nix::libc;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};

/// What runs on the terminal.
#[derive(Debug)]
pub struct OnTerminal<'a> {
    /// Command and arguments; never empty.
    pub words: &'a [String],
    /// The terminal.
    pub terminal: &'a Path,
    /// Its whole environment.
    pub environment: &'a [(&'a str, &'a str)],
    /// Where it begins.
    pub directory: &'a Path,
}

/// Starts it: leader of a new session, whose controlling terminal is that one, taken from whoever had it.
///
/// # Errors
/// The terminal cannot be opened, or the command cannot be executed.
pub fn spawn(what: &OnTerminal<'_>) -> io::Result<Pid> {
    let (program, arguments) = what.words.split_first().ok_or(io::ErrorKind::InvalidInput)?;
    let terminal = open_terminal(what.terminal)?;
    let mut command = Command::new(program);
    command
        .args(arguments)
        .env_clear()
        .envs(what.environment.iter().copied())
        .current_dir(what.directory)
        .stdin(Stdio::from(terminal.try_clone()?))
        .stdout(Stdio::from(terminal.try_clone()?))
        .stderr(Stdio::from(terminal));
    // SAFETY: the process has one thread, and the closure only makes system calls.
    unsafe { command.pre_exec(take_terminal) };
    // The loop reaps it like every child; dropping the handle neither ends it nor waits for it.
    let child = command.spawn()?;
    Ok(Pid(i32::try_from(child.id()).unwrap_or(i32::MAX)))
}

fn open_terminal(path: &Path) -> io::Result<File> {
    // Without O_NONBLOCK, opening a serial line without a carrier waits for one.
    let flags = libc::O_NOCTTY | libc::O_NONBLOCK;
    let terminal = OpenOptions::new().read(true).write(true).custom_flags(flags).open(path)?;
    fcntl(&terminal, FcntlArg::F_SETFL(OFlag::O_RDWR))?;
    Ok(terminal)
}

fn take_terminal() -> io::Result<()> {
    nix::unistd::setsid()?;
    // SAFETY: an ioctl that takes an integer, here: steal it; and a valid disposition. A console that is no terminal has no
    // jobs to control, which is no reason not to have a shell.
    unsafe {
        libc::ioctl(0, libc::TIOCSCTTY, 1);
        libc::signal(libc::SIGXFSZ, libc::SIG_DFL);
    }
    Ok(())
}

/// Leaves the session in which we were started for one of our own, without a terminal.
pub fn lead() {
    // Fails where we lead one already, which is as good.
    let _ = nix::unistd::setsid();
}

/// Waits until what was written to standard output has left the machine, as a serial line needs time. Output that somebody
/// has stopped (Ctrl-S) goes on first.
pub fn drain_output() {
    // SAFETY: integers; a standard output that is no terminal gives ENOTTY.
    let _ = Errno::result(unsafe {
        libc::tcflow(1, libc::TCOON);
        libc::tcdrain(1)
    });
}

/// Forgets the environment and takes this one.
pub fn replace_environment(environment: &[(&str, &str)]) {
    let names: Vec<_> = std::env::vars_os().map(|(name, _)| name).collect();
    // SAFETY: the process has one thread.
    unsafe {
        names.iter().for_each(|name| std::env::remove_var(name));
        environment.iter().for_each(|(name, value)| std::env::set_var(name, value));
    }
}
