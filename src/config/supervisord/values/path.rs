//! Paths: `~`, folders that must exist, log file words.

use crate::config::World;
use crate::config::supervisord::python::dirname;
use crate::model::LogFile;

/// `os.path.expanduser`: `~` is `$HOME`, or the user's home where that is not set; `~name` is that user's.
#[must_use]
pub fn expand_user(path: &str, world: &dyn World) -> String {
    let Some(after) = path.strip_prefix('~') else { return path.to_owned() };
    let name = after.split('/').next().unwrap_or_default();
    let home = if name.is_empty() {
        let variable = world.environment().into_iter().find(|(key, _)| key == "HOME").map(|(_, value)| value);
        variable.or_else(|| home_of(world.user_by_id(world.uid())))
    } else {
        home_of(world.user(name))
    };
    let Some(home) = home else { return path.to_owned() };
    let rest = after.get(name.len()..).unwrap_or_default();
    let full = format!("{}{rest}", home.trim_end_matches('/'));
    if full.is_empty() { "/".to_owned() } else { full }
}

fn home_of(user: Option<crate::model::Identity>) -> Option<String> {
    user.map(|user| user.home.to_string_lossy().into_owned())
}

/// A folder that must exist.
///
/// # Errors
/// `X is not an existing directory`.
pub fn existing_directory(text: &str, world: &dyn World) -> Result<String, String> {
    let path = expand_user(text, world);
    if world.is_dir(&path) { Ok(path) } else { Err(format!("{text} is not an existing directory")) }
}

/// A file whose folder must exist.
///
/// # Errors
/// `The directory named as part of the path X does not exist`.
pub fn existing_dirpath(text: &str, world: &dyn World) -> Result<String, String> {
    let path = expand_user(text, world);
    let folder = dirname(&path);
    if folder.is_empty() || world.is_dir(folder) {
        return Ok(path);
    }
    Err(format!("The directory named as part of the path {text} does not exist"))
}

/// What `stdout_logfile=` may say. `Syslog` is the old way to write `stdout_syslog=true`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogFileValue {
    /// A file, none, or one of the daemon's own making.
    File(LogFile),
    /// Deprecated: syslog in place of a file.
    Syslog,
}

/// A log file, or one of the words `NONE`, `OFF`, `AUTO` and `SYSLOG` in any case.
///
/// # Errors
/// As `existing_dirpath`.
pub fn log_file(text: &str, world: &dyn World) -> Result<LogFileValue, String> {
    Ok(LogFileValue::File(match text.to_lowercase().as_str() {
        "none" | "off" => LogFile::None,
        "auto" => LogFile::Auto,
        "syslog" => return Ok(LogFileValue::Syslog),
        _ => {
            let path = existing_dirpath(text, world)?;
            // An empty name counts as no file when the process starts.
            if path.is_empty() { LogFile::None } else { LogFile::Path(path.into()) }
        }
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::fake_world::FakeWorld;

    #[test]
    fn tilde_is_home() {
        let world = FakeWorld::default();
        for (path, wanted) in [
            ("~", "/root"),
            ("~/x", "/root/x"),
            ("~nobody/x", "/nonexistent/x"),
            ("~no/x", "~no/x"),
            ("/~", "/~"),
        ] {
            assert_eq!(expand_user(path, &world), wanted);
        }
        let bare = FakeWorld { environment: vec![], ..FakeWorld::default() };
        assert_eq!(expand_user("~/x", &bare), "/root/x");
        let slash =
            FakeWorld { environment: vec![("HOME".to_owned(), "/".to_owned())], ..FakeWorld::default() };
        assert_eq!(expand_user("~", &slash), "/");
    }

    #[test]
    fn folders_must_exist() {
        let world = FakeWorld::default();
        assert_eq!(existing_directory("/tmp", &world).as_deref(), Ok("/tmp"));
        assert_eq!(existing_directory("/no", &world), Err("/no is not an existing directory".to_owned()));
        assert_eq!(existing_dirpath("x.log", &world).as_deref(), Ok("x.log"));
        assert_eq!(existing_dirpath("/tmp/x.log", &world).as_deref(), Ok("/tmp/x.log"));
        assert_eq!(
            existing_dirpath("~nobody/x", &world),
            Err("The directory named as part of the path ~nobody/x does not exist".to_owned())
        );
    }

    #[test]
    fn log_files_have_words() {
        let world = FakeWorld::default();
        for (text, wanted) in [("NONE", LogFile::None), ("Off", LogFile::None), ("auto", LogFile::Auto)] {
            assert_eq!(log_file(text, &world), Ok(LogFileValue::File(wanted)));
        }
        assert_eq!(log_file("SysLog", &world), Ok(LogFileValue::Syslog));
        assert_eq!(log_file("", &world), Ok(LogFileValue::File(LogFile::None)));
        assert!(log_file("/no/x", &world).is_err());
    }
}
