//! Variables that files hold: `env_dir=`, `env_file=`, `env_from_files=`, of `[supervisord]` and of a program alike. All ours;
//! the original has `environment=` only.

use crate::base::text::python_repr;
use crate::config::World;
use crate::config::supervisord::dotenv;
use crate::config::supervisord::keys::Key;
use crate::config::supervisord::lower::reader::Reader;
use crate::config::supervisord::python::{join, strip};
use crate::config::supervisord::values;
use indexmap::IndexMap;

/// Variables by name.
pub(crate) type Variables = IndexMap<String, String>;

/// No variable longer than this can be given to a program (`execve(2)`, MAX_ARG_STRLEN), its name included.
const LONGEST: usize = 128 * 1024 - 1;

/// The rows of one kind of section.
pub(crate) struct Rows {
    pub(crate) dirs: &'static Key,
    pub(crate) files: &'static Key,
    pub(crate) from_files: &'static Key,
}

/// A file or folder, and whether it may be missing.
struct Place {
    path: String,
    optional: bool,
}

/// What folders and files hold, later ones over earlier ones, folders before files.
///
/// `None` after an error, which is reported.
pub(crate) fn of_files(reader: &Reader<'_>, rows: &Rows) -> Option<Variables> {
    let mut all = Variables::new();
    for place in places(reader, rows.dirs)? {
        of_dir(reader, rows.dirs, &place, &mut all)?;
    }
    for place in places(reader, rows.files)? {
        of_file(reader, rows.files, &place, &mut all)?;
    }
    Some(all)
}

/// The paths that an option lists, relative ones from the configuration's folder.
fn places(reader: &Reader<'_>, key: &Key) -> Option<Vec<Place>> {
    if reader.raw(key).is_none() {
        return Some(Vec::new());
    }
    let text = reader.text(key)?;
    let place = |item: &str| {
        let (item, optional) = match item.strip_prefix('-') {
            Some(rest) => (strip(rest), true),
            None => (item, false),
        };
        let path = join(reader.context.here, &values::expand_user(item, reader.context.world));
        Place { path, optional }
    };
    Some(text.split([',', '\n']).map(strip).filter(|item| !item.is_empty()).map(place).collect())
}

fn of_file(reader: &Reader<'_>, key: &Key, place: &Place, all: &mut Variables) -> Option<()> {
    let world = reader.context.world;
    if place.optional && !world.exists(&place.path) {
        return Some(());
    }
    let wrong = |why: String| reader.wrong(key, format!("{} {}: {why}", key.name, place.path));
    let bytes = world.read(&place.path).map_err(|why| wrong(format!("cannot be read: {why}"))).ok()?;
    let text = String::from_utf8(bytes).map_err(|_| wrong("is not UTF-8".to_owned())).ok()?;
    let found = dotenv::variables(&text);
    all.extend(found.map_err(|mistake| wrong(format!("line {}: {}", mistake.line, mistake.why))).ok()?);
    Some(())
}

/// Each file of the folder is a variable. Hidden ones are not: they belong to whoever keeps the folder.
fn of_dir(reader: &Reader<'_>, key: &Key, place: &Place, all: &mut Variables) -> Option<()> {
    let world = reader.context.world;
    if place.optional && !world.exists(&place.path) {
        return Some(());
    }
    if !world.is_dir(&place.path) {
        reader.wrong(key, format!("{} {}: is not an existing folder", key.name, place.path));
        return None;
    }
    let folder = place.path.trim_end_matches('/');
    for path in world.glob(&format!("{}/*", literal(folder))) {
        let name = path.rsplit('/').next().unwrap_or_default();
        if world.is_dir(&path) || name.contains('=') {
            continue;
        }
        let value = content(world, &path);
        let value = value.map_err(|why| reader.wrong(key, format!("{} {path}: {why}", key.name))).ok()?;
        all.insert(name.to_owned(), value);
    }
    Some(())
}

/// A path as a pattern that matches nothing else.
fn literal(path: &str) -> String {
    let mut pattern = String::with_capacity(path.len());
    for c in path.chars() {
        match c {
            '*' | '?' | '[' => pattern.extend(['[', c, ']']),
            c => pattern.push(c),
        }
    }
    pattern
}

