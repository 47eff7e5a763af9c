//! All groups and their processes, in the order in which they were added. Finds, adds, removes and counts; decides
//! nothing.
//!
//! Ids ascend within a group, and a group is kept under the id of its first member, so the order of ids is the order of
//! adding, and a service is found from its id without an index of services: those that came with their group have
//! consecutive ids, and only where later ones begin is written down.

use crate::base::ServiceId;
use crate::engine::{GroupView, Process, ServiceView};
use crate::model::{Group, Service};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

/// Groups and processes.
#[derive(Debug, Default)]
pub(super) struct Roster {
    groups: BTreeMap<ServiceId, Slot>,
    names: BTreeMap<String, ServiceId>,
    /// Where ids begin that were given to members of a group that was there already, and which group that is.
    late: BTreeMap<ServiceId, ServiceId>,
    next_id: u32,
    services: usize,
    unstopped: usize,
}

/// One group.
#[derive(Debug)]
struct Slot {
    config: Arc<Group>,
    /// In the order of `config.services`; ids ascend.
    processes: Vec<Process>,
    /// Indexes of the members, sorted by name.
    by_name: Vec<u32>,
    unstopped: usize,
}

impl Slot {
    fn new(config: Arc<Group>, ids: &[ServiceId]) -> Slot {
        let processes = ids.iter().copied().map(Process::new).collect();
        let mut slot = Slot { config, processes, by_name: Vec::new(), unstopped: 0 };
        slot.sort_in_new();
        slot
    }

    fn view(&self) -> GroupView<'_> {
        GroupView::new(&self.config, &self.processes, self.unstopped)
    }

    /// Where the member of that id stands.
    fn position(&self, id: ServiceId) -> Option<usize> {
        self.processes.binary_search_by_key(&id, Process::id).ok()
    }

    /// Where the member of that name stands.
    fn named(&self, name: &str) -> Option<usize> {
        let at = self.by_name.binary_search_by(|&index| self.name_at(index).cmp(name)).ok()?;
        usize::try_from(*self.by_name.get(at)?).ok()
    }

    fn name_at(&self, index: u32) -> &str {
        let service = usize::try_from(index).ok().and_then(|index| self.config.services.get(index));
        service.map_or("", |service| &service.name)
    }

    fn member(&self, index: usize) -> Option<ServiceView<'_>> {
        Some(ServiceView::new(&self.config, self.config.services.get(index)?, self.processes.get(index)?))
    }

    /// Adds members behind the others.
    fn extend(&mut self, services: Vec<Service>, ids: &[ServiceId]) {
        Arc::make_mut(&mut self.config).services.extend(services);
        self.processes.extend(ids.iter().copied().map(Process::new));
        self.sort_in_new();
    }

    /// Puts the members that `by_name` does not have yet into it. What is in order already costs a look, not a sort.
    fn sort_in_new(&mut self) {
        let known = u32::try_from(self.by_name.len()).unwrap_or(u32::MAX);
        let all = u32::try_from(self.config.services.len()).unwrap_or(u32::MAX);
        let mut by_name = std::mem::take(&mut self.by_name);
        by_name.extend(known..all);
        by_name.sort_by(|&a, &b| self.name_at(a).cmp(self.name_at(b)));
        self.by_name = by_name;
    }

    /// Takes a member out.
    fn remove(&mut self, index: usize) {
        Arc::make_mut(&mut self.config).services.remove(index);
        self.processes.remove(index);
        let gone = u32::try_from(index).unwrap_or(u32::MAX);
        self.by_name.retain(|&index| index != gone);
        self.by_name.iter_mut().filter(|index| **index > gone).for_each(|index| *index -= 1);
    }
}

/// One member, to be changed.
pub(super) struct Member<'a> {
    pub(super) process: &'a mut Process,
    pub(super) service: &'a Service,
    pub(super) group_priority: i64,
}

impl Roster {
    /// Adds a group and returns the ids of its members; `None` where the name is taken.
    pub(super) fn add(&mut self, config: Arc<Group>) -> Option<Vec<ServiceId>> {
        if self.names.contains_key(&config.name) {
            return None;
        }
        let first = ServiceId(self.next_id);
        // A group without members takes a number as well: groups are kept under it.
        let ids = self.take_ids(config.services.len(), 1)?;
        self.services += ids.len();
        self.names.insert(config.name.clone(), first);
        self.groups.insert(first, Slot::new(config, &ids));
        Some(ids)
    }

