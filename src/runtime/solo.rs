//! One command under a correct init (`onevisor run`, tini, dumb-init): passes signals on, reaps everything, and ends with the
//! command's exit status. With nothing to do it sleeps for ever.
//!
//! Must stay small: it is the whole of PID 1 in containers that run one program.

use crate::base::{ExitStatus, Mono, Pid, Signal};
use crate::sys::process::{self, Reach, Sent};
use crate::sys::solo::{self, Seen, SignalQueue, Start};
use crate::sys::{clock, family};
use std::collections::HashMap;
use std::ffi::CString;
use std::io;
use std::time::Duration;

/// How the command is run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Solo {
    /// The command and its arguments.
    pub argv: Vec<CString>,
    /// What to send instead of a signal that comes; `None` sends nothing.
    pub rewrite: HashMap<i32, Option<Signal>>,
    /// Signals go to the whole process group of the command.
    pub group: bool,
    /// The command gets a session of its own.
    pub session: bool,
    /// After the command's end its process group is told to end.
    pub sweep_group: bool,
    /// What becomes of exit statuses.
    pub remap: HashMap<u8, u8>,
    /// How long the command may take after a signal that asks it to end, and its orphans after its end.
    pub grace: Option<Duration>,
    /// Be a subreaper: `None` where we are not PID 1.
    pub subreaper: Option<bool>,
    /// Comes to us when our parent ends.
    pub parent_death: Option<Signal>,
    /// Say what others would want to know: 0 nothing, 1 warnings, 2 everything.
    pub verbosity: u8,
    /// Warn of every orphan.
    pub warn_of_orphans: bool,
}

/// Signals after which a command is expected to end.
const ENDING: [Signal; 4] = [Signal::TERM, Signal::INT, Signal::QUIT, Signal::HUP];
const CONT: Signal = Signal(18);

/// When for this long nothing has happened, nothing will happen for a while.
const QUIET: Duration = Duration::from_millis(100);

/// Runs the command to its end.
///
/// # Errors
/// The command could not be started at all.
pub fn run(solo: &Solo) -> io::Result<u8> {
    let signals = SignalQueue::new()?;
    if let Some(signal) = solo.parent_death {
        solo::signal_at_parents_end(signal)?;
    }
    let is_init = process::own_pid() == Pid(1);
    if solo.subreaper.unwrap_or(!is_init)
        && let Err(error) = solo::become_subreaper()
        && solo.verbosity > 0
    {
        eprintln!("orphans cannot be reaped: not PID 1, and no subreaper: {error}");
    }
    let passed_to_us = std::env::var("LISTEN_PID").is_ok_and(|pid| pid == process::own_pid().to_string());
    let start = Start { argv: &solo.argv, session: solo.session, listen: passed_to_us };
    let child = solo::spawn(&start, &signals)?;
    let mut life = Life { solo, signals, child, is_init, killed_at: None, status: None };
    life.until_the_end();
    life.after_the_end();
    let status = life.status.unwrap_or(ExitStatus::Exited(1));
    Ok(remapped(solo, status))
}

fn remapped(solo: &Solo, status: ExitStatus) -> u8 {
    let code = match status {
        ExitStatus::Exited(code) => code,
        ExitStatus::Signaled { signal, .. } => 128 + signal.0,
    };
    let code = u8::try_from(code).unwrap_or(u8::MAX);
    solo.remap.get(&code).copied().unwrap_or(code)
}

struct Life<'a> {
    solo: &'a Solo,
    signals: SignalQueue,
    child: Pid,
    is_init: bool,
    /// When patience with the command is over.
    killed_at: Option<Mono>,
    status: Option<ExitStatus>,
}

