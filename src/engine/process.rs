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
    /// Starts that nobody asked for, ever.
    restarts: u64,
    last_start: Option<Now>,
    last_stop: Option<Now>,
    /// When the child came to be.
    up_since: Option<Mono>,
    exit_code: Option<i32>,
    /// How the latest child ended, whatever came of it.
    last_end: Option<ExitStatus>,
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
            restarts: 0,
            last_start: None,
            last_stop: None,
            up_since: None,
            exit_code: None,
            last_end: None,
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

    /// How often it was started by itself: after an end, and after a failed attempt.
    #[must_use]
    pub fn restarts(&self) -> u64 {
        self.restarts
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

    /// How the latest child ended; `None` before the first end, and when the start after it failed without a child.
    #[must_use]
    pub fn last_end(&self) -> Option<ExitStatus> {
        self.last_end
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::fixtures::{at, in_words, service};
    use crate::model::AutoRestart;

    /// When all tests below begin, in milliseconds.
    const NOW: u64 = 100_000;

    /// A process, its configuration and the time, driven by hand.
    struct Bench {
        process: Process,
        service: Service,
        now: Now,
        may_start: bool,
    }

    impl Bench {
        fn new(adjust: impl FnOnce(&mut Service)) -> Bench {
            let mut service = service("cat");
            service.start.start_seconds = 5;
            service.start.auto_restart = AutoRestart::Never;
            adjust(&mut service);
            Bench { process: Process::new(ServiceId(1)), service, now: at(NOW), may_start: true }
        }

        fn feed(&mut self, input: ProcessInput) -> Vec<Action> {
            let mut out = Vec::new();
            let (now, may_start, service) = (self.now, self.may_start, &self.service);
            self.process.step(&mut Turn { now, may_start, service, out: &mut out }, input);
            out
        }

        fn tell(&mut self, input: ProcessInput) -> String {
            let out = self.feed(input);
            in_words(self.now, &out)
        }

        fn pass(&mut self, milliseconds: u64) {
            let passed = Duration::from_millis(milliseconds);
            self.now =
                Now { mono: self.now.mono + passed, wall: crate::base::Wall(self.now.wall.0 + passed) };
        }

        /// Brings it into one of the situations of the table.
        fn bring_to(&mut self, situation: &str) {
            use ProcessInput as I;
            let way: Vec<I> = match situation {
                "STOPPED" => vec![],
                "ORDERED" => vec![I::Start],
                "STARTING" => vec![I::Start, I::Spawned(Pid(7))],
                "RUNNING" => vec![I::Start, I::Spawned(Pid(7)), I::StartSecondsPassed],
                "BACKOFF" => vec![I::Start, I::SpawnFailed(SpawnError::Empty)],
                "STOPPING" => vec![I::Start, I::Spawned(Pid(7)), I::StartSecondsPassed, I::Stop],
                "EXITED" => {
                    vec![
                        I::Start,
                        I::Spawned(Pid(7)),
                        I::StartSecondsPassed,
                        I::Exited(ExitStatus::Exited(0)),
                    ]
                }
                "FATAL" => vec![I::Start, I::SpawnFailed(SpawnError::Empty), I::ShutDown],
                "UNKNOWN" => {
                    let failed = I::SignalFailed("no".to_owned());
                    vec![I::Start, I::Spawned(Pid(7)), I::Send(Signal::HUP), failed]
                }
                other => panic!("no way to {other}"),
            };
            for input in way {
                if input == I::StartSecondsPassed {
                    self.pass(5_000);
                }
                self.feed(input);
            }
            let state = if situation == "ORDERED" { "STARTING" } else { situation };
            assert_eq!(self.process.state().to_string(), state);
        }
    }

    fn inputs() -> [(&'static str, ProcessInput); 13] {
        [
            ("start", ProcessInput::Start),
            ("stop", ProcessInput::Stop),
            ("shut down", ProcessInput::ShutDown),
            ("hurry", ProcessInput::Hurry),
            ("forbid starts", ProcessInput::ForbidStarts),
            ("send", ProcessInput::Send(Signal::HUP)),
            ("spawned", ProcessInput::Spawned(Pid(8))),
            ("spawn failed", ProcessInput::SpawnFailed(SpawnError::Empty)),
            ("exited", ProcessInput::Exited(ExitStatus::Exited(3))),
            ("signal failed", ProcessInput::SignalFailed("Operation not permitted".to_owned())),
            ("start seconds passed", ProcessInput::StartSecondsPassed),
            ("backoff elapsed", ProcessInput::BackoffElapsed),
            ("stop deadline passed", ProcessInput::StopDeadlinePassed),
        ]
    }

    /// For each situation what each of `inputs()` leads to, in that order. ORDERED is STARTING before the answer to
    /// `Spawn`. Inputs that are deadlines come when what is armed is due.
    #[rustfmt::skip]
    const TABLE: [(&str, [&str; 13]); 9] = [
        ("STOPPED", [
            /* start */ "1: STOPPED>STARTING pid:0 tries:0; spawn 1",
            /* stop */ "DEBG attempted to kill cat with sig SIGTERM but it wasn't running",
            /* shut down */ "",
            /* hurry */ "",
            /* forbid starts */ "",
            /* send */ "DEBG attempted to send cat sig SIGHUP but it wasn't running",
            /* spawned */ "",
            /* spawn failed */ "",
            /* exited */ "",
            /* signal failed */ "",
            /* start seconds passed */ "",
            /* backoff elapsed */ "",
            /* stop deadline passed */ "",
        ]),
        ("ORDERED", [
            /* start */ "",
            /* stop */ "",
            /* shut down */ "",
            /* hurry */ "",
            /* forbid starts */ "",
            /* send */ "DEBG attempted to send cat sig SIGHUP but it wasn't running",
            /* spawned */ "INFO spawned: 'cat' with pid 8; arm started 1 +5s",
            /* spawn failed */
                "INFO spawnerr: command is empty; 1: STARTING>BACKOFF pid:0 tries:1; arm retry 1 +1s",
            /* exited */ "",
            /* signal failed */ "",
            /* start seconds passed */ "",
            /* backoff elapsed */ "",
            /* stop deadline passed */ "",
        ]),
        ("STARTING", [
            /* start */ "",
            /* stop */
                "DEBG killing cat (pid 7) with signal SIGTERM; disarm started 1; \
                 1: STARTING>STOPPING pid:7 tries:0; SIGTERM to 7; arm kill 1 +10s",
            /* shut down */
                "DEBG killing cat (pid 7) with signal SIGTERM; disarm started 1; \
                 1: STARTING>STOPPING pid:7 tries:0; SIGTERM to 7; arm kill 1 +10s",
            /* hurry */
                "WARN killing 'cat' (7) with SIGKILL; DEBG killing cat (pid 7) with signal SIGKILL; \
                 disarm started 1; 1: STARTING>STOPPING pid:7 tries:0; SIGKILL to 7; arm kill 1 +10s",
            /* forbid starts */ "",
            /* send */ "DEBG sending cat (pid 7) sig SIGHUP; SIGHUP to 7",
            /* spawned */ "",
            /* spawn failed */ "",
            /* exited */
                "disarm started 1; 1: STARTING>BACKOFF pid:7 tries:1; WARN exited: cat (exit status 3; \
                 not expected); arm retry 1 +1s",
            /* signal failed */
                "CRIT unknown problem killing cat (7):Operation not permitted; disarm started 1; \
                 1: STARTING>UNKNOWN pid:7 tries:0",
            /* start seconds passed */
                "1: STARTING>RUNNING pid:7 tries:0; \
                 INFO success: cat entered RUNNING state, process has stayed up for > than 5 seconds \
                 (startsecs)",
            /* backoff elapsed */ "",
            /* stop deadline passed */ "",
        ]),
        ("RUNNING", [
            /* start */ "",
            /* stop */
                "DEBG killing cat (pid 7) with signal SIGTERM; 1: RUNNING>STOPPING pid:7 tries:0; \
                 SIGTERM to 7; arm kill 1 +10s",
            /* shut down */
                "DEBG killing cat (pid 7) with signal SIGTERM; 1: RUNNING>STOPPING pid:7 tries:0; \
                 SIGTERM to 7; arm kill 1 +10s",
            /* hurry */
                "WARN killing 'cat' (7) with SIGKILL; DEBG killing cat (pid 7) with signal SIGKILL; \
                 1: RUNNING>STOPPING pid:7 tries:0; SIGKILL to 7; arm kill 1 +10s",
            /* forbid starts */ "",
            /* send */ "DEBG sending cat (pid 7) sig SIGHUP; SIGHUP to 7",
            /* spawned */ "",
            /* spawn failed */ "",
            /* exited */
                "1: RUNNING>EXITED pid:7 tries:0 unexpected; WARN exited: cat (exit status 3; \
                 not expected)",
            /* signal failed */
                "CRIT unknown problem killing cat (7):Operation not permitted; \
                 1: RUNNING>UNKNOWN pid:7 tries:0",
            /* start seconds passed */ "",
            /* backoff elapsed */ "",
            /* stop deadline passed */ "",
        ]),
        ("BACKOFF", [
            /* start */ "",
            /* stop */
                "DEBG Attempted to kill cat, which is in BACKOFF state.; disarm retry 1; \
                 1: BACKOFF>STOPPED pid:0 tries:1",
            /* shut down */ "disarm retry 1; 1: BACKOFF>FATAL pid:0 tries:0",
            /* hurry */ "disarm retry 1; 1: BACKOFF>FATAL pid:0 tries:0",
            /* forbid starts */ "disarm retry 1",
            /* send */ "DEBG attempted to send cat sig SIGHUP but it wasn't running",
            /* spawned */ "",
            /* spawn failed */ "",
            /* exited */ "",
            /* signal failed */ "",
            /* start seconds passed */ "",
            /* backoff elapsed */ "1: BACKOFF>STARTING pid:0 tries:1; spawn 1",
            /* stop deadline passed */ "",
        ]),
        ("STOPPING", [
            /* start */ "WARN process 'cat' already running",
            /* stop */ "",
            /* shut down */ "",
            /* hurry */
                "WARN killing 'cat' (7) with SIGKILL; DEBG killing cat (pid 7) with signal SIGKILL; \
                 SIGKILL to 7; arm kill 1 +10s",
            /* forbid starts */ "",
            /* send */ "DEBG sending cat (pid 7) sig SIGHUP; SIGHUP to 7",
            /* spawned */ "",
            /* spawn failed */ "",
            /* exited */
                "disarm kill 1; 1: STOPPING>STOPPED pid:7 tries:0; WARN stopped: cat (exit status 3)",
            /* signal failed */
                "CRIT unknown problem killing cat (7):Operation not permitted; disarm kill 1; \
                 1: STOPPING>UNKNOWN pid:7 tries:0",
            /* start seconds passed */ "",
            /* backoff elapsed */ "",
            /* stop deadline passed */
                "WARN killing 'cat' (7) with SIGKILL; DEBG killing cat (pid 7) with signal SIGKILL; \
                 SIGKILL to 7; arm kill 1 +10s",
        ]),
        ("EXITED", [
            /* start */ "1: EXITED>STARTING pid:0 tries:0; spawn 1",
            /* stop */ "DEBG attempted to kill cat with sig SIGTERM but it wasn't running",
            /* shut down */ "",
            /* hurry */ "",
            /* forbid starts */ "",
            /* send */ "DEBG attempted to send cat sig SIGHUP but it wasn't running",
            /* spawned */ "",
            /* spawn failed */ "",
            /* exited */ "",
            /* signal failed */ "",
            /* start seconds passed */ "",
            /* backoff elapsed */ "",
            /* stop deadline passed */ "",
        ]),
        ("FATAL", [
            /* start */ "1: FATAL>STARTING pid:0 tries:0; spawn 1",
            /* stop */ "DEBG attempted to kill cat with sig SIGTERM but it wasn't running",
            /* shut down */ "",
            /* hurry */ "",
            /* forbid starts */ "",
            /* send */ "DEBG attempted to send cat sig SIGHUP but it wasn't running",
            /* spawned */ "",
            /* spawn failed */ "",
            /* exited */ "",
            /* signal failed */ "",
            /* start seconds passed */ "",
            /* backoff elapsed */ "",
            /* stop deadline passed */ "",
        ]),
        ("UNKNOWN", [
            /* start */ "",
            /* stop */ "",
            /* shut down */ "",
            /* hurry */
                "WARN killing 'cat' (7) with SIGKILL; DEBG killing cat (pid 7) with signal SIGKILL; \
                 SIGKILL to 7",
            /* forbid starts */ "",
            /* send */ "",
            /* spawned */ "",
            /* spawn failed */ "",
            /* exited */
                "1: UNKNOWN>EXITED pid:7 tries:0 unexpected; WARN exited: cat (exit status 3; \
                 not expected)",
            /* signal failed */ "CRIT unknown problem sending sig cat (7):Operation not permitted",
            /* start seconds passed */ "",
            /* backoff elapsed */ "",
            /* stop deadline passed */ "",
        ]),
    ];

    #[test]
    fn every_situation_answers_every_input() {
        for (situation, answers) in TABLE {
            for ((name, input), expected) in inputs().into_iter().zip(answers) {
                let mut bench = Bench::new(|_| {});
                bench.bring_to(situation);
                let is_deadline = name.ends_with("passed") || name.ends_with("elapsed");
                if let (true, Some((_, due))) = (is_deadline, bench.process.armed()) {
                    bench.now.mono = due;
                }
                assert_eq!(bench.tell(input), expected, "{situation}, {name}");
            }
        }
    }

    #[test]
    fn a_deadline_that_comes_early_is_stale() {
        for (situation, input) in [
            ("STARTING", ProcessInput::StartSecondsPassed),
            ("BACKOFF", ProcessInput::BackoffElapsed),
            ("STOPPING", ProcessInput::StopDeadlinePassed),
        ] {
            let mut bench = Bench::new(|_| {});
            bench.bring_to(situation);
            let (timer, due) = bench.process.armed().expect("a waiting state");
            bench.now.mono = Mono(due.0 - Duration::from_nanos(1));
            assert_eq!(bench.tell(input.clone()), "", "{situation}");
            assert_eq!(bench.process.armed(), Some((timer, due)));
            bench.now.mono = due;
            assert_ne!(bench.tell(input), "", "{situation}");
        }
    }

    #[test]
    fn zero_or_negative_startsecs_mean_running_at_once() {
        for start_seconds in [0, -1] {
            let mut bench = Bench::new(|service| service.start.start_seconds = start_seconds);
            bench.tell(ProcessInput::Start);
            assert_eq!(
                bench.tell(ProcessInput::Spawned(Pid(7))),
                format!(
                    "INFO spawned: 'cat' with pid 7; 1: STARTING>RUNNING pid:7 tries:0; INFO success: cat entered \
                     RUNNING state, process has stayed up for > than {start_seconds} seconds (startsecs)"
                )
            );
            assert_eq!(
                bench.tell(ProcessInput::Exited(ExitStatus::Exited(0))),
                "1: RUNNING>EXITED pid:7 tries:0; INFO exited: cat (exit status 0; expected)"
            );
            assert_eq!(bench.process.exit_code(), Some(0));
        }
    }

    #[test]
    fn an_exit_at_the_deadline_passes_through_running() {
        let mut bench = Bench::new(|_| {});
        bench.bring_to("STARTING");
        bench.pass(5_000);
        assert_eq!(
            bench.tell(ProcessInput::Exited(ExitStatus::Exited(0))),
            "disarm started 1; 1: STARTING>RUNNING pid:7 tries:0; INFO success: cat entered RUNNING state, process \
             has stayed up for > than 5 seconds (startsecs); 1: RUNNING>EXITED pid:7 tries:0; INFO exited: cat \
             (exit status 0; expected)"
        );
        let mut bench = Bench::new(|_| {});
        bench.bring_to("STARTING");
        bench.pass(4_999);
        // Too quick even with an expected code, as in the original.
        assert_eq!(
            bench.tell(ProcessInput::Exited(ExitStatus::Exited(0))),
            "disarm started 1; 1: STARTING>BACKOFF pid:7 tries:1; WARN exited: cat (exit status 0; not expected); \
             arm retry 1 +1s"
        );
        assert_eq!((bench.process.exit_code(), bench.process.pid()), (None, None));
        assert_eq!(bench.process.spawn_error(), Some(&SpawnError::ExitedTooQuickly));
    }

    #[test]
    fn startsecs_count_from_the_answer_to_spawn() {
        let mut bench = Bench::new(|_| {});
        bench.tell(ProcessInput::Start);
        bench.pass(30_000);
        bench.tell(ProcessInput::Spawned(Pid(7)));
        bench.pass(1);
        bench.tell(ProcessInput::Exited(ExitStatus::Exited(0)));
        assert_eq!(bench.process.state(), State::Backoff);
        assert_eq!(bench.process.last_start(), Some(at(NOW)));
        assert_eq!(bench.process.last_stop(), Some(at(NOW + 30_001)));
    }

    #[test]
    fn delays_grow_by_a_second_until_it_gives_up() {
        let mut bench = Bench::new(|_| {});
        let mut told = vec![bench.tell(ProcessInput::Start)];
        for tries in 1..=4 {
            told.push(bench.tell(ProcessInput::SpawnFailed(SpawnError::Empty)));
            bench.pass(1_000 * tries);
            told.push(bench.tell(ProcessInput::BackoffElapsed));
        }
        let failed = "INFO spawnerr: command is empty; ";
        assert_eq!(
            told,
            [
                "1: STOPPED>STARTING pid:0 tries:0; spawn 1".to_owned(),
                format!("{failed}1: STARTING>BACKOFF pid:0 tries:1; arm retry 1 +1s"),
                "1: BACKOFF>STARTING pid:0 tries:1; spawn 1".to_owned(),
                format!("{failed}1: STARTING>BACKOFF pid:0 tries:2; arm retry 1 +2s"),
                "1: BACKOFF>STARTING pid:0 tries:2; spawn 1".to_owned(),
                format!("{failed}1: STARTING>BACKOFF pid:0 tries:3; arm retry 1 +3s"),
                "1: BACKOFF>STARTING pid:0 tries:3; spawn 1".to_owned(),
                format!(
                    "{failed}1: STARTING>BACKOFF pid:0 tries:4; 1: BACKOFF>FATAL pid:0 tries:0; INFO gave up: cat \
                     entered FATAL state, too many start retries too quickly"
                ),
                String::new(),
            ]
        );
        assert_eq!(bench.process.backoff(), 0);
    }

    #[test]
    fn without_retries_one_failure_is_final() {
        for retries in [0, -1] {
            let mut bench = Bench::new(|service| service.start.retries = retries);
            bench.bring_to("STARTING");
            assert_eq!(
                bench.tell(ProcessInput::Exited(ExitStatus::Exited(1))),
                "disarm started 1; 1: STARTING>BACKOFF pid:7 tries:1; WARN exited: cat (exit status 1; not expected); \
                 1: BACKOFF>FATAL pid:0 tries:0; INFO gave up: cat entered FATAL state, too many start retries too \
                 quickly"
            );
        }
    }

    #[test]
    fn a_stop_in_backoff_does_not_reset_the_counter() {
        let mut bench = Bench::new(|_| {});
        bench.bring_to("BACKOFF");
        bench.tell(ProcessInput::Stop);
        assert_eq!(bench.tell(ProcessInput::Start), "1: STOPPED>STARTING pid:0 tries:1; spawn 1");
        bench.tell(ProcessInput::Spawned(Pid(7)));
        bench.pass(5_000);
        bench.tell(ProcessInput::StartSecondsPassed);
        assert_eq!(bench.process.backoff(), 0);
    }

    #[test]
    fn autorestart_has_three_values() {
        let killed = ExitStatus::Signaled { signal: Signal::KILL, core_dumped: false };
        for (auto_restart, status, restarts) in [
            (AutoRestart::Never, ExitStatus::Exited(0), false),
            (AutoRestart::Never, ExitStatus::Exited(1), false),
            (AutoRestart::Never, killed, false),
            (AutoRestart::Unexpected, ExitStatus::Exited(0), false),
            (AutoRestart::Unexpected, ExitStatus::Exited(2), false),
            (AutoRestart::Unexpected, ExitStatus::Exited(1), true),
            (AutoRestart::Unexpected, killed, true),
            (AutoRestart::Always, ExitStatus::Exited(0), true),
            (AutoRestart::Always, ExitStatus::Exited(1), true),
            (AutoRestart::Always, killed, true),
        ] {
            for may_start in [true, false] {
                let mut bench = Bench::new(|service| {
                    service.start.auto_restart = auto_restart;
                    service.start.exit_codes = vec![0, 2];
                });
                bench.bring_to("RUNNING");
                bench.may_start = may_start;
                let told = bench.tell(ProcessInput::Exited(status));
                let again = told.ends_with("); 1: EXITED>STARTING pid:0 tries:0; spawn 1");
                assert_eq!(again, restarts && may_start, "{auto_restart:?} {status} {told}");
                if !again {
                    assert_eq!(bench.process.state(), State::Exited);
                    assert_eq!(bench.process.exit_code(), Some(status.code()));
                }
            }
        }
    }

    #[test]
    fn an_unexpected_exit_is_explained() {
        let mut bench = Bench::new(|_| {});
        bench.bring_to("RUNNING");
        let status = ExitStatus::Signaled { signal: Signal(11), core_dumped: true };
        assert_eq!(
            bench.tell(ProcessInput::Exited(status)),
            "1: RUNNING>EXITED pid:7 tries:0 unexpected; WARN exited: cat (terminated by SIGSEGV (core dumped); not \
             expected)"
        );
        assert_eq!(bench.process.spawn_error(), Some(&SpawnError::BadExitCode(-1)));
        assert_eq!(bench.process.exit_code(), Some(-1));
        bench.tell(ProcessInput::Start);
        assert_eq!((bench.process.spawn_error(), bench.process.exit_code()), (None, None));
    }

    #[test]
    fn sigkill_repeats_until_the_child_is_gone() {
        let mut bench = Bench::new(|service| {
            service.stop.as_group = true;
            service.stop.kill_as_group = true;
            service.stop.signal = Signal::QUIT;
        });
        bench.bring_to("RUNNING");
        assert_eq!(
            bench.tell(ProcessInput::Stop),
            "DEBG killing cat (pid 7) process group with signal SIGQUIT; 1: RUNNING>STOPPING pid:7 tries:0; SIGQUIT \
             to group 7; arm kill 1 +10s"
        );
        for _ in 0..3 {
            bench.pass(10_000);
            assert_eq!(
                bench.tell(ProcessInput::StopDeadlinePassed),
                "WARN killing 'cat' (7) with SIGKILL; DEBG killing cat (pid 7) process group with signal SIGKILL; \
                 SIGKILL to group 7; arm kill 1 +10s"
            );
        }
        let status = ExitStatus::Signaled { signal: Signal::KILL, core_dumped: false };
        assert_eq!(
            bench.tell(ProcessInput::Exited(status)),
            "disarm kill 1; 1: STOPPING>STOPPED pid:7 tries:0; WARN stopped: cat (terminated by SIGKILL)"
        );
    }

    #[test]
    fn each_signal_has_its_own_group_option() {
        let mut bench = Bench::new(|service| service.stop.as_group = true);
        bench.bring_to("STARTING");
        assert!(bench.tell(ProcessInput::Stop).contains("SIGTERM to group 7"));
        bench.pass(10_000);
        assert!(bench.tell(ProcessInput::StopDeadlinePassed).contains("SIGKILL to 7"));
    }

    #[test]
    fn without_stopwaitsecs_sigkill_follows_at_once_but_does_not_spin() {
        for wait_seconds in [0, -5] {
            let mut bench = Bench::new(|service| service.stop.wait_seconds = wait_seconds);
            bench.bring_to("RUNNING");
            let killing = "WARN killing 'cat' (7) with SIGKILL; DEBG killing cat (pid 7) with signal SIGKILL; SIGKILL \
                           to 7; arm kill 1 +1s";
            assert_eq!(
                bench.tell(ProcessInput::Stop),
                format!(
                    "DEBG killing cat (pid 7) with signal SIGTERM; 1: RUNNING>STOPPING pid:7 tries:0; SIGTERM to 7; \
                     {killing}"
                )
            );
            bench.pass(1_000);
            assert_eq!(bench.tell(ProcessInput::StopDeadlinePassed), killing);
        }
    }

    #[test]
    fn a_request_to_end_waits_for_the_answer_to_spawn() {
        use ProcessInput as I;
        for (request, if_spawned, if_failed) in [
            (I::Stop, "STARTING>STOPPING", "BACKOFF>STOPPED"),
            (I::ShutDown, "STARTING>STOPPING", "BACKOFF>FATAL"),
            (I::Hurry, "STARTING>STOPPING", "BACKOFF>FATAL"),
        ] {
            let mut bench = Bench::new(|_| {});
            bench.bring_to("ORDERED");
            assert_eq!(bench.tell(request.clone()), "");
            let told = bench.tell(I::Spawned(Pid(7)));
            assert!(told.contains(if_spawned), "{told}");
            assert_eq!(told.contains("SIGKILL to 7"), request == I::Hurry, "{told}");
            let mut bench = Bench::new(|_| {});
            bench.bring_to("ORDERED");
            bench.tell(request);
            let told = bench.tell(I::SpawnFailed(SpawnError::Empty));
            assert!(told.contains(if_failed), "{told}");
            assert_eq!(bench.process.armed(), None);
        }
    }

    #[test]
    fn the_strongest_request_to_end_is_kept() {
        let mut bench = Bench::new(|_| {});
        bench.bring_to("ORDERED");
        for request in [ProcessInput::Stop, ProcessInput::Hurry, ProcessInput::ShutDown] {
            bench.tell(request);
        }
        assert!(bench.tell(ProcessInput::Spawned(Pid(7))).contains("SIGKILL to 7"));
    }

    #[test]
    fn when_starts_are_forbidden_nothing_is_retried() {
        let mut bench = Bench::new(|_| {});
        bench.bring_to("STARTING");
        bench.may_start = false;
        assert_eq!(
            bench.tell(ProcessInput::Exited(ExitStatus::Exited(1))),
            "disarm started 1; 1: STARTING>BACKOFF pid:7 tries:1; WARN exited: cat (exit status 1; not expected)"
        );
        for situation in ["STOPPED", "EXITED", "FATAL"] {
            let mut bench = Bench::new(|_| {});
            bench.bring_to(situation);
            bench.may_start = false;
            assert_eq!(bench.tell(ProcessInput::Start), "", "{situation}");
        }
    }

    #[test]
    fn an_unreachable_child_ends_as_it_was_meant_to() {
        let failed = || ProcessInput::SignalFailed("Operation not permitted".to_owned());
        let mut bench = Bench::new(|service| service.start.auto_restart = AutoRestart::Always);
        bench.bring_to("STOPPING");
        assert_eq!(
            bench.tell(failed()),
            "CRIT unknown problem killing cat (7):Operation not permitted; disarm kill 1; 1: STOPPING>UNKNOWN pid:7 \
             tries:0"
        );
        assert_eq!(
            bench.tell(ProcessInput::Exited(ExitStatus::Exited(0))),
            "1: UNKNOWN>STOPPED pid:7 tries:0; INFO stopped: cat (exit status 0)"
        );
        let mut bench = Bench::new(|service| service.start.auto_restart = AutoRestart::Always);
        bench.bring_to("UNKNOWN");
        assert!(bench.tell(ProcessInput::Exited(ExitStatus::Exited(0))).ends_with("spawn 1"));
    }

    #[test]
    fn a_failed_operator_signal_is_told_apart() {
        let mut bench = Bench::new(|_| {});
        bench.bring_to("STOPPING");
        bench.tell(ProcessInput::Send(Signal::HUP));
        let failed = ProcessInput::SignalFailed("no".to_owned());
        assert!(bench.tell(failed).starts_with("CRIT unknown problem sending sig cat (7):no; "));
    }
}
