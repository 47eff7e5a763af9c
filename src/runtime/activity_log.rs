//! The daemon's own log: lines with local time and level, to a file with rotation or to syslog, and to standard output in
//! the foreground. Never waits: what a slow reader or a full disk does not take is kept for a while, then dropped and
//! counted.

use crate::base::{Now, Wall};
use crate::model::{ActivityLog as Config, ActivityTarget, LogLevel};
use crate::runtime::buffered::Buffered;
use crate::runtime::log_file::{LogFile, Rotation};
use crate::sys::clock::{self, LocalZone};
use crate::sys::output::SharedOutput;
use crate::sys::syslog::SystemLog;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::Path;

/// The name under which the system log knows us, as the original does.
const IDENT: &str = "supervisord";

/// The log.
#[derive(Debug)]
pub struct ActivityLog {
    level: LogLevel,
    zone: LocalZone,
    file: Option<Buffered<LogFile>>,
    echo: Option<Buffered<SharedOutput>>,
    system: Option<SystemLog>,
    written: bool,
}

impl ActivityLog {
    /// Opens the log. `echo` also writes to standard output, unless that is where the log goes anyway.
    ///
    /// # Errors
    /// Those of `open(2)`.
    pub fn open(config: &Config, echo: bool) -> io::Result<ActivityLog> {
        let rotation = Rotation::new(config.max_bytes, config.backups);
        let (file, system) = match &config.target {
            ActivityTarget::File(path) => (Some(LogFile::open(path, rotation)?), None),
            ActivityTarget::Syslog => (None, Some(SystemLog::default())),
        };
        let echo = echo && !file.as_ref().is_some_and(LogFile::is_standard_output);
        Ok(ActivityLog {
            level: config.level,
            zone: LocalZone::system(),
            file: file.map(Buffered::new),
            // Without a standard output there is nobody to read an echo.
            echo: if echo { SharedOutput::inherit(1).ok().map(Buffered::new) } else { None },
            system,
            written: false,
        })
    }

    /// A log that only goes to standard output, for when its file cannot be opened.
    #[must_use]
    pub fn to_standard_output(level: LogLevel) -> ActivityLog {
        ActivityLog {
            level,
            zone: LocalZone::system(),
            file: None,
            echo: SharedOutput::inherit(1).ok().map(Buffered::new),
            system: None,
            written: false,
        }
    }

    /// Whether lines of that level are written.
    #[must_use]
    pub fn wants(&self, level: LogLevel) -> bool {
        level >= self.level
    }

    /// Writes one line, dated now.
    pub fn write(&mut self, level: LogLevel, message: &str) {
        if self.wants(level) {
            let Now { wall, .. } = clock::now();
            self.write_at(wall, level, message);
        }
    }

    fn write_at(&mut self, wall: Wall, level: LogLevel, message: &str) {
        self.written = true;
        let time = self.zone.civil(wall);
        let line = format!("{time} {level} {message}\n");
        if let Some(echo) = &mut self.echo {
            echo.push(line.as_bytes());
        }
        if let Some(file) = &mut self.file {
            file.push(line.as_bytes());
        }
        if let Some(system) = &mut self.system {
            for part in line.trim_end_matches('\n').split('\n') {
                system.send(IDENT, time, part);
            }
        }
    }

    /// Critical.
    pub fn critical(&mut self, message: &str) {
        self.write(LogLevel::Critical, message);
    }

    /// Error.
    pub fn error(&mut self, message: &str) {
        self.write(LogLevel::Error, message);
    }

    /// Warning.
    pub fn warn(&mut self, message: &str) {
        self.write(LogLevel::Warn, message);
    }

    /// Normal life.
    pub fn info(&mut self, message: &str) {
        self.write(LogLevel::Info, message);
    }

    /// Details.
    pub fn debug(&mut self, message: &str) {
        self.write(LogLevel::Debug, message);
    }

    /// Opens the file anew (SIGUSR2).
    ///
    /// # Errors
    /// Those of `open(2)`; the old file stays in use then.
    pub fn reopen(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), |file| file.sink.reopen())
    }

    /// Empties the file, if the log goes to one.
    ///
    /// # Errors
    /// Those of `unlink(2)` and `open(2)`.
    pub fn clear(&mut self) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), |file| file.sink.clear())
    }

    /// What `logfile` names: a file of any kind, or `syslog`.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.file.as_ref().map_or(Path::new("syslog"), |file| file.sink.path())
    }

    /// Whether a line was written since this was last asked.
    pub fn take_written(&mut self) -> bool {
        std::mem::take(&mut self.written)
    }

    /// Whether something waits to be written.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.file.as_ref().is_some_and(Buffered::is_waiting)
            || self.echo.as_ref().is_some_and(Buffered::is_waiting)
    }

    /// Tries to write what waits.
    pub fn flush(&mut self) {
        if let Some(file) = &mut self.file {
            file.flush();
        }
        if let Some(echo) = &mut self.echo {
            echo.flush();
        }
    }

    /// The descriptor whose reader is slow, if that is what the log waits for.
    #[must_use]
    pub fn waits_on(&self) -> Option<BorrowedFd<'_>> {
        let echo = self.echo.as_ref().filter(|echo| echo.is_waiting() && !echo.sink.never_waits());
        echo.map(|echo| echo.sink.as_fd()).or_else(|| {
            self.file.as_ref().filter(|file| file.is_waiting()).and_then(|file| file.sink.waits_on())
        })
    }
}
