//! Output on its way: what the loop does when a child wrote something, or when a log can be written again.

use crate::api::Host;
use crate::base::text::{python_bytes_repr, python_repr, reason};
use crate::base::{Pid, ServiceId};
use crate::engine::{Event, Input, event};
use crate::model::LogLevel;
use crate::model::OutputChannel;
use crate::runtime::activity_log::ActivityLog;
use crate::runtime::channel::{Blocked, Channel, Tap, Trouble};
use crate::runtime::console::STALL;
use crate::runtime::daemon::Daemon;
use crate::runtime::listening;
use crate::runtime::shown::{self, How, Shown, Speaker};
use crate::runtime::timers::{RETRY_DELAY, Timer};
use crate::runtime::token;
use crate::sys::clock::{self, LocalZone};
use crate::sys::poll;
use crate::sys::syslog::SystemLog;
use crate::wire::listener::{Expected, Token, Tokens};
use std::time::Duration;

/// The name under which child output appears in the system log, as in the original.
const IDENT: &str = "supervisord";

/// How long the end of the daemon waits for the reader of its output, if that reads.
const DRAIN: Duration = Duration::from_secs(5);

/// How long it waits for a reader that does not.
const LAST_CHANCE: Duration = Duration::from_secs(1);

/// Listens to one channel for the activity log, for syslog and for event listeners.
struct LogTap<'a> {
    log: &'a mut ActivityLog,
    system_log: &'a mut SystemLog,
    group: &'a str,
    name: &'a str,
    which: OutputChannel,
    /// Whose output it is.
    id: ServiceId,
    pid: Option<Pid>,
    /// The process that was started last; what comes later is from its heirs.
    last_pid: Option<Pid>,
    /// Where and how it appears on the console.
    shown: Option<Shown>,
    /// What is to appear there, and how many lines that is.
    lines: Vec<u8>,
    count: u64,
    /// Somebody wants to hear of each piece.
    wants_log: bool,
    /// Somebody wants to hear of captured text.
    wants_captured: bool,
    /// What a listener says, and what it is to say first.
    listener: Option<(&'a mut Tokens, Expected)>,
    /// What came of it all.
    heard: Vec<Token>,
    events: Vec<Event>,
}

impl Tap for LogTap<'_> {
    fn raw(&mut self, data: &[u8]) {
        let Some((tokens, expected)) = &mut self.listener else { return };
        if self.log.wants(LogLevel::Debug) {
            let (name, channel) = (python_repr(self.name), self.which.name());
            self.log.debug(&format!("{name} {channel} output:\n{}", python_bytes_repr(data)));
        }
        for token in tokens.feed(*expected, data) {
            *expected = token.then();
            self.heard.push(token);
        }
    }

    fn piece(&mut self, data: &[u8]) {
        if self.listener.is_some() {
            return;
        }
        if self.log.wants(LogLevel::Debug) {
            let text = std::str::from_utf8(data)
                .map_or_else(|_| format!("Undecodable: {}", python_bytes_repr(data)), str::to_owned);
            let (name, channel) = (python_repr(self.name), self.which.name());
            self.log.debug(&format!("{name} {channel} output:\n{text}"));
        }
        if self.wants_log {
            let Self { id, pid, which: channel, .. } = *self;
            self.events.push(Event::ProcessLog { id, channel, pid, data: data.to_vec() });
        }
    }

    fn captured(&mut self, data: &[u8]) {
        if self.wants_captured {
            let Self { id, pid, which: channel, .. } = *self;
            self.events.push(Event::ProcessCommunication { id, channel, pid, data: data.to_vec() });
        }
        let (name, channel) = (python_repr(self.name), self.which.name());
        self.log.debug(&format!("{name} {channel} emitted a comm event"));
    }

    fn syslog_line(&mut self, line: &[u8]) {
        let time = LocalZone::system().civil(clock::now().wall);
        let message = format!("{} {}", self.name, String::from_utf8_lossy(line));
        let missed = self.system_log.take_dropped();
        if missed > 0 && self.system_log.send(IDENT, time, &format!("{missed} messages were dropped")) {
            self.log.warn(&format!("{missed} lines of child output could not be sent to syslog"));
        }
        self.system_log.send(IDENT, time, &message);
    }

    fn show(&mut self, text: &[u8]) {
        let Some(Shown { how, .. }) = self.shown else { return };
        let speaker = Speaker { group: self.group, name: self.name, channel: self.which, pid: self.last_pid };
        shown::append(how, &speaker, clock::now().wall, self.log.zone(), text, &mut self.lines);
        self.count += 1;
    }

    fn has_room(&mut self) -> bool {
        self.print();
        let Some(Shown { stream, how }) = self.shown else { return true };
        self.log.console.has_room(stream, how != How::Pieces)
    }

    fn trouble(&mut self, trouble: Trouble) {
        let (name, channel) = (self.name, self.which.name());
        match trouble {
            Trouble::Waiting(path, error) => self.log.error(&format!(
                "cannot write {channel} log of '{name}' to {}: {error}; its output waits until there is room",
                path.display(),
                error = reason(&error)
            )),
            Trouble::Resumed(path) => {
                self.log.info(&format!("{channel} log of '{name}' is written to {} again", path.display()));
            }
            Trouble::Discarding(path, error) => self.log.error(&format!(
                "cannot write {channel} log of '{name}' to {}: {error}; its output is discarded",
                path.display(),
                error = reason(&error)
            )),
        }
    }
}

