//! Event listeners from the loop's side: events go to their standard input, what they say goes to the engine; and the alarm
//! on the wall clock for ticks.

use crate::base::text::reason;
use crate::base::{ServiceId, Wall};
use crate::engine::listeners::{Delivery, Heard};
use crate::engine::{Input, ListenerNote, ListenerState, Note};
use crate::runtime::daemon::Daemon;
use crate::runtime::timers::{RETRY_DELAY, Timer};
use crate::runtime::token::Token;
use crate::sys::clock;
use crate::sys::poller::{Interest, Watch};
use crate::sys::timer::WallAlarm;
use crate::wire::listener::{self, Expected, Header};
use std::io;

/// What a listener in that state is to say next.
pub(super) fn expected(state: Option<ListenerState>) -> Expected {
    match state {
        Some(ListenerState::Acknowledged) => Expected::Ready,
        Some(ListenerState::Ready) => Expected::Nothing,
        Some(ListenerState::Busy) => Expected::Result,
        Some(ListenerState::Unknown) | None => Expected::Anything,
    }
}

impl Daemon {
    /// Sends an event to a listener.
    pub(super) fn deliver(&mut self, delivery: &Delivery) {
        let Delivery { to, pool, pool_serial, event } = delivery;
        let header = Header {
            server: &self.settings.identifier,
            serial: event.serial,
            pool,
            pool_serial: *pool_serial,
            event: event.name,
        };
        let envelope = listener::envelope(header, &event.payload);
        let stdin = self.programs.get_mut(to).and_then(|program| program.stdin.as_mut());
        if stdin.is_none_or(|stdin| stdin.write_event(&envelope).is_err()) {
            self.put(Input::DeliveryFailed(*to));
            return;
        }
        if let Some(view) = self.engine.service(*to) {
            let (serial, listener) = (event.serial, view.name().to_owned());
            self.log_note(&Note::Listener(ListenerNote::Sent { serial, listener }));
        }
    }

    /// Tells the engine what a listener has said.
    pub(super) fn heard(&mut self, id: ServiceId, tokens: Vec<listener::Token>) {
        if tokens.is_empty() {
            return;
        }
        let heard = |token| match token {
            listener::Token::Ready => Heard::Ready,
            listener::Token::OutOfTurn => Heard::OutOfTurn,
            listener::Token::BadResult(line) => Heard::BadResult(line),
            listener::Token::Result(result) => Heard::Result(result),
        };
        self.put(Input::Heard(id, tokens.into_iter().map(heard).collect()));
    }

    /// Sets the alarm for the next tick.
    pub(super) fn wake_at(&mut self, at: Option<Wall>) {
        let Some(at) = at else {
            self.clock_alarm = None;
            return;
        };
        if self.clock_alarm.is_none() {
            self.clock_alarm = self.new_clock_alarm().ok();
        }
        let set = match &mut self.clock_alarm {
            Some(alarm) => alarm.get_mut().set(at),
            None => Err(io::ErrorKind::Other.into()),
        };
        if let Err(error) = set {
            // Without a timer of its own, the daemon's clock does: a clock that is set is noticed late then.
            let now = clock::now();
            self.timers.arm(Timer::Clock, now.mono + at.0.saturating_sub(now.wall.0));
            self.log
                .debug(&format!("cannot set an alarm on the wall clock: {error}", error = reason(&error)));
        }
    }

    fn new_clock_alarm(&self) -> io::Result<Watch<WallAlarm>> {
        let alarm = WallAlarm::new()?;
        self.poller.watch(alarm, Token::Clock.key(), Interest::Readable).map_err(|(error, _)| error)
    }

    /// The wall clock has reached the time of the next tick, or was set.
    pub(super) fn clock_rang(&mut self) {
        if let Some(alarm) = &mut self.clock_alarm {
            alarm.get_mut().acknowledge();
        }
        self.put(Input::Clock);
    }

    /// Arranges to be woken when lines wait for whoever reads our standard output.
    pub(super) fn watch_console(&mut self) {
        if !self.log.console.is_waiting() {
            self.console_room.clear();
            return;
        }
        let watched = self.console_room.iter().map(|(stream, _)| *stream);
        if !watched.eq(self.log.console.waits_on().map(|(stream, _)| stream)) {
            self.console_room.clear();
            for (stream, fd) in self.log.console.waits_on() {
                let Ok(fd) = fd.try_clone_to_owned() else { continue };
                let watch = self.poller.watch(fd, Token::ConsoleRoom.key(), Interest::Writable);
                self.console_room.extend(watch.ok().map(|watch| (stream, watch)));
            }
        }
        if self.console_room.is_empty() && !self.timers.is_armed(Timer::ConsoleRetry) {
            self.timers.arm(Timer::ConsoleRetry, clock::now().mono + RETRY_DELAY);
        }
    }
}
