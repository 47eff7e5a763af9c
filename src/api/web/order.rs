//! What a click on the web page leads to: calls of methods one after the other, and a message for people at the end. Texts
//! mirror `supervisor/web.py` (`make_callback`), save that a failed start within a restart, or of a group, is told.

use crate::api::fault::Code;
use crate::api::methods::names::{self, Target, full_name};
use crate::api::{Answer, Host, Job, Namespaces, Refusal, Reply, call};
use crate::base::Mono;
use crate::engine::GroupView;
use crate::wire::xmlrpc::{Fault, Value};
use std::collections::VecDeque;

/// Failures named in one message at most.
const MOST_NAMED: usize = 5;

/// What is to be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verb {
    Start,
    Stop,
    Restart,
    Clear,
    Refresh,
}

/// With what.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Subject {
    /// A process, under the name that was given.
    One(String),
    /// A group.
    Group(String),
    /// Everything.
    All,
    /// Nothing of that name is there.
    Nobody(String),
}

type Step = (&'static str, Vec<Value>);

/// An order of the page. Ends with a message, never with a refusal.
pub struct Order {
    verb: Verb,
    subject: Subject,
    steps: VecDeque<Step>,
    waiting: Option<Box<dyn Job>>,
    namespaces: Namespaces,
    /// The message of the first failure; it ends the order.
    problem: Option<String>,
    /// Processes of a group, or of all, with which it did not work.
    failed: Vec<String>,
}

impl Order {
    /// What an action leads to; `name` is a process, or a group with `:*`. `None` for an unknown action.
    #[must_use]
    pub fn new(action: &str, name: &str, host: &dyn Host) -> Option<Order> {
        let (verb, subject) = match action {
            "refresh" => (Verb::Refresh, Subject::All),
            "startall" => (Verb::Start, Subject::All),
            "stopall" => (Verb::Stop, Subject::All),
            "restartall" => (Verb::Restart, Subject::All),
            "clearall" => (Verb::Clear, Subject::All),
            _ if name.is_empty() => return None,
            "start" => (Verb::Start, subject(name, host)),
            "stop" => (Verb::Stop, subject(name, host)),
            "restart" => (Verb::Restart, subject(name, host)),
            "clearlog" => (Verb::Clear, subject(name, host)),
            _ => return None,
        };
        Some(Order {
            steps: steps(verb, &subject, host),
            verb,
            subject,
            waiting: None,
            namespaces: Namespaces::usual(),
            problem: None,
            failed: Vec::new(),
        })
    }

    /// Takes a step's result. That what is to be restarted does not run is no problem.
    fn settled(&mut self, answer: Answer) {
        match answer {
            Ok(results) => self.failed.extend(failures(&results)),
            Err(Refusal::Fault(fault)) => {
                let stopping_first = self.verb == Verb::Restart && !self.steps.is_empty();
                if !(stopping_first && fault.code == Code::NotRunning.number()) {
                    self.problem = Some(self.told(&fault));
                }
            }
            Err(Refusal::Broken(why)) => self.problem = Some(format!("ERROR: {why}")),
        }
    }

    /// A fault in the original's words.
    fn told(&self, fault: &Fault) -> String {
        let unexpected = format!("unexpected rpc fault [{}] {}", fault.code, fault.text);
        let (Verb::Start | Verb::Restart, Subject::One(name)) = (self.verb, &self.subject) else {
            return unexpected;
        };
        let why = match Code::from_number(fault.code) {
            Some(Code::NoFile) => "no such file",
            Some(Code::NotExecutable) => "file not executable",
            Some(Code::AlreadyStarted) => "already started",
            Some(Code::SpawnError) => "spawn error",
            Some(Code::AbnormalTermination) => "abnormal termination",
            _ => unexpected.as_str(),
        };
        format!("ERROR: Process {name}: {why}")
    }

    /// The message when every step has been done.
    fn done(&self, host: &dyn Host) -> String {
        let verb = match self.verb {
            Verb::Start => "started",
            Verb::Stop => "stopped",
            Verb::Restart => "restarted",
            Verb::Clear => "cleared",
            Verb::Refresh => "refreshed",
        };
        if !self.failed.is_empty() {
            return self.partly(verb);
        }
        let date = || host.long_date(host.now().wall);
        match (&self.subject, self.verb) {
            (Subject::Nobody(name), _) => format!("No such process named {name}"),
            (Subject::One(name), Verb::Clear) => format!("Log for {name} cleared"),
            (Subject::One(name), _) => format!("Process {name} {verb}"),
            (Subject::Group(name), Verb::Clear) => format!("Logs of group {name} cleared"),
            (Subject::Group(name), _) => format!("Group {name} {verb}"),
            (Subject::All, Verb::Refresh) => format!("Page refreshed at {}", date()),
            (Subject::All, Verb::Clear) => format!("All logs cleared at {}", date()),
            (Subject::All, _) => format!("All {verb} at {}", date()),
        }
    }

    fn partly(&self, verb: &str) -> String {
        let named = self.failed.iter().take(MOST_NAMED).cloned().collect::<Vec<_>>().join(", ");
        let more = match self.failed.len().saturating_sub(MOST_NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        format!("ERROR: not {verb}: {named}{more}")
    }
}

impl Job for Order {
    fn poll(&mut self, host: &mut dyn Host) -> Option<Answer> {
        loop {
            if let Some(job) = &mut self.waiting {
                let answer = job.poll(host)?;
                self.waiting = None;
                self.settled(answer);
            }
            if let Some(problem) = self.problem.take() {
                return Some(Ok(Value::Text(problem)));
            }
            let Some((method, params)) = self.steps.pop_front() else {
                return Some(Ok(Value::Text(self.done(host))));
            };
            match call(host, &self.namespaces, method, &params) {
                Ok(Reply::Later(job)) => self.waiting = Some(job),
                Ok(Reply::Now(value)) => self.settled(Ok(value)),
                Err(refusal) => self.settled(Err(refusal)),
            }
        }
    }

    fn deadline(&self) -> Option<Mono> {
        self.waiting.as_ref().and_then(|job| job.deadline())
    }
}

fn subject(name: &str, host: &dyn Host) -> Subject {
    match names::find(host.engine(), name) {
        Ok(Target::One(_)) => Subject::One(name.to_owned()),
        Ok(Target::Group(group)) => Subject::Group(group.to_owned()),
        Err(_) => Subject::Nobody(name.to_owned()),
    }
}

fn steps(verb: Verb, subject: &Subject, host: &dyn Host) -> VecDeque<Step> {
    let start = match subject {
        Subject::One(name) => ("supervisor.startProcess", vec![text(name)]),
        Subject::Group(name) => ("supervisor.startProcessGroup", vec![text(name)]),
        Subject::All => ("supervisor.startAllProcesses", Vec::new()),
        Subject::Nobody(_) => return VecDeque::new(),
    };
    let stop = match subject {
        Subject::One(name) => ("supervisor.stopProcess", vec![text(name)]),
        Subject::Group(name) => ("supervisor.stopProcessGroup", vec![text(name)]),
        Subject::All | Subject::Nobody(_) => ("supervisor.stopAllProcesses", Vec::new()),
    };
    match verb {
        Verb::Start => [start].into(),
        Verb::Stop => [stop].into(),
        Verb::Restart => [stop, start].into(),
        Verb::Clear => clearing(subject, host),
        Verb::Refresh => VecDeque::new(),
    }
}

/// Clearing a group's logs is clearing those of its members.
fn clearing(subject: &Subject, host: &dyn Host) -> VecDeque<Step> {
    let one = |name: &str| ("supervisor.clearProcessLogs", vec![text(name)]);
    match subject {
        Subject::One(name) => [one(name)].into(),
        Subject::Group(name) => {
            let members = host.engine().group(name).into_iter().flat_map(GroupView::services);
            members.map(|view| one(&full_name(view))).collect()
        }
        Subject::All => [("supervisor.clearAllProcessLogs", Vec::new())].into(),
        Subject::Nobody(_) => VecDeque::new(),
    }
}

/// The processes with which it did not work, out of a list of results.
fn failures(results: &Value) -> Vec<String> {
    let Value::Array(results) = results else { return Vec::new() };
    let failure = |result: &Value| {
        let status =
            result.get("status").filter(|status| **status != Value::Int(Code::Success.number().into()))?;
        let member = |name: &str| result.get(name).and_then(Value::as_str).unwrap_or_default();
        let why = match status {
            Value::Int(code) => {
                i32::try_from(*code).ok().and_then(Code::from_number).map_or("FAILED", Code::name)
            }
            _ => "FAILED",
        };
        let (group, name) = (member("group"), member("name"));
        let name = if group == name { name.to_owned() } else { format!("{group}:{name}") };
        Some(format!("{name} ({why})"))
    };
    results.iter().filter_map(failure).collect()
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::fake::FakeHost;

    fn told(host: &mut FakeHost, action: &str, name: &str) -> Option<Answer> {
        Order::new(action, name, host)?.poll(host)
    }

    #[test]
    fn orders_end_with_a_message() {
        let mut host = FakeHost::usual();
        let date = host.long_date(host.now().wall);
        for (action, name, message) in [
            ("stop", "cat", "unexpected rpc fault [70] NOT_RUNNING: cat".to_owned()),
            ("start", "nothing", "No such process named nothing".to_owned()),
            ("stop", "web:*", "Group web stopped".to_owned()),
            ("clearlog", "cat", "Log for cat cleared".to_owned()),
            ("clearlog", "web:*", "Logs of group web cleared".to_owned()),
            ("clearall", "", format!("All logs cleared at {date}")),
            ("refresh", "", format!("Page refreshed at {date}")),
            ("stopall", "ignored", format!("All stopped at {date}")),
        ] {
            assert_eq!(told(&mut host, action, name), Some(Ok(Value::Text(message))), "{action} {name}");
        }
        assert!(Order::new("dance", "cat", &host).is_none() && Order::new("start", "", &host).is_none());
        // A start is not over before the process has stayed up.
        assert_eq!(told(&mut host, "restart", "cat"), None);
        let already = "ERROR: Process cat: already started".to_owned();
        assert_eq!(told(&mut host, "start", "cat"), Some(Ok(Value::Text(already))));
    }

    #[test]
    fn failures_in_a_list_are_named() {
        let result = |name: &str, status: i64| {
            Value::record([("name", text(name)), ("group", text("g")), ("status", Value::Int(status))])
        };
        let mut order = Order::new("start", "web:*", &FakeHost::usual()).expect("an order");
        order.settled(Ok(Value::Array(vec![result("a", 80), result("b", 50), result("g", 20)])));
        assert_eq!(order.done(&FakeHost::usual()), "ERROR: not started: g:b (SPAWN_ERROR), g (NO_FILE)");
        order.settled(Ok(Value::Array((0..9).map(|_| result("c", 30)).collect())));
        assert!(
            order.done(&FakeHost::usual()).ends_with("g:c (FAILED), g:c (FAILED), g:c (FAILED) and 6 more")
        );
    }
}
