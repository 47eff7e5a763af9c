//! Every text that supervisorctl prints, but for the help texts in `help`. Scripts compare them: they are those of the
//! original unless a comment says otherwise.

use crate::base::text::{python_repr, reason};
use crate::cli::supervisorctl::names::{Info, Outcome, code};
use crate::runtime::client::CallError;
use crate::wire::xmlrpc::Value;
use std::io;

/// `Controller.default`.
pub(super) fn unknown_syntax(line: &str) -> String {
    format!("*** Unknown syntax: {line}")
}

/// `cmd.Cmd.nohelp`.
pub(super) fn no_help(topic: &str) -> String {
    format!("*** No help on {topic}")
}

// Connections: `Controller.onecmd`, `upcheck`, `do_shutdown`.

pub(super) const AUTHENTICATION: &str = "Server requires authentication";
pub(super) const USERNAME: &str = "Username:";
pub(super) const PASSWORD: &str = "Password:";
pub(super) const NO_NAMESPACE: &str = "Sorry, supervisord responded but did not recognize the supervisor namespace \
    commands that supervisorctl uses to control it.  Please check that the [rpcinterface:supervisor] section is enabled \
    in the configuration file (see sample.conf).";

/// The API version that we speak.
pub(super) const API_VERSION: &str = "3.0";

pub(super) fn other_version(theirs: &str) -> String {
    format!(
        "Sorry, this version of supervisorctl expects to talk to a server with API version {API_VERSION}, but the \
         remote version is {theirs}."
    )
}

pub(super) fn refused(url: &str) -> String {
    format!("{url} refused connection")
}

pub(super) fn no_such_file(url: &str) -> String {
    format!("{url} no such file")
}

/// Behind one of the two above when asked to shut down.
pub(super) fn already_down(what: &str) -> String {
    format!("ERROR: {what} (already shut down?)")
}

/// An unexpected error, as `onecmd` prints every exception. The place in the source, which the original puts at the end, is
/// always the same here.
pub(super) fn error_line(error: &CallError) -> String {
    let (class, text) = exception(error);
    exception_line(&class, &text)
}

/// The same for an exception that is no failed call.
pub(super) fn exception_line(class: &str, text: &str) -> String {
    format!("error: <class '{class}'>, {text}: file: supervisorctl line: 0")
}

/// The Python exception that stands for an error, and its text.
pub(super) fn exception(error: &CallError) -> (String, String) {
    let (class, text) = match error {
        CallError::Fault(fault) => {
            ("xmlrpc.client.Fault", format!("<Fault {}: {}>", fault.code, python_repr(&fault.text)))
        }
        CallError::Status { status, reason } => {
            ("xmlrpc.client.ProtocolError", format!("<ProtocolError for 127.0.0.1/RPC2: {status} {reason}>"))
        }
        CallError::Io(error) => return os_error(error),
        CallError::NoHost(text) => ("socket.gaierror", format!("[Errno -2] {text}")),
        CallError::Url(text) => ("ValueError", text.clone()),
        CallError::Range(_) => ("OverflowError", "int exceeds XML-RPC limits".to_owned()),
        CallError::HungUp => {
            ("http.client.RemoteDisconnected", "Remote end closed connection without response".to_owned())
        }
        CallError::Unreadable(text) => ("xml.parsers.expat.ExpatError", text.clone()),
    };
    (class.to_owned(), text)
}

/// Python's class for an error of the system, and its text.
pub(super) fn os_error(error: &io::Error) -> (String, String) {
    let Some(number) = error.raw_os_error() else {
        let text = if error.kind() == io::ErrorKind::InvalidInput {
            "AF_UNIX path too long".to_owned()
        } else {
            reason(error)
        };
        let class = if error.kind() == io::ErrorKind::TimedOut { "TimeoutError" } else { "OSError" };
        return (class.to_owned(), text);
    };
    let class = match error.kind() {
        io::ErrorKind::NotFound => "FileNotFoundError",
        io::ErrorKind::ConnectionRefused => "ConnectionRefusedError",
        io::ErrorKind::PermissionDenied => "PermissionError",
        io::ErrorKind::ConnectionReset => "ConnectionResetError",
        io::ErrorKind::ConnectionAborted => "ConnectionAbortedError",
        io::ErrorKind::BrokenPipe => "BrokenPipeError",
        io::ErrorKind::NotADirectory => "NotADirectoryError",
        io::ErrorKind::TimedOut => "TimeoutError",
        _ => "OSError",
    };
    (class.to_owned(), format!("[Errno {number}] {}", reason(error)))
}

