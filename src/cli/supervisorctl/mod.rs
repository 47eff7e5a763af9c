//! `supervisorctl`: one command given as arguments, or a shell. Exit codes and texts are those of the original
//! (`supervisor/supervisorctl.py`); `output` holds all texts.
//!
//! Wanted differences: files that `[include]` names are read; `-r` works, and so does `-i` with an action where standard
//! input is a terminal; `clear group:*` clears the group's logs; the place in an `error:` line is always
//! `file: supervisorctl line: 0`, since there is no Python source to name. Ours alone: `status --json`, `status --watch`,
//! `avail --json`, `--wait`, `--no-wait`, and the hidden action `__complete` for shell completion.

mod commands;
mod follow;
mod help;
mod json;
mod line;
mod names;
mod options;
mod output;
mod session;
mod shell;
mod wait;
mod watch;

use crate::cli::{Call, USAGE, emit};
use crate::config::supervisord::usage_error;
use crate::runtime::Machine;
use options::Asked;
use session::Session;
use std::io::IsTerminal;
use std::process::ExitCode;

/// The names of all actions, for completion.
pub(super) fn actions() -> impl Iterator<Item = &'static str> {
    commands::COMMANDS.iter().map(|command| command.name)
}

/// Runs the job.
pub(super) fn run(call: &Call) -> ExitCode {
    let words: Vec<String> = call.args.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    match options::parse(&Machine, &call.program, &words) {
        Asked::Print(text) => {
            emit(&text);
            ExitCode::SUCCESS
        }
        Asked::Wrong(message) => {
            eprint!("{}", usage_error(&call.program, &message));
            ExitCode::from(USAGE)
        }
        Asked::Refused(message, explanation) => {
            eprintln!("{}{explanation}", usage_error(&call.program, &message));
            ExitCode::from(USAGE)
        }
        Asked::Run(options) => {
            let action = options.action.clone();
            let mut session = Session::new(*options);
            if let Some(action) = action {
                session.one(&action);
                session.flush();
                // The original leaves here even with -i; its help says that it does not. Where nobody sits at a
                // terminal, leaving is what scripts rely on.
                if !session.options.interactive || !std::io::stdin().is_terminal() {
                    return ExitCode::from(session.status);
                }
            }
            shell::run(session);
            ExitCode::SUCCESS
        }
    }
}
