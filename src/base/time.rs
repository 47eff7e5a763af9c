//! Points in time as plain values. Nothing here reads a clock: `sys::clock` is the one file that does.

use std::ops::Add;
use std::time::Duration;

/// A point on the monotonic clock (`CLOCK_BOOTTIME`), counted from boot. Deadlines are made of these.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Mono(pub Duration);

/// A point on the wall clock (`CLOCK_REALTIME`), counted from 1970-01-01 UTC. Only ever reported, never waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Wall(pub Duration);

/// Both clocks, read together once a turn of the loop.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Now {
    /// For deadlines and durations.
    pub mono: Mono,
    /// For what people are shown.
    pub wall: Wall,
}

impl Mono {
    /// The time from `earlier` until this point; zero where `earlier` is in fact later.
    #[must_use]
    pub fn since(self, earlier: Mono) -> Duration {
        self.0.saturating_sub(earlier.0)
    }
}

impl Add<Duration> for Mono {
    type Output = Mono;

    /// Saturates, so a deadline of "for ever" seconds stays a deadline.
    fn add(self, delay: Duration) -> Mono {
        Mono(self.0.saturating_add(delay))
    }
}

impl Wall {
    /// Whole seconds since the epoch, as Supervisor reports times.
    #[must_use]
    pub fn epoch_seconds(self) -> u64 {
        self.0.as_secs()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_in_the_future_is_no_time_ago() {
        assert_eq!(Mono(Duration::from_secs(1)).since(Mono(Duration::from_secs(2))), Duration::ZERO);
    }

    #[test]
    fn adding_for_ever_saturates() {
        assert_eq!(Mono(Duration::from_secs(1)) + Duration::MAX, Mono(Duration::MAX));
    }
}
