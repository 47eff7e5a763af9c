//! One user's talk with one daemon: the settings, the connection, the exit status so far, and how a line becomes a command.

use crate::cli::supervisorctl::commands::{self, Command};
use crate::cli::supervisorctl::line::{self, Line};
use crate::cli::supervisorctl::names::{Info, code};
use crate::cli::supervisorctl::options::Options;
use crate::cli::supervisorctl::output;
use crate::runtime::client::{CallError, Client};
use crate::sys::terminal::EchoOff;
use crate::wire::xmlrpc::Value;
use std::io::{self, IsTerminal, Write};

/// Exit statuses (`LSBInitExitStatuses`, `LSBStatusExitStatuses` of the original).
pub(super) mod status {
    pub(in super::super) const GENERIC: u8 = 1;
    pub(in super::super) const INVALID_ARGS: u8 = 2;
    pub(in super::super) const UNIMPLEMENTED: u8 = 3;
    pub(in super::super) const PROGRAM_NOT_RUNNING: u8 = 3;
    pub(in super::super) const INSUFFICIENT_PRIVILEGES: u8 = 4;
    pub(in super::super) const UNKNOWN: u8 = 4;
    pub(in super::super) const NOT_INSTALLED: u8 = 5;
    pub(in super::super) const NOT_RUNNING: u8 = 7;
}

/// Whether the shell goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flow {
    Stay,
    Leave,
}

/// Why a command stopped. The session prints it and sets the exit status.
#[derive(Debug)]
pub(super) enum Failure {
    /// A call failed in a way that the command did not expect.
    Call(CallError),
    /// A Python exception of the original's own: class and text.
    Exception(&'static str, String),
}

impl From<CallError> for Failure {
    fn from(error: CallError) -> Self {
        Self::Call(error)
    }
}

impl Failure {
    fn is_unauthorized(&self) -> bool {
        matches!(self, Self::Call(CallError::Status { status: 401, .. }))
    }

    fn line(&self) -> String {
        match self {
            Self::Call(error) => output::error_line(error),
            Self::Exception(class, text) => output::exception_line(class, text),
        }
    }
}

/// What a command came to.
pub(super) type Done = Result<Flow, Failure>;

/// The talk.
pub(super) struct Session {
    pub(super) options: Options,
    /// The exit status: the last thing that went wrong.
    pub(super) status: u8,
    /// Whether states are coloured.
    pub(super) colours: bool,
    /// Whether the output is for programs: messages then go to standard error.
    pub(super) for_programs: bool,
    client: Option<Client>,
    text: Vec<u8>,
}

impl Session {
    /// Connects with the first call.
    pub(super) fn new(options: Options) -> Self {
        Self {
            options,
            status: 0,
            colours: wants_colours(),
            for_programs: false,
            client: None,
            text: Vec::new(),
        }
    }

    /// Runs one line (`Controller.onecmd`).
    pub(super) fn one(&mut self, line: &str) -> Flow {
        let (name, arg, whole) = match line::parse(line) {
            Line::Empty => return Flow::Stay,
            Line::Unknown(whole) => return self.unknown(&whole),
            Line::Command { name, arg, whole } => (name, arg, whole),
        };
        let Some(command) = commands::find(&name) else { return self.unknown(&whole) };
        let flow = self.run(command, &arg);
        self.client = None;
        self.for_programs = false;
        flow
    }

    fn run(&mut self, command: &Command, arg: &str) -> Flow {
        loop {
            let mut failure = match (command.run)(self, arg) {
                Ok(flow) => return flow,
                Err(failure) => failure,
            };
            if failure.is_unauthorized() {
                self.complain(output::AUTHENTICATION);
                if self.options.interactive {
                    match self.log_in() {
                        Ok(()) => continue,
                        Err(why) => failure = why,
                    }
                }
            }
            self.complain(&failure.line());
            self.status = status::GENERIC;
            return Flow::Stay;
        }
    }