    /// Consecutive ids, of which at least so many are used up.
    fn take_ids(&mut self, count: usize, at_least: u32) -> Option<Vec<ServiceId>> {
        let count = u32::try_from(count).ok()?;
        let first = self.next_id;
        self.next_id = first.checked_add(count.max(at_least))?;
        Some((first..first + count).map(ServiceId).collect())
    }

    /// Adds members to a group, behind those that it has, and returns their ids. `None`, and nothing is added, where there
    /// is no such group or one of the names is taken.
    pub(super) fn extend(&mut self, group: &str, services: Vec<Service>) -> Option<Vec<ServiceId>> {
        let home = *self.names.get(group)?;
        let slot = self.groups.get(&home)?;
        let mut names = HashSet::new();
        if services.iter().any(|new| slot.named(&new.name).is_some() || !names.insert(new.name.as_str())) {
            return None;
        }
        let ids = self.take_ids(services.len(), 0)?;
        let first = *ids.first()?;
        if self.home_of(first) != Some(home) {
            self.late.insert(first, home);
        }
        self.groups.get_mut(&home)?.extend(services, &ids);
        self.services += ids.len();
        Some(ids)
    }

    /// Removes a member that is stopped and has no child. Returns whether it did.
    pub(super) fn shorten(&mut self, id: ServiceId) -> bool {
        let Some(home) = self.home_of(id) else { return false };
        let Some(slot) = self.groups.get_mut(&home) else { return false };
        let Some(index) = slot.position(id) else { return false };
        let idle = |view: ServiceView<'_>| view.state().is_stopped() && view.pid().is_none();
        if !slot.member(index).is_some_and(idle) {
            return false;
        }
        slot.remove(index);
        self.services -= 1;
        self.forget_run(id);
        true
    }

    /// Drops what is written down about a run of late ids of which `id` was one, if it was the last that is there.
    fn forget_run(&mut self, id: ServiceId) {
        let Some((&start, home)) = self.late.range(..=id).next_back() else { return };
        let Some(slot) = self.groups.get(home) else { return };
        let behind = ServiceId(start.0.saturating_add(1));
        let next = [
            self.late.range(behind..).next().map(|(&start, _)| start),
            self.groups.range(behind..).next().map(|(&start, _)| start),
        ];
        let at = slot.processes.partition_point(|process| process.id() < start);
        let following = slot.processes.get(at).map(Process::id);
        let is_empty = match (following, next.into_iter().flatten().min()) {
            (None, _) => true,
            (Some(following), end) => end.is_some_and(|end| following >= end),
        };
        if is_empty {
            self.late.remove(&start);
        }
    }

    /// Removes a group whose members are all stopped and returns the ids they had.
    pub(super) fn remove(&mut self, name: &str) -> Option<Vec<ServiceId>> {
        let first = *self.names.get(name)?;
        if self.groups.get(&first)?.unstopped > 0 {
            return None;
        }
        let slot = self.groups.remove(&first)?;
        self.names.remove(name);
        self.late.retain(|_, home| *home != first);
        self.services -= slot.processes.len();
        Some(slot.processes.iter().map(Process::id).collect())
    }

    /// Removes everything and returns the ids; later ids do not repeat them.
    pub(super) fn clear(&mut self) -> Vec<ServiceId> {
        let ids = self.services().map(ServiceView::id).collect();
        *self = Roster { next_id: self.next_id, ..Roster::default() };
        ids
    }

    /// Lets `change` work on one member and keeps the counts right. Returns whether it came to rest by that.
    pub(super) fn change(&mut self, id: ServiceId, change: impl FnOnce(&mut Member<'_>)) -> Option<Change> {
        let home = self.home_of(id)?;
        let slot = self.groups.get_mut(&home)?;
        let index = slot.position(id)?;
        let (process, service) = (slot.processes.get_mut(index)?, slot.config.services.get(index)?);
        let before = process.state().is_stopped();
        let mut member = Member { process, service, group_priority: slot.config.priority };
        change(&mut member);
        let after = member.process.state().is_stopped();
        let group_priority = member.group_priority;
        match (before, after) {
            (true, false) => {
                slot.unstopped += 1;
                self.unstopped += 1;
            }
            (false, true) => {
                slot.unstopped -= 1;
                self.unstopped -= 1;
            }
            (true, true) | (false, false) => {}
        }
        Some(Change { came_to_rest: !before && after, group_priority })
    }

    /// Under which id the group is kept that the service of this id would belong to.
    fn home_of(&self, id: ServiceId) -> Option<ServiceId> {
        let home = self.groups.range(..=id).next_back().map(|(&home, _)| (home, home));
        let late = self.late.range(..=id).next_back().map(|(&start, &home)| (start, home));
        home.max(late).map(|(_, home)| home)
    }

    /// The service of that id.
    pub(super) fn service(&self, id: ServiceId) -> Option<ServiceView<'_>> {
        let slot = self.groups.get(&self.home_of(id)?)?;
        slot.member(slot.position(id)?)
    }

