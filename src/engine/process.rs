//! One supervised process: its state, and what follows from whatever happens to it. Decides; performs nothing.
//! Mirrors `Subprocess` of `supervisor/process.py`, with exact monotonic deadlines in place of its one-second turns.
//!
//! A process waits in three states, and each has one timer that gets it out: STARTING (`Timer::Started`), BACKOFF
//! (`Timer::Retry`) and STOPPING (`Timer::Kill`). Leaving a state disarms its timer, so nothing wakes up for a process
//! that rests.

mod end;
mod start;
mod stop;

use crate::base::{ExitStatus, Mono, Now, Pid, ServiceId, Signal};
use crate::engine::{Action, Event, Note, SpawnError, State, Timer};
use crate::model::Service;
use std::time::Duration;

/// What can happen to one process, or be wanted of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum ProcessInput {
    /// Somebody wants it up.
    Start,
    /// Somebody wants it down.
    Stop,
    /// The daemon stops it for good, as part of a shutdown.
    ShutDown,
    /// The daemon does not wait any longer: SIGKILL.
    Hurry,
    /// A shutdown began: there will be no further start.
    ForbidStarts,
    /// An operator sends a signal that is not meant to stop it.
    Send(Signal),
    /// The order to spawn was carried out.
    Spawned(Pid),
    /// The order to spawn could not be carried out.
    SpawnFailed(SpawnError),
    /// The child was reaped.
    Exited(ExitStatus),
    /// A signal could not be sent although the child exists.
    SignalFailed(String),
    /// `startsecs` have passed since the spawn.
    StartSecondsPassed,
    /// The back-off delay is over.
    BackoffElapsed,
    /// `stopwaitsecs` have passed since the last stop signal.
    StopDeadlinePassed,
}

/// What one step works with besides the process itself.
pub(crate) struct Turn<'a> {
    /// The time of this turn.
    pub(crate) now: Now,
    /// Whether the daemon's mood allows starts.
    pub(crate) may_start: bool,
    /// How the process is configured.
    pub(crate) service: &'a Service,
    /// Where the orders go.
    pub(crate) out: &'a mut Vec<Action>,
}

impl Turn<'_> {
    fn order(&mut self, action: Action) {
        self.out.push(action);
    }

    fn note(&mut self, note: Note) {
        self.out.push(Action::Note(note));
    }

    fn name(&self) -> String {
        self.service.name.clone()
    }
}

/// A request to end that came while the answer to `Spawn` was outstanding; the stronger one is kept. The original
/// forks within the request, so it has no such moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Held {
    Stop,
    ShutDown,
    Hurry,
}

/// One supervised process. Its configuration is not part of it: every step is given it.
#[derive(Debug, Clone)]
pub struct Process {
    id: ServiceId,
    state: State,
    pid: Option<Pid>,
    /// Failed attempts in a row.
    backoff: u32,
    last_start: Option<Now>,
    last_stop: Option<Now>,
    /// When the child came to be.
    up_since: Option<Mono>,
    exit_code: Option<i32>,
    spawn_error: Option<SpawnError>,
    /// A stop signal was sent, so the end of the child is what was wanted.
    killing: bool,
    /// The last signal ordered was an operator's; decides how a failure reads.
    sending: bool,
    held: Option<Held>,
    armed: Option<(Timer, Mono)>,
}

impl Process {
    /// A process that never ran.
    #[must_use]
    pub fn new(id: ServiceId) -> Process {
        Process {
            id,
            state: State::Stopped,
            pid: None,
            backoff: 0,
            last_start: None,
            last_stop: None,
            up_since: None,
            exit_code: None,
            spawn_error: None,
            killing: false,
            sending: false,
            held: None,
            armed: None,
        }
    }

    /// Its slot.
    #[must_use]
    pub fn id(&self) -> ServiceId {
        self.id
    }

    /// Its state.
    #[must_use]
    pub fn state(&self) -> State {
        self.state
    }

    /// The child that was not reaped yet.
    #[must_use]
    pub fn pid(&self) -> Option<Pid> {
        self.pid
    }

    /// Failed attempts in a row (`backoff` of the original, `tries` in events).
    #[must_use]
    pub fn backoff(&self) -> u32 {
        self.backoff
    }

    /// When the latest start was ordered, successful or not.
    #[must_use]
    pub fn last_start(&self) -> Option<Now> {
        self.last_start
    }

    /// When a child was reaped last.
    #[must_use]
    pub fn last_stop(&self) -> Option<Now> {
        self.last_stop
    }

    /// When the present or latest child came to be; `startsecs` count from here.
    #[must_use]
    pub fn up_since(&self) -> Option<Mono> {
        self.up_since
    }

    /// How the last child ended: its exit code, −1 where a signal ended it. `None` before the first end, while a child
    /// runs, and after one that ended too quickly.
    #[must_use]
    pub fn exit_code(&self) -> Option<i32> {
        self.exit_code
    }

    /// What went wrong with the latest start or the latest child.
    #[must_use]
    pub fn spawn_error(&self) -> Option<&SpawnError> {
        self.spawn_error.as_ref()
    }

    /// The timer that is armed for it, and when it is due.
    #[must_use]
    pub fn armed(&self) -> Option<(Timer, Mono)> {
        self.armed
    }

