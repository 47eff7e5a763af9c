//! Pools of listeners, driven through the engine by hand.

use super::{Heard, ListenerState, PoolView};
use crate::base::{ExitStatus, ServiceId};
use crate::engine::fixtures::{Rig, group, service};
use crate::engine::{Engine, Event, Input, Timer};
use crate::model::{EventPool, ExitPolicy, Group, GroupKind, ResultHandler};

const ONE: ServiceId = ServiceId(0);
const TWO: ServiceId = ServiceId(1);

fn pool(events: &[&str], buffer_size: i64, members: usize) -> Group {
    let services = (0..members).map(|number| service(&format!("mon_{number}"))).collect();
    let events = events.iter().map(|&event| event.to_owned()).collect();
    let config = EventPool { events, buffer_size, result_handler: ResultHandler::Default };
    Group { kind: GroupKind::EventListeners(config), ..group("mon", -1, services) }
}

/// A pool of `members` that run, which hears what clients say.
fn running(buffer_size: i64, members: u32) -> Rig {
    let mut rig = Rig::booted(vec![pool(&["REMOTE_COMMUNICATION"], buffer_size, members as usize)]);
    rig.spawn(0..members);
    rig.pass(1_000);
    for number in 0..members {
        rig.tell(Input::Deadline(Timer::Started(ServiceId(number))));
    }
    rig
}

fn says(text: &str) -> Input {
    Input::Event(Event::RemoteCommunication { kind: "t".to_owned(), data: text.to_owned() })
}

fn hears(id: ServiceId, heard: Heard) -> Input {
    Input::Heard(id, vec![heard])
}

fn result(text: &str) -> Heard {
    Heard::Result(text.as_bytes().to_vec())
}

#[test]
fn one_event_at_a_time_to_the_first_who_is_ready() {
    let mut rig = running(10, 2);
    assert_eq!(rig.tell(says("a")), "client says t: a");
    assert_eq!(
        rig.tell(hears(TWO, Heard::Ready)),
        "DEBG mon_1: ACKNOWLEDGED -> READY; REMOTE_COMMUNICATION #0/0 to 1"
    );
    rig.tell(hears(ONE, Heard::Ready));
    assert_eq!(rig.tell(says("b")), "client says t: b; REMOTE_COMMUNICATION #1/1 to 0");
    assert_eq!(rig.tell(says("c")), "client says t: c");
    assert_eq!(
        rig.tell(Input::Heard(TWO, vec![result("OK"), Heard::Ready])),
        "DEBG mon_1: event was processed; DEBG mon_1: BUSY -> ACKNOWLEDGED; DEBG mon_1: ACKNOWLEDGED -> READY; \
         REMOTE_COMMUNICATION #2/2 to 1"
    );
}

#[test]
fn nobody_hears_before_it_runs() {
    let mut rig = Rig::booted(vec![pool(&["REMOTE_COMMUNICATION"], 10, 1)]);
    rig.spawn([0]);
    rig.tell(hears(ONE, Heard::Ready));
    assert_eq!(rig.tell(says("a")), "client says t: a");
    rig.pass(1_000);
    assert!(rig.tell(Input::Deadline(Timer::Started(ONE))).ends_with("REMOTE_COMMUNICATION #0/0 to 0"));
}

#[test]
fn a_rejected_event_goes_to_the_front() {
    let mut rig = running(10, 1);
    rig.tell(hears(ONE, Heard::Ready));
    rig.tell(says("a"));
    rig.tell(says("b"));
    assert_eq!(
        rig.tell(Input::Heard(ONE, vec![result("FAIL"), Heard::Ready])),
        "WARN mon_0: event was rejected; DEBG mon_0: BUSY -> ACKNOWLEDGED; \
         DEBG rebuffering event 0 for pool mon (buf size=1, max=10); DEBG mon_0: ACKNOWLEDGED -> READY; \
         REMOTE_COMMUNICATION #0/0 to 0"
    );
}

#[test]
fn the_oldest_event_of_a_full_buffer_is_lost() {
    let mut rig = running(2, 1);
    for text in ["a", "b"] {
        rig.tell(says(text));
    }
    assert_eq!(
        rig.tell(says("c")),
        "ERRO pool mon event buffer overflowed, discarding event 0; client says t: c"
    );
    rig.tell(hears(ONE, Heard::Ready));
    rig.tell(says("d"));
    // Also where one comes back: the oldest of the others makes room for it.
    let told = rig.tell(hears(ONE, result("no")));
    assert!(told.contains("rebuffering event 1 for pool mon (buf size=2, max=2); ERRO pool mon event buffer overflowed, discarding event 2"), "{told}");
    let seen: Vec<(usize, u64)> =
        rig.engine.pools().map(|pool| (pool.buffered(), pool.discarded())).collect();
    assert_eq!(seen, [(2, 2)]);
}

