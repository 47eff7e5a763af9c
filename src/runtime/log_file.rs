//! One log: a file with rotation, or a device, pipe or inherited descriptor that is only ever written to.
//!
//! Only regular files are unlinked or renamed. Mirrors `supervisor/loggers.py` in names and order of rotation.

use crate::sys::output::SharedOutput;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// O_NONBLOCK | O_NOCTTY: opening a FIFO without a reader fails instead of waiting, and no terminal becomes ours.
const OPEN_FLAGS: i32 = 0o4000 | 0o400;

/// Old files with higher numbers are left alone.
const MOST_BACKUPS: u32 = 10_000;

/// When and how a log is rotated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rotation {
    /// Rotate at this size in bytes; 0 never does.
    pub max_bytes: u64,
    /// Old files to keep; with 0 the file starts anew.
    pub backups: u32,
}

impl Rotation {
    /// From configured numbers, where everything below one means "off".
    #[must_use]
    pub fn new(max_bytes: i64, backups: i64) -> Rotation {
        Rotation {
            max_bytes: u64::try_from(max_bytes).unwrap_or(0),
            backups: u32::try_from(backups.max(0)).unwrap_or(u32::MAX),
        }
    }
}

/// An open log.
#[derive(Debug)]
pub struct LogFile {
    path: Box<Path>,
    rotation: Rotation,
    target: Target,
    /// Rotation failed: not tried again before this size.
    patience: u64,
}

#[derive(Debug)]
enum Target {
    /// A regular file, and its own path where the configured one is a link to it.
    Regular(File, Option<Box<Path>>),
    /// A device, FIFO or socket that was opened by path.
    Device(SharedOutput),
    /// One of our own descriptors.
    Inherited(SharedOutput),
}

impl LogFile {
    /// Opens for appending; makes the file where there is none.
    ///
    /// # Errors
    /// Those of `open(2)`.
    pub fn open(path: &Path, rotation: Rotation) -> io::Result<LogFile> {
        let target = open_target(path)?;
        Ok(LogFile { path: path.into(), rotation, target, patience: 0 })
    }

    /// The configured path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Whether it goes to standard output of the daemon.
    #[must_use]
    pub fn is_standard_output(&self) -> bool {
        matches!(self.target, Target::Inherited(_)) && inherited_number(&self.path) == Some(1)
    }

    /// Writes as much as goes without waiting for a reader, then rotates if the file has reached its size.
    ///
    /// # Errors
    /// `WouldBlock` where a reader is slow; `StorageFull` and `QuotaExceeded` where there is no room; others as of
    /// `write(2)`.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.target {
            Target::Regular(file, _) => {
                let written = write_some(file, bytes)?;
                if self.rotation.max_bytes > 0
                    && file.stream_position()? >= self.rotation.max_bytes.max(self.patience)
                {
                    self.rotate();
                }
                Ok(written)
            }
            Target::Device(output) | Target::Inherited(output) => output.write(bytes),
        }
    }

    /// What to poll for room, where writing can have to wait.
    #[must_use]
    pub fn waits_on(&self) -> Option<BorrowedFd<'_>> {
        match &self.target {
            Target::Device(output) | Target::Inherited(output) if !output.never_waits() => {
                Some(output.as_fd())
            }
            _ => None,
        }
    }

    /// Closes and opens by path again, as after an external rotation. An inherited descriptor stays as it is, and so does
    /// everything when the path cannot be opened.
    ///
    /// # Errors
    /// Those of `open(2)`.
    pub fn reopen(&mut self) -> io::Result<()> {
        if !matches!(self.target, Target::Inherited(_)) {
            self.target = open_target(&self.path)?;
            self.patience = 0;
        }
        Ok(())
    }

    /// Empties a regular file by unlinking it and making it anew, as the original does; anything else stays as it is.
    ///
    /// # Errors
    /// Those of `unlink(2)` and `open(2)`.
    pub fn clear(&mut self) -> io::Result<()> {
        if let Target::Regular(_, real) = &self.target {
            match fs::remove_file(real.as_deref().unwrap_or(&self.path)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => self.reopen()?,
            }
        }
        Ok(())
    }

    /// Shifts the old files up by one and begins a new one. A failure leaves the file growing; it is tried again after
    /// another `max_bytes`.
    fn rotate(&mut self) {
        let Target::Regular(file, real) = &mut self.target else { return };
        let real = real.as_deref().unwrap_or(&self.path);
        let begun = if self.rotation.backups == 0 { Ok(()) } else { shift(real, self.rotation.backups) }
            .and_then(|()| open_file(real, self.rotation.backups == 0));
        match begun {
            Ok(fresh) => {
                *file = fresh;
                self.patience = 0;
            }
            Err(_) => {
                let size = file.stream_position().unwrap_or(0);
                self.patience = size.saturating_add(self.rotation.max_bytes);
            }
        }
    }
}

