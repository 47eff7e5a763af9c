//! Becoming another user for good (`supervisor/options.py`, `drop_privileges`).

use crate::base::{Gid, Uid};
use nix::unistd;

/// Why the daemon could not become a user, in the original's words.
pub const NOT_ROOT: &str = "Can't drop privilege as nonroot user";

/// Becomes that user: groups, then group, then user, since each step needs the privileges of the former.
///
/// # Errors
/// The original's text for the step that failed.
pub fn become_user(uid: Uid, gid: Gid, groups: &[Gid]) -> Result<(), String> {
    let current = unistd::getuid().as_raw();
    if current == uid.0 {
        return Ok(());
    }
    if current != 0 {
        return Err(NOT_ROOT.to_owned());
    }
    let groups: Vec<unistd::Gid> = groups.iter().map(|group| unistd::Gid::from_raw(group.0)).collect();
    unistd::setgroups(&groups).map_err(|_| "Could not set groups of effective user".to_owned())?;
    unistd::setgid(unistd::Gid::from_raw(gid.0))
        .map_err(|_| "Could not set group id of effective user".to_owned())?;
    unistd::setuid(unistd::Uid::from_raw(uid.0))
        .map_err(|error| format!("could not become user {uid}: {}", error.desc()))
}
