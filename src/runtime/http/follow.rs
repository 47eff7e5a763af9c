//! One log that is being followed: where the next bytes come from. Follows truncation and rotation as `tail -F` does
//! (`supervisor/http.py`, `tail_f_producer`). Reads only when told that something may have changed.

use crate::api::Log;
use crate::base::Ring;
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

/// The place of one follower in one log.
#[derive(Debug)]
pub struct Follower {
    log: Log,
    /// The file, where the log is one.
    file: Option<Place>,
    offset: u64,
}

/// The file that is followed, and whether it still has the name.
#[derive(Debug)]
struct Place {
    path: PathBuf,
    file: File,
    inode: u64,
}

impl Follower {
    /// Begins so many bytes before the end. `memory` is what is kept of the log, where it is no file.
    ///
    /// # Errors
    /// Those of `open(2)`; anything that is no regular file is not found.
    pub fn open(log: Log, head: u64, memory: Option<&Ring>) -> io::Result<Follower> {
        let (file, size) = match &log {
            Log::Memory(..) => (None, memory.map_or(0, Ring::end)),
            Log::File(path) => {
                let (file, inode, size) = open(path)?;
                (Some(Place { path: path.clone(), file, inode }), size)
            }
        };
        Ok(Follower { log, file, offset: size.saturating_sub(head) })
    }

    /// When the log was changed last, seconds since the epoch; `None` where that is not known.
    #[must_use]
    pub fn modified(&self) -> Option<i64> {
        let file = self.file.as_ref()?;
        Some(file.file.metadata().map_or(0, |meta| meta.mtime()))
    }

    /// The log that is followed.
    #[must_use]
    pub fn log(&self) -> &Log {
        &self.log
    }

    /// The descriptor of its file, where the log is one.
    #[must_use]
    pub fn descriptor(&self) -> Option<BorrowedFd<'_>> {
        self.file.as_ref().map(|place| place.file.as_fd())
    }

    /// Reads what has come, at most one buffer; 0 when there is nothing new now.
    pub fn read(&mut self, buffer: &mut [u8], memory: Option<&Ring>) -> usize {
        match (&self.log, memory) {
            (Log::File(_), _) => self.read_file(buffer),
            (Log::Memory(..), Some(memory)) => self.read_memory(memory, buffer),
            (Log::Memory(..), None) => 0,
        }
    }

    fn read_memory(&mut self, memory: &Ring, buffer: &mut [u8]) -> usize {
        if memory.end() < self.offset {
            self.offset = 0;
            return copy(TRUNCATED, buffer);
        }
        // Who was too slow misses what memory has lost meanwhile.
        self.offset = self.offset.max(memory.start());
        let count = copy(&memory.read(self.offset, buffer.len() as u64), buffer);
        self.offset += count as u64;
        count
    }

    fn read_file(&mut self, buffer: &mut [u8]) -> usize {
        loop {
            let Some(place) = &self.file else { return 0 };
            let size = place.file.metadata().map_or(0, |meta| meta.size());
            if size < self.offset {
                self.offset = 0;
                return copy(TRUNCATED, buffer);
            }
            if size > self.offset {
                let count = place.file.read_at(buffer, self.offset).unwrap_or(0);
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
        let Some(place) = &mut self.file else { return false };
        let renamed = fs::metadata(&place.path).is_ok_and(|meta| meta.ino() != place.inode);
        let Some((file, inode, _)) = renamed.then(|| open(&place.path).ok()).flatten() else { return false };
        place.file = file;
        place.inode = inode;
        self.offset = 0;
        true
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
        read_with(follower, None)
    }

    fn read_with(follower: &mut Follower, memory: Option<&Ring>) -> String {
        let mut buffer = [0_u8; 4096];
        let mut all = Vec::new();
        loop {
            match follower.read(&mut buffer, memory) {
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
        let mut follower = Follower::open(Log::File(path.clone()), HEAD, None).expect("a file to follow");
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
        for path in ["/dev/null", "/nowhere"] {
            assert!(Follower::open(Log::File(path.into()), HEAD, None).is_err());
        }
    }

    #[test]
    fn memory_is_followed_as_far_as_it_reaches() {
        let mut memory = Ring::new(2000);
        memory.push(&b"o".repeat(3000));
        let log = Log::Memory(crate::base::ServiceId(1), crate::model::OutputChannel::Stdout);
        let mut follower = Follower::open(log, HEAD, Some(&memory)).expect("memory to follow");
        assert_eq!(read_with(&mut follower, Some(&memory)).len(), 1024);
        memory.push(b"more");
        assert_eq!(read_with(&mut follower, Some(&memory)), "more");
        memory.push(&b"x".repeat(5000));
        assert_eq!(read_with(&mut follower, Some(&memory)).len(), 2000);
        memory.clear();
        memory.push(b"anew");
        assert_eq!(read_with(&mut follower, Some(&memory)), "==> File truncated <==\nanew");
        assert_eq!(read_with(&mut follower, None), "");
    }
}