    fn unknown(&mut self, line: &str) -> Flow {
        self.say(&output::unknown_syntax(line));
        self.status = status::GENERIC;
        Flow::Stay
    }

    fn log_in(&mut self) -> Result<(), Failure> {
        let username = self.ask(output::USERNAME)?;
        let silence = EchoOff::new().ok();
        let password = self.ask(output::PASSWORD);
        drop(silence);
        let password = password?;
        self.say("");
        self.options.username = Some(username);
        self.options.password = Some(password);
        self.client = None;
        Ok(())
    }

    /// Prints a line.
    pub(super) fn say(&mut self, text: &str) {
        self.text.extend_from_slice(text.as_bytes());
        self.text.push(b'\n');
    }

    /// Prints text that ends its lines itself.
    pub(super) fn write(&mut self, text: &[u8]) {
        self.text.extend_from_slice(text);
    }

    /// Prints a line that is no result: on standard error where the results are for programs.
    pub(super) fn complain(&mut self, text: &str) {
        if self.for_programs {
            self.flush();
            eprintln!("{text}");
        } else {
            self.say(text);
        }
    }

    /// Hands over what was printed. Answers whether somebody took it; a closed pipe is the reader's choice.
    pub(super) fn flush(&mut self) -> bool {
        let text = std::mem::take(&mut self.text);
        let mut out = io::stdout().lock();
        out.write_all(&text).and_then(|()| out.flush()).is_ok()
    }

    /// Asks the user, without a line editor.
    pub(super) fn ask(&mut self, prompt: &str) -> Result<String, Failure> {
        self.write(prompt.as_bytes());
        self.flush();
        let mut answer = String::new();
        match io::stdin().read_line(&mut answer) {
            Ok(0) => Err(Failure::Exception("EOFError", "EOF when reading a line".to_owned())),
            Ok(_) => Ok(answer.trim_end_matches('\n').to_owned()),
            Err(error) => Err(CallError::Io(error).into()),
        }
    }

    /// Talks to another daemon from now on.
    pub(super) fn move_to(&mut self, url: &str) {
        url.clone_into(&mut self.options.server_url);
        self.client = None;
    }

    /// The next call makes a new connection.
    pub(super) fn forget_connection(&mut self) {
        self.client = None;
    }

    /// A client for the daemon that the options name.
    pub(super) fn new_client(&self) -> Result<Client, CallError> {
        let Options { server_url, username, password, .. } = &self.options;
        Client::new(server_url, username.as_deref(), password.as_deref())
    }

    /// Calls a method of the `supervisor` namespace.
    pub(super) fn call(&mut self, method: &str, params: &[Value]) -> Result<Value, CallError> {
        self.flush();
        let client = match &mut self.client {
            Some(client) => client,
            None => {
                let client = self.new_client()?;
                self.client.insert(client)
            }
        };
        client.call(&format!("supervisor.{method}"), params)
    }

    /// Whether there is a daemon that speaks our language; says so where not (`Controller.upcheck`).
    pub(super) fn upcheck(&mut self) -> Result<bool, Failure> {
        let url = self.options.server_url.clone();
        let (text, status) = match self.call("getVersion", &[]) {
            Ok(version) if version.as_str() == Some(output::API_VERSION) => return Ok(true),
            Ok(version) => {
                (output::other_version(version.as_str().unwrap_or_default()), status::NOT_INSTALLED)
            }
            Err(CallError::Fault(fault)) if fault.code == code::UNKNOWN_METHOD => {
                (output::NO_NAMESPACE.to_owned(), status::UNIMPLEMENTED)
            }
            Err(CallError::Io(error)) if error.kind() == io::ErrorKind::ConnectionRefused => {
                (output::refused(&url), status::INSUFFICIENT_PRIVILEGES)
            }
            Err(CallError::Io(error)) if error.kind() == io::ErrorKind::NotFound => {
                (output::no_such_file(&url), status::NOT_RUNNING)
            }
            Err(error) => return Err(error.into()),
        };
        self.complain(&text);
        self.status = status;
        Ok(false)
    }

