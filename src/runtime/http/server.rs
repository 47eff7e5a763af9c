//! All HTTP servers of the daemon and their clients. Takes connections, reads requests, has them answered, and keeps what is to
//! be answered later. Nothing here waits.

use crate::api::probes::Probe;
use crate::base::{Mono, Now};
use crate::model::{Password, Server};
use crate::runtime::daemon::Daemon;
use crate::runtime::http::connection::{Connection, State};
use crate::runtime::http::crowd::Allowance;
use crate::runtime::http::listener::{Listener, Peer};
use crate::runtime::http::routes::{self, Routed};
use crate::runtime::http::throttle::Throttle;
use crate::runtime::http::{rpc, web};
use crate::runtime::timers::Timer;
use crate::runtime::token::Token;
use crate::sys::file_watch::FileWatch;
use crate::sys::poller::{Interest, Poller, Watch};
use crate::wire::http::{CONTINUE, Event, Exchange, Head, Refusal, Request, Response, auth};
use std::collections::HashMap;
use std::io;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// The servers.
pub struct HttpServer {
    pub(super) doors: Vec<Door>,
    pub(super) connections: Vec<Option<Box<Connection>>>,
    pub(super) free: Vec<usize>,
    pub(super) open: usize,
    pub(super) allowance: Allowance,
    /// Bytes kept for all clients.
    pub(super) held: usize,
    /// No connections are taken now.
    pub(super) closed: bool,
    pub(super) generation: u16,
    throttle: Throttle,
    /// How many clients follow each log. A log stays here, and is watched, while its only client is being dealt with: what
    /// is written meanwhile must not go unseen.
    followed: HashMap<PathBuf, usize>,
    /// Tells when somebody else writes to one of these, or moves it away.
    files: Option<Watch<FileWatch>>,
    /// How many clients wait for the end of a call.
    waiting: usize,
    /// How many clients watch the web page.
    watching: usize,
    pub(super) buffer: Box<[u8]>,
}

/// One server: its configuration and its socket.
pub(super) struct Door {
    pub(super) server: Server,
    pub(super) listener: Watch<Listener>,
}

/// Bytes read from a client or a followed log at once.
const BUFFER: usize = 64 * 1024;

impl HttpServer {
    /// Begins to serve open sockets. `descriptors` is how many files the daemon may have open; clients get a part of them.
    ///
    /// # Errors
    /// Those of `epoll_ctl(2)`.
    pub fn new(
        sockets: Vec<(Server, Listener)>,
        poller: &Poller,
        descriptors: u64,
    ) -> io::Result<HttpServer> {
        let mut doors = Vec::new();
        for (number, (server, listener)) in sockets.into_iter().enumerate() {
            let key = Token::HttpListener(number).key();
            let listener = poller.watch(listener, key, Interest::Readable).map_err(|(error, _)| error)?;
            doors.push(Door { server, listener });
        }
        Ok(HttpServer {
            doors,
            connections: Vec::new(),
            free: Vec::new(),
            open: 0,
            allowance: Allowance::of(descriptors),
            held: 0,
            closed: false,
            generation: 0,
            throttle: Throttle::default(),
            followed: HashMap::new(),
            files: FileWatch::new().and_then(|files| watch_files(poller, files)).ok(),
            waiting: 0,
            watching: 0,
            buffer: vec![0; BUFFER].into_boxed_slice(),
        })
    }

    /// Gives the sockets back, for the daemon's next life; the clients are dropped.
    #[must_use]
    pub fn into_sockets(self) -> Vec<(Server, Listener)> {
        self.doors.into_iter().map(|door| (door.server, door.listener.into_inner())).collect()
    }

    /// Connections that are open now.
    #[must_use]
    pub fn open_connections(&self) -> usize {
        self.open
    }

    /// Whether anybody follows any log.
    #[must_use]
    pub fn has_followers(&self) -> bool {
        !self.followed.is_empty()
    }

    /// Whether anybody follows this log.
    #[must_use]
    pub fn is_followed(&self, path: &Path) -> bool {
        self.followed.contains_key(path)
    }

    /// A client's socket is ready.
    pub fn ready(&mut self, slot: usize, generation: u16, readable: bool, daemon: &mut Daemon, now: Now) {
        let Some(mut connection) = self.take(slot, generation) else { return };
        if readable && !connection.has_more {
            connection.read(&mut self.buffer, now.mono);
        }
        self.go_on(slot, connection, daemon, now);
    }