#[test]
fn who_breaks_the_protocol_is_not_spoken_to_until_it_is_started_anew() {
    for heard in [Heard::OutOfTurn, Heard::BadResult(b"what".to_vec())] {
        let mut rig = running(10, 1);
        rig.tell(hears(ONE, Heard::Ready));
        rig.tell(says("a"));
        let told = rig.tell(hears(ONE, heard));
        assert!(
            told.contains("DEBG mon_0: BUSY -> UNKNOWN; WARN mon_0: has entered the UNKNOWN state"),
            "{told}"
        );
        assert!(told.ends_with("DEBG rebuffering event 0 for pool mon (buf size=0, max=10)"), "{told}");
        assert_eq!(rig.tell(hears(ONE, Heard::Ready)), "");
        rig.tell(Input::Exited(ONE, ExitStatus::Exited(1)));
        rig.spawn([0]);
        assert_eq!(rig.engine.listener_state(ONE), Some(ListenerState::Acknowledged));
        rig.pass(1_000);
        rig.tell(Input::Deadline(Timer::Started(ONE)));
        assert!(rig.tell(hears(ONE, Heard::Ready)).ends_with("REMOTE_COMMUNICATION #0/0 to 0"));
    }
}

#[test]
fn who_dies_at_work_gives_its_event_back() {
    let mut rig = running(10, 2);
    rig.tell(hears(ONE, Heard::Ready));
    rig.tell(says("a"));
    rig.tell(says("b"));
    rig.tell(Input::Exited(ONE, ExitStatus::Exited(1)));
    assert!(rig.tell(hears(TWO, Heard::Ready)).ends_with("REMOTE_COMMUNICATION #0/0 to 1"));
}

#[test]
fn who_closed_its_input_is_passed_over() {
    let mut rig = running(10, 2);
    rig.tell(hears(ONE, Heard::Ready));
    rig.tell(says("a"));
    assert_eq!(
        rig.tell(Input::DeliveryFailed(ONE)),
        "DEBG epipe occurred while sending event 0 to listener mon_0, listener state unchanged; \
         DEBG rebuffering event 0 for pool mon (buf size=0, max=10)"
    );
    assert!(rig.tell(hears(TWO, Heard::Ready)).ends_with("REMOTE_COMMUNICATION #0/0 to 1"));
    assert_eq!(rig.engine.listener_state(ONE), Some(ListenerState::Ready));
}

#[test]
fn every_fulfilled_subscription_counts() {
    let mut rig = Rig::booted(vec![pool(&["EVENT", "REMOTE_COMMUNICATION"], 100, 1)]);
    let before = rig.engine.pools().next().map(PoolView::buffered);
    let told = rig.tell(says("a"));
    assert!(told.starts_with("DEBG rebuffering event"), "{told}");
    assert_eq!(rig.engine.pools().next().map(PoolView::buffered), before.map(|count| count + 2));
}

#[test]
fn serials_count_what_somebody_wants_to_hear() {
    let mut rig = running(10, 1);
    rig.tell(hears(ONE, Heard::Ready));
    // Groups come and go, and this pool did not ask for that.
    rig.tell(Input::AddGroup(group("late", 1, vec![]).into()));
    assert!(rig.tell(says("a")).ends_with("#0/0 to 0"));
    assert!(!rig.engine.wants("PROCESS_LOG_STDOUT") && rig.engine.wants("REMOTE_COMMUNICATION"));
}

#[test]
fn a_pool_hears_of_itself_and_of_all_who_come_later() {
    let mut rig = Rig::new();
    rig.tell(Input::Boot(vec![
        group("early", -2, vec![]),
        pool(&["PROCESS_GROUP"], 10, 1),
        group("late", 1, vec![]),
    ]));
    assert_eq!(rig.engine.pools().next().map(PoolView::buffered), Some(2));
}

#[test]
fn lines_of_output_are_printed_with_their_writer() {
    let Group { kind, .. } = pool(&["PROCESS_LOG"], 10, 1);
    let GroupKind::EventListeners(config) = kind else { panic!("a pool") };
    let config = EventPool { result_handler: ResultHandler::PrefixedStdout, ..config };
    let mut rig = Rig::booted(vec![Group { kind: GroupKind::EventListeners(config), ..pool(&[], 10, 1) }]);
    rig.spawn([0]);
    rig.pass(1_000);
    rig.tell(Input::Deadline(Timer::Started(ONE)));
    let event = || {
        let channel = crate::model::OutputChannel::Stdout;
        Input::Event(Event::ProcessLog { id: ONE, channel, pid: None, data: b"x".to_vec() })
    };
    rig.tell(hears(ONE, Heard::Ready));
    rig.tell(event());
    let answer = "processname:web groupname:g pid:3 channel:stderr\none\ntwo\n";
    let told = rig.tell(Input::Heard(ONE, vec![result(answer), Heard::Ready]));
    assert!(
        told.starts_with(r"print web stderr | one\nweb stderr | two\n; DEBG mon_0: event was processed"),
        "{told}"
    );
    rig.tell(event());
    let told = rig.tell(Input::Heard(ONE, vec![result("OK"), Heard::Ready]));
    assert!(told.starts_with("WARN mon_0: event caused an error; DEBG mon_0: BUSY -> UNKNOWN"), "{told}");
}

