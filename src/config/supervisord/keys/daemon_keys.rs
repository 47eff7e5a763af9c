//! `[supervisord]` and `[include]`.

use super::Default::{Nothing, Required, Text};
use super::{Form, Section, rows};

/// `[supervisord]`.
pub const DAEMON: Section = Section {
    name: "supervisord",
    form: Form::Exact,
    doc: "The daemon itself: its log, its pid file, its limits, what all programs share",
    own: daemon::ALL,
    shared: &[],
    open: false,
};

/// `[include]`.
pub const INCLUDE: Section = Section {
    name: "include",
    form: Form::Exact,
    doc: "More files to read, as if they stood here",
    own: include::ALL,
    shared: &[],
    open: false,
};

/// Rows of `[supervisord]`.
pub mod daemon {
    use super::{Nothing, Text, rows};

    rows! { ALL:
        LOGFILE = "logfile", File, Text("supervisord.log"), Here,
            "Activity log; syslog sends it to the system log", "/tmp/supervisord.log";
        LOGFILE_MAXBYTES = "logfile_maxbytes", Bytes, Text("50MB"), Here,
            "Size at which the activity log is rotated; 0 never rotates", "50MB";
        LOGFILE_BACKUPS = "logfile_backups", Integer, Text("10"), Here,
            "Rotated activity logs to keep; 0 keeps none", "10";
        LOGLEVEL = "loglevel", LogLevel, Text("info"), Here,
            "Least important line to log: critical, error, warn, info, debug, trace, blather", "info";
        PIDFILE = "pidfile", File, Text("supervisord.pid"), Here,
            "File that holds the process id of the daemon", "/tmp/supervisord.pid";
        NODAEMON = "nodaemon", Boolean, Text("false"), Here,
            "Stay in the foreground", "false";
        SILENT = "silent", Boolean, Text("false"), Here,
            "In the foreground, do not repeat the activity log on standard output", "false";
        MINFDS = "minfds", Integer, Text("1024"), Here,
            "File descriptors that must be available; the limit is raised to this", "1024";
        MINPROCS = "minprocs", Integer, Text("200"), Here,
            "Processes that must be available; the limit is raised to this", "200";
        UMASK = "umask", Octal, Nothing("022 when daemonising"), Here,
            "File mode mask of the daemon", "022";
        USER = "user", User, Nothing("stays who it is"), Here,
            "Account that the daemon changes to when root starts it", "nobody";
        IDENTIFIER = "identifier", Text, Text("supervisor"), Here,
            "Name of this instance, seen in events and in automatic log names", "supervisor";
        DIRECTORY = "directory", ExistingDirectory, Nothing("stays where it is"), Here,
            "Folder that the daemon changes to when daemonising", "/tmp";
        NOCLEANUP = "nocleanup", Boolean, Text("false"), Here,
            "Keep the automatic log files of earlier runs", "false";
        CHILDLOGDIR = "childlogdir", ExistingDirectory, Nothing("the folder for temporary files"), Here,
            "Folder of the automatic log files", "/tmp";
        ENVIRONMENT = "environment", Pairs, Text(""), Here,
            "Variables for all programs, also usable as ENV_x below", "KEY=\"value\"";
        ENV_DIR = "env_dir", EnvDirs, Nothing("none"), Here,
            "Folders with a file for each variable; - before one that may be missing", "-/run/secrets/env";
        ENV_FILE = "env_file", EnvFiles, Nothing("none"), Here,
            "Files with NAME=value lines; - before one that may be missing", "-/etc/default/program";
        ENV_FROM_FILES = "env_from_files", FromFiles, Text("false"), Host,
            "Set NAME to what the file holds that NAME_FILE points to: true for every such variable, or their names", "true";
        EXIT_WHEN = "exit_when", ExitWhen, Text("never"), Here,
            "End by itself, stopping everything in order: never, when a program is FATAL (any_fatal), when one has ended \
             for good (any_exit), when all have (all_exited)", "any_fatal";
        EXIT_STATUS = "exit_status", ExitRules, Text(""), Here,
            "Exit status of the daemon, rules WHAT:STATUS; WHAT is a status, a signal, signal, fatal, stopped or *; STATUS a \
             number or same; without a rule that of the program to blame, 0 if it was told to stop", "143:0, fatal:70";
        TERMINATION_LOG = "termination_log", OptionalFile,
            Nothing("/dev/termination-log, if that file exists"), Here,
            "File that tells why the daemon ended, for Kubernetes; none writes nothing", "/tmp/termination-log";
        SHUTDOWN_TIMEOUT = "shutdown_timeout", Integer, Text("0"), Here,
            "Seconds until a shutdown kills what is left; 0 waits for every stopwaitsecs", "9";
        CHILD_OUTPUT = "child_output", ChildOutput, Text("none"), Here,
            "Show the lines of programs on the daemon's own standard output and error too, beside their files: raw as they \
             are, prefix as \"name | line\", json as one object each", "prefix";
        LOG_TIMESTAMPS = "log_timestamps", Boolean, Text("false"), Here,
            "Put the time before lines that have a prefix", "true";
        MEMORY_LOG = "memory_log", Bytes, Text("64KB"), Here,
            "Bytes to keep in memory of each channel that is shown so and has no log file, for supervisorctl tail; 0 keeps none",
            "1MB";
        LOG_FORMAT = "log_format", LogFormat, Text("text"), Here,
            "How the lines of the activity log look: text as Supervisor writes them, json as one object each", "json";
        STRIP_ANSI = "strip_ansi", Boolean, Text("false"), Here,
            "Remove colours and other terminal sequences from the output of programs", "false";
    }
}

/// Rows of `[include]`.
pub mod include {
    use super::{Required, rows};

    rows! { ALL:
        FILES = "files", Patterns, Required, Host,
            "Patterns of files, relative to the main file; each pattern's files are read in sorted order",
            "relative/directory/*.ini";
    }
}
