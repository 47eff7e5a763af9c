//! What the runtime holds for one service slot: its standard input, its two output channels, its automatic log files.

use crate::base::ServiceId;
use crate::model::{ChannelLog, LogFile, Service};
use crate::runtime::channel::Channel;
use crate::sys::auto_file;
use std::fs;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

/// One of the two output channels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Which {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

impl Which {
    /// Both.
    pub const BOTH: [Which; 2] = [Which::Stdout, Which::Stderr];

    /// The name in messages, options and file names.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Which::Stdout => "stdout",
            Which::Stderr => "stderr",
        }
    }

    /// The channel's configuration.
    #[must_use]
    pub fn of(self, service: &Service) -> &ChannelLog {
        match self {
            Which::Stdout => &service.stdout,
            Which::Stderr => &service.stderr,
        }
    }
}

/// The runtime's side of a service.
#[derive(Debug, Default)]
pub struct Program {
    /// The writing end of the child's standard input; kept open as long as the child lives.
    pub stdin: Option<OwnedFd>,
    stdout: Channel,
    stderr: Channel,
    auto_stdout: Option<Box<Path>>,
    auto_stderr: Option<Box<Path>>,
}

impl Program {
    /// One of its channels.
    pub fn channel(&mut self, which: Which) -> &mut Channel {
        match which {
            Which::Stdout => &mut self.stdout,
            Which::Stderr => &mut self.stderr,
        }
    }

    /// Where that channel is logged, if anywhere.
    #[must_use]
    pub fn log_path<'a>(&'a self, which: Which, service: &'a Service) -> Option<&'a Path> {
        let auto = match which {
            Which::Stdout => &self.auto_stdout,
            Which::Stderr => &self.auto_stderr,
        };
        match &which.of(service).file {
            LogFile::None => None,
            LogFile::Path(path) if path.as_os_str().is_empty() => None,
            LogFile::Path(path) => Some(path),
            LogFile::Auto => auto.as_deref(),
        }
    }

    /// Creates the automatic log files that the service asks for and does not have yet.
    ///
    /// # Errors
    /// Those of `open(2)`.
    pub fn create_auto_logs(&mut self, service: &Service, folder: &Path, identifier: &str) -> io::Result<()> {
        for which in Which::BOTH {
            let unused = which == Which::Stderr && service.redirect_stderr;
            let slot = match which {
                Which::Stdout => &mut self.auto_stdout,
                Which::Stderr => &mut self.auto_stderr,
            };
            if which.of(service).file == LogFile::Auto && !unused && slot.is_none() {
                let prefix = format!("{}-{}---{identifier}-", service.name, which.name());
                *slot = Some(auto_file::create(folder, &prefix)?.into_boxed_path());
            }
        }
        Ok(())
    }
}

/// Deletes the automatic log files of earlier runs with this identifier. Says what could not be done, in the original's
/// words (`supervisor/options.py`, `clear_autochildlogdir`).
#[must_use]
pub fn delete_old_auto_logs(folder: &Path, identifier: &str) -> Vec<String> {
    let Ok(entries) = fs::read_dir(folder) else { return vec!["Could not clear childlog dir".to_owned()] };
    let mut troubles = Vec::new();
    for entry in entries.flatten() {
        let is_ours = entry.file_name().to_str().is_some_and(|name| is_auto_log(name, identifier));
        let is_file = entry.file_type().is_ok_and(|kind| kind.is_file());
        if is_ours && is_file && fs::remove_file(entry.path()).is_err() {
            let path = entry.path().display().to_string();
            troubles.push(format!("Failed to clean up {}", crate::base::text::python_repr(&path)));
        }
    }
    troubles
}

/// Whether a file name begins as the original's pattern `.+?---<identifier>-\S+\.log\.{0,1}\d{0,4}` does.
fn is_auto_log(name: &str, identifier: &str) -> bool {
    let mark = format!("---{identifier}-");
    name.match_indices(&mark).any(|(at, _)| {
        let rest = name.get(at + mark.len()..).unwrap_or_default();
        let random = rest.split(char::is_whitespace).next().unwrap_or_default();
        at > 0 && random.find(".log").is_some_and(|end| end > 0)
    })
}

/// What the poller's key of a descriptor says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Token {
    /// Signals came.
    Signals,
    /// The alarm clock rang.
    Alarm,
    /// The activity log has room again.
    ActivityRoom,
    /// A program's output.
    Output(ServiceId, Which, u16),
    /// A program's log has room again.
    LogRoom(ServiceId, Which),
}

const KIND_SHIFT: u32 = 56;
const WHICH_SHIFT: u32 = 48;
const GENERATION_SHIFT: u32 = 32;

impl Token {
    /// The key to give to the poller.
    #[must_use]
    pub fn key(self) -> usize {
        match self {
            Token::Signals => 0,
            Token::Alarm => 1,
            Token::ActivityRoom => 2,
            Token::Output(id, which, generation) => {
                1 << KIND_SHIFT
                    | (which as usize) << WHICH_SHIFT
                    | usize::from(generation) << GENERATION_SHIFT
                    | id.0 as usize
            }
            Token::LogRoom(id, which) => 2 << KIND_SHIFT | (which as usize) << WHICH_SHIFT | id.0 as usize,
        }
    }

    /// What a key means.
    #[must_use]
    pub fn from_key(key: usize) -> Option<Token> {
        let id = ServiceId(u32::try_from(key & 0xffff_ffff).ok()?);
        let generation = u16::try_from(key >> GENERATION_SHIFT & 0xffff).ok()?;
        let which = if key >> WHICH_SHIFT & 1 == 0 { Which::Stdout } else { Which::Stderr };
        match (key >> KIND_SHIFT, key) {
            (0, 0) => Some(Token::Signals),
            (0, 1) => Some(Token::Alarm),
            (0, 2) => Some(Token::ActivityRoom),
            (1, _) => Some(Token::Output(id, which, generation)),
            (2, _) => Some(Token::LogRoom(id, which)),
            _ => None,
        }
    }
}

/// A folder for automatic logs together with the identifier in their names.
#[derive(Debug, Clone)]
pub struct AutoLogs {
    /// The folder.
    pub folder: PathBuf,
    /// Name of this instance.
    pub identifier: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_come_back_as_they_were() {
        for token in [
            Token::Signals,
            Token::Alarm,
            Token::ActivityRoom,
            Token::Output(ServiceId(u32::MAX), Which::Stderr, u16::MAX),
            Token::Output(ServiceId(0), Which::Stdout, 0),
            Token::LogRoom(ServiceId(7), Which::Stderr),
        ] {
            assert_eq!(Token::from_key(token.key()), Some(token));
        }
        assert_eq!(Token::from_key(99), None);
    }

    #[test]
    fn automatic_logs_are_told_from_other_files() {
        for name in ["cat-stdout---supervisor-ab_12345.log", "cat-stdout---supervisor-ab_12345.log.3"] {
            assert!(is_auto_log(name, "supervisor"), "{name}");
        }
        for name in
            ["cat-stdout---other-ab_12345.log", "---supervisor-x.log", "x---supervisor-.log", "a---supervisor-x y.log"]
        {
            assert!(!is_auto_log(name, "supervisor"), "{name}");
        }
    }
}
