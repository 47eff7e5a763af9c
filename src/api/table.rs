//! The table of methods: names, parameters, results and help of all that a client may call. Everything that lists,
//! documents or calls methods works from here. Names, types and parameters are those of `supervisor/rpcinterface.py` and
//! `supervisor/xmlrpc.py`.

use crate::api::Outcome;
use crate::api::dispatch::Call;
use crate::api::methods::{config, daemon, info, logs, messages, signal, start, stop, system, twiddler};
use crate::wire::xmlrpc::Value;

/// One method.
#[derive(Debug)]
pub struct Method {
    /// The interface it belongs to.
    pub interface: Interface,
    /// Its name in the namespace.
    pub name: &'static str,
    /// Its parameters.
    pub params: &'static [Param],
    /// What it returns.
    pub returns: Returns,
    /// What it does, for people.
    pub help: &'static str,
    /// Whether it only looks.
    pub reads: bool,
    pub(super) run: fn(&mut Call<'_>) -> Outcome,
}

/// A set of methods that a namespace gives access to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Interface {
    /// Introspection and several calls in one; always there.
    System,
    /// The daemon and its processes; only where an `[rpcinterface:x]` section asks for it.
    Supervisor,
    /// What the package `supervisor_twiddler` adds: members of groups that come and go; only where a section asks for it.
    Twiddler,
}

/// One parameter.
#[derive(Debug)]
pub struct Param {
    /// Its type.
    pub kind: Kind,
    /// Its name.
    pub name: &'static str,
    /// What it is for.
    pub help: &'static str,
    /// What it is where it is left out; `None` where it may not be.
    pub default: Option<Literal>,
}

/// What a parameter can be by default.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Literal {
    /// Yes.
    True,
    /// A text.
    Text(&'static str),
}

impl Literal {
    /// The same as a value.
    #[must_use]
    pub fn value(self) -> Value {
        match self {
            Literal::True => true.into(),
            Literal::Text(text) => text.into(),
        }
    }
}

/// What a method returns.
#[derive(Debug)]
pub struct Returns {
    /// Its type.
    pub kind: Kind,
    /// What it is called and what it is.
    pub help: &'static str,
}

/// Types as the original's documentation and `system.methodSignature` name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Text.
    Text,
    /// A whole number.
    Int,
    /// Text or a whole number.
    TextOrInt,
    /// Text that looks like a number; signatures call it one.
    Version,
    /// A truth value.
    Boolean,
    /// A list.
    Array,
    /// Named members.
    Struct,
}

impl Kind {
    /// The name in signatures.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Kind::Text => "string",
            Kind::Int | Kind::Version => "int",
            Kind::TextOrInt => "string|int",
            Kind::Boolean => "boolean",
            Kind::Array => "array",
            Kind::Struct => "struct",
        }
    }
}

impl Method {
    /// How many parameters it takes at least.
    #[must_use]
    pub fn required(&self) -> usize {
        self.params.iter().filter(|param| param.default.is_none()).count()
    }

    /// What `system.methodHelp` answers: text, then one line for each parameter and one for the result, from which clients
    /// read the types.
    #[must_use]
    pub fn documentation(&self) -> String {
        let mut text = format!(" {}\n", self.help);
        for Param { kind, name, help, .. } in self.params {
            text.push_str(&format!("\n        @param {} {name} {help}", kind.name()));
        }
        let Returns { kind, help } = &self.returns;
        text.push_str(&format!("\n        @return {}", format!("{} {help}", kind.name()).trim_end()));
        text.push_str("\n        ");
        text
    }
}

const fn param(kind: Kind, name: &'static str, help: &'static str) -> Param {
    Param { kind, name, help, default: None }
}

const fn wait(help: &'static str) -> Param {
    Param { kind: Kind::Boolean, name: "wait", help, default: Some(Literal::True) }
}

const fn gives(kind: Kind, help: &'static str) -> Returns {
    Returns { kind, help }
}

const PROCESS: Param = param(Kind::Text, "name", "process name, or group:name");
const PROCESSES: Param =
    param(Kind::Text, "name", "process name, or group:name, or group:* for all of a group");