// Results for one process or group: `_startresult`, `_signalresult`, `_stopresult`, `_clearresult`.

/// `NAME: ERROR (WHY)`.
pub(super) fn error_of(name: &str, why: &str) -> String {
    format!("{name}: ERROR ({why})")
}

pub(super) const NO_GROUP: &str = "no such group";
pub(super) const NO_PROCESS: &str = "no such process";

/// What a command did, for the line of one process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Did {
    Start,
    Stop,
    Signal,
    Clear,
}

impl Did {
    /// The word for success.
    pub(super) fn done(self) -> &'static str {
        match self {
            Self::Start => "started",
            Self::Stop => "stopped",
            Self::Signal => "signalled",
            Self::Clear => "cleared",
        }
    }

    fn error(self, code: i32) -> Option<&'static str> {
        match (self, code) {
            (_, code::BAD_NAME) => Some(NO_PROCESS),
            (Self::Start, code::NO_FILE) => Some("no such file"),
            (Self::Start, code::NOT_EXECUTABLE) => Some("file is not executable"),
            (Self::Start, code::ALREADY_STARTED) => Some("already started"),
            (Self::Start, code::SPAWN_ERROR) => Some("spawn error"),
            (Self::Start, code::ABNORMAL_TERMINATION) => Some("abnormal termination"),
            (Self::Stop | Self::Signal, code::BAD_SIGNAL) => Some("bad signal name"),
            (Self::Stop | Self::Signal, code::NOT_RUNNING) => Some("not running"),
            (Self::Clear, code::FAILED) => Some("failed"),
            (_, _) => None,
        }
    }
}

/// The line for one process; or, for a code that the original does not expect there, the text of its ValueError.
pub(super) fn outcome(did: Did, outcome: &Outcome) -> Result<String, String> {
    let name = outcome.namespec();
    match (did, outcome.code) {
        (_, code::SUCCESS) => Ok(format!("{name}: {}", did.done())),
        (Did::Stop | Did::Signal, code::FAILED) => Ok(outcome.text.clone()),
        (did, code) => match did.error(code) {
            Some(why) => Ok(error_of(&name, why)),
            None => Err(format!("Unknown result code {code} for {name}")),
        },
    }
}

// Ours: the words of --wait and --no-wait.

pub(super) const TIMED_OUT: &str = "timed out";

pub(super) fn asked(did: Did) -> &'static str {
    match did {
        Did::Start => "starting",
        Did::Stop => "stopping",
        Did::Signal | Did::Clear => did.done(),
    }
}

pub(super) fn bad_seconds(option: &str, value: &str) -> String {
    format!("Error: {option} takes a number of seconds, not '{value}'")
}

// Arguments that are missing or too many, all over supervisorctl.py.

pub(super) fn needs_name(command: &str) -> String {
    format!("Error: {command} requires a process name")
}

pub(super) fn takes_nothing(command: &str) -> String {
    format!("Error: {command} accepts no arguments")
}

pub(super) const SIGNAL_NEEDS: &str = "Error: signal requires a signal name and a process name";
pub(super) const TOO_FEW: &str = "Error: too few arguments";
pub(super) const TOO_MANY: &str = "Error: too many arguments";
pub(super) const TAIL_NEEDS: &str = "Error: tail requires process name";

pub(super) fn bad_channel(channel: &str) -> String {
    format!("Error: bad channel {}", python_repr(channel))
}

pub(super) fn bad_argument(argument: &str) -> String {
    format!("Error: bad argument {argument}")
}

// `do_tail`, `do_maintail`, `_tailf`, `http_client.py`.

pub(super) const NO_LOG: &str = "no log file";
pub(super) const LOG_UNREADABLE: &str = "unknown error reading log";
pub(super) const NO_PROCESS_NAME: &str = "no such process name";
pub(super) const PRESS_CTRL_C: &str = "==> Press Ctrl-C to exit <==";

