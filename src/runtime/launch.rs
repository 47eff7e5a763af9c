//! From a service to a prepared child: splits nothing, guesses nothing, only looks up the file and gathers arguments,
//! environment and identity. Mirrors `supervisor/process.py`, `get_execv_args` and `_spawn_as_child`.

use crate::base::{Gid, Uid};
use crate::engine::SpawnError;
use crate::model::{Identity, Service};
use crate::sys::identity::NOT_ROOT;
use crate::sys::process;
use crate::sys::spawn::{Become, Plan, Stdio};
use std::collections::HashMap;
use std::ffi::{CStr, CString, OsString};
use std::fs;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Where commands are looked for when the environment has no PATH.
const DEFAULT_PATH: &str = "/bin:/usr/bin:/usr/local/bin";

/// The daemon's own environment, which every child begins with.
#[derive(Debug)]
pub struct BaseEnvironment {
    entries: Vec<(Vec<u8>, CString)>,
    path: String,
}

impl BaseEnvironment {
    /// Takes variables as they are, valid UTF-8 or not.
    #[must_use]
    pub fn new(variables: impl Iterator<Item = (OsString, OsString)>) -> BaseEnvironment {
        let mut path = DEFAULT_PATH.to_owned();
        let mut entries = Vec::new();
        for (key, value) in variables {
            if key == "PATH" {
                path = value.to_string_lossy().into_owned();
            }
            let mut whole = key.clone().into_vec();
            whole.push(b'=');
            whole.extend_from_slice(value.as_bytes());
            if let Ok(whole) = CString::new(whole) {
                entries.push((key.into_vec(), whole));
            }
        }
        BaseEnvironment { entries, path }
    }
}

/// A child that only lacks its descriptors.
#[derive(Debug)]
pub struct Launch {
    file: CString,
    args: Vec<CString>,
    variables: HashMap<Vec<u8>, CString>,
    identity: Become,
    directory: Option<CString>,
    umask: Option<u32>,
}

/// Looks up the command and gathers the rest.
///
/// # Errors
/// Why the command cannot run.
pub fn prepare(
    service: &Service,
    group: &str,
    base: &BaseEnvironment,
    server_url: Option<&str>,
) -> Result<Launch, SpawnError> {
    let exec = &service.exec;
    let unparsable =
        |why: &str| SpawnError::Unparsable { command: exec.command.text.clone(), why: why.to_owned() };
    let words = exec.command.words.as_ref().map_err(|why| unparsable(why))?;
    let program = words.first().ok_or(SpawnError::Empty)?;
    let search = exec.environment.get("PATH").map_or(base.path.as_str(), String::as_str);
    let file = find(program, search)?;
    let c_string = |text: &str| CString::new(text).map_err(|_| unparsable("embedded null byte"));
    Ok(Launch {
        file: c_string(&file)?,
        args: words.iter().map(|word| c_string(word)).collect::<Result<_, _>>()?,
        variables: variables(service, group, server_url),
        identity: identity(exec.identity.as_deref()),
        directory: match &exec.directory {
            Some(path) => Some(
                CString::new(path.as_os_str().as_bytes()).map_err(|_| unparsable("embedded null byte"))?,
            ),
            None => None,
        },
        umask: exec.umask,
    })
}

impl Launch {
    /// Who the child will be, if somebody else than the daemon.
    #[must_use]
    pub fn owner(&self) -> Option<(Uid, Gid)> {
        match &self.identity {
            Become::User { uid, gid, .. } => Some((*uid, *gid)),
            Become::Same | Become::Refused { .. } => None,
        }
    }

