//! The loop. One turn: signals, reap until none is left, deadlines, child output. With nothing to do it sleeps for ever.
//!
//! Must not decide anything about processes: that is the engine's. Once running, no error leaves this loop.

use crate::api::Namespaces;
use crate::api::metrics::{Calls, Turns};
use crate::base::text::reason;
use crate::base::{MachineEnd, Mono, Now, Pid, ServiceId, Signal, Wall};
use crate::engine::{Engine, GroupView, Input, Mood, exit_status};
use crate::model::{Configuration, Group, LogLevel, OutputChannel, Server, Settings, server_url};
use crate::runtime::activity_log::ActivityLog;
use crate::runtime::console::Stream;
use crate::runtime::fastcgi::Sockets;
use crate::runtime::faults::{Faults, guard};
use crate::runtime::fresh::{Fresh, Loader};
use crate::runtime::http::web::Web;
use crate::runtime::http::{HttpServer, Listener};
use crate::runtime::launch::BaseEnvironment;
use crate::runtime::pid_file::PidFile;
use crate::runtime::program::Program;
use crate::runtime::role::Role;
use crate::runtime::timers::{RETRY_DELAY, Timer, Timers};
use crate::runtime::token::Token;
use crate::sys::clock::{self, LocalZone};
use crate::sys::notify::{self, Manager};
use crate::sys::poller::{Interest, Poller, Ready, Waiting, Watch};
use crate::sys::signals::SignalInbox;
use crate::sys::spawn::Spawner;
use crate::sys::syslog::SystemLog;
use crate::sys::timer::{AlarmClock, WallAlarm};
use crate::sys::{limits, memory, process, surroundings};
use std::collections::{HashMap, VecDeque};
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::Duration;

/// Bytes read from a pipe at once; what a pipe holds unless somebody enlarged it (`pipe(7)`).
const READ_SIZE: usize = 64 * 1024;

/// The exit status of a daemon that gave up (`EX_SOFTWARE` of sysexits.h).
const INTERNAL_ERROR: u8 = 70;

/// Who wakes up so much too late did not do so because of load alone; and if it was load, processes had too little of it too.
const STANDSTILL: Duration = Duration::from_secs(1);

/// The longest sleep while a process has its time to end: after a pause of the whole container the last of these sleeps was too long, however
/// far away the deadline was.
const WATCHFUL: Duration = Duration::from_secs(1);

/// Why the loop ended.
#[derive(Debug)]
pub enum End {
    /// Everything is stopped for good; with which exit status the daemon ends.
    Shutdown(Over),
    /// A restart with this configuration was asked for, and everything is stopped.
    Restart(Box<Fresh>),
}

/// How the daemon was ended for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Over {
    /// The exit status of a daemon.
    pub status: u8,
    /// What a signal asked to become of the machine; the last one counts.
    pub asked: Option<MachineEnd>,
    /// It ended because of its own mistakes, and its programs may still run.
    pub gave_up: bool,
}

/// What outlives one life of the daemon.
pub struct Remains {
    /// Why it ended.
    pub end: End,
    /// How a configuration is read anew.
    pub loader: Loader,
    /// Whom it was.
    pub role: Role,
    /// Signals keep being caught from one life to the next.
    pub signals: SignalInbox,
    /// The sockets of the HTTP servers; those that stay the same are never closed.
    pub sockets: Vec<(Server, Listener)>,
    /// The number of the next event: numbers go on from one life to the next.
    pub next_event: u64,
}