pub(super) fn cannot_follow(url: &str, path: &str, error: &CallError) -> String {
    match error {
        CallError::Status { status, .. } => format!("{url}{path} Cannot read, status code {status}"),
        other => {
            let (class, text) = exception(other);
            format!("{url}{path} Cannot connect, error: <class '{class}'> ({text})")
        }
    }
}

// `do_fg`.

pub(super) const FG_NO_NAME: &str = "ERROR: no process name supplied";
pub(super) const FG_MANY_NAMES: &str = "ERROR: too many process names supplied";
pub(super) const FG_BAD_NAME: &str = "ERROR: bad process name supplied";
pub(super) const FG_NOT_RUNNING: &str = "ERROR: process not running";
pub(super) const FG_KILLED: &str = "Process got killed";
pub(super) const FG_EXIT: &str = "Exiting foreground";

/// `ERROR: ` before an exception's text.
pub(super) fn plain_error(error: &CallError) -> String {
    format!("ERROR: {}", exception(error).1)
}

// `do_reread`, `_formatChanges`, `do_update`, `do_add`, `do_remove`.

pub(super) const NO_UPDATES: &str = "No config updates to processes";
pub(super) const SUPERVISOR_DOWN: &str = "ERROR: supervisor shutting down";
pub(super) const SHUTTING_DOWN: &str = "ERROR: shutting down";
pub(super) const ALREADY_SHUTTING_DOWN: &str = "ERROR: already shutting down";
pub(super) const ALREADY_ACTIVE: &str = "ERROR: process group already active";

pub(super) fn no_group(name: &str) -> String {
    format!("ERROR: no such group: {name}")
}

pub(super) fn no_process_or_group(name: &str) -> String {
    format!("ERROR: no such process/group: {name}")
}

pub(super) fn still_running(name: &str) -> String {
    format!("ERROR: process/group still running: {name}")
}

pub(super) fn no_such_process(name: &str) -> String {
    format!("No such process {name}")
}

// `do_shutdown`, `do_reload`, `do_open`.

pub(super) const REALLY_SHUT_DOWN: &str = "Really shut the remote supervisord process down y/N? ";
pub(super) const REALLY_RESTART: &str = "Really restart the remote supervisord process y/N? ";
pub(super) const SHUT_DOWN: &str = "Shut down";
pub(super) const RESTARTED: &str = "Restarted supervisord";
pub(super) const BAD_URL: &str = "ERROR: url must be http:// or unix://";

/// The lines of `status` (`_show_statuses`). Colours come around the state, never into its width.
pub(super) fn table(infos: &[&Info], colours: bool) -> String {
    let names: Vec<String> = infos.iter().map(|info| info.namespec()).collect();
    let width = names.iter().map(|name| name.chars().count()).max().unwrap_or(0).max(30) + 3;
    let mut text = String::with_capacity(infos.len() * (width + 60));
    for (name, info) in names.iter().zip(infos) {
        let state = format!("{:<10}", info.state_name);
        let (before, after) = if colours { colour(&info.state_name) } else { ("", "") };
        text.push_str(&format!("{name:<width$}{before}{state}{after}{}\n", info.description));
    }
    text
}

/// Ours: green runs, yellow is on its way, red is broken, dim is at rest.
fn colour(state: &str) -> (&'static str, &'static str) {
    let before = match state {
        "RUNNING" => "\x1b[32m",
        "STARTING" | "STOPPING" | "BACKOFF" => "\x1b[33m",
        "FATAL" | "UNKNOWN" => "\x1b[31m",
        "STOPPED" | "EXITED" => "\x1b[2m",
        _ => return ("", ""),
    };
    (before, "\x1b[0m")
}

