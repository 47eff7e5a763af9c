//! The engine against a fake world: random services, exits, failures, requests, late timers and clock jumps, run from a
//! seed. Whatever happens, the rules in `World::obey` and `World::inspect` must hold after each step.
//!
//! A failing seed is printed; `SIMULATION_SEED=n` runs it alone, `SIMULATION_SEEDS=n` sets how many are run.

use onevisor::base::{ExitStatus, Mono, Now, Pid, ServiceId, Signal, Wall};
use onevisor::engine::{Action, Engine, Event, Input, Mood, Note, ServiceView, SpawnError, State, Timer};
use onevisor::model::{
    AutoRestart, ChannelLog, CommandLine, EventPool, Exec, ExitPolicy, ExitWhen, Group, GroupKind, LogFile,
    ResultHandler, Service, StartPolicy, StopPolicy,
};
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::time::Duration;

#[path = "simulation/audience.rs"]
mod audience;

use audience::Audience;

const SECOND: Duration = Duration::from_secs(1);

/// SplitMix64: small, good enough, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    fn percent(&mut self, chance: u64) -> bool {
        self.below(100) < chance
    }

    fn pick<T: Copy>(&mut self, from: &[T]) -> T {
        from[usize::try_from(self.below(from.len() as u64)).expect("a small number")]
    }

    fn milliseconds(&mut self, limit: u64) -> Duration {
        Duration::from_millis(self.below(limit))
    }
}

fn service(name: String, random: &mut Random) -> Service {
    let log = ChannelLog {
        file: LogFile::None,
        max_bytes: 0,
        backups: 0,
        syslog: false,
        capture_max_bytes: 0,
        events: false,
    };
    Service {
        name,
        priority: random.pick(&[-1, 1, 1, 2, 999]),
        exec: Exec {
            command: CommandLine { text: "x".to_owned(), words: Ok(vec!["x".to_owned()]) },
            environment: indexmap::IndexMap::new().into(),
            directory: None,
            umask: None,
            identity: None,
            server_url: None,
        },
        start: StartPolicy {
            autostart: random.percent(70),
            start_seconds: random.pick(&[-1, 0, 1, 1, 5, 30]),
            retries: random.pick(&[-1, 0, 1, 3, 3, 20]),
            auto_restart: random.pick(&[AutoRestart::Never, AutoRestart::Unexpected, AutoRestart::Always]),
            exit_codes: if random.percent(50) { vec![0] } else { vec![0, 1] },
        },
        stop: StopPolicy {
            signal: random.pick(&[Signal::TERM, Signal::TERM, Signal::INT, Signal::KILL]),
            wait_seconds: random.pick(&[-1, 0, 1, 10, 10]),
            as_group: random.percent(30),
            kill_as_group: random.percent(30),
        },
        stdout: log.clone(),
        stderr: log,
        essential: random.percent(1),
        redirect_stderr: false,
        shown: None,
        socket: None,
    }
}

/// Most daemons end only when they are told to.
fn policy(random: &mut Random) -> ExitPolicy {
    let ending = [ExitWhen::AnyFatal, ExitWhen::AnyExit, ExitWhen::AllExited];
    let when = if random.percent(15) { random.pick(&ending) } else { ExitWhen::Never };
    ExitPolicy { when, shutdown_timeout: random.pick(&[-1, 0, 0, 0, 5, 60]), ..ExitPolicy::default() }
}

fn group(name: String, random: &mut Random) -> Group {
    let services = (0..random.below(5)).map(|number| service(format!("{name}-{number}"), random)).collect();
    let kind = if random.percent(25) { GroupKind::EventListeners(pool(random)) } else { GroupKind::Programs };
    Group { name, priority: random.pick(&[-1, 1, 2, 2, 999, 999]), kind, services }
}

fn pool(random: &mut Random) -> EventPool {
    let all = ["EVENT", "PROCESS_STATE", "PROCESS_STATE_RUNNING", "TICK_5", "TICK", "PROCESS_GROUP"];
    let chosen: BTreeSet<&str> = (0..=random.below(3)).map(|_| random.pick(&all)).collect();
    EventPool {
        events: chosen.into_iter().map(str::to_owned).collect(),
        buffer_size: random.pick(&[1, 2, 10, 100]),
        result_handler: ResultHandler::Default,
    }
}

