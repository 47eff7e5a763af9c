//! Carries out what the engine ordered, and brings back what came of it.

use crate::api::view;
use crate::base::text::reason;
use crate::base::{Pid, ServiceId, Signal};
use crate::engine::{Action, Event, Input, Note, SignalTarget, SpawnError};
use crate::model::{ChannelLog, FastCgiSocket, LogLevel, OutputChannel};
use crate::runtime::channel::Channel;
use crate::runtime::console::Stream;
use crate::runtime::daemon::Daemon;
use crate::runtime::launch;
use crate::runtime::program::Program;
use crate::runtime::shown::Shown;
use crate::runtime::stdin::Stdin;
use crate::runtime::timers::Timer;
use crate::runtime::token::Token;
use crate::sys::clock;
use crate::sys::pipes::{self, ChildPipe, Kept};
use crate::sys::process::{self, Reach, Sent};
use crate::sys::spawn::Stdio;
use crate::sys::wait::{self, Reaped};
use std::io;
use std::os::fd::AsFd;
use std::sync::Arc;

/// After this many spawns in a row the dead are looked at, so that a short life is not taken for a long one while thousands
/// of programs start.
const SPAWNS_BETWEEN_REAPS: usize = 16;

/// Deaths of strangers that are told one by one in each turn; more are only counted.
const STRANGERS_TOLD: u64 = 3;

impl Daemon {
    /// Executes actions in order.
    pub(super) fn execute_all(&mut self, actions: Vec<Action>) {
        let mut spawns = 0;
        for action in actions {
            if let Action::Spawn(_) = action {
                spawns += 1;
                if spawns % SPAWNS_BETWEEN_REAPS == 0 {
                    self.collect_deaths();
                }
            }
            self.execute(action);
        }
    }

    fn execute(&mut self, action: Action) {
        match action {
            Action::Added(id) => self.add_program(id),
            Action::Removed(id) => self.remove_program(id),
            Action::Spawn(id) => self.spawn(id),
            Action::Signal { id, pid, signal, target } => self.send(id, pid, signal, target),
            Action::Arm(timer, at) => self.timers.arm(Timer::Engine(timer), at),
            Action::Disarm(timer) => self.timers.disarm(Timer::Engine(timer)),
            Action::Emit(event) => self.emitted(&event),
            Action::Deliver(delivery) => self.deliver(&delivery),
            Action::Print(lines) => self.log.console.print(Stream::Output, &lines, 1),
            Action::WakeAt(at) => self.wake_at(at),
            Action::Note(note) => self.log_note(&note),
            Action::Finished => self.finished = true,
        }
    }

    /// Tells who watches from outside: the web page, the service manager above us.
    fn emitted(&mut self, event: &Event) {
        self.web.changed |= view::shows(event);
        if let (Event::SupervisorStopping, Some(manager)) = (event, &self.manager) {
            manager.tell("STOPPING=1");
        }
    }

    /// Writes a line of the engine's to the activity log.
    pub(super) fn log_note(&mut self, note: &Note) {
        if self.log.wants(note.level()) {
            self.log.write(note.level(), &note.to_string());
        }
    }

    fn add_program(&mut self, id: ServiceId) {
        self.web.changed = true;
        let mut program = Box::<Program>::default();
        if let Some(view) = self.engine.service(id) {
            let (folder, identifier) = (&self.settings.child_log_dir, &self.settings.identifier);
            if let Err(error) = program.create_auto_logs(view.service(), folder, identifier) {
                let text = format!(
                    "cannot create an automatic log file of '{}' in {}: {error}",
                    view.name(),
                    folder.display(),
                    error = reason(&error)
                );
                self.log.error(&text);
            }
            let (is_listener, showing) = (self.engine.listener_state(id).is_some(), self.settings.showing);
            for which in OutputChannel::BOTH {
                let log = program.log_path(which, view.service());
                let no_file = log.is_none_or(Channel::is_console);
                if no_file && Shown::of(view.service(), which, log, is_listener, showing).is_some() {
                    program.channel(which).remember(usize::try_from(showing.memory).unwrap_or(0));
                }
            }
        }
        self.programs.insert(id, program);
    }

    fn remove_program(&mut self, id: ServiceId) {
        self.web.changed = true;
        self.programs.remove(&id);
        for which in OutputChannel::BOTH {
            self.timers.disarm(Timer::LogRetry(id, which));
        }
    }

    /// Spawns and tells the engine at once, so that lines are dated and deadlines run from when each child came to be, even
    /// while thousands follow. What the engine orders then never contains another spawn.
    fn spawn(&mut self, id: ServiceId) {
        // What the former child had, if this start follows from its end.
        self.release_socket(id);
        let result = match self.try_spawn(id) {
            Ok(pid) => {
                self.children.insert(pid, id);
                Input::Spawned(id, pid)
            }
            Err(error) => {
                self.sockets.release(id, &mut self.log);
                Input::SpawnFailed(id, error)
            }
        };
        for action in self.engine.step(clock::now(), result) {
            self.execute(action);
        }
    }

