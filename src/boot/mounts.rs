//! The file systems without which no program works, as a table, and the links that belong to them. What is there already, as
//! after an initramfs, stays as it is.

use crate::base::text::reason;
use crate::sys::mount::{self, Mounted, NO_DEV, NO_EXEC, NO_SUID};
use std::fs;
use std::io;
use std::os::unix::fs::symlink;
use std::path::Path;

/// One file system to mount.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MountSpec {
    /// Where.
    pub target: &'static str,
    /// Which.
    pub kind: &'static str,
    /// `NO_SUID` and its like.
    pub flags: u32,
    /// Its options; where the kernel does not know the first, the next are tried.
    pub data: &'static [&'static str],
}

/// In this order, since some lie upon others.
pub const MOUNTS: &[MountSpec] = &[
    MountSpec { target: "/proc", kind: "proc", flags: NO_SUID | NO_DEV | NO_EXEC, data: &[""] },
    MountSpec { target: "/sys", kind: "sysfs", flags: NO_SUID | NO_DEV | NO_EXEC, data: &[""] },
    MountSpec { target: "/dev", kind: "devtmpfs", flags: NO_SUID, data: &["mode=0755"] },
    MountSpec {
        target: "/dev/pts",
        kind: "devpts",
        flags: NO_SUID | NO_EXEC,
        data: &["mode=0620,gid=5,ptmxmode=000"],
    },
    MountSpec { target: "/dev/shm", kind: "tmpfs", flags: NO_SUID | NO_DEV, data: &["mode=1777"] },
    MountSpec { target: "/run", kind: "tmpfs", flags: NO_SUID | NO_DEV, data: &["mode=0755"] },
    MountSpec {
        target: "/sys/fs/cgroup",
        kind: "cgroup2",
        flags: NO_SUID | NO_DEV | NO_EXEC,
        data: &["nsdelegate,memory_recursiveprot", "nsdelegate", ""],
    },
];

/// Links that programs expect, and where they lead.
const LINKS: &[(&str, &str)] = &[
    ("/dev/fd", "/proc/self/fd"),
    ("/dev/stdin", "/proc/self/fd/0"),
    ("/dev/stdout", "/proc/self/fd/1"),
    ("/dev/stderr", "/proc/self/fd/2"),
    ("/dev/core", "/proc/kcore"),
];

/// Mounts what is missing; answers what went wrong.
pub(super) fn mount_all() -> Vec<String> {
    let mut troubles = Vec::new();
    for spec in MOUNTS {
        // Read anew each time: /proc itself is in the table.
        if is_mounted(spec, &mount::table()) {
            continue;
        }
        if let Err(error) = mount_one(spec) {
            troubles.push(format!("cannot mount {} on {}: {}", spec.kind, spec.target, reason(&error)));
        }
    }
    troubles.extend(LINKS.iter().filter_map(|&(link, target)| {
        let missing = fs::symlink_metadata(link).is_err();
        let error = missing.then(|| symlink(target, link).err()).flatten()?;
        Some(format!("cannot make the link {link}: {}", reason(&error)))
    }));
    troubles
}

/// Whether something lies there. Without /proc the kernel's table is empty, and nothing counts as mounted.
fn is_mounted(spec: &MountSpec, table: &[Mounted]) -> bool {
    table.iter().any(|mounted| mounted.target == Path::new(spec.target))
}

/// Whether this is one of the places of the table, which have nothing to write back when a machine ends.
pub(super) fn is_ours(target: &Path) -> bool {
    MOUNTS.iter().any(|spec| target == Path::new(spec.target))
}

fn mount_one(spec: &MountSpec) -> io::Result<()> {
    let target = Path::new(spec.target);
    if !target.is_dir() {
        fs::create_dir_all(target)?;
    }
    let mut result = Err(io::ErrorKind::InvalidInput.into());
    for data in spec.data {
        result = mount::mount_virtual(spec.kind, target, spec.flags, data);
        if !matches!(&result, Err(error) if error.kind() == io::ErrorKind::InvalidInput) {
            break;
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_upon_something_comes_after_it() {
        for (at, spec) in MOUNTS.iter().enumerate() {
            let below = MOUNTS.iter().position(|other| {
                other.target != spec.target && Path::new(spec.target).starts_with(other.target)
            });
            assert!(below.is_none_or(|below| below < at), "{}", spec.target);
            assert!(!spec.data.is_empty(), "{} would never be mounted", spec.target);
        }
    }

    #[test]
    fn what_is_there_is_not_mounted_again() {
        let there = |target: &str| Mounted { target: target.into(), kind: "x".to_owned() };
        let spec = &MOUNTS[3];
        assert!(is_mounted(spec, &[there("/"), there("/dev/pts")]));
        assert!(!is_mounted(spec, &[there("/dev"), there("/dev/pts/x")]));
        assert!(is_ours(Path::new("/run")) && !is_ours(Path::new("/run/user")));
    }
}
