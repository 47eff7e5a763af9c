//! The table of actions, and one file for each family of them.

mod daemon;
mod groups;
mod logs;
mod programs;
mod show;

use crate::cli::supervisorctl::follow;
use crate::cli::supervisorctl::help;
use crate::cli::supervisorctl::output;
use crate::cli::supervisorctl::session::{Done, Flow, Session, status};

pub(super) use programs::print_outcome;
pub(super) use show::{groups as groups_of, processes as processes_of, status_of};

/// An action.
pub(super) struct Command {
    /// Its name.
    pub(super) name: &'static str,
    /// Carries it out; the text is what stands behind the name.
    pub(super) run: fn(&mut Session, &str) -> Done,
    /// Its usage lines, if it has any.
    help: Option<&'static str>,
    /// What its arguments name.
    pub(super) takes: Takes,
}

/// What an action's arguments name, for completion (`Controller.complete`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Takes {
    Nothing,
    Actions,
    Groups,
    Processes,
}

const fn command(
    name: &'static str,
    run: fn(&mut Session, &str) -> Done,
    help: &'static str,
    takes: Takes,
) -> Command {
    Command { name, run, help: Some(help), takes }
}

/// All actions that users see, in the order of their names.
pub(super) const COMMANDS: &[Command] = &[
    command("add", groups::add, help::ADD, Takes::Groups),
    command("avail", show::avail, help::AVAIL, Takes::Nothing),
    command("clear", logs::clear, help::CLEAR, Takes::Processes),
    command("exit", leave, help::EXIT, Takes::Nothing),
    command("fg", follow::fg, help::FG, Takes::Processes),
    command("help", show_help, help::HELP, Takes::Actions),
    command("maintail", logs::maintail, help::MAINTAIL, Takes::Nothing),
    command("open", daemon::open, help::OPEN, Takes::Nothing),
    command("pid", show::pid, help::PID, Takes::Processes),
    command("quit", leave, help::QUIT, Takes::Nothing),
    command("reload", daemon::reload, help::RELOAD, Takes::Nothing),
    command("remove", groups::remove, help::REMOVE, Takes::Groups),
    command("reread", groups::reread, help::REREAD, Takes::Nothing),
    command("restart", programs::restart, help::RESTART, Takes::Processes),
    command("shutdown", daemon::shutdown, help::SHUTDOWN, Takes::Nothing),
    command("signal", programs::signal, help::SIGNAL, Takes::Processes),
    command("start", programs::start, help::START, Takes::Processes),
    command("status", show::status, help::STATUS, Takes::Processes),
    command("stop", programs::stop, help::STOP, Takes::Processes),
    command("tail", logs::tail, help::TAIL, Takes::Processes),
    command("update", groups::update, help::UPDATE, Takes::Groups),
    command("version", daemon::version, help::VERSION, Takes::Nothing),
];

/// Actions that nobody types on purpose.
const HIDDEN: &[Command] = &[
    Command { name: "EOF", run: leave, help: None, takes: Takes::Nothing },
    Command { name: "__complete", run: show::complete, help: None, takes: Takes::Nothing },
];

/// The action of that name.
pub(super) fn find(name: &str) -> Option<&'static Command> {
    COMMANDS.iter().chain(HIDDEN).find(|command| command.name == name)
}

fn leave(session: &mut Session, _: &str) -> Done {
    session.say("");
    Ok(Flow::Leave)
}

fn show_help(session: &mut Session, topic: &str) -> Done {
    if topic.is_empty() {
        session.say(help::TABLE);
    } else {
        match find(topic).and_then(|command| command.help) {
            Some(text) => session.say(text),
            None => session.say(&output::no_help(topic)),
        }
    }
    Ok(Flow::Stay)
}

/// Says what is wrong with the arguments, and how they should be.
fn refuse(session: &mut Session, why: &str, usage: &str, code: u8) -> Done {
    session.say(why);
    session.say(usage);
    session.status = code;
    Ok(Flow::Stay)
}

/// For an action without arguments that was given some. Answers whether it was.
fn refuse_arguments(session: &mut Session, arg: &str, name: &str, usage: &str) -> bool {
    if arg.is_empty() {
        return false;
    }
    let _ = refuse(session, &output::takes_nothing(name), usage, status::GENERIC);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_of_help_names_every_action_but_help() {
        let mut named: Vec<&str> = help::TABLE.lines().skip(3).flat_map(str::split_whitespace).collect();
        named.sort_unstable();
        let known: Vec<&str> = COMMANDS.iter().map(|command| command.name).filter(|&n| n != "help").collect();
        assert_eq!(named, known);
    }

    #[test]
    fn hidden_actions_have_no_help() {
        assert!(find("EOF").is_some_and(|command| command.help.is_none()));
        assert!(find("shell").is_none());
    }
}
