//! The runtime's alarm list: which timers are armed, and which are due. At most one of each name.

use crate::base::{Mono, ServiceId};
use crate::engine;
use crate::model::OutputChannel;
use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

/// How often a log on a full disk is tried again. Only while there is something to write.
pub(super) const RETRY_DELAY: Duration = Duration::from_millis(500);

/// A timer's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Timer {
    /// One of the engine's.
    Engine(engine::Timer),
    /// Try again to write the log of this channel.
    LogRetry(ServiceId, OutputChannel),
    /// Try again to write the activity log.
    ActivityRetry,
    /// Look whether the reader of standard output is stuck.
    ConsoleStall,
    /// Try again to write to standard output.
    ConsoleRetry,
    /// The next tick is due, where there is no alarm on the wall clock.
    Clock,
    /// Processes that programs left behind have had their time.
    Strays,
    /// Look for HTTP clients whose time is over.
    HttpSweep,
    /// A call that is not answered yet wants to be asked again.
    JobDue,
    /// The companion wants to be called.
    Companion,
    /// Figures for who watches the web page are due.
    Figures,
}

/// All armed timers, by time.
#[derive(Debug, Default)]
pub struct Timers {
    order: BTreeSet<(Mono, Timer)>,
    armed: HashMap<Timer, Mono>,
}

impl Timers {
    /// Arms a timer; replaces one of the same name.
    pub fn arm(&mut self, timer: Timer, at: Mono) {
        self.disarm(timer);
        self.order.insert((at, timer));
        self.armed.insert(timer, at);
    }

    /// Forgets a timer, armed or not.
    pub fn disarm(&mut self, timer: Timer) {
        if let Some(at) = self.armed.remove(&timer) {
            self.order.remove(&(at, timer));
        }
    }

    /// Whether it is armed.
    #[must_use]
    pub fn is_armed(&self, timer: Timer) -> bool {
        self.armed.contains_key(&timer)
    }

    /// Puts every timer off by as much.
    pub fn postpone(&mut self, by: Duration) {
        for at in self.armed.values_mut() {
            *at = *at + by;
        }
        self.order = self.armed.iter().map(|(timer, at)| (*at, *timer)).collect();
    }

    /// The same; but while a process has its time to end, no later than `latest`.
    #[must_use]
    pub fn next_watchful(&self, latest: Mono) -> Option<Mono> {
        let gives_time = |timer: &Timer| {
            matches!(timer, Timer::Engine(engine::Timer::Kill(_) | engine::Timer::ShutdownTimeout))
        };
        let next = self.next()?;
        Some(if next > latest && self.armed.keys().any(gives_time) { latest } else { next })
    }

    /// When this one is due, if it is armed.
    #[must_use]
    pub fn when(&self, timer: Timer) -> Option<Mono> {
        self.armed.get(&timer).copied()
    }

    /// When the next one is due.
    #[must_use]
    pub fn next(&self) -> Option<Mono> {
        self.order.first().map(|(at, _)| *at)
    }

    /// Takes the earliest timer that is due.
    pub fn take_due(&mut self, now: Mono) -> Option<Timer> {
        let (at, timer) = *self.order.first()?;
        if at > now {
            return None;
        }
        self.order.remove(&(at, timer));
        self.armed.remove(&timer);
        Some(timer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_earliest_comes_first_and_a_name_is_armed_once() {
        let at = |seconds| Mono(Duration::from_secs(seconds));
        let first = Timer::Engine(engine::Timer::Kill(ServiceId(1)));
        let second = Timer::ActivityRetry;
        let mut timers = Timers::default();
        timers.arm(first, at(5));
        timers.arm(second, at(3));
        timers.arm(first, at(2));
        assert_eq!(timers.next(), Some(at(2)));
        assert_eq!(timers.take_due(at(1)), None);
        assert_eq!(timers.take_due(at(9)), Some(first));
        assert_eq!(timers.take_due(at(9)), Some(second));
        assert_eq!(timers.take_due(at(9)), None);
        timers.arm(first, at(1));
        timers.disarm(first);
        assert_eq!((timers.next(), timers.is_armed(first)), (None, false));
        timers.arm(second, at(5));
        assert_eq!(timers.next_watchful(at(3)), Some(at(5)));
        timers.arm(first, at(9));
        assert_eq!(timers.next_watchful(at(3)), Some(at(3)));
        assert_eq!(timers.next_watchful(at(6)), Some(at(5)));
        timers.arm(first, at(1));
        timers.arm(second, at(2));
        timers.postpone(Duration::from_secs(10));
        assert_eq!((timers.take_due(at(11)), timers.next()), (Some(first), Some(at(12))));
    }
}
