//! The shell: prompt, editing, completion and history on a terminal; plain lines with the prompt printed in front from anything
//! else, as Python's `input` does it.

use crate::cli::supervisorctl::commands::{COMMANDS, Takes, groups_of, processes_of};
use crate::cli::supervisorctl::names::Info;
use crate::cli::supervisorctl::options::Options;
use crate::cli::supervisorctl::session::{Flow, Session};
use crate::runtime::client::Client;
use crate::sys::signals::LeaveOnInterrupt;
use crate::wire::xmlrpc::Value;
use rustyline::completion::Completer;
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::Hinter;
use rustyline::history::MemHistory;
use rustyline::validate::Validator;
use rustyline::{CompletionType, Config, Context, Editor, Helper};
use std::cell::RefCell;
use std::fs::OpenOptions;
use std::io::{self, BufRead, IsTerminal, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;
use std::time::Duration;

/// Runs the shell until the user leaves.
pub(super) fn run(mut session: Session) {
    session.options.interactive = true;
    if command(&mut session, "status") == Flow::Leave {
        return;
    }
    let on_terminal = io::stdin().is_terminal() && io::stdout().is_terminal();
    let editor = if on_terminal { editor(&session.options).ok() } else { None };
    match editor {
        Some(editor) => edited(&mut session, editor),
        None => plain(&mut session),
    }
    session.flush();
}

/// Runs one command. Ctrl-C in it leaves the shell, but for those that go on until Ctrl-C.
fn command(session: &mut Session, line: &str) -> Flow {
    let endless = line.trim_start().starts_with("fg")
        || line.split_whitespace().any(|word| word == "-f" || word.starts_with("--watch"));
    let leave = if endless { None } else { LeaveOnInterrupt::new().ok() };
    let flow = session.one(line);
    drop(leave);
    session.flush();
    flow
}

fn plain(session: &mut Session) {
    let mut lines = io::stdin().lock().lines();
    loop {
        let prompt = format!("{}> ", session.options.prompt);
        session.write(prompt.as_bytes());
        session.flush();
        // The lock must not be held while a command asks for something itself.
        let line = match lines.next() {
            Some(Ok(line)) => line,
            Some(Err(_)) | None => "EOF".to_owned(),
        };
        drop(lines);
        if command(session, &line) == Flow::Leave {
            return;
        }
        lines = io::stdin().lock().lines();
    }
}

type LineEditor = Editor<Completion, MemHistory>;

fn editor(options: &Options) -> rustyline::Result<LineEditor> {
    let config = Config::builder().completion_type(CompletionType::List).auto_add_history(true).build();
    let history = MemHistory::with_config(&config);
    let mut editor = Editor::with_history(config, history)?;
    editor.set_helper(Some(Completion { options: options.clone(), known: RefCell::new(None) }));
    if let Some(file) = &options.history_file {
        // A file that is not there yet is no reason to complain, nor is one that cannot be read.
        for line in std::fs::read_to_string(file).unwrap_or_default().lines() {
            editor.add_history_entry(line)?;
        }
    }
    Ok(editor)
}

fn edited(session: &mut Session, mut editor: LineEditor) {
    loop {
        let prompt = format!("{}> ", session.options.prompt);
        let line = match editor.readline(&prompt) {
            Ok(line) => line,
            // The editor has ended the line; the original prints an empty one here to do so.
            Err(ReadlineError::Interrupted | ReadlineError::Eof) => return,
            Err(ReadlineError::Signal(_)) => continue,
            Err(_) => return plain(session),
        };
        if let Some(file) = &session.options.history_file {
            remember(file, &line);
        }
        if command(session, &line) == Flow::Leave {
            return;
        }
        if let Some(helper) = editor.helper_mut() {
            helper.options = session.options.clone();
            helper.known = RefCell::new(None);
        }
    }
}

/// One line more in the history file, which has one entry a line as readline's has. Written at once, so that nothing is lost
/// however the shell ends. Only its owner may read a new file.
fn remember(file: &Path, line: &str) {
    if line.trim().is_empty() {
        return;
    }
    let opened = OpenOptions::new().append(true).create(true).mode(0o600).open(file);
    // As in the original, history that cannot be written is not worth a word.
    let _ = opened.and_then(|mut file| file.write_all(format!("{line}\n").as_bytes()));
}

/// Longest that the tabulator key waits for names.
const PATIENCE: Duration = Duration::from_secs(2);

/// Completes actions, and names that the daemon tells; asks it once for each line.
struct Completion {
    options: Options,
    known: RefCell<Option<Vec<Info>>>,
}

impl Helper for Completion {}
impl Highlighter for Completion {}
impl Validator for Completion {}

impl Hinter for Completion {
    type Hint = String;
}

impl Completer for Completion {
    type Candidate = String;

    fn complete(&self, line: &str, at: usize, _: &Context<'_>) -> rustyline::Result<(usize, Vec<String>)> {
        let before = line.get(..at).unwrap_or_default();
        let start = before.rfind(char::is_whitespace).map_or(0, |space| space + 1);
        let word = before.get(start..).unwrap_or_default();
        let mut known = self.known.borrow_mut();
        let ask = || known.get_or_insert_with(|| self.ask()).clone();
        Ok((start, candidates(before, word, ask)))
    }
}

impl Completion {
    fn ask(&self) -> Vec<Info> {
        let Options { server_url, username, password, .. } = &self.options;
        let Ok(mut client) = Client::new(server_url, username.as_deref(), password.as_deref()) else {
            return Vec::new();
        };
        client.set_patience(PATIENCE);
        match client.call("supervisor.getAllProcessInfo", &[]) {
            Ok(Value::Array(items)) => items.into_iter().map(Info::new).collect(),
            Ok(_) | Err(_) => Vec::new(),
        }
    }
}

/// What the last word of a line may become, with a space behind each (`Controller.complete`).
fn candidates(line: &str, word: &str, ask: impl FnOnce() -> Vec<Info>) -> Vec<String> {
    let mut words = line.split_whitespace();
    let first = words.next();
    let takes = match first {
        None => Takes::Actions,
        Some(_) if words.next().is_none() && !line.ends_with(char::is_whitespace) => Takes::Actions,
        Some(action) => super::commands::find(action).map_or(Takes::Nothing, |command| command.takes),
    };
    let all: Vec<String> = match takes {
        Takes::Nothing => Vec::new(),
        Takes::Actions => COMMANDS.iter().map(|command| command.name.to_owned()).collect(),
        Takes::Groups => groups_of(&ask()),
        Takes::Processes => processes_of(&ask(), word.contains(':')),
    };
    all.into_iter().filter(|name| name.starts_with(word)).map(|name| name + " ").collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn completion_depends_on_the_action() {
        let info = |group: &str, name: &str| Info {
            group: group.to_owned(),
            name: name.to_owned(),
            ..Info::default()
        };
        let complete = |line: &str| {
            let word = line.rsplit(' ').next().unwrap_or_default();
            candidates(line, word, || vec![info("cat", "cat"), info("grp", "a"), info("grp", "b")])
        };
        for (line, wanted) in [
            ("sta", &["start ", "status "][..]),
            ("start ", &["cat ", "grp:a ", "grp:* ", "grp:b "]),
            ("start c", &["cat "]),
            ("tail -f grp:", &["grp:a ", "grp:* ", "grp:b "]),
            ("stop cat:", &["cat:cat ", "cat:* "]),
            ("update g", &["grp "]),
            ("help st", &["start ", "status ", "stop "]),
            ("version ", &[]),
            ("nonsense ", &[]),
        ] {
            assert_eq!(complete(line), wanted, "{line:?}");
        }
        assert_eq!(complete("").len(), COMMANDS.len());
    }

    #[test]
    fn history_is_one_line_an_entry_for_its_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("history");
        for line in ["status", "", "start a"] {
            remember(&file, line);
        }
        assert_eq!(std::fs::read_to_string(&file).unwrap(), "status\nstart a\n");
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        remember(Path::new("/nonexistent/history"), "x");
    }
}