    /// Sends what goes, and deals with the next request if it is here. Only one in a turn, so that nobody who sends thousands at
    /// once keeps the daemon from everything else.
    pub(super) fn go_on(
        &mut self,
        slot: usize,
        mut connection: Box<Connection>,
        daemon: &mut Daemon,
        now: Now,
    ) {
        connection.flush(now.mono);
        if matches!(connection.state, State::Reading) && connection.is_flushed() {
            let came = self.next_request(&mut connection, daemon, now);
            connection.has_more = came && connection.codec.is_mid_request();
            connection.flush(now.mono);
        }
        connection.pull(&mut self.buffer, now.mono);
        if matches!(connection.state, State::Watching(_, true)) && connection.is_flushed() {
            connection.tell(&daemon.snapshot_event(now));
            connection.flush(now.mono);
        }
        self.dismiss_hungry(daemon);
        self.put_back(slot, connection, daemon);
    }

    /// Takes one request from the codec and has it answered. False when there is none.
    fn next_request(&mut self, connection: &mut Connection, daemon: &mut Daemon, now: Now) -> bool {
        let Some(door) = self.doors.get(connection.server) else { return false };
        let server = &door.server;
        let mut guessed = false;
        let event = connection.codec.next(|head| {
            guessed = head.header("authorization").is_some();
            admit(server, head)
        });
        let Some(event) = event else { return false };
        match event {
            Event::Continue => connection.push(CONTINUE),
            Event::Refused(Refusal::Silent) => connection.state = State::Over,
            Event::Refused(Refusal::Answer(exchange, response)) => {
                let delay =
                    if guessed { self.held_back(&connection.peer, &response, now) } else { Duration::ZERO };
                self.refuse(connection, exchange, response, delay, daemon, now);
            }
            Event::Request(request) => {
                let exchange = request.head.exchange();
                connection.asked = request.body.len();
                match routes::answer(daemon, &request, server) {
                    Routed::Answer(response) => connection.answer(exchange, &response, seconds(now)),
                    Routed::Later(job, how) => connection.state = State::Waiting(job, exchange, how),
                    Routed::Watch(_) if self.watching >= web::MOST_WATCHERS => {
                        connection.answer(exchange, &Response::error(503), seconds(now));
                    }
                    Routed::Watch(response) => {
                        connection.watch(exchange, *response, seconds(now));
                        daemon.timers.arm(Timer::Figures, now.mono + web::SAMPLE);
                    }
                    Routed::Follow(_, follower) if self.allowance.is_reserved(&*follower) => {
                        connection.answer(exchange, &Response::error(503), seconds(now));
                    }
                    Routed::Follow(response, follower) => {
                        self.watch_log(follower.path());
                        connection.stream(exchange, *response, *follower, seconds(now));
                    }
                }
                trace(daemon, connection, &request);
            }
        }
        true
    }

    /// How long the refusal of a wrong password is held back. Who gives none guesses nothing: many clients only send theirs
    /// when they are asked.
    fn held_back(&mut self, peer: &Peer, response: &Response, now: Now) -> Duration {
        if response.status() != 401 {
            return Duration::ZERO;
        }
        self.throttle.failed(address(peer), now.mono)
    }

    /// Sends a refusal, at once or later.
    fn refuse(
        &mut self,
        connection: &mut Connection,
        exchange: Exchange,
        response: Response,
        delay: Duration,
        daemon: &mut Daemon,
        now: Now,
    ) {
        if delay.is_zero() {
            connection.answer(exchange, &response, seconds(now));
            connection.state = State::Closing;
        } else {
            connection.state = State::Held(response, exchange);
            connection.deadline = now.mono + delay;
            self.arm_sweep(connection.deadline, daemon);
        }
    }

