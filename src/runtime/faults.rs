//! Mistakes of our own: a panic in one turn of the loop does not end the daemon. The turn is lost, it is told, and the loop goes on,
//! unless it happens again and again.

use crate::base::Mono;
use std::any::Any;
use std::collections::VecDeque;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::Duration;

/// More than this many within [`WINDOW`] cannot be lived with.
const MOST: usize = 5;
const WINDOW: Duration = Duration::from_secs(10);

/// The mistakes of late.
#[derive(Debug, Default)]
pub(super) struct Faults {
    times: VecDeque<Mono>,
}

impl Faults {
    /// Counts one; whether one can go on.
    pub(super) fn survive(&mut self, now: Mono) -> bool {
        self.times.push_back(now);
        while self.times.front().is_some_and(|first| now.since(*first) > WINDOW) {
            self.times.pop_front();
        }
        self.times.len() <= MOST
    }
}

/// Runs a piece of work; `Err` with the message where it panicked. The work's data may be half done then, so it must be such that
/// a lost piece does no harm.
pub(super) fn guard<T>(work: impl FnOnce() -> T) -> Result<T, String> {
    catch_unwind(AssertUnwindSafe(work)).map_err(|panic| message(&*panic))
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned()).unwrap_or_else(|| "unknown".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_becomes_a_message() {
        assert_eq!(guard(|| 7), Ok(7));
        let failed: Result<u8, String> = guard(|| std::panic::panic_any("a reason"));
        assert_eq!(failed, Err("a reason".to_owned()));
    }

    #[test]
    fn some_are_survived_and_many_at_once_are_not() {
        let at = |seconds| Mono(Duration::from_secs(seconds));
        let mut faults = Faults::default();
        assert!((0..100).all(|number| faults.survive(at(number * 3))));
        let mut faults = Faults::default();
        let survived: Vec<bool> = (0..7).map(|number| faults.survive(at(number))).collect();
        assert_eq!(survived, [true, true, true, true, true, false, false]);
    }
}
