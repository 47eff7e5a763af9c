//! Learning that files have changed, whoever changed them (`inotify(7)`).

use nix::sys::inotify::{AddWatchFlags, InitFlags, Inotify, WatchDescriptor};
use std::collections::HashMap;
use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::path::{Path, PathBuf};

/// A set of files that are watched.
#[derive(Debug)]
pub struct FileWatch {
    inotify: Inotify,
    /// What each watch is for: a file, or the folder in which it may appear anew.
    watches: HashMap<WatchDescriptor, Vec<PathBuf>>,
}

impl FileWatch {
    /// Watches nothing yet.
    ///
    /// # Errors
    /// Those of `inotify_init1(2)`.
    pub fn new() -> io::Result<FileWatch> {
        let inotify = Inotify::init(InitFlags::IN_CLOEXEC | InitFlags::IN_NONBLOCK)?;
        Ok(FileWatch { inotify, watches: HashMap::new() })
    }

    /// Watches a file: writes to it, and another file that takes its name.
    ///
    /// # Errors
    /// Those of `inotify_add_watch(2)`, for the folder.
    pub fn add(&mut self, path: &Path) -> io::Result<()> {
        let file = AddWatchFlags::IN_MODIFY | AddWatchFlags::IN_MOVE_SELF | AddWatchFlags::IN_ATTRIB;
        // The file may be away for a moment; its folder tells when it comes back.
        if let Ok(watch) = self.inotify.add_watch(path, file) {
            self.remember(watch, path);
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let watch = self.inotify.add_watch(folder, AddWatchFlags::IN_CREATE | AddWatchFlags::IN_MOVED_TO)?;
        self.remember(watch, path);
        Ok(())
    }

    /// Watches a file no longer.
    pub fn remove(&mut self, path: &Path) {
        let inotify = &self.inotify;
        self.watches.retain(|watch, paths| {
            paths.retain(|known| known != path);
            if paths.is_empty() {
                // The kernel may have dropped it already, with the file.
                let _ = inotify.rm_watch(*watch);
            }
            !paths.is_empty()
        });
    }

    /// Files that may have changed since the last call. Watches whatever carries their names now.
    pub fn take(&mut self) -> Vec<PathBuf> {
        let mut changed = Vec::new();
        while let Ok(events) = self.inotify.read_events() {
            for event in events {
                let moved = !event.mask.contains(AddWatchFlags::IN_MODIFY);
                let paths = self.watches.get(&event.wd).cloned().unwrap_or_default();
                let concerned =
                    |path: &PathBuf| event.name.as_deref().is_none_or(|name| path.file_name() == Some(name));
                for path in paths.into_iter().filter(concerned) {
                    if moved {
                        let _ = self.add(&path);
                    }
                    if !changed.contains(&path) {
                        changed.push(path);
                    }
                }
            }
        }
        changed
    }

    fn remember(&mut self, watch: WatchDescriptor, path: &Path) {
        let paths = self.watches.entry(watch).or_default();
        if !paths.iter().any(|known| known == path) {
            paths.push(path.to_owned());
        }
    }
}

impl AsFd for FileWatch {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.inotify.as_fd()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    #[test]
    fn writes_and_replacements_are_seen() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("x.log");
        fs::write(&path, "a").expect("a file");
        let mut watch = FileWatch::new().expect("inotify");
        watch.add(&path).expect("a watch");
        assert!(watch.take().is_empty());
        fs::write(folder.path().join("other"), "b").expect("another file");
        assert!(watch.take().is_empty(), "another file in the folder does not count");
        fs::write(&path, "ab").expect("a write");
        assert_eq!(watch.take(), std::slice::from_ref(&path));
        fs::rename(&path, folder.path().join("x.log.1")).expect("a rotation");
        fs::write(&path, "new").expect("a new file");
        assert_eq!(watch.take(), std::slice::from_ref(&path));
        fs::write(&path, "newer").expect("a write to the new file");
        assert_eq!(watch.take(), std::slice::from_ref(&path));
        watch.remove(&path);
        fs::write(&path, "unseen").expect("a write");
        assert!(watch.take().is_empty());
    }
}