/// A line of `avail` (`_formatConfigInfo`).
pub(super) fn available(info: &Value) -> String {
    let text = |name: &str| info.get(name).and_then(Value::as_str).unwrap_or_default();
    let number = |name: &str| info.get(name).and_then(Value::as_int).unwrap_or_default();
    let is = |name: &str| info.get(name).and_then(Value::as_bool).unwrap_or_default();
    let name = super::names::join(text("group"), text("name"));
    let used = if is("inuse") { "in use" } else { "avail" };
    let start = if is("autostart") { "auto" } else { "manual" };
    format!("{name:<32} {used:<9} {start:<9} {}:{}", number("group_prio"), number("process_prio"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::xmlrpc::Fault;

    fn info(group: &str, name: &str, state: &str, description: &str) -> Info {
        Info {
            group: group.to_owned(),
            name: name.to_owned(),
            state_name: state.to_owned(),
            description: description.to_owned(),
            ..Info::default()
        }
    }

    #[test]
    fn the_table_has_the_original_s_columns() {
        let short = info("cat", "cat", "RUNNING", "pid 1, uptime 0:00:24");
        assert_eq!(
            table(&[&short], false),
            "cat                              RUNNING   pid 1, uptime 0:00:24\n"
        );
        let long = info("group", &"x".repeat(40), "STARTING", "");
        let wide = table(&[&short, &long], false);
        assert!(wide.lines().all(|line| line.find("RUNNING").is_none_or(|at| at == 49)), "{wide}");
        assert!(wide.ends_with("xxx   STARTING  \n"));
        let umlaut = info("ä", "ä", "FATAL", "d");
        assert_eq!(table(&[&umlaut], false), format!("ä{}FATAL     d\n", " ".repeat(32)));
        assert!(table(&[&umlaut], true).contains("  \x1b[31mFATAL     \x1b[0md"));
    }

    #[test]
    fn lines_of_avail() {
        let value = Value::record([
            ("group", "grp".into()),
            ("name", "ga".into()),
            ("inuse", true.into()),
            ("autostart", false.into()),
            ("group_prio", 500.into()),
            ("process_prio", 2.into()),
        ]);
        assert_eq!(available(&value), "grp:ga                           in use    manual    500:2");
    }

    #[test]
    fn every_outcome_has_its_words() {
        let line = |did, code| {
            outcome(did, &Outcome { group: "g".into(), name: "n".into(), code, text: "text".into() })
        };
        for (did, code, wanted) in [
            (Did::Start, 80, Ok("g:n: started")),
            (Did::Start, 10, Ok("g:n: ERROR (no such process)")),
            (Did::Start, 20, Ok("g:n: ERROR (no such file)")),
            (Did::Start, 21, Ok("g:n: ERROR (file is not executable)")),
            (Did::Start, 60, Ok("g:n: ERROR (already started)")),
            (Did::Start, 50, Ok("g:n: ERROR (spawn error)")),
            (Did::Start, 40, Ok("g:n: ERROR (abnormal termination)")),
            (Did::Start, 6, Err("Unknown result code 6 for g:n")),
            (Did::Stop, 80, Ok("g:n: stopped")),
            (Did::Stop, 70, Ok("g:n: ERROR (not running)")),
            (Did::Stop, 30, Ok("text")),
            (Did::Signal, 11, Ok("g:n: ERROR (bad signal name)")),
            (Did::Signal, 80, Ok("g:n: signalled")),
            (Did::Clear, 80, Ok("g:n: cleared")),
            (Did::Clear, 30, Ok("g:n: ERROR (failed)")),
            (Did::Clear, 20, Err("Unknown result code 20 for g:n")),
        ] {
            let wanted = wanted.map(str::to_owned).map_err(str::to_owned);
            assert_eq!(line(did, code), wanted, "{did:?} {code}");
        }
    }

    #[test]
    fn errors_look_like_python_s() {
        let os = |number| CallError::Io(io::Error::from_raw_os_error(number));
        for (error, wanted) in [
            (os(13), "error: <class 'PermissionError'>, [Errno 13] Permission denied"),
            (os(2), "error: <class 'FileNotFoundError'>, [Errno 2] No such file or directory"),
            (os(111), "error: <class 'ConnectionRefusedError'>, [Errno 111] Connection refused"),
            (os(113), "error: <class 'OSError'>, [Errno 113] No route to host"),
            (
                CallError::Fault(Fault { code: 92, text: "CANT_REREAD: it's".to_owned() }),
                "error: <class 'xmlrpc.client.Fault'>, <Fault 92: \"CANT_REREAD: it's\">",
            ),
            (
                CallError::Status { status: 401, reason: "Unauthorized".to_owned() },
                "error: <class 'xmlrpc.client.ProtocolError'>, \
                 <ProtocolError for 127.0.0.1/RPC2: 401 Unauthorized>",
            ),
        ] {
            assert_eq!(error_line(&error), format!("{wanted}: file: supervisorctl line: 0"));
        }
    }
}
