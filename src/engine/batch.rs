//! Whom a request about several services means, and in which order. Mirrors `_getAllProcesses`, `startProcessGroup`,
//! `stopProcessGroup`, `signalProcessGroup` and their `All` forms in `supervisor/rpcinterface.py`: groups by priority,
//! then members by priority, lower first, equals in the order of adding. Stopping too goes upwards, other than in a
//! shutdown; all signals go out in one go, so the order only shows in logs and answers.

use crate::base::ServiceId;
use crate::engine::{Engine, GroupView, ServiceView, State};

/// How many services a request means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope<'a> {
    /// All there are.
    All,
    /// The members of the group of this name.
    Group(&'a str),
}

/// Whom `start` means: all that do not run, in order. A member that is STOPPING is among them, as in the original;
/// starting it leads to nothing but a log line. `None` where there is no such group.
#[must_use]
pub fn to_start(engine: &Engine, scope: Scope<'_>) -> Option<Vec<ServiceId>> {
    select(engine, scope, |state| !state.is_running())
}

/// Whom `stop` means: all that run or are about to (back-off counts), in order. `None` where there is no such group.
#[must_use]
pub fn to_stop(engine: &Engine, scope: Scope<'_>) -> Option<Vec<ServiceId>> {
    select(engine, scope, State::is_running)
}

/// Whom `signal` means: all that have a process to be signalled, in order. `None` where there is no such group.
#[must_use]
pub fn to_signal(engine: &Engine, scope: Scope<'_>) -> Option<Vec<ServiceId>> {
    select(engine, scope, State::is_signallable)
}

/// All members, in order. `None` where there is no such group.
#[must_use]
pub fn all(engine: &Engine, scope: Scope<'_>) -> Option<Vec<ServiceId>> {
    select(engine, scope, |_| true)
}

fn select(engine: &Engine, scope: Scope<'_>, wanted: impl Fn(State) -> bool) -> Option<Vec<ServiceId>> {
    let mut groups: Vec<GroupView<'_>> = match scope {
        Scope::All => engine.groups().collect(),
        Scope::Group(name) => vec![engine.group(name)?],
    };
    // Both sorts are stable, as Python's are: equals stay in the order of adding.
    groups.sort_by_key(|group| group.priority());
    let mut ids = Vec::new();
    for group in groups {
        let mut members: Vec<ServiceView<'_>> =
            group.services().filter(|view| wanted(view.state())).collect();
        members.sort_by_key(|view| view.service().priority);
        ids.extend(members.into_iter().map(ServiceView::id));
    }
    Some(ids)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::ExitStatus;
    use crate::engine::Input;
    use crate::engine::fixtures::{Rig, group, service};
    use crate::model::Service;

    fn with_priority(name: &str, priority: i64) -> Service {
        let mut service = service(name);
        service.priority = priority;
        service.start.autostart = false;
        service
    }

    /// Ids: z1 0, z2 1, z3 2, a 3, m1 4, m2 5.
    fn rig() -> Rig {
        Rig::booted(vec![
            group("z", 10, vec![with_priority("z1", 3), with_priority("z2", -3), with_priority("z3", 3)]),
            group("a", 10, vec![with_priority("a", 1)]),
            group("m", -1, vec![with_priority("m1", 2), with_priority("m2", 1)]),
        ])
    }

    fn ids(numbers: &[u32]) -> Option<Vec<ServiceId>> {
        Some(numbers.iter().copied().map(ServiceId).collect())
    }

    #[test]
    fn groups_by_priority_then_members_by_priority() {
        let rig = rig();
        assert_eq!(to_start(&rig.engine, Scope::All), ids(&[5, 4, 1, 0, 2, 3]));
        assert_eq!(to_start(&rig.engine, Scope::Group("z")), ids(&[1, 0, 2]));
        assert_eq!(to_start(&rig.engine, Scope::Group("none")), None);
    }

    #[test]
    fn each_request_means_the_states_it_fits() {
        let mut rig = rig();
        for id in 0..6 {
            rig.tell(Input::Start(ServiceId(id)));
        }
        rig.spawn([0, 1, 2, 4]);
        rig.tell(Input::SpawnFailed(ServiceId(3), crate::engine::SpawnError::Empty));
        rig.tell(Input::SpawnFailed(ServiceId(5), crate::engine::SpawnError::Empty));
        rig.tell(Input::Stop(ServiceId(5)));
        rig.tell(Input::Stop(ServiceId(0)));
        rig.pass(1_000);
        rig.tell(Input::Exited(ServiceId(2), ExitStatus::Exited(0)));
        // z1 STOPPING, z2 STARTING, z3 EXITED, a BACKOFF, m1 STARTING, m2 STOPPED.
        assert_eq!(to_start(&rig.engine, Scope::All), ids(&[5, 0, 2]));
        assert_eq!(to_stop(&rig.engine, Scope::All), ids(&[4, 1, 3]));
        assert_eq!(to_signal(&rig.engine, Scope::All), ids(&[4, 1, 0]));
        assert_eq!(to_stop(&rig.engine, Scope::Group("z")), ids(&[1]));
    }
}