/// The running daemon.
pub struct Daemon {
    pub(super) engine: Engine,
    pub(super) settings: Settings,
    /// Told to children as `SUPERVISOR_SERVER_URL`.
    pub(super) server_url: Option<String>,
    pub(super) log: ActivityLog,
    pub(super) system_log: SystemLog,
    /// Boxed: a hash table keeps up to half of its places empty.
    pub(super) programs: HashMap<ServiceId, Box<Program>>,
    pub(super) children: HashMap<Pid, ServiceId>,
    /// Children that are not ours, reaped since the start.
    pub(super) strangers: u64,
    /// How loudly they are told of: in a container they are what health checks leave, again and again.
    pub(super) strangers_level: LogLevel,
    pub(super) timers: Timers,
    pub(super) poller: Poller,
    pub(super) spawner: Spawner,
    pub(super) base_env: BaseEnvironment,
    pub(super) pid_file: Option<PidFile>,
    pub(super) loader: Loader,
    /// What a restart will start with.
    pub(super) next: Option<Box<Fresh>>,
    /// Exit signals seen; the second one hurries.
    pub(super) exit_signals: u32,
    /// What a signal asked to become of the machine.
    pub(super) asked: Option<MachineEnd>,
    pub(super) role: Role,
    /// Groups of the configuration that was read last.
    pub(super) available: Vec<Arc<Group>>,
    pub(super) namespaces: Namespaces,
    /// For the figures: calls of clients, how long turns took, when it all began.
    pub(super) calls: Calls,
    pub(super) turns: Turns,
    pub(super) started: Wall,
    pub(super) zone: LocalZone,
    /// The machine's own name.
    pub(super) machine: String,
    /// Taken out while it works on a request, which works on the daemon.
    pub(super) http: Option<HttpServer>,
    /// What the web page needs.
    pub(super) web: Web,
    /// The servers that are open.
    pub(super) serving: Vec<Server>,
    /// Sockets opened for the next life.
    pub(super) opened: Vec<(Server, Listener)>,
    /// The place of the client that was served last.
    pub(super) served_last: usize,
    pub(super) buffer: Box<[u8]>,
    pub(super) finished: bool,
    /// It ends because of its own mistakes.
    gave_up: bool,
    /// Since the start there was always a deadline ahead.
    starting: bool,
    queue: VecDeque<(Now, Input)>,
    alarm: Watch<AlarmClock>,
    signals: Watch<SignalInbox>,
    activity_room: Option<Watch<OwnedFd>>,
    pub(super) sockets: Sockets,
    /// The service manager above us.
    pub(super) manager: Option<Manager>,
    pub(super) console_room: Vec<(Stream, Watch<OwnedFd>)>,
    /// Channels that wait for whoever reads our own output.
    pub(super) console_waiters: Vec<(ServiceId, OutputChannel)>,
    /// For ticks; made when the first listener wants one.
    pub(super) clock_alarm: Option<Watch<WallAlarm>>,
}

/// What a daemon is made of.
pub struct Parts {
    /// Its log.
    pub log: ActivityLog,
    /// Whom the daemon is to those who send signals.
    pub role: Role,
    /// How a configuration is read anew.
    pub loader: Loader,
    /// Signals, caught since before the first line was logged.
    pub signals: SignalInbox,
    /// The pid file, where it could be written.
    pub pid_file: Option<PidFile>,
    /// The sockets of the HTTP servers.
    pub sockets: Vec<(Server, Listener)>,
    /// What is known of the sockets of FastCGI programs.
    pub fastcgi: Sockets,
    /// The number of the next event.
    pub next_event: u64,
}

impl Daemon {
    /// A daemon that has not started anything yet, and the groups that it is to start.
    ///
    /// # Errors
    /// Those of making the poller and the alarm clock: EMFILE, ENFILE, ENOMEM.
    pub fn new(configuration: Configuration, parts: Parts) -> io::Result<(Daemon, Vec<Group>)> {
        let spawner = Spawner::new()?;
        let poller = Poller::new()?;
        let alarm = watch(&poller, AlarmClock::new()?, Token::Alarm)?;
        let signals = watch(&poller, parts.signals, Token::Signals)?;
        let http = HttpServer::new(parts.sockets, &poller, limits::open_files())?;
        let server_url = server_url(&configuration.servers);
        let daemon = Daemon {
            engine: Engine::with(configuration.settings.exit.clone(), parts.next_event),
            settings: configuration.settings,
            server_url,
            log: parts.log,
            system_log: SystemLog::default(),
            programs: HashMap::new(),
            children: HashMap::new(),
            strangers: 0,
            strangers_level: if surroundings::is_container() { LogLevel::Debug } else { LogLevel::Info },
            timers: Timers::default(),
            poller,
            spawner,
            base_env: BaseEnvironment::new(std::env::vars_os().filter(|(name, _)| name != notify::VARIABLE)),
            pid_file: parts.pid_file,
            loader: parts.loader,
            next: None,
            exit_signals: 0,
            asked: None,
            role: parts.role,
            available: Vec::new(),
            calls: Calls::default(),
            turns: Turns::default(),
            started: clock::now().wall,
            namespaces: Namespaces::new(&configuration.rpc_interfaces),
            zone: LocalZone::system(),
            machine: process::node_name().to_string_lossy().into_owned(),
            http: Some(http),
            web: Web::new(clock::now()),
            serving: configuration.servers.clone(),
            opened: Vec::new(),
            served_last: 0,
            buffer: vec![0; READ_SIZE].into_boxed_slice(),
            finished: false,
            gave_up: false,
            starting: true,
            queue: VecDeque::new(),
            alarm,
            signals,
            activity_room: None,
            sockets: parts.fastcgi,
            manager: Manager::from_environment(),
            console_room: Vec::new(),
            console_waiters: Vec::new(),
            clock_alarm: None,
        };
        Ok((daemon, configuration.groups))
    }