    /// Adds the descriptors: now it can be spawned.
    #[must_use]
    pub fn plan<'a>(&'a self, base: &'a BaseEnvironment, stdio: Stdio<'a>) -> Plan<'a> {
        let inherited = base.entries.iter().filter(|(key, _)| !self.variables.contains_key(key));
        let env: Vec<&CStr> = inherited
            .map(|(_, whole)| whole.as_c_str())
            .chain(self.variables.values().map(CString::as_c_str))
            .collect();
        Plan {
            file: self.file.clone(),
            args: self.args.clone(),
            env,
            stdio,
            identity: self.identity.clone(),
            directory: self.directory.clone(),
            umask: self.umask,
        }
    }
}

/// What the child's environment has beyond the daemon's own; later ones win.
fn variables(service: &Service, group: &str, server_url: Option<&str>) -> HashMap<Vec<u8>, CString> {
    let mut all = HashMap::new();
    let mut set = |key: &str, value: &str| {
        // A value with a NUL byte cannot be given to anybody; the configuration refuses it before it comes here.
        if let Ok(whole) = CString::new(format!("{key}={value}")) {
            all.insert(key.as_bytes().to_vec(), whole);
        }
    };
    set("SUPERVISOR_ENABLED", "1");
    if let Some(url) = service.exec.server_url.as_deref().or(server_url) {
        set("SUPERVISOR_SERVER_URL", url);
    }
    set("SUPERVISOR_PROCESS_NAME", &service.name);
    set("SUPERVISOR_GROUP_NAME", group);
    for (key, value) in service.exec.environment.iter() {
        set(key, value);
    }
    all
}

/// The file to execute. The first existing entry of the path counts, executable or not.
fn find(program: &str, search: &str) -> Result<String, SpawnError> {
    if program.contains('/') {
        return check(program.to_owned());
    }
    let candidates = search.split(':').map(|folder| match folder {
        "" => program.to_owned(),
        folder if folder.ends_with('/') => format!("{folder}{program}"),
        folder => format!("{folder}/{program}"),
    });
    let found = candidates.into_iter().find(|file| fs::metadata(file).is_ok());
    found.map_or_else(|| Err(SpawnError::CommandNotFound(program.to_owned())), check)
}

fn check(file: String) -> Result<String, SpawnError> {
    match fs::metadata(&file) {
        Err(_) => Err(SpawnError::CommandNotFound(file)),
        Ok(meta) if meta.is_dir() => Err(SpawnError::IsDirectory(file)),
        Ok(meta) if meta.permissions().mode() & 0o111 == 0 => Err(SpawnError::NotExecutable(file)),
        Ok(_) if !process::may_execute(Path::new(&file)) => Err(SpawnError::NoPermission(file)),
        Ok(_) => Ok(file),
    }
}

fn identity(wanted: Option<&Identity>) -> Become {
    let Some(wanted) = wanted else { return Become::Same };
    let current = process::real_uid();
    if wanted.uid == current {
        Become::Same
    } else if current == Uid(0) {
        Become::User { uid: wanted.uid, gid: wanted.gid, groups: wanted.groups.clone() }
    } else {
        Become::Refused { uid: wanted.uid, why: NOT_ROOT }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_found_as_the_original_finds_them() {
        let folder = tempfile::tempdir().expect("a folder");
        let at = |name: &str| folder.path().join(name).display().to_string();
        fs::write(at("plain"), "").expect("a file");
        fs::create_dir(at("sub")).expect("a folder");
        fs::write(at("good"), "").expect("a file");
        fs::set_permissions(at("good"), fs::Permissions::from_mode(0o755)).expect("its mode");
        let search = format!("/nowhere:{}", folder.path().display());
        assert_eq!(find("good", &search), Ok(at("good")));
        assert_eq!(find("plain", &search), Err(SpawnError::NotExecutable(at("plain"))));
        assert_eq!(find("sub", &search), Err(SpawnError::IsDirectory(at("sub"))));
        assert_eq!(find("nope", &search), Err(SpawnError::CommandNotFound("nope".to_owned())));
        assert_eq!(find("/nope/nope", &search), Err(SpawnError::CommandNotFound("/nope/nope".to_owned())));
    }
}
