//! Stopping everything in order, as `supervisor/supervisord.py` does in `runforever`: the group with the highest priority
//! number first, the next one when the former is down.
//!
//! Wanted differences: groups of equal priority stop together, the next ones follow in the very step in which the last
//! process of the former came to rest, and `Hurry` ends all waiting.

use crate::base::{Mono, Now, ServiceId};
use crate::engine::listeners::Listeners;
use crate::engine::process::ProcessInput;
use crate::engine::roster::Roster;
use crate::engine::{Action, Engine, Event, Mood, Note, ServiceView, Timer};
use std::time::Duration;

/// How often the log says what a shutdown waits for.
const REPORT_INTERVAL: Duration = Duration::from_secs(3);

/// How long event listeners have, when everything else is down, for the events of that. The original gives them the time
/// of one turn of its loop.
const LAST_EVENTS: Duration = Duration::from_secs(1);

/// The time in which event listeners may work on the last events, when everything else is down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum LastEvents {
    ToCome,
    Now,
    Over,
}

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
    last_events: LastEvents,
    finished: bool,
}

impl Shutdown {
    /// A plan to stop everything that is not stopped. Nothing starts any more, so nothing has to be added later.
    fn new(roster: &Roster) -> Shutdown {
        let queue = stop_order(roster.services().filter(|view| !view.state().is_stopped()));
        Shutdown {
            queue,
            current: None,
            remaining: 0,
            report_at: None,
            last_events: LastEvents::ToCome,
            finished: false,
        }
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

    /// Those whose turn is next.
    fn upcoming(&self) -> impl Iterator<Item = ServiceId> {
        let turn = self.queue.last().map(|&(priority, _)| priority);
        self.queue.iter().rev().take_while(move |&&(of, _)| Some(of) == turn).map(|&(_, id)| id)
    }

    /// Nobody waits for listeners any more.
    fn end_of_events(&mut self, out: &mut Vec<Action>) {
        if std::mem::replace(&mut self.last_events, LastEvents::Over) == LastEvents::Now {
            out.push(Action::Disarm(Timer::LastEvents));
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

/// Whether those whose turn is next are event listeners who still work on events, and may do so for a while.
fn wait_for_listeners(
    shutdown: &mut Shutdown,
    listeners: &Listeners,
    roster: &Roster,
    now: Now,
    out: &mut Vec<Action>,
) -> bool {
    let at_work = shutdown.upcoming().any(|id| listeners.is_at_work(id, roster));
    match (shutdown.last_events, at_work) {
        (LastEvents::ToCome, true) => {
            shutdown.last_events = LastEvents::Now;
            out.push(Action::Arm(Timer::LastEvents, now.mono + LAST_EVENTS));
            true
        }
        (LastEvents::Now, true) => true,
        (LastEvents::Now, false) => {
            shutdown.end_of_events(out);
            false
        }
        (LastEvents::ToCome, false) | (LastEvents::Over, _) => false,
    }
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
        self.emit(Event::SupervisorStopping, out);
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
                shutdown.end_of_events(out);
                if shutdown.report_at.take().is_some() {
                    out.push(Action::Disarm(Timer::ShutdownReport));
                }
                out.push(Action::Finished);
                return;
            }
            if shutdown.remaining > 0 || wait_for_listeners(shutdown, &self.listeners, &self.roster, now, out)
            {
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

    /// The listeners have had their time.
    pub(super) fn last_events_due(&mut self) {
        if let Some(shutdown) = &mut self.shutdown
            && shutdown.last_events == LastEvents::Now
        {
            shutdown.last_events = LastEvents::Over;
        }
    }

    /// Stops waiting: everything that has a child is killed, whatever batch it is in.
    pub(super) fn hurry(&mut self, now: Now, out: &mut Vec<Action>) {
        let Some(shutdown) = &mut self.shutdown else { return };
        if shutdown.finished {
            return;
        }
        shutdown.queue.clear();
        shutdown.end_of_events(out);
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{ExitStatus, Signal};
    use crate::engine::fixtures::{Rig, group, service};
    use crate::engine::{Input, SpawnError};
    use crate::model::{AutoRestart, Group, Service};

    fn with_priority(name: &str, priority: i64) -> Service {
        let mut service = service(name);
        service.priority = priority;
        service
    }

    fn single(name: &str, priority: i64) -> Group {
        group(name, priority, vec![with_priority(name, priority)])
    }

    fn exited(id: u32) -> Input {
        Input::Exited(ServiceId(id), ExitStatus::Exited(0))
    }

    /// The names in `waiting for … to die`, and whom a signal went to, without everything else.
    fn gist(told: &str) -> Vec<&str> {
        told.split("; ").filter(|word| word.contains(" to ") || *word == "finished").collect()
    }

    #[test]
    fn nothing_to_stop_finishes_at_once() {
        let mut rig = Rig::booted(vec![]);
        assert_eq!(rig.tell(Input::Shutdown), "supervisor stopping; finished");
        assert_eq!(rig.tell(Input::Shutdown), "");
        assert_eq!(rig.tell(Input::Hurry), "");
        assert_eq!(rig.tell(Input::Restart), "");
        assert_eq!(rig.engine.mood(), Mood::Shutdown);
    }

    #[test]
    fn one_process_in_full() {
        let mut rig = Rig::booted(vec![single("web", 999)]);
        rig.spawn([0]);
        assert_eq!(
            rig.tell(Input::Shutdown),
            "supervisor stopping; DEBG killing web (pid 100) with signal SIGTERM; disarm started 0; 0: \
             STARTING>STOPPING pid:100 tries:0; SIGTERM to 100; arm kill 0 +10s; INFO waiting for web to die; arm \
             report +3s"
        );
        rig.pass(2_999);
        assert_eq!(rig.tell(Input::Deadline(Timer::ShutdownReport)), "");
        rig.pass(1);
        assert_eq!(
            rig.tell(Input::Deadline(Timer::ShutdownReport)),
            "INFO waiting for web to die; arm report +3s"
        );
        assert_eq!(
            rig.tell(exited(0)),
            "disarm kill 0; 0: STOPPING>STOPPED pid:100 tries:0; INFO stopped: web (exit status 0); disarm report; \
             finished"
        );
        rig.pass(3_000);
        assert_eq!(rig.tell(Input::Deadline(Timer::ShutdownReport)), "");
    }

    #[test]
    fn groups_follow_one_another_and_equals_go_together() {
        let app = group("app", 50, vec![with_priority("low", 1), with_priority("high", 9)]);
        let mut rig = Rig::booted(vec![single("db", 10), app, single("idle", 70), single("web", 50)]);
        rig.spawn([0, 1, 2, 4]);
        // `idle` is in BACKOFF, which counts as unstopped and needs no waiting.
        rig.tell(Input::SpawnFailed(ServiceId(3), SpawnError::Empty));
        assert_eq!(
            gist(&rig.tell(Input::Shutdown)),
            [
                "SIGTERM to 104",
                "SIGTERM to 102",
                "SIGTERM to 101",
                "INFO waiting for db, low, high, web to die"
            ]
        );
        assert_eq!(gist(&rig.tell(exited(2))), [""; 0]);
        assert_eq!(gist(&rig.tell(exited(4))), [""; 0]);
        assert_eq!(gist(&rig.tell(exited(1))), ["SIGTERM to 100"]);
        assert_eq!(gist(&rig.tell(exited(0))), ["finished"]);
    }

    #[test]
    fn what_ends_before_its_turn_is_not_waited_for_nor_restarted() {
        let mut groups = vec![single("one", 1), single("two", 2), single("three", 3)];
        for group in &mut groups {
            for service in &mut group.services {
                service.start.start_seconds = 0;
                service.start.auto_restart = AutoRestart::Always;
            }
        }
        let mut rig = Rig::booted(groups);
        rig.spawn([0, 1, 2]);
        assert!(rig.tell(Input::Shutdown).contains("SIGTERM to 102"));
        assert_eq!(
            rig.tell(exited(1)),
            "1: RUNNING>EXITED pid:101 tries:0; INFO exited: two (exit status 0; expected)"
        );
        assert_eq!(gist(&rig.tell(exited(2))), ["SIGTERM to 100"]);
        assert_eq!(gist(&rig.tell(exited(0))), ["finished"]);
    }

    #[test]
    fn backoff_waits_for_its_batch_without_a_timer() {
        let mut rig = Rig::booted(vec![single("early", 1), single("late", 2)]);
        rig.tell(Input::SpawnFailed(ServiceId(0), SpawnError::Empty));
        rig.spawn([1]);
        let told = rig.tell(Input::Shutdown);
        assert!(told.starts_with("supervisor stopping; disarm retry 0; DEBG killing late"), "{told}");
        assert!(told.ends_with("INFO waiting for early, late to die; arm report +3s"), "{told}");
        rig.pass(1_000);
        assert_eq!(rig.tell(Input::Deadline(Timer::Retry(ServiceId(0)))), "");
        let told = rig.tell(exited(1));
        // Given up without a log line, as in the original.
        assert!(told.ends_with("0: BACKOFF>FATAL pid:0 tries:0; disarm report; finished"), "{told}");
    }

    #[test]
    fn hurry_kills_in_all_batches_at_once() {
        let mut groups = vec![single("a", 1), single("b", 2), single("c", 3), single("d", 0)];
        for group in &mut groups {
            for service in &mut group.services {
                service.stop.kill_as_group = service.name == "a";
            }
        }
        let mut rig = Rig::booted(groups);
        rig.spawn([0, 1, 2]);
        rig.tell(Input::SpawnFailed(ServiceId(3), SpawnError::Empty));
        assert_eq!(rig.tell(Input::Hurry), "");
        rig.tell(Input::Shutdown);
        let told = rig.tell(Input::Hurry);
        let expected = "WARN killing 'c' (102) with SIGKILL; DEBG killing c (pid 102) with signal SIGKILL; SIGKILL to \
                        102; arm kill 2 +10s; WARN killing 'b' (101) with SIGKILL; DEBG killing b (pid 101) with \
                        signal SIGKILL; disarm started 1; 1: STARTING>STOPPING pid:101 tries:0; SIGKILL to 101; arm \
                        kill 1 +10s; WARN killing 'a' (100) with SIGKILL; DEBG killing a (pid 100) process group with \
                        signal SIGKILL; disarm started 0; 0: STARTING>STOPPING pid:100 tries:0; SIGKILL to group 100; \
                        arm kill 0 +10s; 3: BACKOFF>FATAL pid:0 tries:0";
        assert_eq!(told, expected);
        assert_eq!(gist(&rig.tell(exited(2))), [""; 0]);
        rig.pass(10_000);
        assert!(rig.tell(Input::Deadline(Timer::Kill(ServiceId(0)))).contains("SIGKILL to group 100"));
        rig.tell(exited(0));
        assert_eq!(gist(&rig.tell(exited(1))), ["finished"]);
    }

    #[test]
    fn hurry_reaches_what_could_not_be_signalled() {
        let mut rig = Rig::booted(vec![single("lost", 1), single("web", 2)]);
        rig.spawn([0, 1]);
        rig.tell(Input::Send(ServiceId(0), Signal::HUP));
        rig.tell(Input::SignalFailed(ServiceId(0), "no".to_owned()));
        rig.tell(Input::Shutdown);
        assert!(rig.tell(Input::Hurry).contains("SIGKILL to 100"));
        // UNKNOWN counts as stopped: the shutdown does not wait for it.
        assert_eq!(gist(&rig.tell(exited(1))), ["finished"]);
    }

    #[test]
    fn a_shutdown_overrides_a_restart_but_not_the_other_way_round() {
        let mut rig = Rig::booted(vec![single("web", 1)]);
        rig.spawn([0]);
        rig.tell(Input::Restart);
        assert_eq!(rig.engine.mood(), Mood::Restarting);
        assert_eq!(rig.tell(Input::Shutdown), "");
        assert_eq!(rig.engine.mood(), Mood::Shutdown);
        assert_eq!(rig.tell(Input::Restart), "");
        assert_eq!(rig.engine.mood(), Mood::Shutdown);
        assert_eq!(gist(&rig.tell(exited(0))), ["finished"]);
    }

    #[test]
    fn an_unreachable_process_does_not_hold_up_the_next_batch() {
        let mut rig = Rig::booted(vec![single("one", 1), single("two", 2)]);
        rig.spawn([0, 1]);
        rig.tell(Input::Shutdown);
        let told = rig.tell(Input::SignalFailed(ServiceId(1), "no".to_owned()));
        assert_eq!(gist(&told), ["SIGTERM to 100"]);
        // Its end is neither a second coming to rest of its batch nor a reason to start it again.
        rig.tell(exited(1));
        assert_eq!(gist(&rig.tell(exited(0))), ["finished"]);
    }

    #[test]
    fn spawns_that_are_under_way_are_waited_for_and_stopped() {
        let mut rig = Rig::booted(vec![single("one", 1), single("two", 2)]);
        let told = rig.tell(Input::Shutdown);
        assert_eq!(gist(&told), ["INFO waiting for one, two to die"]);
        rig.spawn([0]);
        assert!(rig.tell(Input::Spawned(ServiceId(1), crate::base::Pid(101))).contains("SIGTERM to 101"));
        assert!(rig.tell(exited(1)).contains("SIGTERM to 100"));
    }
}
