//! The engine: all groups and processes together. Takes one input at a time and returns what is to be done, in order.
//! Mirrors the deciding part of `Supervisor` in `supervisor/supervisord.py`; its shutdown is in `shutdown.rs`.

use crate::base::{Now, ServiceId};
use crate::engine::listeners::{ListenerState, Listeners, PoolView};
use crate::engine::process::{ProcessInput, Turn};
use crate::engine::roster::Roster;
use crate::engine::shutdown::Shutdown;
use crate::engine::verdict::{self, Cause};
use crate::engine::{Action, Event, GroupView, Input, Mood, Note, ServiceView, Timer};
use crate::model::{ExitPolicy, Group, Service};
use std::sync::Arc;

/// All groups and processes, and what is intended with them.
///
/// The runtime carries out the returned actions in order and feeds the answers to `Spawn` and `Signal` back, each with the
/// time at which it was known, before anything that happened later to the same service.
#[derive(Debug)]
pub struct Engine {
    pub(super) roster: Roster,
    pub(super) listeners: Listeners,
    pub(super) mood: Mood,
    pub(super) shutdown: Option<Shutdown>,
    pub(super) policy: ExitPolicy,
    /// Why the daemon ends by itself, if it does.
    cause: Option<Cause>,
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
        Engine::with_policy(ExitPolicy::default())
    }

    /// An engine without groups that may end the daemon by itself.
    #[must_use]
    pub fn with_policy(policy: ExitPolicy) -> Engine {
        Engine::with(policy, 0)
    }

    /// The same, with events that are numbered from there.
    #[must_use]
    pub fn with(policy: ExitPolicy, next_event: u64) -> Engine {
        Engine {
            roster: Roster::default(),
            listeners: Listeners::numbered_from(next_event),
            mood: Mood::Running,
            shutdown: None,
            policy,
            cause: None,
        }
    }

    /// Why the daemon ends by itself; `None` where it does not, or was told to.
    #[must_use]
    pub fn cause(&self) -> Option<&Cause> {
        self.cause.as_ref()
    }

    /// The number of the next event that anybody subscribes to.
    #[must_use]
    pub fn next_event(&self) -> u64 {
        self.listeners.next_serial()
    }

    /// Takes in what happened and returns what is to be done, in order.
    pub fn step(&mut self, now: Now, input: Input) -> Vec<Action> {
        let mut out = Vec::new();
        self.take(now, input, &mut out);
        // First, since a shutdown may be about to stop a listener who is ready for one more.
        self.listeners.dispatch(&self.roster, &mut out);
        self.advance_shutdown(now, &mut out);
        self.listeners.dispatch(&self.roster, &mut out);
        self.listeners.arrange_ticks(now, &mut out);
        out
    }

    fn take(&mut self, now: Now, input: Input, out: &mut Vec<Action>) {
        match input {
            Input::Boot(groups) => self.boot(now, groups, out),
            Input::AddGroup(group) => self.add_group(now, &group, out),
            Input::RemoveGroup(name) => self.remove_group(&name, out),
            Input::AddServices(group, services) => self.add_services(now, &group, services, out),
            Input::RemoveService(id) => self.remove_service(id, out),
            Input::Start(id) => self.feed(now, id, ProcessInput::Start, out),
            Input::Stop(id) => self.feed(now, id, ProcessInput::Stop, out),
            Input::Send(id, signal) => self.feed(now, id, ProcessInput::Send(signal), out),
            Input::Spawned(id, pid) => {
                self.listeners.spawned(id);
                self.feed(now, id, ProcessInput::Spawned(pid), out);
            }
            Input::SpawnFailed(id, error) => self.feed(now, id, ProcessInput::SpawnFailed(error), out),
            Input::Exited(id, status) => {
                self.feed(now, id, ProcessInput::Exited(status), out);
                self.listeners.ended(id, out);
            }
            Input::Event(event) => self.emit(event, out),
            Input::Heard(id, heard) => self.listeners.heard(id, heard, &self.roster, out),
            Input::DeliveryFailed(id) => self.listeners.delivery_failed(id, &self.roster, out),
            Input::Clock => {
                for tick in self.listeners.ticks_due(now) {
                    self.emit(tick, out);
                }
            }
            Input::SignalFailed(id, error) => {
                self.feed(now, id, ProcessInput::SignalFailed(error), out);
            }
            Input::Deadline(Timer::Started(id)) => {
                self.feed(now, id, ProcessInput::StartSecondsPassed, out);
            }
            Input::Deadline(Timer::Retry(id)) => self.feed(now, id, ProcessInput::BackoffElapsed, out),
            Input::Deadline(Timer::Kill(id)) => {
                self.feed(now, id, ProcessInput::StopDeadlinePassed, out);
            }
            Input::Deadline(Timer::ShutdownReport) => self.report_due(now, out),
            Input::Deadline(Timer::LastEvents) => self.last_events_due(),
            Input::Deadline(Timer::ShutdownTimeout) => self.shutdown_timed_out(now, out),
            Input::Shutdown => self.leave(now, Mood::Shutdown, out),
            Input::Restart => self.leave(now, Mood::Restarting, out),
            Input::Hurry => self.hurry(now, out),
        }
    }

    /// Tells everybody of something.
    pub(super) fn emit(&mut self, event: Event, out: &mut Vec<Action>) {
        self.listeners.publish(&event, &self.roster, out);
        out.push(Action::Emit(event));
    }

    /// Tells the listeners of what was emitted since `from`.
    fn publish_since(&mut self, from: usize, out: &mut Vec<Action>) {
        let mut more = Vec::new();
        for action in out.iter().skip(from) {
            if let Action::Emit(event) = action {
                self.listeners.publish(event, &self.roster, &mut more);
            }
        }
        out.append(&mut more);
    }

    /// Whether some listener subscribed to the event of that name. Others need not be made.
    #[must_use]
    pub fn wants(&self, event: &str) -> bool {
        self.listeners.wants(event)
    }

    /// What an event listener is at; `None` for any other process.
    #[must_use]
    pub fn listener_state(&self, id: ServiceId) -> Option<ListenerState> {
        self.listeners.state(id)
    }

    /// The pools of event listeners, in the order in which they were added.
    pub fn pools(&self) -> impl Iterator<Item = PoolView<'_>> {
        self.listeners.pools()
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
            self.listeners.clear();
            self.mood = Mood::Running;
            self.shutdown = None;
        }
        if self.mood != Mood::Running {
            return;
        }
        let mut added: Vec<(i64, String, Vec<ServiceId>)> = Vec::with_capacity(groups.len());
        for group in groups {
            let (priority, name) = (group.priority, group.name.clone());
            if let Some(ids) = self.add(&Arc::new(group), out) {
                added.push((priority, name, ids));
            }
        }
        self.emit(Event::SupervisorRunning, out);
        added.sort();
        for (_, _, ids) in added {
            self.autostart(now, &ids, out);
        }
    }

    fn add_group(&mut self, now: Now, group: &Arc<Group>, out: &mut Vec<Action>) {
        if self.mood != Mood::Running {
            return;
        }
        if let Some(ids) = self.add(group, out) {
            self.autostart(now, &ids, out);
        }
    }

    fn add(&mut self, group: &Arc<Group>, out: &mut Vec<Action>) -> Option<Vec<ServiceId>> {
        let ids = self.roster.add(Arc::clone(group))?;
        out.extend(ids.iter().copied().map(Action::Added));
        // A pool hears of itself.
        self.listeners.subscribe(group, &ids);
        self.emit(Event::GroupAdded(group.name.clone()), out);
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
            self.listeners.unsubscribe(name);
            out.extend(ids.into_iter().map(Action::Removed));
            self.emit(Event::GroupRemoved(name.to_owned()), out);
        }
    }

    fn add_services(&mut self, now: Now, group: &str, services: Vec<Service>, out: &mut Vec<Action>) {
        if self.mood == Mood::Shutdown {
            return;
        }
        if let Some(ids) = self.roster.extend(group, services) {
            out.extend(ids.iter().copied().map(Action::Added));
            if self.mood == Mood::Running {
                self.autostart(now, &ids, out);
            }
        }
    }

    fn remove_service(&mut self, id: ServiceId, out: &mut Vec<Action>) {
        if self.mood != Mood::Shutdown && self.roster.shorten(id) {
            self.listeners.leave(id);
            out.push(Action::Removed(id));
        }
    }

    /// Gives one process its input. Messages about removed services end here.
    pub(super) fn feed(&mut self, now: Now, id: ServiceId, input: ProcessInput, out: &mut Vec<Action>) {
        let may_start = self.mood == Mood::Running;
        let from = out.len();
        let change = self.roster.change(id, |member| {
            let mut turn = Turn { now, may_start, service: member.service, out };
            member.process.step(&mut turn, input);
        });
        if let (Some(change), Some(shutdown)) = (&change, &mut self.shutdown)
            && change.came_to_rest
        {
            shutdown.came_to_rest(change.group_priority);
        }
        if !self.listeners.is_empty() {
            self.publish_since(from, out);
        }
        if change.is_some_and(|change| change.came_to_rest) && self.mood == Mood::Running {
            self.came_to_rest(now, id, out);
        }
    }

    /// A process is down, and not because somebody stopped everything: that may be a reason to do so.
    fn came_to_rest(&mut self, now: Now, id: ServiceId, out: &mut Vec<Action>) {
        if let Some(cause) = verdict::judge(&self.policy, id, &self.roster) {
            out.push(Action::Note(Note::ShuttingDown { reason: cause.reason.clone() }));
            self.cause = Some(cause);
            self.leave(now, Mood::Shutdown, out);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{ExitStatus, Pid, Signal};
    use crate::engine::fixtures::{Rig, at, group, service};
    use crate::engine::{SpawnError, State};

    fn manual(name: &str) -> crate::model::Service {
        let mut service = service(name);
        service.start.autostart = false;
        service
    }

    #[test]
    fn boot_adds_in_order_and_starts_by_priority_and_name() {
        let mut rig = Rig::new();
        let groups = vec![
            group("z", 5, vec![service("z1"), manual("z2"), service("z0")]),
            group("b", 10, vec![service("b")]),
            group("a", 10, vec![service("a")]),
            group("b", 1, vec![service("b-again")]),
            group("first", -1, vec![service("first")]),
        ];
        assert_eq!(
            rig.tell(Input::Boot(groups)),
            "added 0; added 1; added 2; group z added; added 3; group b added; added 4; group a added; added 5; \
             group first added; supervisor running; \
             5: STOPPED>STARTING pid:0 tries:0; spawn 5; \
             0: STOPPED>STARTING pid:0 tries:0; spawn 0; 2: STOPPED>STARTING pid:0 tries:0; spawn 2; \
             4: STOPPED>STARTING pid:0 tries:0; spawn 4; 3: STOPPED>STARTING pid:0 tries:0; spawn 3"
        );
        assert_eq!((rig.engine.group_count(), rig.engine.service_count()), (4, 6));
        assert_eq!(rig.engine.unstopped_count(), 5);
    }

    #[test]
    fn boot_without_groups_is_still_an_event() {
        assert_eq!(Rig::new().tell(Input::Boot(vec![])), "supervisor running");
    }

    #[test]
    fn a_group_is_added_once_and_removed_when_stopped() {
        let mut rig = Rig::booted(vec![]);
        let web = || group("web", 999, vec![service("web")]);
        assert_eq!(
            rig.tell(Input::AddGroup(web().into())),
            "added 0; group web added; 0: STOPPED>STARTING pid:0 tries:0; spawn 0"
        );
        assert_eq!(rig.tell(Input::AddGroup(web().into())), "");
        assert_eq!(rig.tell(Input::RemoveGroup("web".to_owned())), "");
        rig.tell(Input::SpawnFailed(ServiceId(0), SpawnError::Empty));
        assert_eq!(rig.tell(Input::RemoveGroup("web".to_owned())), "");
        rig.tell(Input::Stop(ServiceId(0)));
        assert_eq!(rig.tell(Input::RemoveGroup("web".to_owned())), "removed 0; group web removed");
        assert_eq!(rig.tell(Input::RemoveGroup("web".to_owned())), "");
        assert!(rig.tell(Input::AddGroup(web().into())).starts_with("added 1; "));
    }

    #[test]
    fn members_are_added_started_and_removed() {
        let mut rig = Rig::booted(vec![group("web", 999, vec![manual("web")]), group("z", 1, vec![])]);
        let add = |group: &str, services| Input::AddServices(group.to_owned(), services);
        assert_eq!(
            rig.tell(add("web", vec![service("b"), manual("a")])),
            "added 2; added 3; 2: STOPPED>STARTING pid:0 tries:0; spawn 2"
        );
        assert_eq!(rig.tell(add("web", vec![service("c"), service("b")])), "");
        assert_eq!(rig.tell(add("none", vec![service("c")])), "");
        rig.spawn([2]);
        assert_eq!(rig.tell(Input::RemoveService(ServiceId(2))), "");
        assert_eq!(rig.tell(Input::RemoveService(ServiceId(3))), "removed 3");
        assert_eq!(rig.tell(Input::RemoveService(ServiceId(3))), "");
        rig.tell(Input::Stop(ServiceId(2)));
        assert_eq!(rig.tell(Input::RemoveService(ServiceId(2))), "");
        rig.tell(Input::Exited(ServiceId(2), ExitStatus::Exited(0)));
        assert_eq!(rig.tell(Input::RemoveService(ServiceId(2))), "removed 2");
        assert_eq!((rig.engine.service_count(), rig.engine.unstopped_count()), (1, 0));
    }

    #[test]
    fn a_restart_adds_members_without_a_start_and_a_shutdown_none() {
        let mut rig = Rig::booted(vec![group("web", 999, vec![service("web")])]);
        rig.spawn([0]);
        rig.tell(Input::Restart);
        let add = |name| Input::AddServices("web".to_owned(), vec![service(name)]);
        assert_eq!(rig.tell(add("late")), "added 1");
        assert_eq!(rig.tell(Input::RemoveService(ServiceId(1))), "removed 1");
        assert_eq!(rig.tell(add("later")), "added 2");
        rig.tell(Input::Shutdown);
        assert_eq!(rig.tell(add("latest")), "");
        assert_eq!(rig.tell(Input::RemoveService(ServiceId(2))), "");
        let told = rig.tell(Input::Exited(ServiceId(0), ExitStatus::Exited(0)));
        assert!(told.ends_with("finished"), "{told}");
    }

    #[test]
    fn messages_about_removed_services_reach_nobody() {
        let mut rig = Rig::booted(vec![group("a", 1, vec![manual("a")]), group("c", 1, vec![manual("c")])]);
        rig.tell(Input::RemoveGroup("a".to_owned()));
        let id = ServiceId(0);
        for input in [
            Input::Start(id),
            Input::Stop(id),
            Input::Send(id, Signal::HUP),
            Input::Spawned(id, Pid(1)),
            Input::SpawnFailed(id, SpawnError::Empty),
            Input::Exited(id, ExitStatus::Exited(0)),
            Input::SignalFailed(id, String::new()),
            Input::Deadline(Timer::Started(id)),
            Input::Deadline(Timer::Retry(id)),
            Input::Deadline(Timer::Kill(id)),
            Input::Start(ServiceId(77)),
        ] {
            assert_eq!(rig.tell(input.clone()), "", "{input:?}");
        }
        assert!(rig.engine.service(id).is_none());
    }

    #[test]
    fn deadlines_find_their_process() {
        let mut rig = Rig::booted(vec![group("web", 999, vec![service("web")])]);
        let id = ServiceId(0);
        rig.spawn([0]);
        rig.pass(1_000);
        assert!(rig.tell(Input::Deadline(Timer::Started(id))).contains("STARTING>RUNNING"));
        assert!(rig.tell(Input::Stop(id)).ends_with("arm kill 0 +10s"));
        rig.pass(10_000);
        assert!(rig.tell(Input::Deadline(Timer::Kill(id))).contains("SIGKILL to 100"));
        rig.tell(Input::Exited(id, ExitStatus::Exited(0)));
        rig.tell(Input::Start(id));
        rig.tell(Input::SpawnFailed(id, SpawnError::Empty));
        rig.pass(1_000);
        assert!(rig.tell(Input::Deadline(Timer::Retry(id))).ends_with("spawn 0"));
    }

    #[test]
    fn views_tell_what_is_known() {
        let mut rig = Rig::new();
        rig.pass(2_000);
        rig.tell(Input::Boot(vec![group("web", 7, vec![service("two"), manual("one")])]));
        rig.spawn([0]);
        rig.pass(5_000);
        rig.tell(Input::Exited(ServiceId(0), ExitStatus::Exited(9)));
        let view = rig.engine.find("web", "two").expect("a service");
        assert_eq!((view.id(), view.name(), view.group_name()), (ServiceId(0), "two", "web"));
        assert_eq!(view.state(), State::Starting);
        assert_eq!(view.started(), Some(at(7_000).wall));
        assert_eq!(view.stopped(), Some(at(7_000).wall));
        assert_eq!((view.pid(), view.exit_code(), view.spawn_error()), (None, None, None));
        assert_eq!(view.service().exec.command.text, "/bin/cat");
        assert_eq!(view.group().priority, 7);
        let idle = rig.engine.find("web", "one").expect("a service");
        assert_eq!((idle.state(), idle.started(), idle.stopped()), (State::Stopped, None, None));
        assert!(rig.engine.find("web", "three").is_none());
        assert!(rig.engine.find("bew", "one").is_none());
        let web = rig.engine.group("web").expect("a group");
        assert_eq!(web.services().map(ServiceView::name).collect::<Vec<_>>(), ["two", "one"]);
        assert!(!web.is_stopped());
    }

    #[test]
    fn after_a_restart_the_engine_boots_again_with_fresh_ids() {
        let mut rig = Rig::booted(vec![group("web", 999, vec![manual("web")])]);
        assert_eq!(rig.tell(Input::Boot(vec![])), "supervisor running");
        assert_eq!(rig.tell(Input::Restart), "supervisor stopping; finished");
        assert_eq!(rig.engine.mood(), Mood::Restarting);
        assert_eq!(
            rig.tell(Input::Boot(vec![group("web", 999, vec![service("web")])])),
            "removed 0; added 1; group web added; supervisor running; 1: STOPPED>STARTING pid:0 tries:0; spawn 1"
        );
        assert_eq!(rig.engine.mood(), Mood::Running);
        assert_eq!((rig.engine.service_count(), rig.engine.unstopped_count()), (1, 1));
    }

    #[test]
    fn while_leaving_nothing_is_added_removed_or_booted() {
        let mut rig = Rig::booted(vec![
            group("web", 999, vec![service("web")]),
            group("idle", 999, vec![manual("idle")]),
        ]);
        rig.spawn([0]);
        rig.tell(Input::Shutdown);
        assert_eq!(rig.tell(Input::AddGroup(group("late", 1, vec![service("late")]).into())), "");
        assert_eq!(rig.tell(Input::RemoveGroup("idle".to_owned())), "");
        assert_eq!(rig.tell(Input::Boot(vec![group("late", 1, vec![service("late")])])), "");
        assert_eq!(rig.tell(Input::Start(ServiceId(1))), "");
    }
}
