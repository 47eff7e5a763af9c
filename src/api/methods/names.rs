//! How clients name processes: `name`, `group:name`, and `group:*` for all of a group. Mirrors `split_namespec` and
//! `make_namespec` of `supervisor/options.py`.

use crate::api::fault::Code;
use crate::base::ServiceId;
use crate::engine::{Engine, ServiceView};
use crate::wire::xmlrpc::Fault;

/// What a name stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::api) enum Target<'a> {
    /// One process.
    One(ServiceId),
    /// A group that exists.
    Group(&'a str),
}

/// Finds what a name stands for. A group without a process, `group:`, is the group as well.
pub(in crate::api) fn find<'a>(engine: &Engine, name: &'a str) -> Result<Target<'a>, Fault> {
    let bad = || Code::BadName.with(name);
    let (group, process) = name.split_once(':').unwrap_or((name, name));
    if name.contains(':') && matches!(process, "" | "*") {
        return engine.group(group).map(|_| Target::Group(group)).ok_or_else(bad);
    }
    engine.find(group, process).map(|view| Target::One(view.id())).ok_or_else(bad)
}

/// Finds one process; a group does not do.
pub(super) fn find_one(engine: &Engine, name: &str) -> Result<ServiceId, Fault> {
    match find(engine, name)? {
        Target::One(id) => Ok(id),
        Target::Group(_) => Err(Code::BadName.with(name)),
    }
}

/// The name under which a process can be found.
pub(in crate::api) fn full_name(view: ServiceView<'_>) -> String {
    if view.group_name() == view.name() {
        view.name().to_owned()
    } else {
        format!("{}:{}", view.group_name(), view.name())
    }
}
