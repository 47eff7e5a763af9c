//! What an orchestrator's probes ask: `/livez` whether the daemon is at work, `/healthz` whether anything has failed for good,
//! `/readyz` whether everything that starts by itself is up. The answer is a status and, for people, what is wrong.

use crate::api::Host;
use crate::api::methods::names::full_name;
use crate::engine::{Mood, ServiceView, State};

/// The paths, each with what it asks.
const PROBES: [(&str, Probe); 3] =
    [("/livez", Probe::Live), ("/healthz", Probe::Healthy), ("/readyz", Probe::Ready)];

/// One question.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Probe {
    /// The daemon answers.
    Live,
    /// No program has failed for good.
    Healthy,
    /// Every program that starts by itself runs, or has done its work.
    Ready,
}

impl Probe {
    /// What that path asks, if it is a probe's.
    #[must_use]
    pub fn of(path: &str) -> Option<Probe> {
        PROBES.iter().find(|(known, _)| *known == path).map(|(_, probe)| *probe)
    }

    /// The status and the text of the answer: 200 and `ok`, or 503 and a line for each thing that is wrong.
    #[must_use]
    pub fn answer(self, host: &dyn Host) -> (u16, String) {
        let wrong = self.what_is_wrong(host);
        if wrong.is_empty() { (200, "ok\n".to_owned()) } else { (503, wrong.concat()) }
    }

    fn what_is_wrong(self, host: &dyn Host) -> Vec<String> {
        let is_wrong: fn(ServiceView<'_>) -> bool = match self {
            Probe::Live => return Vec::new(),
            Probe::Healthy => has_failed,
            Probe::Ready => is_unready,
        };
        let mut wrong = Vec::new();
        if self == Probe::Ready && host.engine().mood() != Mood::Running {
            wrong.push("shutting down\n".to_owned());
        }
        let line = |view: ServiceView<'_>| format!("{} {}\n", full_name(view), view.state());
        wrong.extend(host.engine().services().filter(|view| is_wrong(*view)).map(line));
        wrong
    }
}

fn has_failed(view: ServiceView<'_>) -> bool {
    match view.state() {
        State::Fatal | State::Unknown => true,
        State::Exited => !ended_well(view),
        State::Stopped | State::Starting | State::Running | State::Backoff | State::Stopping => false,
    }
}

/// Who was never meant to start by itself, or was stopped by somebody, is not waited for.
fn is_unready(view: ServiceView<'_>) -> bool {
    match view.state() {
        State::Running => false,
        State::Stopped => view.service().start.autostart && view.started().is_none(),
        State::Exited => !ended_well(view),
        State::Starting | State::Backoff | State::Stopping | State::Fatal | State::Unknown => true,
    }
}

fn ended_well(view: ServiceView<'_>) -> bool {
    view.exit_code().is_some_and(|code| view.service().start.exit_codes.contains(&code))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::fake::FakeHost;
    use crate::base::ServiceId;
    use crate::engine::Input;

    #[test]
    fn paths_are_exact() {
        assert_eq!(Probe::of("/readyz"), Some(Probe::Ready));
        assert_eq!(Probe::of("/readyz/"), None);
    }

    #[test]
    fn answers_follow_the_states() {
        let mut host = FakeHost::usual();
        let told = |host: &FakeHost, path: &str| Probe::of(path).map(|probe| probe.answer(host));
        host.apply(Input::Start(ServiceId(0)));
        let (status, text) = told(&host, "/readyz").expect("a probe");
        assert!(status == 503 && text.contains("STARTING"), "{text}");
        assert_eq!(told(&host, "/healthz"), Some((200, "ok\n".to_owned())));
        host.stay_up(0);
        assert_eq!(told(&host, "/readyz"), Some((200, "ok\n".to_owned())));
        host.apply(Input::Shutdown);
        let (status, text) = told(&host, "/readyz").expect("a probe");
        assert!(status == 503 && text.starts_with("shutting down\n"), "{text}");
        assert_eq!(told(&host, "/livez"), Some((200, "ok\n".to_owned())));
    }
}
