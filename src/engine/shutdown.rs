//! Stopping everything in order, as `supervisor/supervisord.py` does in `runforever`: the group with the highest priority
//! number first, the next one when the former is down.
//!
//! Wanted differences: groups of equal priority stop together, the next ones follow in the very step in which the last
//! process of the former came to rest, and `Hurry` ends all waiting.

use crate::base::{Mono, Now, ServiceId};
use crate::engine::process::ProcessInput;
use crate::engine::roster::Roster;
use crate::engine::{Action, Engine, Event, Mood, Note, ServiceView, Timer};
use std::time::Duration;

/// How often the log says what a shutdown waits for.
const REPORT_INTERVAL: Duration = Duration::from_secs(3);

/// A shutdown that is under way.
#[derive(Debug)]
pub(super) struct Shutdown {
    /// What is still to be told to stop, with its group's priority; the next is last.
    queue: Vec<(i64, ServiceId)>,
    /// The priority of the groups that are being stopped.
    current: Option<i64>,
    /// How many of their processes are not stopped yet.
    remaining: usize,
    report_at: Option<Mono>,
    finished: bool,
}

impl Shutdown {
    /// A plan to stop everything that is not stopped. Nothing starts any more, so nothing has to be added later.
    fn new(roster: &Roster) -> Shutdown {
        let queue = stop_order(roster.services().filter(|view| !view.state().is_stopped()));
        Shutdown { queue, current: None, remaining: 0, report_at: None, finished: false }
    }

    /// Whether `Finished` was said.
    pub(super) fn is_finished(&self) -> bool {
        self.finished
    }

    /// A process of a group of this priority is stopped now.
    pub(super) fn came_to_rest(&mut self, group_priority: i64) {
        if self.current == Some(group_priority) {
            self.remaining = self.remaining.saturating_sub(1);
        }
    }

    /// The next batch: what is not stopped in the groups of the highest priority number left. Empty when all were told.
    fn next_batch(&mut self, roster: &Roster) -> Vec<ServiceId> {
        let mut batch = Vec::new();
        while let Some(&(priority, id)) = self.queue.last() {
            if !batch.is_empty() && self.current != Some(priority) {
                break;
            }
            self.current = Some(priority);
            self.queue.pop();
            if roster.service(id).is_some_and(|view| !view.state().is_stopped()) {
                batch.push(id);
            }
        }
        self.remaining = batch.len();
        batch
    }
}

/// Group priorities and ids such that the last is to be stopped first: by group priority, then by process priority,
/// the later added one first among equals.
fn stop_order<'a>(services: impl Iterator<Item = ServiceView<'a>>) -> Vec<(i64, ServiceId)> {
    let mut keys: Vec<(i64, i64, ServiceId)> =
        services.map(|view| (view.group().priority, view.service().priority, view.id())).collect();
    keys.sort_unstable();
    keys.into_iter().map(|(group_priority, _, id)| (group_priority, id)).collect()
}

impl Engine {
    /// Begins to stop everything. A shutdown overrides a restart that is under way; nothing overrides a shutdown.
    pub(super) fn leave(&mut self, now: Now, mood: Mood, out: &mut Vec<Action>) {
        if let Some(shutdown) = &self.shutdown {
            if mood == Mood::Shutdown && !shutdown.finished {
                self.mood = mood;
            }
            return;
        }
        self.mood = mood;
        out.push(Action::Emit(Event::SupervisorStopping));
        let shutdown = Shutdown::new(&self.roster);
        let ids: Vec<ServiceId> = shutdown.queue.iter().map(|&(_, id)| id).collect();
        self.shutdown = Some(shutdown);
        for id in ids {
            self.feed(now, id, ProcessInput::ForbidStarts, out);
        }
        self.advance_shutdown(now, out);
        self.report(now, out);
    }

    /// Does what can be done without waiting: tells the next batch to stop once the former has, and finishes when nothing
    /// is left.
    pub(super) fn advance_shutdown(&mut self, now: Now, out: &mut Vec<Action>) {
        while let Some(shutdown) = &mut self.shutdown {
            if shutdown.finished {
                return;
            }
            if self.roster.unstopped_count() == 0 {
                shutdown.finished = true;
                if shutdown.report_at.take().is_some() {
                    out.push(Action::Disarm(Timer::ShutdownReport));
                }
                out.push(Action::Finished);
                return;
            }
            if shutdown.remaining > 0 {
                return;
            }
            let batch = shutdown.next_batch(&self.roster);
            if batch.is_empty() {
                return;
            }
            for id in batch {
                self.feed(now, id, ProcessInput::ShutDown, out);
            }
        }
    }

    /// Stops waiting: everything that has a child is killed, whatever batch it is in.
    pub(super) fn hurry(&mut self, now: Now, out: &mut Vec<Action>) {
        let Some(shutdown) = &mut self.shutdown else { return };
        if shutdown.finished {
            return;
        }
        shutdown.queue.clear();
        shutdown.current = None;
        shutdown.remaining = 0;
        let alive = |view: &ServiceView<'_>| view.pid().is_some() || !view.state().is_stopped();
        let order = stop_order(self.roster.services().filter(alive));
        for (_, id) in order.into_iter().rev() {
            self.feed(now, id, ProcessInput::Hurry, out);
        }
    }

    /// The report timer is due.
    pub(super) fn report_due(&mut self, now: Now, out: &mut Vec<Action>) {
        let Some(shutdown) = &mut self.shutdown else { return };
        if shutdown.report_at.is_some_and(|at| at <= now.mono) {
            self.report(now, out);
        }
    }

    /// Says what the shutdown waits for (`shutdown_report`), and again later.
    fn report(&mut self, now: Now, out: &mut Vec<Action>) {
        let Some(shutdown) = &mut self.shutdown else { return };
        if shutdown.finished {
            return;
        }
        let unstopped = self.roster.services().filter(|view| !view.state().is_stopped());
        let names = unstopped.map(|view| view.name().to_owned()).collect();
        let at = now.mono + REPORT_INTERVAL;
        shutdown.report_at = Some(at);
        out.push(Action::Note(Note::WaitingToDie { names }));
        out.push(Action::Arm(Timer::ShutdownReport, at));
    }
}
