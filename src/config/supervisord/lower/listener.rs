//! `[eventlistener:x]`.

use crate::config::Diagnostic;
use crate::config::supervisord::keys::{listener as keys, nearest, program};
use crate::config::supervisord::lower::Context;
use crate::config::supervisord::lower::group::{Members, after_colon};
use crate::config::supervisord::lower::program::{Processes, processes};
use crate::config::supervisord::lower::reader::Reader;
use crate::config::supervisord::values;
use crate::model::{EventPool, Group, GroupKind, ResultHandler};
use std::collections::BTreeSet;

/// Every event type that can be subscribed to (`supervisor/events.py`, `EventTypes`).
pub const EVENTS: &[&str] = &[
    "EVENT",
    "PROCESS_STATE",
    "PROCESS_STATE_STOPPED",
    "PROCESS_STATE_EXITED",
    "PROCESS_STATE_STARTING",
    "PROCESS_STATE_STOPPING",
    "PROCESS_STATE_BACKOFF",
    "PROCESS_STATE_FATAL",
    "PROCESS_STATE_RUNNING",
    "PROCESS_STATE_UNKNOWN",
    "PROCESS_COMMUNICATION",
    "PROCESS_COMMUNICATION_STDOUT",
    "PROCESS_COMMUNICATION_STDERR",
    "PROCESS_LOG",
    "PROCESS_LOG_STDOUT",
    "PROCESS_LOG_STDERR",
    "REMOTE_COMMUNICATION",
    "SUPERVISOR_STATE_CHANGE",
    "SUPERVISOR_STATE_CHANGE_RUNNING",
    "SUPERVISOR_STATE_CHANGE_STOPPING",
    "TICK",
    "TICK_5",
    "TICK_60",
    "TICK_3600",
    "PROCESS_GROUP",
    "PROCESS_GROUP_ADDED",
    "PROCESS_GROUP_REMOVED",
];

/// The result handlers that exist without Python.
const HANDLERS: &[(&str, ResultHandler)] = &[
    ("supervisor.dispatchers:default_handler", ResultHandler::Default),
    ("supervisor_stdout:event_handler", ResultHandler::PrefixedStdout),
];

/// A pool of listeners. Its name is not checked, as in the original; those of its processes are.
pub(crate) fn pool(context: &Context<'_>, section: &str) -> Option<Group> {
    let reader = Reader::with_here(context, section);
    let name = after_colon(section);
    let errors = context.report.errors();
    let priority = reader.integer(&keys::PRIORITY).value;
    let buffer_size = reader.integer(&keys::BUFFER_SIZE);
    if buffer_size.value < 1 {
        let message = format!("[{section}] section sets invalid buffer_size ({buffer_size})");
        reader.wrong(&keys::BUFFER_SIZE, message);
    }
    let result_handler = result_handler(&reader);
    let events = events(&reader);
    if reader.boolean(&program::REDIRECT_STDERR) {
        let message = format!(
            "[{section}] section sets redirect_stderr=true but this is not allowed because it will interfere with the \
             eventlistener protocol"
        );
        reader.wrong(&program::REDIRECT_STDERR, message);
    }
    let mut members = Members::default();
    for service in processes(context, section, name, Processes::Listener) {
        members.add(&reader, service);
    }
    if context.report.errors() > errors {
        return None;
    }
    let pool = EventPool { events, buffer_size: buffer_size.value, result_handler };
    Some(Group {
        name: name.to_owned(),
        priority,
        kind: GroupKind::EventListeners(pool),
        services: members.into_services(),
    })
}

fn result_handler(reader: &Reader<'_>) -> ResultHandler {
    let key = &keys::RESULT_HANDLER;
    let Some(wanted) = reader.text(key) else { return ResultHandler::Default };
    if let Some((_, handler)) = HANDLERS.iter().find(|(name, _)| *name == wanted) {
        return *handler;
    }
    let message = format!("{wanted} cannot be resolved within [{}]", reader.section);
    let diagnostic = Diagnostic::error(reader.place(key), message).about(reader.section, Some(key.name));
    let help = format!(
        "Python packages cannot be loaded here; take the line out of [{}] to judge answers by OK and FAIL, or use \
         supervisor_stdout:event_handler, which prints the lines of PROCESS_LOG events",
        reader.section
    );
    reader.context.report.add(diagnostic.with_help(help).as_ours());
    ResultHandler::Default
}

/// The subscription, sorted: the original keeps a set.
fn events(reader: &Reader<'_>) -> Vec<String> {
    let (key, section) = (&keys::EVENTS, reader.section);
    let text = match (reader.raw(key), reader.text(key)) {
        (Some(_), None) => return Vec::new(),
        (_, text) => text.unwrap_or_default(),
    };
    let names: Vec<String> =
        values::list_of_strings(&text).into_iter().map(|name| name.to_uppercase()).collect();
    if names.is_empty() {
        reader.wrong(key, format!("[{section}] section requires an \"events\" line"));
    }
    for name in &names {
        if !EVENTS.contains(&name.as_str()) {
            let message = format!("Unknown event type {name} in [{section}] events");
            let help = match nearest(name, EVENTS.iter().copied()) {
                Some(near) => format!("did you mean {near}?"),
                None => format!("the event types are {}", EVENTS.join(", ")),
            };
            let diagnostic = Diagnostic::error(reader.place(key), message).about(section, Some(key.name));
            reader.context.report.add(diagnostic.with_help(help));
        }
    }
    names.into_iter().collect::<BTreeSet<_>>().into_iter().collect()
}
