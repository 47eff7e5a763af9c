//! The daemon's own log: lines with local time and level, to a file with rotation or to syslog, and to standard output in
//! the foreground. Never waits: what a slow reader or a full disk does not take is kept for a while, then dropped and
//! counted. Holds the console, since what programs say there must not mix with its lines.

use crate::base::{Now, Wall};
use crate::model::{ActivityLog as Config, ActivityTarget, ChildOutput, LogFormat, LogLevel};
use crate::runtime::buffered::Buffered;
use crate::runtime::console::{Console, Stream};
use crate::runtime::log_file::{LogFile, Rotation, inherited_number};
use crate::sys::clock::{self, LocalTime, LocalZone};
use crate::sys::syslog::SystemLog;
use serde::Serialize;
use std::io;
use std::os::fd::BorrowedFd;
use std::path::{Path, PathBuf};

/// The name under which the system log knows us, as the original does.
const IDENT: &str = "supervisord";

/// The log.
#[derive(Debug)]
pub struct ActivityLog {
    /// What `logfile` names.
    name: PathBuf,
    level: LogLevel,
    zone: LocalZone,
    format: LogFormat,
    file: Option<Buffered<LogFile>>,
    /// Where lines go besides, or instead of a file.
    streams: Vec<Stream>,
    pub(super) console: Console,
    system: Option<SystemLog>,
    written: bool,
}

impl ActivityLog {
    /// Opens the log. `echo` also writes to standard output, unless that is where the log goes anyway. `shown` is how lines
    /// of programs look there.
    ///
    /// # Errors
    /// Those of `open(2)`.
    pub fn open(config: &Config, echo: bool, shown: ChildOutput) -> io::Result<ActivityLog> {
        let mut streams = Vec::new();
        let (mut file, mut system) = (None, None);
        match &config.target {
            ActivityTarget::Syslog => system = Some(SystemLog::default()),
            ActivityTarget::File(path) => match inherited_number(path).and_then(Stream::of_number) {
                Some(stream) => streams.push(stream),
                None => {
                    let rotation = Rotation::new(config.max_bytes, config.backups);
                    file = Some(Buffered::new(LogFile::open(path, rotation)?));
                }
            },
        }
        if echo && !streams.contains(&Stream::Output) {
            streams.push(Stream::Output);
        }
        let mut console = Console::default();
        if config.format == LogFormat::Json {
            file.iter_mut().for_each(|file| file.tell_loss(json_loss));
        }
        if config.format == LogFormat::Json || shown == ChildOutput::Json {
            console.tell_loss(json_loss);
        }
        if !streams.is_empty() {
            console.open();
        }
        let (level, format, zone) = (config.level, config.format, LocalZone::system());
        Ok(ActivityLog {
            name: name(config),
            level,
            zone,
            format,
            file,
            streams,
            console,
            system,
            written: false,
        })
    }

    /// A log that only goes to standard output, for when its file cannot be opened.
    #[must_use]
    pub fn to_standard_output(config: &Config) -> ActivityLog {
        let mut console = Console::default();
        if config.format == LogFormat::Json {
            console.tell_loss(json_loss);
        }
        console.open();
        ActivityLog {
            name: name(config),
            level: config.level,
            zone: LocalZone::system(),
            format: config.format,
            file: None,
            streams: vec![Stream::Output],
            console,
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
        let line = match self.format {
            LogFormat::Text => format!("{time} {level} {message}\n"),
            LogFormat::Json => json_line(wall, level, message),
        };
        for stream in &self.streams {
            self.console.print(*stream, line.as_bytes(), 1);
        }
        if let Some(file) = &mut self.file {
            file.push(line.as_bytes());
        }
        self.send_to_system(time, level, message);
    }

    /// The system log gets text in any case: it has fields of its own.
    fn send_to_system(&mut self, time: LocalTime, level: LogLevel, message: &str) {
        let Some(system) = &mut self.system else { return };
        for part in format!("{time} {level} {message}").trim_end_matches('\n').split('\n') {
            system.send(IDENT, time, part);
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
        &self.name
    }

    /// Whether a line was written since this was last asked.
    pub fn take_written(&mut self) -> bool {
        std::mem::take(&mut self.written)
    }

    /// The time zone in which lines are dated.
    #[must_use]
    pub fn zone(&self) -> &LocalZone {
        &self.zone
    }

    /// Whether something waits to be written to the file.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.file.as_ref().is_some_and(Buffered::is_waiting)
    }

    /// Tries to write what waits for the file.
    pub fn flush(&mut self) {
        if let Some(file) = &mut self.file {
            file.flush();
        }
    }

    /// The descriptor whose reader is slow, if that is what the log waits for.
    #[must_use]
    pub fn waits_on(&self) -> Option<BorrowedFd<'_>> {
        self.file.as_ref().filter(|file| file.is_waiting()).and_then(|file| file.sink.waits_on())
    }
}

/// One line of the log as a JSON object.
#[derive(Serialize)]
struct Line<'a> {
    time: String,
    level: &'static str,
    message: &'a str,
}

fn json_line(wall: Wall, level: LogLevel, message: &str) -> String {
    let line = Line { time: clock::rfc3339(wall), level: level.name(), message };
    // A struct of texts can always be written.
    let mut line = serde_json::to_string(&line).unwrap_or_default();
    line.push('\n');
    line
}

fn json_loss(dropped: u64) -> String {
    let message = format!("{dropped} lines of this log were dropped, it could not be written");
    json_line(clock::now().wall, LogLevel::Warn, &message)
}

fn name(config: &Config) -> PathBuf {
    match &config.target {
        ActivityTarget::File(path) => path.clone(),
        ActivityTarget::Syslog => PathBuf::from("syslog"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_line_in_json_is_one_line() {
        let wall = Wall(Duration::from_millis(1_793_584_499_557));
        assert_eq!(
            json_line(wall, LogLevel::Error, "a \"b\"\nc\u{1}"),
            "{\"time\":\"2026-11-02T01:54:59.557Z\",\"level\":\"error\",\"message\":\"a \\\"b\\\"\\nc\\u0001\"}\n"
        );
        assert!(json_loss(3).contains("\"message\":\"3 lines of this log were dropped"));
    }
}
