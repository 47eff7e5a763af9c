//! What reading a configuration has to ask of the machine. The one trait that keeps this layer pure: the runtime answers
//! from the kernel, tests from `FakeWorld`. All paths are text; relative ones are meant from the current directory.

use crate::base::{Gid, Uid};
use crate::model::Identity;

/// The machine as the configuration sees it.
pub trait World {
    /// The bytes of a file, or why it cannot be read, as the kernel words it (`No such file or directory`).
    /// A directory cannot be read.
    fn read(&self, path: &str) -> Result<Vec<u8>, String>;

    /// Whether something is there, links followed; no where a folder on the way may not be entered.
    fn exists(&self, path: &str) -> bool;

    /// Whether it is a directory, links followed.
    fn is_dir(&self, path: &str) -> bool;

    /// Whether it is a regular file that this process may execute (`access(2)`, `X_OK`). Only `check` asks.
    fn is_executable(&self, path: &str) -> bool;

    /// Whether this process may write there: to the file, or into the directory (`access(2)`, `W_OK`; in a directory
    /// also `X_OK`). No where nothing is. Only `check` asks.
    fn is_writable(&self, path: &str) -> bool;

    /// The paths that a pattern with `*`, `?` and `[…]` matches, sorted by their bytes. As Python's `glob.glob`: no
    /// `**`, no `~`, wildcards do not match a leading dot, a pattern without wildcards matches itself where it exists
    /// (also as a dangling link). A path is returned as the pattern spells its fixed parts (`/etc/./x/*` gives
    /// `/etc/./x/a`); names that are not UTF-8 are left out.
    fn glob(&self, pattern: &str) -> Vec<String>;

    /// The user of that login name, with all groups: the primary one first, then those that list the user.
    fn user(&self, name: &str) -> Option<Identity>;

    /// The user of that number; `None` without an entry.
    fn user_by_id(&self, uid: Uid) -> Option<Identity>;

    /// The group of that name.
    fn group(&self, name: &str) -> Option<Gid>;

    /// Whether a group has that number.
    fn group_exists(&self, gid: Gid) -> bool;

    /// The environment of this process. Variables whose name or value is not UTF-8 are left out: they cannot be
    /// expanded in a configuration, but children inherit them all the same.
    fn environment(&self) -> Vec<(String, String)>;

    /// The current directory, absolute.
    fn current_dir(&self) -> String;

    /// The host's name as `uname -n` gives it.
    fn host_name(&self) -> String;

    /// Where temporary files go, as Python's `tempfile.gettempdir()` chooses: the first of `$TMPDIR`, `$TEMP`, `$TMP`
    /// (where not empty), `/tmp`, `/var/tmp`, `/usr/tmp` and the current directory in which a file can be made, made
    /// absolute.
    fn temp_dir(&self) -> String;

    /// The real user id of this process.
    fn uid(&self) -> Uid;
}