/// One live child.
struct Child {
    pid: Pid,
    /// When it was announced.
    since: Duration,
    /// When it will end by itself.
    ends: Option<Duration>,
    status: ExitStatus,
    /// How long it takes to follow its stop signal; `None` ignores it.
    obeys: Option<Duration>,
    /// How many SIGKILLs have no effect (uninterruptible sleep).
    stuck: u32,
    kills: u32,
    /// When it was told to stop last.
    told: Option<Duration>,
}

/// What the world remembers of one service, from the events alone.
#[derive(Clone, Copy)]
struct Memory {
    state: State,
    tries: u32,
    /// When the state was entered.
    since: Duration,
    /// A stop was asked for while the spawn was under way, so its turn in the shutdown does not matter.
    asked_to_stop: bool,
}

struct World {
    random: Random,
    engine: Engine,
    time: Duration,
    wall: Duration,
    timers: BTreeMap<Timer, Duration>,
    /// When the wall clock has something to tell.
    alarm: Option<Duration>,
    audience: Audience,
    children: BTreeMap<ServiceId, Child>,
    /// The child whose end is being told: it has a pid for the events, and can no longer be signalled.
    reaped: Option<(ServiceId, Child)>,
    memory: BTreeMap<ServiceId, Memory>,
    /// Orders to spawn that take a while: when the answer comes.
    spawning: BTreeMap<ServiceId, Duration>,
    answers: VecDeque<Input>,
    next_pid: i32,
    highest_id: Option<ServiceId>,
    groups_made: u64,
    members_made: u64,
    slow_spawns: bool,
    late: bool,
    leaving: bool,
    hurried: bool,
    finished: u32,
    /// The input that is being answered.
    cause: Option<Input>,
    pairs: BTreeSet<(State, State)>,
}

impl World {
    fn new(seed: u64) -> World {
        let mut random = Random(seed);
        let (slow_spawns, late) = (random.percent(30), random.percent(30));
        World {
            engine: Engine::with_policy(policy(&mut random)),
            time: Duration::from_secs(1000),
            wall: Duration::from_secs(1_700_000_000),
            timers: BTreeMap::new(),
            alarm: None,
            audience: Audience::default(),
            children: BTreeMap::new(),
            reaped: None,
            memory: BTreeMap::new(),
            spawning: BTreeMap::new(),
            answers: VecDeque::new(),
            next_pid: 1,
            highest_id: None,
            groups_made: 0,
            members_made: 0,
            slow_spawns,
            late,
            leaving: false,
            hurried: false,
            finished: 0,
            cause: None,
            pairs: BTreeSet::new(),
            random,
        }
    }

    fn now(&self) -> Now {
        Now { mono: Mono(self.time), wall: Wall(self.wall) }
    }

    /// Feeds one input, carries the actions out, and all that follows from them.
    fn feed(&mut self, input: Input) {
        self.answers.push_back(input);
        while let Some(input) = self.answers.pop_front() {
            self.cause = Some(input.clone());
            for action in self.engine.step(self.now(), input) {
                self.obey(action);
            }
        }
        self.inspect();
    }

