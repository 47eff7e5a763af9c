//! Why a process is not up, in the words of the original (`supervisor/process.py`, `options.py:check_execv_args`).
//! The text is shown by `status` and logged as `spawnerr: …`.

use crate::base::text::python_repr;
use std::fmt;

/// Why a process could not be spawned or did not stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SpawnError {
    /// The program does not exist; holds the file name looked for.
    CommandNotFound(String),
    /// The file exists without execute permission for anybody.
    NotExecutable(String),
    /// The file is a folder.
    IsDirectory(String),
    /// This user may not execute it.
    NoPermission(String),
    /// The command line cannot be split.
    Unparsable {
        /// The command as configured.
        command: String,
        /// What is wrong.
        why: String,
    },
    /// The command line has no words.
    Empty,
    /// EMFILE while making pipes or opening logs; holds the process name.
    TooManyFiles(String),
    /// Another error while making pipes or opening logs.
    Dispatchers {
        /// The process name.
        name: String,
        /// Symbolic name such as `EACCES`.
        errno: String,
    },
    /// EAGAIN from fork; holds the process name.
    ProcessTableFull(String),
    /// Another error from fork.
    Fork {
        /// The process name.
        name: String,
        /// Symbolic name such as `ENOMEM`.
        errno: String,
    },
    /// The listening socket of a FastCGI program cannot be made; holds the whole text.
    Socket(String),
    /// It ended before `startsecs` had passed.
    ExitedTooQuickly,
    /// It ran, then ended with a code (−1: by a signal) that is not in `exitcodes`.
    BadExitCode(i32),
}

impl fmt::Display for SpawnError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SpawnError::CommandNotFound(file) => write!(f, "can't find command {}", python_repr(file)),
            SpawnError::NotExecutable(file) => {
                write!(f, "command at {} is not executable", python_repr(file))
            }
            SpawnError::IsDirectory(file) => write!(f, "command at {} is a directory", python_repr(file)),
            SpawnError::NoPermission(file) => write!(f, "no permission to run command {}", python_repr(file)),
            SpawnError::Unparsable { command, why } => {
                write!(f, "can't parse command {}: {why}", python_repr(command))
            }
            SpawnError::Empty => f.write_str("command is empty"),
            SpawnError::TooManyFiles(name) => write!(f, "too many open files to spawn '{name}'"),
            SpawnError::Dispatchers { name, errno } => {
                write!(f, "unknown error making dispatchers for '{name}': {errno}")
            }
            SpawnError::Socket(text) => f.write_str(text),
            SpawnError::ProcessTableFull(name) => {
                write!(f, "Too many processes in process table to spawn '{name}'")
            }
            SpawnError::Fork { name, errno } => write!(f, "unknown error during fork for '{name}': {errno}"),
            SpawnError::ExitedTooQuickly => f.write_str("Exited too quickly (process log may have details)"),
            SpawnError::BadExitCode(code) => write!(f, "Bad exit code {code}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_as_the_original_writes_it() {
        let text = str::to_owned;
        let unparsable = |command: &str| SpawnError::Unparsable {
            command: text(command),
            why: text("No closing quotation"),
        };
        let table = [
            (SpawnError::CommandNotFound(text("/no/such")), "can't find command '/no/such'"),
            (SpawnError::CommandNotFound(text("it's")), "can't find command \"it's\""),
            (SpawnError::NotExecutable(text("/etc/passwd")), "command at '/etc/passwd' is not executable"),
            (SpawnError::IsDirectory(text("/etc")), "command at '/etc' is a directory"),
            (SpawnError::NoPermission(text("/x")), "no permission to run command '/x'"),
            (unparsable("cat \"x"), "can't parse command 'cat \"x': No closing quotation"),
            (unparsable("cat 'x"), "can't parse command \"cat 'x\": No closing quotation"),
            (SpawnError::Empty, "command is empty"),
            (SpawnError::TooManyFiles(text("web")), "too many open files to spawn 'web'"),
            (
                SpawnError::Dispatchers { name: text("web"), errno: text("EACCES") },
                "unknown error making dispatchers for 'web': EACCES",
            ),
            (SpawnError::ProcessTableFull(text("web")), "Too many processes in process table to spawn 'web'"),
            (
                SpawnError::Fork { name: text("web"), errno: text("ENOMEM") },
                "unknown error during fork for 'web': ENOMEM",
            ),
            (SpawnError::ExitedTooQuickly, "Exited too quickly (process log may have details)"),
            (SpawnError::BadExitCode(7), "Bad exit code 7"),
            (SpawnError::BadExitCode(-1), "Bad exit code -1"),
        ];
        for (error, expected) in table {
            assert_eq!(error.to_string(), expected);
        }
    }
}
