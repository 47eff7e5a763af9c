//! The pure parts of the web page: who may order something, what an order leads to, and the page as it is without scripts.

use crate::api::methods::info::description;
use crate::api::methods::names::full_name;
use crate::api::{Answer, Host, Job, Namespaces, Refusal, Reply, SUPERVISOR_VERSION, call};
use crate::engine::{GroupView, ServiceView, State};
use crate::wire::http::Head;
use crate::wire::xmlrpc::Value;
use std::collections::VecDeque;
use std::fmt::Write;
use subtle::ConstantTimeEq;

/// Whether a request comes from a page of this server, as far as the browser tells. A client that names no origin is no
/// browser's foreign page; it must still know the token.
#[must_use]
pub fn is_same_origin(head: &Head) -> bool {
    if head.header("sec-fetch-site").is_some_and(|site| site != "same-origin" && site != "none") {
        return false;
    }
    let Some(from) = head.header("origin").or_else(|| head.header("referer")) else { return true };
    let rest = from.strip_prefix("http://").or_else(|| from.strip_prefix("https://"));
    let host = rest.and_then(|rest| rest.split('/').next());
    host.is_some() && host == head.header("host")
}

/// Whether this is the token, compared in constant time.
#[must_use]
pub fn is_token(given: &str, token: &str) -> bool {
    !token.is_empty() && bool::from(given.as_bytes().ct_eq(token.as_bytes()))
}

/// An order of the page: the methods to call one after the other. Ends with a message for people, never with a refusal.
pub struct Order {
    steps: VecDeque<(&'static str, Vec<Value>)>,
    waiting: Option<Box<dyn Job>>,
    namespaces: Namespaces,
    done: String,
    problem: Option<String>,
}

impl Order {
    /// What the page's action leads to; `name` is a process, or a group with `:*`. `None` for an unknown action.
    #[must_use]
    pub fn new(action: &str, name: &str) -> Option<Order> {
        let (steps, done): (&[&'static str], String) = match action {
            "start" => (&["supervisor.startProcess"], format!("Process {name} started")),
            "stop" => (&["supervisor.stopProcess"], format!("Process {name} stopped")),
            "restart" => {
                (&["supervisor.stopProcess", "supervisor.startProcess"], format!("Process {name} restarted"))
            }
            "clearlog" => (&["supervisor.clearProcessLogs"], format!("Log for {name} cleared")),
            "startall" => (&["supervisor.startAllProcesses"], "All started".to_owned()),
            "stopall" => (&["supervisor.stopAllProcesses"], "All stopped".to_owned()),
            "restartall" => {
                (&["supervisor.stopAllProcesses", "supervisor.startAllProcesses"], "All restarted".to_owned())
            }
            "clearall" => (&["supervisor.clearAllProcessLogs"], "All logs cleared".to_owned()),
            _ => return None,
        };
        let group = name.strip_suffix(":*");
        let step = |method: &&'static str| match (*method, group) {
            ("supervisor.startProcess", Some(group)) => ("supervisor.startProcessGroup", vec![text(group)]),
            ("supervisor.stopProcess", Some(group)) => ("supervisor.stopProcessGroup", vec![text(group)]),
            (method, _) if method.ends_with("Process") || method.ends_with("ProcessLogs") => {
                (method, if method.contains("All") { Vec::new() } else { vec![text(name)] })
            }
            (method, _) => (method, Vec::new()),
        };
        Some(Order {
            steps: steps.iter().map(step).collect(),
            waiting: None,
            namespaces: Namespaces::usual(),
            done,
            problem: None,
        })
    }

    /// Clearing a group's logs is clearing those of its members.
    pub fn spread(&mut self, host: &dyn Host) {
        let Some(("supervisor.clearProcessLogs", params)) = self.steps.front() else { return };
        let name = params.first().and_then(Value::as_str).unwrap_or_default();
        let Some(group) = name.strip_suffix(":*").and_then(|name| host.engine().group(name)) else { return };
        self.steps = group
            .services()
            .map(|view| ("supervisor.clearProcessLogs", vec![text(&full_name(view))]))
            .collect();
    }