    /// Something has changed in the daemon: asks every unfinished call whether that was what it waited for.
    pub fn poll_jobs(&mut self, daemon: &mut Daemon, now: Now) {
        let mut next = None;
        for slot in 0..self.connections.len() {
            let waits = matches!(
                self.connections.get(slot),
                Some(Some(connection)) if matches!(connection.state, State::Waiting(..))
            );
            if !waits {
                continue;
            }
            let generation = self.connections.get(slot).and_then(Option::as_ref).map(|c| c.generation);
            let Some(mut connection) = generation.and_then(|generation| self.take(slot, generation)) else {
                continue;
            };
            if let State::Waiting(job, exchange, how) = &mut connection.state {
                let (exchange, how) = (*exchange, *how);
                match job.poll(daemon) {
                    Some(answer) => connection.answer(exchange, &rpc::answered(answer, how), seconds(now)),
                    None => next = job.deadline().into_iter().chain(next).min(),
                }
            }
            self.go_on(slot, connection, daemon, now);
        }
        match next {
            Some(at) => daemon.timers.arm(Timer::JobDue, at),
            None => daemon.timers.disarm(Timer::JobDue),
        }
    }

    /// What the web page shows has changed. Arms the next reading of figures, as long as somebody watches.
    pub fn tell_watchers(&mut self, daemon: &mut Daemon, now: Now) {
        if self.watching == 0 {
            daemon.timers.disarm(Timer::Figures);
            return;
        }
        if let Some(at) = daemon.web.told.map(|told| told + web::PAUSE).filter(|at| now.mono < *at) {
            daemon.timers.arm(Timer::Figures, at);
            return;
        }
        daemon.web.told = Some(now.mono);
        let event = daemon.snapshot_event(now);
        for slot in 0..self.connections.len() {
            let Some(Some(connection)) = self.connections.get(slot) else { continue };
            if matches!(connection.state, State::Watching(..))
                && let Some(mut connection) = self.take(slot, connection.generation)
            {
                connection.tell(&event);
                self.go_on(slot, connection, daemon, now);
            }
        }
        daemon.timers.arm(Timer::Figures, now.mono + web::SAMPLE);
    }

    /// Whether a call waits for something to change.
    #[must_use]
    pub fn has_jobs(&self) -> bool {
        self.waiting > 0
    }

    /// A log has grown or moved: sends what is new to those who follow it. `None` means any log.
    pub fn log_changed(&mut self, path: Option<&Path>, daemon: &mut Daemon, now: Now) {
        if self.followed.is_empty() {
            return;
        }
        for slot in 0..self.connections.len() {
            let follows = |connection: &Connection| match &connection.state {
                State::Streaming(follower, _) => path.is_none_or(|path| follower.path() == path),
                _ => false,
            };
            let Some(Some(connection)) = self.connections.get(slot) else { continue };
            if follows(connection)
                && let Some(connection) = self.take(slot, connection.generation)
            {
                self.go_on(slot, connection, daemon, now);
            }
        }
    }

    /// Somebody else has changed files: sends what is new to those who follow them.
    pub fn files_changed(&mut self, daemon: &mut Daemon, now: Now) {
        let changed = self.files.as_mut().map(|files| files.get_mut().take()).unwrap_or_default();
        for path in changed {
            self.log_changed(Some(&path), daemon, now);
        }
    }

    /// Drops who is too slow, lets go of what was held back, and takes connections again.
    pub fn sweep(&mut self, daemon: &mut Daemon, now: Now) {
        for slot in 0..self.connections.len() {
            let Some(Some(connection)) = self.connections.get(slot) else { continue };
            let (generation, overdue) = (connection.generation, connection.is_overdue(now.mono));
            let released = matches!(connection.state, State::Held(..)) && now.mono >= connection.deadline;
            if !(overdue || released) {
                continue;
            }
            let Some(mut connection) = self.take(slot, generation) else { continue };
            match std::mem::replace(&mut connection.state, State::Over) {
                State::Held(response, exchange) if released => {
                    connection.answer(exchange, &response, seconds(now));
                    connection.state = State::Closing;
                }
                _ => {}
            }
            self.go_on(slot, connection, daemon, now);
        }
        if self.closed {
            self.set_doors(Interest::Readable);
        }
        let next =
            self.connections.iter().flatten().filter_map(|connection| connection.next_deadline()).min();
        if let Some(at) = next {
            daemon.timers.arm(Timer::HttpSweep, at);
        }
    }

    /// Only ever brings the sweep forward; a sweep that comes too early finds nothing and is armed anew.
    pub(super) fn arm_sweep(&self, at: Mono, daemon: &mut Daemon) {
        if daemon.timers.when(Timer::HttpSweep).is_none_or(|armed| at < armed) {
            daemon.timers.arm(Timer::HttpSweep, at);
        }
    }