const GROUP: Param = param(Kind::Text, "name", "group name");
const GROUP_NAME: Param = param(Kind::Text, "group_name", "name of an active group");
const PROGRAM_OPTIONS: Param =
    param(Kind::Struct, "program_options", "names and values as in a section [program:x]; command is needed");
const LEVEL: Param = Param {
    kind: Kind::TextOrInt,
    name: "level",
    help: "CRIT (50), ERRO (40), WARN (30), INFO (20), DEBG (10), TRAC (5) or BLAT (3)",
    default: Some(Literal::Text("INFO")),
};
const METHOD: Param = param(Kind::Text, "name", "name of a method, with its namespace");
const SIGNAL: Param = param(Kind::Text, "signal", "name (HUP, SIGHUP) or number (1) of the signal");
const OFFSET: Param =
    param(Kind::Int, "offset", "first byte to read; below 0: that many from the end, length 0");
const LENGTH: Param = param(Kind::Int, "length", "how many bytes to read; 0: to the end");
const TAIL_OFFSET: Param = param(Kind::Int, "offset", "where the caller believes the log to end");
const TAIL_LENGTH: Param = param(Kind::Int, "length", "how many bytes to return at most");
const WAIT_START: Param = wait("answer when it runs, not when it was started");
const WAIT_STARTS: Param = wait("answer when all of them run, not when they were started");
const WAIT_STOP: Param = wait("answer when it is stopped, not when it was told to");
const WAIT_STOPS: Param = wait("answer when all of them are stopped, not when they were told to");

const DONE: Returns = gives(Kind::Boolean, "result true; whatever goes wrong is a fault");
const RESULTS: Returns =
    gives(Kind::Array, "result one struct of name, group, status and description per process");
const LOG_TEXT: Returns = gives(Kind::Text, "result what the log says there");
const TAIL: Returns = gives(Kind::Array, "result [text, size of the log, whether text was skipped]");

const READ_MAIN: &str = "Reads a part of the daemon's own log.";
const READ_STDOUT: &str = "Reads a part of the log of a process's standard output.";
const READ_STDERR: &str = "Reads a part of the log of a process's standard error.";
const TAIL_STDOUT: &str =
    "Reads the end of the log of a process's standard output, for callers who follow it.";
const TAIL_STDERR: &str =
    "Reads the end of the log of a process's standard error, for callers who follow it.";
const CLEAR: &str = "Empties both logs of a process and opens them anew.";
const API_VERSION: &str = "Tells the version of this interface.";

macro_rules! method {
    ($interface:ident $name:ident ($($param:expr),*) -> $returns:expr; $effect:ident $run:path; $help:expr) => {
        Method {
            interface: Interface::$interface,
            name: stringify!($name),
            params: &[$($param),*],
            returns: $returns,
            help: $help,
            reads: method!(@reads $effect),
            run: $run,
        }
    };
    (@reads reads) => { true };
    (@reads acts) => { false };
}