    /// Takes a step's result. That what is to be restarted does not run is no problem.
    fn settled(&mut self, answer: Answer) {
        let not_running = |text: &str| text.starts_with("NOT_RUNNING") && !self.steps.is_empty();
        match answer {
            Ok(_) => {}
            Err(Refusal::Fault(fault)) if not_running(&fault.text) => {}
            Err(Refusal::Fault(fault)) => {
                self.problem = Some(format!("ERROR: [{}] {}", fault.code, fault.text));
            }
            Err(Refusal::Broken(why)) => self.problem = Some(format!("ERROR: {why}")),
        }
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
                return Some(Ok(Value::Text(std::mem::take(&mut self.done))));
            };
            match call(host, &self.namespaces, method, &params) {
                Ok(Reply::Later(job)) => self.waiting = Some(job),
                Ok(Reply::Now(value)) => self.settled(Ok(value)),
                Err(refusal) => self.settled(Err(refusal)),
            }
        }
    }

    fn deadline(&self) -> Option<crate::base::Mono> {
        self.waiting.as_ref().and_then(|job| job.deadline())
    }
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

/// Fills the page. Everything that is filled in is escaped.
#[must_use]
pub fn page(template: &str, host: &dyn Host, token: &str, message: &str) -> String {
    let mut groups = String::new();
    let mut views: Vec<GroupView<'_>> = host.engine().groups().collect();
    views.sort_unstable_by_key(|group| group.name());
    for view in views.iter().flat_map(|group| group.services()) {
        let _ = write!(groups, "{}", row(view, &description(host, view), token));
    }
    let groups = if groups.is_empty() {
        "<p>No programs to manage</p>".to_owned()
    } else {
        format!("<section class=\"group\"><table><tbody>{groups}</tbody></table></section>")
    };
    let fixed = template.replace("{token}", &escape(token)).replace("{version}", SUPERVISOR_VERSION);
    // One cut each, so that what a client sent is never searched for places to fill.
    let (top, rest) = fixed.split_once("{message}").unwrap_or((&fixed, ""));
    let (middle, end) = rest.split_once("{groups}").unwrap_or((rest, ""));
    format!("{top}{}{middle}{groups}{end}", escape(message))
}

fn row(view: ServiceView<'_>, description: &str, token: &str) -> String {
    let (state, name) = (view.state(), escape(&full_name(view)));
    let class = match state {
        State::Running => "statusrunning",
        State::Fatal | State::Backoff => "statuserror",
        _ => "statusnominal",
    };
    format!(
        "<tr><td><span class=\"status {class}\">{}</span></td><td>{}</td>\
         <td><a href=\"/tail.html?processname={name}\">{name}</a></td><td class=\"actions\">\
         <form method=\"post\" action=\"/\"><input type=\"hidden\" name=\"token\" value=\"{token}\">\
         <input type=\"hidden\" name=\"processname\" value=\"{name}\">\
         <button name=\"action\" value=\"start\">Start</button><button name=\"action\" value=\"stop\">Stop</button>\
         <button name=\"action\" value=\"restart\">Restart</button>\
         <button name=\"action\" value=\"clearlog\">Clear Log</button></form></td></tr>",
        state.to_string().to_lowercase(),
        escape(description),
    )
}

/// Text as it may stand in HTML, between tags and in quoted attributes.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api::fake::FakeHost;

    #[test]
    fn nothing_that_is_filled_in_is_markup() {
        let page = page("{message}|{groups}", &FakeHost::usual(), "t", "<script>{groups}</script>'\"&");
        assert!(page.starts_with("&lt;script&gt;{groups}&lt;/script&gt;&#39;&quot;&amp;|<section"), "{page}");
        assert!(page.contains("statusnominal") && page.contains("value=\"web:a\""), "{page}");
    }

    #[test]
    fn tokens() {
        assert!(is_token("ab", "ab"));
        assert!(!is_token("ab", "ac") && !is_token("", "ab") && !is_token("", ""));
    }

    #[test]
    fn orders_end_with_a_message() {
        let mut host = FakeHost::usual();
        let mut told = |action: &str, name: &str| {
            let mut order = Order::new(action, name)?;
            order.spread(&host);
            order.poll(&mut host)
        };
        let text = |text: &str| Some(Ok(Value::Text(text.to_owned())));
        assert_eq!(told("stop", "cat"), text("ERROR: [70] NOT_RUNNING: cat"));
        assert_eq!(told("start", "nothing"), text("ERROR: [10] BAD_NAME: nothing"));
        assert_eq!(told("stop", "web:*"), text("Process web:* stopped"));
        assert_eq!(told("clearlog", "web:*"), text("Log for web:* cleared"));
        assert_eq!(told("clearall", ""), text("All logs cleared"));
        assert!(Order::new("dance", "cat").is_none());
        // A start is not over before the process has stayed up.
        assert_eq!(told("restart", "cat"), None);
    }
}
