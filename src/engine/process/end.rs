//! How a process ends: what the end of a child means in each state that has one. Mirrors `finish` of
//! `supervisor/process.py`: the event first, then the log line, and the pid is known to both.

use crate::base::ExitStatus;
use crate::engine::process::{Process, Turn, seconds};
use crate::engine::{Note, SpawnError, State};
use crate::model::AutoRestart;

impl Process {
    pub(super) fn exited_while_starting(&mut self, turn: &mut Turn<'_>, status: ExitStatus) {
        let Some(up_since) = self.pid.and(self.up_since) else { return };
        if turn.now.mono.since(up_since) >= seconds(turn.service.start.start_seconds) {
            // The deadline and the end were seen in one turn. The original passes through RUNNING as well.
            self.enter_running(turn);
            self.exited_while_running(turn, status);
            return;
        }
        self.last_stop = Some(turn.now);
        self.last_end = Some(status);
        self.exit_code = None;
        self.spawn_error = Some(SpawnError::ExitedTooQuickly);
        self.enter_backoff(turn);
        turn.note(Note::Exited { name: turn.name(), status, expected: false });
        self.pid = None;
        self.try_again_or_give_up(turn);
    }

    /// It ended by itself; `autorestart` decides at once whether it comes back.
    pub(super) fn exited_while_running(&mut self, turn: &mut Turn<'_>, status: ExitStatus) {
        let code = status.code();
        let expected = turn.service.start.exit_codes.contains(&code);
        self.last_stop = Some(turn.now);
        self.last_end = Some(status);
        self.backoff = 0;
        self.exit_code = Some(code);
        if !expected {
            self.spawn_error = Some(SpawnError::BadExitCode(code));
        }
        self.change_state(turn, State::Exited, expected);
        turn.note(Note::Exited { name: turn.name(), status, expected });
        self.pid = None;
        let again = match turn.service.start.auto_restart {
            // Everything is about to stop because of that.
            _ if turn.service.essential && !expected => false,
            AutoRestart::Never => false,
            AutoRestart::Unexpected => !expected,
            AutoRestart::Always => true,
        };
        if again {
            self.start_again(turn);
        }
    }

    /// The back-off counter keeps its value, as in the original: it is reset only by RUNNING, EXITED and FATAL.
    pub(super) fn exited_while_stopping(&mut self, turn: &mut Turn<'_>, status: ExitStatus) {
        let code = status.code();
        let expected = turn.service.start.exit_codes.contains(&code);
        self.last_stop = Some(turn.now);
        self.last_end = Some(status);
        self.killing = false;
        self.exit_code = Some(code);
        self.enter(turn, State::Stopped);
        turn.note(Note::Stopped { name: turn.name(), status, expected });
        self.pid = None;
    }

    /// The original ends with a failed assertion here. Since the child is certainly gone now, the state is known again:
    /// STOPPED if that was wanted, else EXITED.
    pub(super) fn exited_while_unknown(&mut self, turn: &mut Turn<'_>, status: ExitStatus) {
        if self.pid.is_none() {
            return;
        }
        if self.killing {
            self.exited_while_stopping(turn, status);
        } else {
            self.exited_while_running(turn, status);
        }
    }
}
