//! One foreground command whose real process is another one, named by a pid file: for `pidproxy`.

use crate::base::{Pid, Signal};
use crate::sys::poller::{Interest, Poller, Waiting, Watch};
use crate::sys::process::{self, Reach, Sent};
use crate::sys::signals::SignalInbox;
use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command};

/// Signals that are passed on, and the one that tells of the command's end.
const CAUGHT: [Signal; 7] =
    [Signal::TERM, Signal::HUP, Signal::INT, Signal::USR1, Signal::USR2, Signal::QUIT, Signal::CHLD];

/// A running command and the signals that came for it.
pub struct Proxied {
    child: Child,
    poller: Poller,
    signals: Watch<SignalInbox>,
}

impl Proxied {
    /// Starts the command. As in the original its name is a path, relative to the current folder; PATH is not searched.
    ///
    /// # Errors
    /// Those of starting it, and of making the poller.
    pub fn start(command: &OsStr, args: &[impl AsRef<OsStr>]) -> io::Result<Proxied> {
        let poller = Poller::new()?;
        let inbox = SignalInbox::new(&CAUGHT)?;
        let signals = poller.watch(inbox, 0, Interest::Readable).map_err(|(error, _)| error)?;
        let path: PathBuf = std::env::current_dir()?.join(command);
        let child = Command::new(path).arg0(command).args(args).spawn()?;
        Ok(Proxied { child, poller, signals })
    }

    /// Waits until signals come.
    ///
    /// # Errors
    /// Those of `epoll_wait(2)`.
    pub fn next_signals(&mut self) -> io::Result<Vec<Signal>> {
        self.poller.wait(&mut Waiting::default(), false, &mut Vec::new())?;
        Ok(self.signals.get_mut().take())
    }

    /// Whether the command is gone.
    pub fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }
}

/// Sends a signal to the process in the pid file. False where the file names none.
#[must_use]
pub fn pass_on(pid_file: &Path, signal: Signal) -> bool {
    let number = fs::read_to_string(pid_file).ok().and_then(|text| text.trim().parse::<i32>().ok());
    match number {
        Some(number) if number > 0 => {
            !matches!(process::send(Pid(number), signal, Reach::Process), Sent::Failed(_))
        }
        _ => false,
    }
}
