//! `[supervisord]`, with the command line laid over it.

use crate::base::text::python_repr;
use crate::config::supervisord::command_line::Overrides;
use crate::config::supervisord::environment::pairs;
use crate::config::supervisord::keys::Key;
use crate::config::supervisord::keys::daemon as keys;
use crate::config::supervisord::lower::reader::{Reader, permissions};
use crate::config::supervisord::lower::{Context, variables};
use crate::config::supervisord::python::absolute;
use crate::config::supervisord::values;
use crate::config::{Diagnostic, World, diagnostic::Place};
use crate::model::{
    ActivityLog, ActivityTarget, ExitPolicy, Identity, LogFormat, LogLevel, Settings, Showing, TerminationLog,
};
use indexmap::IndexMap;
use std::path::PathBuf;

/// What the file says, before the command line and before paths are made absolute.
pub(crate) struct FromFile {
    min_fds: i64,
    min_procs: i64,
    directory: Option<String>,
    /// Looked up last, so kept as text with its place.
    user: Option<(String, Place)>,
    umask: Option<u32>,
    log_file: String,
    log_max_bytes: i64,
    log_backups: i64,
    log_level: LogLevel,
    log_format: LogFormat,
    showing: Showing,
    pid_file: String,
    identifier: String,
    nodaemon: bool,
    silent: bool,
    child_log_dir: String,
    no_cleanup: bool,
    strip_ansi: bool,
    exit: ExitPolicy,
    pub(crate) environment: IndexMap<String, String>,
}

/// Reads the section in the order of `ServerOptions.read_config`.
pub(crate) fn read(context: &Context<'_>) -> FromFile {
    const SECTION: &str = "supervisord";
    if !context.source.sections.contains_key(SECTION) {
        let message = ".ini file does not include supervisord section";
        let diagnostic = Diagnostic::error(context.source.place_of(SECTION), message);
        context
            .report
            .add(diagnostic.with_help("the file needs a section [supervisord], which may be empty"));
    }
    let reader = Reader::with_here(context, SECTION);
    let world = context.world;
    let path = |text: &str| values::existing_dirpath(text, world);
    let folder = |text: &str| values::existing_directory(text, world);
    FromFile {
        min_fds: reader.integer(&keys::MINFDS).value,
        min_procs: reader.integer(&keys::MINPROCS).value,
        directory: reader.typed(&keys::DIRECTORY, folder),
        user: reader.text(&keys::USER).map(|user| (user.into_owned(), reader.place(&keys::USER))),
        umask: reader.octal(&keys::UMASK),
        log_file: reader.typed(&keys::LOGFILE, path).unwrap_or_default(),
        log_max_bytes: reader.bytes(&keys::LOGFILE_MAXBYTES),
        log_backups: reader.integer(&keys::LOGFILE_BACKUPS).value,
        log_level: reader.typed(&keys::LOGLEVEL, values::log_level).unwrap_or(LogLevel::Info),
        log_format: reader.typed(&keys::LOG_FORMAT, values::log_format).unwrap_or_default(),
        showing: Showing {
            format: reader.typed(&keys::CHILD_OUTPUT, values::child_output).unwrap_or_default(),
            timestamps: reader.boolean(&keys::LOG_TIMESTAMPS),
            memory: reader.bytes(&keys::MEMORY_LOG),
        },
        pid_file: reader.typed(&keys::PIDFILE, path).unwrap_or_default(),
        identifier: reader.text(&keys::IDENTIFIER).unwrap_or_default().into_owned(),
        nodaemon: reader.boolean(&keys::NODAEMON),
        silent: reader.boolean(&keys::SILENT),
        child_log_dir: reader.typed(&keys::CHILDLOGDIR, folder).unwrap_or_else(|| world.temp_dir()),
        no_cleanup: reader.boolean(&keys::NOCLEANUP),
        strip_ansi: reader.boolean(&keys::STRIP_ANSI),
        exit: exit_policy(&reader, world),
        environment: environment(context, reader).unwrap_or_default(),
    }
}

