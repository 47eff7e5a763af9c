//! Mounting, unmounting, and what is mounted (`proc_pid_mountinfo(5)`). Says nothing about what ought to be.

use nix::errno::Errno;
use nix::libc;
use nix::mount::{MntFlags, MsFlags, mount, umount2};
use std::ffi::{CString, OsStr, OsString};
use std::fs;
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

/// Set-user-id bits have no effect.
pub const NO_SUID: u32 = 1;
/// Devices cannot be opened.
pub const NO_DEV: u32 = 2;
/// Nothing can be executed.
pub const NO_EXEC: u32 = 4;

/// Mounts a file system that has no device.
///
/// # Errors
/// Those of `mount(2)`: ENODEV for a kernel without it, EINVAL for data that it does not know.
pub fn mount_virtual(kind: &str, target: &Path, flags: u32, data: &str) -> io::Result<()> {
    let all = [(NO_SUID, MsFlags::MS_NOSUID), (NO_DEV, MsFlags::MS_NODEV), (NO_EXEC, MsFlags::MS_NOEXEC)];
    let flags =
        all.iter().filter(|(bit, _)| flags & bit != 0).fold(MsFlags::empty(), |sum, (_, flag)| sum | *flag);
    let data = Some(data).filter(|data| !data.is_empty());
    Ok(mount(Some(kind), target, Some(kind), flags, data)?)
}

/// Makes what is mounted there read-only.
///
/// # Errors
/// EBUSY while a file on it is open for writing.
pub fn make_read_only(target: &Path) -> io::Result<()> {
    let flags = MsFlags::MS_REMOUNT | MsFlags::MS_RDONLY;
    Ok(mount(None::<&str>, target, None::<&str>, flags, None::<&str>)?)
}

/// Unmounts what is mounted there last.
///
/// # Errors
/// EBUSY while somebody uses it.
pub fn unmount(target: &Path) -> io::Result<()> {
    Ok(umount2(target, MntFlags::UMOUNT_NOFOLLOW)?)
}

/// One line of the kernel's table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mounted {
    /// Where it is.
    pub target: PathBuf,
    /// The type of file system.
    pub kind: String,
}

/// What is mounted, in the order of the kernel's table: what lies on something comes after it. Empty without /proc.
#[must_use]
pub fn table() -> Vec<Mounted> {
    let text = fs::read("/proc/self/mountinfo").unwrap_or_default();
    text.split(|byte| *byte == b'\n').filter_map(parse).collect()
}

/// Field 5 is the place; the type stands behind the field that is a single hyphen.
fn parse(line: &[u8]) -> Option<Mounted> {
    let mut fields = line.split(|byte| *byte == b' ');
    let target = fields.nth(4)?;
    fields.find(|field| *field == b"-")?;
    let kind = String::from_utf8_lossy(fields.next()?).into_owned();
    Some(Mounted { target: unescape(target).into(), kind })
}

/// Space, tab, newline and backslash are written as a backslash and three octal digits.
fn unescape(field: &[u8]) -> OsString {
    let mut out = Vec::with_capacity(field.len());
    let mut rest = field;
    while let [first, more @ ..] = rest {
        match (first, more) {
            (b'\\', [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', after @ ..]) => {
                out.push((a - b'0') * 64 + (b - b'0') * 8 + (c - b'0'));
                rest = after;
            }
            _ => {
                out.push(*first);
                rest = more;
            }
        }
    }
    OsString::from_vec(out)
}

/// Files and devices that the kernel swaps to.
#[must_use]
pub fn swaps() -> Vec<PathBuf> {
    let text = fs::read("/proc/swaps").unwrap_or_default();
    let lines = text.split(|byte| *byte == b'\n').skip(1);
    lines
        .filter_map(|line| line.split(u8::is_ascii_whitespace).next())
        .filter(|name| !name.is_empty())
        .map(|name| PathBuf::from(unescape(name)))
        .collect()
}

/// Ends swapping to it.
///
/// # Errors
/// ENOMEM where memory does not take what is there.
pub fn swap_off(path: &Path) -> io::Result<()> {
    let path = c_string(path.as_os_str())?;
    // SAFETY: a NUL-terminated path that outlives the call.
    Errno::result(unsafe { libc::swapoff(path.as_ptr()) }).map(drop).map_err(io::Error::from)
}

/// Writes everything to the disks, and returns when it is there.
pub fn sync() {
    nix::unistd::sync();
}

fn c_string(text: &OsStr) -> io::Result<CString> {
    CString::new(text.as_bytes()).map_err(|_| io::Error::from(io::ErrorKind::InvalidInput))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_before_the_hyphen_vary() {
        let line = b"36 35 98:0 /mnt1 /a\\040b\\134c rw,noatime master:1 shared:2 - ext4 /dev/root rw";
        let wanted = Mounted { target: PathBuf::from("/a b\\c"), kind: "ext4".to_owned() };
        assert_eq!(parse(line), Some(wanted));
        let line = b"22 1 0:21 / /proc rw - proc proc rw";
        assert_eq!(parse(line).map(|mounted| mounted.kind), Some("proc".to_owned()));
        for broken in [&b""[..], b"22 1 0:21 /", b"22 1 0:21 / /proc rw proc proc rw"] {
            assert_eq!(parse(broken), None);
        }
    }

    #[test]
    fn our_own_root_is_mounted() {
        assert!(table().iter().any(|mounted| mounted.target == Path::new("/")));
    }

    #[test]
    fn what_does_not_exist_cannot_be_unmounted() {
        let nothing = Path::new("/no/such/place");
        assert!(unmount(nothing).is_err() && make_read_only(nothing).is_err() && swap_off(nothing).is_err());
    }
}
