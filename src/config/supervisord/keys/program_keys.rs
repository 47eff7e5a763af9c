//! `[program:x]`, `[eventlistener:x]`, `[fcgi-program:x]` and `[group:x]`.

use super::Default::{Nothing, Required, Text};
use super::{Form, Section, rows};

/// `[program:x]`.
pub const PROGRAM: Section = Section {
    name: "program",
    form: Form::Named,
    doc: "A program to run, once or several times",
    own: &[],
    shared: program::ALL,
    open: false,
};

/// `[eventlistener:x]`.
pub const LISTENER: Section = Section {
    name: "eventlistener",
    form: Form::Named,
    doc: "A program that is told of events on its standard input; takes every option of a program too",
    own: listener::ALL,
    shared: program::ALL,
    open: false,
};

/// `[fcgi-program:x]`.
pub const FASTCGI: Section = Section {
    name: "fcgi-program",
    form: Form::Named,
    doc: "A program whose processes share a listening socket as standard input; takes every option of a program too",
    own: fastcgi::ALL,
    shared: program::ALL,
    open: false,
};

/// `[group:x]`.
pub const GROUP: Section = Section {
    name: "group",
    form: Form::Named,
    doc: "Several programs under one name; they no longer form groups of their own",
    own: group::ALL,
    shared: &[],
    open: false,
};

/// Rows of `[program:x]`.
pub mod program {
    use super::{Nothing, Required, Text, rows};

    rows! { ALL:
        COMMAND = "command", Command, Required, Process,
            "What to run, split into words as a shell would, without a shell", "/bin/cat";
        PROCESS_NAME = "process_name", Name, Text("%(program_name)s"), Process,
            "Name of each process; must contain %(process_num) where there are several", "%(program_name)s";
        NUMPROCS = "numprocs", Integer, Text("1"), Program,
            "How many processes to run", "1";
        NUMPROCS_START = "numprocs_start", Integer, Text("0"), Program,
            "Number of the first process", "0";
        DIRECTORY = "directory", Directory, Nothing("that of the daemon"), Process,
            "Folder to start in", "/tmp";
        UMASK = "umask", Octal, Nothing("that of the daemon"), Program,
            "File mode mask", "022";
        PRIORITY = "priority", Integer, Text("999"), Here,
            "Lower numbers start earlier and stop later", "999";
        ESSENTIAL = "essential", Boolean, Text("false"), Program,
            "Stop everything and end, with this program's exit status, when it is FATAL or has ended unexpectedly", "true";
        AUTOSTART = "autostart", Boolean, Text("true"), Program,
            "Start together with the daemon", "true";
        STARTSECS = "startsecs", Integer, Text("1"), Program,
            "Seconds to stay up before it counts as started", "1";
        STARTRETRIES = "startretries", Integer, Text("3"), Program,
            "Further attempts after a failed start", "3";
        AUTORESTART = "autorestart", AutoRestart, Text("unexpected"), Program,
            "Start again after the end: always, never, or only after an unexpected exit code", "unexpected";
        EXITCODES = "exitcodes", ExitCodes, Text("0"), Program,
            "Exit codes that are expected", "0";
        STOPSIGNAL = "stopsignal", Signal, Text("TERM"), Program,
            "Signal that asks it to stop", "TERM";
        STOPWAITSECS = "stopwaitsecs", Integer, Text("10"), Program,
            "Seconds between that signal and SIGKILL", "10";
        STOPASGROUP = "stopasgroup", Boolean, Text("false"), Program,
            "Send the stop signal to the whole process group; implies killasgroup", "false";
        KILLASGROUP = "killasgroup", Boolean, Nothing("as stopasgroup"), Program,
            "Send SIGKILL to the whole process group", "false";
        USER = "user", User, Nothing("that of the daemon"), Program,
            "Account to run as; only root can change it", "nobody";
        REDIRECT_STDERR = "redirect_stderr", Boolean, Text("false"), Program,
            "Let standard error join standard output", "false";
        STDOUT_LOGFILE = "stdout_logfile", LogFile, Text("AUTO"), Process,
            "Log of standard output", "/tmp/program.log";
        STDOUT_LOGFILE_MAXBYTES = "stdout_logfile_maxbytes", Bytes, Text("50MB"), Process,
            "Size at which that log is rotated; 0 never rotates", "50MB";
        STDOUT_LOGFILE_BACKUPS = "stdout_logfile_backups", Integer, Text("10"), Process,
            "Rotated logs to keep; 0 keeps none", "10";
        STDOUT_CAPTURE_MAXBYTES = "stdout_capture_maxbytes", Bytes, Text("0"), Program,
            "Most bytes to keep of text between the capture tags; 0 turns capture off", "1MB";
        STDOUT_EVENTS_ENABLED = "stdout_events_enabled", Boolean, Text("false"), Program,
            "Emit an event for everything written to standard output", "false";
        STDOUT_SYSLOG = "stdout_syslog", Boolean, Text("false"), Process,
            "Send standard output to the system log too", "false";
        STDERR_LOGFILE = "stderr_logfile", LogFile, Text("AUTO"), Process,
            "Log of standard error", "/tmp/program.err";
        STDERR_LOGFILE_MAXBYTES = "stderr_logfile_maxbytes", Bytes, Text("50MB"), Process,
            "Size at which that log is rotated; 0 never rotates", "50MB";
        STDERR_LOGFILE_BACKUPS = "stderr_logfile_backups", Integer, Text("10"), Process,
            "Rotated logs to keep; 0 keeps none", "10";
        STDERR_CAPTURE_MAXBYTES = "stderr_capture_maxbytes", Bytes, Text("0"), Program,
            "Most bytes to keep of text between the capture tags; 0 turns capture off", "1MB";
        STDERR_EVENTS_ENABLED = "stderr_events_enabled", Boolean, Text("false"), Program,
            "Emit an event for everything written to standard error", "false";
        STDERR_SYSLOG = "stderr_syslog", Boolean, Text("false"), Process,
            "Send standard error to the system log too", "false";
        LOG_FORMAT = "log_format", ChildOutput, Nothing("child_output of [supervisord]"), Program,
            "How its lines appear on the daemon's own standard output and error: none, raw, prefix or json", "json";
        ENVIRONMENT = "environment", Pairs, Text(""), Process,
            "Variables for this program, on top of those of [supervisord]", "A=\"1\",B=\"2\"";
        ENV_DIR = "env_dir", EnvDirs, Nothing("none"), Process,
            "Folders with a file for each variable; - before one that may be missing", "-/run/secrets/env";
        ENV_FILE = "env_file", EnvFiles, Nothing("none"), Process,
            "Files with NAME=value lines; - before one that may be missing", "-/etc/default/program";
        ENV_FROM_FILES = "env_from_files", FromFiles, Text("false"), Process,
            "Set NAME to what the file holds that NAME_FILE points to: true for every such variable, or their names", "true";
        SERVERURL = "serverurl", Url, Nothing("AUTO: the first server of the daemon"), Program,
            "Address of the daemon that the program is told", "AUTO";
    }
}

