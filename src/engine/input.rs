//! What can happen to the engine, and what it can order. Both are plain data.

use crate::base::{ExitStatus, Mono, Pid, ServiceId, Signal, Wall};
use crate::engine::listeners::{Delivery, Heard};
use crate::engine::{Event, Note, SpawnError};
use crate::model::{Group, Service};
use std::sync::Arc;

/// Something that happened, or that somebody wants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// All groups of a fresh configuration: they are added in order, then autostart begins. After the `Finished` of a
    /// `Restart` everything that was there is removed first; while leaving it is ignored.
    Boot(Vec<Group>),
    /// Add one group and autostart it; ignored where the name is taken, and while leaving.
    AddGroup(Arc<Group>),
    /// Add members to the group of this name, behind those that it has, and autostart them; ignored where there is no such
    /// group, or one of the names is taken in it, and during a shutdown. In a pool of event listeners they are ordinary
    /// programs. During a restart they are added without being started.
    AddServices(String, Vec<Service>),
    /// Remove a member of a group that is stopped and has no child; ignored otherwise, and during a shutdown.
    RemoveService(ServiceId),
    /// Remove a group whose members are all stopped; ignored otherwise, and while leaving.
    RemoveGroup(String),
    /// Somebody wants this service up; ignored while leaving.
    Start(ServiceId),
    /// Somebody wants this service down.
    Stop(ServiceId),
    /// An operator sends a signal that is not meant to stop it.
    Send(ServiceId, Signal),
    /// The order to spawn was carried out. `startsecs` count from the time that comes with it: in a long batch of
    /// spawns it should be read after each, not once.
    Spawned(ServiceId, Pid),
    /// The order to spawn could not be carried out.
    SpawnFailed(ServiceId, SpawnError),
    /// The child was reaped.
    Exited(ServiceId, ExitStatus),
    /// kill(2) failed with something else than ESRCH; holds the error's text.
    SignalFailed(ServiceId, String),
    /// An armed timer is due.
    Deadline(Timer),
    /// Something that only the runtime sees: output of processes, a client's own event.
    Event(Event),
    /// An event listener said something; all of it that came with one read.
    Heard(ServiceId, Vec<Heard>),
    /// A `Deliver` could not be carried out: the listener has closed its standard input.
    DeliveryFailed(ServiceId),
    /// The wall clock has reached the time of the latest `WakeAt`, or was set.
    Clock,
    /// Stop everything in order, then finish. Overrides a `Restart` that is under way.
    Shutdown,
    /// Stop everything in order, then finish in order to start anew. Ignored during a shutdown.
    Restart,
    /// Stop waiting: SIGKILL to all that is left (a second SIGTERM during shutdown). Ignored unless leaving.
    Hurry,
}

/// What the runtime is to do, in the order given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Action {
    /// A service slot exists now: make room for it, create its automatic log files.
    Added(ServiceId),
    /// The slot is gone: close everything that belongs to it.
    Removed(ServiceId),
    /// Create the child; answer with `Spawned` or `SpawnFailed`.
    Spawn(ServiceId),
    /// Send a signal; answer with `SignalFailed` only if it fails with something else than ESRCH.
    Signal {
        /// Whose.
        id: ServiceId,
        /// The child, not yet reaped.
        pid: Pid,
        /// Which.
        signal: Signal,
        /// To whom.
        target: SignalTarget,
    },
    /// Wake up at this time with `Deadline(timer)`; replaces an armed timer of the same name.
    Arm(Timer, Mono),
    /// Forget the timer, armed or not.
    Disarm(Timer),
    /// Something happened. Event listeners know of it already; it is for whoever watches from outside.
    Emit(Event),
    /// Write an event to a listener's standard input; answer with `DeliveryFailed` only if nobody reads there.
    Deliver(Box<Delivery>),
    /// Write whole lines to the daemon's standard output.
    Print(Vec<u8>),
    /// Feed `Clock` when the wall clock reaches this time, and when it is set; `None` never. Replaces the former one.
    WakeAt(Option<Wall>),
    /// Write a line to the activity log.
    Note(Note),
    /// After `Shutdown` or `Restart`: everything is stopped.
    Finished,
}

/// Whom a signal reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SignalTarget {
    /// Only the child.
    Process,
    /// The process group that the child leads.
    Group,
}

/// A timer's name. Each service has at most one of each kind armed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Timer {
    /// `startsecs` have passed since the spawn.
    Started(ServiceId),
    /// The back-off delay is over.
    Retry(ServiceId),
    /// `stopwaitsecs` have passed since the stop signal.
    Kill(ServiceId),
    /// Say once more what the shutdown waits for.
    ShutdownReport,
    /// Event listeners have had their time for the last events of a shutdown.
    LastEvents,
}
