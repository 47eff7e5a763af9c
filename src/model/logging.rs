//! Where the output of a process goes.

use crate::model::Service;
use std::path::PathBuf;

/// One output channel, stdout or stderr.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChannelLog {
    /// The file.
    pub file: LogFile,
    /// Rotate when the file has reached this many bytes; 0 or less never rotates.
    pub max_bytes: i64,
    /// Rotated files to keep; 0 or less keeps none (the file is truncated).
    pub backups: i64,
    /// Also to syslog, line by line.
    pub syslog: bool,
    /// Bytes of captured text to keep between the capture tags; 0 turns capture off.
    pub capture_max_bytes: i64,
    /// Emit an event for each piece of output.
    pub events: bool,
}

/// `stdout_logfile=`, `stderr_logfile=`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogFile {
    /// No file.
    None,
    /// A file of the daemon's own making in `childlogdir`, removed at the next start.
    Auto,
    /// This file.
    Path(PathBuf),
}

/// How the lines of programs appear on the daemon's own standard output and error (`child_output=`, `log_format=`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ChildOutput {
    /// Not at all.
    #[default]
    None,
    /// As they are.
    Raw,
    /// Behind the name of the process.
    Prefix,
    /// As one JSON object each.
    Json,
}

impl ChildOutput {
    /// Every way, by its name in a configuration.
    pub const NAMES: [(&'static str, ChildOutput); 4] = [
        ("none", ChildOutput::None),
        ("raw", ChildOutput::Raw),
        ("prefix", ChildOutput::Prefix),
        ("json", ChildOutput::Json),
    ];
}

/// How the lines of the daemon's own log are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum LogFormat {
    /// As Supervisor writes them.
    #[default]
    Text,
    /// As one JSON object each.
    Json,
}

impl LogFormat {
    /// Both, by their names in a configuration.
    pub const NAMES: [(&'static str, LogFormat); 2] = [("text", LogFormat::Text), ("json", LogFormat::Json)];
}

/// What is shown of programs on the daemon's own standard output and error, and kept of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Showing {
    /// How, unless a program says otherwise.
    pub format: ChildOutput,
    /// With the time before each line that has a prefix.
    pub timestamps: bool,
    /// Bytes to keep of each channel that has no log file, for who asks for its end; 0 or less keeps nothing.
    pub memory: i64,
}

/// One of the two output channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum OutputChannel {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

impl OutputChannel {
    /// Both.
    pub const BOTH: [OutputChannel; 2] = [OutputChannel::Stdout, OutputChannel::Stderr];

    /// The name in messages, options and file names.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            OutputChannel::Stdout => "stdout",
            OutputChannel::Stderr => "stderr",
        }
    }

    /// The channel's configuration.
    #[must_use]
    pub fn of(self, service: &Service) -> &ChannelLog {
        match self {
            OutputChannel::Stdout => &service.stdout,
            OutputChannel::Stderr => &service.stderr,
        }
    }
}