/// Rows that only `[eventlistener:x]` has.
pub mod listener {
    use super::{Required, Text, rows};

    rows! { ALL:
        EVENTS = "events", Events, Required, Here,
            "Event types to hear of; an abstract one stands for all below it", "EVENT";
        BUFFER_SIZE = "buffer_size", Integer, Text("10"), Here,
            "Events to keep while every listener of the pool is busy", "10";
        RESULT_HANDLER = "result_handler", Callable, Text("supervisor.dispatchers:default_handler"), Here,
            "What judges the answers; only the built-in one exists here", "supervisor.dispatchers:default_handler";
        PRIORITY = "priority", Integer, Text("-1"), Here,
            "Lower numbers start earlier and stop later; the pool comes before all programs", "-1";
    }
}

/// Rows that only `[fcgi-program:x]` has.
pub mod fastcgi {
    use super::{Nothing, Required, rows};

    rows! { ALL:
        SOCKET = "socket", Socket, Required, Here,
            "Socket to listen on, unix:///path or tcp://host:port; %(program_name)s can be used too",
            "unix:///tmp/program.sock";
        SOCKET_BACKLOG = "socket_backlog", Integer, Nothing("as the kernel has it"), Here,
            "Connections that may wait, 1 to 65535", "128";
        SOCKET_OWNER = "socket_owner", Owner, Nothing("user, where that is set"), Here,
            "Owner of a Unix socket", "nobody:nogroup";
        SOCKET_MODE = "socket_mode", Octal, Nothing("0700"), Here,
            "Mode of a Unix socket", "0700";
    }
}

/// Rows of `[group:x]`.
pub mod group {
    use super::{Text, rows};

    rows! { ALL:
        PROGRAMS = "programs", Names, Text(""), Here,
            "Programs that belong to the group, in the order in which they start", "first,second";
        PRIORITY = "priority", Integer, Text("999"), Here,
            "Lower numbers start earlier and stop later", "999";
    }
}
