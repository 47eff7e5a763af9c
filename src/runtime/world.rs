//! The machine as a configuration sees it: answers `config::World` from the kernel and the system's files.

use crate::base::text::reason;
use crate::base::{Gid, Uid};
use crate::config::World;
use crate::model::Identity;
use crate::runtime::glob::glob;
use crate::sys::process;
use crate::sys::users::{self, UserEntry};
use std::env;
use std::fs::{self, OpenOptions};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// This machine and this process.
#[derive(Debug, Clone, Copy, Default)]
pub struct Machine;

impl World for Machine {
    fn read(&self, path: &str) -> Result<Vec<u8>, String> {
        fs::read(path).map_err(|error| reason(&error))
    }

    fn exists(&self, path: &str) -> bool {
        Path::new(path).exists()
    }

    fn is_dir(&self, path: &str) -> bool {
        Path::new(path).is_dir()
    }

    fn is_executable(&self, path: &str) -> bool {
        Path::new(path).is_file() && process::may_execute(Path::new(path))
    }

    fn is_writable(&self, path: &str) -> bool {
        let path = Path::new(path);
        process::may_write(path) && (!path.is_dir() || process::may_execute(path))
    }

    fn glob(&self, pattern: &str) -> Vec<String> {
        glob(pattern)
    }

    fn user(&self, name: &str) -> Option<Identity> {
        users::by_name(name).map(identity)
    }

    fn user_by_id(&self, uid: Uid) -> Option<Identity> {
        users::by_uid(uid.0).map(identity)
    }

    fn group(&self, name: &str) -> Option<Gid> {
        users::group_by_name(name).map(Gid)
    }

    fn group_exists(&self, gid: Gid) -> bool {
        users::group_exists(gid.0)
    }

    fn environment(&self) -> Vec<(String, String)> {
        env::vars_os()
            .filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)))
            .collect()
    }

    fn current_dir(&self) -> String {
        env::current_dir().map_or_else(|_| "/".to_owned(), |path| path.to_string_lossy().into_owned())
    }

    fn host_name(&self) -> String {
        process::node_name().to_string_lossy().into_owned()
    }

    fn temp_dir(&self) -> String {
        let from_environment = ["TMPDIR", "TEMP", "TMP"].into_iter().filter_map(env::var_os);
        let wanted = from_environment.filter(|path| !path.is_empty()).map(PathBuf::from);
        let usual = ["/tmp", "/var/tmp", "/usr/tmp"].map(PathBuf::from);
        let here = PathBuf::from(self.current_dir());
        wanted
            .chain(usual)
            .map(|path| here.join(path))
            .find(|path| takes_a_file(path))
            .unwrap_or(here)
            .to_string_lossy()
            .into_owned()
    }

    fn uid(&self) -> Uid {
        process::real_uid()
    }
}

fn identity(user: UserEntry) -> Identity {
    let groups = users::groups_of(&user).into_iter().map(Gid).collect();
    Identity { name: user.name, uid: Uid(user.uid), gid: Gid(user.gid), groups, home: user.home }
}

/// Whether a file can be made in the folder: asked by making one without a name (O_TMPFILE), or, where the file system
/// has no such thing, by the folder's permissions.
fn takes_a_file(folder: &Path) -> bool {
    const O_TMPFILE: i32 = 0o20_200_000;
    folder.is_dir()
        && (OpenOptions::new().write(true).custom_flags(O_TMPFILE).mode(0o600).open(folder).is_ok()
            || (process::may_write(folder) && process::may_execute(folder)))
}