    fn try_spawn(&mut self, id: ServiceId) -> Result<Pid, SpawnError> {
        let view = self.engine.service(id).ok_or(SpawnError::Empty)?;
        let (service, name) = (view.service(), view.name());
        let group = view.group_name();
        // Before it is known whether there is a command to run, as the original does.
        let mut socket = |config: &FastCgiSocket| self.sockets.acquire(id, group, config, &mut self.log);
        let socket = service.socket.as_deref().map(&mut socket).transpose().map_err(SpawnError::Socket)?;
        let launch = launch::prepare(service, group, &self.base_env, self.server_url.as_deref())?;
        let is_listener = self.engine.listener_state(id).is_some();
        let program = self.programs.entry(id).or_default();
        let no_dispatchers = |error: io::Error| dispatchers_error(name, &error);
        let (stdin, writer) = match socket {
            Some(socket) => (socket, None),
            None => {
                let pipe = pipes::child_pipe(Kept::Write).map_err(no_dispatchers)?;
                (Arc::new(pipe.theirs), Some(pipe.ours))
            }
        };
        let stdout = pipes::child_pipe(Kept::Read).map_err(no_dispatchers)?;
        let stderr = if service.redirect_stderr {
            None
        } else {
            Some(pipes::child_pipe(Kept::Read).map_err(no_dispatchers)?)
        };
        if let Some((uid, gid)) = launch.owner() {
            pipes::give_to(&stdout, uid, gid);
            stderr.iter().for_each(|stderr| pipes::give_to(stderr, uid, gid));
        }
        for which in OutputChannel::BOTH {
            if which == OutputChannel::Stderr && service.redirect_stderr {
                continue;
            }
            let path = program.log_path(which, service).map(std::path::Path::to_owned);
            let strip = self.settings.strip_ansi;
            let config = if is_listener && which == OutputChannel::Stdout {
                // It is a conversation, not a log.
                &ChannelLog { syslog: false, capture_max_bytes: 0, events: false, ..service.stdout.clone() }
            } else {
                which.of(service)
            };
            let shown = Shown::of(service, which, path.as_deref(), is_listener, self.settings.showing);
            program.channel(which).open(path.as_deref(), config, strip, shown).map_err(no_dispatchers)?;
        }
        program.listener = is_listener.then(Box::default);
        let stdio = Stdio {
            stdin: stdin.as_fd(),
            stdout: stdout.theirs.as_fd(),
            stderr: stderr.as_ref().map_or(stdout.theirs.as_fd(), |pipe| pipe.theirs.as_fd()),
        };
        let plan = launch.plan(&self.base_env, stdio);
        let pid = self.spawner.spawn(&plan).map_err(|error| fork_error(name, &error))?;
        program.last_pid = Some(pid);
        let key = Token::Input(id).key();
        program.stdin = writer.and_then(|writer| Stdin::new(&self.poller, writer, key).ok());
        self.attach(id, OutputChannel::Stdout, stdout);
        if let Some(stderr) = stderr {
            self.attach(id, OutputChannel::Stderr, stderr);
        }
        Ok(pid)
    }

    fn attach(&mut self, id: ServiceId, which: OutputChannel, pipe: ChildPipe) {
        let Some(program) = self.programs.get_mut(&id) else { return };
        let key = |generation| Token::Output(id, which, generation).key();
        if let Err(error) = program.channel(which).attach(&self.poller, pipe.ours, key) {
            // The child lives and will find its output closed.
            self.log.error(&format!(
                "cannot read {} of a new child: {error}",
                which.name(),
                error = reason(&error)
            ));
        }
    }

    fn send(&mut self, id: ServiceId, pid: Pid, signal: Signal, target: SignalTarget) {
        // Reaped in the meantime (while actions before this one were executed): the number may be somebody else's now.
        if self.children.get(&pid) != Some(&id) {
            return;
        }
        let reach = match target {
            SignalTarget::Process => Reach::Process,
            SignalTarget::Group => Reach::Group,
        };
        match process::send(pid, signal, reach) {
            Sent::Delivered => {}
            Sent::Gone => {
                let name = self.engine.service(id).map_or_else(String::new, |view| view.name().to_owned());
                self.log.debug(&format!(
                    "unable to signal {name} (pid {pid}), it probably just exited on its own: [Errno 3] No such process"
                ));
            }
            Sent::Failed(error) => self.put(Input::SignalFailed(id, error)),
        }
    }

    /// Reaps until no dead child is left. Ours are told to the engine; strangers, adopted as PID 1, are counted.
    pub(super) fn collect_deaths(&mut self) {
        let mut strangers = 0;
        // The init of a machine, and that of a container with its health checks, meet nobody else all day long.
        let level = if self.role.is_machine() { LogLevel::Debug } else { self.strangers_level };
        loop {
            match wait::reap() {
                Reaped::Nothing => break,
                Reaped::Failed(number) => {
                    self.log.critical(&format!(
                        "waitpid error {number}; a process may not be cleaned up properly"
                    ));
                    break;
                }
                Reaped::Child(pid, status) => {
                    if let Some(id) = self.children.remove(&pid) {
                        self.last_words(id);
                        self.put(Input::Exited(id, status));
                    } else if self
                        .role
                        .companion()
                        .is_some_and(|companion| companion.ended(pid, clock::now().mono))
                    {
                        self.attend();
                    } else {
                        strangers += 1;
                        if strangers <= STRANGERS_TOLD {
                            self.log.write(level, &format!("reaped unknown pid {pid} ({status})"));
                        }
                    }
                }
            }
        }
        self.strangers += strangers;
        if strangers > STRANGERS_TOLD {
            let (more, all) = (strangers - STRANGERS_TOLD, self.strangers);
            self.log.write(level, &format!("reaped {more} more unknown pids ({all} since the start)"));
        }
    }
}

fn dispatchers_error(name: &str, error: &io::Error) -> SpawnError {
    if process::is_out_of_descriptors(error) {
        SpawnError::TooManyFiles(name.to_owned())
    } else {
        SpawnError::Dispatchers { name: name.to_owned(), errno: process::errno_name(error) }
    }
}

fn fork_error(name: &str, error: &io::Error) -> SpawnError {
    if error.kind() == io::ErrorKind::WouldBlock {
        SpawnError::ProcessTableFull(name.to_owned())
    } else {
        SpawnError::Fork { name: name.to_owned(), errno: process::errno_name(error) }
    }
}
