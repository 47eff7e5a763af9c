//! Users and groups by name or number. Looked up when a configuration is read, never between fork and exec.
//!
//! A static program must not load the C library's name service modules (they belong to the system's own C library), so
//! here `/etc/passwd` and `/etc/group` are read first, and whoever is not there (LDAP, SSSD, systemd's users) is asked
//! of the system's `getent` program.

use nix::libc;
use std::ffi::{CString, OsStr};
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Once;
use users::os::unix::UserExt;

/// A user's entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserEntry {
    /// Login name.
    pub name: String,
    /// User id.
    pub uid: u32,
    /// Primary group.
    pub gid: u32,
    /// Home folder.
    pub home: PathBuf,
}

/// The user of that name.
#[must_use]
pub fn by_name(name: &str) -> Option<UserEntry> {
    use_files_only();
    users::get_user_by_name(name)
        .map(|user| entry(&user))
        .or_else(|| ask_getent("passwd", name).and_then(|l| parse(&l)))
}

/// The user of that number.
#[must_use]
pub fn by_uid(uid: u32) -> Option<UserEntry> {
    use_files_only();
    users::get_user_by_uid(uid)
        .map(|user| entry(&user))
        .or_else(|| ask_getent("passwd", &uid.to_string()).and_then(|line| parse(&line)))
}

/// The number of the group of that name.
#[must_use]
pub fn group_by_name(name: &str) -> Option<u32> {
    use_files_only();
    users::get_group_by_name(name).map(|group| group.gid()).or_else(|| {
        ask_getent("group", name).and_then(|line| line.split(':').nth(2).and_then(|gid| gid.parse().ok()))
    })
}

/// Whether a group of that number exists.
#[must_use]
pub fn group_exists(gid: u32) -> bool {
    use_files_only();
    users::get_group_by_gid(gid).is_some() || ask_getent("group", &gid.to_string()).is_some()
}

/// All groups of the user: the primary one first, then those that list the user.
#[must_use]
pub fn groups_of(user: &UserEntry) -> Vec<u32> {
    use_files_only();
    let mut groups = vec![user.gid];
    let from_files = CString::new(user.name.as_str())
        .ok()
        .and_then(|name| nix::unistd::getgrouplist(&name, nix::unistd::Gid::from_raw(user.gid)).ok())
        .unwrap_or_default();
    let in_files = users::get_user_by_name(&user.name).is_some();
    let from_getent = if in_files { Vec::new() } else { initgroups_of(&user.name) };
    for gid in from_files.iter().map(|gid| gid.as_raw()).chain(from_getent) {
        if !groups.contains(&gid) {
            groups.push(gid);
        }
    }
    groups
}

fn initgroups_of(name: &str) -> Vec<u32> {
    let line = ask_getent("initgroups", name).unwrap_or_default();
    line.split_whitespace().skip(1).filter_map(|gid| gid.parse().ok()).collect()
}

fn entry(user: &users::User) -> UserEntry {
    UserEntry {
        name: user.name().to_string_lossy().into_owned(),
        uid: user.uid(),
        gid: user.primary_group_id(),
        home: user.home_dir().to_owned(),
    }
}

fn parse(line: &str) -> Option<UserEntry> {
    let mut fields = line.trim_end().split(':');
    let name = fields.next()?.to_owned();
    let uid = fields.nth(1)?.parse().ok()?;
    let gid = fields.next()?.parse().ok()?;
    let home = PathBuf::from(fields.nth(1)?);
    Some(UserEntry { name, uid, gid, home })
}

/// Asks the system's own look-up program, if there is one.
fn ask_getent(database: &str, key: &str) -> Option<String> {
    if key.is_empty() || key.starts_with('-') {
        return None;
    }
    let output = Command::new(OsStr::new("getent"))
        .args([database, key])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then_some(text).filter(|text| !text.trim().is_empty())
}

#[cfg(target_env = "gnu")]
unsafe extern "C" {
    /// glibc, `nss.h`: sets the services of one database for this process.
    fn __nss_configure_lookup(database: *const libc::c_char, services: *const libc::c_char) -> libc::c_int;
}

/// Keeps glibc's look-ups to files: its other services are shared objects of the system's C library, which a static
/// program can only crash on.
fn use_files_only() {
    #[cfg(target_env = "gnu")]
    {
        static DONE: Once = Once::new();
        DONE.call_once(|| {
            for database in [c"passwd", c"group", c"initgroups"] {
                // SAFETY: both are NUL-terminated strings that live for ever; called once, before any look-up, by the
                // only thread.
                unsafe {
                    __nss_configure_lookup(database.as_ptr(), c"files".as_ptr());
                }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_is_known_by_name_and_number() {
        let root = by_name("root").expect("root has an entry");
        assert_eq!((root.uid, root.gid), (0, 0));
        assert_eq!(by_uid(0).map(|user| user.name), Some("root".to_owned()));
        assert_eq!(groups_of(&root).first(), Some(&0));
    }

    #[test]
    fn nobody_does_not_get_the_group_of_root() {
        if let Some(nobody) = by_name("nobody") {
            assert!(!groups_of(&nobody).contains(&0));
        }
    }

    #[test]
    fn strangers_are_not_known() {
        assert_eq!(by_name("no-such-user-here"), None);
        assert_eq!(by_name("-h"), None);
        assert_eq!(group_by_name("no-such-group-here"), None);
    }

    #[test]
    fn a_passwd_line_is_read() {
        let line = "www:x:33:34:Web,,,:/var/www:/bin/false\n";
        let user = parse(line).expect("a full line");
        assert_eq!((user.uid, user.gid, user.home), (33, 34, PathBuf::from("/var/www")));
        assert_eq!(parse("www:x:33"), None);
    }
}