    pub(super) fn take(&mut self, slot: usize, generation: u16) -> Option<Box<Connection>> {
        let place = self.connections.get_mut(slot)?;
        if place.as_ref().is_none_or(|connection| connection.generation != generation) {
            return None;
        }
        let connection = place.take()?;
        self.open -= 1;
        self.held = self.held.saturating_sub(connection.held());
        self.tally(&connection.state, false);
        Some(connection)
    }

    /// Counts what a client does that others ask about.
    fn tally(&mut self, state: &State, comes: bool) {
        match state {
            State::Waiting(..) => {
                self.waiting = if comes { self.waiting + 1 } else { self.waiting.saturating_sub(1) }
            }
            State::Watching(..) if comes => self.watching += 1,
            State::Watching(..) => self.watching = self.watching.saturating_sub(1),
            State::Streaming(follower, _) if comes => *self.watch_log(follower.path()) += 1,
            State::Streaming(follower, _) => {
                if let Some(count) = self.followed.get_mut(follower.path()) {
                    *count = count.saturating_sub(1);
                }
            }
            _ => {}
        }
    }

    /// Watches a log from now on; gives how many follow it.
    fn watch_log(&mut self, path: &Path) -> &mut usize {
        let files = &mut self.files;
        self.followed.entry(path.to_owned()).or_insert_with(|| {
            if let Some(files) = files {
                // Without a watch what we write ourselves is still told.
                let _ = files.get_mut().add(path);
            }
            0
        })
    }

    /// Watches those logs no longer that nobody follows.
    fn unwatch_logs(&mut self) {
        let files = &mut self.files;
        self.followed.retain(|path, count| {
            if *count == 0
                && let Some(files) = files
            {
                files.get_mut().remove(path);
            }
            *count > 0
        });
    }

    pub(super) fn put_back(&mut self, slot: usize, mut connection: Box<Connection>, daemon: &mut Daemon) {
        if matches!(connection.state, State::Over) || connection.update_interest().is_err() {
            self.unwatch_logs();
            self.free.push(slot);
            if self.closed {
                self.set_doors(Interest::Readable);
            }
            return;
        }
        if let Some(at) = connection.next_deadline() {
            self.arm_sweep(at, daemon);
        }
        self.tally(&connection.state, true);
        self.held += connection.held();
        if let Some(place) = self.connections.get_mut(slot) {
            *place = Some(connection);
            self.open += 1;
        }
    }
}

fn watch_files(poller: &Poller, files: FileWatch) -> io::Result<Watch<FileWatch>> {
    poller.watch(files, Token::Files.key(), Interest::Readable).map_err(|(error, _)| error)
}

/// For the date of an answer.
fn seconds(now: Now) -> i64 {
    i64::try_from(now.wall.epoch_seconds()).unwrap_or(i64::MAX)
}

/// Whether a request is let in, by the section's name and password.
fn admit(server: &Server, head: &Head) -> Result<(), Response> {
    let Some(known) = &server.credentials else { return Ok(()) };
    if server.probe_paths && Probe::of(head.path()).is_some() {
        return Ok(());
    }
    let secret = match &known.password {
        Password::Clear(text) => auth::Secret::Clear(text),
        Password::Sha1(hash) => auth::Secret::Sha1(hash),
    };
    match auth::judge(head.header("authorization"), &known.username, secret) {
        auth::Verdict::Granted => Ok(()),
        auth::Verdict::Denied => Err(Response::unauthorized()),
        auth::Verdict::Malformed => Err(Response::error(400)),
    }
}

fn address(peer: &Peer) -> Option<IpAddr> {
    match peer {
        Peer::Inet(address) => Some(*address),
        Peer::Local(_) => None,
    }
}

/// The access log, at the level at which the original has it.
fn trace(daemon: &mut Daemon, connection: &Connection, request: &Request) {
    if daemon.log.wants(crate::model::LogLevel::Trace) {
        let from =
            address(&connection.peer).map_or_else(|| "local".to_owned(), |address| address.to_string());
        daemon.log.write(crate::model::LogLevel::Trace, &format!("{from} - - {}", request.head.first_line()));
    }
}
