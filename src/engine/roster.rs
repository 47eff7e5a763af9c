//! All groups and their processes, in the order in which they were added. Finds, adds, removes and counts; decides
//! nothing.
//!
//! Members of a group have consecutive ids and groups are kept under the id of their first member, so the order of ids is
//! the order of adding, and a service is found from its id without an index of services.

use crate::base::ServiceId;
use crate::engine::{GroupView, Process, ServiceView};
use crate::model::{Group, Service};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Groups and processes.
#[derive(Debug, Default)]
pub(super) struct Roster {
    groups: BTreeMap<ServiceId, Slot>,
    names: BTreeMap<String, ServiceId>,
    next_id: u32,
    services: usize,
    unstopped: usize,
}

/// One group.
#[derive(Debug)]
struct Slot {
    config: Arc<Group>,
    processes: Vec<Process>,
    /// Indexes of the members, sorted by name.
    by_name: Vec<u32>,
    unstopped: usize,
}

impl Slot {
    fn view(&self) -> GroupView<'_> {
        GroupView::new(&self.config, &self.processes, self.unstopped)
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
        let count = u32::try_from(config.services.len()).ok()?;
        let first = self.next_id;
        // A group without members takes a number as well: groups are kept under it.
        self.next_id = first.checked_add(count.max(1))?;
        let ids: Vec<ServiceId> = (first..first + count).map(ServiceId).collect();
        let mut by_name: Vec<(&str, u32)> =
            config.services.iter().map(|service| service.name.as_str()).zip(0..).collect();
        by_name.sort_unstable();
        let by_name = by_name.into_iter().map(|(_, index)| index).collect();
        let processes = ids.iter().map(|&id| Process::new(id)).collect();
        self.services += ids.len();
        self.names.insert(config.name.clone(), ServiceId(first));
        self.groups.insert(ServiceId(first), Slot { config, processes, by_name, unstopped: 0 });
        Some(ids)
    }

    /// Removes a group whose members are all stopped and returns the ids they had.
    pub(super) fn remove(&mut self, name: &str) -> Option<Vec<ServiceId>> {
        let first = *self.names.get(name)?;
        if self.groups.get(&first)?.unstopped > 0 {
            return None;
        }
        let slot = self.groups.remove(&first)?;
        self.names.remove(name);
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
        let (slot, index) = Self::slot_mut(&mut self.groups, id)?;
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

    fn slot_mut(groups: &mut BTreeMap<ServiceId, Slot>, id: ServiceId) -> Option<(&mut Slot, usize)> {
        let (first, slot) = groups.range_mut(..=id).next_back()?;
        let index = usize::try_from(id.0.checked_sub(first.0)?).ok()?;
        Some((slot, index))
    }

    /// The service of that id.
    pub(super) fn service(&self, id: ServiceId) -> Option<ServiceView<'_>> {
        let (first, slot) = self.groups.range(..=id).next_back()?;
        let index = usize::try_from(id.0.checked_sub(first.0)?).ok()?;
        Some(ServiceView::new(&slot.config, slot.config.services.get(index)?, slot.processes.get(index)?))
    }

    /// The group of that name.
    pub(super) fn group(&self, name: &str) -> Option<GroupView<'_>> {
        self.groups.get(self.names.get(name)?).map(Slot::view)
    }

    /// The service of that name in the group of that name.
    pub(super) fn find(&self, group: &str, process: &str) -> Option<ServiceView<'_>> {
        let first = self.names.get(group)?;
        let slot = self.groups.get(first)?;
        let name_at =
            |&index: &u32| Some(slot.config.services.get(usize::try_from(index).ok()?)?.name.as_str());
        let at = slot.by_name.binary_search_by(|index| name_at(index).cmp(&Some(process))).ok()?;
        self.service(ServiceId(first.0 + slot.by_name.get(at)?))
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
