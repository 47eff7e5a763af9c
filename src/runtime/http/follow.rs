//! One log that is being followed: where the next bytes come from. Follows truncation and rotation as `tail -F` does
//! (`supervisor/http.py`, `tail_f_producer`). Reads only when told that something may have changed.

use std::fs::{self, File};
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::fs::{FileExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

/// What a follower is told when the file has become shorter.
pub const TRUNCATED: &[u8] = b"==> File truncated <==\n";

/// Bytes of the past that a new follower of `/logtail` gets.
pub const HEAD: u64 = 1024;

/// O_NONBLOCK | O_NOCTTY: a FIFO or terminal in the file's place neither blocks us nor becomes ours.
const OPEN_FLAGS: i32 = 0o4000 | 0o400;

/// The place of one follower in one file.
#[derive(Debug)]
pub struct Follower {
    path: PathBuf,
    file: File,
    inode: u64,
    offset: u64,
}

impl Follower {
    /// Begins so many bytes before the end.
    ///
    /// # Errors
    /// Those of `open(2)`; anything that is no regular file is not found.
    pub fn open(path: &Path, head: u64) -> io::Result<Follower> {
        let (file, inode, size) = open(path)?;
        Ok(Follower { path: path.to_owned(), file, inode, offset: size.saturating_sub(head) })
    }

    /// When the file was changed last, seconds since the epoch.
    #[must_use]
    pub fn modified(&self) -> i64 {
        self.file.metadata().map_or(0, |meta| meta.mtime())
    }

    /// The file that is followed.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Reads what has come, at most one buffer; 0 when there is nothing new now.
    pub fn read(&mut self, buffer: &mut [u8]) -> usize {
        loop {
            let size = self.file.metadata().map_or(0, |meta| meta.size());
            if size < self.offset {
                self.offset = 0;
                return copy(TRUNCATED, buffer);
            }
            if size > self.offset {
                let count = self.file.read_at(buffer, self.offset).unwrap_or(0);
                self.offset += count as u64;
                return count;
            }
            // Everything of this file was read; only then does its successor count, so that no byte is lost.
            if !self.move_on() {
                return 0;
            }
        }
    }

    /// Goes on with the file that has taken the name, if another one has.
    fn move_on(&mut self) -> bool {
        let renamed = fs::metadata(&self.path).is_ok_and(|meta| meta.ino() != self.inode);
        let Some((file, inode, _)) = renamed.then(|| open(&self.path).ok()).flatten() else { return false };
        self.file = file;
        self.inode = inode;
        self.offset = 0;
        true
    }
}

impl AsFd for Follower {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.file.as_fd()
    }
}

fn copy(from: &[u8], to: &mut [u8]) -> usize {
    let count = from.len().min(to.len());
    to.iter_mut().zip(from).for_each(|(to, from)| *to = *from);
    count
}

fn open(path: &Path) -> io::Result<(File, u64, u64)> {
    let file = fs::OpenOptions::new().read(true).custom_flags(OPEN_FLAGS).open(path)?;
    let meta = file.metadata()?;
    if !meta.is_file() {
        return Err(io::Error::from(io::ErrorKind::NotFound));
    }
    Ok((file, meta.ino(), meta.size()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn read(follower: &mut Follower) -> String {
        let mut buffer = [0_u8; 4096];
        let mut all = Vec::new();
        loop {
            match follower.read(&mut buffer) {
                0 => return String::from_utf8_lossy(&all).into_owned(),
                count => all.extend_from_slice(&buffer[..count]),
            }
        }
    }

    #[test]
    fn growth_truncation_and_rotation_are_followed() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.log");
        fs::write(&path, "o".repeat(2000) + "end").expect("a file");
        let mut follower = Follower::open(&path, HEAD).expect("a file to follow");
        assert_eq!(read(&mut follower).len(), 1024);
        let mut file = fs::OpenOptions::new().append(true).open(&path).expect("the file");
        file.write_all(b"more").expect("room");
        assert_eq!(read(&mut follower), "more");
        file.write_all(b" last words").expect("room");
        fs::rename(&path, folder.path().join("x.log.1")).expect("a rotation");
        fs::write(&path, "fresh").expect("a new file");
        assert_eq!(read(&mut follower), " last wordsfresh");
        fs::write(&path, "").expect("a truncation");
        assert_eq!(read(&mut follower), String::from_utf8_lossy(TRUNCATED));
        assert_eq!(read(&mut follower), "");
    }

    #[test]
    fn only_regular_files_are_followed() {
        assert!(Follower::open(Path::new("/dev/null"), HEAD).is_err());
        assert!(Follower::open(Path::new("/nowhere"), HEAD).is_err());
    }
}