    /// All processes, in the daemon's order.
    pub(super) fn processes(&mut self) -> Result<Vec<Info>, CallError> {
        match self.call("getAllProcessInfo", &[])? {
            Value::Array(items) => Ok(items.into_iter().map(Info::new).collect()),
            _ => Ok(Vec::new()),
        }
    }

    /// What a result says about the exit status (`set_exitstatus_from_xmlrpc_fault`).
    pub(super) fn judge(&mut self, code: i32, ignored: Option<i32>) {
        match code {
            code::SUCCESS => {}
            code if Some(code) == ignored => {}
            code::SPAWN_ERROR | code::ABNORMAL_TERMINATION | code::NOT_RUNNING => {
                self.status = status::NOT_RUNNING;
            }
            _ => self.status = status::GENERIC,
        }
    }
}

/// Only for a person at a terminal who has not asked to go without (<https://no-color.org>).
fn wants_colours() -> bool {
    let set = |name| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    let dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
    !set("NO_COLOR") && !dumb && io::stdout().is_terminal()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_failure_decides_and_success_never_does() {
        let mut session = Session::new(Options::default());
        for (code, ignored, wanted) in [
            (code::SUCCESS, None, 0),
            (code::ALREADY_STARTED, Some(code::ALREADY_STARTED), 0),
            (code::BAD_NAME, None, 1),
            (code::SPAWN_ERROR, None, 7),
            (code::SUCCESS, None, 7),
            (code::NOT_RUNNING, Some(code::NOT_RUNNING), 7),
            (code::ABNORMAL_TERMINATION, None, 7),
            (code::FAILED, None, 1),
            (code::NOT_RUNNING, None, 7),
        ] {
            session.judge(code, ignored);
            assert_eq!(session.status, wanted, "{code}");
        }
    }

    #[test]
    fn what_cannot_be_run_is_said() {
        let options = Options { server_url: "https://x".to_owned(), ..Options::default() };
        for (line, said, status) in [
            ("", "", 0),
            ("foo bar", "*** Unknown syntax: foo bar\n", 1),
            (
                "version",
                "error: <class 'ValueError'>, Unknown protocol for serverurl https://x: \
                 file: supervisorctl line: 0\n",
                1,
            ),
            ("help nothing", "*** No help on nothing\n", 0),
            ("open x", "ERROR: url must be http:// or unix://\n", 1),
        ] {
            let mut session = Session::new(options.clone());
            assert_eq!(session.one(line), Flow::Stay);
            assert_eq!((String::from_utf8_lossy(&session.text).as_ref(), session.status), (said, status));
        }
        assert_eq!(Session::new(options).one("quit"), Flow::Leave);
    }

    #[test]
    fn a_daemon_that_is_not_there() {
        for (line, said, status) in [
            ("status", "unix:///nonexistent/s no such file\n", 4),
            ("start x", "unix:///nonexistent/s no such file\n", 7),
            ("shutdown", "ERROR: unix:///nonexistent/s no such file (already shut down?)\n", 1),
            (
                "reread",
                "error: <class 'FileNotFoundError'>, [Errno 2] No such file or directory: \
                 file: supervisorctl line: 0\n",
                1,
            ),
            ("add", "", 0),
            (
                "add --x",
                "error: <class 'FileNotFoundError'>, [Errno 2] No such file or directory: \
                 file: supervisorctl line: 0\n",
                1,
            ),
        ] {
            let server_url = "unix:///nonexistent/s".to_owned();
            let mut session = Session::new(Options { server_url, ..Options::default() });
            session.one(line);
            assert_eq!((String::from_utf8_lossy(&session.text).as_ref(), session.status), (said, status));
        }
    }
}