/// One write, repeated where a signal came in between.
fn write_some(file: &mut File, bytes: &[u8]) -> io::Result<usize> {
    loop {
        match file.write(bytes) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}

/// `.1` → `.2` and so on, then the file itself → `.1`. What is not there is skipped.
fn shift(path: &Path, backups: u32) -> io::Result<()> {
    // Looking at four billion names would take a while.
    for number in (1..backups.min(MOST_BACKUPS)).rev() {
        let old = numbered(path, number);
        if old.exists() {
            move_aside(&old, &numbered(path, number + 1))?;
        }
    }
    move_aside(path, &numbered(path, 1))
}

/// Renames a regular file over whatever regular file is there. A missing source is no error: somebody else removed it.
fn move_aside(from: &Path, to: &Path) -> io::Result<()> {
    for path in [from, to] {
        if fs::symlink_metadata(path).is_ok_and(|meta| !meta.is_file()) {
            return Err(io::Error::other("not a regular file"));
        }
    }
    match fs::rename(from, to) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

fn numbered(path: &Path, number: u32) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{number}"));
    PathBuf::from(name)
}

fn open_target(path: &Path) -> io::Result<Target> {
    if let Some(number) = inherited_number(path) {
        return Ok(Target::Inherited(SharedOutput::inherit(number)?));
    }
    let file = open_file(path, false)?;
    let kind = file.metadata()?.file_type();
    if kind.is_char_device() || kind.is_block_device() || kind.is_fifo() || kind.is_socket() {
        return Ok(Target::Device(SharedOutput::new(OwnedFd::from(file))));
    }
    let is_link = fs::symlink_metadata(path)?.is_symlink();
    let real = if is_link { Some(fs::canonicalize(path)?.into_boxed_path()) } else { None };
    Ok(Target::Regular(file, real))
}

fn open_file(path: &Path, from_nothing: bool) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true).mode(0o666).custom_flags(OPEN_FLAGS);
    let file = options.open(path)?;
    if from_nothing {
        file.set_len(0)?;
    }
    Ok(file)
}

/// The number of our own descriptor that the path means, through links too: `/dev/stdout`, `/dev/fd/1`,
/// `/proc/self/fd/1`, or `/var/log/app.log` linked to one of these.
#[must_use]
pub fn inherited_number(path: &Path) -> Option<i32> {
    const DEEPEST: usize = 8;
    let mut path = path.to_owned();
    for _ in 0..DEEPEST {
        match path.to_str() {
            Some("/dev/stdin") => return Some(0),
            Some("/dev/stdout") => return Some(1),
            Some("/dev/stderr") => return Some(2),
            _ => {}
        }
        for folder in ["/dev/fd", "/proc/self/fd"] {
            if let Some(number) = path.strip_prefix(folder).ok().and_then(Path::to_str) {
                return number.parse().ok();
            }
        }
        let target = fs::read_link(&path).ok()?;
        path = path.parent().map_or_else(|| target.clone(), |folder| folder.join(&target));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn log(path: &Path, max_bytes: i64, backups: i64) -> LogFile {
        LogFile::open(path, Rotation::new(max_bytes, backups)).expect("a log")
    }

    fn text(path: &Path) -> String {
        fs::read_to_string(path).unwrap_or_else(|_| "(none)".to_owned())
    }

    #[test]
    fn rotation_keeps_as_many_as_it_should() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.log");
        let mut log = log(&path, 4, 2);
        for piece in ["aaaa", "bbbb", "cccc", "dd"] {
            assert_eq!(log.write(piece.as_bytes()).expect("room"), piece.len());
        }
        assert_eq!(text(&path), "dd");
        assert_eq!(text(&folder.path().join("x.log.1")), "cccc");
        assert_eq!(text(&folder.path().join("x.log.2")), "bbbb");
        assert_eq!(text(&folder.path().join("x.log.3")), "(none)");
    }

    #[test]
    fn without_backups_the_file_starts_anew() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.log");
        let mut log = log(&path, 4, 0);
        for piece in ["aaaaaa", "bb"] {
            assert_eq!(log.write(piece.as_bytes()).expect("room"), piece.len());
        }
        assert_eq!(text(&path), "bb");
        assert_eq!(text(&folder.path().join("x.log.1")), "(none)");
    }

    #[test]
    fn a_link_is_followed_and_kept() {
        let folder = tempfile::tempdir().expect("a folder");
        let (link, real) = (folder.path().join("link.log"), folder.path().join("real.log"));
        std::os::unix::fs::symlink("real.log", &link).expect("a link");
        let mut log = log(&link, 2, 1);
        assert_eq!(log.write(b"aa").expect("room"), 2);
        assert_eq!(log.write(b"b").expect("room"), 1);
        assert!(fs::symlink_metadata(&link).expect("still there").is_symlink());
        assert_eq!((text(&real), text(&folder.path().join("real.log.1"))), ("b".to_owned(), "aa".to_owned()));
    }

    #[test]
    fn a_device_is_never_rotated() {
        let mut log = log(Path::new("/dev/null"), 1, 1);
        assert_eq!(log.write(b"gone").expect("always room"), 4);
        assert!(fs::metadata("/dev/null").expect("a device").file_type().is_char_device());
    }

    #[test]
    fn a_folder_in_the_way_of_rotation_is_left_alone() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.log");
        fs::create_dir(folder.path().join("x.log.1")).expect("a folder in the way");
        let mut log = log(&path, 2, 1);
        for piece in ["aa", "bb"] {
            assert_eq!(log.write(piece.as_bytes()).expect("room"), 2);
        }
        assert_eq!(text(&path), "aabb");
    }

    #[test]
    fn own_descriptors_are_recognised_through_links() {
        let folder = tempfile::tempdir().expect("a folder");
        let link = folder.path().join("access.log");
        std::os::unix::fs::symlink("/dev/stdout", &link).expect("a link");
        assert_eq!(inherited_number(&link), Some(1));
        assert_eq!(inherited_number(Path::new("/dev/fd/2")), Some(2));
        assert_eq!(inherited_number(Path::new("/proc/self/fd/7")), Some(7));
        assert_eq!(inherited_number(Path::new("/tmp/x")), None);
    }
}
