//! Slowing down who guesses passwords: after ten failures from one address each further answer to a failure comes later. Nobody
//! else waits: the late answer is a timer, not a pause. Time is an argument.

use crate::base::Mono;
use std::collections::HashMap;
use std::net::IpAddr;
use std::time::Duration;

/// Failures that cost nothing.
const FREE: u32 = 10;

/// An address that does not fail for this long is forgiven.
const MEMORY: Duration = Duration::from_secs(600);

/// The longest that an answer is held back.
const LONGEST: Duration = Duration::from_secs(10);

/// Addresses remembered at most; beyond that the oldest are forgotten.
const MOST: usize = 4096;

/// Failures by address. Unix sockets count as one address, `None`.
#[derive(Debug, Default)]
pub struct Throttle {
    failures: HashMap<Option<IpAddr>, (u32, Mono)>,
}

impl Throttle {
    /// Counts a failure; says how long its answer is to be held back.
    pub fn failed(&mut self, address: Option<IpAddr>, now: Mono) -> Duration {
        if self.failures.len() >= MOST {
            self.forget(now);
        }
        let (count, last) = self.failures.entry(address).or_insert((0, now));
        if now.since(*last) > MEMORY {
            *count = 0;
        }
        *count = count.saturating_add(1);
        *last = now;
        let beyond = count.saturating_sub(FREE);
        LONGEST.min(Duration::from_millis(250) * beyond)
    }

    /// Makes room: first who is forgiven anyway, then everybody.
    fn forget(&mut self, now: Mono) {
        self.failures.retain(|_, (_, last)| now.since(*last) <= MEMORY);
        if self.failures.len() >= MOST {
            self.failures.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv4Addr;

    #[test]
    fn ten_are_free_then_it_gets_slower_for_that_address_only() {
        let mut throttle = Throttle::default();
        let (bad, other) = (Some(IpAddr::V4(Ipv4Addr::LOCALHOST)), None);
        let at = |seconds| Mono(Duration::from_secs(seconds));
        for _ in 0..FREE {
            assert_eq!(throttle.failed(bad, at(1)), Duration::ZERO);
        }
        assert_eq!(throttle.failed(bad, at(2)), Duration::from_millis(250));
        assert_eq!(throttle.failed(bad, at(3)), Duration::from_millis(500));
        assert_eq!(throttle.failed(other, at(3)), Duration::ZERO);
        for _ in 0..100 {
            assert!(throttle.failed(bad, at(4)) <= LONGEST);
        }
        assert_eq!(
            throttle.failed(bad, at(4).0.as_secs().checked_add(601).map(at).expect("a time")),
            Duration::ZERO
        );
    }

    #[test]
    fn memory_is_bounded() {
        let mut throttle = Throttle::default();
        for number in 0..20_000_u32 {
            throttle.failed(Some(IpAddr::V4(Ipv4Addr::from_bits(number))), Mono(Duration::ZERO));
        }
        assert!(throttle.failures.len() <= MOST);
    }
}