/// All methods.
pub static METHODS: &[Method] = &[
    // The daemon.
    method!(Supervisor getAPIVersion() -> gives(Kind::Text, "version of the interface"); reads daemon::api_version;
        API_VERSION),
    method!(Supervisor getVersion() -> gives(Kind::Text, "version of the interface"); reads daemon::api_version;
        API_VERSION),
    method!(Supervisor getSupervisorVersion() -> gives(Kind::Text, "version of Supervisor that this daemon equals");
        reads daemon::supervisor_version; "Tells with which release of Supervisor this daemon is compatible."),
    method!(Supervisor getIdentification() -> gives(Kind::Text, "identifier of this daemon");
        reads daemon::identification; "Tells the name that the configuration gives to this daemon."),
    method!(Supervisor getState() -> gives(Kind::Struct, "state statecode (int) and statename (string)");
        reads daemon::state; "Tells what the daemon as a whole is about."),
    method!(Supervisor getPID() -> gives(Kind::Int, "pid of the daemon"); reads daemon::pid;
        "Tells the process id of the daemon."),
    method!(Supervisor shutdown() -> DONE; acts daemon::shutdown;
        "Stops all processes, then the daemon. Answers before anything is stopped."),
    method!(Supervisor restart() -> DONE; acts daemon::restart;
        "Stops all processes and starts anew with a fresh configuration. Answers before anything is stopped."),
    method!(Supervisor readLog(OFFSET, LENGTH) -> LOG_TEXT; reads logs::read_main; READ_MAIN),
    method!(Supervisor readMainLog(OFFSET, LENGTH) -> LOG_TEXT; reads logs::read_main; READ_MAIN),
    method!(Supervisor clearLog() -> DONE; acts logs::clear_main; "Empties the daemon's own log."),
    // The configuration.
    method!(Supervisor reloadConfig() -> gives(Kind::Array, "result [[added, changed, removed]], names of groups");
        acts config::reload; "Reads the configuration anew and tells what is different. What runs is not touched."),
    method!(Supervisor addProcessGroup(GROUP) -> DONE; acts config::add_group;
        "Adds a group that the configuration has and that is not active yet."),
    method!(Supervisor removeProcessGroup(GROUP) -> DONE; acts config::remove_group;
        "Removes a group whose processes are all stopped."),
    method!(Supervisor getAllConfigInfo() -> gives(Kind::Array, "result one struct per process"); reads config::info;
        "Tells how every process that the configuration knows is set up, active or not."),
    // Processes.
    method!(Supervisor getProcessInfo(PROCESS) -> gives(Kind::Struct, "result everything about the process");
        reads info::one; "Tells everything about one process."),
    method!(Supervisor getAllProcessInfo() -> gives(Kind::Array, "result one struct per process"); reads info::all;
        "Tells everything about all processes."),
    method!(Supervisor startProcess(PROCESSES, WAIT_START) -> DONE; acts start::one; "Starts a process."),
    method!(Supervisor startProcessGroup(GROUP, WAIT_STARTS) -> RESULTS; acts start::group;
        "Starts all processes of a group that do not run."),
    method!(Supervisor startAllProcesses(WAIT_STARTS) -> RESULTS; acts start::all;
        "Starts all processes that do not run."),
    method!(Supervisor stopProcess(PROCESSES, WAIT_STOP) -> DONE; acts stop::one; "Stops a process."),
    method!(Supervisor stopProcessGroup(GROUP, WAIT_STOPS) -> RESULTS; acts stop::group;
        "Stops all processes of a group that run."),
    method!(Supervisor stopAllProcesses(WAIT_STOPS) -> RESULTS; acts stop::all; "Stops all processes that run."),
    method!(Supervisor signalProcess(PROCESSES, SIGNAL) -> gives(Kind::Boolean, ""); acts signal::one;
        "Sends a signal to a process."),
    method!(Supervisor signalProcessGroup(GROUP, SIGNAL) -> gives(Kind::Array, ""); acts signal::group;
        "Sends a signal to all processes of a group that run."),
    method!(Supervisor signalAllProcesses(SIGNAL) -> RESULTS; acts signal::all;
        "Sends a signal to all processes that run."),
    // Their logs.
    method!(Supervisor readProcessLog(PROCESS, OFFSET, LENGTH) -> LOG_TEXT; reads logs::read_stdout; READ_STDOUT),
    method!(Supervisor readProcessStdoutLog(PROCESS, OFFSET, LENGTH) -> LOG_TEXT; reads logs::read_stdout;
        READ_STDOUT),
    method!(Supervisor readProcessStderrLog(PROCESS, OFFSET, LENGTH) -> LOG_TEXT; reads logs::read_stderr;
        READ_STDERR),
    method!(Supervisor tailProcessLog(PROCESS, TAIL_OFFSET, TAIL_LENGTH) -> TAIL; reads logs::tail_stdout;
        TAIL_STDOUT),
    method!(Supervisor tailProcessStdoutLog(PROCESS, TAIL_OFFSET, TAIL_LENGTH) -> TAIL; reads logs::tail_stdout;
        TAIL_STDOUT),
    method!(Supervisor tailProcessStderrLog(PROCESS, TAIL_OFFSET, TAIL_LENGTH) -> TAIL; reads logs::tail_stderr;
        TAIL_STDERR),
    method!(Supervisor clearProcessLog(PROCESS) -> DONE; acts logs::clear_one; CLEAR),
    method!(Supervisor clearProcessLogs(PROCESS) -> DONE; acts logs::clear_one; CLEAR),
    method!(Supervisor clearAllProcessLogs() -> RESULTS; acts logs::clear_all; "Empties the logs of all processes."),
    // Messages.
    method!(Supervisor sendProcessStdin(PROCESS, param(Kind::Text, "chars", "the text, sent as UTF-8")) -> DONE;
        acts messages::stdin; "Writes text to the standard input of a process."),
    method!(Supervisor sendRemoteCommEvent(
            param(Kind::Text, "type", "what listeners see as the type of the event"),
            param(Kind::Text, "data", "the body of the event")
        ) -> DONE;
        acts messages::remote_communication; "Sends an event to listeners that subscribed to REMOTE_COMMUNICATION."),
    // Members that come and go.
    method!(Twiddler getAPIVersion() -> gives(Kind::Version, "version of the interface"); reads twiddler::api_version;
        API_VERSION),
    method!(Twiddler getGroupNames() -> gives(Kind::Array, "names of all active groups"); reads twiddler::groups;
        "Lists the groups in the order in which they were added."),
    method!(Twiddler log(param(Kind::Text, "message", "what the log is to say"), LEVEL) -> DONE; acts twiddler::log;
        "Writes a line to the daemon's own log."),
    method!(Twiddler addProgramToGroup(
            GROUP_NAME,
            param(Kind::Text, "program_name", "name of the program, the x of [program:x]"),
            PROGRAM_OPTIONS
        ) -> DONE;
        acts twiddler::add; "Adds the processes of a program to a group that is active, and autostarts them."),
    method!(Twiddler removeProcessFromGroup(
            GROUP_NAME,
            param(Kind::Text, "process_name", "name of a process of that group, which must be stopped")
        ) -> DONE;
        acts twiddler::remove; "Removes a process from its group."),
    // The interface itself.
    method!(System listMethods() -> gives(Kind::Array, "result names, in alphabetical order"); reads system::list;
        "Lists all methods."),
    method!(System methodHelp(METHOD) -> gives(Kind::Text, "result what the method does, takes and returns");
        reads system::help; "Documents a method."),
    method!(System methodSignature(METHOD) -> gives(Kind::Array, "result type of the result, then of each parameter");
        reads system::signature; "Tells the types of a method."),
    method!(System multicall(param(Kind::Array, "calls", "structs of methodName and params")) ->
            gives(Kind::Array, "result one value, or struct of faultCode and faultString, per call");
        acts system::multicall; "Makes several calls, one after the other."),
];

/// The method of that name in that interface.
#[must_use]
pub fn find(interface: Interface, name: &str) -> Option<&'static Method> {
    METHODS.iter().find(|method| method.name == name && method.interface == interface)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn there_are_forty_six_and_each_once() {
        let names: BTreeSet<_> = METHODS.iter().map(|method| (method.interface as u8, method.name)).collect();
        assert_eq!((METHODS.len(), names.len()), (46, 46));
    }

    #[test]
    fn only_the_last_parameters_may_be_left_out() {
        for method in METHODS {
            assert!(method.params.is_sorted_by_key(|param| param.default.is_some()), "{}", method.name);
        }
    }

    #[test]
    fn help_says_everything_that_a_signature_is_read_from() {
        let method = find(Interface::Supervisor, "signalProcess").expect("a method");
        assert_eq!(
            method.documentation(),
            " Sends a signal to a process.\n\n        @param string name process name, or group:name, or group:* for \
             all of a group\n        @param string signal name (HUP, SIGHUP) or number (1) of the signal\n        \
             @return boolean\n        "
        );
    }
}