fn exit_policy(reader: &Reader<'_>, world: &dyn World) -> ExitPolicy {
    let termination_log = match reader.text(&keys::TERMINATION_LOG) {
        None => TerminationLog::WhereExpected,
        Some(text) if text.eq_ignore_ascii_case("none") => TerminationLog::None,
        Some(_) => reader
            .typed(&keys::TERMINATION_LOG, |text| values::existing_dirpath(text, world))
            .map_or(TerminationLog::None, |path| TerminationLog::Path(path.into())),
    };
    ExitPolicy {
        when: reader.typed(&keys::EXIT_WHEN, values::exit_when).unwrap_or_default(),
        rules: reader.typed(&keys::EXIT_STATUS, values::exit_rules).unwrap_or_default(),
        termination_log,
        shutdown_timeout: reader.integer(&keys::SHUTDOWN_TIMEOUT).value,
    }
}

const VARIABLES: variables::Rows =
    variables::Rows { dirs: &keys::ENV_DIR, files: &keys::ENV_FILE, from_files: &keys::ENV_FROM_FILES };

/// Variables of files, over them those of `environment=`, which is expanded twice, the second time with `host_node_name` (a
/// literal percent sign is `%%%%`).
fn environment(context: &Context<'_>, mut reader: Reader<'_>) -> Option<IndexMap<String, String>> {
    let key: &Key = &keys::ENVIRONMENT;
    let mut all = variables::of_files(&reader, &VARIABLES)?;
    for (name, value) in &all {
        reader.names.set(format!("ENV_{name}"), value.as_str());
    }
    let once = reader.text(key)?;
    reader.names.set("host_node_name", context.host_name);
    let twice = reader.expand_again(key, &once)?;
    all.extend(pairs(&twice).map_err(|message| reader.wrong(key, message)).ok()?);
    variables::add_secrets(&reader, &VARIABLES, &mut all)?;
    Some(all)
}

/// Lays the command line over the file and looks up what the original looks up last.
pub(crate) fn settings(
    context: &Context<'_>,
    file: FromFile,
    over: &Overrides,
    config_file: Option<&str>,
) -> Settings {
    let world = context.world;
    let current_dir = world.current_dir();
    let identity = identity(context, file.user, over.user.as_deref());
    let normal = |path: &str| absolute(&values::expand_user(path, world), &current_dir);
    let log_file = over.log_file.as_deref().filter(|path| !path.is_empty()).unwrap_or(&file.log_file);
    let pid_file = over.pid_file.as_deref().filter(|path| !path.is_empty()).unwrap_or(&file.pid_file);
    Settings {
        config_file: config_file.map(|path| PathBuf::from(absolute(path, &current_dir))),
        log: ActivityLog {
            target: match log_file {
                "syslog" => ActivityTarget::Syslog,
                path => ActivityTarget::File(normal(path).into()),
            },
            max_bytes: over.log_max_bytes.as_ref().map_or(file.log_max_bytes, |n| n.value),
            backups: over.log_backups.as_ref().map_or(file.log_backups, |n| n.value),
            level: over.log_level.unwrap_or(file.log_level),
            format: file.log_format,
        },
        pid_file: normal(pid_file).into(),
        umask: over.umask.as_ref().map(permissions).or(file.umask),
        nodaemon: over.nodaemon || file.nodaemon,
        silent: over.silent || file.silent,
        min_fds: limit(over.min_fds.as_ref().map_or(file.min_fds, |n| n.value)),
        min_procs: limit(over.min_procs.as_ref().map_or(file.min_procs, |n| n.value)),
        no_cleanup: over.no_cleanup || file.no_cleanup,
        child_log_dir: over.child_log_dir.clone().unwrap_or(file.child_log_dir).into(),
        identity,
        directory: over.directory.clone().or(file.directory).map(PathBuf::from),
        strip_ansi: over.strip_ansi || file.strip_ansi,
        showing: file.showing,
        environment: file.environment,
        identifier: over.identifier.clone().unwrap_or(file.identifier),
        exit: file.exit,
    }
}

/// Fewer than none is none.
fn limit(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

fn identity(context: &Context<'_>, file: Option<(String, Place)>, over: Option<&str>) -> Option<Identity> {
    let (name, place) = match (over, file) {
        (Some(name), _) => (name.to_owned(), Place::default()),
        (None, Some((name, place))) => (name, place),
        (None, None) => return None,
    };
    match values::identity(&name, context.world) {
        Ok(identity) => Some(identity),
        Err(message) => {
            let help = format!("{} has to be a user of this machine (see getent passwd)", python_repr(&name));
            let diagnostic = Diagnostic::error(place, message).about("supervisord", Some(keys::USER.name));
            context.report.add(diagnostic.with_help(help));
            None
        }
    }
}
