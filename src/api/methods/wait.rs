//! Waiting for processes to start or to stop, one or several, and the list of results that requests about several give.
//! Mirrors the `onwait` functions and `make_allfunc` of `supervisor/rpcinterface.py`, without their polling: the answer
//! comes in the turn in which the state is reached.

use crate::api::fault::Code;
use crate::api::{Answer, Host, Job, Refusal};
use crate::base::{Mono, ServiceId};
use crate::engine::{Note, ServiceView, State};
use crate::wire::xmlrpc::{Fault, Value};
use std::time::Duration;

/// How often the log says what a stop waits for.
const REPORT_INTERVAL: Duration = Duration::from_secs(2);

/// One process that is to reach a state.
#[derive(Debug)]
pub(super) struct Wait {
    id: ServiceId,
    /// As faults name it.
    name: String,
    goal: Goal,
}

#[derive(Debug)]
enum Goal {
    /// RUNNING.
    Up,
    /// Any stopped state.
    Down {
        /// When the log says so next.
        report_at: Mono,
    },
}

impl Wait {
    /// Until it runs, or does not come up.
    pub(super) fn until_up(id: ServiceId, name: &str) -> Wait {
        Wait { id, name: name.to_owned(), goal: Goal::Up }
    }

    /// Until it is stopped.
    pub(super) fn until_down(id: ServiceId, name: &str, now: Mono) -> Wait {
        Wait { id, name: name.to_owned(), goal: Goal::Down { report_at: now } }
    }

    /// Whether the end is reached, good or bad.
    fn poll(&mut self, host: &mut dyn Host) -> Option<Result<(), Fault>> {
        let view = host.engine().service(self.id);
        match &mut self.goal {
            Goal::Up => {
                // A process that was removed meanwhile is down.
                let Some(view) = view else {
                    return Some(Err(Code::AbnormalTermination.with(&self.name)));
                };
                if view.spawn_error().is_some() {
                    return Some(Err(Code::SpawnError.with(&self.name)));
                }
                match view.state() {
                    State::Running => Some(Ok(())),
                    State::Starting => None,
                    State::Stopped
                    | State::Backoff
                    | State::Stopping
                    | State::Exited
                    | State::Fatal
                    | State::Unknown => Some(Err(Code::AbnormalTermination.with(&self.name))),
                }
            }
            Goal::Down { report_at } => {
                let Some(view) = view.filter(|view| !view.state().is_stopped()) else { return Some(Ok(())) };
                let now = host.now().mono;
                if view.state() == State::Stopping && now >= *report_at {
                    *report_at = now + REPORT_INTERVAL;
                    let note = Note::WaitingToStop { name: view.name().to_owned() };
                    host.note(note);
                }
                None
            }
        }
    }

    fn deadline(&self) -> Option<Mono> {
        match self.goal {
            Goal::Up => None,
            Goal::Down { report_at } => Some(report_at),
        }
    }
}

/// One process; the result is true.
impl Job for Wait {
    fn poll(&mut self, host: &mut dyn Host) -> Option<Answer> {
        let result = Wait::poll(self, host)?;
        Some(result.map(|()| true.into()).map_err(Refusal::from))
    }

    fn deadline(&self) -> Option<Mono> {
        Wait::deadline(self)
    }
}

/// What came of a request about one process.
pub(super) type Started = Result<Option<Wait>, Fault>;

/// Several processes. Those that are done at once come first in the list, the others in the order in which they finish.
#[derive(Debug, Default)]
pub(super) struct Batch {
    results: Vec<Value>,
    waiting: Vec<Member>,
}

/// A process as the list of results names it.
#[derive(Debug)]
struct Member {
    name: String,
    group: String,
    wait: Wait,
}

impl Batch {
    /// Asks for something for each of several processes, in order. `act` gets the process and its full name.
    pub(super) fn new(
        host: &mut dyn Host,
        ids: Vec<ServiceId>,
        mut act: impl FnMut(&mut dyn Host, ServiceId, &str) -> Result<Option<Wait>, Refusal>,
    ) -> Result<Batch, Refusal> {
        let mut batch = Batch::default();
        for id in ids {
            let Some(view) = host.engine().service(id) else { continue };
            let (name, group) = (view.name().to_owned(), view.group_name().to_owned());
            let full = super::names::full_name(view);
            match act(host, id, &full) {
                Ok(None) => batch.results.push(result(&name, &group, Ok(()))),
                Ok(Some(wait)) => batch.waiting.push(Member { name, group, wait }),
                Err(Refusal::Fault(fault)) => batch.results.push(result(&name, &group, Err(fault))),
                Err(broken @ Refusal::Broken(_)) => return Err(broken),
            }
        }
        Ok(batch)
    }
}

impl Job for Batch {
    fn poll(&mut self, host: &mut dyn Host) -> Option<Answer> {
        let results = &mut self.results;
        self.waiting.retain_mut(|Member { name, group, wait }| match wait.poll(host) {
            None => true,
            Some(end) => {
                results.push(result(name, group, end));
                false
            }
        });
        self.waiting.is_empty().then(|| Ok(Value::Array(std::mem::take(&mut self.results))))
    }

    fn deadline(&self) -> Option<Mono> {
        self.waiting.iter().filter_map(|member| member.wait.deadline()).min()
    }
}

/// One item of a list of results.
pub(super) fn result(name: &str, group: &str, end: Result<(), Fault>) -> Value {
    let (status, description) = match end {
        Ok(()) => (Code::Success.number(), "OK".to_owned()),
        Err(Fault { code, text }) => (code, text),
    };
    Value::record([
        ("name", name.into()),
        ("group", group.into()),
        ("status", status.into()),
        ("description", description.into()),
    ])
}

/// The state of a process that was there a moment ago.
pub(super) fn state(view: Option<ServiceView<'_>>) -> State {
    view.map_or(State::Stopped, ServiceView::state)
}