/// A file that is one value, without the newline at its end.
fn content(world: &dyn World, path: &str) -> Result<String, String> {
    let bytes = world.read(path).map_err(|why| format!("cannot be read: {why}"))?;
    let mut text = String::from_utf8(bytes).map_err(|_| "is not UTF-8".to_owned())?;
    if text.ends_with('\n') {
        text.pop();
    }
    if text.contains('\0') {
        return Err("contains a NUL byte, which no variable can".to_owned());
    }
    if text.len() > LONGEST {
        return Err(format!("has more than the {LONGEST} bytes that a variable can have"));
    }
    Ok(text)
}

/// `env_from_files=`.
enum FromFiles {
    /// For no variable.
    No,
    /// For every variable whose name ends so and whose value is the path of a file.
    Every,
    /// For these.
    These(Vec<String>),
}

fn from_files(text: &str) -> Result<FromFiles, String> {
    match values::boolean(strip(text)) {
        Ok(true) => return Ok(FromFiles::Every),
        Ok(false) => return Ok(FromFiles::No),
        Err(_) => {}
    }
    let names = values::list_of_strings(text);
    match names.iter().find(|name| !dotenv::is_name(name)) {
        None => Ok(FromFiles::These(names)),
        Some(name) => Err(format!("{} is not the name of a variable", python_repr(name))),
    }
}

/// Adds the variables whose values other variables, with `_FILE` behind the name, only point to. What is set already, and not
/// empty, stays.
///
/// `None` after an error, which is reported.
pub(crate) fn add_secrets(reader: &Reader<'_>, rows: &Rows, all: &mut Variables) -> Option<()> {
    const SUFFIX: &str = "_FILE";
    let key = rows.from_files;
    let inherited = reader.context.environment;
    let get = |all: &Variables, name: &str| {
        let value = all.get(name).or_else(|| inherited.get(&format!("ENV_{name}")));
        value.filter(|value| !value.is_empty()).cloned()
    };
    let (names, strict) = match reader.typed(key, from_files)? {
        FromFiles::No => return Some(()),
        FromFiles::These(names) => (names, true),
        FromFiles::Every => {
            let inherited = inherited.keys().filter_map(|name| name.strip_prefix("ENV_"));
            let ending = inherited.chain(all.keys().map(String::as_str));
            (ending.filter_map(|name| name.strip_suffix(SUFFIX)).map(str::to_owned).collect(), false)
        }
    };
    for name in names {
        let pointer = get(all, &format!("{name}{SUFFIX}"));
        let Some(path) = pointer.filter(|_| get(all, &name).is_none()) else { continue };
        // Asked for all, files are only looked at where the value can mean nothing else.
        let is_meant = dotenv::is_name(&name) && path.starts_with('/') && reader.context.world.exists(&path);
        if !(strict || is_meant) {
            continue;
        }
        match content(reader.context.world, &path) {
            Ok(value) => {
                all.insert(name, value);
            }
            Err(why) if strict => {
                reader.wrong(key, format!("{}: {name}{SUFFIX}: {path} {why}", key.name));
                return None;
            }
            Err(why) => {
                let message = format!("{name} is not set from {name}{SUFFIX}: {path} {why}");
                reader.context.report.add_logged(reader.warning(key, message));
            }
        }
    }
    Some(())
}

#[cfg(test)]
mod tests {
    use crate::config::fake_world::FakeWorld;
    use crate::config::supervisord::{Loaded, Overrides, Request, first_error, load};

    fn loaded(world: FakeWorld, text: &str) -> Loaded {
        let world = world.with_file("/etc/x.conf", text);
        let overrides = Overrides { config_file: Some("/etc/x.conf".to_owned()), ..Overrides::default() };
        load(&world, &Request { program: String::new(), overrides, advise: false })
    }

    /// The variables of the first process of the first group, and its command.
    fn shown(world: FakeWorld, text: &str) -> String {
        let loaded = loaded(world, text);
        let Some(configuration) = loaded.configuration else {
            return first_error(&loaded.diagnostics).unwrap_or_default().to_owned();
        };
        let exec = &configuration.groups[0].services[0].exec;
        let mut variables: Vec<String> =
            exec.environment.iter().map(|(name, value)| format!("{name}={value}")).collect();
        variables.sort_unstable();
        format!("{} {}", exec.command.text, variables.join(" "))
    }

    fn files() -> FakeWorld {
        let mut world = FakeWorld::default()
            .with_file("/etc/one.env", "A=file1\nB=file1\nC=file1\nD=file1\n")
            .with_file("/etc/two.env", "B=file2\nC=file2\nD=file2\n")
            .with_file("/run/env/A", "dir\n")
            .with_file("/run/env/F", "two\nlines\n\n")
            .with_file("/run/secret", "s3cret\n")
            .with_variable("DB_PASSWORD_FILE", "/run/secret")
            .with_variable("SSL_CERT_FILE", "/no/such/file");
        world.dirs.insert("/run/env".to_owned());
        world
    }

