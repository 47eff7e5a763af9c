//! One pool of event listeners: what it subscribed to, the events that wait for it, and what each of its members is at.

use crate::base::ServiceId;
use crate::engine::listeners::{Heard, ListenerNote, Serial, count};
use crate::engine::{Action, Note};
use crate::model::{EventPool, ResultHandler};
use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

/// The one answer that the default handler takes for success.
const OK: &[u8] = b"OK";

/// What a listener is at (`EventListenerStates` of `supervisor/states.py`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListenerState {
    /// It has not said that it is ready.
    Acknowledged,
    /// It waits for an event.
    Ready,
    /// It works on an event.
    Busy,
    /// It broke the protocol, and is not spoken to until it is started anew.
    Unknown,
}

impl fmt::Display for ListenerState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ListenerState::Acknowledged => "ACKNOWLEDGED",
            ListenerState::Ready => "READY",
            ListenerState::Busy => "BUSY",
            ListenerState::Unknown => "UNKNOWN",
        })
    }
}

/// An event as all pools share it.
#[derive(Debug, PartialEq, Eq)]
pub struct Announcement {
    /// Its number among all events that anybody subscribed to.
    pub serial: u64,
    /// Its type.
    pub name: &'static str,
    /// What it says.
    pub payload: String,
}

/// An event on its way to a listener.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Delivery {
    /// The listener.
    pub to: ServiceId,
    /// Its pool.
    pub pool: String,
    /// The event's number in that pool.
    pub pool_serial: u64,
    /// The event.
    pub event: Arc<Announcement>,
}

/// An event that waits, or is being worked on.
#[derive(Debug, Clone)]
struct Queued {
    pool_serial: u64,
    event: Arc<Announcement>,
}

#[derive(Debug)]
struct Member {
    id: ServiceId,
    state: ListenerState,
    /// It was ready at least once.
    met: bool,
    /// It has closed its standard input.
    deaf: bool,
    /// What it works on.
    event: Option<Queued>,
}

impl Member {
    fn new(id: ServiceId) -> Member {
        Member { id, state: ListenerState::Acknowledged, met: false, deaf: false, event: None }
    }
}

/// One pool.
#[derive(Debug)]
pub(super) struct Pool {
    name: String,
    events: Vec<String>,
    handler: ResultHandler,
    most: i64,
    buffer: VecDeque<Queued>,
    discarded: u64,
    serial: Serial,
    members: Vec<Member>,
}

