//! When the daemon ends by itself: an essential program has ended, or `exit_when=` says so. Decides which process is to blame,
//! with which exit status the daemon ends, and in which words that is told.

use crate::base::{ExitStatus, ServiceId, Signal};
use crate::engine::roster::Roster;
use crate::engine::{ServiceView, SpawnError, State};
use crate::model::{EndKind, ExitPolicy, ExitRule, ExitWhen, GroupKind};

/// The status where a program failed and has none of its own to tell.
const FAILURE: u8 = 1;

/// What a shell answers for a command that cannot be executed, and for one that does not exist.
const NOT_EXECUTABLE: u8 = 126;
const NOT_FOUND: u8 = 127;

/// The end of a program that ends the daemon.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// The process to blame.
    pub id: ServiceId,
    /// Why everything stops, for people; one line.
    pub reason: String,
    /// What a shell would answer for that program.
    status: u8,
    signal: Option<Signal>,
    is_fatal: bool,
}

/// Whether a process that has just come to rest ends the daemon.
pub(super) fn judge(policy: &ExitPolicy, id: ServiceId, roster: &Roster) -> Option<Cause> {
    let view = roster.service(id)?;
    if !matches!(view.state(), State::Fatal | State::Exited) {
        return None;
    }
    let essential = view.service().essential && has_failed(view);
    let by_policy = match policy.when {
        ExitWhen::Never => false,
        ExitWhen::AnyFatal => view.state() == State::Fatal,
        ExitWhen::AnyExit => !is_listener(view),
        ExitWhen::AllExited => !is_listener(view) && all_rest(roster),
    };
    if essential {
        return Some(cause(view, "essential program"));
    }
    let rule = format!("exit_when={}: program", policy.when.name());
    by_policy.then(|| {
        // When all are down, one that failed tells more than the one that was last.
        let failed = || roster.services().find(|view| !is_listener(*view) && has_failed(*view));
        let all = policy.when == ExitWhen::AllExited && !has_failed(view);
        cause(if all { failed().unwrap_or(view) } else { view }, &rule)
    })
}

/// The status with which the daemon ends. Without a cause it was told to stop.
#[must_use]
pub fn exit_status(rules: &[ExitRule], cause: Option<&Cause>) -> u8 {
    let status = cause.map_or(0, |cause| cause.status);
    let fits = |rule: &&ExitRule| match (rule.of, cause) {
        (EndKind::Any, _) => true,
        (EndKind::Stopped, cause) => cause.is_none(),
        (_, None) => false,
        (EndKind::Fatal, Some(cause)) => cause.is_fatal,
        (EndKind::Signal(wanted), Some(cause)) => {
            cause.signal.is_some_and(|signal| wanted.is_none_or(|wanted| wanted == signal))
        }
        (EndKind::Status(wanted), Some(_)) => wanted == status,
    };
    rules.iter().find(fits).and_then(|rule| rule.status).unwrap_or(status)
}

fn is_listener(view: ServiceView<'_>) -> bool {
    matches!(view.group().kind, GroupKind::EventListeners(_))
}

fn all_rest(roster: &Roster) -> bool {
    roster.services().filter(|view| !is_listener(*view)).all(|view| view.state().is_stopped())
}

/// Whether its end was not an expected one.
fn has_failed(view: ServiceView<'_>) -> bool {
    match view.state() {
        State::Fatal => true,
        State::Exited => view.exit_code().is_none_or(|code| !view.service().start.exit_codes.contains(&code)),
        _ => false,
    }
}

fn cause(view: ServiceView<'_>, who: &str) -> Cause {
    let last = view.process().last_end();
    let signal = match last {
        Some(ExitStatus::Signaled { signal, .. }) => Some(signal),
        Some(ExitStatus::Exited(_)) | None => None,
    };
    let is_fatal = view.state() == State::Fatal;
    let name = full_name(view);
    let reason = match (view.spawn_error(), last) {
        (Some(error), _) if is_fatal && !matches!(error, SpawnError::ExitedTooQuickly) => {
            format!("{who} {name} cannot be started: {error}")
        }
        (_, Some(end)) if is_fatal => format!("{who} {name} did not stay up: {end}"),
        (_, Some(end)) => {
            let expected = if has_failed(view) { "not expected" } else { "expected" };
            format!("{who} {name} has ended: {end}; {expected}")
        }
        (_, None) => format!("{who} {name} is {}", view.state()),
    };
    Cause { id: view.id(), reason, status: status(view, last), signal, is_fatal }
}