    /// Carries out one action, which must be possible.
    fn obey(&mut self, action: Action) {
        let forbidden = self.leaving && self.finished > 0;
        match action {
            Action::Added(id) => {
                let joins = matches!(self.cause, Some(Input::AddServices(..)));
                let restarting = self.engine.mood() == Mood::Restarting;
                assert!(!self.leaving || joins && restarting, "a group is added while leaving");
                assert!(self.highest_id < Some(id), "{id:?} is used twice");
                self.highest_id = Some(id);
                let fresh =
                    Memory { state: State::Stopped, tries: 0, since: self.time, asked_to_stop: false };
                self.memory.insert(id, fresh);
                if let Some(view) = self.engine.service(id).filter(|_| !joins) {
                    self.audience.forget(view.group_name());
                }
            }
            Action::Removed(id) => {
                let memory = self.memory.remove(&id).expect("a known service");
                assert!(memory.state.is_stopped());
                let child = self.children.remove(&id);
                let alone = matches!(self.cause, Some(Input::RemoveService(_)));
                assert!(child.is_none() || memory.state == State::Unknown && !alone);
            }
            Action::Spawn(id) => self.spawn(id),
            Action::Signal { id, pid, signal, .. } => self.signal(id, pid, signal),
            Action::Arm(timer, Mono(due)) => {
                assert!(due >= self.time, "{timer:?} is armed in the past");
                self.timers.insert(timer, due);
            }
            Action::Disarm(timer) => assert!(self.timers.remove(&timer).is_some(), "{timer:?} was not armed"),
            Action::Emit(event) => self.witness(&event),
            Action::Note(Note::ShuttingDown { .. }) => {
                assert!(!self.leaving && self.engine.cause().is_some());
                self.leaving = true;
            }
            Action::Note(Note::ShutdownTooSlow { .. }) => {
                assert!(self.leaving && self.finished == 0);
                self.hurried = true;
            }
            Action::Note(Note::WaitingToDie { names }) => {
                assert!(self.leaving && !forbidden && !names.is_empty());
            }
            Action::Note(note) => assert!(!note.to_string().is_empty()),
            Action::Deliver(delivery) => {
                assert_eq!(self.memory[&delivery.to].state, State::Running);
                let refusal = self.audience.deliver(&delivery, self.time, &mut self.random);
                self.answers.extend(refusal);
            }
            Action::Print(lines) => assert!(lines.is_empty(), "nobody prints here"),
            Action::WakeAt(at) => self.alarm = at.map(|Wall(at)| at),
            Action::Finished => {
                assert!(self.leaving, "finished without being asked to leave");
                assert!(self.memory.values().all(|memory| memory.state.is_stopped()));
                self.finished += 1;
            }
        }
    }

    fn spawn(&mut self, id: ServiceId) {
        assert!(!self.leaving, "a spawn while leaving");
        assert!(!self.children.contains_key(&id), "a second child for {id:?}");
        assert!(!self.spawning.contains_key(&id), "a second spawn for {id:?}");
        let delay = if self.slow_spawns { self.random.milliseconds(3000) } else { Duration::ZERO };
        self.spawning.insert(id, self.time + delay);
        if delay.is_zero() {
            let answer = self.answer_spawn(id);
            self.answers.push_back(answer);
        }
    }

    fn answer_spawn(&mut self, id: ServiceId) -> Input {
        self.spawning.remove(&id);
        if self.random.percent(20) {
            return Input::SpawnFailed(id, SpawnError::Empty);
        }
        let random = &mut self.random;
        let code = i32::try_from(random.below(3)).expect("a small number");
        let killed = ExitStatus::Signaled { signal: Signal(11), core_dumped: true };
        let child = Child {
            pid: Pid(self.next_pid),
            since: self.time,
            ends: match random.below(4) {
                0 => None,
                1 => Some(self.time + random.milliseconds(900)),
                2 => Some(self.time + Duration::from_secs(random.below(6))),
                _ => Some(self.time + random.milliseconds(60_000)),
            },
            status: if random.percent(20) { killed } else { ExitStatus::Exited(code) },
            obeys: random.percent(70).then(|| random.milliseconds(15_000)),
            stuck: if random.percent(10) { 3 } else { 0 },
            kills: 0,
            told: None,
        };
        self.next_pid += 1;
        let pid = child.pid;
        self.children.insert(id, child);
        if self.engine.listener_state(id).is_some() {
            self.audience.spawned(id, self.time, &mut self.random);
        }
        Input::Spawned(id, pid)
    }

    fn signal(&mut self, id: ServiceId, pid: Pid, signal: Signal) {
        let stop_signal = self.engine.service(id).expect("a known service").service().stop.signal;
        let child = self.children.get_mut(&id).expect("a live child");
        assert_eq!(child.pid, pid, "a signal to a dead child");
        if signal != Signal::HUP {
            child.told = Some(self.time);
        }
        if self.random.percent(5) {
            self.answers.push_back(Input::SignalFailed(id, "Operation not permitted".to_owned()));
            return;
        }
        let mut end = |at: Duration| child.ends = Some(child.ends.map_or(at, |ends| ends.min(at)));
        if signal == Signal::KILL {
            if child.kills >= child.stuck {
                end(self.time + Duration::from_millis(1));
            }
            child.kills += 1;
        } else if let (true, Some(delay)) = (signal == stop_signal, child.obeys) {
            end(self.time + delay);
        }
    }