#[test]
fn ticks_wake_only_who_asked() {
    let mut rig = Rig::new();
    assert_eq!(rig.tell(Input::Boot(vec![])), "supervisor running");
    let told = rig.tell(Input::AddGroup(pool(&["TICK_60"], 10, 1).into()));
    assert!(told.ends_with("tick at 1700000040"), "{told}");
    rig.pass(40_000);
    assert_eq!(rig.tell(Input::Clock), "TICK_60; tick at 1700000100");
    rig.tell(Input::Stop(ONE));
    rig.spawn([0]);
    rig.tell(Input::Exited(ONE, ExitStatus::Exited(0)));
    assert!(rig.tell(Input::RemoveGroup("mon".to_owned())).ends_with("no ticks"));
}

#[test]
fn a_shutdown_gives_listeners_time_for_its_last_events() {
    let mut rig = Rig::booted(vec![
        pool(&["SUPERVISOR_STATE_CHANGE", "PROCESS_STATE_STOPPED"], 10, 1),
        group("web", 1, vec![service("web")]),
    ]);
    rig.spawn([0, 1]);
    rig.pass(1_000);
    for id in [ONE, TWO] {
        rig.tell(Input::Deadline(Timer::Started(id)));
    }
    rig.tell(hears(ONE, Heard::Ready));
    rig.tell(Input::Heard(ONE, vec![result("OK"), Heard::Ready]));
    let told = rig.tell(Input::Shutdown);
    assert!(
        told.contains("SIGTERM to 101") && told.ends_with("SUPERVISOR_STATE_CHANGE_STOPPING #1/1 to 0"),
        "{told}"
    );
    let told = rig.tell(Input::Exited(TWO, ExitStatus::Exited(0)));
    assert!(told.contains("arm last events +1s") && !told.contains("SIGTERM"), "{told}");
    let told = rig.tell(Input::Heard(ONE, vec![result("OK"), Heard::Ready]));
    assert!(told.ends_with("PROCESS_STATE_STOPPED #2/2 to 0"), "{told}");
    let told = rig.tell(Input::Heard(ONE, vec![result("OK"), Heard::Ready]));
    assert!(told.contains("disarm last events") && told.contains("SIGTERM to 100"), "{told}");
}

#[test]
fn a_shutdown_does_not_wait_for_ever_for_a_listener() {
    let mut rig = running(10, 1);
    rig.tell(hears(ONE, Heard::Ready));
    rig.tell(says("a"));
    assert!(rig.tell(Input::Shutdown).contains("arm last events +1s"));
    rig.pass(1_000);
    assert!(rig.tell(Input::Deadline(Timer::LastEvents)).contains("SIGTERM to 100"));
    // One that never was ready is not waited for at all.
    let mut rig = running(10, 1);
    rig.tell(says("a"));
    assert!(rig.tell(Input::Shutdown).contains("SIGTERM to 100"));
}

#[test]
fn a_pool_can_lose_a_listener_and_be_joined_by_a_program() {
    let mut rig = running(10, 2);
    rig.tell(hears(ONE, Heard::Ready));
    rig.tell(says("a"));
    rig.tell(Input::Stop(ONE));
    assert_eq!(rig.tell(Input::RemoveService(ONE)), "");
    // What it worked on was given back when it ended.
    let told = rig.tell(Input::Exited(ONE, ExitStatus::Exited(0)));
    assert!(told.ends_with("DEBG rebuffering event 0 for pool mon (buf size=0, max=10)"), "{told}");
    assert_eq!(rig.tell(Input::RemoveService(ONE)), "removed 0");
    assert_eq!(rig.engine.listener_state(ONE), None);
    assert!(rig.tell(hears(TWO, Heard::Ready)).ends_with("REMOTE_COMMUNICATION #0/0 to 1"));
    rig.tell(Input::AddServices("mon".to_owned(), vec![service("plain")]));
    rig.spawn([2]);
    assert_eq!(rig.engine.listener_state(ServiceId(2)), None);
    assert_eq!(rig.tell(hears(ServiceId(2), Heard::Ready)), "");
}

#[test]
fn numbers_go_on_in_the_next_life() {
    let mut rig = running(10, 1);
    rig.tell(says("a"));
    rig.tell(says("b"));
    assert_eq!(rig.engine.next_event(), 2);
    let mut next =
        Rig { engine: Engine::with(ExitPolicy::default(), rig.engine.next_event()), ..Rig::booted(vec![]) };
    next.tell(Input::Boot(vec![pool(&["REMOTE_COMMUNICATION"], 10, 1)]));
    next.spawn(0..1);
    next.pass(1_000);
    next.tell(Input::Deadline(Timer::Started(ONE)));
    next.tell(hears(ONE, Heard::Ready));
    assert_eq!(next.tell(says("c")), "client says t: c; REMOTE_COMMUNICATION #2/0 to 0");
}