    /// The group of that name.
    pub(super) fn group(&self, name: &str) -> Option<GroupView<'_>> {
        self.groups.get(self.names.get(name)?).map(Slot::view)
    }

    /// The service of that name in the group of that name.
    pub(super) fn find(&self, group: &str, process: &str) -> Option<ServiceView<'_>> {
        let slot = self.groups.get(self.names.get(group)?)?;
        slot.member(slot.named(process)?)
    }

    /// All groups in the order in which they were added.
    pub(super) fn groups(&self) -> impl Iterator<Item = GroupView<'_>> {
        self.groups.values().map(Slot::view)
    }

    /// All services: groups in the order in which they were added, members as listed.
    pub(super) fn services(&self) -> impl Iterator<Item = ServiceView<'_>> {
        self.groups().flat_map(GroupView::services)
    }

    /// How many groups there are.
    pub(super) fn group_count(&self) -> usize {
        self.groups.len()
    }

    /// How many services there are.
    pub(super) fn service_count(&self) -> usize {
        self.services
    }

    /// How many services run or will by themselves.
    pub(super) fn unstopped_count(&self) -> usize {
        self.unstopped
    }
}

/// What a change did to one service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Change {
    /// It was not stopped before and is now.
    pub(super) came_to_rest: bool,
    /// Its group's priority.
    pub(super) group_priority: i64,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::fixtures::{group, service};

    fn names(roster: &Roster) -> Vec<&str> {
        roster.services().map(ServiceView::name).collect()
    }

    #[test]
    fn keeps_the_order_of_adding_and_never_reuses_an_id() {
        let mut roster = Roster::default();
        assert_eq!(
            roster.add(group("z", 1, vec![service("b"), service("a")]).into()).map(|ids| ids.len()),
            Some(2)
        );
        assert_eq!(roster.add(group("empty", 1, vec![]).into()), Some(vec![]));
        assert_eq!(roster.add(group("a", 1, vec![service("c")]).into()), Some(vec![ServiceId(3)]));
        assert_eq!(roster.add(group("a", 1, vec![service("d")]).into()), None);
        assert_eq!(names(&roster), ["b", "a", "c"]);
        assert_eq!(roster.remove("z"), Some(vec![ServiceId(0), ServiceId(1)]));
        assert_eq!(roster.remove("z"), None);
        assert_eq!(roster.add(group("z", 1, vec![service("e")]).into()), Some(vec![ServiceId(4)]));
        assert_eq!(names(&roster), ["c", "e"]);
        assert_eq!((roster.group_count(), roster.service_count()), (3, 2));
        assert_eq!(roster.clear(), [ServiceId(3), ServiceId(4)]);
        assert_eq!((roster.group_count(), roster.service_count()), (0, 0));
        assert_eq!(roster.add(group("z", 1, vec![service("e")]).into()), Some(vec![ServiceId(5)]));
    }

    fn numbers(ids: Option<Vec<ServiceId>>) -> Option<Vec<u32>> {
        ids.map(|ids| ids.into_iter().map(|id| id.0).collect())
    }

    #[test]
    fn members_come_and_go() {
        let mut roster = Roster::default();
        roster.add(group("a", 1, vec![service("x"), service("m")]).into());
        roster.add(group("b", 1, vec![]).into());
        assert_eq!(numbers(roster.extend("a", vec![service("n"), service("c")])), Some(vec![3, 4]));
        assert_eq!(numbers(roster.extend("b", vec![service("x")])), Some(vec![5]));
        assert_eq!(numbers(roster.extend("a", vec![service("z")])), Some(vec![6]));
        assert_eq!(names(&roster), ["x", "m", "n", "c", "z", "x"]);
        assert_eq!(roster.service_count(), 6);
        for (group, name, id) in
            [("a", "x", 0), ("a", "m", 1), ("a", "n", 3), ("a", "c", 4), ("b", "x", 5), ("a", "z", 6)]
        {
            assert_eq!(roster.find(group, name).map(ServiceView::id), Some(ServiceId(id)));
            let view = roster.service(ServiceId(id)).expect("a service");
            assert_eq!((view.group_name(), view.name()), (group, name));
        }
        assert!(roster.shorten(ServiceId(3)) && roster.shorten(ServiceId(0)));
        assert!(!roster.shorten(ServiceId(3)));
        assert_eq!(names(&roster), ["m", "c", "z", "x"]);
        assert!(roster.service(ServiceId(3)).is_none() && roster.find("a", "n").is_none());
        assert_eq!(roster.find("a", "c").map(ServiceView::id), Some(ServiceId(4)));
        assert_eq!(roster.find("a", "z").map(ServiceView::id), Some(ServiceId(6)));
        assert_eq!(numbers(roster.remove("a")), Some(vec![1, 4, 6]));
        assert_eq!(roster.service(ServiceId(5)).map(ServiceView::group_name), Some("b"));
        assert_eq!(numbers(roster.extend("b", vec![service("y")])), Some(vec![7]));
        assert_eq!(roster.service(ServiceId(7)).map(ServiceView::name), Some("y"));
    }

    #[test]
    fn a_name_that_is_taken_keeps_all_out() {
        let mut roster = Roster::default();
        roster.add(group("a", 1, vec![service("x")]).into());
        assert_eq!(roster.extend("a", vec![service("y"), service("x")]), None);
        assert_eq!(roster.extend("a", vec![service("y"), service("y")]), None);
        assert_eq!(roster.extend("none", vec![service("y")]), None);
        assert_eq!(names(&roster), ["x"]);
        assert_eq!(numbers(roster.extend("a", vec![service("y")])), Some(vec![1]));
    }

    #[test]
    fn only_who_is_stopped_can_be_taken_out() {
        let mut roster = Roster::default();
        roster.add(group("a", 1, vec![service("x")]).into());
        let start = |roster: &mut Roster, input| {
            roster.change(ServiceId(0), |member| {
                let out = &mut Vec::new();
                let mut turn = crate::engine::process::Turn {
                    now: crate::engine::fixtures::at(0),
                    may_start: true,
                    service: member.service,
                    out,
                };
                member.process.step(&mut turn, input);
            });
        };
        start(&mut roster, crate::engine::process::ProcessInput::Start);
        assert!(!roster.shorten(ServiceId(0)));
        start(
            &mut roster,
            crate::engine::process::ProcessInput::SpawnFailed(crate::engine::SpawnError::Empty),
        );
        assert!(!roster.shorten(ServiceId(0)));
        start(&mut roster, crate::engine::process::ProcessInput::Stop);
        assert!(roster.shorten(ServiceId(0)));
    }

    #[test]
    fn coming_and_going_leaves_nothing_behind() {
        let mut roster = Roster::default();
        roster.add(group("a", 1, vec![service("x")]).into());
        roster.add(group("b", 1, vec![service("x")]).into());
        for _ in 0..100 {
            let mut added = roster.extend("a", vec![service("y"), service("z")]).expect("ids");
            added.extend(roster.extend("b", vec![service("y")]).expect("ids"));
            assert!(added.into_iter().all(|id| roster.shorten(id)));
        }
        assert!(roster.late.is_empty());
        for _ in 0..100 {
            roster.extend("a", vec![service("y")]);
            roster.extend("b", vec![service("y")]);
            assert!(roster.add(group("c", 1, vec![service("y")]).into()).is_some());
            assert_eq!(names(&roster), ["x", "y", "x", "y", "y"]);
            roster.remove("c");
            let ids: Vec<_> =
                roster.services().filter(|view| view.name() == "y").map(ServiceView::id).collect();
            assert!(ids.into_iter().all(|id| roster.shorten(id)));
        }
        assert!(roster.late.is_empty());
        roster.extend("a", vec![service("y")]);
        roster.remove("a");
        assert!(roster.late.is_empty());
    }

    #[test]
    fn finds_by_id_and_by_name() {
        let mut roster = Roster::default();
        roster.add(group("one", 1, vec![service("b"), service("c"), service("a")]).into());
        roster.add(group("empty", 1, vec![]).into());
        roster.add(group("two", 1, vec![service("a")]).into());
        for (group, name, id) in [("one", "b", 0), ("one", "c", 1), ("one", "a", 2), ("two", "a", 4)] {
            assert_eq!(roster.find(group, name).map(ServiceView::id), Some(ServiceId(id)));
            assert_eq!(roster.service(ServiceId(id)).map(ServiceView::name), Some(name));
        }
        for (group, name) in [("one", "d"), ("empty", "a"), ("none", "a")] {
            assert!(roster.find(group, name).is_none());
        }
        for id in [3, 5, u32::MAX] {
            assert!(roster.service(ServiceId(id)).is_none());
            assert!(roster.change(ServiceId(id), |_| {}).is_none());
        }
    }
}