impl Life<'_> {
    fn until_the_end(&mut self) {
        while self.status.is_none() {
            match self.next() {
                None => self.kill(),
                Some(Signal::CHLD) => self.look_around(),
                Some(signal) => self.pass_on(signal),
            }
        }
    }

    /// The next signal; `None` when patience with the command is over.
    fn next(&self) -> Option<Signal> {
        match self.killed_at {
            Some(at) => self.signals.next(Some(at.since(clock::now().mono))),
            None => Some(self.signals.next(Some(QUIET)).unwrap_or_else(|| self.signals.next_at_rest())),
        }
    }

    fn kill(&mut self) {
        // Once more after a while, should that not have been enough.
        self.killed_at = Some(clock::now().mono + Duration::from_secs(1));
        self.send(Signal::KILL);
    }

    fn send(&self, signal: Signal) {
        let reach = if self.solo.group || self.solo.session { Reach::Group } else { Reach::Process };
        if let Sent::Failed(error) = process::send(self.child, signal, reach)
            && self.solo.verbosity > 0
        {
            eprintln!("cannot send {signal} to the command: {error}");
        }
    }

    fn pass_on(&mut self, came: Signal) {
        let signal = match self.solo.rewrite.get(&came.0) {
            None => came,
            Some(None) => return,
            Some(Some(signal)) => *signal,
        };
        if self.solo.verbosity > 1 {
            eprintln!("{came} came, {signal} goes to the command");
        }
        self.send(signal);
        if ENDING.contains(&came) && self.killed_at.is_none() {
            self.killed_at = self.solo.grace.map(|grace| clock::now().mono + grace);
        }
        if self.solo.session && matches!(came.0, 20..=22) {
            // The command is in a session without job control, so it was stopped for good; so are we.
            self.stop_with_it();
        }
    }

    fn look_around(&mut self) {
        loop {
            match solo::look() {
                Seen::Ended(pid, status) if pid == self.child => self.status = Some(status),
                Seen::Ended(pid, status) => self.orphan(pid, status),
                Seen::Stopped(pid, _) if pid == self.child && !self.solo.session => self.stopped(),
                Seen::Stopped(..) => {}
                Seen::Quiet | Seen::Alone => return,
            }
        }
    }

    fn orphan(&self, pid: Pid, status: ExitStatus) {
        if self.solo.warn_of_orphans || self.solo.verbosity > 1 {
            eprintln!("reaped orphan {pid} ({status})");
        }
    }

    /// Ctrl-Z. Nobody could ever continue what PID 1 runs, so it goes on at once; anywhere else we stop as well, so that the
    /// shell that started us has its terminal.
    fn stopped(&mut self) {
        if self.is_init {
            let _ = process::send(self.child, CONT, Reach::Group);
        } else {
            self.stop_with_it();
        }
    }

    fn stop_with_it(&mut self) {
        solo::take_terminal(solo::own_group());
        solo::stop_self();
        // Continued. In the background the terminal is somebody else's.
        if solo::has_terminal() {
            solo::take_terminal(self.child);
        }
        let _ = process::send(self.child, CONT, Reach::Group);
    }

    /// The command has ended. What is left of it gets its time to end too, if that is wanted.
    fn after_the_end(&mut self) {
        if self.solo.sweep_group {
            let _ = process::send(self.child, Signal::TERM, Reach::Group);
        }
        let Some(grace) = self.solo.grace else { return };
        if self.is_alone() {
            return;
        }
        self.signal_the_rest(Signal::TERM);
        let mut until = clock::now().mono + grace;
        let mut gave_up = false;
        while !self.is_alone() {
            let left = until.since(clock::now().mono);
            match self.signals.next(Some(left)) {
                // A second request does not wait.
                Some(signal) if ENDING.contains(&signal) => until = clock::now().mono,
                Some(_) => {}
                None if gave_up => return,
                None => {
                    self.signal_the_rest(Signal::KILL);
                    gave_up = true;
                    until = clock::now().mono + Duration::from_secs(1);
                }
            }
        }
    }

    fn is_alone(&self) -> bool {
        loop {
            match solo::look() {
                Seen::Ended(pid, status) => self.orphan(pid, status),
                Seen::Stopped(..) => {}
                Seen::Quiet => return false,
                Seen::Alone => return true,
            }
        }
    }

    fn signal_the_rest(&self, signal: Signal) {
        if self.is_init {
            solo::signal_everybody(signal);
            return;
        }
        for pid in family::descendants(process::own_pid()) {
            let _ = process::send(pid, signal, Reach::Process);
        }
    }
}
