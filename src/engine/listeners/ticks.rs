//! TICK events: at which moments of the wall clock they are due. Time comes in slices of 5 seconds, a minute and an hour; a
//! tick says that a new slice has begun (`tick` of `supervisor/supervisord.py`). A slice that was slept through is not told
//! afterwards. Nobody is woken for a tick that nobody subscribed to.

use crate::base::Wall;
use crate::engine::event::{Event, Period};
use std::time::Duration;

/// The slices that were seen last.
#[derive(Debug, Default)]
pub(super) struct Ticks {
    /// When the slice of each period began that was seen last, in seconds since the epoch; `None` where nobody asks.
    last: [Option<u64>; Period::ALL.len()],
    armed: Option<Wall>,
}

impl Ticks {
    /// The ticks that are due.
    pub(super) fn due(&mut self, now: Wall) -> Vec<Event> {
        // Whatever it was, it has rung.
        self.armed = None;
        let mut due = Vec::new();
        for (period, last) in Period::ALL.into_iter().zip(&mut self.last) {
            let when = slice(period, now);
            if last.is_some_and(|last| last != when) {
                *last = Some(when);
                due.push(Event::Tick { period, when });
            }
        }
        due
    }

    /// Sees to it that the next boundary is not missed. `Some` when the alarm is to be set anew: to that time, or off.
    pub(super) fn arrange(&mut self, now: Wall, wanted: impl Fn(&str) -> bool) -> Option<Option<Wall>> {
        let mut next: Option<u64> = None;
        for (period, last) in Period::ALL.into_iter().zip(&mut self.last) {
            if !wanted(period.event_name()) {
                *last = None;
                continue;
            }
            let seen = *last.get_or_insert_with(|| slice(period, now));
            let end = seen.saturating_add(period.seconds());
            next = Some(next.map_or(end, |next| next.min(end)));
        }
        let next = next.map(|seconds| Wall(Duration::from_secs(seconds)));
        if self.armed == next {
            return None;
        }
        self.armed = next;
        Some(next)
    }
}

/// When the slice began in which this moment lies.
fn slice(period: Period, now: Wall) -> u64 {
    let seconds = now.epoch_seconds();
    seconds - seconds % period.seconds()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: u64) -> Wall {
        Wall(Duration::from_secs(seconds))
    }

    fn told(events: &[Event]) -> Vec<(&'static str, u64)> {
        let told = |event: &Event| match event {
            Event::Tick { period, when } => (period.event_name(), *when),
            _ => ("?", 0),
        };
        events.iter().map(told).collect()
    }

    #[test]
    fn nobody_is_woken_for_nothing() {
        let mut ticks = Ticks::default();
        assert_eq!(ticks.arrange(at(7201), |_| false), None);
        assert_eq!(ticks.arrange(at(7201), |name| name == "TICK_60"), Some(Some(at(7260))));
        assert_eq!(ticks.arrange(at(7202), |name| name == "TICK_60"), None);
        assert_eq!(ticks.arrange(at(7203), |_| true), Some(Some(at(7205))));
        assert_eq!(ticks.arrange(at(7204), |_| false), Some(None));
        assert_eq!(ticks.due(at(9999)), []);
    }

    #[test]
    fn boundaries_are_told_once_and_in_order() {
        let mut ticks = Ticks::default();
        ticks.arrange(at(7199), |_| true);
        assert_eq!(told(&ticks.due(at(7199))), []);
        assert_eq!(ticks.arrange(at(7199), |_| true), Some(Some(at(7200))));
        assert_eq!(told(&ticks.due(at(7200))), [("TICK_5", 7200), ("TICK_60", 7200), ("TICK_3600", 7200)]);
        ticks.arrange(at(7200), |_| true);
        assert_eq!(told(&ticks.due(at(7201))), []);
        // Slept through two slices: only the present one is told.
        assert_eq!(told(&ticks.due(at(7216))), [("TICK_5", 7215)]);
    }

    #[test]
    fn a_clock_that_is_set_back_begins_new_slices() {
        let mut ticks = Ticks::default();
        ticks.arrange(at(7200), |name| name == "TICK_5");
        assert_eq!(told(&ticks.due(at(7100))), [("TICK_5", 7100)]);
        assert_eq!(ticks.arrange(at(7100), |name| name == "TICK_5"), Some(Some(at(7105))));
    }
}
