//! What is there and how it fares: `status`, `pid`, `avail`, and the names that shells complete.

use super::refuse_arguments;
use crate::cli::supervisorctl::line::{take_option, words};
use crate::cli::supervisorctl::names::{self, Info, code};
use crate::cli::supervisorctl::session::{Done, Failure, Flow, Session, status as exit};
use crate::cli::supervisorctl::{help, json, output, watch};
use crate::runtime::client::CallError;
use crate::wire::xmlrpc::Value;
use std::time::Duration;

/// `status [all|name…|group:*]`; ours: `--json`, `--watch[=SECONDS]`.
pub(super) fn status(session: &mut Session, arg: &str) -> Done {
    let mut names = words(arg);
    session.for_programs = take_option(&mut names, "--json").is_some();
    if let Some(every) = take_option(&mut names, "--watch") {
        return watch::watch(session, &names, every.as_deref());
    }
    if !session.upcheck()? {
        session.status = exit::UNKNOWN;
        return Ok(Flow::Stay);
    }
    let all = session.processes()?;
    let found = status_of(session, &all, &names);
    if session.for_programs {
        let text = json::processes(&found);
        session.say(&text);
    } else {
        let text = output::table(&found, session.colours);
        session.write(text.as_bytes());
    }
    if found.iter().any(|info| info.is_stopped()) {
        session.status = exit::PROGRAM_NOT_RUNNING;
    }
    Ok(Flow::Stay)
}

/// The processes that are meant, in the order of the names; says which names mean nothing.
pub(in super::super) fn status_of<'a>(
    session: &mut Session,
    all: &'a [Info],
    names: &[String],
) -> Vec<&'a Info> {
    if names.is_empty() || names.iter().any(|name| name == "all") {
        return all.iter().collect();
    }
    let mut found = Vec::new();
    for name in names {
        let before = found.len();
        found.extend(all.iter().filter(|info| info.is_meant(name)));
        if found.len() == before {
            let text = match names::split(name) {
                (group, None) => output::error_of(group, output::NO_GROUP),
                (_, Some(_)) => output::error_of(name, output::NO_PROCESS),
            };
            session.complain(&text);
            session.status = exit::UNKNOWN;
        }
    }
    found
}

/// `pid [all|name…]`.
pub(super) fn pid(session: &mut Session, arg: &str) -> Done {
    if !session.upcheck()? {
        return Ok(Flow::Stay);
    }
    let names = words(arg);
    if names.is_empty() {
        let pid = session.call("getPID", &[])?.as_int().unwrap_or_default();
        session.say(&pid.to_string());
    } else if names.iter().any(|name| name == "all") {
        for info in session.processes()? {
            session.say(&info.pid.to_string());
        }
    } else {
        for name in &names {
            pid_of(session, name)?;
        }
    }
    Ok(Flow::Stay)
}

fn pid_of(session: &mut Session, name: &str) -> Result<(), Failure> {
    match session.call("getProcessInfo", &[name.into()]) {
        Ok(info) => {
            let pid = Info::new(info).pid;
            session.say(&pid.to_string());
            if pid == 0 {
                session.status = exit::NOT_RUNNING;
            }
        }
        Err(CallError::Fault(fault)) if fault.code == code::BAD_NAME => {
            session.say(&output::no_such_process(name));
            session.status = exit::GENERIC;
        }
        Err(error) => return Err(error.into()),
    }
    Ok(())
}

/// `avail`; ours: `--json`.
pub(super) fn avail(session: &mut Session, arg: &str) -> Done {
    session.for_programs = arg == "--json";
    if !session.for_programs && refuse_arguments(session, arg, "avail", help::AVAIL) {
        return Ok(Flow::Stay);
    }
    match session.call("getAllConfigInfo", &[]) {
        Ok(found) if session.for_programs => session.say(&json::value(found)),
        Ok(found) => {
            for info in found.as_array().unwrap_or_default() {
                session.say(&output::available(info));
            }
        }
        Err(CallError::Fault(fault)) if fault.code == code::SHUTDOWN_STATE => {
            session.complain(output::SUPERVISOR_DOWN);
            session.status = exit::GENERIC;
        }
        Err(error) => return Err(error.into()),
    }
    Ok(Flow::Stay)
}

/// Longest that a shell waits for names when a user presses the tabulator key.
const COMPLETION_TIME: Duration = Duration::from_secs(1);

/// `__complete processes|groups`: names for a shell, one a line; silent where there is nothing to be had.
pub(super) fn complete(session: &mut Session, arg: &str) -> Done {
    let mut found = Vec::new();
    if let Ok(mut client) = session.new_client() {
        client.set_patience(COMPLETION_TIME);
        if let Ok(Value::Array(items)) = client.call("supervisor.getAllProcessInfo", &[]) {
            found.extend(items.into_iter().map(Info::new));
        }
    }
    let names = if arg == "groups" { groups(&found) } else { processes(&found, false) };
    for name in names {
        session.say(&name);
    }
    Ok(Flow::Stay)
}

/// The groups, each once.
pub(in super::super) fn groups(infos: &[Info]) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for info in infos {
        if !found.contains(&info.group) {
            found.push(info.group.clone());
        }
    }
    found
}

/// What names processes: `name`, or `group:name` and `group:*` where the two differ or the group is asked for.
pub(in super::super) fn processes(infos: &[Info], with_group: bool) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for info in infos {
        if with_group || info.group != info.name {
            found.push(format!("{}:{}", info.group, info.name));
            let all = format!("{}:*", info.group);
            if !found.contains(&all) {
                found.push(all);
            }
        } else {
            found.push(info.name.clone());
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(group: &str, name: &str) -> Info {
        Info { group: group.to_owned(), name: name.to_owned(), ..Info::default() }
    }

    #[test]
    fn names_to_complete() {
        let infos = [info("cat", "cat"), info("g", "a"), info("g", "b")];
        assert_eq!(processes(&infos, false), ["cat", "g:a", "g:*", "g:b"]);
        assert_eq!(processes(&infos, true), ["cat:cat", "cat:*", "g:a", "g:*", "g:b"]);
        assert_eq!(groups(&infos), ["cat", "g"]);
    }

    #[test]
    fn names_are_looked_up_in_the_order_given_and_duplicates_stay() {
        let infos = [info("cat", "cat"), info("g", "a"), info("g", "b")];
        let mut session = Session::new(crate::cli::supervisorctl::options::Options::default());
        let found = status_of(&mut session, &infos, &words("g:b cat g:*"));
        let names: Vec<String> = found.iter().map(|info| info.namespec()).collect();
        assert_eq!((names, session.status), (words("g:b cat g:a g:b"), 0));
        assert!(status_of(&mut session, &infos, &words("a no:*")).is_empty());
        assert_eq!(session.status, exit::UNKNOWN);
    }
}
