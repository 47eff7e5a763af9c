//! The engine: all groups and processes together. Takes one input at a time and returns what is to be done, in order.
//! Mirrors the deciding part of `Supervisor` in `supervisor/supervisord.py`; its shutdown is in `shutdown.rs`.

use crate::base::{Now, ServiceId};
use crate::engine::process::{ProcessInput, Turn};
use crate::engine::roster::Roster;
use crate::engine::shutdown::Shutdown;
use crate::engine::{Action, Event, GroupView, Input, Mood, ServiceView, Timer};
use crate::model::Group;

/// All groups and processes, and what is intended with them.
///
/// The runtime carries out the returned actions in order and feeds the answers to `Spawn` and `Signal` back, each with the
/// time at which it was known, before anything that happened later to the same service.
#[derive(Debug)]
pub struct Engine {
    pub(super) roster: Roster,
    pub(super) mood: Mood,
    pub(super) shutdown: Option<Shutdown>,
}

impl Default for Engine {
    fn default() -> Engine {
        Engine::new()
    }
}

impl Engine {
    /// An engine without groups.
    #[must_use]
    pub fn new() -> Engine {
        Engine { roster: Roster::default(), mood: Mood::Running, shutdown: None }
    }

    /// Takes in what happened and returns what is to be done, in order.
    pub fn step(&mut self, now: Now, input: Input) -> Vec<Action> {
        let mut out = Vec::new();
        match input {
            Input::Boot(groups) => self.boot(now, groups, &mut out),
            Input::AddGroup(group) => self.add_group(now, group, &mut out),
            Input::RemoveGroup(name) => self.remove_group(&name, &mut out),
            Input::Start(id) => self.feed(now, id, ProcessInput::Start, &mut out),
            Input::Stop(id) => self.feed(now, id, ProcessInput::Stop, &mut out),
            Input::Send(id, signal) => self.feed(now, id, ProcessInput::Send(signal), &mut out),
            Input::Spawned(id, pid) => self.feed(now, id, ProcessInput::Spawned(pid), &mut out),
            Input::SpawnFailed(id, error) => self.feed(now, id, ProcessInput::SpawnFailed(error), &mut out),
            Input::Exited(id, status) => self.feed(now, id, ProcessInput::Exited(status), &mut out),
            Input::SignalFailed(id, error) => {
                self.feed(now, id, ProcessInput::SignalFailed(error), &mut out);
            }
            Input::Deadline(Timer::Started(id)) => {
                self.feed(now, id, ProcessInput::StartSecondsPassed, &mut out);
            }
            Input::Deadline(Timer::Retry(id)) => self.feed(now, id, ProcessInput::BackoffElapsed, &mut out),
            Input::Deadline(Timer::Kill(id)) => {
                self.feed(now, id, ProcessInput::StopDeadlinePassed, &mut out);
            }
            Input::Deadline(Timer::ShutdownReport) => self.report_due(now, &mut out),
            Input::Shutdown => self.leave(now, Mood::Shutdown, &mut out),
            Input::Restart => self.leave(now, Mood::Restarting, &mut out),
            Input::Hurry => self.hurry(now, &mut out),
        }
        self.advance_shutdown(now, &mut out);
        out
    }

    /// What the daemon is about.
    #[must_use]
    pub fn mood(&self) -> Mood {
        self.mood
    }

    /// The service of that id; `None` once it is removed.
    #[must_use]
    pub fn service(&self, id: ServiceId) -> Option<ServiceView<'_>> {
        self.roster.service(id)
    }

    /// The service of that name in the group of that name.
    #[must_use]
    pub fn find(&self, group: &str, process: &str) -> Option<ServiceView<'_>> {
        self.roster.find(group, process)
    }

    /// The group of that name.
    #[must_use]
    pub fn group(&self, name: &str) -> Option<GroupView<'_>> {
        self.roster.group(name)
    }

    /// All groups in the order in which they were added.
    pub fn groups(&self) -> impl Iterator<Item = GroupView<'_>> {
        self.roster.groups()
    }

    /// All services: groups in the order in which they were added, members as listed.
    pub fn services(&self) -> impl Iterator<Item = ServiceView<'_>> {
        self.roster.services()
    }

    /// How many groups there are.
    #[must_use]
    pub fn group_count(&self) -> usize {
        self.roster.group_count()
    }

    /// How many services there are.
    #[must_use]
    pub fn service_count(&self) -> usize {
        self.roster.service_count()
    }

    /// How many services run, or will by themselves.
    #[must_use]
    pub fn unstopped_count(&self) -> usize {
        self.roster.unstopped_count()
    }

    /// Adds all groups, then starts what is to be started: groups by priority and name, members as listed, nobody waits
    /// for anybody.
    fn boot(&mut self, now: Now, groups: Vec<Group>, out: &mut Vec<Action>) {
        if self.mood == Mood::Restarting && self.shutdown.as_ref().is_some_and(Shutdown::is_finished) {
            // The configuration after a restart. Ids go on, so a late message about an old service reaches nobody.
            out.extend(self.roster.clear().into_iter().map(Action::Removed));
            self.mood = Mood::Running;
            self.shutdown = None;
        }
        if self.mood != Mood::Running {
            return;
        }
        let mut added: Vec<(i64, String, Vec<ServiceId>)> = Vec::with_capacity(groups.len());
        for group in groups {
            let (priority, name) = (group.priority, group.name.clone());
            if let Some(ids) = self.add(group, out) {
                added.push((priority, name, ids));
            }
        }
        out.push(Action::Emit(Event::SupervisorRunning));
        added.sort();
        for (_, _, ids) in added {
            self.autostart(now, &ids, out);
        }
    }

    fn add_group(&mut self, now: Now, group: Group, out: &mut Vec<Action>) {
        if self.mood != Mood::Running {
            return;
        }
        if let Some(ids) = self.add(group, out) {
            self.autostart(now, &ids, out);
        }
    }

    fn add(&mut self, group: Group, out: &mut Vec<Action>) -> Option<Vec<ServiceId>> {
        let name = group.name.clone();
        let ids = self.roster.add(group)?;
        out.extend(ids.iter().copied().map(Action::Added));
        out.push(Action::Emit(Event::GroupAdded(name)));
        Some(ids)
    }

    fn autostart(&mut self, now: Now, ids: &[ServiceId], out: &mut Vec<Action>) {
        for &id in ids {
            if self.service(id).is_some_and(|view| view.service().start.autostart) {
                self.feed(now, id, ProcessInput::Start, out);
            }
        }
    }

    fn remove_group(&mut self, name: &str, out: &mut Vec<Action>) {
        if self.mood != Mood::Running {
            return;
        }
        if let Some(ids) = self.roster.remove(name) {
            out.extend(ids.into_iter().map(Action::Removed));
            out.push(Action::Emit(Event::GroupRemoved(name.to_owned())));
        }
    }

    /// Gives one process its input. Messages about removed services end here.
    pub(super) fn feed(&mut self, now: Now, id: ServiceId, input: ProcessInput, out: &mut Vec<Action>) {
        let may_start = self.mood == Mood::Running;
        let change = self.roster.change(id, |member| {
            let mut turn = Turn { now, may_start, service: member.service, out };
            member.process.step(&mut turn, input);
        });
        if let (Some(change), Some(shutdown)) = (change, &mut self.shutdown)
            && change.came_to_rest
        {
            shutdown.came_to_rest(change.group_priority);
        }
    }
}