/// What a shell would answer. A failure is never told as success.
fn status(view: ServiceView<'_>, last: Option<ExitStatus>) -> u8 {
    let told = match (view.spawn_error(), last) {
        (Some(SpawnError::CommandNotFound(_)), _) => NOT_FOUND,
        (
            Some(SpawnError::NotExecutable(_) | SpawnError::IsDirectory(_) | SpawnError::NoPermission(_)),
            _,
        ) => NOT_EXECUTABLE,
        (_, Some(ExitStatus::Exited(code))) => u8::try_from(code).unwrap_or(FAILURE),
        (_, Some(ExitStatus::Signaled { signal, .. })) => u8::try_from(128 + signal.0).unwrap_or(FAILURE),
        (_, None) => FAILURE,
    };
    if told == 0 && has_failed(view) { FAILURE } else { told }
}

fn full_name(view: ServiceView<'_>) -> String {
    if view.name() == view.group_name() {
        view.name().to_owned()
    } else {
        format!("{}:{}", view.group_name(), view.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::fixtures::{Rig, group, service};
    use crate::engine::{Engine, Input, Timer};
    use crate::model::{AutoRestart, Service};

    fn rig(when: ExitWhen, services: Vec<Service>) -> Rig {
        let mut rig = Rig::new();
        rig.engine = Engine::with_policy(ExitPolicy { when, ..ExitPolicy::default() });
        let count = u32::try_from(services.len()).expect("a few");
        rig.tell(Input::Boot(vec![group("web", 1, services)]));
        rig.spawn(0..count);
        rig.pass(1_000);
        for id in 0..count {
            rig.tell(Input::Deadline(Timer::Started(ServiceId(id))));
        }
        rig
    }

    fn essential(name: &str) -> Service {
        Service { essential: true, ..service(name) }
    }

    fn exits(rig: &mut Rig, id: u32, code: i32) -> String {
        rig.tell(Input::Exited(ServiceId(id), ExitStatus::Exited(code)))
    }

    fn status_of(rig: &Rig) -> Option<u8> {
        rig.engine.cause().map(|cause| exit_status(&[], Some(cause)))
    }

    #[test]
    fn an_essential_program_takes_everything_with_it() {
        let mut rig = rig(ExitWhen::Never, vec![essential("main"), service("helper")]);
        let told = exits(&mut rig, 0, 3);
        assert!(
            told.contains(
                "CRIT shutting down: essential program web:main has ended: exit status 3; not expected"
            ),
            "{told}"
        );
        assert!(!told.contains("spawn 0") && told.contains("SIGTERM to 101"), "{told}");
        assert_eq!(status_of(&rig), Some(3));
    }

    #[test]
    fn its_expected_end_is_no_reason() {
        let mut service = essential("main");
        service.start.auto_restart = AutoRestart::Always;
        let mut rig = rig(ExitWhen::Never, vec![service]);
        assert!(exits(&mut rig, 0, 0).contains("spawn 0"));
        assert_eq!(status_of(&rig), None);
    }

    #[test]
    fn an_end_that_was_asked_for_is_no_reason() {
        let mut rig = rig(ExitWhen::AnyExit, vec![essential("main")]);
        rig.tell(Input::Stop(ServiceId(0)));
        assert!(exits(&mut rig, 0, 3).contains("STOPPED"));
        assert_eq!(status_of(&rig), None);
    }

    #[test]
    fn fatal_programs_count_with_what_a_shell_would_answer() {
        let fail = |error: SpawnError| {
            let mut service = service("main");
            service.start.retries = 0;
            let mut rig = Rig::new();
            rig.engine =
                Engine::with_policy(ExitPolicy { when: ExitWhen::AnyFatal, ..ExitPolicy::default() });
            rig.tell(Input::Boot(vec![group("main", 1, vec![service])]));
            rig.tell(Input::SpawnFailed(ServiceId(0), error));
            let reason = rig.engine.cause().map(|cause| cause.reason.clone());
            (reason.expect("a cause"), status_of(&rig))
        };
        let (reason, status) = fail(SpawnError::CommandNotFound("/x".to_owned()));
        assert_eq!(reason, "exit_when=any_fatal: program main cannot be started: can't find command '/x'");
        assert_eq!(status, Some(127));
        assert_eq!(fail(SpawnError::IsDirectory("/x".to_owned())).1, Some(126));
        assert_eq!(fail(SpawnError::Empty).1, Some(1));
    }

    #[test]
    fn too_quick_an_end_is_a_failure_whatever_the_code() {
        let mut service = service("main");
        service.start.retries = 0;
        let mut rig = Rig::new();
        rig.engine = Engine::with_policy(ExitPolicy { when: ExitWhen::AnyFatal, ..ExitPolicy::default() });
        rig.tell(Input::Boot(vec![group("main", 1, vec![service])]));
        rig.spawn([0]);
        exits(&mut rig, 0, 0);
        assert_eq!(status_of(&rig), Some(1));
    }

    #[test]
    fn any_exit_waits_for_one_that_is_not_started_again() {
        let mut rig = rig(ExitWhen::AnyExit, vec![service("a"), service("b")]);
        assert!(exits(&mut rig, 0, 7).contains("spawn 0"));
        assert_eq!(status_of(&rig), None);
        assert!(
            exits(&mut rig, 1, 0)
                .contains("exit_when=any_exit: program web:b has ended: exit status 0; expected")
        );
        assert_eq!(status_of(&rig), Some(0));
    }

    #[test]
    fn all_exited_blames_the_one_that_failed() {
        let mut once = service("a");
        once.start.auto_restart = AutoRestart::Never;
        let mut rig = rig(ExitWhen::AllExited, vec![once, service("b")]);
        assert!(!exits(&mut rig, 0, 4).contains("shutting down"));
        assert!(exits(&mut rig, 1, 0).contains("shutting down"));
        assert_eq!(status_of(&rig), Some(4));
    }

    #[test]
    fn rules_are_taken_in_order() {
        let mut rig = rig(ExitWhen::AnyExit, vec![essential("main")]);
        rig.tell(Input::Exited(
            ServiceId(0),
            ExitStatus::Signaled { signal: Signal::KILL, core_dumped: false },
        ));
        let cause = rig.engine.cause();
        let rule = |of, status| ExitRule { of, status };
        let told = |rules: &[ExitRule]| exit_status(rules, cause);
        assert_eq!(told(&[]), 137);
        assert_eq!(told(&[rule(EndKind::Signal(Some(Signal::TERM)), Some(1))]), 137);
        assert_eq!(told(&[rule(EndKind::Signal(None), Some(9)), rule(EndKind::Any, Some(5))]), 9);
        assert_eq!(told(&[rule(EndKind::Status(137), None), rule(EndKind::Any, Some(5))]), 137);
        assert_eq!(told(&[rule(EndKind::Fatal, Some(1)), rule(EndKind::Stopped, Some(2))]), 137);
        assert_eq!(exit_status(&[rule(EndKind::Stopped, Some(143))], None), 143);
        assert_eq!(exit_status(&[rule(EndKind::Status(0), Some(4))], None), 0);
    }

    #[test]
    fn a_shutdown_that_takes_too_long_ends_with_sigkill() {
        let mut rig = Rig::new();
        rig.engine = Engine::with_policy(ExitPolicy { shutdown_timeout: 4, ..ExitPolicy::default() });
        rig.tell(Input::Boot(vec![group("web", 1, vec![service("web")])]));
        rig.spawn([0]);
        assert!(rig.tell(Input::Shutdown).contains("arm shutdown timeout +4s"));
        rig.pass(4_000);
        let told = rig.tell(Input::Deadline(Timer::ShutdownTimeout));
        assert!(told.contains("WARN the shutdown takes longer than 4 seconds (shutdown_timeout)"), "{told}");
        assert!(told.contains("SIGKILL to 100"), "{told}");
    }
}