    /// Starts the groups and supervises until everything is stopped on request.
    pub fn run(mut self, groups: Vec<Group>) -> Remains {
        memory::keep_some();
        self.attend();
        self.put(Input::Boot(groups));
        self.settle();
        if let Some(manager) = &self.manager {
            manager.tell(&format!("READY=1\nMAINPID={}", process::own_pid()));
        }
        self.available = self.engine.groups().map(GroupView::shared).collect();
        // What reading the configuration needed; the rest follows when the start is over.
        memory::trim();
        // Children of whoever became us, dead before we listened for that.
        self.collect_deaths();
        let mut waiting = Waiting::default();
        let mut ready = Vec::new();
        let mut faults = Faults::default();
        while !self.finished {
            if let Err(fault) = guard(|| self.turn(&mut waiting, &mut ready)) {
                self.survive(&mut faults, &fault);
            }
        }
        if self.next.is_none() {
            self.stop_strays(&mut waiting, &mut ready);
        }
        self.last_word();
        let status = if self.gave_up {
            INTERNAL_ERROR
        } else {
            exit_status(&self.settings.exit.rules, self.engine.cause())
        };
        self.log.flush();
        self.drain_console();
        if let Some(file) = self.pid_file.take() {
            file.remove();
        }
        let end = self
            .next
            .map_or(End::Shutdown(Over { status, asked: self.asked, gave_up: self.gave_up }), End::Restart);
        let mut sockets = self.http.map(HttpServer::into_sockets).unwrap_or_default();
        sockets.append(&mut self.opened);
        Remains {
            end,
            loader: self.loader,
            role: self.role,
            signals: self.signals.into_inner(),
            sockets,
            next_event: self.engine.next_event(),
        }
    }

    /// A turn of the loop was lost to a mistake of ours.
    fn survive(&mut self, faults: &mut Faults, fault: &str) {
        self.log.critical(&format!("internal error, going on without what was under way: {fault}"));
        if !faults.survive(clock::now().mono) {
            self.log.critical("too many internal errors: giving up");
            self.finished = true;
            self.gave_up = true;
        }
        // Deaths that were announced may be among what was under way.
        let _ = guard(|| {
            self.collect_deaths();
            self.settle();
        });
    }

    /// Sleeps until something happens, then deals with it in the order that the design asks for.
    pub(super) fn turn(&mut self, waiting: &mut Waiting, ready: &mut Vec<Ready>) {
        self.watch_activity_log();
        self.watch_console();
        self.rest();
        let asleep = clock::now().mono;
        let due = self.timers.next_watchful(asleep + WATCHFUL);
        if let Err(error) = self.alarm.get_mut().set(due) {
            self.log.critical(&format!("cannot set the alarm clock: {error}", error = reason(&error)));
        }
        if let Err(error) = self.poller.wait(waiting, false, ready) {
            self.log.critical(&format!("cannot wait for events: {error}", error = reason(&error)));
            return;
        }
        let began = clock::now().mono;
        self.mind_standstill(asleep, due, began);
        self.deal_with(ready);
        self.turns.record(clock::now().mono.since(began));
    }

    /// After a pause of the whole container, or a suspend of the machine, no deadline has been fair: none of the processes that
    /// were waited for had the time.
    fn mind_standstill(&mut self, asleep: Mono, due: Option<Mono>, awake: Mono) {
        let Some(due) = due.filter(|due| *due > asleep) else { return };
        if awake.since(due) >= STANDSTILL {
            // The part of it that was an ordinary wait is given once more.
            let asleep = awake.since(asleep);
            self.timers.postpone(asleep);
            let seconds = asleep.as_secs();
            self.log.info(&format!(
                "everything stood still for {seconds} seconds: deadlines are put off by as much"
            ));
        }
    }