impl Pool {
    pub(super) fn new(name: String, config: &EventPool, members: &[ServiceId]) -> Pool {
        Pool {
            name,
            events: config.events.clone(),
            handler: config.result_handler,
            most: config.buffer_size,
            buffer: VecDeque::new(),
            discarded: 0,
            serial: Serial::default(),
            members: members.iter().map(|&id| Member::new(id)).collect(),
        }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// How often this pool gets the event of that name: once for each subscription that it fulfils.
    pub(super) fn times(&self, name: &str) -> usize {
        count(&self.events, name)
    }

    /// What a member is at; `None` for a stranger.
    pub(super) fn state(&self, id: ServiceId) -> Option<ListenerState> {
        self.members.iter().find(|member| member.id == id).map(|member| member.state)
    }

    fn member(&mut self, id: ServiceId) -> Option<&mut Member> {
        self.members.iter_mut().find(|member| member.id == id)
    }

    /// Keeps a new event.
    pub(super) fn accept(&mut self, event: &Arc<Announcement>, times: usize, out: &mut Vec<Action>) {
        let queued = Queued { pool_serial: self.serial.take(), event: Arc::clone(event) };
        self.make_room(out);
        self.buffer.push_back(queued.clone());
        for _ in 1..times {
            self.note_rebuffered(&queued, out);
            self.make_room(out);
            self.buffer.push_back(queued.clone());
        }
    }

    /// Keeps an event that somebody could not have, in front of all others.
    fn rebuffer(&mut self, queued: Queued, out: &mut Vec<Action>) {
        self.note_rebuffered(&queued, out);
        self.make_room(out);
        self.buffer.push_front(queued);
    }

    fn note_rebuffered(&self, queued: &Queued, out: &mut Vec<Action>) {
        let (serial, pool, buffered) = (queued.event.serial, self.name.clone(), self.buffer.len());
        out.push(note(ListenerNote::Rebuffered { serial, pool, buffered, most: self.most }));
    }

    /// Of a full buffer the oldest event is lost.
    fn make_room(&mut self, out: &mut Vec<Action>) {
        let is_full = i64::try_from(self.buffer.len()).unwrap_or(i64::MAX) >= self.most;
        if is_full && let Some(oldest) = self.buffer.pop_front() {
            self.discarded += 1;
            out.push(note(ListenerNote::Discarded { pool: self.name.clone(), serial: oldest.event.serial }));
        }
    }

    /// A member is a new process.
    pub(super) fn begin_anew(&mut self, id: ServiceId) {
        if let Some(member) = self.member(id) {
            *member = Member::new(id);
        }
    }

    /// A member is no more. It has ended before, and so has nothing left to give back.
    pub(super) fn leave(&mut self, id: ServiceId) {
        self.members.retain(|member| member.id != id);
    }

    /// What a member worked on goes to the front.
    pub(super) fn give_back(&mut self, id: ServiceId, out: &mut Vec<Action>) {
        if let Some(queued) = self.member(id).and_then(|member| member.event.take()) {
            self.rebuffer(queued, out);
        }
    }

    /// A member said something. Who is not trusted any more may say what it likes.
    pub(super) fn heard(&mut self, id: ServiceId, name: &str, said: Heard, out: &mut Vec<Action>) {
        let Some(state) = self.state(id) else { return };
        match (state, said) {
            (ListenerState::Acknowledged, Heard::Ready) => self.change(id, name, ListenerState::Ready, out),
            (ListenerState::Busy, Heard::Result(result)) => self.answered(id, name, &result, out),
            (ListenerState::Busy, Heard::BadResult(line)) => {
                out.push(note(ListenerNote::BadResultLine { listener: name.to_owned(), line }));
                self.change(id, name, ListenerState::Unknown, out);
                self.give_back(id, out);
            }
            (ListenerState::Unknown, _) => {}
            (ListenerState::Acknowledged | ListenerState::Ready | ListenerState::Busy, _) => {
                self.change(id, name, ListenerState::Unknown, out);
                self.give_back(id, out);
            }
        }
    }

    fn answered(&mut self, id: ServiceId, name: &str, result: &[u8], out: &mut Vec<Action>) {
        let listener = name.to_owned();
        match self.judge(result, out) {
            Verdict::Processed => {
                out.push(note(ListenerNote::Processed { listener }));
                self.change(id, name, ListenerState::Acknowledged, out);
                self.member(id).and_then(|member| member.event.take());
            }
            Verdict::Rejected => {
                out.push(note(ListenerNote::Rejected { listener }));
                self.change(id, name, ListenerState::Acknowledged, out);
                self.give_back(id, out);
            }
            Verdict::Failed => {
                out.push(note(ListenerNote::Failed { listener }));
                self.change(id, name, ListenerState::Unknown, out);
                self.give_back(id, out);
            }
        }
    }

    /// What the result handler says.
    fn judge(&self, result: &[u8], out: &mut Vec<Action>) -> Verdict {
        match self.handler {
            ResultHandler::Default if result == OK => Verdict::Processed,
            ResultHandler::Default => Verdict::Rejected,
            ResultHandler::PrefixedStdout => match prefixed(result) {
                Some(lines) => {
                    out.push(Action::Print(lines));
                    Verdict::Processed
                }
                None => Verdict::Failed,
            },
        }
    }

    fn change(&mut self, id: ServiceId, name: &str, to: ListenerState, out: &mut Vec<Action>) {
        let Some(member) = self.member(id) else { return };
        let from = std::mem::replace(&mut member.state, to);
        member.met |= to == ListenerState::Ready;
        out.push(note(ListenerNote::Changed { listener: name.to_owned(), from, to }));
        if to == ListenerState::Unknown {
            out.push(note(ListenerNote::Lost { listener: name.to_owned() }));
        }
    }

    /// Gives the oldest events to members that run and are ready, in the order of the members.
    pub(super) fn dispatch(&mut self, is_running: impl Fn(ServiceId) -> bool, out: &mut Vec<Action>) {
        if self.buffer.is_empty() {
            return;
        }
        for member in &mut self.members {
            if member.state != ListenerState::Ready || member.deaf {
                continue;
            }
            if !is_running(member.id) {
                continue;
            }
            let Some(queued) = self.buffer.pop_front() else { return };
            member.state = ListenerState::Busy;
            out.push(Action::Deliver(Box::new(Delivery {
                to: member.id,
                pool: self.name.clone(),
                pool_serial: queued.pool_serial,
                event: Arc::clone(&queued.event),
            })));
            member.event = Some(queued);
        }
    }

    /// Whether that member works on an event, or has just answered one while others wait.
    pub(super) fn is_at_work(&self, id: ServiceId) -> bool {
        let member = self.members.iter().find(|member| member.id == id && !member.deaf);
        member.is_some_and(|member| match member.state {
            ListenerState::Busy => true,
            ListenerState::Acknowledged | ListenerState::Ready => !self.buffer.is_empty() && member.met,
            ListenerState::Unknown => false,
        })
    }

    /// What was sent did not arrive: the event goes to the front again, and this member is sent nothing more.
    pub(super) fn delivery_failed(&mut self, id: ServiceId, name: &str, out: &mut Vec<Action>) {
        let Some(member) = self.member(id) else { return };
        member.state = ListenerState::Ready;
        member.deaf = true;
        if let Some(queued) = member.event.take() {
            let (serial, listener) = (queued.event.serial, name.to_owned());
            out.push(note(ListenerNote::BrokenPipe { serial, listener }));
            self.rebuffer(queued, out);
        }
    }
}

enum Verdict {
    Processed,
    Rejected,
    Failed,
}

fn note(note: ListenerNote) -> Action {
    Action::Note(Note::Listener(note))
}

/// Each line of a process's output with the name and channel of its writer in front, made of the payload of a PROCESS_LOG
/// event, which is what the listener of the `supervisor_stdout` package answers. `None` where it is no such payload.
fn prefixed(result: &[u8]) -> Option<Vec<u8>> {
    let text = String::from_utf8_lossy(result);
    let (head, data) = text.split_once('\n')?;
    let header = |wanted: &str| {
        let mut pairs = head.split_whitespace().filter_map(|pair| pair.split_once(':'));
        pairs.find(|(key, _)| *key == wanted).map(|(_, value)| value)
    };
    let (process, channel) = (header("processname")?, header("channel")?);
    let lines = data.strip_suffix('\n').unwrap_or(data).split('\n');
    let mut out = String::with_capacity(text.len() * 2);
    for line in lines {
        out.extend([process, " ", channel, " | ", line, "\n"]);
    }
    Some(out.into_bytes())
}

/// What others may see of a pool.
#[derive(Debug, Clone, Copy)]
pub struct PoolView<'a> {
    pool: &'a Pool,
}

impl<'a> PoolView<'a> {
    pub(super) fn new(pool: &'a Pool) -> PoolView<'a> {
        PoolView { pool }
    }

    /// The group's name.
    #[must_use]
    pub fn name(self) -> &'a str {
        &self.pool.name
    }

    /// Events that wait.
    #[must_use]
    pub fn buffered(self) -> usize {
        self.pool.buffer.len()
    }

    /// Events that were lost because the buffer was full.
    #[must_use]
    pub fn discarded(self) -> u64 {
        self.pool.discarded
    }
}