    /// Checks what the listeners are told against what they were told before.
    fn witness(&mut self, event: &Event) {
        let Event::ProcessState { id, from, to, pid, tries, .. } = *event else {
            return;
        };
        let old = self.memory[&id];
        assert_eq!(old.state, from);
        self.pairs.insert((from, to));
        assert!(is_legal(from, to), "{from} to {to}");
        let reaped = self.reaped.as_ref().filter(|(reaped, _)| *reaped == id).map(|(_, child)| child);
        let child = self.children.get(&id).or(reaped);
        match to {
            State::Starting => {
                assert_eq!(tries, old.tries);
                if from == State::Backoff {
                    assert!(self.time >= old.since + SECOND * tries, "a retry that comes too early");
                }
            }
            State::Running => {
                assert_eq!(pid, child.map(|child| child.pid));
                let up = self.time - child.expect("a child").since;
                let wanted = self.engine.service(id).expect("a service").service().start.start_seconds;
                assert!(up >= Duration::from_secs(u64::try_from(wanted).unwrap_or(0)));
            }
            State::Backoff => assert_eq!(tries, old.tries + 1),
            State::Stopping => {
                assert_eq!(pid, child.map(|child| child.pid));
                self.inspect_turn(id);
            }
            State::Stopped | State::Exited | State::Fatal | State::Unknown => {}
        }
        let tries = match to {
            State::Running | State::Exited | State::Fatal => 0,
            State::Starting | State::Backoff | State::Stopping | State::Stopped | State::Unknown => tries,
        };
        self.memory.insert(id, Memory { state: to, tries, since: self.time, asked_to_stop: false });
    }

    /// In a shutdown nobody is told to stop before everything of a higher priority is down.
    fn inspect_turn(&self, id: ServiceId) {
        let asked = matches!(self.cause, Some(Input::Stop(_))) || self.memory[&id].asked_to_stop;
        if !self.leaving || self.hurried || asked {
            return;
        }
        let priority = self.engine.service(id).expect("a service").group().priority;
        for view in self.engine.services().filter(|view| view.group().priority > priority) {
            assert!(self.memory[&view.id()].state.is_stopped(), "{id:?} stops before {}", view.name());
        }
    }

    /// Holds after each step: every waiting state has its deadline, no other has one, and views tell the truth.
    fn inspect(&self) {
        let mut expected: BTreeMap<Timer, Duration> = BTreeMap::new();
        for view in self.engine.services() {
            let (id, memory) = (view.id(), self.memory[&view.id()]);
            assert_eq!(view.state(), memory.state);
            assert_eq!(view.pid(), self.children.get(&id).map(|child| child.pid));
            assert_eq!(view.process().backoff(), memory.tries);
            if let Some((timer, due)) = self.deadline(view, memory) {
                expected.insert(timer, due);
            }
        }
        for view in self.engine.services() {
            assert_eq!(self.engine.service(view.id()).map(ServiceView::name), Some(view.name()));
            assert_eq!(
                self.engine.find(view.group_name(), view.name()).map(ServiceView::id),
                Some(view.id())
            );
        }
        for group in self.engine.groups() {
            let ids: Vec<ServiceId> = group.services().map(ServiceView::id).collect();
            assert!(ids.is_sorted(), "members are out of order");
            assert_eq!(group.is_stopped(), group.services().all(|view| view.state().is_stopped()));
        }
        let unstopped = self.memory.values().filter(|memory| !memory.state.is_stopped()).count();
        assert_eq!(self.engine.unstopped_count(), unstopped);
        assert_eq!(self.engine.service_count(), self.memory.len());
        assert_eq!(
            self.finished,
            u32::from(self.leaving && unstopped == 0),
            "finished once, when all is down"
        );
        if self.leaving && unstopped > 0 {
            let due = self.timers.get(&Timer::ShutdownReport).expect("a report to come");
            expected.insert(Timer::ShutdownReport, *due);
        }
        if let Some(due) = self.timers.get(&Timer::ShutdownTimeout) {
            assert!(self.leaving && unstopped > 0, "nothing is left to be limited");
            expected.insert(Timer::ShutdownTimeout, *due);
        }
        if let Some(due) = self.timers.get(&Timer::LastEvents) {
            assert!(self.leaving && !self.hurried && unstopped > 0, "nobody works on last events");
            expected.insert(Timer::LastEvents, *due);
        }
        assert_eq!(self.timers, expected);
    }

