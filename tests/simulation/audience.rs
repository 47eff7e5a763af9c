//! Event listeners of the fake world: they get ready, work, answer well or badly, or never, and close their input. Checks that
//! events come to who may have them, one at a time, in order.

use super::Random;
use onevisor::base::ServiceId;
use onevisor::engine::Input;
use onevisor::engine::listeners::{Delivery, Heard};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// One listener's process.
#[derive(Default)]
struct Member {
    /// It said that it is ready, and nothing was sent since.
    ready: bool,
    /// What it works on.
    event: Option<(String, u64)>,
    /// It broke the protocol or closed its input: it must be sent nothing more.
    lost: bool,
    /// What it will say, and when.
    speech: Option<(Duration, Vec<Heard>)>,
}

/// What was seen of a pool.
#[derive(Default)]
struct Seen {
    /// The greatest number that was delivered.
    greatest: Option<u64>,
    /// Numbers that were delivered and came back.
    returned: BTreeSet<u64>,
}

/// All listeners that run.
#[derive(Default)]
pub(super) struct Audience {
    members: BTreeMap<ServiceId, Member>,
    pools: BTreeMap<String, Seen>,
    /// How many events were delivered.
    pub(super) delivered: u64,
}

impl Audience {
    /// A pool of that name begins anew.
    pub(super) fn forget(&mut self, pool: &str) {
        self.pools.remove(pool);
    }

    /// A listener was started.
    pub(super) fn spawned(&mut self, id: ServiceId, time: Duration, random: &mut Random) {
        let says = match random.below(20) {
            0 => None,
            1 => Some(vec![Heard::OutOfTurn]),
            2 => Some(vec![Heard::Ready, Heard::OutOfTurn]),
            _ => Some(vec![Heard::Ready]),
        };
        let speech = says.map(|says| (time + random.milliseconds(2000), says));
        self.members.insert(id, Member { speech, ..Member::default() });
    }

    /// A listener has ended; what it worked on comes back.
    pub(super) fn ended(&mut self, id: ServiceId) {
        if let Some(event) = self.members.remove(&id).and_then(|member| member.event) {
            self.came_back(event);
        }
    }

    fn came_back(&mut self, (pool, number): (String, u64)) {
        self.pools.entry(pool).or_default().returned.insert(number);
    }

    /// An event is sent. Gives the answer of who does not take it.
    pub(super) fn deliver(
        &mut self,
        delivery: &Delivery,
        time: Duration,
        random: &mut Random,
    ) -> Option<Input> {
        let number = delivery.pool_serial;
        let member = self.members.get_mut(&delivery.to).expect("a listener that runs");
        assert!(member.ready && member.event.is_none() && !member.lost, "{delivery:?} to who cannot have it");
        let seen = self.pools.entry(delivery.pool.clone()).or_default();
        // A pool with overlapping subscriptions gets an event several times in a row.
        let is_new = seen.greatest.is_none_or(|greatest| number >= greatest);
        assert!(is_new || seen.returned.remove(&number), "{delivery:?} is out of order");
        if is_new {
            seen.greatest = Some(number);
        }
        member.ready = false;
        if random.percent(3) {
            member.lost = true;
            self.came_back((delivery.pool.clone(), number));
            return Some(Input::DeliveryFailed(delivery.to));
        }
        self.delivered += 1;
        member.event = Some((delivery.pool.clone(), number));
        let result = |text: &str| Heard::Result(text.as_bytes().to_vec());
        let says = match random.below(20) {
            0 => None,
            1 => Some(vec![Heard::BadResult(b"what".to_vec())]),
            2..5 => Some(vec![result("FAIL"), Heard::Ready]),
            5 => Some(vec![result("OK"), Heard::OutOfTurn]),
            6..8 => Some(vec![result("OK")]),
            _ => Some(vec![result("OK"), Heard::Ready]),
        };
        member.speech = says.map(|says| (time + random.milliseconds(300), says));
        None
    }

    /// When somebody speaks next.
    pub(super) fn next_due(&self) -> Option<Duration> {
        self.members.values().filter_map(|member| member.speech.as_ref().map(|(at, _)| *at)).min()
    }

    /// Who speaks by now, and what it says.
    pub(super) fn due(&mut self, time: Duration) -> Option<Input> {
        let speaks = |member: &Member| member.speech.as_ref().is_some_and(|(at, _)| *at <= time);
        let (id, member) = self.members.iter_mut().find(|(_, member)| speaks(member))?;
        let (_, says) = member.speech.take()?;
        let mut returned = None;
        for heard in &says {
            match heard {
                Heard::Ready => member.ready = !member.lost,
                Heard::Result(result) if result == b"OK" => member.event = None,
                Heard::Result(_) => returned = member.event.take(),
                Heard::OutOfTurn | Heard::BadResult(_) => {
                    returned = member.event.take().or(returned);
                    member.lost = true;
                    member.ready = false;
                }
            }
        }
        let input = Input::Heard(*id, says);
        if let Some(event) = returned {
            self.came_back(event);
        }
        Some(input)
    }
}
