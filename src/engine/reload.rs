//! What a fresh configuration changes: groups added, changed and removed. Mirrors `diff_to_active` of
//! `supervisor/supervisord.py` and the comparisons of `supervisor/options.py`: a change in any member marks the group.
//!
//! Wanted difference: the original does not see a change of a log file from or to `AUTO`; here it is a change like any
//! other.

use crate::model::{Exec, Group, GroupKind, Identity, Service};
use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Names of groups, as `reloadConfig` answers them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Difference {
    /// Groups that are only in the fresh configuration, in its order.
    pub added: Vec<String>,
    /// Groups that are in both and differ, in the order of the fresh configuration.
    pub changed: Vec<String>,
    /// Groups that are only active, in the order in which they were added.
    pub removed: Vec<String>,
}

/// Compares the active groups with those of a fresh configuration.
#[must_use]
pub fn difference<'a>(
    active: impl IntoIterator<Item = &'a Group>,
    fresh: &[impl Borrow<Group>],
) -> Difference {
    let active: Vec<&Group> = active.into_iter().collect();
    let fresh: Vec<&Group> = fresh.iter().map(Borrow::borrow).collect();
    let active_by_name: BTreeMap<&str, &Group> =
        active.iter().map(|group| (group.name.as_str(), *group)).collect();
    let fresh_by_name: BTreeMap<&str, &Group> =
        fresh.iter().map(|group| (group.name.as_str(), *group)).collect();
    let mut difference = Difference::default();
    for group in fresh {
        match active_by_name.get(group.name.as_str()) {
            None => difference.added.push(group.name.clone()),
            Some(old) if !same_group(old, group) => difference.changed.push(group.name.clone()),
            Some(_) => {}
        }
    }
    let gone = active.iter().filter(|group| !fresh_by_name.contains_key(group.name.as_str()));
    difference.removed = gone.map(|group| group.name.clone()).collect();
    difference
}

/// The order of members counts: it is the order of autostart.
fn same_group(a: &Group, b: &Group) -> bool {
    let Group { name, priority, kind, services } = a;
    *name == b.name
        && *priority == b.priority
        && same_kind(kind, &b.kind)
        && services.len() == b.services.len()
        && services.iter().zip(&b.services).all(|(a, b)| same_service(a, b))
}

/// Of a FastCGI socket only the address counts, not owner, mode and backlog (`SocketConfig.__eq__`).
fn same_kind(a: &GroupKind, b: &GroupKind) -> bool {
    match (a, b) {
        (GroupKind::Programs, GroupKind::Programs) => true,
        (GroupKind::EventListeners(a), GroupKind::EventListeners(b)) => a == b,
        (GroupKind::FastCgi(a), GroupKind::FastCgi(b)) => a.address == b.address,
        (GroupKind::Programs, GroupKind::EventListeners(_) | GroupKind::FastCgi(_))
        | (GroupKind::EventListeners(_), GroupKind::Programs | GroupKind::FastCgi(_))
        | (GroupKind::FastCgi(_), GroupKind::Programs | GroupKind::EventListeners(_)) => false,
    }
}

/// Every field is named, so that a new one cannot be forgotten.
fn same_service(a: &Service, b: &Service) -> bool {
    let Service {
        name,
        priority,
        exec,
        start,
        stop,
        stdout,
        stderr,
        redirect_stderr,
        shown,
        socket,
        essential,
    } = a;
    *name == b.name
        && *priority == b.priority
        && same_exec(exec, &b.exec)
        && *start == b.start
        && *stop == b.stop
        && *stdout == b.stdout
        && *stderr == b.stderr
        && *redirect_stderr == b.redirect_stderr
        && *shown == b.shown
        && *essential == b.essential
        && socket.as_ref().map(|socket| &socket.address) == b.socket.as_ref().map(|socket| &socket.address)
}

