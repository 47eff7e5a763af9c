//! How one process is executed: command line, environment, directory, identity.

use crate::base::{Gid, Uid};
use indexmap::IndexMap;
use std::path::PathBuf;
use std::sync::Arc;

/// What a child is made of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exec {
    /// The command.
    pub command: CommandLine,
    /// Variables added to the daemon's own environment: the global ones, then the program's (later wins). Shared by
    /// all processes with the same ones.
    pub environment: Arc<IndexMap<String, String>>,
    /// Where the child starts; `None` keeps the daemon's directory. Not checked before the child tries it.
    pub directory: Option<PathBuf>,
    /// File mode mask, 0 to 0o777; `None` inherits.
    pub umask: Option<u32>,
    /// Whom the child becomes; `None` stays what the daemon is.
    pub identity: Option<Arc<Identity>>,
    /// `serverurl=`: what the child is told as `SUPERVISOR_SERVER_URL`; `None` means the daemon's own first server; an
    /// empty text tells it nothing.
    pub server_url: Option<String>,
}

/// A command as written and as split into words, `Err` where it cannot be split. A bad command is no configuration
/// error: Supervisor finds it when the process is to start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandLine {
    /// The text as written, after expansion.
    pub text: String,
    /// Its words, by the rules of a POSIX shell without expansions, or why it has none (`No closing quotation`).
    /// Empty where the command is empty.
    pub words: Result<Vec<String>, String>,
}

/// A user with everything that becoming it needs, looked up when the configuration was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// Login name, or the number where the user was given by number without an entry.
    pub name: String,
    /// User id.
    pub uid: Uid,
    /// Primary group.
    pub gid: Gid,
    /// All groups: the primary first, then those that list the user.
    pub groups: Vec<Gid>,
    /// Home folder.
    pub home: PathBuf,
}
