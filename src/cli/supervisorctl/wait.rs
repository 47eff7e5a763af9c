//! `--wait[=SECONDS]` and `--no-wait` of `start`, `stop` and `restart`. Ours.
//!
//! Without them a start returns when the program has run for its `startsecs`, or has failed once. With `--wait` it returns when
//! the program runs, however many tries that takes, or when it has failed for good, or when the time is up (exit status 1);
//! a program that was started already is waited for too. With `--no-wait` it returns at once. The same for stopping.

use crate::cli::supervisorctl::commands::{print_outcome, status_of};
use crate::cli::supervisorctl::line::take_option;
use crate::cli::supervisorctl::names::{Info, Outcome, code, state};
use crate::cli::supervisorctl::output::{self, Did};
use crate::cli::supervisorctl::session::{Failure, Session, status};
use crate::runtime::client::CallError;
use crate::sys::{clock, poll::pause};
use std::time::Duration;

/// How long to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Patience {
    /// Not at all.
    None,
    /// As long as it takes.
    Endless,
    /// That long.
    For(Duration),
}

/// How often to look.
const LOOK: Duration = Duration::from_millis(50);

/// Takes the options out of the arguments; nothing where neither is there.
pub(super) fn take(words: &mut Vec<String>) -> Result<Option<Patience>, String> {
    if take_option(words, "--no-wait").is_some() {
        return Ok(Some(Patience::None));
    }
    match take_option(words, "--wait") {
        None => Ok(None),
        Some(None) => Ok(Some(Patience::Endless)),
        Some(Some(text)) => seconds("--wait", &text).map(|time| Some(Patience::For(time))),
    }
}

/// A number of seconds, with or without a fraction.
pub(super) fn seconds(option: &str, text: &str) -> Result<Duration, String> {
    let number: Option<f64> = text.parse().ok();
    number
        .and_then(|number| Duration::try_from_secs_f64(number).ok())
        .ok_or_else(|| output::bad_seconds(option, text))
}

/// Starts processes.
pub(super) fn start(session: &mut Session, names: &[String], patience: Patience) -> Result<(), Failure> {
    run(session, names, patience, Did::Start, "startProcess", code::ALREADY_STARTED)
}

/// Stops processes.
pub(super) fn stop(session: &mut Session, names: &[String], patience: Patience) -> Result<(), Failure> {
    run(session, names, patience, Did::Stop, "stopProcess", code::NOT_RUNNING)
}

fn run(
    session: &mut Session,
    names: &[String],
    patience: Patience,
    did: Did,
    method: &str,
    already: i32,
) -> Result<(), Failure> {
    let before = session.status;
    let all = session.processes()?;
    let found: Vec<Info> = status_of(session, &all, names).into_iter().cloned().collect();
    if session.status != before {
        session.status = status::GENERIC;
    }
    let mut waiting: Vec<Info> = Vec::new();
    for info in found {
        match session.call(method, &[format!("{}:{}", info.group, info.name).into(), false.into()]) {
            Ok(_) => {}
            // On its way already, so there is something to wait for.
            Err(CallError::Fault(fault)) if fault.code == already && patience != Patience::None => {}
            Err(CallError::Fault(fault)) => {
                print_outcome(session, did, &outcome(&info, fault.code, fault.text), Some(already))?;
                continue;
            }
            Err(error) => return Err(error.into()),
        }
        if patience == Patience::None {
            session.say(&format!("{}: {}", info.namespec(), output::asked(did)));
        } else {
            waiting.push(info);
        }
    }
    wait(session, waiting, patience, did)
}

fn wait(session: &mut Session, mut waiting: Vec<Info>, patience: Patience, did: Did) -> Result<(), Failure> {
    let begun = clock::now().mono;
    while !waiting.is_empty() {
        let all = session.processes()?;
        let mut left = Vec::new();
        for info in waiting {
            let now = all.iter().find(|other| other.group == info.group && other.name == info.name);
            match now.map_or(Some(code::BAD_NAME), |now| verdict(did, now)) {
                Some(code) => print_outcome(session, did, &outcome(&info, code, String::new()), None)?,
                None => left.push(info),
            }
        }
        waiting = left;
        if matches!(patience, Patience::For(time) if clock::now().mono.since(begun) >= time) {
            break;
        }
        if !waiting.is_empty() {
            session.flush();
            pause(LOOK);
        }
    }
    for info in waiting {
        session.say(&output::error_of(&info.namespec(), output::TIMED_OUT));
        session.status = status::GENERIC;
    }
    Ok(())
}

/// What a process has come to, if that is settled. One that has exited after it was started did run.
fn verdict(did: Did, info: &Info) -> Option<i32> {
    match (did, info.state) {
        (Did::Start, state::RUNNING | state::EXITED) => Some(code::SUCCESS),
        (Did::Start, state::FATAL) => Some(code::SPAWN_ERROR),
        (Did::Start, _) if info.is_stopped() => Some(code::ABNORMAL_TERMINATION),
        (Did::Stop, _) if info.is_stopped() => Some(code::SUCCESS),
        (_, _) => None,
    }
}

fn outcome(info: &Info, code: i32, text: String) -> Outcome {
    Outcome { group: info.group.clone(), name: info.name.clone(), code, text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_of_waiting() {
        let words = |text: &str| -> Vec<String> { text.split(' ').map(str::to_owned).collect() };
        for (text, wanted, left) in [
            ("a b", Ok(None), "a b"),
            ("--wait a", Ok(Some(Patience::Endless)), "a"),
            ("a --wait=2.5 b", Ok(Some(Patience::For(Duration::from_millis(2500)))), "a b"),
            ("a --no-wait", Ok(Some(Patience::None)), "a"),
            ("a --wait=x", Err("Error: --wait takes a number of seconds, not 'x'".to_owned()), "a"),
            ("a --wait=-1", Err("Error: --wait takes a number of seconds, not '-1'".to_owned()), "a"),
        ] {
            let mut given = words(text);
            assert_eq!(take(&mut given), wanted, "{text}");
            assert_eq!(given, words(left), "{text}");
        }
    }

    #[test]
    fn verdicts() {
        let info = |state| Info { state, ..Info::default() };
        let start: Vec<Option<i32>> =
            [0, 10, 20, 30, 40, 100, 200].map(|state| verdict(Did::Start, &info(state))).to_vec();
        assert_eq!(start, [Some(40), None, Some(80), None, None, Some(80), Some(50)]);
        let stop: Vec<Option<i32>> =
            [0, 10, 20, 30, 40, 100, 200].map(|state| verdict(Did::Stop, &info(state))).to_vec();
        assert_eq!(stop, [Some(80), None, None, None, None, Some(80), Some(80)]);
    }
}
