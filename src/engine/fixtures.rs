//! What the tests of this layer share: services with Supervisor's defaults, points in time, actions in short words.

use crate::base::{Mono, Now, Pid, ServiceId, Wall};
use crate::engine::{Action, Engine, Event, Input, SignalTarget, Timer};
use crate::model::{
    AutoRestart, ChannelLog, CommandLine, Exec, Group, GroupKind, LogFile, Service, StartPolicy, StopPolicy,
};
use indexmap::IndexMap;
use std::time::Duration;

/// A service as `[program:name]` makes it, with the original's defaults.
pub(crate) fn service(name: &str) -> Service {
    let log = ChannelLog {
        file: LogFile::Auto,
        max_bytes: 50 << 20,
        backups: 10,
        syslog: false,
        capture_max_bytes: 0,
        events: false,
    };
    Service {
        name: name.to_owned(),
        priority: 999,
        exec: Exec {
            command: CommandLine { text: "/bin/cat".to_owned(), words: Ok(vec!["/bin/cat".to_owned()]) },
            environment: IndexMap::new().into(),
            directory: None,
            umask: None,
            identity: None,
            server_url: None,
        },
        start: StartPolicy {
            autostart: true,
            start_seconds: 1,
            retries: 3,
            auto_restart: AutoRestart::Unexpected,
            exit_codes: vec![0],
        },
        stop: StopPolicy {
            signal: crate::base::Signal::TERM,
            wait_seconds: 10,
            as_group: false,
            kill_as_group: false,
        },
        stdout: log.clone(),
        stderr: log,
        essential: false,
        redirect_stderr: false,
        shown: None,
        socket: None,
    }
}

/// A group of programs.
pub(crate) fn group(name: &str, priority: i64, services: Vec<Service>) -> Group {
    Group { name: name.to_owned(), priority, kind: GroupKind::Programs, services }
}

/// This many milliseconds after the boot of the machine.
pub(crate) fn at(milliseconds: u64) -> Now {
    let since_boot = Duration::from_millis(milliseconds);
    Now { mono: Mono(since_boot), wall: Wall(Duration::from_secs(1_700_000_000) + since_boot) }
}

/// Actions in short words, deadlines relative to `now`, joined by `; `.
pub(crate) fn in_words(now: Now, actions: &[Action]) -> String {
    actions.iter().map(|action| word(now, action)).collect::<Vec<_>>().join("; ")
}

fn word(now: Now, action: &Action) -> String {
    match action {
        Action::Added(id) => format!("added {}", id.0),
        Action::Removed(id) => format!("removed {}", id.0),
        Action::Spawn(id) => format!("spawn {}", id.0),
        Action::Signal { pid, signal, target: SignalTarget::Process, .. } => {
            format!("{signal} to {pid}")
        }
        Action::Signal { pid, signal, target: SignalTarget::Group, .. } => {
            format!("{signal} to group {pid}")
        }
        Action::Arm(timer, due) => format!("arm {} +{:?}", timer_name(*timer), due.since(now.mono)),
        Action::Disarm(timer) => format!("disarm {}", timer_name(*timer)),
        Action::Emit(Event::ProcessState { id, from, to, pid, tries, expected }) => {
            let pid = pid.map_or(0, |pid| pid.0);
            let expected = if *expected { "" } else { " unexpected" };
            format!("{}: {from}>{to} pid:{pid} tries:{tries}{expected}", id.0)
        }
        Action::Emit(Event::GroupAdded(name)) => format!("group {name} added"),
        Action::Emit(Event::GroupRemoved(name)) => format!("group {name} removed"),
        Action::Emit(Event::SupervisorRunning) => "supervisor running".to_owned(),
        Action::Emit(Event::SupervisorStopping) => "supervisor stopping".to_owned(),
        Action::Emit(
            other @ (Event::ProcessLog { .. } | Event::ProcessCommunication { .. } | Event::Tick { .. }),
        ) => other.name().to_owned(),
        Action::Deliver(delivery) => {
            let (serial, name) = (delivery.event.serial, delivery.event.name);
            format!("{name} #{serial}/{} to {}", delivery.pool_serial, delivery.to.0)
        }
        Action::Print(lines) => format!("print {}", String::from_utf8_lossy(lines).escape_default()),
        Action::WakeAt(None) => "no ticks".to_owned(),
        Action::WakeAt(Some(at)) => format!("tick at {}", at.epoch_seconds()),
        Action::Emit(Event::RemoteCommunication { kind, data }) => format!("client says {kind}: {data}"),
        Action::Note(note) => format!("{} {note}", note.level()),
        Action::Finished => "finished".to_owned(),
    }
}

fn timer_name(timer: Timer) -> String {
    match timer {
        Timer::Started(id) => format!("started {}", id.0),
        Timer::Retry(id) => format!("retry {}", id.0),
        Timer::Kill(id) => format!("kill {}", id.0),
        Timer::ShutdownReport => "report".to_owned(),
        Timer::LastEvents => "last events".to_owned(),
        Timer::ShutdownTimeout => "shutdown timeout".to_owned(),
    }
}

/// An engine driven by hand.
pub(crate) struct Rig {
    pub(crate) engine: Engine,
    pub(crate) now: Now,
}

impl Rig {
    pub(crate) fn new() -> Rig {
        Rig { engine: Engine::new(), now: at(0) }
    }

    /// An engine that has booted these groups.
    pub(crate) fn booted(groups: Vec<Group>) -> Rig {
        let mut rig = Rig::new();
        rig.engine.step(rig.now, Input::Boot(groups));
        rig
    }

    pub(crate) fn tell(&mut self, input: Input) -> String {
        let actions = self.engine.step(self.now, input);
        in_words(self.now, &actions)
    }

    pub(crate) fn pass(&mut self, milliseconds: u64) {
        let passed = Duration::from_millis(milliseconds);
        self.now = Now { mono: self.now.mono + passed, wall: Wall(self.now.wall.0 + passed) };
    }

    /// Answers the outstanding orders to spawn with pids that are ids plus 100.
    pub(crate) fn spawn(&mut self, ids: impl IntoIterator<Item = u32>) {
        for id in ids {
            self.engine.step(self.now, Input::Spawned(ServiceId(id), Pid(100 + id.cast_signed())));
        }
    }
}