    /// One turn, from waking up to sleeping again.
    fn deal_with(&mut self, ready: &[Ready]) {
        let is_ready = |token: Token| ready.iter().any(|ready| ready.key == token.key());
        if is_ready(Token::Signals) {
            let child_quit = self.take_signals();
            // Every death is announced by a signal; to ask without one makes the kernel look at each child.
            self.collect_deaths();
            self.settle();
            if child_quit {
                // Only now, as in the original: behind the last words and the end of the child.
                self.log.debug("received SIGCHLD indicating a child quit");
            }
        }
        if is_ready(Token::Alarm) {
            self.alarm.get_mut().acknowledge();
        }
        self.ring();
        let mut clients = Vec::new();
        for ready in ready {
            match Token::from_key(ready.key) {
                None | Some(Token::Signals | Token::Alarm) => {}
                Some(Token::ActivityRoom) => self.log.flush(),
                Some(Token::ConsoleRoom) => self.flush_console(),
                Some(Token::Clock) => self.clock_rang(),
                Some(Token::Files) => self.serve(HttpServer::files_changed),
                Some(Token::Output(id, which, generation)) => {
                    self.output_readable(id, which, generation);
                    // Events of output are not collected over many programs.
                    self.settle();
                }
                Some(Token::LogRoom(id, which)) => self.retry_log(id, which),
                Some(Token::Input(id)) => self.input_wanted(id),
                Some(Token::HttpListener(number)) => {
                    self.serve(|http, daemon, now| http.accept(number, daemon, now));
                }
                Some(Token::HttpConnection(slot, generation)) => {
                    clients.push((slot, generation, ready.readable));
                }
            }
        }
        self.serve_clients(clients);
        self.settle();
        self.tell_clients();
    }

    /// When for the first time no deadline is ahead, the start is over: gives back the memory that only it needed.
    fn rest(&mut self) {
        if self.starting && self.timers.next().is_none() {
            self.starting = false;
            memory::trim();
        }
    }

    /// Acts on the signals that came; tells whether a child's end is among them.
    fn take_signals(&mut self) -> bool {
        let signals = self.signals.get_mut().take();
        let child_quit = signals.contains(&Signal::CHLD);
        for signal in signals {
            self.signal_came(signal);
        }
        self.settle();
        child_quit
    }

    /// Lets the companion do what is due, unless everything is about to end.
    pub(super) fn attend(&mut self) {
        if self.engine.mood() == Mood::Shutdown {
            return;
        }
        let Some(companion) = self.role.companion() else { return };
        for line in companion.attend(clock::now().mono) {
            self.log.warn(&line);
        }
        match self.role.companion().and_then(|companion| companion.next()) {
            Some(at) => self.timers.arm(Timer::Companion, at),
            None => self.timers.disarm(Timer::Companion),
        }
    }

    /// Deals with every timer that is due.
    fn ring(&mut self) {
        let now = clock::now().mono;
        while let Some(timer) = self.timers.take_due(now) {
            match timer {
                Timer::Engine(timer) => self.put(Input::Deadline(timer)),
                Timer::LogRetry(id, which) => self.retry_log(id, which),
                Timer::ActivityRetry => self.log.flush(),
                Timer::ConsoleRetry => self.flush_console(),
                Timer::ConsoleStall => self.look_for_stuck_reader(),
                Timer::Clock => self.put(Input::Clock),
                // Who waits for them looks at the clock.
                Timer::Strays => {}
                Timer::HttpSweep => self.serve(HttpServer::sweep),
                // What is due is asked at the end of every turn.
                Timer::JobDue => {}
                Timer::Companion => self.attend(),
                Timer::Figures => self.web.changed = true,
            }
            self.settle();
        }
    }

    /// Queues something for the engine, as of now.
    pub(super) fn put(&mut self, input: Input) {
        self.queue.push_back((clock::now(), input));
    }

    /// Feeds the engine until it has nothing more to say. Results of actions queue behind what caused them, so the engine
    /// is never entered twice.
    pub(super) fn settle(&mut self) {
        while let Some((now, input)) = self.queue.pop_front() {
            let ended = if let Input::Exited(id, _) = &input { Some(*id) } else { None };
            let actions = self.engine.step(now, input);
            self.execute_all(actions);
            if let Some(id) = ended {
                self.release_socket(id);
            }
        }
    }

    /// Arranges to be woken when the activity log, having lines to write, can write them.
    fn watch_activity_log(&mut self) {
        if !self.log.is_waiting() {
            self.activity_room = None;
            return;
        }
        if self.activity_room.is_none()
            && let Some(fd) = self.log.waits_on().and_then(|fd| fd.try_clone_to_owned().ok())
        {
            self.activity_room = self.poller.watch(fd, Token::ActivityRoom.key(), Interest::Writable).ok();
        }
        if self.activity_room.is_none() && !self.timers.is_armed(Timer::ActivityRetry) {
            self.timers.arm(Timer::ActivityRetry, clock::now().mono + RETRY_DELAY);
        }
    }
}

fn watch<F: std::os::fd::AsFd>(poller: &Poller, fd: F, token: Token) -> io::Result<Watch<F>> {
    poller.watch(fd, token.key(), Interest::Readable).map_err(|(error, _)| error)
}
