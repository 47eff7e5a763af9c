//! The daemon's own settings: `[supervisord]` with the command line laid over it.

use crate::model::{ExitPolicy, Identity, LogFormat, Showing};
use indexmap::IndexMap;
use std::fmt;
use std::path::PathBuf;

/// Settings of the daemon.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// The configuration file that was read, absolute; `None` where there was none.
    pub config_file: Option<PathBuf>,
    /// The activity log.
    pub log: ActivityLog,
    /// Absolute path of the pid file.
    pub pid_file: PathBuf,
    /// `umask=` of the daemon. `None` where neither file nor command line sets it: then 0o022 applies when
    /// daemonising and nothing changes in the foreground.
    pub umask: Option<u32>,
    /// Stay in the foreground.
    pub nodaemon: bool,
    /// Do not echo the activity log to standard output in the foreground.
    pub silent: bool,
    /// Open files that must be possible at least.
    pub min_fds: u64,
    /// Processes that must be possible at least.
    pub min_procs: u64,
    /// Keep the automatic log files of earlier runs.
    pub no_cleanup: bool,
    /// Folder of the automatic log files.
    pub child_log_dir: PathBuf,
    /// Whom the daemon becomes.
    pub identity: Option<Identity>,
    /// Where the daemon goes; `None` stays.
    pub directory: Option<PathBuf>,
    /// Strip ANSI escape sequences from child output.
    pub strip_ansi: bool,
    /// What is shown of programs on our own standard output and error.
    pub showing: Showing,
    /// Variables of every child.
    pub environment: IndexMap<String, String>,
    /// Name of this instance, in events and automatic log names.
    pub identifier: String,
    /// When and how the daemon ends.
    pub exit: ExitPolicy,
}

/// The daemon's own log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ActivityLog {
    /// Where it goes.
    pub target: ActivityTarget,
    /// Rotate at this many bytes; 0 or less never rotates.
    pub max_bytes: i64,
    /// Rotated files to keep.
    pub backups: i64,
    /// Lines below this level are not written.
    pub level: LogLevel,
    /// How lines look.
    pub format: LogFormat,
}

/// Where the activity log goes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ActivityTarget {
    /// An absolute path, or a device such as `/dev/stdout`.
    File(PathBuf),
    /// `logfile=syslog`.
    Syslog,
}

/// Levels of the activity log, lowest first (`supervisor/loggers.py`, `LevelsByName`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LogLevel {
    /// Everything, even each read event.
    Blather = 3,
    /// Requests of clients.
    Trace = 5,
    /// Signals sent, child output.
    Debug = 10,
    /// Normal life.
    Info = 20,
    /// Unexpected exits.
    Warn = 30,
    /// Errors of the daemon's work.
    Error = 40,
    /// What an operator must read.
    Critical = 50,
}

impl LogLevel {
    /// The level named so in a configuration (`loglevel=`), in any case.
    #[must_use]
    pub fn from_name(name: &str) -> Option<LogLevel> {
        match name.to_lowercase().as_str() {
            "blather" => Some(LogLevel::Blather),
            "trace" => Some(LogLevel::Trace),
            "debug" => Some(LogLevel::Debug),
            "info" => Some(LogLevel::Info),
            "warn" => Some(LogLevel::Warn),
            "error" => Some(LogLevel::Error),
            "critical" => Some(LogLevel::Critical),
            _ => None,
        }
    }

    /// Its name in a configuration.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            LogLevel::Blather => "blather",
            LogLevel::Trace => "trace",
            LogLevel::Debug => "debug",
            LogLevel::Info => "info",
            LogLevel::Warn => "warn",
            LogLevel::Error => "error",
            LogLevel::Critical => "critical",
        }
    }
}

impl fmt::Display for LogLevel {
    /// The four letters of a log line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            LogLevel::Blather => "BLAT",
            LogLevel::Trace => "TRAC",
            LogLevel::Debug => "DEBG",
            LogLevel::Info => "INFO",
            LogLevel::Warn => "WARN",
            LogLevel::Error => "ERRO",
            LogLevel::Critical => "CRIT",
        })
    }
}
