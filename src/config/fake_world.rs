//! A machine made of maps, for tests and fuzzing. Never used by the programs themselves.

use crate::base::{Gid, Uid};
use crate::config::World;
use crate::model::Identity;
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

/// A machine made of maps. Its current directory is `/here`, its host is called `host`, its only users are `root` and
/// `nobody`.
#[derive(Debug, Clone)]
pub struct FakeWorld {
    /// Files and what is in them.
    pub files: BTreeMap<String, Vec<u8>>,
    /// Directories.
    pub dirs: BTreeSet<String>,
    /// Files that may be executed.
    pub executables: BTreeSet<String>,
    /// Paths that may not be written.
    pub read_only: BTreeSet<String>,
    /// The environment.
    pub environment: Vec<(String, String)>,
    /// Who runs this process.
    pub uid: Uid,
}

impl Default for FakeWorld {
    fn default() -> FakeWorld {
        let set = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<BTreeSet<_>>();
        FakeWorld {
            files: BTreeMap::new(),
            dirs: set(&["/", "/bin", "/etc", "/tmp", "/here", "/var", "/var/log", "/root"]),
            executables: set(&["/bin/cat", "/bin/sh"]),
            read_only: BTreeSet::new(),
            environment: vec![
                ("HOME".to_owned(), "/root".to_owned()),
                ("PATH".to_owned(), "/bin".to_owned()),
            ],
            uid: Uid(0),
        }
    }
}

impl FakeWorld {
    /// A machine with one more file.
    #[must_use]
    pub fn with_file(mut self, path: &str, text: impl AsRef<[u8]>) -> FakeWorld {
        self.files.insert(path.to_owned(), text.as_ref().to_vec());
        self
    }

    /// A machine with one more environment variable.
    #[must_use]
    pub fn with_variable(mut self, name: &str, value: &str) -> FakeWorld {
        self.environment.push((name.to_owned(), value.to_owned()));
        self
    }

    fn absolute(path: &str) -> String {
        let full = if path.starts_with('/') { path.to_owned() } else { format!("/here/{path}") };
        let parts: Vec<&str> = full.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
        format!("/{}", parts.join("/"))
    }
}

impl World for FakeWorld {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        self.files.get(&Self::absolute(path)).cloned().ok_or_else(|| "No such file or directory".to_owned())
    }

    fn exists(&self, path: &str) -> bool {
        self.files.contains_key(&Self::absolute(path)) || self.is_dir(path)
    }

    fn is_dir(&self, path: &str) -> bool {
        self.dirs.contains(&Self::absolute(path))
    }

    fn is_executable(&self, path: &str) -> bool {
        self.executables.contains(&Self::absolute(path))
    }

    fn is_writable(&self, path: &str) -> bool {
        self.exists(path) && !self.read_only.contains(&Self::absolute(path))
    }

    /// Knows one `*` only.
    fn glob(&self, pattern: &str) -> Vec<String> {
        match pattern.split_once('*') {
            None => self.exists(pattern).then(|| pattern.to_owned()).into_iter().collect(),
            Some((start, end)) => {
                let fits = |path: &&String| {
                    path.len() >= start.len() + end.len() && path.starts_with(start) && path.ends_with(end)
                };
                self.files.keys().filter(fits).cloned().collect()
            }
        }
    }

    fn user(&self, name: &str) -> Option<Identity> {
        match name {
            "root" => self.user_by_id(Uid(0)),
            "nobody" => self.user_by_id(Uid(65534)),
            _ => None,
        }
    }

    fn user_by_id(&self, uid: Uid) -> Option<Identity> {
        let (name, home) = match uid.0 {
            0 => ("root", "/root"),
            65534 => ("nobody", "/nonexistent"),
            _ => return None,
        };
        let gid = Gid(uid.0);
        Some(Identity { name: name.to_owned(), uid, gid, groups: vec![gid], home: PathBuf::from(home) })
    }

    fn group(&self, name: &str) -> Option<Gid> {
        match name {
            "root" => Some(Gid(0)),
            "nogroup" => Some(Gid(65534)),
            _ => None,
        }
    }

    fn group_exists(&self, gid: Gid) -> bool {
        matches!(gid.0, 0 | 65534)
    }

    fn environment(&self) -> Vec<(String, String)> {
        self.environment.clone()
    }

    fn current_dir(&self) -> String {
        "/here".to_owned()
    }

    fn host_name(&self) -> String {
        "host".to_owned()
    }

    fn temp_dir(&self) -> String {
        "/tmp".to_owned()
    }

    fn uid(&self) -> Uid {
        self.uid
    }
}
