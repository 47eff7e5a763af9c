//! How a process comes up: the order to spawn, its answer, `startsecs`, and the delays between failed attempts.
//! Mirrors `spawn`, `give_up` and `transition` of `supervisor/process.py`.

use crate::base::Pid;
use crate::engine::process::{Held, Process, ProcessInput, Turn, seconds};
use crate::engine::{Action, Note, SpawnError, State, Timer};
use std::time::Duration;

impl Process {
    /// Starts it, unless the daemon is about to leave (`spawn`).
    pub(super) fn start(&mut self, turn: &mut Turn<'_>) {
        if !turn.may_start {
            return;
        }
        self.killing = false;
        self.sending = false;
        self.spawn_error = None;
        self.exit_code = None;
        self.last_end = None;
        self.last_start = Some(turn.now);
        self.enter(turn, State::Starting);
        turn.order(Action::Spawn(self.id));
    }

    /// Starts it without having been asked.
    pub(super) fn start_again(&mut self, turn: &mut Turn<'_>) {
        if turn.may_start {
            self.restarts = self.restarts.saturating_add(1);
        }
        self.start(turn);
    }

    pub(super) fn spawned(&mut self, turn: &mut Turn<'_>, pid: Pid) {
        if self.pid.is_some() {
            return;
        }
        self.pid = Some(pid);
        // `startsecs` count from here rather than from the order: only now can it be said to stay up, and in a batch
        // of thousands of starts the order may lie seconds back.
        self.up_since = Some(turn.now.mono);
        turn.note(Note::Spawned { name: turn.name(), pid });
        let wait = seconds(turn.service.start.start_seconds);
        if wait.is_zero() {
            self.enter_running(turn);
        } else {
            self.arm(turn, Timer::Started(self.id), wait);
        }
        self.release_held(turn);
    }

    pub(super) fn spawn_failed(&mut self, turn: &mut Turn<'_>, error: SpawnError) {
        if self.pid.is_some() {
            return;
        }
        turn.note(Note::SpawnFailed(error.clone()));
        self.spawn_error = Some(error);
        self.enter_backoff(turn);
        self.try_again_or_give_up(turn);
        self.release_held(turn);
    }

    /// Does now what was asked for while the answer to `Spawn` was outstanding.
    pub(super) fn release_held(&mut self, turn: &mut Turn<'_>) {
        let input = match self.held.take() {
            None => return,
            Some(Held::Stop) => ProcessInput::Stop,
            Some(Held::ShutDown) => ProcessInput::ShutDown,
            Some(Held::Hurry) => ProcessInput::Hurry,
        };
        self.step(turn, input);
    }

    pub(super) fn start_seconds_passed(&mut self, turn: &mut Turn<'_>) {
        if self.take_due(Timer::Started(self.id), turn) {
            self.enter_running(turn);
        }
    }

    pub(super) fn enter_running(&mut self, turn: &mut Turn<'_>) {
        self.backoff = 0;
        self.enter(turn, State::Running);
        let start_seconds = turn.service.start.start_seconds;
        turn.note(Note::EnteredRunning { name: turn.name(), start_seconds });
    }

    pub(super) fn enter_backoff(&mut self, turn: &mut Turn<'_>) {
        self.backoff = self.backoff.saturating_add(1);
        self.enter(turn, State::Backoff);
    }

    /// What the original's next turn does with a process in BACKOFF: one second more of delay for each failure.
    pub(super) fn try_again_or_give_up(&mut self, turn: &mut Turn<'_>) {
        if i64::from(self.backoff) > turn.service.start.retries {
            self.give_up(turn);
            turn.note(Note::GaveUp { name: turn.name() });
        } else if turn.may_start {
            self.arm(turn, Timer::Retry(self.id), Duration::from_secs(u64::from(self.backoff)));
        }
    }

    pub(super) fn backoff_elapsed(&mut self, turn: &mut Turn<'_>) {
        if self.take_due(Timer::Retry(self.id), turn) {
            self.start_again(turn);
        }
    }

    /// BACKOFF → FATAL. The log line is the caller's: a shutdown gives up silently, as the original does.
    pub(super) fn give_up(&mut self, turn: &mut Turn<'_>) {
        self.backoff = 0;
        self.enter(turn, State::Fatal);
    }
}
