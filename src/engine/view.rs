//! What others may see of the engine: groups and services, read-only, with everything that is known about them.

use crate::base::{Pid, ServiceId, Wall};
use crate::engine::{Process, SpawnError, State};
use crate::model::{Group, Service};
use std::sync::Arc;

/// One group and its members.
#[derive(Debug, Clone, Copy)]
pub struct GroupView<'a> {
    config: &'a Arc<Group>,
    processes: &'a [Process],
    unstopped: usize,
}

impl<'a> GroupView<'a> {
    pub(super) fn new(config: &'a Arc<Group>, processes: &'a [Process], unstopped: usize) -> GroupView<'a> {
        GroupView { config, processes, unstopped }
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'a str {
        &self.config.name
    }

    /// Lower starts earlier and stops later.
    #[must_use]
    pub fn priority(self) -> i64 {
        self.config.priority
    }

    /// The configuration with which it was added.
    #[must_use]
    pub fn config(self) -> &'a Group {
        self.config
    }

    /// The same, to keep.
    #[must_use]
    pub fn shared(self) -> Arc<Group> {
        Arc::clone(self.config)
    }

    /// Its members in the order in which they are listed.
    pub fn services(self) -> impl Iterator<Item = ServiceView<'a>> {
        let config = self.config;
        config.services.iter().zip(self.processes).map(move |(service, process)| ServiceView {
            group: config,
            service,
            process,
        })
    }

    /// Whether the group could be removed: nothing runs and nothing will by itself.
    #[must_use]
    pub fn is_stopped(self) -> bool {
        self.unstopped == 0
    }
}

/// One service: its configuration and its process.
#[derive(Debug, Clone, Copy)]
pub struct ServiceView<'a> {
    group: &'a Group,
    service: &'a Service,
    process: &'a Process,
}

impl<'a> ServiceView<'a> {
    pub(super) fn new(group: &'a Group, service: &'a Service, process: &'a Process) -> ServiceView<'a> {
        ServiceView { group, service, process }
    }

    /// Its slot.
    #[must_use]
    pub fn id(self) -> ServiceId {
        self.process.id()
    }

    /// The process name, without the group.
    #[must_use]
    pub fn name(self) -> &'a str {
        &self.service.name
    }

    /// The group's name.
    #[must_use]
    pub fn group_name(self) -> &'a str {
        &self.group.name
    }

    /// The group's configuration.
    #[must_use]
    pub fn group(self) -> &'a Group {
        self.group
    }

    /// Its configuration.
    #[must_use]
    pub fn service(self) -> &'a Service {
        self.service
    }

    /// Everything about the process.
    #[must_use]
    pub fn process(self) -> &'a Process {
        self.process
    }

    /// Its state.
    #[must_use]
    pub fn state(self) -> State {
        self.process.state()
    }

    /// The child that was not reaped yet.
    #[must_use]
    pub fn pid(self) -> Option<Pid> {
        self.process.pid()
    }

    /// When the latest start was ordered, successful or not.
    #[must_use]
    pub fn started(self) -> Option<Wall> {
        self.process.last_start().map(|now| now.wall)
    }

    /// When a child was reaped last.
    #[must_use]
    pub fn stopped(self) -> Option<Wall> {
        self.process.last_stop().map(|now| now.wall)
    }

    /// How the last child ended; see `Process::exit_code`.
    #[must_use]
    pub fn exit_code(self) -> Option<i32> {
        self.process.exit_code()
    }

    /// How often it was started without being asked.
    #[must_use]
    pub fn restarts(self) -> u64 {
        self.process.restarts()
    }

    /// What went wrong last.
    #[must_use]
    pub fn spawn_error(self) -> Option<&'a SpawnError> {
        self.process.spawn_error()
    }
}
