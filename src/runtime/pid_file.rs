//! The pid file: written once the daemon is up, removed when it leaves.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// A pid file of ours.
#[derive(Debug)]
pub struct PidFile {
    path: PathBuf,
}

impl PidFile {
    /// Writes the number and a newline, replacing what was there.
    ///
    /// # Errors
    /// Those of `open(2)` and `write(2)`.
    pub fn write(path: &Path, pid: i32) -> io::Result<PidFile> {
        fs::write(path, format!("{pid}\n"))?;
        Ok(PidFile { path: path.to_owned() })
    }

    /// Removes it, if it is a regular file: somebody may have configured /dev/null.
    pub fn remove(self) {
        if fs::symlink_metadata(&self.path).is_ok_and(|meta| meta.is_file()) {
            // Nobody is left to be told of a failure.
            let _ = fs::remove_file(&self.path);
        }
    }
}
