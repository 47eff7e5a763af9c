//! How a process is signalled: stop requests, SIGKILL after `stopwaitsecs`, signals of an operator. Mirrors `stop`,
//! `kill` and `signal` of `supervisor/process.py`: the log line first, then the event, then the signal.

use crate::base::{Pid, Signal};
use crate::engine::process::{Held, Process, Turn, seconds};
use crate::engine::{Action, Note, SignalTarget, State, Timer};
use std::time::Duration;

/// SIGKILL is repeated at most this often, whatever `stopwaitsecs` says: with 0 the original repeats it on every turn.
const SHORTEST_KILL_INTERVAL: Duration = Duration::from_secs(1);

impl Process {
    pub(super) fn stop_requested(&mut self, turn: &mut Turn<'_>, how: Held) {
        let Some(pid) = self.pid else {
            self.held = self.held.max(Some(how));
            return;
        };
        let policy = &turn.service.stop;
        let wait = seconds(policy.wait_seconds);
        self.signal_to_stop(turn, pid, policy.signal, policy.as_group);
        if wait.is_zero() {
            self.kill_hard(turn, pid);
        } else {
            self.arm(turn, Timer::Kill(self.id), wait);
        }
    }

    /// The back-off counter keeps its value, as in the original: a later start goes on counting.
    pub(super) fn stop_requested_in_backoff(&mut self, turn: &mut Turn<'_>) {
        turn.note(Note::KilledInBackoff { name: turn.name() });
        self.enter(turn, State::Stopped);
    }

    pub(super) fn stop_requested_without_child(&mut self, turn: &mut Turn<'_>) {
        turn.note(Note::KillNotRunning { name: turn.name(), signal: turn.service.stop.signal });
    }

    pub(super) fn stop_deadline_passed(&mut self, turn: &mut Turn<'_>) {
        if !self.take_due(Timer::Kill(self.id), turn) {
            return;
        }
        if let Some(pid) = self.pid {
            self.kill_hard(turn, pid);
        }
    }

    pub(super) fn hurry_requested(&mut self, turn: &mut Turn<'_>) {
        match self.pid {
            Some(pid) => self.kill_hard(turn, pid),
            // UNKNOWN without a child does not exist: its end leads out of the state.
            None => self.held = Some(Held::Hurry),
        }
    }

    /// SIGKILL, and again after `stopwaitsecs` for as long as it takes.
    pub(super) fn kill_hard(&mut self, turn: &mut Turn<'_>, pid: Pid) {
        turn.note(Note::KillingHard { name: turn.name(), pid });
        self.signal_to_stop(turn, pid, Signal::KILL, turn.service.stop.kill_as_group);
        if self.state == State::Stopping {
            let wait = seconds(turn.service.stop.wait_seconds).max(SHORTEST_KILL_INTERVAL);
            self.arm(turn, Timer::Kill(self.id), wait);
        }
    }

    /// The common part of `kill`: the log line, STOPPING, the signal. UNKNOWN stays: it counts as stopped, and a
    /// shutdown must not begin to wait for it.
    pub(super) fn signal_to_stop(&mut self, turn: &mut Turn<'_>, pid: Pid, signal: Signal, as_group: bool) {
        turn.note(Note::Killing { name: turn.name(), pid, as_group, signal });
        self.killing = true;
        self.sending = false;
        if !matches!(self.state, State::Stopping | State::Unknown) {
            self.enter(turn, State::Stopping);
        }
        let target = if as_group { SignalTarget::Group } else { SignalTarget::Process };
        turn.order(Action::Signal { id: self.id, pid, signal, target });
    }

    pub(super) fn send_requested(&mut self, turn: &mut Turn<'_>, signal: Signal) {
        let Some(pid) = self.pid else {
            turn.note(Note::SendNotRunning { name: turn.name(), signal });
            return;
        };
        self.sending = true;
        turn.note(Note::Sending { name: turn.name(), pid, signal });
        turn.order(Action::Signal { id: self.id, pid, signal, target: SignalTarget::Process });
    }

    /// The child can no longer be reached. `killing` is kept, other than in the original, for the day of its end.
    pub(super) fn signal_failed(&mut self, turn: &mut Turn<'_>, error: String) {
        let Some(pid) = self.pid else { return };
        let name = turn.name();
        turn.note(if self.sending {
            Note::SendFailed { name, pid, error }
        } else {
            Note::KillFailed { name, pid, error }
        });
        if self.state != State::Unknown {
            self.enter(turn, State::Unknown);
        }
    }
}