    /// The one deadline that this service must have, to the nanosecond.
    fn deadline(&self, view: ServiceView<'_>, memory: Memory) -> Option<(Timer, Duration)> {
        let id = view.id();
        let seconds = |number: i64| Duration::from_secs(u64::try_from(number).unwrap_or(0));
        match memory.state {
            State::Starting if self.spawning.contains_key(&id) => None,
            State::Starting => {
                let due = self.children[&id].since + seconds(view.service().start.start_seconds);
                Some((Timer::Started(id), due))
            }
            State::Backoff => {
                assert!(i64::from(memory.tries) <= view.service().start.retries, "{id:?} does not give up");
                (!self.leaving).then(|| (Timer::Retry(id), memory.since + SECOND * memory.tries))
            }
            State::Stopping => {
                let (child, wait) = (&self.children[&id], seconds(view.service().stop.wait_seconds));
                // Without patience SIGKILL was sent already, and is repeated after a second.
                let due = child.told.expect("a stop signal") + wait.max(SECOND);
                assert!(
                    child.kills > 0 || self.time <= memory.since + wait || due <= self.time,
                    "no SIGKILL"
                );
                Some((Timer::Kill(id), due))
            }
            State::Stopped | State::Running | State::Exited | State::Fatal | State::Unknown => None,
        }
    }

    /// When something is due next.
    fn next_due(&self) -> Option<Duration> {
        let ends = self.children.values().filter_map(|child| child.ends).chain(self.audience.next_due());
        ends.chain(self.timers.values().copied()).chain(self.spawning.values().copied()).min()
    }

    /// Lets time pass until `time`, then everything that is due happen: answers, deaths, deadlines, as the loop does it.
    fn advance(&mut self, time: Duration) {
        self.wall += time - self.time;
        self.time = time;
        let due: Vec<ServiceId> =
            self.spawning.iter().filter(|(_, at)| **at <= time).map(|(id, _)| *id).collect();
        for id in due {
            let answer = self.answer_spawn(id);
            self.feed(answer);
        }
        let is_dead = |child: &Child| child.ends.is_some_and(|at| at <= time);
        let dead: Vec<ServiceId> =
            self.children.iter().filter(|(_, child)| is_dead(child)).map(|(id, _)| *id).collect();
        for id in dead {
            if let Some(child) = self.children.remove(&id) {
                let status = child.status;
                self.reaped = Some((id, child));
                self.audience.ended(id);
                self.feed(Input::Exited(id, status));
                self.reaped = None;
            }
        }
        while let Some(said) = self.audience.due(time) {
            self.feed(said);
        }
        if self.alarm.is_some_and(|at| at <= self.wall) {
            self.feed(Input::Clock);
            assert!(self.alarm.is_none_or(|at| at > self.wall), "a tick in the past");
        }
        while let Some(timer) =
            self.timers.iter().filter(|(_, at)| **at <= time).map(|(timer, _)| *timer).next()
        {
            self.timers.remove(&timer);
            self.feed(Input::Deadline(timer));
        }
    }

    fn any_id(&mut self) -> ServiceId {
        if self.random.percent(90) && !self.memory.is_empty() {
            let known: Vec<ServiceId> = self.memory.keys().copied().collect();
            return self.random.pick(&known);
        }
        // Also one more than there are, and those that were removed.
        let limit = self.highest_id.map_or(1, |id| u64::from(id.0) + 2);
        ServiceId(u32::try_from(self.random.below(limit)).expect("a small number"))
    }

    fn any_group(&mut self) -> String {
        let limit = self.groups_made + 1;
        format!("g{}", self.random.below(limit))
    }

    fn fresh_group(&mut self) -> Group {
        self.groups_made += 1;
        let name = if self.random.percent(10) { self.any_group() } else { format!("g{}", self.groups_made) };
        group(name, &mut self.random)
    }

    /// Members that a group does not have yet, and now and then one that it has.
    fn fresh_members(&mut self, group: &str) -> Vec<Service> {
        let first = if self.random.percent(90) { 5 + self.members_made } else { 0 };
        let count = 1 + self.random.below(3);
        self.members_made += count;
        (first..first + count).map(|number| service(format!("{group}-{number}"), &mut self.random)).collect()
    }

