//! A host for tests: a real engine, and a world in which everything works unless a test says otherwise.

use crate::api::metrics::{Calls, Figures, Pool, Turns, Usage};
use crate::api::{Host, Namespaces, Outcome, StdinError, call};
use crate::base::{ExitStatus, Now, Pid, Ring, ServiceId, Signal, Wall};
use crate::engine::fixtures::{at, group, service};
use crate::engine::{Action, Engine, Event, GroupView, Input, Note, SpawnError, Timer};
use crate::model::{ActivityLog, ActivityTarget, Group, LogFile, LogLevel, OutputChannel, Service, Settings};
use crate::wire::xmlrpc::Value;
use indexmap::IndexMap;
use std::collections::{BTreeMap, BTreeSet, HashMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// The fake daemon.
pub(crate) struct FakeHost {
    pub(crate) engine: Engine,
    pub(crate) now: Now,
    pub(crate) settings: Settings,
    pub(crate) available: Vec<Arc<Group>>,
    pub(crate) fresh: Result<Vec<Group>, String>,
    /// What describing a program leads to; `Ok` makes one service of that name.
    pub(crate) lowered: Result<(), String>,
    pub(crate) namespaces: Namespaces,
    pub(crate) main_log: Option<PathBuf>,
    pub(crate) files: BTreeMap<PathBuf, Vec<u8>>,
    pub(crate) memory: BTreeMap<(ServiceId, OutputChannel), Ring>,
    pub(crate) locked: BTreeSet<PathBuf>,
    pub(crate) commands: BTreeMap<u32, SpawnError>,
    pub(crate) spawns: BTreeMap<u32, SpawnError>,
    pub(crate) unreachable: bool,
    pub(crate) stdin: Result<Vec<u8>, StdinError>,
    pub(crate) signals: Vec<(u32, Signal)>,
    pub(crate) notes: Vec<Note>,
    pub(crate) events: Vec<Event>,
    pub(crate) cleared: Vec<String>,
}

impl FakeHost {
    pub(crate) fn new(groups: Vec<Group>) -> FakeHost {
        let mut host = FakeHost {
            engine: Engine::new(),
            now: at(0),
            settings: settings(),
            available: Vec::new(),
            fresh: Ok(groups.clone()),
            lowered: Ok(()),
            namespaces: Namespaces::usual(),
            main_log: Some("/log/main".into()),
            files: BTreeMap::new(),
            memory: BTreeMap::new(),
            locked: BTreeSet::new(),
            commands: BTreeMap::new(),
            spawns: BTreeMap::new(),
            unreachable: false,
            stdin: Ok(Vec::new()),
            signals: Vec::new(),
            notes: Vec::new(),
            events: Vec::new(),
            cleared: Vec::new(),
        };
        host.apply(Input::Boot(groups));
        host.available = host.engine.groups().map(GroupView::shared).collect();
        host
    }

    /// `cat` (0) alone, `web:a` (1) and `web:b` (2); nothing is started by itself.
    pub(crate) fn usual() -> FakeHost {
        let manual = |name| {
            let mut service = service(name);
            service.start.autostart = false;
            service
        };
        FakeHost::new(vec![
            group("cat", 999, vec![manual("cat")]),
            group("web", 10, vec![manual("b"), manual("a")]),
        ])
    }

    pub(crate) fn call(&mut self, name: &str, params: &[Value]) -> Outcome {
        let namespaces = self.namespaces.clone();
        call(self, &namespaces, name, params)
    }

    pub(crate) fn pass(&mut self, milliseconds: u64) {
        let passed = Duration::from_millis(milliseconds);
        self.now = Now { mono: self.now.mono + passed, wall: Wall(self.now.wall.0 + passed) };
    }

    /// Lets `startsecs` pass.
    pub(crate) fn stay_up(&mut self, id: u32) {
        self.pass(1_000);
        self.apply(Input::Deadline(Timer::Started(ServiceId(id))));
    }

    pub(crate) fn exit(&mut self, id: u32, code: i32) {
        self.apply(Input::Exited(ServiceId(id), ExitStatus::Exited(code)));
    }

    fn carry_out(&mut self, action: Action, queue: &mut VecDeque<Input>) {
        match action {
            Action::Spawn(id) => queue.push_back(match self.spawns.get(&id.0) {
                Some(error) => Input::SpawnFailed(id, error.clone()),
                None => Input::Spawned(id, Pid(100 + id.0.cast_signed())),
            }),
            Action::Signal { id, .. } if self.unreachable => {
                queue.push_back(Input::SignalFailed(id, "EPERM".to_owned()));
            }
            Action::Signal { id, signal, .. } => self.signals.push((id.0, signal)),
            Action::Note(note) => self.notes.push(note),
            Action::Emit(event) => self.events.push(event),
            Action::Added(_)
            | Action::Removed(_)
            | Action::Arm(..)
            | Action::Disarm(_)
            | Action::Deliver(_)
            | Action::Print(_)
            | Action::WakeAt(_)
            | Action::Finished => {}
        }
    }
}

fn settings() -> Settings {
    Settings {
        config_file: None,
        log: ActivityLog {
            target: ActivityTarget::File("/log/main".into()),
            max_bytes: 0,
            backups: 0,
            level: LogLevel::Info,
            format: crate::model::LogFormat::Text,
        },
        pid_file: "/run/pid".into(),
        umask: None,
        nodaemon: true,
        silent: true,
        min_fds: 1024,
        min_procs: 200,
        no_cleanup: false,
        child_log_dir: "/log".into(),
        identity: None,
        directory: None,
        strip_ansi: false,
        showing: crate::model::Showing::default(),
        environment: IndexMap::new(),
        exit: crate::model::ExitPolicy::default(),
        identifier: "supervisor".to_owned(),
    }
}

impl Host for FakeHost {
    fn engine(&self) -> &Engine {
        &self.engine
    }

    fn now(&self) -> Now {
        self.now
    }

    fn settings(&self) -> &Settings {
        &self.settings
    }

    fn available(&self) -> &[Arc<Group>] {
        &self.available
    }

    fn available_mut(&mut self) -> &mut Vec<Arc<Group>> {
        &mut self.available
    }

    fn lower(
        &mut self,
        _group: &str,
        name: &str,
        options: &[(String, String)],
    ) -> Result<Vec<Service>, String> {
        self.lowered.clone()?;
        let mut service = service(name);
        for (key, value) in options {
            match key.as_str() {
                "command" => service.exec.command.text.clone_from(value),
                "autostart" => service.start.autostart = value == "True",
                other => return Err(format!("no option {other} here")),
            }
        }
        Ok(vec![service])
    }

    fn pid(&self) -> Pid {
        Pid(7)
    }

    fn apply(&mut self, input: Input) {
        let mut queue = VecDeque::from([input]);
        while let Some(input) = queue.pop_front() {
            for action in self.engine.step(self.now, input) {
                self.carry_out(action, &mut queue);
            }
        }
    }

    fn check_command(&self, id: ServiceId) -> Result<(), SpawnError> {
        self.commands.get(&id.0).cloned().map_or(Ok(()), Err)
    }

    fn check_group(&mut self, _group: &Group) -> Result<(), String> {
        Ok(())
    }

    fn reread(&mut self) -> Result<(), String> {
        self.available = self.fresh.clone()?.into_iter().map(Arc::new).collect();
        Ok(())
    }

    fn restart(&mut self) -> Result<(), String> {
        self.fresh.clone()?;
        self.apply(Input::Restart);
        Ok(())
    }

    fn main_log(&self) -> Option<PathBuf> {
        self.main_log.clone()
    }

    fn clear_main_log(&mut self) -> Result<(), String> {
        self.cleared.push("main".to_owned());
        if self.locked.contains(Path::new("/log/main")) { Err("EACCES".to_owned()) } else { Ok(()) }
    }

    fn log_path(&self, id: ServiceId, channel: OutputChannel) -> Option<PathBuf> {
        let view = self.engine.service(id)?;
        match &channel.of(view.service()).file {
            LogFile::None => None,
            LogFile::Auto => Some(format!("/log/{}-{}", view.name(), channel.name()).into()),
            LogFile::Path(path) => Some(path.clone()),
        }
    }

    fn memory_log(&self, id: ServiceId, channel: OutputChannel) -> Option<&Ring> {
        self.memory.get(&(id, channel))
    }

    fn clear_logs(&mut self, id: ServiceId) -> Result<(), String> {
        let name = self.engine.service(id).map(|view| view.name().to_owned()).unwrap_or_default();
        let locked = self.locked.contains(&PathBuf::from(format!("/log/{name}-stdout")));
        self.cleared.push(name);
        if locked { Err("EACCES".to_owned()) } else { Ok(()) }
    }

    fn file_size(&self, path: &Path) -> Result<Option<u64>, String> {
        if self.locked.contains(path) {
            return Err("EACCES".to_owned());
        }
        Ok(self.files.get(path).map(|bytes| bytes.len() as u64))
    }

    fn read_file(&self, path: &Path, offset: u64, length: u64) -> Result<Vec<u8>, String> {
        let bytes = self.files.get(path).ok_or("ENOENT")?.iter();
        let (offset, length) = (usize::try_from(offset), usize::try_from(length));
        Ok(bytes.skip(offset.expect("small")).take(length.expect("small")).copied().collect())
    }

    fn write_stdin(&mut self, _: ServiceId, bytes: &[u8]) -> Result<(), StdinError> {
        self.stdin.as_mut().map(|all| all.extend(bytes)).map_err(|error| *error)
    }

    fn note(&mut self, note: Note) {
        self.notes.push(note);
    }

    fn emit(&mut self, event: Event) {
        self.events.push(event);
    }

    fn short_date(&self, wall: Wall) -> String {
        format!("date {}", wall.epoch_seconds())
    }

    fn long_date(&self, wall: Wall) -> String {
        format!("long date {}", wall.epoch_seconds())
    }
}

/// Figures of a running `cat`.
pub(crate) fn figures() -> Figures {
    Figures {
        started: Wall(Duration::from_millis(1_700_000_000_500)),
        daemon: Usage { cpu: Duration::from_millis(20), memory: 4096, processes: 1 },
        usage: HashMap::from([(
            Pid(100),
            Usage { cpu: Duration::from_millis(1_500), memory: 8192, processes: 2 },
        )]),
        log_bytes: HashMap::from([((ServiceId(0), OutputChannel::Stdout), 99)]),
        pools: vec![Pool { name: "p\"\\\n".to_owned(), buffered: 3, discarded: 1 }],
        turns: Turns::default(),
        calls: Calls::default(),
    }
}