impl LogTap<'_> {
    /// Gives to the console what is to appear there.
    fn print(&mut self) {
        if let Some(Shown { stream, .. }) = self.shown
            && !self.lines.is_empty()
        {
            self.log.console.print(stream, &self.lines, self.count);
            self.lines.clear();
            self.count = 0;
        }
    }
}

impl Daemon {
    /// A child wrote something, or closed its end.
    pub(super) fn output_readable(&mut self, id: ServiceId, which: OutputChannel, generation: u16) {
        self.flow(id, which, |channel, buffer, tap| channel.readable(generation, buffer, tap));
    }

    /// Has a channel move output, and sees to all that follows from it.
    fn flow(
        &mut self,
        id: ServiceId,
        which: OutputChannel,
        work: impl FnOnce(&mut Channel, &mut [u8], &mut LogTap<'_>),
    ) {
        let (Some(program), Some(view)) = (self.programs.get_mut(&id), self.engine.service(id)) else {
            return;
        };
        let mut tokens = if which == OutputChannel::Stdout { program.listener.take() } else { None };
        let expected = listening::expected(self.engine.listener_state(id));
        let mut tap = LogTap {
            log: &mut self.log,
            system_log: &mut self.system_log,
            group: view.group_name(),
            name: view.name(),
            which,
            id,
            pid: view.pid(),
            last_pid: program.last_pid,
            shown: program.channel(which).shown(),
            lines: Vec::new(),
            count: 0,
            wants_log: which.of(view.service()).events && self.engine.wants(event::log_event(which)),
            wants_captured: self.engine.wants(event::communication_event(which)),
            listener: tokens.as_mut().map(|tokens| (&mut **tokens, expected)),
            heard: Vec::new(),
            events: Vec::new(),
        };
        work(program.channel(which), &mut self.buffer, &mut tap);
        tap.print();
        let LogTap { heard, events, .. } = tap;
        if tokens.is_some() {
            program.listener = tokens;
        }
        self.mind_blocked(id, which);
        self.tell_followers(id, which);
        for event in events {
            self.put(Input::Event(event));
        }
        self.heard(id, heard);
    }

    /// Sends on what a log has got, if anybody follows it.
    fn tell_followers(&mut self, id: ServiceId, which: OutputChannel) {
        let Some(http) = self.http.as_ref().filter(|http| http.has_followers()) else { return };
        let Some(log) = self.log_of(id, which).filter(|log| http.is_followed(log)) else { return };
        self.serve(|http, daemon, now| http.log_changed(Some(&log), daemon, now));
    }

    /// A child takes input again, or has closed its end.
    pub(super) fn input_wanted(&mut self, id: ServiceId) {
        if let Some(stdin) = self.programs.get_mut(&id).and_then(|program| program.stdin.as_mut()) {
            // A closed end is told to who writes next.
            let _ = stdin.flush();
        }
    }

    /// A log that could not be written may have room now.
    pub(super) fn retry_log(&mut self, id: ServiceId, which: OutputChannel) {
        self.flow(id, which, |channel, _, tap| channel.retry(tap));
    }

    /// A child was reaped: its last words go to its logs before anybody hears of its end.
    pub(super) fn last_words(&mut self, id: ServiceId) {
        if let Some(program) = self.programs.get_mut(&id) {
            program.stdin = None;
        }
        for which in OutputChannel::BOTH {
            self.flow(id, which, |channel, buffer, tap| channel.ended(buffer, tap));
        }
    }

    /// Opens every log anew.
    pub(super) fn reopen_logs(&mut self) {
        // Said in the old file, as the original does.
        self.log.info("supervisord logreopen");
        if let Err(error) = self.log.reopen() {
            self.log.error(&format!("cannot reopen the activity log: {error}", error = reason(&error)));
        }
        for (id, program) in &mut self.programs {
            for which in OutputChannel::BOTH {
                let Err(error) = program.channel(which).reopen() else { continue };
                let name = self.engine.service(*id).map_or("?", |view| view.name());
                self.log.error(&format!(
                    "cannot reopen {} log of '{name}': {error}",
                    which.name(),
                    error = reason(&error)
                ));
            }
        }
    }

    /// Notes that a channel waits for the reader of our own output, who may turn out to be stuck.
    fn wait_for_console(&mut self, id: ServiceId, which: OutputChannel) {
        if !self.console_waiters.contains(&(id, which)) {
            self.console_waiters.push((id, which));
        }
        if self.log.console.may_be_stuck() && !self.timers.is_armed(Timer::ConsoleStall) {
            self.log.console.find_stuck();
            self.timers.arm(Timer::ConsoleStall, clock::now().mono + STALL);
        }
    }

    /// Writes what waits for the reader of our own output; where there is room again, programs go on.
    pub(super) fn flush_console(&mut self) {
        if self.log.console.flush() {
            self.resume_shown();
        }
    }

    /// Lets the programs go on that wait for the reader of our own output.
    fn resume_shown(&mut self) {
        for (id, which) in std::mem::take(&mut self.console_waiters) {
            self.retry_log(id, which);
        }
    }

    /// At the very end: gives the reader of our own output what is left, as long as it takes any of it.
    pub(super) fn drain_console(&mut self) {
        let deadline = clock::now().mono + DRAIN;
        loop {
            self.log.console.flush();
            for (id, which) in std::mem::take(&mut self.console_waiters) {
                self.retry_log(id, which);
                self.flow(id, which, |channel, buffer, tap| channel.ended(buffer, tap));
            }
            let fds: Vec<_> = self.log.console.waits_on().map(|(_, fd)| fd).collect();
            let left = deadline.since(clock::now().mono);
            if fds.is_empty()
                || left.is_zero()
                || !poll::writable(&fds, left.min(LAST_CHANCE)).unwrap_or(false)
            {
                return;
            }
        }
    }

    /// Somebody has waited for a while: a reader that has taken nothing in all that time is not waited for any longer.
    pub(super) fn look_for_stuck_reader(&mut self) {
        if self.log.console.find_stuck() {
            let seconds = STALL.as_secs();
            self.log.warn(&format!(
                "nobody has read our standard output for {seconds} seconds: lines of programs are dropped until somebody does"
            ));
            self.resume_shown();
        } else if !self.console_waiters.is_empty() && self.log.console.may_be_stuck() {
            self.timers.arm(Timer::ConsoleStall, clock::now().mono + STALL);
        }
    }

    /// Arranges to be woken when a blocked channel can go on.
    fn mind_blocked(&mut self, id: ServiceId, which: OutputChannel) {
        let Some(program) = self.programs.get_mut(&id) else { return };
        let channel = program.channel(which);
        let must_look_again = match channel.blocked() {
            None => false,
            Some(Blocked::NoRoom) => true,
            // Without a descriptor left to poll with, the only way is to look from time to time.
            Some(Blocked::SlowReader) => {
                channel.wait_for_room(&self.poller, token::Token::LogRoom(id, which).key()).is_err()
            }
            Some(Blocked::Console) => {
                self.wait_for_console(id, which);
                false
            }
        };
        if must_look_again {
            self.timers.arm(Timer::LogRetry(id, which), clock::now().mono + RETRY_DELAY);
        }
    }
}
