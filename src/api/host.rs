//! The daemon as the methods see it. The runtime implements this with the real daemon, tests with a fake one.

use crate::base::{Now, Pid, ServiceId, Wall};
use crate::engine::{Engine, Event, Input, Note, SpawnError};
use crate::model::{Group, OutputChannel, Service, Settings};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a method may look at and ask for.
pub trait Host {
    /// The state of everything.
    fn engine(&self) -> &Engine;

    /// The time of this turn.
    fn now(&self) -> Now;

    /// The daemon's settings.
    fn settings(&self) -> &Settings;

    /// Groups of the configuration that was read last; not all of them need be active.
    fn available(&self) -> &[Arc<Group>];

    /// The same, to keep it true where the members of a group that is active change.
    fn available_mut(&mut self) -> &mut Vec<Arc<Group>>;

    /// The services of a program that is described by options as they would stand in the configuration. Logs what is odd.
    ///
    /// # Errors
    /// What the original would say of them.
    fn lower(
        &mut self,
        group: &str,
        name: &str,
        options: &[(String, String)],
    ) -> Result<Vec<Service>, String>;

    /// The daemon's process id.
    fn pid(&self) -> Pid;

    /// Feeds the engine and carries out what it orders before returning, so that the engine shows the result (a spawn that
    /// fails at once, for example).
    fn apply(&mut self, input: Input);

    /// Whether the command of a service could be executed now.
    ///
    /// # Errors
    /// Why not.
    fn check_command(&self, id: ServiceId) -> Result<(), SpawnError>;

    /// Whether a group of `available` could be added now: its FastCGI sockets can be made.
    ///
    /// # Errors
    /// Why not, for people.
    fn check_group(&mut self, group: &Group) -> Result<(), String>;

    /// Reads the configuration anew into `available`; what runs is not touched.
    ///
    /// # Errors
    /// What the original would say of the configuration.
    fn reread(&mut self) -> Result<(), String>;

    /// Reads the configuration anew and, if it is good, stops everything in order to start with it (`Input::Restart`). A
    /// bad one changes nothing: everything keeps running.
    ///
    /// # Errors
    /// What the original would say of the configuration.
    fn restart(&mut self) -> Result<(), String>;

    /// What `logfile` names, which need not be there, as `syslog` is not.
    fn main_log(&self) -> Option<PathBuf>;

    /// Empties the activity log: a regular file is unlinked and made anew, anything else stays as it is.
    ///
    /// # Errors
    /// The reason, for people.
    fn clear_main_log(&mut self) -> Result<(), String>;

    /// Where a channel of a service is logged, automatic files included.
    fn log_path(&self, id: ServiceId, channel: OutputChannel) -> Option<PathBuf>;

    /// Empties the logs of a service, in the same way.
    ///
    /// # Errors
    /// The reason, for people.
    fn clear_logs(&mut self, id: ServiceId) -> Result<(), String>;

    /// The size of a file in bytes; `None` where there is no file. A device such as `/dev/null` may count as empty.
    ///
    /// # Errors
    /// The reason, for people: it cannot be opened, or nothing in it can be found again (a pipe).
    fn file_size(&self, path: &Path) -> Result<Option<u64>, String>;

    /// At most `length` bytes of a file from `offset` on; nothing from past its end.
    ///
    /// # Errors
    /// The reason, for people.
    fn read_file(&self, path: &Path, offset: u64, length: u64) -> Result<Vec<u8>, String>;

    /// Queues bytes for the standard input of a process.
    ///
    /// # Errors
    /// Why they cannot reach it.
    fn write_stdin(&mut self, id: ServiceId, bytes: &[u8]) -> Result<(), StdinError>;

    /// Writes a line to the activity log.
    fn note(&mut self, note: Note);

    /// Tells the event listeners.
    fn emit(&mut self, event: Event);

    /// A moment in local time as `Nov 22 09:35 AM` (`%b %d %I:%M %p`).
    fn short_date(&self, wall: Wall) -> String;

    /// A moment as messages of the page tell it, `Mon Nov  2 09:34:59 2026` (`ctime(3)`).
    fn long_date(&self, wall: Wall) -> String;
}

/// Why bytes cannot reach a process.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StdinError {
    /// It has closed its standard input (EPIPE).
    Closed,
    /// It does not read, and as much as we keep for it is waiting already.
    Full,
}
