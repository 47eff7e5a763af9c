//! Event listeners: who gets which event, in which order, and what their answers mean. Mirrors `EventListenerPool` of
//! `supervisor/process.py` and the deciding part of `PEventListenerDispatcher` of `supervisor/dispatchers.py`.
//!
//! Must not know how an event looks on the wire, nor how an answer is cut out of a listener's output: both are the
//! runtime's, by way of `wire::listener`.

pub mod note;
mod pool;
#[cfg(test)]
mod tests;
mod ticks;

pub use note::ListenerNote;
pub use pool::{Announcement, Delivery, ListenerState, PoolView};

use crate::base::{Now, ServiceId};
use crate::engine::event::{Event, is_a};
use crate::engine::roster::Roster;
use crate::engine::{Action, State};
use crate::model::{Group, GroupKind};
use pool::Pool;
use std::sync::Arc;
use ticks::Ticks;

/// One thing that a listener said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Heard {
    /// It is ready for an event.
    Ready,
    /// It spoke out of turn, or not as agreed.
    OutOfTurn,
    /// Its answer began with this line, which announces no result.
    BadResult(Vec<u8>),
    /// Its answer to the event that it has.
    Result(Vec<u8>),
}

/// All pools, in the order in which they subscribed.
#[derive(Debug, Default)]
pub(super) struct Listeners {
    pools: Vec<Pool>,
    /// The number of the next event that anybody subscribed to.
    serial: Serial,
    ticks: Ticks,
}

/// Numbers that count up from 0 and begin again after the greatest one (`new_serial` of the original).
#[derive(Debug, Default, Clone, Copy)]
struct Serial(u64);

impl Serial {
    fn take(&mut self) -> u64 {
        let taken = self.0;
        self.0 = if taken == i64::MAX.unsigned_abs() { 0 } else { taken + 1 };
        taken
    }
}

impl Listeners {
    /// No pools yet; the next event has that number.
    pub(super) fn numbered_from(number: u64) -> Listeners {
        Listeners { serial: Serial(number), ..Listeners::default() }
    }

    /// The number of the next event.
    pub(super) fn next_serial(&self) -> u64 {
        self.serial.0
    }

    /// A group was added; if it is a pool, it subscribes.
    pub(super) fn subscribe(&mut self, group: &Arc<Group>, members: &[ServiceId]) {
        if let GroupKind::EventListeners(config) = &group.kind {
            self.pools.push(Pool::new(group.name.clone(), config, members));
        }
    }

    /// A group is to be removed; if it is a pool, it hears nothing more.
    pub(super) fn unsubscribe(&mut self, group: &str) {
        self.pools.retain(|pool| pool.name() != group);
    }

    /// A member of a group is removed; if it is a listener, its pool does without.
    pub(super) fn leave(&mut self, id: ServiceId) {
        if let Some(pool) = self.pool_of(id) {
            pool.leave(id);
        }
    }

    /// Everything is forgotten but for the numbers, as when the original reads its configuration anew.
    pub(super) fn clear(&mut self) {
        self.pools.clear();
    }

    /// Whether there is no pool at all.
    pub(super) fn is_empty(&self) -> bool {
        self.pools.is_empty()
    }

    /// Whether somebody subscribed to the event of that name.
    pub(super) fn wants(&self, name: &str) -> bool {
        self.pools.iter().any(|pool| pool.times(name) > 0)
    }

    /// Something happened: it is kept for every pool that wants to know, once for each of its subscriptions.
    pub(super) fn publish(&mut self, event: &Event, roster: &Roster, out: &mut Vec<Action>) {
        let name = event.name();
        let mut announced = None;
        for pool in &mut self.pools {
            let times = pool.times(name);
            if times == 0 {
                continue;
            }
            let announcement = announced.get_or_insert_with(|| {
                let payload = event.payload(|id| {
                    roster.service(id).map_or(("", ""), |view| (view.name(), view.group_name()))
                });
                Arc::new(Announcement { serial: self.serial.take(), name, payload })
            });
            pool.accept(announcement, times, out);
        }
    }

    /// A listener was started: it is not ready yet.
    pub(super) fn spawned(&mut self, id: ServiceId) {
        if let Some(pool) = self.pool_of(id) {
            pool.begin_anew(id);
        }
    }

    /// A listener has ended. An event that it had not answered goes back to the front.
    pub(super) fn ended(&mut self, id: ServiceId, out: &mut Vec<Action>) {
        if let Some(pool) = self.pool_of(id) {
            pool.give_back(id, out);
            pool.begin_anew(id);
        }
    }

    /// A listener said something.
    pub(super) fn heard(&mut self, id: ServiceId, heard: Vec<Heard>, roster: &Roster, out: &mut Vec<Action>) {
        let (Some(view), Some(pool)) = (roster.service(id), self.pool_of(id)) else { return };
        for said in heard {
            pool.heard(id, view.name(), said, out);
        }
    }

    /// An event could not be written to a listener, who has closed its standard input. It stays what it is, and another one
    /// may have the event.
    pub(super) fn delivery_failed(&mut self, id: ServiceId, roster: &Roster, out: &mut Vec<Action>) {
        let (Some(view), Some(pool)) = (roster.service(id), self.pool_of(id)) else { return };
        pool.delivery_failed(id, view.name(), out);
    }

    /// Gives events to whoever is ready for one.
    pub(super) fn dispatch(&mut self, roster: &Roster, out: &mut Vec<Action>) {
        let is_running = |id| roster.service(id).is_some_and(|view| view.state() == State::Running);
        for pool in &mut self.pools {
            pool.dispatch(is_running, out);
        }
    }

    /// Whether this is a listener who works on an event, or is about to get one.
    pub(super) fn is_at_work(&self, id: ServiceId, roster: &Roster) -> bool {
        let is_running = roster.service(id).is_some_and(|view| view.state() == State::Running);
        is_running && self.pools.iter().any(|pool| pool.is_at_work(id))
    }

    /// The wall clock has reached a boundary, or was set: the ticks that are due.
    pub(super) fn ticks_due(&mut self, now: Now) -> Vec<Event> {
        self.ticks.due(now.wall)
    }

    /// Arranges to be woken at the next boundary that somebody wants to hear of; never when nobody does.
    pub(super) fn arrange_ticks(&mut self, now: Now, out: &mut Vec<Action>) {
        let pools = &self.pools;
        let wanted = |name: &str| pools.iter().any(|pool| pool.times(name) > 0);
        if let Some(change) = self.ticks.arrange(now.wall, wanted) {
            out.push(Action::WakeAt(change));
        }
    }

    /// What a listener is at; `None` for anybody else.
    pub(super) fn state(&self, id: ServiceId) -> Option<ListenerState> {
        self.pools.iter().find_map(|pool| pool.state(id))
    }

    /// All pools.
    pub(super) fn pools(&self) -> impl Iterator<Item = PoolView<'_>> {
        self.pools.iter().map(PoolView::new)
    }

    fn pool_of(&mut self, id: ServiceId) -> Option<&mut Pool> {
        self.pools.iter_mut().find(|pool| pool.state(id).is_some())
    }
}

/// How many of these subscriptions the event of that name fulfils.
fn count(subscribed: &[String], name: &str) -> usize {
    subscribed.iter().filter(|to| is_a(name, to)).count()
}