    #[test]
    fn later_sources_win() {
        let text = "[supervisord]\nenv_file=one.env, -none.env, /etc/two.env\nenv_dir=/run/env\nenvironment=C=\"global\",D=\"global\"\n\
                    [program:x]\nenv_file=x.env\nenvironment=E=\"own-%(ENV_G)s\"\ncommand=%(ENV_A)s %(ENV_D)s %(ENV_E)s\n";
        let world = files().with_file("/etc/x.env", "D=program\nE=program\nG=g");
        let wanted = "file1 program own-g A=file1 B=file2 C=global D=program E=own-g F=two\nlines\n G=g";
        assert_eq!(shown(world, text), wanted);
    }

    #[test]
    fn each_process_may_have_its_own_file() {
        let text = "[supervisord]\n[program:x]\ncommand=a\nenv_file=%(program_name)s%(process_num)d.env\n";
        assert_eq!(shown(files().with_file("/etc/x0.env", "N=0"), text), "a N=0");
    }

    #[test]
    fn values_come_from_the_files_that_variables_name() {
        for (option, wanted) in [
            ("", "a "),
            ("env_from_files=false", "a "),
            ("env_from_files=true", "a DB_PASSWORD=s3cret"),
            ("env_from_files=DB_PASSWORD, NONE", "a DB_PASSWORD=s3cret"),
            ("env_from_files=true\nenvironment=DB_PASSWORD=\"own\"", "a DB_PASSWORD=own"),
            ("env_from_files=X\nenvironment=X_FILE=\"/run/secret\",X=\"\"", "a X=s3cret X_FILE=/run/secret"),
        ] {
            let text = format!("[supervisord]\n[program:x]\ncommand=a\n{option}\n");
            assert_eq!(shown(files(), &text), wanted, "{option}");
        }
        let text = "[supervisord]\nenv_from_files=true\n[program:x]\ncommand=%(ENV_DB_PASSWORD)s\n";
        assert_eq!(shown(files(), text), "s3cret DB_PASSWORD=s3cret");
    }

    #[test]
    fn what_is_wrong_names_option_and_file() {
        let section = "in section 'program:x' (file: '/etc/x.conf')";
        for (option, wanted) in [
            ("env_file=no.env", "env_file /etc/no.env: cannot be read: No such file or directory"),
            ("env_file=/bad.env", "env_file /bad.env: line 2: there is no = behind the name B"),
            ("env_file=/latin.env", "env_file /latin.env: is not UTF-8"),
            ("env_dir=/no/dir", "env_dir /no/dir: is not an existing folder"),
            ("env_dir=/nul", "env_dir /nul/A: contains a NUL byte, which no variable can"),
            ("env_dir=/big", "env_dir /big/A: has more than the 131071 bytes that a variable can have"),
            ("env_from_files=A B", "'A B' is not the name of a variable"),
            (
                "env_from_files=SSL_CERT",
                "env_from_files: SSL_CERT_FILE: /no/such/file cannot be read: No such file or directory",
            ),
        ] {
            let mut world = files()
                .with_file("/bad.env", "A=1\nB")
                .with_file("/latin.env", b"A=\xff")
                .with_file("/nul/A", "\0")
                .with_file("/big/A", "x".repeat(200_000));
            world.dirs.extend(["/nul".to_owned(), "/big".to_owned()]);
            let text = format!("[supervisord]\n[program:x]\ncommand=a\n{option}\n");
            assert_eq!(shown(world.clone(), &text), format!("{wanted} {section}"), "{option}");
            assert_eq!(loaded(world, &text).diagnostics.len(), 1, "{option}");
        }
    }

    #[test]
    fn a_file_that_is_no_value_is_passed_over_where_all_are_asked_for() {
        let world = files().with_variable("BIG_FILE", "/big").with_file("/big", "x".repeat(200_000));
        let loaded = loaded(world, "[supervisord]\nenv_from_files=true\n[program:x]\ncommand=a\n");
        let environment = &loaded.configuration.expect("a configuration").settings.environment;
        assert!(!environment.contains_key("BIG") && environment.contains_key("DB_PASSWORD"));
        assert!(loaded.notes.iter().any(|(_, line)| line.contains("BIG is not set from BIG_FILE: /big has")));
    }
}