    /// Takes in what happened and says what is to be done, in order. Every pair of state and input is named here.
    pub(crate) fn step(&mut self, turn: &mut Turn<'_>, input: ProcessInput) {
        use ProcessInput as I;
        use State as S;
        match (self.state, input) {
            (S::Stopped | S::Exited | S::Fatal, I::Start) => self.start(turn),
            (S::Stopping, I::Start) => turn.note(Note::AlreadyRunning { name: turn.name() }),
            // `startProcess` answers a fault before anything happens (`supervisor/rpcinterface.py`).
            (S::Starting | S::Running | S::Backoff | S::Unknown, I::Start) => {}

            (S::Starting | S::Running, I::Stop) => self.stop_requested(turn, Held::Stop),
            (S::Backoff, I::Stop) => self.stop_requested_in_backoff(turn),
            (S::Stopped | S::Exited | S::Fatal, I::Stop) => self.stop_requested_without_child(turn),
            // Being stopped already, or out of reach.
            (S::Stopping | S::Unknown, I::Stop) => {}

            // As `ProcessGroupBase.stop_all` does.
            (S::Starting | S::Running, I::ShutDown) => self.stop_requested(turn, Held::ShutDown),
            (S::Backoff, I::ShutDown | I::Hurry) => self.give_up(turn),
            (S::Stopped | S::Stopping | S::Exited | S::Fatal | S::Unknown, I::ShutDown) => {}

            (S::Starting | S::Running | S::Stopping | S::Unknown, I::Hurry) => self.hurry_requested(turn),
            (S::Stopped | S::Exited | S::Fatal, I::Hurry) => {}

            (S::Backoff, I::ForbidStarts) => self.disarm(turn),
            (
                S::Stopped | S::Starting | S::Running | S::Stopping | S::Exited | S::Fatal | S::Unknown,
                I::ForbidStarts,
            ) => {}

            (S::Starting | S::Running | S::Stopping, I::Send(signal)) => self.send_requested(turn, signal),
            (S::Stopped | S::Backoff | S::Exited | S::Fatal, I::Send(signal)) => {
                turn.note(Note::SendNotRunning { name: turn.name(), signal });
            }
            // Not one of the signallable states.
            (S::Unknown, I::Send(_)) => {}

            (S::Starting, I::Spawned(pid)) => self.spawned(turn, pid),
            (S::Starting, I::SpawnFailed(error)) => self.spawn_failed(turn, error),
            // Nothing was ordered: STARTING is not left before the answer is there.
            (
                S::Stopped | S::Running | S::Backoff | S::Stopping | S::Exited | S::Fatal | S::Unknown,
                I::Spawned(_) | I::SpawnFailed(_),
            ) => {}

            (S::Starting, I::Exited(status)) => self.exited_while_starting(turn, status),
            (S::Running, I::Exited(status)) => self.exited_while_running(turn, status),
            (S::Stopping, I::Exited(status)) => self.exited_while_stopping(turn, status),
            (S::Unknown, I::Exited(status)) => self.exited_while_unknown(turn, status),
            // No child.
            (S::Stopped | S::Backoff | S::Exited | S::Fatal, I::Exited(_)) => {}

            (S::Starting | S::Running | S::Stopping | S::Unknown, I::SignalFailed(error)) => {
                self.signal_failed(turn, error);
            }
            // It was reaped in the meantime.
            (S::Stopped | S::Backoff | S::Exited | S::Fatal, I::SignalFailed(_)) => {}

            (S::Starting, I::StartSecondsPassed) => self.start_seconds_passed(turn),
            (S::Backoff, I::BackoffElapsed) => self.backoff_elapsed(turn),
            (S::Stopping, I::StopDeadlinePassed) => self.stop_deadline_passed(turn),
            // Timers of states that were left.
            (
                S::Stopped | S::Running | S::Backoff | S::Stopping | S::Exited | S::Fatal | S::Unknown,
                I::StartSecondsPassed,
            )
            | (
                S::Stopped | S::Starting | S::Running | S::Stopping | S::Exited | S::Fatal | S::Unknown,
                I::BackoffElapsed,
            )
            | (
                S::Stopped | S::Starting | S::Running | S::Backoff | S::Exited | S::Fatal | S::Unknown,
                I::StopDeadlinePassed,
            ) => {}
        }
    }

    fn enter(&mut self, turn: &mut Turn<'_>, to: State) {
        self.change_state(turn, to, true);
    }

    fn change_state(&mut self, turn: &mut Turn<'_>, to: State, expected: bool) {
        self.disarm(turn);
        let from = std::mem::replace(&mut self.state, to);
        turn.order(Action::Emit(Event::ProcessState {
            id: self.id,
            from,
            to,
            pid: self.pid,
            tries: self.backoff,
            expected,
        }));
    }

    fn arm(&mut self, turn: &mut Turn<'_>, timer: Timer, delay: Duration) {
        let due = turn.now.mono + delay;
        self.armed = Some((timer, due));
        turn.order(Action::Arm(timer, due));
    }

    fn disarm(&mut self, turn: &mut Turn<'_>) {
        if let Some((timer, _)) = self.armed.take() {
            turn.order(Action::Disarm(timer));
        }
    }

    /// Whether this timer is armed and due; then it is no longer armed. A deadline that was overtaken by a newer one of
    /// the same name is not.
    fn take_due(&mut self, timer: Timer, turn: &Turn<'_>) -> bool {
        let due = self.armed.is_some_and(|(armed, at)| armed == timer && at <= turn.now.mono);
        if due {
            self.armed = None;
        }
        due
    }
}

/// A configured number of seconds; negative counts as zero.
fn seconds(configured: i64) -> Duration {
    Duration::from_secs(u64::try_from(configured).unwrap_or(0))
}