    fn boot(&mut self) {
        let groups = (0..self.random.below(8)).map(|_| self.fresh_group()).collect();
        self.leaving = false;
        self.hurried = false;
        self.finished = 0;
        self.feed(Input::Boot(groups));
        assert!(self.leaving || self.engine.mood() == Mood::Running);
    }

    fn leave(&mut self, input: Input) {
        self.leaving = true;
        self.feed(input);
    }

    /// Somebody does something.
    fn request(&mut self) {
        let id = self.any_id();
        match self.random.below(100) {
            0..25 => self.feed(Input::Start(id)),
            // Clients are refused while leaving.
            25..45 if !self.leaving => {
                if let (Some(memory), true) = (self.memory.get_mut(&id), self.spawning.contains_key(&id)) {
                    memory.asked_to_stop = true;
                }
                self.feed(Input::Stop(id));
            }
            45..60 => self.feed(Input::Send(id, Signal::HUP)),
            60..64 => {
                let name = self.any_group();
                let services = self.fresh_members(&name);
                self.feed(Input::AddServices(name, services));
            }
            64..68 => self.feed(Input::RemoveService(id)),
            68..74 => {
                let group = self.fresh_group();
                self.feed(Input::AddGroup(group.into()));
            }
            74..80 => {
                let name = self.any_group();
                self.feed(Input::RemoveGroup(name));
            }
            80..90 => {
                self.wall = Duration::from_secs(self.random.below(4_000_000_000));
                self.feed(Input::Clock);
            }
            90..95 => self.stale_deadline(id),
            95..99 => self.stray(id),
            99 if self.random.percent(20) => self.leave(Input::Restart),
            99 if self.random.percent(20) => self.leave(Input::Shutdown),
            99 if self.leaving => {
                self.hurried = true;
                self.feed(Input::Hurry);
            }
            _ => {}
        }
    }

    /// A deadline that is not due, as when it was overtaken on its way.
    fn stale_deadline(&mut self, id: ServiceId) {
        let timer =
            self.random.pick(&[Timer::Started(id), Timer::Retry(id), Timer::Kill(id), Timer::ShutdownReport]);
        if self.timers.get(&timer).is_none_or(|due| *due > self.time) {
            self.feed(Input::Deadline(timer));
        }
    }

    /// A message about a child that does not exist.
    fn stray(&mut self, id: ServiceId) {
        if !self.children.contains_key(&id) {
            let exited = Input::Exited(id, ExitStatus::Exited(0));
            self.feed(exited);
            self.feed(Input::SignalFailed(id, "No such process".to_owned()));
        }
        if !self.spawning.contains_key(&id) {
            self.feed(Input::Spawned(id, Pid(1_000_000)));
            self.feed(Input::SpawnFailed(id, SpawnError::Empty));
        }
    }

    fn turn(&mut self) {
        let rest = self.random.milliseconds(2000);
        match self.next_due() {
            Some(due) if self.random.percent(60) => {
                let lateness = if self.late { self.random.milliseconds(5000) } else { Duration::ZERO };
                self.advance(due.max(self.time) + lateness);
            }
            // Requests come between the things that are due, never after their time.
            Some(due) if due <= self.time + rest => self.advance(due.max(self.time)),
            Some(_) | None => {
                self.advance(self.time + rest);
                self.request();
            }
        }
        if self.finished > 0 && self.engine.mood() == Mood::Restarting {
            self.boot();
        }
    }

    /// Stops everything and lets nothing but time pass: it must come to an end.
    fn end(&mut self) {
        self.leave(Input::Shutdown);
        assert_eq!(self.engine.mood(), Mood::Shutdown);
        for _ in 0..100_000 {
            if self.finished > 0 {
                break;
            }
            let due = self.next_due().expect("something that ends the shutdown");
            self.advance(due.max(self.time));
        }
        assert_eq!(self.finished, 1, "the shutdown does not end");
        assert!(self.timers.is_empty());
    }
}