/// The words of a command follow from its text. Of a user only the number counts: what the user database says beyond
/// that is not part of the configuration.
fn same_exec(a: &Exec, b: &Exec) -> bool {
    let Exec { command, environment, directory, umask, identity, server_url } = a;
    let uid = |identity: &Option<Arc<Identity>>| identity.as_ref().map(|identity| identity.uid);
    command.text == b.command.text
        && *environment == b.environment
        && *directory == b.directory
        && *umask == b.umask
        && uid(identity) == uid(&b.identity)
        && *server_url == b.server_url
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::{Gid, Signal, Uid};
    use crate::engine::fixtures::{group, service};
    use crate::model::{AutoRestart, EventPool, FastCgiSocket, LogFile, SocketAddress};

    fn identity(name: &str, uid: u32) -> Identity {
        Identity { name: name.to_owned(), uid: Uid(uid), gid: Gid(1), groups: vec![], home: "/".into() }
    }

    fn is_changed(old: &Group, new: &Group) -> bool {
        let difference = difference([old], std::slice::from_ref(new));
        assert_eq!((difference.added.len(), difference.removed.len()), (0, 0));
        !difference.changed.is_empty()
    }

    #[test]
    fn groups_are_told_apart_by_name() {
        let a = [group("old", 1, vec![]), group("same", 1, vec![]), group("other", 1, vec![])];
        let b = [group("new", 1, vec![]), group("other", 2, vec![]), group("same", 1, vec![])];
        let expected = Difference {
            added: vec!["new".to_owned()],
            changed: vec!["other".to_owned()],
            removed: vec!["old".to_owned()],
        };
        assert_eq!(difference(&a, &b), expected);
        assert_eq!(difference(&a, &a), Difference::default());
    }

    #[test]
    fn every_option_of_a_member_counts() {
        type Edit = fn(&mut Service);
        let edits: &[Edit] = &[
            |s| s.name.push('x'),
            |s| s.priority += 1,
            |s| s.exec.command.text.push('x'),
            |s| {
                Arc::make_mut(&mut s.exec.environment).insert("A".to_owned(), "b".to_owned());
            },
            |s| s.exec.directory = Some("/tmp".into()),
            |s| s.exec.umask = Some(0o22),
            |s| s.shown = Some(crate::model::ChildOutput::Json),
            |s| s.exec.identity = Some(identity("web", 33).into()),
            |s| s.exec.server_url = Some("http://localhost".to_owned()),
            |s| s.start.autostart = false,
            |s| s.start.start_seconds += 1,
            |s| s.start.retries += 1,
            |s| s.start.auto_restart = AutoRestart::Always,
            |s| s.start.exit_codes.push(2),
            |s| s.stop.signal = Signal::HUP,
            |s| s.stop.wait_seconds += 1,
            |s| s.stop.as_group = true,
            |s| s.stop.kill_as_group = true,
            |s| s.stdout.file = LogFile::None,
            |s| s.stdout.max_bytes += 1,
            |s| s.stdout.backups += 1,
            |s| s.stdout.syslog = true,
            |s| s.stdout.capture_max_bytes += 1,
            |s| s.stdout.events = true,
            // The original overlooks this one.
            |s| s.stderr.file = LogFile::Path("/tmp/x".into()),
            |s| s.redirect_stderr = true,
        ];
        let old = group("g", 1, vec![service("a"), service("b")]);
        assert!(!is_changed(&old, &old.clone()));
        for (number, edit) in edits.iter().enumerate() {
            let mut new = old.clone();
            if let Some(last) = new.services.last_mut() {
                edit(last);
            }
            assert!(is_changed(&old, &new), "edit {number}");
        }
    }

    #[test]
    fn order_and_number_of_members_count() {
        let old = group("g", 1, vec![service("a"), service("b")]);
        assert!(is_changed(&old, &group("g", 1, vec![service("b"), service("a")])));
        assert!(is_changed(&old, &group("g", 1, vec![service("a")])));
    }

    #[test]
    fn what_the_user_database_adds_does_not_count() {
        let mut old = group("g", 1, vec![service("a")]);
        let mut new = old.clone();
        old.services[0].exec.identity = Some(identity("web", 33).into());
        new.services[0].exec.identity = Some(identity("33", 33).into());
        assert!(!is_changed(&old, &new));
        new.services[0].exec.identity = Some(identity("web", 34).into());
        assert!(is_changed(&old, &new));
    }

    #[test]
    fn kinds_differ_and_have_details() {
        let pool = |size| {
            GroupKind::EventListeners(EventPool {
                events: vec!["TICK_5".to_owned()],
                buffer_size: size,
                result_handler: crate::model::ResultHandler::Default,
            })
        };
        let socket = |path: &str, mode| {
            GroupKind::FastCgi(FastCgiSocket {
                url: format!("unix://{path}"),
                address: SocketAddress::Unix(path.into()),
                backlog: None,
                owner: None,
                mode,
            })
        };
        let of = |kind| Group { kind, ..group("g", 1, vec![service("a")]) };
        let kinds = [GroupKind::Programs, pool(10), pool(11), socket("/a", 0o700), socket("/b", 0o700)];
        for (i, old) in kinds.iter().enumerate() {
            for (j, new) in kinds.iter().enumerate() {
                assert_eq!(is_changed(&of(old.clone()), &of(new.clone())), i != j, "{i} {j}");
            }
        }
        assert!(!is_changed(&of(socket("/a", 0o700)), &of(socket("/a", 0o777))));
    }
}