/// The arrows of the original, with the way out of UNKNOWN that it lacks.
fn is_legal(from: State, to: State) -> bool {
    match from {
        State::Stopped | State::Fatal => to == State::Starting,
        State::Starting => {
            matches!(to, State::Running | State::Backoff | State::Stopping | State::Unknown)
        }
        State::Running => matches!(to, State::Exited | State::Stopping | State::Unknown),
        State::Backoff => matches!(to, State::Starting | State::Fatal | State::Stopped),
        State::Stopping => matches!(to, State::Stopped | State::Unknown),
        State::Exited => to == State::Starting,
        State::Unknown => matches!(to, State::Stopped | State::Exited),
    }
}

fn run(seed: u64) -> (BTreeSet<(State, State)>, u64) {
    let mut world = World::new(seed);
    world.boot();
    for _ in 0..1000 {
        world.turn();
        if world.finished > 0 {
            break;
        }
    }
    if world.finished == 0 {
        world.end();
    }
    (world.pairs, world.audience.delivered)
}

fn number_from(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().expect("a number"))
}

#[test]
fn whatever_happens_the_rules_hold() {
    let seeds = match number_from("SIMULATION_SEED") {
        Some(seed) => seed..seed + 1,
        None => 0..number_from("SIMULATION_SEEDS").unwrap_or(300),
    };
    let many = seeds.end - seeds.start > 50;
    let (mut pairs, mut delivered) = (BTreeSet::new(), 0);
    for seed in seeds {
        match std::panic::catch_unwind(|| run(seed)) {
            Ok((found, events)) => {
                pairs.extend(found);
                delivered += events;
            }
            Err(panic) => {
                eprintln!("replay with SIMULATION_SEED={seed}");
                std::panic::resume_unwind(panic);
            }
        }
    }
    if many {
        let all = State::ALL.iter().flat_map(|from| State::ALL.iter().map(move |to| (*from, *to)));
        let legal: BTreeSet<_> = all.filter(|(from, to)| is_legal(*from, *to)).collect();
        assert_eq!(pairs, legal, "arrows that no seed took");
        assert!(delivered > 1000, "only {delivered} events were delivered");
    }
}

/// Boots, waits for RUNNING, shuts down. A quadratic step would make this test last for ever.
fn live_through(groups: Vec<Group>, count: u32) {
    let mut engine = Engine::new();
    let at = |seconds| Now { mono: Mono(SECOND * seconds), wall: Wall(SECOND * seconds) };
    let spawns = engine.step(at(0), Input::Boot(groups));
    let ids: Vec<ServiceId> = spawns
        .iter()
        .filter_map(|action| if let Action::Spawn(id) = action { Some(*id) } else { None })
        .collect();
    assert_eq!(ids.len(), count as usize);
    for &id in &ids {
        engine.step(at(0), Input::Spawned(id, Pid(id.0.cast_signed() + 1)));
    }
    for &id in &ids {
        engine.step(at(1), Input::Deadline(Timer::Started(id)));
    }
    assert!(engine.services().all(|view| view.state() == State::Running));
    let mut told: VecDeque<ServiceId> = VecDeque::new();
    let mut finished = 0;
    let mut obey = |actions: Vec<Action>, told: &mut VecDeque<ServiceId>| {
        for action in actions {
            match action {
                Action::Signal { id, .. } => told.push_back(id),
                Action::Finished => finished += 1,
                _ => {}
            }
        }
    };
    obey(engine.step(at(2), Input::Shutdown), &mut told);
    while let Some(id) = told.pop_front() {
        obey(engine.step(at(2), Input::Exited(id, ExitStatus::Exited(0))), &mut told);
    }
    assert_eq!((finished, engine.unstopped_count()), (1, 0));
}

#[test]
fn ten_thousand_services_are_no_trouble() {
    let mut random = Random(1);
    let mut plain = |name: String| {
        let mut service = service(name, &mut random);
        (service.start.autostart, service.start.start_seconds, service.stop.wait_seconds) = (true, 1, 10);
        service
    };
    let count = 10_000;
    for priority in [|_| 999, i64::from] {
        let group = |number: u32, service| Group {
            name: format!("g{number}"),
            priority: priority(number),
            kind: GroupKind::Programs,
            services: vec![service],
        };
        live_through((0..count).map(|number| group(number, plain(format!("p{number}")))).collect(), count);
    }
    let services = (0..count).map(|number| plain(format!("p{number}"))).collect();
    let one = Group { name: "all".to_owned(), priority: 999, kind: GroupKind::Programs, services };
    live_through(vec![one], count);
}
